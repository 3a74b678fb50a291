"""A store that is locked, full, read-only, deleted or gone costs a line in the log, not the answer."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text

from bot.conversation.dispatch import dispatch
from bot.playground.workspace import Posted
from bot.render.plain_text import text_of
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.store import availability, database
from bot.store.audit import AuditRows
from bot.store.availability import READING, WRITING, Availability
from bot.store.errors import StoreAwayError
from bot.store.preferences import Preferences
from bot.store.seen import Seen
from bot.workspace.opening import STORE, with_store
from bot.workspace.request import Request
from bot.workspace.services import Services
from tests.bot.world import ANNA, DIRECT, SALES, World, world
from tests.conftest import own_database

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LINES = (
    ("sales 2026-10", "Sales, October 2026"),
    ("why sales 2026-10", "Sales"),
    ("sales 2026-11 vs target", "Targets can't be read right now, so none is shown."),
    ("summary weekly", "Week 47"),
    ("define sales", "Sales"),
    ("list", "Return on acquisition"),
)
Breaking = Callable[[World], AbstractContextManager[None]]


@contextmanager
def locked(slack: World) -> Iterator[None]:
    """Another program holds the file, as a backup does; it can still be read."""
    other = sqlite3.connect(slack.store, timeout=10)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.rollback()
    other.close()


_FILLING = {
    "seen": "(workspace, key, until) values ('T', :text, '2026-11-23')",
    "preferences": "(workspace, person, changed_at) values ('T', :text, '2026-11-23')",
    "targets": "(workspace, metric, month, level, set_by, set_at) values ('T', :text, '2026-11-01', '', '', '')",
    "subscriptions": "(workspace, owner, line, is_summary, every, at, zone, language, revision, since, created_at)"
    " values ('T', :text, '', 0, '', '', '', '', 1, '2026-11-23', '2026-11-23')",
}


def _fill(path: Path, limit: Callable[[sqlite3.Connection], None]) -> None:
    """Fill what is free inside the pages of a file, which would be used first."""
    other = sqlite3.connect(path, isolation_level=None)
    limit(other)
    for table, row in _FILLING.items():
        for width in (40, 12, 4):
            with suppress(sqlite3.OperationalError):  # it is full
                for number in range(999):
                    other.execute(f"insert into {table} {row}", {"text": f"{number:0{width}}"})
    other.close()


@contextmanager
def full(slack: World) -> Iterator[None]:
    """No page more can be written."""

    is_full = True

    def no_more(connection: sqlite3.Connection, *_: object) -> None:
        count = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {count if is_full else 2**30}")

    engine = slack.bot._store
    _fill(slack.store, no_more)
    event.listen(engine, "checkout", no_more)
    yield
    is_full = False


@contextmanager
def deleted(slack: World) -> Iterator[None]:
    """Somebody removes the file, and puts it back."""
    kept = slack.store.with_suffix(".kept")
    with sqlite3.connect(slack.store) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(slack.store, kept)
    for end in ("", "-wal", "-shm"):
        slack.store.with_name(slack.store.name + end).unlink(missing_ok=True)
    yield
    kept.rename(slack.store)


async def asked(slack: World, way: str, line: str) -> Posted:
    """Ask in one of the ways and return the answer."""
    assert slack.sender
    if way == "command":
        return await slack.say(line)
    count = len(slack.workspace.messages)
    text = f"@{slack.workspace.bot_name} {line}" if way == "mention" else line
    await slack.sender.message(SALES if way == "mention" else DIRECT, ANNA, text, None)
    return await slack.message_after(count + 1)


@pytest.mark.parametrize(
    ("mode", "break_"), [("http", locked), ("http", full), ("http", deleted), ("socket", locked)]
)
async def test_answers_come_without_the_store(
    mode: str,
    break_: Breaking,
    demo_services: Services,
    monday: Clock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By command, mention and direct message; what needs the store says so; afterwards it is used again."""
    store = tmp_path / "store.sqlite"
    async with world(mode, demo_services, monday, store) as slack:  # type: ignore[arg-type]
        await slack.say("sales 2026-10")
        await slack.until(lambda: not slack.bot._store_pool._unfinished)
        with caplog.at_level(logging.WARNING):
            with break_(slack):
                for way, lines in (("command", LINES), ("mention", LINES[:1]), ("dm", LINES[:1])):
                    for line, part in lines:
                        if break_ is not deleted and "Targets can't" in part:
                            part = "target"  # noqa: PLW2901 - a full store can be read
                        started = time.monotonic()
                        answer = await asked(slack, way, line)
                        assert part in answer.text, (way, line)
                        assert time.monotonic() - started < 20
                for line in (
                    "settings language nl",
                    "subscribe sales every monday",
                    "target sales 300k 2026-12",
                ):
                    assert "isn't available right now" in (await slack.say(line)).text
                assert slack.sender
                await slack.sender.open_home(ANNA)
                await slack.until(lambda: ANNA in slack.workspace.homes)
                home = str(slack.workspace.homes[ANNA].content)
                assert ("Your subscriptions can't be read right now." in home) == (break_ is deleted)
            told = [record.getMessage() for record in caplog.records]
            assert [line for line in told if "store fails" in line], told
            # a full store now and then has room for a small row: each outage is told, and its end
            again = sum("works again" in line for line in told)
            assert again <= (3 if break_ is full else 0), told
            assert len(told) <= 3 + 2 * again, told
            assert not any(record.exc_info for record in caplog.records)
            async with asyncio.timeout(60):
                while "My own data" in (await slack.say("subscribe sales every monday")).text:
                    await asyncio.sleep(0.5)
            assert "target €" in (await slack.say("sales 2026-11 vs target")).text
        await slack.until(lambda: not slack.bot._store_pool._unfinished)
    engine = database.open_store(f"sqlite:///{store}")
    questions = [entry.question for entry in AuditRows(engine, "T0DEMO").newest(99)]
    engine.dispose()
    assert questions.count("sales 2026-10") == 4, (
        questions
    )  # what waited in memory was written when it was back


