"""The statements that whoever owns the database can run; the bot never does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex

from kpi_engine.database.index_reflection import TableName

WITH_INDEXES = frozenset({"sqlite", "duckdb", "postgresql", "mysql", "mariadb", "mssql", "oracle"})
"""The dialects that have indexes; warehouses keep their rows in other ways."""
_LONGEST_NAME = 60
"""PostgreSQL's names have 63 characters at most."""


def index_ddl(
    dialect: Dialect,
    table: TableName,
    columns: Sequence[str],
    included: Sequence[str] = (),
    called: str = "",
) -> str:
    """Return the statement that makes an index on some columns, with others that it holds besides.

    On PostgreSQL the table can be written to meanwhile.
    """
    schema, name = table
    called = called or f"ix_{name}_{'_'.join(columns)}"[:_LONGEST_NAME]
    options: dict[str, Any] = {}
    if dialect.name == "postgresql":
        options = {"postgresql_include": list(included), "postgresql_concurrently": True}
    elif dialect.name == "mssql":
        options = {"mssql_include": list(included)}
    else:
        columns = [*columns, *included]
    parts = dict.fromkeys([*columns, *included])
    own = Table(name, MetaData(), *map(Column, parts), schema=schema)
    index = Index(called, *(own.c[part] for part in columns), **options)
    return str(CreateIndex(index).compile(dialect=dialect)).strip()


def analyze_ddl(dialect: Dialect, table: TableName) -> str:
    """Return the statement that counts the values of a table."""
    return f"ANALYZE {quoted_name(dialect, table)}"


def quoted_name(dialect: Dialect, table: TableName) -> str:
    """Return the name of a table as SQL has it."""
    return ".".join(dialect.identifier_preparer.quote(part) for part in table if part)
