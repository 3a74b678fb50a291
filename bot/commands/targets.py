"""`targets`: the targets of a month, with who set them and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot import access
from bot.access import Viewer
from bot.commands.verb import Verb
from bot.kept import asked_words
from bot.reading import read
from bot.render.message import Message
from bot.render.targeted import ListedTarget, Setting, list_targets_message
from bot.request import Request
from bot.services import Services
from bot.store.targets import ERASED
from kpi_engine.errors import QueryError
from kpi_engine.language import normalised, parse_period
from kpi_engine.period_words import canonical_period
from kpi_engine.periods import Grain, add_months, period_of
from kpi_engine.query import Query


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the targets of a month, of one metric or of all. Raises QueryError."""
    viewer = services.viewer(request)
    query = _query(request, rest, services, viewer)
    period = query.period or period_of(Grain.MONTH, services.engine.today(request.now))
    if period.start is None or period_of(Grain.MONTH, period.start).end != period.end:
        raise QueryError("Targets are listed for one month.", hint="Name it, like 2026-12.")
    if any(entry.exclude for entry in query.filters):
        raise QueryError("Targets can't be listed without some.", hint="Leave out the minus.")
    wanted = {entry.dimension: {member.key for member in entry.members} for entry in query.filters}
    found = [
        ListedTarget(name, row.level, row.value, settings.get(frozenset(row.level.items())))
        for name in query.metrics
        for settings in [_settings(name, period.start, request, services)]
        for row in services.engine.targets(name, period.start, request.now)
        if all(row.members.get(dimension) in keys for dimension, keys in wanted.items())
        and access.sees_level(row.level, viewer)
    ]
    found.sort(key=lambda entry: (query.metrics.index(entry.metric), len(entry.level)))  # the company's first
    sentences = services.sentences(request.language)
    shown = list_targets_message(found, period.start, services.members(request.now), sentences)
    return replace(shown, rows=len(found))


def _settings(
    metric: str, month: date, request: Request, services: Services
) -> Mapping[frozenset[tuple[str, object]], Setting]:
    """Return who set the targets of a metric, by their level; none where there is no store."""
    if services.targets is None:
        return {}
    return {
        frozenset(entry.level.items()): Setting(
            None if entry.set_by == ERASED else entry.set_by, entry.set_at
        )
        for entry in services.targets.valid(metric, month, add_months(month, 1), request.now)
        if entry.value is not None
    }


def _query(request: Request, rest: str, services: Services, viewer: Viewer) -> Query:
    """Return what is asked for; without a metric, every one."""
    today, every = services.engine.today(request.now), tuple(services.catalogue.metrics)
    line = normalised(rest)
    if not line:
        return Query(every)
    try:
        return Query(every, parse_period(line, today))
    except QueryError:
        query = read(line, request, viewer, services)
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "Targets are listed by metric, filter and month.", hint="Like: targets sales 2026-12."
        )
    return query


def kept(request: Request, rest: str, services: Services) -> str:
    """Return what targets are listed of, canonical. Raises QueryError."""
    line = normalised(rest)
    if not line:
        return ""
    try:
        return canonical_period(parse_period(line, services.engine.today(request.now)))
    except QueryError:
        return asked_words(request, line, services)


VERB = Verb(
    "targets",
    ("doelen",),
    "the targets of this month, and who set them",
    "targets sales",
    run,
    kept=kept,
)
