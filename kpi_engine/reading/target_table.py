"""Targets out of the databases' own target tables."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import Select, case, literal, literal_column, select

from kpi_engine.analysis.targets import NO_TARGETS, TargetIndex, TargetRow
from kpi_engine.database.warehouse import Row
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.models import Model, Path, TargetColumns
from kpi_engine.domain.periods import Grain, IsWorkingDay, add_months, start_of, whole_months
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.language.folding import fold
from kpi_engine.reading.kept import is_kept
from kpi_engine.reading.quota_rows import Quotas, RowGrain
from kpi_engine.reading.reader import Reader, between
from kpi_engine.reading.wanted import TargetsOf
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.readable import number_of

_KEPT_SECONDS = 60
"""How long it is kept which metrics a table has targets for."""
_WITH_TARGETS = "which metrics have targets"
_MOST_ROWS = 50_000
"""What has more rows than this is read in several statements: a statement's rows are limited."""


class Targets(Protocol):
    """Where targets come from; the bot may put its own in front of the database's."""

    def read(self, wanted: Collection[TargetsOf], now: datetime) -> Mapping[TargetsOf, TargetIndex]:
        """Return the targets of everything that is wanted, as they were valid at `now` (zone-aware).

        Everything wanted has an entry; it is empty where there are no targets.
        Raises DataError and WarehouseError where a database can't answer.
        """
        ...

    def edition(self) -> Hashable:
        """Return another value after targets were set beside the database's: then what was read is old."""
        ...


class TableTargets:
    """Targets from every model that has `targets:`; the first model with rows for the metric wins.

    A table is asked once for all metrics and months that are wanted, and only for metrics that it has
    any targets for. It is safe to share between threads.
    """

    def __init__(
        self, catalogue: Catalogue, reader: Reader, is_working_day: IsWorkingDay | None = None
    ) -> None:
        self._tables = [
            _Table(_Source(model, model.time, model.targets), reader, Quotas(catalogue, is_working_day))
            for model in catalogue.models.values()
            if model.targets and model.time
        ]

    def read(self, wanted: Collection[TargetsOf], now: datetime) -> Mapping[TargetsOf, TargetIndex]:
        """Return the targets of everything that is wanted."""
        found = dict.fromkeys(wanted, NO_TARGETS)
        for table in self._tables:
            missing = [want for want, index in found.items() if not index]
            found |= _from_table(table, missing, now)
        return found

    def edition(self) -> Hashable:
        """Return always the same: nobody sets targets beside the tables."""
        return None


