"""Find what the user of a database may do beyond reading, and propose a user that may only read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Select, TableClause, func, select, table, text
from sqlalchemy.engine.interfaces import Dialect

from kpi_engine.database.warehouse import Row, SqlWarehouse, Warehouse
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import Model

_READER = "kpi_reader"
"""The user that is proposed."""

_SHOWN = 3
_ROWS_READ = 1_000
_WRITING = frozenset({
    "ALL PRIVILEGES", "ALTER", "CREATE", "DELETE", "DROP", "EVENT", "FILE", "INDEX", "INSERT", "SUPER",
    "TRIGGER", "UPDATE",
})  # fmt: skip
"""Privileges of MySQL and MariaDB that change rows, tables or files."""

_GRANT = re.compile(
    r"GRANT (?P<rights>.+?) ON (?P<level>(?:`(?:[^`]|``)*`|\*)\.(?:`(?:[^`]|``)*`|\*))"
    r" TO (?P<grantee>(?:`[^`]*`|'[^']*'|\w+)(?:@(?:`[^`]*`|'[^']*'))?)"
)
_COLUMNS = re.compile(r"\([^)]*\)")
_PLAYGROUNDS = frozenset({"`test`.*", r"`test\_%`.*"})
"""The databases in which MariaDB lets everyone write by default."""


class Connected(Protocol):
    """A database that can be read, with how its sessions are opened."""

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect."""
        ...

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT."""
        ...

    def grants(self) -> Sequence[str]:
        """Return the user's grants as MySQL and MariaDB print them, those of its roles too."""
        ...

    def lets_write(self, target: TableClause) -> bool:
        """Whether a session of ours lets a write through (see SqlWarehouse)."""
        ...


@dataclass(frozen=True, slots=True)
class Excess:
    """A right beyond reading: a sentence, and the fix; `is_open` where a write really goes through."""

    message: str
    fix: str
    is_open: bool = False


def excess_of_each(models: Iterable[Model], warehouses: Mapping[str, Warehouse]) -> Iterator[Excess]:
    """Yield what is found in every database that models read, tried on the first table of each."""
    mapped = list(models)
    for name, warehouse in warehouses.items():
        read = [model for model in mapped if model.database == name]
        if read and isinstance(warehouse, SqlWarehouse):
            targets = (
                TableClause(model.table, schema=model.schema) for model in read if model.table is not None
            )
            yield from excess(warehouse, next(targets, None))


def excess(database: Connected, target: TableClause | None) -> Iterator[Excess]:
    """Yield what the user of a database may do beyond reading.

    Grants are read on PostgreSQL, MySQL and MariaDB. A write is tried on `target`, one that changes
    no row, only in a session that says it is read-only, and rolled back. Raises WarehouseError.
    """
    if target is not None and database.lets_write(target):
        yield Excess(
            "The bot's database session allows writes.",
            "Connect as a user that may only read, and bypass any proxy that changes the session.",
            is_open=True,
        )
    try:
        match database.dialect.name:
            case "postgresql":
                yield from _postgresql(database)
            case "mysql" | "mariadb":
                yield from _mysql(database)
    except DataError:
        return  # a database that only resembles the one that it claims to be


