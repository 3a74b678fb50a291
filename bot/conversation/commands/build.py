"""The window that builds a question from pickers: how it opens, what it offers, and the line it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot import question_draft
from bot.conversation.command import CommandContext, PressHandler
from bot.question_draft import Draft, Pickers, WrongEntryError
from bot.render.document import Option
from bot.render.message import Reply
from bot.render.question_form import BUILD, EMPTY, OPEN, metric_options, name_options, question_modal
from bot.rights import may_leave_out, visible_metrics
from bot.workspace.context import RequestContext
from bot.workspace.request import Press
from kpi_engine import canonical, parse, understood
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Query
from kpi_engine.domain.translatable import said

OF_MESSAGE = f"{BUILD}:message"
"""The window is opened from the menu of a message, whose text may be a question."""

_FIRST = "sales"


def run(context: CommandContext, press: Press) -> Reply:
    """Open the window, or show its pickers for the metric that was chosen. Raises ForbiddenError."""
    metrics = visible_metrics(context.catalogue, context.viewer)
    if not metrics:
        raise ForbiddenError(
            said("You don't have access to any metric yet."), hint=said("Ask the person who runs this bot.")
        )
    first = _FIRST if _FIRST in metrics else metrics[0]
    query = Query(())
    if press.action in (OPEN, OF_MESSAGE):
        query = _question(press, context)
        begun, where = question_draft.draft_of(query, first), f"{context.request.channel} {press.thread}"
    else:
        begun, where = question_draft.drafted(_by_field(press.given)), press.metadata
    if begun.metric not in metrics:
        begun = replace(begun, metric=first)
    return question_modal(
        begun,
        _pickers(begun.metric, context),
        metrics,
        context.members(),
        where,
        context.today,
        context.sentences,
        is_part=bool(query.metrics) and not _is_whole(begun, query, context),
    )


def line_of(given: Mapping[str, Sequence[str]], context: RequestContext) -> str:
    """Return the canonical line of a submitted window; `given` has the values by action.

    Waits for no database, except for a name of a dimension that has too many to hold. Only names that the
    asker sees are accepted, whatever the window carries: the line is shown before it is answered. Raises
    WrongEntryError, and QueryError if such a name can't be looked up now.
    """
    names = context.services.index.remembered(context.now)
    if names is None:
        raise WrongEntryError(
            question_draft.METRIC,
            said("I have only just started up."),
            hint=said("Send it again in a moment."),
        )
    seen = context.members(context.rights.viewer_or_nothing)
    draft = question_draft.drafted(_by_field(given))
    return canonical(question_draft.question_of(draft, context.catalogue, seen, context.today))


def suggested(action: str, typed: str, context: RequestContext) -> list[Option]:
    """Return the options for what is typed into a picker; none for people without a role.

    Waits for no database, except for names of a dimension that has too many to hold.
    """
    if context.services.index.remembered(context.now) is None:
        return []
    metrics = visible_metrics(context.catalogue, context.rights.viewer_or_nothing)
    sentences = context.sentences
    field, _, metric = action.removeprefix(f"{BUILD}:").partition(":")
    if field == question_draft.METRIC:
        return metric_options(typed, metrics, sentences)
    if metric not in metrics:
        return []
    pickers = _pickers(metric, context)
    dimensions = pickers.left_out if field == question_draft.WITHOUT else pickers.dimensions
    return name_options(typed, dimensions, context.members(), sentences)


def _by_field(given: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the values by field; the actions of the pickers are like "build:only:sales"."""
    return {field_of(action): values for action, values in given.items()}


def field_of(action: str) -> str:
    """Return the field of a picker's action."""
    return action.removeprefix(f"{BUILD}:").partition(":")[0]


def _pickers(metric: str, context: RequestContext) -> Pickers:
    found = question_draft.pickers_of(context.catalogue, metric)
    left_out = tuple(name for name in found.left_out if may_leave_out(name, context.viewer))
    return replace(found, left_out=left_out)


def _is_whole(begun: Draft, query: Query, context: RequestContext) -> bool:
    """Whether a draft asks all of a question; not everything that can be typed has a picker."""
    members = context.services.index.names(context.now).members
    try:
        asked = question_draft.question_of(begun, context.catalogue, members, context.today)
    except WrongEntryError:
        return True  # the window says so when it is submitted
    return _in_order(query) == _in_order(asked)


def _in_order(query: Query) -> Query:
    return replace(query, filters=tuple(sorted(query.filters, key=str)))


def _question(press: Press, context: RequestContext) -> Query:
    """Return the question that the window starts with: what can be read of a line, or a whole message."""
    if press.value in ("", EMPTY):
        return Query(())
    read = (context.catalogue, context.members(), context.asker(), context.today)
    if press.action == OPEN:
        return understood(press.value, *read)
    # an answer of the bot begins with its question
    first, *_ = re.split(r" · |\n", press.value.strip(), maxsplit=1)
    for text in dict.fromkeys((press.value, first)):
        try:
            return parse(text, *read)
        except QueryError:
            continue
    return Query(())


PRESS_HANDLER = PressHandler((BUILD,), run)
