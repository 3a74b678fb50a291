"""What is the same in most tests and is worked out once in a process.

The rows of the demo company, whose file no test changes; the text of a statement; the indexes of names; an
empty store.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path
from sqlalchemy import Engine, Select

from bot.store import database
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.cancellation import current
from kpi_engine.domain.query import Member
from kpi_engine.language.member_names import Roster

Read = Callable[[SqlWarehouse, Select[Any]], Sequence[Row]]
Text = Callable[[SqlWarehouse, Select[Any]], str]
MakeRoster = Callable[..., Roster]
Migrate = Callable[[Engine], str]


def remembering_rows(read: Read) -> Read:
    """Return a `SqlWarehouse._rows` that keeps the rows of the demo company's shared files.

    A copy of such a file, or any other database, is asked each time. A cancelled question is still refused.
    """
    shared = str(user_cache_path("kpi-bot").absolute())
    kept: dict[Hashable, Sequence[Row]] = {}

    def rows(warehouse: SqlWarehouse, statement: Select[Any]) -> Sequence[Row]:
        url = warehouse._engine.url
        if url.get_backend_name() != "sqlite" or shared not in (url.database or ""):
            return read(warehouse, statement)
        current().check()
        key = (url.database, statement_key(warehouse, statement) or warehouse.sql(statement))
        found = kept.get(key)
        if found is None:
            found = kept[key] = tuple(read(warehouse, statement))
        return list(found)

    return rows


def remembering_texts(sql: Text) -> Text:
    """Return a `SqlWarehouse.sql` that compiles equal statements once for each dialect."""
    kept: dict[Hashable, str] = {}

    def text(warehouse: SqlWarehouse, statement: Select[Any]) -> str:
        known = statement_key(warehouse, statement)
        if known is None:
            return sql(warehouse, statement)
        key = (warehouse.dialect.name, known)
        found = kept.get(key)
        if found is None:
            found = kept[key] = sql(warehouse, statement)
        return found

    return text


def statement_key(warehouse: SqlWarehouse, statement: Select[Any]) -> Hashable | None:
    """Return what two statements share only where they are the same SQL with the same values.

    None where SQLAlchemy can't tell.
    """
    given = statement.params(warehouse._bound)
    key = given._generate_cache_key()  # what SQLAlchemy knows a compiled statement by
    return key and (key.key, tuple(repr(parameter.effective_value) for parameter in key.bindparams))


def remembering_rosters() -> MakeRoster:
    """Return a `Roster.__new__` that gives equal members one roster: its indexes depend on them alone."""
    kept: dict[Hashable, Roster] = {}

    def roster(kind: type[Roster], members: Iterable[Member] = ()) -> Roster:
        held = tuple(members)
        if kind is not Roster:
            return tuple.__new__(kind, held)
        key = (held, tuple(type(member.key) for member in held))  # 9 equals 9.0
        found = kept.get(key)
        if found is None:
            found = kept[key] = tuple.__new__(kind, held)
        return found

    return roster


def copying_a_store(migrate: Migrate) -> Migrate:
    """Return a `migrate` that copies a migrated file to where there is none yet; it was migrated once.

    A file that is there, and a store on a server, are migrated as ever.
    """

    @cache
    def migrated() -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "store.sqlite"
            engine = database.open_store(f"sqlite:///{path}")
            migrate(engine)
            engine.dispose()  # the last connection writes the whole log into the file
            return path.read_bytes()

    def copied(engine: Engine) -> str:
        path = Path(engine.url.database or "")
        if engine.dialect.name == "sqlite" and path.is_absolute() and path.parent.is_dir():
            with FileLock(f"{path}.lock"):
                if not path.exists():
                    path.write_bytes(migrated())
                    return database.head()
        return migrate(engine)

    return copied
