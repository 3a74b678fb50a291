"""`target sales rep:anna 300k`: sets the target of a month; every change is kept, with who and when.

`target sales rep:anna none` takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot import access
from bot.commands.verb import Verb
from bot.kept import asked_words
from bot.reading import read
from bot.render.message import Message
from bot.render.targeted import set_message, taken_back_message
from bot.request import Request
from bot.services import Services, targets_of
from bot.store.targets import SetTarget, TargetBook
from bot.targets import NO_TARGET, split_number
from kpi_engine.catalogue import Catalogue, Metric
from kpi_engine.errors import QueryError
from kpi_engine.language import normalised
from kpi_engine.periods import Grain, add_months, period_of
from kpi_engine.query import Filter, Key, Query
from kpi_engine.said import said
from kpi_engine.typed_numbers import read_number
from kpi_engine.vocabulary import typed_name


def run(request: Request, rest: str, services: Services) -> Message:
    """Set or take back a target and say what was understood, and what it was. Raises QueryError."""
    book = targets_of(services)
    typed, line = split_number(normalised(rest))
    today = services.engine.today(request.now)
    viewer = services.viewer(request)
    query = read(line, request, viewer, services)
    metric = services.catalogue.metrics[_only_metric(query)]
    month, level = _month(query, today), _level(query.filters, metric.dimensions, services.catalogue)
    access.require_setter(level, viewer)
    sentences = services.sentences(request.language)
    before = _known(metric, month, level, request, services)
    if typed in NO_TARGET:
        was = _set_value(book, metric, month, level, request)
        book.add(SetTarget(metric.name, month, level, None, request.user, request.now))
        after = _known(metric, month, level, request, services)
        return taken_back_message(metric, query.filters, month, was, after, sentences)
    value = read_number(typed, metric.unit)
    book.add(SetTarget(metric.name, month, level, value, request.user, request.now))
    return set_message(metric, query.filters, month, typed, value, before, sentences)


def _known(
    metric: Metric, month: date, level: Mapping[str, Key], request: Request, services: Services
) -> float | None:
    """Return the target that holds at a level, whoever set it."""
    rows = services.engine.targets(metric.name, month, request.now)
    return next((row.value for row in rows if dict(row.level) == level), None)


def _set_value(
    book: TargetBook, metric: Metric, month: date, level: Mapping[str, Key], request: Request
) -> float:
    """Return the target that somebody set. Raises QueryError where nobody did."""
    valid = book.valid(metric.name, month, add_months(month, 1), request.now)
    value = next((entry.value for entry in valid if entry.level == level), None)
    if value is None:
        raise QueryError(
            "Nobody set that target here, so there is none to take back.",
            hint="One of the company's own table is changed there.",
        )
    return value


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


def _level(filters: Sequence[Filter], dimensions: Sequence[str], catalogue: Catalogue) -> dict[str, Key]:
    """Return the members that the target is for."""
    level: dict[str, Key] = {}
    for entry in filters:
        if entry.exclude or len(entry.members) != 1 or entry.dimension in level:
            raise QueryError(
                "A target is for one member at a time.", hint="Set one for each of them, like rep:anna."
            )
        if entry.dimension not in dimensions:
            raise QueryError(
                said(
                    "This metric can't be narrowed by {dimension}.",
                    dimension=catalogue.titled(entry.dimension).lower(),
                ),
                hint=said("It can by {keys}.", keys=tuple(typed_name(catalogue, name) for name in dimensions))
                if dimensions
                else "",
            )
        level[entry.dimension] = entry.members[0].key
    return level


def kept(request: Request, rest: str, services: Services) -> str:
    """Return what a target is of, canonical, and the number as typed. Raises QueryError."""
    typed, line = split_number(normalised(rest))
    return f"{asked_words(request, line, services)} {typed}"


VERB = Verb(
    "target",
    ("doel",),
    "set the target of a month, or take it back with none",
    "target sales 300k",
    run,
    kept=kept,
)
