"""`kpi-bot serve` as real processes: started twice, killed while it posts, stopped by SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.cli import app
from bot.playground.workspace import Json
from bot.runtime.clock import system_clock
from bot.store import database
from bot.store.deliveries import Deliveries, State
from tests.bot.world import ANNA, APP_TOKEN, BOT_TOKEN, SALES, SCOPES, SocketStandIn, new_workspace
from tests.shop import BRUSSELS, SHIPPED

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class HangingStandIn(SocketStandIn):
    """Slack that takes its time over a post: it has the message, and doesn't say so."""

    hang = False
    hanging = 0

    async def _call(self, request: web.Request) -> web.Response:
        if self.hang and request.match_info["method"] == "chat.postMessage":
            self.hanging += 1
            await asyncio.sleep(3600)
        return await super()._call(request)


@asynccontextmanager
async def slack() -> AsyncIterator[HangingStandIn]:
    standin = HangingStandIn(new_workspace(system_clock(BRUSSELS)), BOT_TOKEN, SCOPES)
    served = web.Application()
    served.add_routes([*standin.routes(), *standin.socket_routes()])
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield standin
    finally:
        await runner.cleanup()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a bot whose weekly summary was due at midnight today."""
    today = DAYS[datetime.now(UTC).weekday()]  # noqa: TID251 - the processes have the real clock
    config = tmp_path / "config"
    for folder in ("models", "kpis", "summaries"):
        (config / folder).mkdir(parents=True)
    for path in SHIPPED.glob("models/*.yaml"):
        (config / "models" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    weekly = (SHIPPED / "summaries" / "weekly.yaml").read_text(encoding="utf-8")
    due = weekly.replace('every: monday, at: "08:30"', f'every: {today}, at: "00:00"')
    assert due != weekly
    (config / "summaries" / "weekly.yaml").write_text(
        due.replace("grace_hours: 12", "grace_hours: 48"), encoding="utf-8"
    )
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ},  # noqa: TID251
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "KPI_CONFIG_DIR": str(config),
        "KPI_STORE_URL": f"sqlite:///{tmp_path / 'store.sqlite'}",
        "KPI_TIMEZONE": "UTC",
        "KPI_HOLIDAYS": "none",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
    }


async def _start(environment: dict[str, str], standin: SocketStandIn) -> Process:
    own = environment | {"SLACK_API_URL": f"{standin.base}/api/"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", "--demo", env=own, stdout=PIPE, stderr=PIPE
    )


async def _until(holds: object, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # type: ignore[operator]
            await asyncio.sleep(0.05)


def _posts(standin: SocketStandIn) -> list[Json]:
    return [call.request for call in standin.workspace.calls if call.method == "chat.postMessage"]


def _states(environment: dict[str, str]) -> list[State]:
    engine = database.open_store(environment["KPI_STORE_URL"])
    try:
        return [row.state for row in Deliveries(engine, "T0DEMO").newest(9)]
    finally:
        engine.dispose()


async def test_started_twice_it_posts_once_and_stops_when_told(environment: dict[str, str]) -> None:
    """Two processes on one store; SIGTERM ends each with status 0 within ten seconds."""
    async with slack() as standin:
        bots = [await _start(environment, standin) for _ in range(2)]
        await _until(lambda: len(standin.sockets) == 2 and len(_posts(standin)) >= 2)
        await asyncio.sleep(1)
        for bot in bots:
            bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            outputs = [await bot.communicate() for bot in bots]
        assert [bot.returncode for bot in bots] == [0, 0], outputs
        post, details = _posts(standin)
        assert post["text"].startswith("Week ")
        assert details["text"].startswith("Weekly sales summary: week ")
        assert "thread_ts" not in post
        assert details["thread_ts"]
        for message in (post, details):
            assert "Demo data" in message["text"]
        assert _states(environment) == [State.SENT, State.SENT]


async def test_killed_while_it_posts_it_never_posts_again(environment: dict[str, str]) -> None:
    """SIGKILL after the claim: the next start shows the delivery and leaves it alone."""
    async with slack() as standin:
        standin.hang = True
        bot = await _start(environment, standin)
        await _until(lambda: standin.hanging)
        bot.kill()
        await bot.communicate()
        standin.hang = False
        again = await _start(environment, standin)
        await _until(lambda: standin.sockets)
        await asyncio.sleep(1)
        again.send_signal(signal.SIGTERM)
        await again.communicate()
        assert _posts(standin) == []
        assert _states(environment) == [State.SENDING]


async def test_whoever_waits_when_it_is_told_to_stop_gets_an_answer(environment: dict[str, str]) -> None:
    """SIGTERM while a statement runs that never ends: a sentence within ten seconds, and status 0."""
    config = Path(environment["KPI_CONFIG_DIR"])
    for path in SHIPPED.glob("summaries/*.yaml"):
        quiet = path.read_text(encoding="utf-8").replace("channels: [C0DEMOSALES]", "channels: []")
        (config / "summaries" / path.name).write_text(quiet, encoding="utf-8")
    sales = config / "models" / "sales.yaml"
    told = sales.read_text(encoding="utf-8")
    never = "  where 0 < (with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n) and"
    sales.write_text(told.replace("  where ", f"{never} ", 1), encoding="utf-8")
    async with slack() as standin:
        bot = await _start(environment, standin)
        await _until(lambda: standin.sockets)
        payload = {
            "team_id": "T0DEMO",
            "channel_id": SALES,
            "user_id": ANNA,
            "command": "/kpi",
            "text": "sales last month",
            "response_url": standin.response_url(standin.base, SALES, ANNA),
            "trigger_id": "1.1",
        }
        await standin.send("slash_commands", payload)
        await _until(lambda: any("Still working" in entry.text for entry in standin.workspace.messages))
        bot.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            outputs = await bot.communicate()
        assert bot.returncode == 0, outputs
        assert "I'm restarting." in standin.workspace.messages[-1].text


@pytest.mark.parametrize(
    ("changes", "arguments", "sentence"),
    [
        ({}, ("serve",), "KPI_DATABASE_URL isn't set"),
        ({}, ("serve", "--demo"), "SLACK_BOT_TOKEN isn't set"),
        ({"KPI_CONFIG_DIR": "broken"}, ("ask", "sales"), "models/leads.yaml:3: is not valid YAML"),
        ({"KPI_TIMEZONE": "Mars"}, ("ask", "sales"), "KPI_TIMEZONE isn't a time zone"),
        (
            {"KPI_DATABASE_URL": "sqlite:////nowhere/at/all.sqlite", "KPI_CONFIG_DIR": str(SHIPPED)},
            ("ask", "sales"),
            "no database file",
        ),
        ({"KPI_STORE_URL": "nonsense"}, ("deliveries",), "KPI_STORE_URL"),
    ],
)
def test_without_settings_it_refuses_with_a_sentence(
    changes: dict[str, str],
    arguments: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No database, no token, a malformed file: status 2 and the fix, no traceback."""
    (tmp_path / "broken" / "models").mkdir(parents=True)
    broken = tmp_path / "broken" / "models" / "leads.yaml"
    broken.write_text("name: leads\ntable: [leads\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["kpi-bot", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    error = capsys.readouterr().err
    assert ended.value.code == 2, error
    assert sentence in error
    assert "Traceback" not in error


async def test_a_refusal_is_the_status_of_the_process(environment: dict[str, str]) -> None:
    """As a shell and a service manager see it."""
    bare = {name: environment[name] for name in environment if not name.startswith(("SLACK", "KPI"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=bare, stdout=PIPE, stderr=PIPE
    )
    _, error = await process.communicate()
    assert process.returncode == 2, error
    assert "KPI_DATABASE_URL isn't set" in error.decode()
    assert "Traceback" not in error.decode()
