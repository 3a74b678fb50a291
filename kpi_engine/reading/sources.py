"""The databases of one catalogue, and how their columns keep moments."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, literal, literal_column, select, union_all

from kpi_engine.database.warehouse import Warehouse
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.statements import sent_for
from kpi_engine.domain.translatable import said
from kpi_engine.sql.joins import model_behind, own_rows
from kpi_engine.sql.readable import NumberForm, number_form
from kpi_engine.sql.time_columns import TEXTS, TimeColumn, TimeForm, form_among

_FIRST_YEAR = "1900"
"""Texts of dates begin with this year or a later one."""

_Column = tuple[str, str]
"""The name of a model and of a column of its own table."""

_SAMPLE = 200
"""So many values of a column tell in what form its dates are."""

Place = TypeVar("Place", bound=Hashable)


class Sources:
    """The models of a catalogue and their databases; safe to share between threads."""

    def __init__(
        self, models: Mapping[str, Model], warehouses: Mapping[str, Warehouse], zone: ZoneInfo
    ) -> None:
        self.models = models
        self.zone = zone
        self._warehouses = warehouses
        self._time_columns: dict[_Column, TimeColumn] = {}
        self._samples: dict[_Column, tuple[object, ...]] = {}
        self._times: set[_Column] = set()
        self._lock = Lock()

    def today(self, now: datetime) -> date:
        """Return the date of the business zone."""
        return now.astimezone(self.zone).date()

    def warehouse(self, model: Model) -> Warehouse:
        """Return the database of a model. Raises DataError where no such database is connected."""
        if model.database not in self._warehouses:
            raise DataError(
                said(
                    "The model {model} is in a database “{database}” that isn't connected.",
                    model=model.name,
                    database=model.database,
                ),
                hint="Correct database: in its file.",
            )
        return self._warehouses[model.database]

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """Return how a time column is stored, told from one value of it the first time."""
        return self.time_columns([(model, path)])[model.name, path]

    def time_columns(self, wanted: Iterable[tuple[Model, Path]]) -> Mapping[tuple[str, Path], TimeColumn]:
        """Return how time columns are stored, by model name and path, told from a sample of their values.

        Raises DataError where a column holds no date or moment.
        """
        owned = {
            (model.name, path): (model, model_behind(self.models, model, path[:-1])) for model, path in wanted
        }
        with self._lock:
            known = {
                place: self._time_columns.get((owner.name, place[1][-1]))
                for place, (_, owner) in owned.items()
            }
        missing = [(owned[place][0], place[1]) for place, column in known.items() if column is None]
        samples = self.look_at(missing, ()) if missing else {}
        found = {place: column for place, column in known.items() if column is not None}
        for model, path in missing:
            owner = owned[model.name, path][1]
            values = samples[owner.name, path[-1]]
            column = found[model.name, path] = self._stored(
                owner, path[-1], values, is_needed=path == model.time
            )
            if values:  # an empty table can't tell
                with self._lock:
                    self._time_columns[owner.name, path[-1]] = column
        return found

    def number_form(self, model: Model, path: Path) -> NumberForm:
        """Return what a column of numbers may hold besides them, told from a value of it the first time."""
        owner = model_behind(self.models, model, path[:-1])
        dialect = self.warehouse(owner).dialect_name
        if dialect == "sqlite":
            return number_form(None, dialect)
        (sample, *_) = self.look_at((), [(model, path)])[owner.name, path[-1]] or (None,)
        return number_form(sample, dialect)

    def look_at(
        self, moments: Iterable[tuple[Model, Path]], numbers: Iterable[tuple[Model, Path]]
    ) -> Mapping[_Column, tuple[object, ...]]:
        """Return some values of columns, of those of each database that aren't known yet in one statement.

        A column is looked at in the table that owns it, once for all models that join it. Where the first
        value of a time column is text or a number, whose form may differ from row to row, more are read.
        """
        owners: dict[_Column, Model] = {}
        times: set[_Column] = set()
        for is_time, columns in ((True, moments), (False, numbers)):
            for model, path in columns:
                owner = model_behind(self.models, model, path[:-1])
                # SQLite's values each have a type of their own: one tells nothing of the others
                if is_time or self.warehouse(owner).dialect_name != "sqlite":
                    owners[owner.name, path[-1]] = owner
                    times |= {(owner.name, path[-1])} if is_time else set()
        with self._lock:
            found = {
                place: kept
                for place in owners
                if (kept := self._samples.get(place)) is not None
                and (place not in times or place in self._times)
            }
        unknown: dict[str, list[_Column]] = {}
        for place, owner in owners.items():
            if place not in found:
                unknown.setdefault(owner.database, []).append(place)
        for together in unknown.values():
            read = self._read_samples({place: owners[place] for place in together}, times)
            found |= read
            with self._lock:
                self._samples |= {
                    place: values for place, values in read.items() if values or place not in times
                }
                self._times |= {place for place in times if read.get(place)}
        return found

    def _read_samples(
        self, owners: Mapping[_Column, Model], times: Collection[_Column]
    ) -> dict[_Column, tuple[object, ...]]:
        """Read values of columns of one database."""
        warehouse = self.warehouse(next(iter(owners.values())))
        statements = {place: _sample(owner, place[1]) for place, owner in owners.items()}
        with sent_for("how times are stored", map(".".join, owners)):
            if warehouse.dialect_name == "sqlite":  # in other databases a UNION's columns have one type
                found = _several(warehouse, {place: (owner, place[1]) for place, owner in owners.items()})
            else:
                firsts = one_row(warehouse, statements)
                found = {place: () if value is None else (value,) for place, value in firsts.items()}
                for kind in (str, int | float):
                    alike = [place for place in times if place in firsts and isinstance(firsts[place], kind)]
                    found |= _several(warehouse, {place: (owners[place], place[1]) for place in alike})
            # an empty text, or 0000-00-00, doesn't tell how the others are stored
            unclear = [
                place
                for place in times
                if place in owners and found[place] and all(map(_is_no_date, found[place]))
            ]
            dates = {place: _sample(owners[place], place[1], since=_FIRST_YEAR) for place in unclear}
            clearer = one_row(warehouse, dates)
        return found | {place: (value,) for place, value in clearer.items() if value is not None}

    def _stored(self, owner: Model, name: str, samples: Sequence[object], *, is_needed: bool) -> TimeColumn:
        """Return how a column is stored; of text without any date only if the rows needn't have one."""
        declared = owner.columns[name].type if name in owner.columns else None
        zone = ZoneInfo(owner.zone) if owner.zone else self.zone
        is_mysql = self.warehouse(owner).dialect_name in ("mysql", "mariadb")
        # MySQL gives a date that isn't in the calendar as text: its column is one of dates all the same
        typed = [value for value in samples if not (is_mysql and _is_no_date(value))]
        try:
            form = form_among(typed, declared)
        except DataError:
            if is_needed or not isinstance(typed[0], str):
                raise
            form = TimeForm.TEXT_DATE
        is_checked = form in TEXTS or (is_mysql and form in (TimeForm.DATE, TimeForm.TIMESTAMP))
        return TimeColumn(form, zone, self.zone, is_checked)


