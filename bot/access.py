"""Who may see what; the only maker of ScopedQuery.

Until roles are configured every full member of the workspace sees everything, and guests and
people of other organisations see nothing.
"""

from __future__ import annotations

from enum import StrEnum

from kpi_engine.errors import ForbiddenError
from kpi_engine.query import Query, Scope, ScopedQuery


class Membership(StrEnum):
    """What a person is in the workspace; UNKNOWN where Slack was not asked or did not say."""

    FULL = "full"
    GUEST = "guest"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


_EVERYTHING = Scope()


def scope(query: Query, membership: Membership) -> ScopedQuery:
    """Join to a question what its asker may see. Raises ForbiddenError where that is nothing."""
    require_member(membership)
    return ScopedQuery(query, _EVERYTHING)


def channel_scope(query: Query) -> ScopedQuery:
    """Join to a question what the readers of a configured channel may see."""
    return ScopedQuery(query, _EVERYTHING)


def require_member(membership: Membership) -> None:
    """Raise ForbiddenError for guests and people of other organisations.

    Who can't be told from a full member (the app lacks users:read) counts as one.
    """
    if membership in (Membership.GUEST, Membership.EXTERNAL):
        raise ForbiddenError(
            "Sales figures are for members of this workspace; guests can't see them.",
            hint="Ask a colleague who is a full member.",
        )
