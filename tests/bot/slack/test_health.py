"""The health checks: anyone may ask, and it costs nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import aiohttp
import pytest

from bot.app import Bot
from bot.runtime.clock import Clock
from bot.slack.health import HealthCheck
from bot.store import database
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.engine import Engine
from tests.bot.held import held_services
from tests.bot.world import ANNA, SALES, Mode, SocketStandIn, settings_of, stand_in, world


class Probed:
    """A probe that counts, and can be held."""

    def __init__(self, finding: Callable[[], bool] = lambda: True) -> None:
        self.finding = finding
        self.count = self.running = self.most = 0
        self.threads: set[int] = set()
        self.free = Event()
        self.free.set()

    def __call__(self) -> bool:
        self.count += 1
        self.running += 1
        self.most = max(self.most, self.running)
        self.threads.add(get_ident())
        self.free.wait(10)
        self.running -= 1
        return self.finding()


def wrong() -> bool:
    raise ZeroDivisionError


async def test_many_ask_and_one_probe_runs() -> None:
    """A thousand at once, and again within the time that a verdict is kept."""
    probe = Probed()
    check = HealthCheck({"database": probe}, dict, kept=0.2)
    assert await asyncio.gather(*(check.parts() for _ in range(1_000))) == [{"database": True}] * 1_000
    assert await check.parts() == {"database": True}
    assert probe.count == 1
    await asyncio.sleep(0.25)
    await asyncio.gather(*(check.parts() for _ in range(1_000)))
    assert (probe.count, probe.most) == (2, 1)
    await check.close()


async def test_a_part_that_hangs_is_down_and_the_others_are_not() -> None:
    """Nobody waits longer than the first; it isn't asked again while it hangs, and comes back."""
    hanging, other = Probed(), Probed()
    hanging.free.clear()
    check = HealthCheck({"database": hanging, "store": other}, dict, kept=0.05, wait=0.2)
    assert await check.parts() == {"database": False, "store": True}
    started = time.monotonic()
    for _ in range(100):
        assert await check.parts() == {"database": False, "store": True}
    assert time.monotonic() - started < 0.2
    assert hanging.count == 1
    hanging.free.set()
    await asyncio.sleep(0.2)
    assert await check.parts() == {"database": True, "store": True}
    await check.close()


async def test_a_probe_that_breaks_says_down() -> None:
    """Whatever it raises."""
    check = HealthCheck({"database": wrong, "store": lambda: False}, dict)
    assert await check.parts() == {"database": False, "store": False}
    await check.close()


async def asked(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    async with session.get(url) as response:
        return response.status, await response.json()


async def test_questions_that_fill_the_pool_leave_it_healthy(
    demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probes have threads of their own: the bot is busy, and well."""
    monkeypatch.setattr(Engine, "answers", lambda _: True)
    services, warehouse = held_services(replace(demo_services, demo=False), monday)
    roles = replace(services.roles, default="admin", are_reps_told=False)
    path = tmp_path / "store.sqlite"
    async with world("http", replace(services, roles=roles), monday, path, kpi_pool_size=1) as slack:
        warehouse.held = True
        assert slack.sender
        for line in ("leads", "orders"):
            for month in range(1, 10):
                await slack.sender.command(SALES, ANNA, f"/kpi {line} 2025-0{month}")
        await slack.until(lambda: slack.in_pool == 17)
        for _ in range(3):
            status, verdict = await asked(slack.session, f"{slack.app_url}/readyz")
            assert (status, verdict["status"]) == (200, "ok")
        warehouse.held = False
        warehouse.released.set()
    warehouse.close()


async def test_a_database_that_is_down_is_503(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """With the part that is down, and nothing of its address; /livez says that the process runs."""
    down = SqlWarehouse("postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
    services = replace(demo_services, engine=demo_services.engine.beside("sales", down))
    async with world("http", services, monday, tmp_path / "store.sqlite") as slack:
        async with slack.session.get(f"{slack.app_url}/readyz") as response:
            text = await response.text()
            assert response.status == 503
            assert await response.json() == {
                "status": "down",
                "database": "down",
                "store": "ok",
                "token": "ok",
            }
        assert "127.0.0.1" not in text
        assert await asked(slack.session, f"{slack.app_url}/livez") == (200, {"status": "ok"})
        async with slack.session.head(f"{slack.app_url}/readyz") as response:
            assert response.status == 503
        async with slack.session.post(f"{slack.app_url}/livez") as response:
            assert response.status == 405
    down.close()


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_before_slack_was_reached_it_is_503(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path, unused_tcp_port: int
) -> None:
    """From the first second, and 200 once it is connected."""
    store = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(store)

    async with stand_in(monday) as (standin, base), aiohttp.ClientSession() as session:
        standin.refuse_auth = 1_000
        settings = settings_of(mode, base, tmp_path / "store.sqlite", port=unused_tcp_port)
        bot, stop = Bot(settings, demo_services, store, monday), asyncio.Event()
        task = asyncio.create_task(bot.run(stop))
        url = f"http://127.0.0.1:{unused_tcp_port}"
        try:
            await _until_asked(standin)
            status, verdict = await asked(session, f"{url}/readyz")
            assert (status, verdict["status"], verdict["token"]) == (503, "down", "down")
            assert await asked(session, f"{url}/livez") == (200, {"status": "ok"})
            async with session.post(f"{url}/slack/events") as response:
                assert response.status == (401 if mode == "http" else 404)
            standin.refuse_auth = 0
            async with asyncio.timeout(20):
                while (await asked(session, f"{url}/readyz"))[0] != 200:
                    await asyncio.sleep(0.05)
        finally:
            stop.set()
            await task
            store.dispose()


async def _until_asked(standin: SocketStandIn) -> None:
    async with asyncio.timeout(20):
        while not any(call.method == "auth.test" for call in standin.workspace.calls):
            await asyncio.sleep(0.01)