def _postgresql(database: Connected) -> Iterator[Excess]:
    asked = "quote_ident(current_user), quote_ident(current_database()), quote_ident(current_schema())"
    asked += ", rolsuper, has_database_privilege(current_database(), 'CREATE')"
    (row,) = database.read(
        select(text(asked)).select_from(table("pg_roles")).where(text("rolname = current_user"))
    )
    user, name, schema, is_super, may_create = row
    schema = schema or "public"
    new_user = (
        f"CREATE USER {_READER} PASSWORD '...'; GRANT CONNECT ON DATABASE {name} TO {_READER};"
        f" GRANT USAGE ON SCHEMA {schema} TO {_READER};"
        f" GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {_READER};"
        f" ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {_READER};"
    )
    if is_super:
        yield Excess(f"The user {user} is a superuser and may change everything.", _own_user(new_user))
        return
    tables = _writable_tables(database)
    if tables:
        owns = any(row[2] for row in tables)
        schemas = ", ".join(dict.fromkeys(str(row[1]) for row in tables))
        fix = f"Run: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {schemas} FROM {user};"
        yield Excess(
            f"The user {user} may write to {_some([str(row[0]) for row in tables])}.",
            _own_user(new_user) if owns else fix,
        )
    creating = _open_schemas(database)
    if creating or may_create:
        places = [f"the schema {row[0]}" for row in creating] or [f"the database {name}"]
        revoked = [f"REVOKE CREATE ON SCHEMA {row[0]} FROM PUBLIC, {user};" for row in creating]
        revoked += [f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC, {user};"] if may_create else []
        yield Excess(f"The user {user} may create tables in {_some(places)}.", f"Run: {' '.join(revoked)}")


def _writable_tables(database: Connected) -> Sequence[Row]:
    """Return the tables that the user may change: name, schema, and whether the user owns it."""
    return database.read(
        select(
            text("quote_ident(nspname) || '.' || quote_ident(relname)"),
            text("quote_ident(nspname)"),
            text("pg_has_role(relowner, 'USAGE')"),
        )
        .select_from(text("pg_class join pg_namespace n on n.oid = relnamespace"))
        .where(
            text("relkind in ('r', 'p', 'v', 'm', 'f') and nspname <> 'information_schema'"),
            text("nspname not like 'pg\\_%'"),
            text("has_table_privilege(pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"),
        )
        .order_by(text("1"))
        .limit(_ROWS_READ)
    )


def _open_schemas(database: Connected) -> Sequence[Row]:
    """Return the schemas in which the user may create tables."""
    return database.read(
        select(text("quote_ident(nspname)"))
        .select_from(text("pg_namespace"))
        .where(
            text("has_schema_privilege(oid, 'CREATE') and nspname <> 'information_schema'"),
            text("nspname not like 'pg\\_%'"),
        )
        .order_by(text("1"))
        .limit(_ROWS_READ)
    )


def _mysql(database: Connected) -> Iterator[Excess]:
    ((account, schema),) = database.read(select(func.current_user(), func.database()))
    user = "@".join(f"'{part}'" for part in str(account).rsplit("@", 1))
    granted = [match for line in database.grants() if (match := _GRANT.match(line))]
    found: dict[tuple[str, str], list[str]] = {}
    for match in granted:
        rights = [part.strip() for part in _COLUMNS.sub("", match["rights"]).split(",")]
        writing = [right for right in rights if right in _WRITING]
        is_playground = match["grantee"] == "PUBLIC" and match["level"] in _PLAYGROUNDS
        if writing and not is_playground:
            found.setdefault((match["level"], match["grantee"]), []).extend(writing)
    if any(level == "*.*" for level, _ in found):
        place = f"{_name(schema)}.*" if schema else "*.*"
        new_user = (
            f"CREATE USER '{_READER}'@'%' IDENTIFIED BY '...';"
            f" GRANT SELECT, SHOW VIEW ON {place} TO '{_READER}'@'%';"
        )
        yield Excess(f"The user {user} may change everything on the server.", _own_user(new_user))
    elif found:
        revoked = [
            f"REVOKE {', '.join(rights)} ON {level} FROM {grantee};"
            for (level, grantee), rights in sorted(found.items())
        ]
        places = sorted({level for level, _ in found})
        yield Excess(f"The user {user} may write to {_some(places)}.", f"Run: {' '.join(revoked)}")


def _own_user(statements: str) -> str:
    return f"Create a user that may only read, and connect as that user: {statements}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _name(value: object) -> str:
    return "`" + str(value).replace("`", "``") + "`"
