"""Read what a database says about its tables, through SQLAlchemy's inspector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy import types as sqltypes
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import NoSuchTableError, UnreflectableTableError

from kpi_engine.database.table_schema import (
    ColumnPicture,
    DatabasePicture,
    DeclaredKind,
    DeclaredLink,
    TablePicture,
)

_INTERNAL_SCHEMAS = frozenset({"information_schema", "pg_catalog", "mysql", "performance_schema", "sys"})
_KINDS: tuple[tuple[type[sqltypes.TypeEngine[Any]], DeclaredKind], ...] = (
    (sqltypes.Boolean, "flag"),
    (sqltypes.DateTime, "timestamp"),
    (sqltypes.Date, "date"),
    (sqltypes.LargeBinary, "binary"),
    (sqltypes.Numeric, "number"),
    (sqltypes.Integer, "number"),
    (sqltypes.String, "text"),
)


_DUCKDB_KINDS: tuple[tuple[str, DeclaredKind], ...] = (
    ("BOOL", "flag"),
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("BLOB", "binary"),
    ("VARCHAR", "text"),
    ("DECIMAL", "number"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("HUGEINT", "number"),
    ("BIGINT", "number"),
    ("INTEGER", "number"),
    ("SMALLINT", "number"),
    ("TINYINT", "number"),
)


def picture_of(connection: Connection) -> DatabasePicture:
    """Return the tables and views of the default schema, or of the others where that one is empty."""
    preparer = connection.dialect.identifier_preparer
    quotes = (preparer.initial_quote, preparer.final_quote)
    tables = _duckdb_tables(connection) if connection.dialect.name == "duckdb" else _all(connection)
    return DatabasePicture(connection.dialect.name, tables, frozenset(preparer.reserved_words), quotes)


def _all(connection: Connection) -> tuple[TablePicture, ...]:
    inspector = inspect(connection)
    tables = _tables(inspector, None)
    if not tables:
        default = inspector.default_schema_name
        schemas = [name for name in inspector.get_schema_names() if name.lower() not in _INTERNAL_SCHEMAS]
        tables = [table for name in schemas if name != default for table in _tables(inspector, name)]
    return tuple(tables)


def _tables(inspector: Inspector, schema: str | None) -> list[TablePicture]:
    names = [(name, False) for name in inspector.get_table_names(schema)]
    names += [(name, True) for name in inspector.get_view_names(schema)]
    tables = [_table(inspector, name, schema, is_view=is_view) for name, is_view in dict(names).items()]
    return [table for table in tables if table.columns]


def _table(inspector: Inspector, name: str, schema: str | None, *, is_view: bool) -> TablePicture:
    quote = inspector.dialect.identifier_preparer.quote
    quoted = f"{quote(schema)}.{quote(name)}" if schema else quote(name)
    columns = tuple(
        ColumnPicture(column["name"], quote(column["name"]), declared_kind(column["type"]))
        for column in _where_known(lambda: inspector.get_columns(name, schema))
    )
    return TablePicture(
        name, schema, quoted, is_view, columns, _key(inspector, name, schema), _links(inspector, name, schema)
    )


def _key(inspector: Inspector, name: str, schema: str | None) -> tuple[str, ...]:
    found: Sequence[Any] = _where_known(lambda: [inspector.get_pk_constraint(name, schema)])
    return tuple((found[0] or {}).get("constrained_columns") or ()) if found else ()


def _links(inspector: Inspector, name: str, schema: str | None) -> tuple[DeclaredLink, ...]:
    return tuple(
        DeclaredLink(tuple(link["constrained_columns"]), link["referred_table"], tuple(columns))
        for link in _where_known(lambda: inspector.get_foreign_keys(name, schema))
        if link["referred_schema"] in (None, schema)
        and (
            columns := link["referred_columns"]
            or inspector.get_pk_constraint(link["referred_table"], schema)["constrained_columns"]
        )
    )


def _duckdb_tables(connection: Connection) -> tuple[TablePicture, ...]:
    """DuckDB's own catalogue: its dialect asks for PostgreSQL's, which it has in part only."""
    quote = connection.dialect.identifier_preparer.quote
    columns: dict[tuple[str, bool], list[ColumnPicture]] = {}
    rows = connection.execute(
        text(
            "select t.table_name, t.table_type, c.column_name, c.data_type from information_schema.tables t"
            " join information_schema.columns c using (table_catalog, table_schema, table_name)"
            " where t.table_catalog = current_database() and t.table_schema = current_schema()"
            " order by t.table_name, c.ordinal_position"
        )
    )
    for name, sort, column, declared in rows:
        picture = ColumnPicture(column, quote(column), duckdb_kind(declared))
        columns.setdefault((name, sort == "VIEW"), []).append(picture)
    keys: dict[str, tuple[str, ...]] = {}
    links: dict[str, list[DeclaredLink]] = {}
    for name, sort, own, target, others in connection.execute(
        text(
            "select table_name, constraint_type, constraint_column_names, referenced_table,"
            " referenced_column_names from duckdb_constraints() where schema_name = current_schema()"
            " and database_name = current_database() and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')"
        )
    ):
        if sort == "PRIMARY KEY":
            keys[name] = tuple(own)
        else:
            links.setdefault(name, []).append(DeclaredLink(tuple(own), target, tuple(others)))
    return tuple(
        TablePicture(
            name, None, quote(name), is_view, tuple(parts), keys.get(name, ()), tuple(links.get(name, ()))
        )
        for (name, is_view), parts in columns.items()
    )


def _where_known(ask: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """Return what the inspector says, nothing where its dialect or our rights can't tell."""
    with suppress(NoSuchTableError, UnreflectableTableError, NotImplementedError):
        return ask()
    return ()


def declared_kind(declared: sqltypes.TypeEngine[Any]) -> DeclaredKind:
    """Return the kind of a column's type."""
    return next((kind for cls, kind in _KINDS if isinstance(declared, cls)), "unknown")


def duckdb_kind(declared: str) -> DeclaredKind:
    """Return the kind of a column's type as DuckDB writes it."""
    return next((kind for start, kind in _DUCKDB_KINDS if start in declared), "unknown")
