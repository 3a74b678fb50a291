"""How many values of a column can't be read, counted once in a while for the whole table.

Where every value can be read, statements needn't look at each again. Where some can't, it is counted how many
rows of a measure that concerns. A question's own statements count nothing of this.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, or_, select, union_all

from kpi_engine.domain.errors import DataError, WarehouseTimeoutError
from kpi_engine.domain.models import Measure, Model, Path
from kpi_engine.domain.query import Filter
from kpi_engine.domain.statements import sent_for
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.sources import Sources
from kpi_engine.reading.wanted import UnreadableOf
from kpi_engine.sql.expressions import filter_conditions
from kpi_engine.sql.joins import Relation, model_behind, own_rows
from kpi_engine.sql.readable import NumberForm, is_no_moment, is_no_number
from kpi_engine.sql.time_columns import EPOCHS, TimeColumn

log = logging.getLogger(__name__)

_HOUR, _DAY = 3_600.0, 86_400.0
_ORDERED = ("postgresql", "duckdb")
"""Databases with moments beyond any calendar, which lie beyond every bound."""

_Place = tuple[str, str, str]
"""The name of a model, a column of its own table, and what that holds: moments or numbers."""


@dataclass(frozen=True, slots=True)
class UnreadableRows:
    """How many of a measure's rows (`rows`) have a date, and how many an amount, that can't be read."""

    rows: int
    dates: int
    amounts: int


@dataclass(frozen=True, slots=True)
class _Column:
    """A column to be counted, with the model that owns it and how its values are stored."""

    owner: Model
    name: str
    stored: TimeColumn | NumberForm

    @property
    def place(self) -> _Place:
        kind = "moments" if isinstance(self.stored, TimeColumn) else "numbers"
        return self.owner.name, self.name, kind

    @property
    def is_checked(self) -> bool:
        """Whether statements look at each value, as long as it isn't known that all can be read."""
        if isinstance(self.stored, TimeColumn):
            return self.stored.is_checked
        return self.stored is NumberForm.MIXED

    def strange(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return whether a value can't be read."""
        if isinstance(self.stored, TimeColumn):
            return is_no_moment(value, self.stored)
        return is_no_number(value, self.stored)


class Unreadable:
    """What can't be read of a catalogue's columns; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed) -> None:
        self._sources = sources
        self._of_text: Kept[_Place, int] = Kept(_HOUR, elapsed)
        self._of_types: Kept[_Place, int] = Kept(_DAY, elapsed)
        self._refused: Kept[_Place, bool] = Kept(_HOUR, elapsed)
        self._rows: Kept[UnreadableOf, UnreadableRows] = Kept(_HOUR, elapsed)

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """Return how a time column is stored; not to be checked where each of its values can be read."""
        stored = self._sources.time_column(model, path)
        if stored.is_checked and self._counted(model, path, "moments") == 0:
            return replace(stored, is_checked=False)
        return stored

    def number_form(self, model: Model, path: Path) -> NumberForm:
        """Return what a column of numbers may hold besides them: nothing where each value is one."""
        form = self._sources.number_form(model, path)
        is_clean = form is not NumberForm.TEXT and self._counted(model, path, "numbers") == 0
        return NumberForm.PLAIN if is_clean else form

    def count(
        self,
        moments: Iterable[tuple[Model, Path]],
        numbers: Iterable[tuple[Model, Path]],
        *,
        is_for_statements: bool = False,
    ) -> None:
        """Count what can't be read of some columns where that isn't known, in one statement per database.

        `is_for_statements`: only of columns whose values statements would look at each by itself.
        """
        wanted: dict[str, dict[_Place, _Column]] = {}
        for is_time, paths in ((True, moments), (False, numbers)):
            for model, path in paths:
                owner = model_behind(self._sources.models, model, path[:-1])
                stored = (
                    self._sources.time_column(model, path)
                    if is_time
                    else self._sources.number_form(model, path)
                )
                entry = _Column(owner, path[-1], stored)
                is_asked = entry.is_checked or not is_for_statements
                if is_asked and self._may_hold(entry) and not self._is_known(entry.place):
                    wanted.setdefault(owner.database, {})[entry.place] = entry
        for columns in wanted.values():
            self._count(list(columns.values()))

    def rows(self, wanted: Collection[UnreadableOf]) -> Mapping[UnreadableOf, UnreadableRows | None]:
        """Return how many rows of some measures can't be read; None where all can, or it isn't known."""
        moments: list[tuple[Model, Path]] = []
        numbers: list[tuple[Model, Path]] = []
        for want in wanted:
            model, _, times, amounts = self._read_by(want)
            moments += [(model, path) for path in times]
            numbers += [(model, path) for path in amounts]
        self.count(moments, numbers)
        return {want: self._of_measure(want) for want in wanted}

    def _read_by(self, want: UnreadableOf) -> tuple[Model, Measure, list[Path], list[Path]]:
        """Return a measure with its model, its columns of moments and those of numbers."""
        model = self._sources.models[want.model]
        measure = model.measures[want.measure]
        moments = [path for path in (measure.time or model.time, measure.until) if path]
        return model, measure, moments, [measure.of] if measure.of and measure.has_numbers else []

    def _of_measure(self, want: UnreadableOf) -> UnreadableRows | None:
        model, measure, moments, numbers = self._read_by(want)
        if not (
            any(self._counted(model, path, "moments") for path in moments)
            or any(self._counted(model, path, "numbers") for path in numbers)
        ):
            return None
        found = self._rows.get(want)
        if found is None:
            try:
                found = self._rows_of(model, measure, want.filters, moments, numbers)
            except (DataError, WarehouseTimeoutError) as wrong:
                log.warning("what can't be read of %s can't be counted: %s", want.model, wrong)
                return None
            self._rows.put(want, found)
        return found

    def _rows_of(
        self,
        model: Model,
        measure: Measure,
        filters: Sequence[Filter],
        moments: Sequence[Path],
        numbers: Sequence[Path],
    ) -> UnreadableRows:
        flags = {"counts": measure.where} if measure.where else {}
        further = [path for entry in filters if (path := model.path_of(entry.dimension))]
        paths = [*moments, *numbers, *further, (model.key,)]
        relation = Relation(self._sources.models, model, paths, flags)
        columns = [
            (path, _Column(model, path[-1], self._sources.time_column(model, path))) for path in moments
        ]
        dates = [entry.strange(relation.column(path)) for path, entry in columns if self._may_hold(entry)]
        forms = [(path, self._sources.number_form(model, path)) for path in numbers]
        amounts = [
            is_no_number(relation.column(path), form) for path, form in forms if form is not NumberForm.PLAIN
        ]
        counted = [relation.flag("counts") == 1] if flags else []
        asked: list[ColumnElement[Any]] = [func.count(), _how_many(dates), _how_many(amounts)]
        statement = (
            select(*asked)
            .select_from(relation.source)
            .where(*counted, *filter_conditions(relation, model, filters))
        )
        with sent_for("what can't be read", [model.name]):
            (row,) = self._sources.warehouse(model).read(statement)
        return UnreadableRows(*(int(value or 0) for value in row))

    def _counted(self, model: Model, path: Path, kind: str) -> int | None:
        owner = model_behind(self._sources.models, model, path[:-1])
        place = owner.name, path[-1], kind
        known = self._of_text.get(place)
        return self._of_types.get(place) if known is None else known

    def _is_known(self, place: _Place) -> bool:
        kept = (self._of_text.get(place), self._of_types.get(place), self._refused.get(place))
        return any(value is not None for value in kept)

    def _may_hold(self, entry: _Column) -> bool:
        """Whether a column may hold values that can't be read at all; the bot writes its own rows well."""
        if entry.owner.is_own:
            return False
        if not isinstance(entry.stored, TimeColumn):
            return entry.stored is not NumberForm.PLAIN
        if entry.stored.is_checked or entry.stored.form in EPOCHS:
            return True
        ends = {measure.until for measure in entry.owner.measures.values()}
        is_ordered = self._sources.warehouse(entry.owner).dialect_name in _ORDERED
        return is_ordered and (entry.name,) not in ends  # an end at infinity is none

    def _count(self, columns: Sequence[_Column]) -> None:
        """Count columns of one database, each table once; a table that can't be counted is left out."""
        tables: dict[str, list[_Column]] = {}
        for entry in columns:
            tables.setdefault(entry.owner.name, []).append(entry)
        width = max(map(len, tables.values()))
        statements = [_counts(number, held, width) for number, held in enumerate(tables.values())]
        warehouse = self._sources.warehouse(columns[0].owner)
        try:
            with sent_for("what can't be read", tables):
                rows = warehouse.read(union_all(*statements) if len(statements) > 1 else statements[0])
        except (DataError, WarehouseTimeoutError) as wrong:
            if len(tables) > 1 and isinstance(wrong, DataError):
                for held in tables.values():
                    self._count(held)
                return
            log.warning("what can't be read of %s can't be counted: %s", ", ".join(tables), wrong)
            for entry in columns:
                self._refused.put(entry.place, True)
            return
        for number, *counts in rows:
            for entry, count in zip(list(tables.values())[int(number)], counts, strict=False):
                kept = self._of_text if entry.is_checked else self._of_types
                kept.put(entry.place, int(count or 0))


def _counts(number: int, columns: Collection[_Column], width: int) -> Select[Any]:
    """Return the statement for the number of a table, and for each column how many values can't be read."""
    (owner, *_) = (entry.owner for entry in columns)
    rows = own_rows(owner, [entry.name for entry in columns])
    counts = [_how_many([entry.strange(rows.c[entry.name])]) for entry in columns]
    rest: list[ColumnElement[Any]] = [literal_column("0")] * (width - len(counts))
    named = (value.label(f"count_{place}") for place, value in enumerate((*counts, *rest)))
    return select(literal_column(str(number)).label("number"), *named).select_from(rows)


def _how_many(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[int]:
    return func.count(case((or_(*conditions), 1))) if conditions else literal_column("0")


def worth_telling(
    found: Mapping[UnreadableOf, UnreadableRows | None],
) -> tuple[tuple[str, UnreadableRows], ...]:
    """Return what can't be read by model, each once: the most of its measures."""
    by_model: dict[str, UnreadableRows] = {}
    for want, rows in found.items():
        if rows and (rows.dates or rows.amounts):
            known = by_model.get(want.model, UnreadableRows(0, 0, 0))
            by_model[want.model] = UnreadableRows(
                max(known.rows, rows.rows), max(known.dates, rows.dates), max(known.amounts, rows.amounts)
            )
    return tuple(by_model.items())
