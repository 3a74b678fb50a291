"""`targets`: the targets of a month, and who set them when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.conversation.audit_words import asked_words
from bot.conversation.command import CommandContext, Verb
from bot.render.message import Message
from bot.render.target_list import ListedTarget, Setting, list_targets_message
from bot.rights import REP, may_see_target, visible_metrics
from bot.store.targets import ERASED
from bot.workspace.context import RequestContext
from bot.workspace.read_line import read, suggested_with_verb
from bot.workspace.target_progress import place_of, progress_of
from bot.workspace.targets import with_next_month
from kpi_engine import canonical, normalised, understood
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain, add_months, period_of
from kpi_engine.domain.query import Member, Query


def run(context: CommandContext, rest: str) -> Message:
    """Return the targets of a month, of one metric or of all. Raises QueryError."""
    viewer, query = context.viewer, _read(context, rest)
    period = query.period or period_of(Grain.MONTH, context.today)
    month, _ = period.bounds()
    wanted = {entry.dimension: {member.key for member in entry.members} for entry in query.filters}
    targets = context.services.engine.targets(query.metrics, month, context.now)
    settings = _settings(query.metrics, month, context)
    found = [
        ListedTarget(
            name, row.level, row.value, settings.get((name, frozenset(row.level.items()))), part=row.part
        )
        for name in query.metrics
        for row in targets[name]
        if all(row.members.get(dimension) in keys for dimension, keys in wanted.items())
        and may_see_target(row.level, viewer)
    ]
    found.sort(key=lambda entry: (query.metrics.index(entry.metric), len(entry.level)))  # the company's first
    members = context.services.members(context.now)
    told = _with_progress(found, month, members, context)
    shown = list_targets_message(told, month, members, context.sentences)
    return replace(shown, rows=len(found))


def _with_progress(
    found: Sequence[ListedTarget],
    month: date,
    members: Mapping[str, Sequence[Member]],
    context: CommandContext,
) -> list[ListedTarget]:
    """Return targets with how far each of them is, where its reader may see that.

    In public nothing is said of one person's progress.
    """
    listed = [
        (entry.metric, entry.level) for entry in found if not (context.is_public and REP in entry.level)
    ]
    engine, viewer = context.services.engine, context.viewer
    progress = progress_of(engine, listed, month, members, viewer, context.now)
    return [replace(entry, progress=progress.get(place_of(entry.metric, entry.level))) for entry in found]


def _settings(
    metrics: Sequence[str], month: date, context: RequestContext
) -> Mapping[tuple[str, frozenset[tuple[str, object]]], Setting]:
    """Return who set the targets of some metrics, by metric and level; empty without a store."""
    book = context.services.targets
    if book is None:
        return {}
    valid = book.valid_of(metrics, month, add_months(month, 1), context.now)
    return {
        (metric, frozenset(entry.level.items())): Setting(
            None if entry.set_by == ERASED else entry.set_by, entry.set_at
        )
        for metric, entries in valid.items()
        for entry in entries
        if entry.value is not None
    }


def _read(context: CommandContext, rest: str) -> Query:
    """Return the question to list the targets of: of every metric if none is named. Raises QueryError."""
    line = with_next_month(normalised(rest), context.today)
    with suggested_with_verb(VERB.typed(context.language)):
        query = _query(context, line)
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "List targets by metric, filter and month.", hint="For example: targets sales 2026-12."
        )
    period = query.period
    if period and (period.start is None or period_of(Grain.MONTH, period.start).end != period.end):
        raise QueryError("List targets for one month.", hint="Name the month, for example 2026-12.")
    if any(entry.exclude for entry in query.filters):
        raise QueryError("You can't leave names out of a list of targets.", hint="Leave out the minus.")
    return query


def kept(context: CommandContext, rest: str) -> str:
    """Return the words after the verb in canonical form. Raises QueryError."""
    try:
        query = _read(context, rest)
    except QueryError:
        return asked_words(context, rest)
    every = ",".join(context.catalogue.metrics)
    return canonical(query).removeprefix(every).strip()


def _query(context: CommandContext, line: str) -> Query:
    """Read a line; a line without a metric is read as if it named one."""
    every, names = tuple(context.catalogue.metrics), (context.members(), context.asker())
    seen = (*visible_metrics(context.catalogue, context.viewer), *every)
    if not line:
        return Query(every)
    if not seen or understood(line, context.catalogue, *names, context.today).metrics:
        return read(line, context)
    try:
        query = read(f"{seen[0]} {line}", context)
    except QueryError as wrong:
        wrong.suggestions = tuple(entry.removeprefix(seen[0]).strip() for entry in wrong.suggestions)
        raise
    return replace(query, metrics=every)


VERB = Verb(
    "targets",
    ("doelen",),
    "this month's targets, and who set them",
    "targets sales",
    run,
    _read,
    kept=kept,
)