async def test_a_request_that_slack_repeats_is_answered_once_without_the_store(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A process remembers what it has taken itself."""
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
        with locked(slack):
            payload = slack.command_payload("sales 2026-10")
            for _ in range(2):
                await slack.standin.send("slash_commands", payload)
            await slack.message_after(0)
            await asyncio.sleep(3)
        assert (
            len([entry for entry in slack.workspace.messages if entry.user == slack.workspace.bot_user]) == 1
        )


def test_nobody_waits_for_what_has_just_failed(tmp_path: Path) -> None:
    """A locked file: the first write waits, the next ones are refused at once; reading goes on."""
    path = tmp_path / "store.sqlite"
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    preferences, seen = Preferences(engine, "T"), Seen(engine, "T")
    preferences.choose_language("U1", "nl", NOW)
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    assert seen.is_first("a", NOW)
    first = time.monotonic() - started
    started = time.monotonic()
    assert all(seen.is_first(f"b{number}", NOW) for number in range(100))
    assert not seen.is_first("b7", NOW)
    assert Preferences(engine, "T").language("U1", NOW) == "nl"
    with pytest.raises(StoreAwayError):
        preferences.choose_language("U1", "en", NOW)
    assert time.monotonic() - started < 0.5 < first < 4
    other.rollback()
    other.close()
    time.sleep(availability._REFUSED_SECONDS)
    preferences.choose_language("U1", "en", NOW)
    engine.dispose()


def test_a_file_that_cant_even_be_read(tmp_path: Path) -> None:
    """Held by a program that lets nobody in: what was known last counts, and keys are remembered in memory."""
    path = tmp_path / "store.sqlite"
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    preferences, seen = Preferences(engine, "T"), Seen(engine, "T")
    preferences.choose_language("U1", "nl", NOW)
    engine.dispose()
    other = sqlite3.connect(path)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    assert [seen.is_first(key, NOW) for key in "abab"] == [True, True, False, False]
    assert preferences.language("U1", NOW + timedelta(hours=1)) == "nl"
    assert Preferences(engine, "T").language("U1", NOW) is None
    assert time.monotonic() - started < 4
    other.close()
    engine.dispose()


def test_one_thread_at_a_time_tries_again() -> None:
    """With all the statements of its transaction; the others are refused until it is known what became of it."""
    now = [0.0]
    known = Availability(seconds=lambda: now[0])

    def is_refused() -> bool:
        try:
            known.require(WRITING)
        except StoreAwayError:
            return True
        return False

    with ThreadPoolExecutor(1) as elsewhere:
        known.failed(WRITING, "locked")
        known.require(READING)
        assert is_refused()
        now[0] = 3.5
        assert [is_refused(), is_refused(), elsewhere.submit(is_refused).result()] == [False, False, True]
        now[0] = 6.6  # nothing became of it
        assert not elsewhere.submit(is_refused).result()
        known.failed(WRITING, "locked")
        assert elsewhere.submit(is_refused).result()
        known.works(WRITING)
        assert [is_refused(), elsewhere.submit(is_refused).result()] == [False, False]


def test_a_store_that_was_deleted_isnt_replaced(tmp_path: Path) -> None:
    """An empty file in its place would lose every target without a word; a restored one is opened again."""
    path = tmp_path / "store.sqlite"
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    Preferences(engine, "T").choose_language("U1", "nl", NOW)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    path.rename(tmp_path / "away")
    with pytest.raises(StoreAwayError):
        Preferences(engine, "T").choose_language("U1", "en", NOW)
    assert not path.exists()
    shutil.copy(tmp_path / "away", path)
    time.sleep(availability._REFUSED_SECONDS)
    assert Preferences(engine, "T").language("U1", NOW) == "nl"
    engine.dispose()


READ_ONLY = """
import sys
from datetime import datetime, UTC
from bot.store import database
from bot.store.preferences import Preferences
from bot.store.seen import Seen
engine, now = database.open_store(sys.argv[1]), datetime(2026, 11, 23, tzinfo=UTC)
print(Seen(engine, "T").is_first("a", now), Seen(engine, "T").is_first("b", now))
print(Preferences(engine, "T").language("U1", now))
"""


def test_a_folder_that_cant_be_written_to(tmp_path: Path) -> None:
    """Nothing is raised: keys are remembered in memory, a language is unknown or the one that was chosen."""
    folder = Path(shutil.os.path.realpath(tmp_path)) / "data"
    engine = database.open_store(f"sqlite:///{folder / 'store.sqlite'}")
    database.migrate(engine)
    engine.dispose()
    nobody = 65534 if os.geteuid() == 0 else None
    if nobody:
        for place in (folder, *folder.iterdir()):
            os.chown(place, nobody, nobody)
        for parent in folder.parents:
            if parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    (folder / "store.sqlite").chmod(0o400)
    folder.chmod(0o500)
    found = subprocess.run(
        [sys.executable, "-c", READ_ONLY, f"sqlite:///{folder / 'store.sqlite'}"],
        user=nobody,
        capture_output=True,
        text=True,
        cwd="/",
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": os.defpath},
        check=False,
    )
    folder.chmod(0o700)
    assert found.stdout.split() == ["True", "True", "None"], found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.postgresql
def test_a_server_that_goes_away_and_comes_back(postgresql_server: str) -> None:
    """Its sessions are ended and no new one is let in; then they are."""
    url = own_database(postgresql_server, "store_away")
    name = make_url(url).database
    engine = database.open_store(url)
    database.migrate(engine)
    admin = database.open_store(postgresql_server)
    seen, preferences = Seen(engine, "T"), Preferences(engine, "T")
    preferences.choose_language("U1", "nl", NOW)
    assert seen.is_first("a", NOW)

    def let_in(allowed: str) -> None:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )

    let_in("false")
    started = time.monotonic()
    assert all(seen.is_first(f"b{number}", NOW) for number in range(50))
    assert not seen.is_first("b3", NOW)
    assert preferences.language("U1", NOW + timedelta(minutes=5)) == "nl"  # as it was known last
    with pytest.raises(StoreAwayError):
        preferences.choose_language("U1", "en", NOW)
    assert time.monotonic() - started < 3
    let_in("true")
    time.sleep(availability._REFUSED_SECONDS)
    preferences.choose_language("U1", "en", NOW)
    assert Preferences(engine, "T").language("U1", NOW) == "en"
    assert seen.is_first("c", NOW)
    engine.dispose()
    admin.dispose()


def test_a_bot_that_begins_without_its_store_knows_the_customers_names(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Names and sizes of dimensions come from the customer's tables; only survey answers can't be told."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    services = with_store(demo_services, Settings.load(env_file=None), engine, "T0DEMO")
    with engine.connect():
        pass
    engine.dispose()
    for path in tmp_path.iterdir():
        path.unlink()

    def said(line: str) -> str:
        asked = Request("T0DEMO", ANNA, SALES, line, "command", monday(), "en", Membership.FULL)
        return text_of(dispatch(asked, services))

    assert "Sales, October 2026: €498,260" in said("sales last month")
    assert "Anna de Vries" in said("list reps")
    assert "The change by" in said("why sales 2026-06")
    assert "Week 47" in said("summary weekly")
    assert "The survey answers that I keep can't be read right now." in said("nps this month")
    services.engine.close_database(STORE)
