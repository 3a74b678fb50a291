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
from tests.bot.world import SALES

LONG = timedelta(minutes=31)
"""After half an hour the admins are told."""
AGAIN = timedelta(minutes=6)
"""A held summary is looked at again every five minutes."""
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


async def test_a_stale_database_holds_the_summary_and_its_readers_are_told_once(tmp_path: Path) -> None:
    """The channel is told what is missing; the summary is sent when the rows arrive, and no admin is bothered."""
    with (
        shop_in(tmp_path, a_day=20) as (shop, file),
        closing(sqlite3.connect(file, isolation_level=None)) as loading,
    ):
        loading.execute("CREATE TABLE late AS SELECT * FROM deals WHERE sold_on >= '2026-11-19'")
        loading.execute("DELETE FROM deals WHERE sold_on >= '2026-11-19'")
        async with office(shop, tmp_path) as found:
            await found.until_it_is(State.HELD)

            def held() -> list[str]:
                messages = found.world.workspace.messages
                return [
                    entry.text for entry in messages if entry.channel == SALES and "is held" in entry.text
                ]

            await found.until(lambda: bool(held()))
            found.clock.ahead = AGAIN
            await found.quiet()
            assert len(held()) == 1
            assert [entry for entry in found.posts() if entry.text not in held()] == []
            loading.execute("INSERT INTO deals SELECT * FROM late WHERE sold_on < '2026-11-23'")
            found.clock.ahead += AGAIN
            await found.until_it_is(State.SENT)
            await found.quiet()
            assert len(held()) == 1
            assert len([entry for entry in found.posts() if entry.text not in held()]) == 1
            assert found.told() == []
