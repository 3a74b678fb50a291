"""A question built from pickers: the window that opens, what it offers, and the line that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot import question_draft
from bot.conversation.commands.press import Pressing
from bot.question_draft import Draft, Pickers, WrongEntryError
from bot.render.document import Option
from bot.render.message import Reply
from bot.render.question_form import BUILD, EMPTY, OPEN, metric_options, name_options, question_modal
from bot.rights import access
from bot.rights.access import Viewer
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Query
from kpi_engine.domain.translatable import said
from kpi_engine.language.parser import canonical, parse, understood

OF_MESSAGE = f"{BUILD}:message"
"""The window is opened from somebody's message, whose text may be a question."""

_FIRST = "sales"


def run(request: Request, press: Press, services: Services) -> Reply:
    """Open the window, or show its pickers for the metric that was chosen. Raises ForbiddenError."""
    viewer = services.viewer(request)
    metrics = access.seen_metrics(services.catalogue, viewer)
    if not metrics:
        raise ForbiddenError(
            said("There is no number that is yours to see."), hint=said("Ask the person who runs me.")
        )
    first = _FIRST if _FIRST in metrics else metrics[0]
    query = Query(())
    if press.action in (OPEN, OF_MESSAGE):
        query = _question(press, request, services, viewer)
        begun, where = question_draft.draft_of(query, first), f"{request.channel} {press.thread}"
    else:
        begun, where = question_draft.drafted(by_field(press.given)), press.metadata
    if begun.metric not in metrics:
        begun = replace(begun, metric=first)
    return question_modal(
        begun,
        _pickers(begun.metric, services, viewer),
        metrics,
        services.members(request.now, viewer),
        where,
        services.engine.today(request.now),
        services.sentences(request.language),
        is_part=bool(query.metrics) and not _is_whole(begun, query, request, services),
    )


def line_of(given: Mapping[str, Sequence[str]], request: Request, services: Services) -> str:
    """Return the line (canonical) that a window makes which was sent; `given` is by action.

    From memory only: nothing is waited for. Names are those that its sender sees, whatever a window carries:
    the line is shown before anybody answers it. Raises WrongEntryError.
    """
    names = services.index.remembered(request.now)
    if names is None:
        raise WrongEntryError(
            question_draft.METRIC, said("I have only just started."), hint=said("Send it again in a moment.")
        )
    seen = access.seen_members(names.members, services.viewer_or_nothing(request))
    today = services.engine.today(request.now)
    return canonical(
        question_draft.question_of(question_draft.drafted(by_field(given)), services.catalogue, seen, today)
    )


def suggested(action: str, typed: str, request: Request, services: Services) -> list[Option]:
    """Return the options for what is typed into a picker, from memory only; none for whoever sees nothing."""
    if services.index.remembered(request.now) is None:
        return []
    try:
        viewer = services.viewer(request)
    except ForbiddenError:
        return []
    metrics, sentences = access.seen_metrics(services.catalogue, viewer), services.sentences(request.language)
    field, _, metric = action.removeprefix(f"{BUILD}:").partition(":")
    if field == question_draft.METRIC:
        return metric_options(typed, metrics, sentences)
    if metric not in metrics:
        return []
    pickers = _pickers(metric, services, viewer)
    dimensions = pickers.left_out if field == question_draft.WITHOUT else pickers.dimensions
    return name_options(typed, dimensions, services.members(request.now, viewer), sentences)


def by_field(given: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return what was given by field: the actions of the pickers are "build:only:sales"."""
    return {field_of(action): values for action, values in given.items()}


def field_of(action: str) -> str:
    """Return the field that a picker's action is of."""
    return action.removeprefix(f"{BUILD}:").partition(":")[0]


def _pickers(metric: str, services: Services, viewer: Viewer) -> Pickers:
    found = question_draft.pickers_of(services.catalogue, metric)
    left_out = tuple(name for name in found.left_out if access.may_leave_out(name, viewer))
    return replace(found, left_out=left_out)


def _is_whole(begun: Draft, query: Query, request: Request, services: Services) -> bool:
    """Whether a draft asks all of a question: some of what can be typed has no picker."""
    members, today = services.index.names(request.now).members, services.engine.today(request.now)
    try:
        asked = question_draft.question_of(begun, services.catalogue, members, today)
    except WrongEntryError:
        return True  # the window says it when it is sent
    return _in_order(query) == _in_order(asked)


def _in_order(query: Query) -> Query:
    return replace(query, filters=tuple(sorted(query.filters, key=str)))


def _question(press: Press, request: Request, services: Services, viewer: Viewer) -> Query:
    """Return what the window begins with: of a line what can be read, of a message all or nothing."""
    if press.value in ("", EMPTY):
        return Query(())
    read = (
        services.catalogue,
        services.members(request.now, viewer),
        services.asker(request.user, request.now, viewer),
        services.engine.today(request.now),
    )
    if press.action == OPEN:
        return understood(press.value, *read)
    # an answer of ours begins with its question
    first, *_ = re.split(r" · |\n", press.value.strip(), maxsplit=1)
    for text in dict.fromkeys((press.value, first)):
        try:
            return parse(text, *read)
        except QueryError:
            continue
    return Query(())


PRESSING = Pressing((BUILD,), run)
