"""Targets from a file: what each line would do, judged as a typed target is, and setting them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isclose

from babel.numbers import get_currency_symbol

from bot.render.target_import import Outcome, ReportedLine, TargetReport
from bot.rights import EVERYTHING, require_may_set_target
from bot.store.targets import SetTarget
from bot.workspace.context import RequestContext
from bot.workspace.services import targets_of
from bot.workspace.target_lines import TargetLine, lines_of, metric_of, period_meant
from bot.workspace.target_rules import (
    KnownTargets,
    TargetPlace,
    known_targets,
    month_values,
    require_open,
    require_possible,
    unlikely,
)
from bot.workspace.target_sheets import read_sheet
from kpi_engine import NUMBER, near_names, read_number, roster_of, typed_name
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Period, add_months
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.domain.translatable import said

_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_CANDIDATES = 4
_NEAR = 60


@dataclass(frozen=True, slots=True)
class ImportedTarget:
    """A line of a file that can be read: what it is the target of, and its value in the metric's unit."""

    line: TargetLine
    metric: Metric
    place: TargetPlace
    filters: tuple[Filter, ...]
    value: float


@dataclass(frozen=True, slots=True)
class TargetImport:
    """What a file would do: a report of its lines, and the targets of those that would be set, by row."""

    report: TargetReport
    likely: tuple[ImportedTarget, ...]
    unlikely: tuple[ImportedTarget, ...]


@dataclass(slots=True)
class _Reading:
    """The lines of a file while they are read."""

    context: RequestContext
    lines: Sequence[TargetLine]
    members: Mapping[str, Sequence[Member]]
    first_rows: dict[TargetPlace, TargetLine] = field(default_factory=dict)
    reported: list[ReportedLine] = field(default_factory=list)
    targets: list[ImportedTarget] = field(default_factory=list)


def read_targets(context: RequestContext, name: str, content: bytes, metric: str = "") -> TargetImport:
    """Return what the targets of a file would change, without changing anything.

    `metric` names the metric of a file that doesn't. Raises QueryError for a file that can't be read, and
    ForbiddenError for people who may set no targets; a line that can't be is reported with its reason.
    """
    viewer = context.viewer
    if not (viewer.everything or viewer.led or viewer.teams):
        require_may_set_target({}, viewer)
    lines = lines_of(read_sheet(name, content), context.catalogue, context.today, metric)
    if not lines:
        raise QueryError("That file has no targets in it.", hint="Fill in a number for at least one month.")
    reading = _Reading(context, lines, context.members())
    for line in lines:
        try:
            reading.targets += _targets(line, reading)
        except KpiError as wrong:
            reading.reported.append(_refused(line, wrong))
    return _judged(name, reading)


def set_targets(context: RequestContext, targets: Collection[ImportedTarget]) -> None:
    """Set targets of a file, all at once, as the person of the request."""
    book, user, now = targets_of(context.services), context.request.user, context.now
    book.add_all(
        SetTarget(entry.metric.name, entry.place.month, dict(entry.place.level), entry.value, user, now)
        for entry in targets
    )


def as_done(report: TargetReport, done: Collection[ImportedTarget]) -> TargetReport:
    """Return the report of a file after some of its targets were set: those to check may be among them."""
    places = {(entry.line.row, entry.line.column) for entry in done}

    def after(line: ReportedLine) -> ReportedLine:
        if line.outcome is not Outcome.CHECK or (line.row, line.column) not in places:
            return line
        return replace(line, outcome=Outcome.SET if line.before is None else Outcome.CHANGED, doubt=None)

    return replace(report, lines=tuple(map(after, report.lines)), is_done=True)


# one line


