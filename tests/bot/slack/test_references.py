"""One reference from Slack's request to the answer, the audit and the error."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation import dispatch as dispatching
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.logs import TextFormatter
from bot.slack.requests import Turn, traced
from bot.store import database
from bot.store.audit import AuditRows, Entry
from bot.workspace.services import Services
from tests.bot.world import ANNA, SALES, Mode, World, world
from tests.shop import BRUSSELS


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the log has, line by line."""
    written, own = io.StringIO(), logging.getLogger("bot")
    handler = logging.StreamHandler(written)
    handler.setFormatter(TextFormatter(BRUSSELS, with_tracebacks=False))
    before = own.level
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    yield written
    own.removeHandler(handler)
    own.setLevel(before)


def with_reference(lines: io.StringIO, reference: str) -> list[str]:
    return [line for line in lines.getvalue().splitlines() if f"[{reference}]" in line]


def audited(path: Path) -> list[Entry]:
    engine = database.open_store(f"sqlite:///{path}")
    found = list(AuditRows(engine, "T0DEMO").newest(100))
    engine.dispose()
    return found


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_an_apology_leads_to_the_request(
    mode: Mode,
    demo_services: Services,
    monday: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lines: io.StringIO,
) -> None:
    """The error, which happens on another thread, how long the request took, and the row of the audit."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(dispatching, "_answers", broken)
    path = tmp_path / "store.sqlite"
    async with world(mode, demo_services, monday, path) as slack:
        answer = await slack.say("sales by region")
        found = re.search(r"[0-9a-f]{8}", answer.text)
        assert found
        await slack.until(lambda: "took" in lines.getvalue())
    error, took = with_reference(lines, found[0])
    assert "ZeroDivisionError" in error
    assert re.search(r"a request \(command \S+\) took \d+ ms$", took)
    assert [entry.reference for entry in audited(path)] == [found[0]]
    assert "region" not in lines.getvalue()


async def test_each_request_has_its_own(
    demo_services: Services, monday: Clock, tmp_path: Path, lines: io.StringIO
) -> None:
    """An event names Slack's own id of it; a copy of it is no request."""
    path = tmp_path / "store.sqlite"
    async with world("http", demo_services, monday, path) as slack:
        await slack.say("sales")
        await mentioned(slack, "leads")
        await slack.until(lambda: lines.getvalue().count(" took ") == 2)
    references = [entry.reference for entry in audited(path)]
    assert len({*references}) == len(references) == 2
    leads, _ = references  # the newest comes first
    (took,) = with_reference(lines, leads)
    assert re.search(rf"a request \(mention {SALES}:[\d.]+\) took \d+ ms$", took)


def test_a_press_is_not_told_with_what_it_is_about() -> None:
    """The key of a press has the value of its button, which may be a question."""

    async def nowhere(_: Message) -> None:
        raise AssertionError

    asked = Turn(ANNA, SALES, "sales rep:anna", "action", nowhere, "press:1.2:again:sales rep:anna:U0ANNA")
    assert traced(asked) == "action"
    assert traced(replace(asked, key=None)) == "action"
    assert traced(replace(asked, via="command", key="command:1.2.3")) == "command 1.2.3"


async def mentioned(slack: World, words: str) -> None:
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.message(SALES, ANNA, f"@kpi-bot {words}", None)
    await slack.message_after(count + 1)