def _sample(owner: Model, name: str, since: str = "") -> Select[Any]:
    """Return the statement for one value of a column, of texts one from the year `since` on."""
    rows = own_rows(owner, (name,))
    value = rows.c[name]
    statement = select(value).select_from(rows).where(value.is_not(None)).limit(1)
    return statement.where(value >= literal(since, String())) if since else statement


def _several(
    warehouse: Warehouse, columns: Mapping[_Column, tuple[Model, str]]
) -> dict[_Column, tuple[object, ...]]:
    """Return some values of each of some columns of one type, read in one statement."""
    if not columns:
        return {}
    branches = []
    for number, (owner, name) in enumerate(columns.values()):
        rows = own_rows(owner, (name,))
        some = select(rows.c[name].label("value")).where(rows.c[name].is_not(None)).limit(_SAMPLE)
        values = some.subquery(f"sample_{number}")
        branches.append(select(literal_column(str(number)).label("number"), values.c.value))
    found: dict[_Column, list[object]] = {place: [] for place in columns}
    places = list(columns)
    for number, value in warehouse.read(union_all(*branches) if len(branches) > 1 else branches[0]):
        found[places[int(number)]].append(value)
    return {place: tuple(values) for place, values in found.items()}


def _is_no_date(sample: object) -> bool:
    """Whether a text tells no form of dates."""
    return isinstance(sample, str) and not sample.strip() > _FIRST_YEAR


def one_row(warehouse: Warehouse, statements: Mapping[Place, Select[Any]]) -> dict[Place, Any]:
    """Return the one value that each of some statements gives (None without a row), read in one statement.

    Each value keeps the type of its own column. If the database refuses the statement, each is read in one
    of its own, so that the error is of the one that is wrong. Raises DataError and WarehouseError.
    """
    if len(statements) <= 1:
        read = {place: warehouse.read(statement) for place, statement in statements.items()}
        return {place: rows[0][0] if rows else None for place, rows in read.items()}
    try:
        rows = warehouse.read(select(*(statement.scalar_subquery() for statement in statements.values())))
    except DataError:
        return {
            place: value
            for place, statement in statements.items()
            for value in one_row(warehouse, {place: statement}).values()
        }
    return dict(zip(statements, rows[0] if rows else (None,) * len(statements), strict=True))
