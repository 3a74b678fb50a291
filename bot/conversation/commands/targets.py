"""`targets`: the targets of a month, with who set them and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bot.conversation.audit_words import asked_words
from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.target_list import ListedTarget, Setting, list_targets_message
from bot.rights import access
from bot.store.targets import ERASED
from bot.workspace.read_line import read
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.targets import with_next_month
from bot.workspace.verb_lines import lines_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain, add_months, period_of
from kpi_engine.domain.query import Query
from kpi_engine.language.parser import canonical, normalised, understood


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the targets of a month, of one metric or of all. Raises QueryError."""
    viewer, query = services.viewer(request), _read(request, rest, services)
    period = query.period or period_of(Grain.MONTH, services.engine.today(request.now))
    month, _ = period.bounds()
    wanted = {entry.dimension: {member.key for member in entry.members} for entry in query.filters}
    found = [
        ListedTarget(name, row.level, row.value, settings.get(frozenset(row.level.items())))
        for name in query.metrics
        for settings in [_settings(name, month, request, services)]
        for row in services.engine.targets(name, month, request.now)
        if all(row.members.get(dimension) in keys for dimension, keys in wanted.items())
        and access.sees_level(row.level, viewer)
    ]
    found.sort(key=lambda entry: (query.metrics.index(entry.metric), len(entry.level)))  # the company's first
    sentences = services.sentences(request.language)
    shown = list_targets_message(found, month, services.members(request.now), sentences)
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


def _read(request: Request, rest: str, services: Services) -> Query:
    """Return what is asked for: without a metric every one. Raises QueryError."""
    line = with_next_month(normalised(rest), services.engine.today(request.now))
    with lines_of(VERB.typed(request.language)):
        query = _query(request, line, services)
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "Targets are listed by metric, filter and month.", hint="Like: targets sales 2026-12."
        )
    period = query.period
    if period and (period.start is None or period_of(Grain.MONTH, period.start).end != period.end):
        raise QueryError("Targets are listed for one month.", hint="Name it, like 2026-12.")
    if any(entry.exclude for entry in query.filters):
        raise QueryError("Targets can't be listed without some.", hint="Leave out the minus.")
    return query


def kept(request: Request, rest: str, services: Services) -> str:
    """Return what targets are listed of, canonical. Raises QueryError."""
    try:
        query = _read(request, rest, services)
    except QueryError:
        return asked_words(request, rest, services)
    every = ",".join(services.catalogue.metrics)
    return canonical(query).removeprefix(every).strip()


def _query(request: Request, line: str, services: Services) -> Query:
    """Read a line; one that names no metric is read as if it named one."""
    now, viewer = request.now, services.viewer(request)
    today, every = services.engine.today(now), tuple(services.catalogue.metrics)
    names = services.members(now, viewer), services.asker(request.user, now, viewer)
    seen = (*access.seen_metrics(services.catalogue, viewer), *every)
    if not line:
        return Query(every)
    if not seen or understood(line, services.catalogue, *names, today).metrics:
        return read(line, request, viewer, services)
    try:
        query = read(f"{seen[0]} {line}", request, viewer, services)
    except QueryError as wrong:
        wrong.suggestions = tuple(entry.removeprefix(seen[0]).strip() for entry in wrong.suggestions)
        raise
    return replace(query, metrics=every)


VERB = Verb(
    "targets",
    ("doelen",),
    "the targets of this month, and who set them",
    "targets sales",
    run,
    _read,
    kept=kept,
)
