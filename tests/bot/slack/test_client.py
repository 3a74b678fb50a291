"""Questions through real connections: HTTP with signatures, and Socket Mode over a WebSocket."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.render import block_kit
from bot.render.block_kit import Payload
from bot.render.document import Answered
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.workspace.members import MemberIndex
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.engine import Engine
from tests.bot.world import ANNA, DIRECT, GUEST, SALES, SECRET, Mode, SocketStandIn, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


@BOTH
async def test_a_command_is_answered_privately(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The first question of the README, with its number in text and blocks."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        answer = await slack.say("conversion rep:anna")
    assert answer.private_to == ANNA
    assert "Conversion, Anna de Vries, July 2026" in answer.text
    shown = json.dumps(answer.blocks, ensure_ascii=False)
    assert "of" in answer.text
    assert "%" in shown
    assert "Demo data" in answer.text


@BOTH
async def test_unknown_words_come_with_suggestions_that_work(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A typo is answered with buttons; pressing one asks the whole question."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        wrong = await slack.say("conversoin rep:anna")
        assert "I don't know “conversoin”" in wrong.text
        buttons = next(block for block in wrong.blocks if block["type"] == "actions")["elements"]
        assert buttons[0]["value"] == "conversion rep:anna"
        if mode == "http":
            assert slack.sender
            count = len(slack.workspace.messages)
            await slack.sender.click(SALES, ANNA, wrong.ts, "suggestions", buttons[0])
            right = await slack.message_after(count)
            assert "Conversion, Anna de Vries" in right.text
            assert right.private_to == ANNA


async def test_a_button_pressed_twice_acts_once(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The second press within seconds is dropped."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        answer = await slack.say("sales")
        row = next(block for block in answer.blocks if block["type"] == "actions")
        button = next(entry for entry in row["elements"] if entry["text"]["text"] == "Last 12 months")
        count = len(slack.workspace.messages)
        for _ in range(2):
            await slack.sender.click(SALES, ANNA, answer.ts, "next", button)
        await slack.message_after(count)
        other = await slack.say("leads")
        assert [message.text[:5] for message in slack.workspace.messages[count:]] == ["sales", other.text[:5]]


async def test_a_button_says_what_a_number_means(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Under each answer, for the person who presses."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        answer = await slack.say("conversion")
        count = len(slack.workspace.messages)
        await slack.press(answer, "Definition")
        said = await slack.message_after(count)
        assert "of the leads created" in said.text
        assert said.private_to == ANNA


async def test_a_mention_is_answered_in_its_thread(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The same grammar after the bot's name; a copy of the event is dropped."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        await slack.sender.message(SALES, ANNA, "@kpi-bot sales last month", None)
        answer = await slack.message_after(1)
        asked = slack.workspace.messages[0]
        assert answer.thread == asked.ts
        assert answer.private_to is None
        assert "Sales, October 2026" in answer.text
        await slack.sender._event({"type": "app_mention", "client_msg_id": "again"}, asked)
        await slack.say("help")
        assert sum("Sales, October 2026" in message.text for message in slack.workspace.messages) == 1


async def test_what_nobody_wrote_is_acknowledged_and_left_alone(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A mention by a workflow has no user, a broken event no channel: both are acknowledged."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        for event in ({"ts": "1.1", "channel": SALES, "text": "sales"}, {"user": ANNA, "text": "sales"}):
            body = {"type": "event_callback", "team_id": "T0DEMO", "event": {"type": "app_mention", **event}}
            await slack.sender._send("event app_mention", json.dumps(body), body, "application/json")
        await slack.say("help")
        assert len(slack.workspace.messages) == 1


async def test_a_direct_message_is_answered(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """What is written to the bot alone needs no name."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        await slack.sender.message(DIRECT, ANNA, "omzet deze maand", None)
        answer = await slack.message_after(1)
        assert "1–22 Nov 2026" in answer.text


