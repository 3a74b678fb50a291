"""Inserting rows of which some may be there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import CompileError


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by statements of many rows; one whose unique key is there already changes nothing.

    Raises CompileError for a database of which it isn't known how it says that.
    """
    if not rows:
        return
    statement: Any = insert(table)
    match connection.dialect.name:
        case "sqlite":
            statement = sqlite.insert(table).on_conflict_do_nothing()
        case "postgresql":
            statement = postgresql.insert(table).on_conflict_do_nothing()
        case "mysql" | "mariadb":
            key = next(iter(table.primary_key))
            statement = mysql.insert(table).on_duplicate_key_update({key.name: key})
        case other:
            raise CompileError(f"rows can't be inserted once into {other}")
    connection.execute(statement, list(rows))
