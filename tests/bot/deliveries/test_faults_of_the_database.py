"""Each fault of the customer's database delays a summary: it is sent when the database answers again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.deliveries import State
from tests.bot.deliveries.office import Office, hurry, office, shop_in

LONG = timedelta(minutes=31)
"""After half an hour the admins are told."""
BETWEEN = timedelta(minutes=3)
"""They are told no more than every two minutes."""
_SLOW = """
CREATE VIEW deals AS SELECT kept.* FROM kept, (
    WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 100000000)
    SELECT count(*) AS c FROM up
) WHERE c > 0
"""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@contextmanager
def down(file: Path) -> Iterator[None]:
    """The database isn't there."""
    away = file.with_suffix(".away")
    file.rename(away)
    yield
    away.rename(file)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds all of it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def slow(file: Path) -> Iterator[None]:
    """Each statement takes longer than it may."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("ALTER TABLE deals RENAME TO kept")
        other.execute(_SLOW)
        yield
        other.execute("DROP VIEW deals")
        other.execute("ALTER TABLE kept RENAME TO deals")


def _waits(found: Office) -> bool:
    row = found.row()
    return row is not None and row.state is State.PENDING and bool(row.reason)


@pytest.mark.parametrize("breaking", [down, locked, slow])
async def test_the_summary_waits_for_the_database_and_the_admins_hear_of_it_once(
    breaking: Callable[[Path], AbstractContextManager[None]], tmp_path: Path
) -> None:
    """It isn't failed, and not posted with what could be read; the end of the trouble is told as well."""
    with shop_in(tmp_path, kpi_query_timeout=0.5) as (shop, file), ExitStack() as broken:
        broken.enter_context(breaking(file))
        async with office(shop, tmp_path) as found:
            await found.until(lambda: _waits(found))
            await found.quiet()
            assert found.told() == [], "it may be short"
            found.clock.ahead = LONG
            await found.until(lambda: bool(found.told()))
            await found.quiet()
            (told,) = found.told()
            assert "sales database" in told
            assert found.posts() == []
            broken.close()
            await found.until_it_is(State.SENT)
            found.clock.ahead += BETWEEN
            await found.until(lambda: len(found.told()) > 1)
            await found.quiet()
            assert len(found.posts()) == 1
            assert len(found.told()) == 2
