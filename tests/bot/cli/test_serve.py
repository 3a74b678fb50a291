"""`kpi-bot serve` as real processes: started twice, killed while it posts, stopped by SIGTERM."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, text

from bot.cli import app
from bot.playground.sender import Sender
from bot.playground.workspace import Json, Posted
from bot.runtime.clock import system_clock
from bot.store import database
from bot.store.deliveries import Deliveries, State
from bot.store.tables import open_questions
from tests.bot.world import (
    ANNA,
    APP_TOKEN,
    BOT_TOKEN,
    DIRECT,
    GUEST,
    SALES,
    SCOPES,
    SECRET,
    SocketSender,
    SocketStandIn,
    new_workspace,
)
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
    _never_ends(environment)
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


def _never_ends(environment: dict[str, str]) -> None:
    """Let no statement about sales end, and no summary be due."""
    config = Path(environment["KPI_CONFIG_DIR"])
    for path in SHIPPED.glob("summaries/*.yaml"):
        quiet = path.read_text(encoding="utf-8").replace("channels: [C0DEMOSALES]", "channels: []")
        (config / "summaries" / path.name).write_text(quiet, encoding="utf-8")
    sales = config / "models" / "sales.yaml"
    told = sales.read_text(encoding="utf-8")
    never = "  where 0 < (with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n) and"
    sales.write_text(told.replace("  where ", f"{never} ", 1), encoding="utf-8")


def _kept(environment: dict[str, str]) -> list[str]:
    """Return the lines of the questions that aren't answered yet."""
    engine = database.open_store(environment["KPI_STORE_URL"])
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(open_questions.c.line)).scalars())
    finally:
        engine.dispose()


async def _port(bot: Process) -> int:
    """Return the port that a bot in HTTP mode says it listens on, once it is connected as well."""
    assert bot.stderr
    port = 0
    while found := await bot.stderr.readline():
        if match := re.search(rb"listening on port (\d+)", found):
            port = int(match[1])
        if port and b"connected to" in found:
            return port
    raise AssertionError("it ended")


def _said(standin: SocketStandIn) -> list[Posted]:
    """Return what the bot said of questions that it didn't answer."""
    return [entry for entry in standin.workspace.messages if "I was stopped before" in entry.text]


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_killed_in_the_middle_of_questions_it_tells_who_asked(
    mode: str, environment: dict[str, str]
) -> None:
    """SIGKILL: the next start tells each asker once, in the way that they asked, with a button to ask again."""
    _never_ends(environment)
    environment |= {"SLACK_SIGNING_SECRET": SECRET, "HOST": "127.0.0.1"}
    if mode == "http":
        del environment["SLACK_APP_TOKEN"]
        environment["PORT"] = "0"
    async with slack() as standin, aiohttp.ClientSession() as session:
        bot = await _start(environment, standin)
        port = 0 if mode == "socket" else await _port(bot)
        if mode == "socket":
            await _until(lambda: standin.sockets)
        sender = (SocketSender if mode == "socket" else Sender)(
            standin, session, f"http://127.0.0.1:{port}/slack/events", standin.base, SECRET, "/kpi"
        )
        await sender.command(SALES, GUEST, "/kpi define sales")
        await _until(lambda: standin.workspace.messages and not _kept(environment))
        await sender.command(SALES, ANNA, "/kpi sales last month")
        await sender.message(SALES, ANNA, "@kpi-bot sales by region", None)
        await sender.message(DIRECT, ANNA, "omzet dit jaar", None)
        await _until(lambda: len(_kept(environment)) == 3)
        bot.kill()
        await bot.communicate()
        assert _said(standin) == []
        for _ in range(2):  # the second start has nothing left to tell
            again = await _start(environment, standin)
            await _until(lambda: len(_said(standin)) >= 3)
            await asyncio.sleep(2)
            again.send_signal(signal.SIGTERM)
            await again.communicate()
        command, mention, direct = sorted(_said(standin), key=lambda entry: entry.text, reverse=True)
    assert [entry.text.partition("`")[2].partition("`")[0] for entry in (command, mention, direct)] == [
        "sales last month",
        "sales by region",
        "omzet dit jaar",
    ]
    assert (command.channel, command.private_to) == (SALES, ANNA)
    assert (mention.channel, mention.private_to) == (SALES, None)
    assert mention.thread
    assert direct.channel == DIRECT
    assert all("Ask again" in str(entry.blocks) for entry in (command, mention, direct))
    assert _kept(environment) == []


def _written_by_newer(url: str, version: str) -> None:
    """Make a store as a later version of the bot leaves it."""
    engine = database.open_store(url)
    database.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
        connection.execute(text("UPDATE store_about SET value = :version"), {"version": version})
    engine.dispose()


@pytest.mark.parametrize("arguments", [("serve", "--demo"), ("migrate",), ("deliveries",)])
async def test_an_older_program_leaves_a_newer_store_alone(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    """It says which version wrote it, which one this is, and what to do; status 2."""
    _written_by_newer(environment["KPI_STORE_URL"], "99.1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, env=environment, stdout=PIPE, stderr=PIPE
    )
    _, error = await process.communicate()
    said = " ".join(error.decode().split())
    assert process.returncode == 2, said
    assert (
        "The store was written by a newer version of kpi-bot, 99.1: its tables are at revision 0999" in said
    )
    assert f"this version ({version('kpi-bot')})" in said
    assert "Install kpi-bot 99.1 or newer." in said
    assert "Traceback" not in said


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