def _targets(line: TargetLine, reading: _Reading) -> list[ImportedTarget]:
    """Return what a line is the target of: of one month, or of those of a quarter or a year.

    Raises KpiError with the reason if it can't be.
    """
    context = reading.context
    metric = _metric(line, context)
    period = _period(line, context)
    filters = tuple(_filter(dimension, typed, metric, reading) for dimension, typed in line.members.items())
    level: dict[str, Key] = {entry.dimension: entry.members[0].key for entry in filters}
    require_may_set_target(level, context.viewer)
    value = _value(line, metric, context)
    require_possible(value, metric)
    months = month_values(period, value, metric, context.services.calendar)
    found = [
        ImportedTarget(line, metric, TargetPlace.of(metric.name, month, level), filters, part)
        for month, part in months.items()
    ]
    for entry in found:
        first = reading.first_rows.setdefault(entry.place, line)
        if first is not line:
            raise QueryError(
                said("Row {row} already sets this target.", row=first.row), hint="Keep one of the two."
            )
    return found


def _metric(line: TargetLine, context: RequestContext) -> Metric:
    metrics = context.catalogue.metrics
    found = metric_of(line.metric, context.catalogue)
    if found is not None:
        return metrics[found]
    if not line.metric:
        raise QueryError("No metric is named.", hint="Fill in the column metric.")
    titles = [title for metric in metrics.values() for title in (metric.title.en, metric.title.nl)]
    near = near_names(line.metric, (*metrics, *filter(None, titles)), 1, _NEAR)
    meant = metric_of(near[0], context.catalogue) if near else None
    raise QueryError(
        said("There is no metric “{typed}”.", typed=line.metric),
        hint=said("Did you mean {name}?", name=meant) if meant else "The command list shows their names.",
    )


def _period(line: TargetLine, context: RequestContext) -> Period:
    period = period_meant(line.month, context.today, context.catalogue.fiscal_year)
    if period is None:
        typed = "" if line.month is None else str(line.month)
        raise QueryError(
            said("“{typed}” is no month.", typed=typed) if typed else "No month is filled in.",
            hint="Write the month as 2027-01 or Jan 2027, a quarter as 2027-Q1.",
        )
    require_open(add_months(period.bounds()[0], 1), context.today)
    return period


def _filter(dimension: str, typed: str, metric: Metric, reading: _Reading) -> Filter:
    """Return the member that a cell names, by its name or its key. Raises QueryError."""
    catalogue = reading.context.catalogue
    title = catalogue.titled(dimension).lower()
    if dimension not in metric.dimensions:
        keys = tuple(typed_name(catalogue, name) for name in metric.dimensions)
        raise QueryError(
            said("This metric can't be filtered by {dimension}.", dimension=title),
            hint=said("You can use {keys}.", keys=keys),
        )
    roster = roster_of(reading.members.get(dimension, ()))
    found = roster.matches(typed)
    found = found or [member for member in roster if str(member.key) == typed] or roster.others([typed])
    if len(found) == 1:
        return Filter(dimension, (found[0],))
    if found:
        raise _ambiguous(typed, found[:_CANDIDATES])
    _refuse_hidden(dimension, typed, reading)
    near = tuple(member.label for member in roster.nearest(typed, _CANDIDATES - 1))
    raise QueryError(
        said("There is no {dimension} “{typed}”.", dimension=title, typed=typed),
        hint=said("Did you mean {names}?", names=near) if near else "Write the name as answers show it.",
    )


def _ambiguous(typed: str, found: Sequence[Member]) -> QueryError:
    names = tuple(dict.fromkeys(member.label for member in found))
    if len(names) > 1:
        return QueryError(
            said("“{typed}” can be several names.", typed=typed),
            hint=said("Write one in full: {names}.", names=names),
        )
    keys = tuple(str(member.key) for member in found)
    return QueryError(
        said("Several have the name “{typed}”.", typed=typed),
        hint=said("Write the key instead: {keys}.", keys=keys),
    )


