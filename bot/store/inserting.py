"""Inserting rows of which some may be there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import CompileError


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns; one whose unique key is there already changes nothing.

    Raises CompileError for a database of which it isn't known how it says that.
    """
    if not rows:
        return
    match connection.dialect.name:
        case "sqlite":
            connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
        case "postgresql":
            connection.execute(_of_arrays(table, rows))
        case "mysql" | "mariadb":
            key = next(iter(table.primary_key))
            connection.execute(mysql.insert(table).on_duplicate_key_update({key.name: key}), rows)
        case other:
            raise CompileError(f"rows can't be inserted once into {other}")


def _of_arrays(table: Table, rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return one statement for all rows, with an array for each column.

    A placeholder for each value would take psycopg longer to read than the server takes to insert.
    """
    names = list(rows[0])
    columns = [
        func.unnest(bindparam(name, [row[name] for row in rows], postgresql.ARRAY(table.c[name].type)))
        for name in names
    ]
    return postgresql.insert(table).from_select(names, select(*columns)).on_conflict_do_nothing()
