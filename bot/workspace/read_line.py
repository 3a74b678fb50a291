"""A line read with the names that its asker may use; what a colleague's name gets instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.rights import access
from bot.rights.access import EVERYTHING, Viewer
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member, Query
from kpi_engine.language.folding import fold
from kpi_engine.language.parser import normalised, parse


def read(line: str, request: Request, viewer: Viewer, services: Services, verbs: Sequence[str] = ()) -> Query:
    """Return the question of a line, whose asker is the viewer.

    Raises QueryError; ForbiddenError where it names a colleague.
    """
    try:
        return parsed(line, request, viewer, services, verbs)
    except QueryError:
        refuse_colleague(line, request, viewer, services)
        raise


def parsed(
    line: str,
    request: Request,
    viewer: Viewer,
    services: Services,
    verbs: Sequence[str] = (),
    *,
    offers: bool = True,
) -> Query:
    """Return the same, where a name that the viewer doesn't see is one that nobody has.

    Raises QueryError; without `offers` it suggests nothing (see `parse`).
    """
    now = request.now
    return parse(
        line,
        services.catalogue,
        services.members(now, viewer),
        services.asker(request.user, now, viewer),
        services.engine.today(now),
        verbs=verbs,
        offers=offers,
    )


def refuse_colleague(line: str, request: Request, viewer: Viewer, services: Services) -> None:
    """Raise ForbiddenError where a line can only be read with the name of whom the viewer doesn't see.

    Only a name in full is told to be somebody's: a part of one would let names be spelt out.
    """
    if viewer.everything:
        return
    try:
        query = parsed(line, request, EVERYTHING, services, offers=False)
    except QueryError:
        return
    hidden = access.unseen_members(query, viewer)
    if hidden and all(_is_in_full(member, line) for member in hidden):
        access.require_part(query, viewer, services.catalogue)


def _is_in_full(member: Member, line: str) -> bool:
    """Whether a line has all the words of a member's name side by side, whatever their case and accents."""
    typed, name = (re.findall(r"[^\W_]+", fold(text)) for text in (normalised(line), member.label))
    return any(typed[at : at + len(name)] == name for at in range(len(typed)))
