"""What the databases declare about the tables of the models: their columns, and what is unique by law."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from typing import Protocol, runtime_checkable

from kpi_engine.database.index_reflection import IndexedTable, TableName
from kpi_engine.database.table_schema import DeclaredKind
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.models import Model
from kpi_engine.reading.reader import Reader

log = logging.getLogger(__name__)


@runtime_checkable
class _Declares(Protocol):
    """A database that tells how its tables are declared."""

    address: str

    def indexes(self, names: Collection[TableName]) -> Mapping[TableName, IndexedTable]:
        """Return tables with their columns and indexes, those that are there."""
        ...


class Schema:
    """The declarations of the models' tables, each read once; safe to share between threads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._tables: dict[tuple[str, TableName], IndexedTable | None] = {}
        self._lock = Lock()

    def learn(self, models: Iterable[Model]) -> None:
        """Read the declarations of some models' tables that aren't known yet. Raises nothing."""
        wanted: dict[str, list[Model]] = {}
        for model in models:
            if model.table and (model.database, _name(model)) not in self._tables:
                wanted.setdefault(model.database, []).append(model)
        for database, several in wanted.items():
            names = list(dict.fromkeys(map(_name, several)))
            found: Mapping[TableName, IndexedTable] = {}
            try:
                warehouse = self._reader.warehouse(several[0])
                if isinstance(warehouse, _Declares):
                    found = warehouse.indexes(names)
            except KpiError as wrong:
                log.warning("the tables of %s can't be looked at: %s", database, wrong)
            with self._lock:
                self._tables |= {(database, name): found.get(name) for name in names}

    def forget(self) -> None:
        """Read every declaration again when it is needed next."""
        with self._lock:
            self._tables.clear()

    def table(self, model: Model) -> IndexedTable | None:
        """Return the declaration of a model's table; None for a query, or where it can't be told."""
        if model.table is None:
            return None
        self.learn([model])
        return self._tables.get((model.database, _name(model)))

    def columns(self, model: Model) -> tuple[str, ...]:
        """Return the columns of a model's table; nothing where they can't be told."""
        found = self.table(model)
        return tuple(found.columns) if found else ()

    def is_unique(self, model: Model, names: Iterable[str]) -> bool:
        """Whether the database itself keeps the values of some of the model's columns apart."""
        found, physical = self.table(model), {_physical(model, name) for name in names}
        if found is None or None in physical:
            return False
        return any(
            index.is_unique and index.columns and set(index.columns) <= physical for index in found.indexes
        )

    def declared(self, model: Model, column: str) -> DeclaredKind:
        """Return how a stored column of a model's table is declared; "unknown" where that can't be told."""
        found = self.table(model)
        entry = found.columns.get(column) if found else None
        return entry.kind if entry else "unknown"

    def fingerprint(self, models: Iterable[Model]) -> str:
        """Return a text that changes with the declaration of any of the models' tables, or their database."""
        every = list(models)
        warehouse = self._reader.warehouse(every[0])
        address = warehouse.address if isinstance(warehouse, _Declares) else ""
        return f"{address} {[self.table(model) for model in every]}"


def _name(model: Model) -> TableName:
    return model.schema, model.table or ""


def _physical(model: Model, name: str) -> str | None:
    """Return the stored column that a model's column is; None for an expression."""
    entry = model.columns.get(name)
    return name if entry is None else entry.physical
