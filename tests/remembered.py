"""What is the same in most tests and is worked out once in a process.

The rows of the demo company, whose file no test changes, and the indexes of its names.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from platformdirs import user_cache_path
from sqlalchemy import Select

from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.cancellation import current
from kpi_engine.language.member_names import Roster

Read = Callable[[SqlWarehouse, Select[Any]], Sequence[Row]]
Index = Callable[[Roster], Roster]


def remembering_rows(read: Read) -> Read:
    """Return a `SqlWarehouse.read` that keeps the rows of the demo company's shared files.

    A copy of such a file, or any other database, is asked each time. A cancelled question is still refused.
    """
    shared = str(user_cache_path("kpi-bot").absolute())
    kept: dict[Hashable, Sequence[Row]] = {}

    def rows(warehouse: SqlWarehouse, statement: Select[Any]) -> Sequence[Row]:
        url = warehouse._engine.url
        if url.get_backend_name() != "sqlite" or shared not in (url.database or ""):
            return read(warehouse, statement)
        current().check()
        key = (url.database, statement_key(warehouse, statement))
        found = kept.get(key)
        if found is None:
            found = kept[key] = tuple(read(warehouse, statement))
        return list(found)

    return rows


def statement_key(warehouse: SqlWarehouse, statement: Select[Any]) -> Hashable:
    """Return what two statements share only where they are the same SQL with the same values."""
    given = statement.params(warehouse._bound)
    key = given._generate_cache_key()  # what SQLAlchemy knows a compiled statement by
    if key is None:
        return warehouse.sql(statement)
    return key.key, tuple(repr(parameter.effective_value) for parameter in key.bindparams)


def remembering_indexes(indexed: Index) -> Index:
    """Return a `Roster.indexed` that gives equal rosters one index: it depends on the members alone."""
    kept: dict[Roster, Roster] = {}

    def roster(members: Roster) -> Roster:
        found = kept.get(members)
        if found is None:
            found = kept[members] = indexed(members)
        return found

    return roster
