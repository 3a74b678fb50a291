"""Read which indexes a database's tables have, with their columns."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, func, inspect, literal, select
from sqlalchemy.exc import NoSuchTableError, SAWarning, UnreflectableTableError
from sqlalchemy.types import NullType, TypeEngine

from kpi_engine.database.reflection import declared_kind, duckdb_kind
from kpi_engine.database.table_schema import DeclaredKind

TableName = tuple[str | None, str]
"""A schema (None: the default one) and a table."""


@dataclass(frozen=True, slots=True)
class IndexedColumn:
    """A column as declared: its kind, and its type as the database's SQL writes it ("" if it has none)."""

    kind: DeclaredKind
    declared: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its columns in order, up to the first that is an expression."""

    columns: tuple[str, ...]
    is_unique: bool = False


@dataclass(frozen=True, slots=True)
class IndexedTable:
    """A table's columns by name, its primary key, and every index that covers all rows, the key's too."""

    name: TableName
    is_view: bool
    columns: Mapping[str, IndexedColumn]
    key: tuple[str, ...]
    indexes: tuple[Index, ...]

    def leads(self, *columns: str) -> bool:
        """Whether an index begins with some columns in this order."""
        return any(index.columns[: len(columns)] == columns for index in self.indexes)


def indexed_tables(connection: Connection, names: Collection[TableName]) -> Mapping[TableName, IndexedTable]:
    """Return the tables that are there and can be looked at, by name."""
    read = _duckdb_table if connection.dialect.name == "duckdb" else _table
    found = ((name, read(connection, name)) for name in names)
    return {name: table for name, table in found if table is not None and table.columns}


def _table(connection: Connection, name: TableName) -> IndexedTable | None:
    inspector, (schema, table) = inspect(connection), name
    try:
        columns = {
            str(column["name"]): _column(connection, column["type"])
            for column in inspector.get_columns(table, schema)
        }
        key = tuple(inspector.get_pk_constraint(table, schema)["constrained_columns"])
        is_view = table in inspector.get_view_names(schema)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # SQLite's expression indexes are left out
            listed = inspector.get_indexes(table, schema, include_auto_indexes=True)
    except (NoSuchTableError, UnreflectableTableError, NotImplementedError):
        return None
    indexes = [Index(key, is_unique=True)] if key else []
    for entry in listed:
        is_partial = any(option.endswith("_where") for option in entry.get("dialect_options", {}))
        if not is_partial:
            plain = (column or "" for column in entry["column_names"])
            indexes.append(Index(tuple(takewhile(bool, plain)), bool(entry["unique"])))
    return IndexedTable(name, is_view, columns, key, tuple(dict.fromkeys(indexes)))


def _column(connection: Connection, declared: TypeEngine[Any]) -> IndexedColumn:
    written = "" if isinstance(declared, NullType) else str(declared.compile(connection.dialect))
    return IndexedColumn(declared_kind(declared), written)


def _duckdb_table(connection: Connection, name: TableName) -> IndexedTable | None:
    """Ask DuckDB's own catalogue: its dialect can't tell indexes."""

    def rows(listing: str, named: str, *columns: str) -> Sequence[tuple[Any, ...]]:
        schema, table = name
        catalogue = getattr(func, listing)().table_valued(named, "schema_name", "database_name", *columns)
        here = catalogue.c.schema_name == (literal(schema) if schema else func.current_schema())
        found = select(*(catalogue.c[column] for column in columns)).where(
            catalogue.c[named] == table, here, catalogue.c.database_name == func.current_database()
        )
        return [tuple(row) for row in connection.execute(found)]

    columns = rows("duckdb_columns", "table_name", "column_name", "data_type")
    kinds = {str(column): IndexedColumn(duckdb_kind(declared), declared) for column, declared in columns}
    constraints = rows("duckdb_constraints", "table_name", "constraint_type", "constraint_column_names")
    unique = [(kind, tuple(names)) for kind, names in constraints if kind in ("PRIMARY KEY", "UNIQUE")]
    listed = rows("duckdb_indexes", "table_name", "expressions", "is_unique")
    indexes = [Index(names, is_unique=True) for _, names in unique]
    indexes += [Index(_duckdb_columns(written, kinds), bool(is_unique)) for written, is_unique in listed]
    key = next((names for kind, names in unique if kind == "PRIMARY KEY"), ())
    is_view = bool(rows("duckdb_views", "view_name", "view_oid"))
    return IndexedTable(name, is_view, kinds, key, tuple(dict.fromkeys(indexes)))


def _duckdb_columns(written: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the columns of an index, written like `['"Order"', day]`, up to the first expression."""
    parts = [part.strip("' ").strip('"') for part in written.strip("[]").split(",")]
    return tuple(takewhile(lambda part: part in known, parts))
