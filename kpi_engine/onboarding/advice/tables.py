"""The tables behind the models of a catalogue: their columns, indexes and rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import TableClause, func, select, table

from kpi_engine.database.index_reflection import IndexedTable, TableName
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import WarehouseTimeoutError
from kpi_engine.domain.models import Column, Model, Path
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.joins import Relation

UNCOUNTED = 10**12
"""Stands for more rows than a database can count in the time that a statement may take."""
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r'"([^"]+)"|`([^`]+)`|([A-Za-z_]\w*)')


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of a database's table, with the model of that table and the joins that lead to it."""

    model: Model
    steps: Path
    table: IndexedTable
    name: str


class Tables:
    """The tables of a catalogue's models. Its methods raise WarehouseError and DataError."""

    def __init__(self, catalogue: Catalogue, reader: Reader) -> None:
        """Read which columns and indexes the tables have."""
        self.reader = reader
        self.models = [model for model in catalogue.mapped_models if model.table is not None]
        self._tables: dict[tuple[str, TableName], IndexedTable] = {}
        self._rows: dict[tuple[str, TableName], int] = {}
        names: dict[str, dict[TableName, Model]] = {}
        for model in self.models:
            names.setdefault(model.database, {})[_name(model)] = model
        for database, wanted in names.items():
            warehouse = self.warehouse(next(iter(wanted.values())))
            found = warehouse.indexes(list(wanted)) if warehouse else {}
            self._tables |= {(database, name): entry for name, entry in found.items()}

    def warehouse(self, model: Model) -> SqlWarehouse | None:
        """Return the database of a model, if it is one whose tables can be looked at."""
        found = self.reader.warehouse(model)
        return found if isinstance(found, SqlWarehouse) else None

    def dialect(self, model: Model) -> str:
        """Return SQLAlchemy's name of the dialect of a model's database; "" if it has none."""
        found = self.warehouse(model)
        return found.dialect.name if found else ""

    def of(self, model: Model) -> IndexedTable | None:
        """Return the table of a model; None for a query, a view and a table that can't be looked at."""
        found = self._tables.get((model.database, _name(model))) if model.table is not None else None
        return None if found is None or found.is_view else found

    def rows(self, model: Model) -> int:
        """Return how many rows the table of a model has, counted once; UNCOUNTED if that takes too long."""
        place = model.database, _name(model)
        if place not in self._rows:
            statement = select(func.count()).select_from(source(model))
            try:
                ((count,),) = self.reader.warehouse(model).read(statement)
            except WarehouseTimeoutError:
                count = UNCOUNTED
            self._rows[place] = int(count)
        return self._rows[place]

    def rows_in_words(self, model: Model) -> str:
        """Return how many rows the table of a model has, as part of a sentence."""
        rows = self.rows(model)
        return "more rows than can be counted in time" if rows == UNCOUNTED else f"{rows:,} rows"

    def stored(self, model: Model, path: Path) -> StoredColumn | None:
        """Return the column at the end of a path; None where it is computed or not a table's."""
        owner = Relation(self.reader.models, model, [path], {}).model_at(path[:-1])
        found = self.of(owner)
        column = column_of(owner, path[-1])
        if found is None or column.sql is not None or (column.physical or path[-1]) not in found.columns:
            return None
        return StoredColumn(owner, path[:-1], found, column.physical or path[-1])

    def behind(self, model: Model, names: Iterable[str], conditions: Iterable[str | None] = ()) -> set[str]:
        """Return the columns of a model's table that some of its columns and SQL conditions read.

        The model's own `where:` is among the conditions.
        """
        found = self.of(model)
        known = found.columns if found else {}
        columns = [column_of(model, name) for name in names]
        written = {column.physical or column.name for column in columns if column.sql is None}
        texts = [*(column.sql for column in columns), model.where, *conditions]
        return (written | named_in(texts, known)) & set(known)


def column_of(model: Model, name: str) -> Column:
    """Return a column of a model; one that isn't declared has the same name in the table."""
    return model.columns.get(name, Column(name, name, None))


def named_in(texts: Iterable[str | None], known: Mapping[str, object]) -> set[str]:
    """Return the known columns that some SQL names."""
    by_name = {name.casefold(): name for name in known}
    bare = _TEXT.sub("''", " ".join(text for text in texts if text))
    words = ("".join(groups).casefold() for groups in _NAME.findall(bare))
    return {by_name[word] for word in words if word in by_name}


def source(model: Model) -> TableClause:
    """Return the table of a model as a FROM clause."""
    return table(model.table or "", schema=model.schema)


def _name(model: Model) -> TableName:
    return model.schema, model.table or ""
