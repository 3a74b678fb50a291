"""The databases of one catalogue, and how their columns keep moments."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, literal, select

from kpi_engine.database.warehouse import Warehouse
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.statements import sent_for
from kpi_engine.domain.translatable import said
from kpi_engine.sql.joins import model_behind, own_rows
from kpi_engine.sql.time_columns import TimeColumn, form_of

_FIRST_YEAR = "1900"
"""Texts of dates begin with this year or a later one."""

_Column = tuple[str, str]
"""The name of a model and of a column of its own table."""

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
        """Return how time columns are stored, by model name and path.

        Those of a database that aren't known yet are told from one value of each, in one statement. A
        column is looked at in the table that owns it, once for all models that join it.
        """
        columns = {(model.name, path): model_behind(self.models, model, path[:-1]) for model, path in wanted}
        owners = {owner.name: owner for owner in columns.values()}
        places = dict.fromkeys((owner.name, path[-1]) for (_, path), owner in columns.items())
        with self._lock:
            found = {place: self._time_columns[place] for place in places if place in self._time_columns}
        unknown: dict[str, list[tuple[Model, str]]] = {}
        for name, column in places:
            if (name, column) not in found:
                unknown.setdefault(owners[name].database, []).append((owners[name], column))
        for together in unknown.values():
            found |= self._look_at(together)
        return {(name, path): found[owner.name, path[-1]] for (name, path), owner in columns.items()}

    def _look_at(self, columns: Sequence[tuple[Model, str]]) -> Mapping[_Column, TimeColumn]:
        """Return how columns of one database are stored, and keep what a value told."""
        owners = {(model.name, name): model for model, name in columns}
        statements = {place: _sample(owner, place[1]) for place, owner in owners.items()}
        with sent_for("how times are stored", map(".".join, owners)):
            warehouse = self.warehouse(columns[0][0])
            samples = one_row(warehouse, statements)
            # an empty text, or 0000-00-00, doesn't tell how the others are stored
            unclear = [place for place, sample in samples.items() if _is_no_date(sample)]
            dates = {place: _sample(owners[place], place[1], since=_FIRST_YEAR) for place in unclear}
            found_dates = one_row(warehouse, dates)
            samples |= {place: value for place, value in found_dates.items() if value is not None}
        found = {place: self._stored(owner, place[1], samples[place]) for place, owner in owners.items()}
        with self._lock:  # an empty table can't tell
            self._time_columns |= {place: found[place] for place in found if samples[place] is not None}
        return found

    def _stored(self, owner: Model, name: str, sample: object) -> TimeColumn:
        declared = owner.columns[name].type if name in owner.columns else None
        zone = ZoneInfo(owner.zone) if owner.zone else self.zone
        return TimeColumn(form_of(sample, declared), zone, self.zone)


def _sample(owner: Model, name: str, since: str = "") -> Select[Any]:
    """Return the statement for one value of a column, of texts one from the year `since` on."""
    rows = own_rows(owner, (name,))
    value = rows.c[name]
    statement = select(value).select_from(rows).where(value.is_not(None)).limit(1)
    return statement.where(value >= literal(since, String())) if since else statement


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