class TargetsOfRequest:
    """The targets of one request, each read once: a question's first step asks which there are."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._found: dict[TargetsOf, TargetIndex] = {}

    def read(self, wanted: Collection[TargetsOf], now: datetime) -> Mapping[TargetsOf, TargetIndex]:
        """Return the targets of everything that is wanted; `now` is the same for the whole request."""
        missing = [want for want in wanted if want not in self._found]
        if missing:
            self._found |= self._targets.read(missing, now)
        return {want: self._found[want] for want in wanted}

    def edition(self) -> Hashable:
        """Return that of the targets behind it."""
        return self._targets.edition()


@dataclass(frozen=True, slots=True)
class _Source:
    """A model of targets with its time and its columns."""

    model: Model
    time: Path
    columns: TargetColumns


@dataclass(frozen=True, slots=True)
class _Part:
    """Some metrics and the days `[start, end)`."""

    metrics: tuple[str, ...]
    start: date
    end: date

    def halves(self) -> tuple[_Part, _Part] | None:
        """Return two smaller parts; None for one month of one metric."""
        if len(self.metrics) > 1:
            middle = len(self.metrics) // 2
            return (
                replace(self, metrics=self.metrics[:middle]),
                replace(self, metrics=self.metrics[middle:]),
            )
        months = whole_months(self.start, self.end)
        if months <= 1:
            return None
        between_them = add_months(self.start, months // 2)
        return replace(self, end=between_them), replace(self, start=between_them)


_Found = list[tuple[date, TargetRow]]
"""The targets of a metric, each with the day in its row."""


def _from_table(table: _Table, wanted: Sequence[TargetsOf], now: datetime) -> dict[TargetsOf, TargetIndex]:
    """Return what one table has of what is wanted."""
    grains = table.grains([want.metric for want in wanted], now) if wanted else {}
    asked = [want for want in wanted if fold(want.metric) in grains]
    if not asked:
        return {}
    metrics = tuple(dict.fromkeys(want.metric for want in asked))
    bounds = [table.quotas.around(want, grains[fold(want.metric)]) for want in asked]
    rows = table.rows(_Part(metrics, min(start for start, _ in bounds), max(end for _, end in bounds)))
    return {
        want: TargetIndex(
            entry
            for entry in table.quotas.by_month(rows[want.metric], want.metric, grains[fold(want.metric)])
            if want.start <= entry[0] < want.end
        )
        for want in asked
    }


class _Table:
    """One table of targets. Its methods raise DataError and WarehouseError."""

    def __init__(self, source: _Source, reader: Reader, quotas: Quotas) -> None:
        self._source, self._reader, self.quotas = source, reader, quotas
        self._lock = Lock()
        self._kept: tuple[float, Mapping[str, frozenset[Any]]] | None = None

    def grains(self, metrics: Collection[str], now: datetime) -> Mapping[str, RowGrain]:
        """Return what the rows of each metric are the targets of, by folded names; of those that have any."""
        known, today, declared = self._known(), self._reader.today(now), self._source.model.grain
        asked = {fold(metric) for metric in metrics} & known.keys()
        if not asked:
            return {}
        stored = self._reader.time_column(self._source.model, self._source.time)
        found = {}
        for name in asked:
            moments = (moment for stamp in known[name] if (moment := stored.read_known(stamp)) is not None)
            months = {start_of(Grain.MONTH, moment.date()) for moment in moments}
            found[name] = self.quotas.grain(declared, months, today)
        return found

    def _known(self) -> Mapping[str, frozenset[Any]]:
        """Return the moments, as stored, that there are any targets of, by the folded name of the metric.

        They are read once a minute. Databases differ in which spellings they take for the same text. So names
        are compared loosely here, and by the database itself where targets are read.
        """
        with self._lock:
            kept = self._kept
        if kept is not None and is_kept(kept[0], _KEPT_SECONDS, monotonic):
            note_kept(_WITH_TARGETS, [self._source.model.name])
            return kept[1]
        model, path, time = self._source.model, (self._source.columns.metric,), self._source.time
        relation = Relation(self._reader.models, model, [path, time], {})
        named, at = relation.column(path), relation.column(time)
        statement = select(named, at).select_from(relation.source).where(named.is_not(None)).distinct()
        with sent_for(_WITH_TARGETS, [model.name]):
            rows = self._reader.warehouse(model).read(statement)
        found: dict[str, set[Any]] = {}
        for name, stamp in rows:
            found.setdefault(fold(str(name)), set()).add(stamp)
        known = {name: frozenset(stamps) for name, stamps in found.items()}
        with self._lock:
            self._kept = monotonic(), known
        return known

    def rows(self, part: _Part) -> Mapping[str, _Found]:
        """Return the targets of each metric of a part."""
        found: dict[str, _Found] = {metric: [] for metric in part.metrics}
        stored = self._reader.time_column(self._source.model, self._source.time)
        for metric, (at, amount, *keys) in self._read(part):
            moment = stored.read_known(at)
            if moment is not None:
                found[metric].append((moment.date(), self._target(keys, float(amount))))
        return found

    def _read(self, part: _Part) -> Iterator[tuple[str, Row]]:
        """Yield each row with its metric; a part with too many rows is read in halves."""
        statement, halves = self._statement(part), part.halves()
        warehouse = self._reader.warehouse(self._source.model)
        with sent_for("targets", part.metrics):
            rows = warehouse.read(statement.limit(_MOST_ROWS) if halves else statement)
        if halves and len(rows) == _MOST_ROWS:
            for half in halves:
                yield from self._read(half)
            return
        for position, *row in rows:
            yield part.metrics[position], tuple(row)

    def _statement(self, part: _Part) -> Select[Any]:
        """Return the SELECT of a part: the metric's position in it, the moment, the value and the keys."""
        model, time, columns = self._source.model, self._source.time, self._source.columns
        fixed: list[Path] = [time, (columns.metric,), (columns.value,)]
        paths = [entry.path for entry in model.dimensions.values()]
        relation = Relation(self._reader.models, model, [*fixed, *paths], {})
        at, named, stored_value = (relation.column(path) for path in fixed)
        value = number_of(stored_value, self._reader.number_form(model, (columns.value,)))
        which = case(
            *((named == literal(metric), literal_column(str(i))) for i, metric in enumerate(part.metrics))
        )
        in_days = between(at, self._reader.time_column(model, time), part.start, part.end)
        return (
            select(which, at, value, *(relation.column(path) for path in paths))
            .select_from(relation.source)
            .where(named.in_(part.metrics), in_days, value.is_not(None))
        )

    def _target(self, keys: Sequence[Any], value: float) -> TargetRow:
        entries = self._source.model.dimensions.items()
        known = [
            (name, entry.path, key)
            for (name, entry), key in zip(entries, keys, strict=True)
            if key is not None
        ]
        level = {name: key for name, path, key in known if len(path) == 1}
        return TargetRow(level, {name: key for name, _, key in known}, value)
