"""Reading a line with the names that its asker may use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.rights import EVERYTHING, Viewer, hidden_members, require_visible
from bot.workspace.context import RequestContext
from kpi_engine import fold, normalised, parse
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member, Query


def read(line: str, context: RequestContext, verbs: Sequence[str] = ()) -> Query:
    """Return the question of a line, read with the names that its asker sees.

    Raises QueryError; ForbiddenError if the line names a colleague whom the asker doesn't see.
    """
    try:
        return parsed(line, context, context.viewer, verbs)
    except QueryError:
        refuse_colleague(line, context)
        raise


def parsed(
    line: str,
    context: RequestContext,
    viewer: Viewer,
    verbs: Sequence[str] = (),
    *,
    offers: bool = True,
) -> Query:
    """Return the question of a line, read with the names that a viewer sees; other names are unknown.

    Raises QueryError, without suggestions unless `offers` (see `parse`).
    """
    return parse(
        line,
        context.catalogue,
        context.members(viewer),
        context.asker(viewer),
        context.today,
        verbs=verbs,
        offers=offers,
    )


def refuse_colleague(line: str, context: RequestContext) -> None:
    """Raise ForbiddenError if a line can be read only with the name of somebody the asker doesn't see.

    The line must have the full name: confirming a part of one would let people guess names letter by letter.
    """
    viewer = context.viewer
    if viewer.everything:
        return
    try:
        query = parsed(line, context, EVERYTHING, offers=False)
    except QueryError:
        return
    hidden = hidden_members(query, viewer)
    if hidden and all(_is_in_full(member, line) for member in hidden):
        require_visible(query, viewer, context.catalogue)


@contextmanager
def suggested_with_verb(verb: str, after: str = "") -> Iterator[None]:
    """Put a verb before the questions that a QueryError suggests, so that they are whole lines.

    `after` is put behind them: what followed the question and isn't part of it, such as a target's amount.
    """
    try:
        yield
    except QueryError as wrong:
        wrong.suggestions = tuple(
            " ".join(part for part in (verb, line, after) if part) for line in wrong.suggestions
        )
        raise


def _is_in_full(member: Member, line: str) -> bool:
    """Whether a line has all the words of a member's name side by side, whatever their case and accents."""
    typed, name = (re.findall(r"[^\W_]+", fold(text)) for text in (normalised(line), member.label))
    return any(typed[at : at + len(name)] == name for at in range(len(typed)))