@BOTH
async def test_a_guest_gets_a_sentence_and_no_figure(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Guests see nothing."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        answer = await slack.say("sales", user=GUEST)
    assert "guests can't see them" in answer.text
    assert "€" not in answer.text


async def test_my_numbers_for_nothing_typed(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """/kpi alone shows a known rep their own month."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        anna = next(
            user for user, rep in demo_services.index.names(monday()).people.items() if "Anna" in rep.label
        )
        slack.workspace.people = (replace(slack.workspace.people[0], user=anna), *slack.workspace.people[1:])
        answer = await slack.say("", user=anna)
        assert "Sales, Anna de Vries, 1–22 Nov 2026 (so far)" in answer.text
        nobody = await slack.say("", user="U0LEAD")
        assert "Ask me for a metric" in nobody.text


BAD = [
    ("flurbs", "I don't know “flurbs”"),
    ("sales rep:zzzz", "There is no rep “zzzz”"),
    ("sales planet:mars", "I can't filter by “planet”"),
    ("sales 2026-13", "There is no month 13."),
    ("x" * 10_000, "too long"),
    ("🦄🦄", "I don't know"),
    ("'; DROP TABLE reps; --", "I don't know"),
    ('sales rep:"\'; DROP TABLE reps; --"', "There is no rep"),
    ("leads by product", "can't be split by product"),
    ("sales csv sql", "Pick one: csv, xlsx, sql or share"),
    ("summary yearly", "There is no summary"),
    ("<!channel> sales", "I don't know"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD)
async def test_bad_input_gets_a_sentence(
    line: str, sentence: str, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Nothing but a sentence, whatever is typed; no ping, no SQL, no trace."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        answer = await slack.say(line)
    assert sentence in answer.text
    for forbidden in ("Traceback", "SELECT", "sqlite", "<!"):
        assert forbidden not in answer.text + json.dumps(answer.blocks)


async def test_a_stranger_on_the_request_address_gets_401(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A wrong signature, none, and a replay of a right one."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        url = f"{slack.app_url}/slack/events"
        for headers in (
            {},
            {"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=é"},
            {"X-Slack-Request-Timestamp": str(int(monday().timestamp())), "X-Slack-Signature": "v0=00"},
        ):
            async with slack.session.post(url, data=b"\xff\xfe", headers=headers) as response:
                assert response.status == 401
        async with slack.session.get(f"{slack.app_url}/readyz") as response:
            assert response.status == 200
            assert await response.json() == {"status": "ok", "database": "ok", "store": "ok", "token": "ok"}
        assert SECRET not in await (await slack.session.post(url)).text()


class SlowWarehouse(SqlWarehouse):
    """A database whose every statement waits until it is let go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        from threading import Event

        self.released = Event()
        self.waiting = 0

    def read(self, statement):  # type: ignore[no-untyped-def]
        self.waiting += 1
        assert self.released.wait(30)
        return super().read(statement)


@BOTH
async def test_slow_questions_delay_no_acknowledgement(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Twenty questions whose queries hang are all acknowledged at once, and answered when they can be."""
    from bot.playground.company import demo_database

    slow = SlowWarehouse(f"sqlite:///{demo_database(monday().date().replace(day=22))}")
    engine = Engine(
        demo_services.catalogue,
        {"sales": slow},
        zone=demo_services.zone,
        is_working_day=demo_services.calendar,
    )
    index = MemberIndex(engine)
    slow.released.set()
    index.names(monday())
    slow.released.clear()
    services = replace(demo_services, engine=engine, index=index)
    async with world(mode, services, monday, tmp_path / "store.sqlite") as slack:
        payloads = [slack.command_payload("sales") for _ in range(20)]
        if mode == "socket":
            acks = [await slack.standin.send("slash_commands", payload) for payload in payloads]
            assert max(seconds for _, seconds in acks) < 3
        else:
            assert slack.sender
            await asyncio.gather(*(slack.sender.command(SALES, ANNA, "/kpi sales") for _ in range(20)))
        await slack.until(lambda: slow.waiting >= 8)
        answered = sum("Sales," in message.text for message in slack.workspace.messages)
        assert answered == 0, "acknowledged while every query hangs"
        slow.released.set()
        await slack.until(lambda: len(slack.workspace.messages) >= 20)
    assert all("Sales, October 2026" in message.text for message in slack.workspace.messages)
    slow.close()


async def test_socket_mode_comes_back_after_an_abrupt_loss(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A cut connection is replaced well within ten seconds, and the next question is answered."""
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
        await slack.say("sales")
        await slack.standin.drop()
        await slack.until(lambda: slack.standin.connections == 2 and bool(slack.standin.sockets), seconds=10)
        assert "Sales," in (await slack.say("sales")).text


async def test_socket_mode_keeps_trying_at_start(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Slack says neither who we are nor where to connect at first; the bot asks again."""

    def refuse(standin: SocketStandIn) -> None:
        standin.refuse_auth = standin.refuse_open = 1

    async with world("socket", demo_services, monday, tmp_path / "store.sqlite", prepare=refuse) as slack:
        assert "Sales," in (await slack.say("sales")).text


async def test_an_answer_that_can_not_be_rendered_is_excused(
    demo_services: Services,
    monday: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours at the edge is one sentence with a reference, as in an answer itself."""
    real = block_kit.payload

    def broken(message: Message) -> Payload:
        if any(isinstance(part, Answered) for part in message.parts):
            raise ZeroDivisionError("secret detail")
        return real(message)

    monkeypatch.setattr(block_kit, "payload", broken)
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        answer = await slack.say("sales")
    assert "Something went wrong on my side" in answer.text
    assert "secret detail" not in answer.text
    reference = re.search(r"[0-9a-f]{8}", answer.text)
    assert reference
    assert reference.group() in caplog.text
