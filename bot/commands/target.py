"""`target sales rep:anna 300k`: sets the target of a month; every change is kept, with who and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot import access
from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.targeted import set_message
from bot.request import Request
from bot.services import Services, targets_of
from bot.store.targets import SetTarget
from bot.targets import split_number
from kpi_engine.errors import QueryError
from kpi_engine.language import normalised, parse
from kpi_engine.periods import Grain, period_of
from kpi_engine.query import Filter, Key, Query
from kpi_engine.typed_numbers import read_number


def run(request: Request, rest: str, services: Services) -> Message:
    """Set a target and say what was understood, and what it was before. Raises QueryError."""
    book = targets_of(services)
    typed, line = split_number(normalised(rest))
    today = services.engine.today(request.now)
    viewer = services.viewer(request)
    asker = services.asker(request.user, request.now, viewer)
    query = parse(line, services.catalogue, services.members(request.now, viewer), asker, today)
    metric = services.catalogue.metrics[_only_metric(query)]
    month, level = _month(query, today), _level(query.filters, metric.dimensions)
    access.require_setter(level, viewer)
    value = read_number(typed, metric.unit)
    known = services.engine.targets(metric.name, month, request.now)
    before = next((row.value for row in known if dict(row.level) == level), None)
    book.add(SetTarget(metric.name, month, level, value, request.user, request.now))
    sentences = services.sentences(request.language)
    return set_message(metric, query.filters, month, typed, value, before, sentences)


def _only_metric(query: Query) -> str:
    if len(query.metrics) > 1:
        raise QueryError("One metric at a time.", hint="Set a target for each of them.")
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "A target is of one metric, for one month.", hint="Like: target sales rep:anna 300k this month."
        )
    return query.metrics[0]


def _month(query: Query, today: date) -> date:
    """Return the first day of the month that is meant, by default the running one."""
    period = query.period or period_of(Grain.MONTH, today)
    if period.start is None or period.end is None or period_of(Grain.MONTH, period.start).end != period.end:
        raise QueryError("A target is set for one month.", hint="Name it, like 2026-12.")
    if period.end <= today:
        raise QueryError(
            "That month is over, and keeps the target that it had.", hint="Set one for this month or later."
        )
    return period.start


def _level(filters: Sequence[Filter], dimensions: Sequence[str]) -> dict[str, Key]:
    """Return the members that the target is for."""
    level: dict[str, Key] = {}
    for entry in filters:
        if entry.exclude or len(entry.members) != 1 or entry.dimension in level:
            raise QueryError(
                "A target is for one member at a time.", hint="Set one for each of them, like rep:anna."
            )
        if entry.dimension not in dimensions:
            raise QueryError(
                f"This metric can't be narrowed by {entry.dimension}.",
                hint=f"It can by {', '.join(dimensions)}." if dimensions else "",
            )
        level[entry.dimension] = entry.members[0].key
    return level


VERB = Verb("target", ("doel",), "set the target of a month", "target sales 300k", run)
