"""Some rows of the tables that a question reads, copied into a database in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, create_engine, literal_column, select
from sqlalchemy.engine.interfaces import Dialect

from kpi_engine.database.index_reflection import TableName
from kpi_engine.database.warehouse import ROW_LIMIT, Row, sql_text
from kpi_engine.onboarding.advice.copy_plan import Part
from kpi_engine.onboarding.advice.ddl import index_ddl, quoted_name
from kpi_engine.onboarding.advice.tables import Tables, source

IN_MEMORY = {"sqlite": "sqlite://", "duckdb": "duckdb:///:memory:"}
"""The databases that run in this process, with the address of an empty one."""


class CopiedRows:
    """A database in memory. Its methods raise SQLAlchemyError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._made = 0

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect."""
        return self._connection.dialect

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT."""
        return self.rows(sql_text(statement, self.dialect))

    def rows(self, sql: str) -> Sequence[Row]:
        """Return the rows of a SELECT that is written out."""
        return [tuple(row) for row in self._connection.exec_driver_sql(sql)]

    def run(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        self._connection.exec_driver_sql(sql)

    def index(self, table: TableName, columns: Sequence[str], included: Sequence[str] = ()) -> str:
        """Make an index and return its name."""
        self._made += 1
        name = f"made_{self._made}"
        self.run(index_ddl(self.dialect, table, columns, included, name))
        self.analyze()
        return name

    def drop(self, index: str) -> None:
        """Remove an index that was made."""
        self.run(f"DROP INDEX {index}")
        self.analyze()

    def analyze(self) -> None:
        """Count values as a database that is looked after does: without that, SQLite guesses badly."""
        if self.dialect.name == "sqlite":
            self.run("ANALYZE")

    def add(self, part: Part, rows: Sequence[Row]) -> None:
        """Add a table with its rows and those of its indexes whose columns are there."""
        dialect = self.dialect
        quote = dialect.identifier_preparer.quote
        schema, _ = part.table.name
        if schema:
            self.run(f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
        quoted = quoted_name(dialect, part.table.name)
        declared = [f"{quote(entry)} {part.table.columns[entry].declared}" for entry in part.columns]
        if part.table.key and set(part.table.key) <= set(part.columns):
            declared.append(f"PRIMARY KEY ({', '.join(map(quote, part.table.key))})")
        self.run(f"CREATE TABLE {quoted} ({', '.join(declared)})")
        if rows and dialect.name == "duckdb":  # a statement for each row would take minutes
            kinds = (part.table.columns[entry].declared for entry in part.columns)
            lists = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in kinds)
            values = tuple(list(values) for values in zip(*rows, strict=True))
            self._connection.exec_driver_sql(f"INSERT INTO {quoted} SELECT {lists}", values)
        elif rows:
            marks = ", ".join("?" * len(part.columns))
            self._connection.exec_driver_sql(f"INSERT INTO {quoted} VALUES ({marks})", list(rows))  # noqa: S608 - names out of the schema
        for index in part.table.indexes:
            if index.columns and index.columns != part.table.key and set(index.columns) <= set(part.columns):
                self.index(part.table.name, index.columns)


@contextmanager
def copied(tables: Tables, parts: Sequence[Part]) -> Iterator[tuple[CopiedRows, int]]:
    """Give a copy of the parts and how many rows the first of them has there.

    Raises DataError and WarehouseError where they can't be read, SQLAlchemyError where they can't be copied.
    """
    engine = create_engine(IN_MEMORY[tables.dialect(parts[0].model)], hide_parameters=True)
    try:
        with engine.connect() as connection:
            copy, counts = CopiedRows(connection), []
            for part in parts:
                rows = tables.reader.warehouse(part.model).read(_some_rows(part))
                copy.add(part, rows)
                counts.append(len(rows))
            copy.analyze()
            yield copy, counts[0]
    finally:
        engine.dispose()


def _some_rows(part: Part) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [column(name) for name in part.columns]
    statement: Select[Any] = select(*columns).select_from(source(part.model)).limit(ROW_LIMIT)
    if part.nth == 1:
        return statement
    chosen: ColumnElement[Any] = column(part.chosen)
    return statement.where(chosen % literal_column(str(part.nth)) == literal_column("0"))