def _refuse_hidden(dimension: str, typed: str, reading: _Reading) -> None:
    """Raise ForbiddenError for the full name of somebody whose targets aren't the viewer's to set."""
    context = reading.context
    if context.viewer.everything:
        return
    every = roster_of(context.members(EVERYTHING).get(dimension, ()))
    for member in every.matches(typed):
        if member.label.casefold() == typed.casefold():
            require_may_set_target({dimension: member.key}, context.viewer)


def _value(line: TargetLine, metric: Metric, context: RequestContext) -> float:
    """Return the number of a cell in the metric's unit. Raises QueryError."""
    typed = line.value
    if isinstance(typed, float):
        return _of_number(typed, metric)
    text = str(typed).replace("’", "'")
    currency = _currency(metric, context)
    if currency:
        signs = (currency, get_currency_symbol(currency, "en"), get_currency_symbol(currency, "en_US"))
        text = re.sub("|".join(map(re.escape, signs)), "", text, flags=re.IGNORECASE).strip()
    text = re.sub(r"(?<=\d)'(?=\d{3})", "", text)
    text = re.sub(r"(\d)\s*,-$", r"\1", text)
    if isinstance(typed, date) or not _NUMBER.fullmatch(text):
        raise QueryError(
            said("“{typed}” is no number.", typed=str(typed)),
            hint="Write it like 300000, 300.000 or 300k; leave the cell empty for no target.",
        )
    return read_number(text, metric.unit)


def _of_number(value: float, metric: Metric) -> float:
    """Return a number of a workbook's cell; a share above 1 is in percent, as where it is typed."""
    if metric.unit != "share":
        return value
    share = value / 100 if value > 1 else value
    if not 0 <= share <= 1:
        raise QueryError("A share must be between 0 and 100%.", hint="Write it as 15% or 0,15.")
    return share


def _currency(metric: Metric, context: RequestContext) -> str:
    models = context.catalogue.models
    return models[metric.spec.measures()[0].model].currency if metric.unit == "money" else ""


# all lines


def _judged(name: str, reading: _Reading) -> TargetImport:
    """Return what the readable targets would change, month by month: an earlier one counts for a later."""
    context, targets = reading.context, reading.targets
    metrics = dict.fromkeys(entry.metric.name for entry in targets)
    known = known_targets(
        context.services.engine, tuple(metrics), [entry.place.month for entry in targets], context.now
    )
    reported, likely, doubted = list(reading.reported), [], []
    for entry in sorted(targets, key=lambda entry: entry.place.month):
        line = _compared(entry, known)
        reported.append(line)
        known.new[entry.place] = entry.value
        if line.outcome is Outcome.CHECK:
            doubted.append(entry)
        elif line.outcome is not Outcome.UNCHANGED:
            likely.append(entry)
    places = {(line.row, line.column): place for place, line in enumerate(reading.lines)}
    reported.sort(key=lambda line: places[line.row, line.column])
    return TargetImport(TargetReport(name, tuple(reported)), tuple(likely), tuple(doubted))


def _compared(entry: ImportedTarget, known: KnownTargets) -> ReportedLine:
    before = known.own(entry.place)
    doubt = unlikely(entry.place, entry.value, entry.metric, known)
    if before is not None and isclose(before, entry.value, rel_tol=1e-9, abs_tol=1e-9):
        outcome = Outcome.UNCHANGED
    elif doubt is not None:
        outcome = Outcome.CHECK
    else:
        outcome = Outcome.SET if before is None else Outcome.CHANGED
    return ReportedLine(
        row=entry.line.row,
        column=entry.line.column,
        outcome=outcome,
        metric=entry.metric,
        filters=entry.filters,
        month=entry.place.month,
        value=entry.value,
        before=before,
        doubt=doubt if outcome is Outcome.CHECK else None,
    )


def _refused(line: TargetLine, wrong: KpiError) -> ReportedLine:
    return ReportedLine(row=line.row, column=line.column, outcome=Outcome.REFUSED, reason=wrong)
