"""Copies of the demo company in other databases, with the types that somebody would give its columns."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from tempfile import NamedTemporaryFile

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from bot.playground.company import demo_database

END = date(2026, 11, 22)
"""The last day of its rows."""
_PER_INSERT = 5_000


def _type(declared: str, name: str) -> TypeEngine[object]:
    """The type that somebody would give to a column of the demo company in a database with types."""
    match declared.lower():
        case "integer":
            return Integer()
        case "date":
            return Date()
        case "numeric":
            return Numeric(14, 2)
    if name.endswith("_at"):
        return DateTime()
    return Text() if name == "reason" else String(200)


def _value(value: object, kind: TypeEngine[object]) -> object:
    if value is None:
        return None
    if isinstance(kind, Date):
        return date.fromisoformat(str(value)[:10])
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(str(value))
    return Decimal(str(value)) if isinstance(kind, Numeric) else value


def copy_company(target: Engine) -> None:
    """Make the demo company's tables in another database and copy every row."""
    metadata = MetaData()
    with closing(sqlite3.connect(demo_database(END))) as source:
        names = [
            row[0]
            for row in source.execute("select name from sqlite_master where type = 'table'")
            if not row[0].startswith("sqlite_")
        ]
        for name in names:
            described = source.execute(f"pragma table_info({name})").fetchall()
            columns = [
                Column(column, _type(declared, column), primary_key=bool(key), autoincrement=False)
                for _, column, declared, _, _, key in described
            ]
            table = Table(name, metadata, *columns)
            for column in columns:
                if column.name in ("order_id", "customer_id", "lead_id"):
                    Index(f"ix_{name}_{column.name}", column)
            rows = source.execute(f"select * from {name}").fetchall()
            table.info["rows"] = [
                {column.name: _value(value, column.type) for column, value in zip(columns, row, strict=True)}
                for row in rows
            ]
    metadata.drop_all(target)
    metadata.create_all(target)
    for table in metadata.sorted_tables:
        _insert(target, table)
    if target.dialect.name == "postgresql":  # it plans badly for tables that it hasn't looked at
        with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _insert(target: Engine, table: Table) -> None:
    rows = table.info["rows"]
    with target.begin() as connection:
        if target.dialect.name == "duckdb":  # row by row it would take minutes
            with NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(row.values() for row in rows)
                file.flush()
                connection.exec_driver_sql(f"copy \"{table.name}\" from '{file.name}' (header false)")
            return
        if target.dialect.name == "postgresql":
            with (
                connection.connection.cursor() as cursor,
                cursor.copy(f'copy "{table.name}" from stdin') as copy,
            ):
                for row in rows:
                    copy.write_row(tuple(row.values()))
            return
        for start in range(0, len(rows), _PER_INSERT):
            connection.execute(table.insert(), rows[start : start + _PER_INSERT])
