"""The metrics: what is measured, and who may read it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.deliveries.standing import StandingLook
from bot.runtime.clock import Clock
from bot.runtime.measurements import Backlog, Measurements
from bot.slack.call_times import measured_calls
from bot.slack.client import http_session
from bot.store import database
from bot.store.deliveries import Deliveries, State, What
from bot.store.incidents import IncidentBook, Kind, Trouble
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from tests.bot.world import ANNA, SALES, World, world

TOKEN = "a-token-of-prometheus"
Values = dict[tuple[str, ...], float]


def values(page: bytes | str) -> Values:
    """Return the values of a page by name and the values of the labels, sorted by label."""
    text = page.decode() if isinstance(page, bytes) else page
    return {
        (sample.name.removeprefix("kpi_bot_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def asked(slack: World, url: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with slack.session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_what_a_bot_measures(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """Acknowledgements, answers, questions, calls of Slack, the queue, the deliveries and the age of the data."""
    async with world(
        "http", demo_services, monday, tmp_path / "s.sqlite", kpi_metrics_token=SecretStr(TOKEN)
    ) as slack:
        await slack.say("sales last month")
        await slack.say("sales of nonsense")
        url, found = f"{slack.app_url}/metrics", Values()

        async def page() -> Values:
            status, text = await asked(slack, url, TOKEN)
            assert status == 200
            assert not [word for word in (ANNA, SALES, "sales last month", TOKEN) if word in text]
            return values(text)

        async with asyncio.timeout(60):  # the look at the data is on a thread of its own
            while ("data_age_seconds", "sales") not in found or found["requests",]:
                found = await page()
    assert found["ack_seconds_count",] == 2
    assert found["answer_seconds_sum", "command"] > 0
    assert found["questions_total", "answered", "command"] == 1
    assert found["questions_total", "failed", "command"] == 1
    assert found["slack_call_seconds_count", "auth.test", "200"] == 1
    assert found["queue", "questions", "running"] == found["queue", "questions", "waiting"] == 0
    assert found["requests",] == 0
    assert found["store_up",] == found["database_up",] == 1
    assert found["deliveries", "pending"] == 0
    assert found["log_lines_total", "warning"] >= 1
    assert 0 < found["data_age_seconds", "sales"] < timedelta(days=7).total_seconds()
    assert "process_resident_memory_bytes" in {name for name, *_ in found}


async def test_who_may_read_them(
    demo_services: Services, monday: Clock, tmp_path: Path, unused_tcp_port: int
) -> None:
    """Beside the health checks with a token only; on a port of its own everyone, unless there is a token."""
    async with world("http", demo_services, monday, tmp_path / "a.sqlite") as slack:
        assert (await asked(slack, f"{slack.app_url}/metrics"))[0] == 404
    token = SecretStr(TOKEN)
    async with world("http", demo_services, monday, tmp_path / "b.sqlite", kpi_metrics_token=token) as slack:
        url = f"{slack.app_url}/metrics"
        answers = [await asked(slack, url, given) for given in ("", "another-token-of-16", TOKEN[:-1], TOKEN)]
        assert [status for status, _ in answers] == [401, 401, 401, 200]
        assert "kpi_bot" not in answers[0][1]
    own = {"kpi_metrics_port": unused_tcp_port}
    url = f"http://127.0.0.1:{unused_tcp_port}/metrics"
    async with world("socket", demo_services, monday, tmp_path / "c.sqlite", **own, port=None) as slack:
        assert (await asked(slack, url))[0] == 200
        assert (await asked(slack, url.replace("metrics", "livez")))[0] == 404
    async with world(
        "http", demo_services, monday, tmp_path / "d.sqlite", **own, kpi_metrics_token=token
    ) as slack:
        assert (await asked(slack, url))[0] == 401
        assert (await asked(slack, url, TOKEN))[0] == 200
        assert (await asked(slack, f"{slack.app_url}/metrics", TOKEN))[0] == 404


async def test_calls_of_slack_are_told_apart(monday: Clock, unused_tcp_port_factory: object) -> None:
    """429 and no answer; the paths of files and response addresses, which are secrets, are no labels."""
    app, measured = web.Application(), Measurements(monday)

    async def limited(_: web.Request) -> web.Response:
        return web.Response(status=429)

    app.add_routes([web.post("/api/chat.postMessage", limited), web.post("/{path:.*}", limited)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    nobody = f"http://127.0.0.1:{unused_tcp_port_factory()}"  # type: ignore[operator]
    async with http_session(f"{base}/api/", measured_calls(measured, f"{base}/api/")) as session:
        for path in ("/api/chat.postMessage", "/api/chat.postMessage", "/upload/secret", "/api/files/secret"):
            await session.post(base + path)
        await session.post(f"http://localhost:{runner.addresses[0][1]}/api/chat.postMessage")
    async with http_session(f"{nobody}/api/", measured_calls(measured, f"{nobody}/api/")) as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.post(f"{nobody}/api/auth.test")
    await runner.cleanup()
    found = values(measured.page())
    assert {key[1:]: value for key, value in found.items() if key[0] == "slack_call_seconds_count"} == {
        ("chat.postMessage", "429"): 2,
        ("other", "429"): 3,
        ("auth.test", "none"): 1,
    }


def test_ages_are_as_of_now_and_what_can_not_be_read_is_left_out(monday: Clock) -> None:
    """Also between two looks, and never below zero."""
    now = [monday()]
    measured = Measurements(lambda: now[0])
    assert values(measured.page())["store_up",] == 0
    measured.backlog = Backlog({"pending": 2}, {"pending": now[0] - timedelta(seconds=5)}, {"refused": 1})
    measured.data_until = {"orders": now[0] - timedelta(hours=1), "leads": now[0] + timedelta(hours=1)}
    now[0] += timedelta(seconds=10)
    found = values(measured.page())
    assert found["delivery_oldest_seconds", "pending"] == 15
    assert found["incidents", "refused"] == 1
    assert found["data_age_seconds", "orders"] == 3610
    assert found["data_age_seconds", "leads"] == 0
    measured.backlog = measured.data_until = None
    found = values(measured.page())
    assert found["store_up",] == found["database_up",] == 0
    assert not [key for key in found if key[0] in ("deliveries", "data_age_seconds")]


def test_the_looks_count_what_is_due(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """By state and workspace; what is over, or isn't due yet, has no age."""
    engine = database.open_store(f"sqlite:///{tmp_path / 's.sqlite'}")
    database.migrate(engine)
    now, measured = monday(), Measurements(monday)
    rows, others = Deliveries(engine, "T0"), Deliveries(engine, "T1")
    for hours in (-2, -1, 5):
        rows.plan(What("weekly", f"{hours}", SALES), now + timedelta(hours=hours), now)
    others.plan(What("weekly", "old", SALES), now - timedelta(days=9), now)
    for period, due, state in (("sent", -9, State.SENT), ("held", 5, State.HELD)):
        rows.plan(What("weekly", period, SALES), now + timedelta(hours=due), now, state=state)
    for workspace in ("T0", "T1"):
        found_wrong = [
            Trouble(Kind.REFUSED, "weekly", "not_in_channel", ANNA, now, period=str(number))
            for number in range(2)
        ]
        IncidentBook(engine, workspace).note(found_wrong, now)
    over, *_ = IncidentBook(engine, "T0").open_ones()
    IncidentBook(engine, "T0").end([over.id], now, is_told=True)
    look = StandingLook(engine, "T0", demo_services, measured, monday)
    look.look_at_store()
    found = values(measured.page())
    counted = {key[1]: value for key, value in found.items() if key[0] == "deliveries" and value}
    assert counted == {"pending": 3, "sent": 1, "held": 1}
    assert found["deliveries", "unknown"] == 0
    ages = {key[1]: value for key, value in found.items() if key[0] == "delivery_oldest_seconds"}
    assert ages == {"pending": 2 * 3600}
    assert found["incidents", "refused"] == 1
    assert found["incidents", "token"] == 0
    engine.dispose()


def test_a_store_and_a_database_that_are_away_are_said(
    demo_services: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The last numbers don't stand there as if they were new."""
    measured = Measurements(monday)
    measured.backlog, measured.data_until = Backlog({"pending": 2}, {}, {}), {"orders": monday()}
    engine = database.open_store(f"sqlite:///{tmp_path / 's.sqlite'}")  # without tables
    down = SqlWarehouse("postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
    services = demo_services.engine.beside("sales", down)
    look = StandingLook(engine, "T0", replace(demo_services, engine=services), measured, monday)
    with caplog.at_level(logging.WARNING):
        look.look_at_store()
        look.look_at_data()
    assert measured.backlog is None
    assert measured.data_until is None
    assert "127.0.0.1" not in caplog.text
    down.close()
    engine.dispose()
