"""Always an answer: the bot says that a question is slow, it can be cancelled, and ends in an answer or a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.app import Bot
from bot.conversation.dispatch import dispatch
from bot.conversation.lighter_questions import lighter
from bot.playground.slack_validators import message_violations
from bot.playground.workspace import Json, Posted
from bot.render.message import Message
from bot.render.waiting import Cancelling, cancelled_message, carried_by, over_message, working_message
from bot.runtime.clock import Clock
from bot.runtime.pool import BusyError, Pool
from bot.store import database
from bot.store.audit import AuditRows
from bot.store.seen import Seen
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.language.parser import canonical, normalised, parse
from tests.bot.held import held_services
from tests.bot.in_slack import in_slack
from tests.bot.world import ANNA, DIRECT, GUEST, LEAD, SALES, World, world

LINE, CANONICAL = "sales by region last month", "sales by region 2026-10"
FIRST = "leads 2026-09"


class Slow:
    """The demo company over a database that is held, and a patience that ends when a test says so."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self.services, self.warehouse = held_services(services, clock)
        self.patience = asyncio.Event()

    def hold(self) -> None:
        """Let the next statements wait, and lose patience at once."""
        self.warehouse.held = True
        self.patience.set()


@pytest.fixture
def slow(demo_services: Services, monday: Clock) -> Iterator[Slow]:
    found = Slow(replace(demo_services, demo=False), monday)
    yield found
    found.warehouse.held = found.warehouse.endless = False
    found.warehouse.released.set()
    found.warehouse.close()


@asynccontextmanager
async def opened(slow: Slow, clock: Clock, path: Path, **changes: Any) -> AsyncIterator[World]:
    """Connect the bot over Socket Mode, where everybody may ask, and let it read the names once."""
    roles = replace(slow.services.roles, default="admin", are_reps_told=False)
    services, patience = replace(slow.services, roles=roles), slow.patience.wait
    async with world("socket", services, clock, path / "store.sqlite", patience=patience, **changes) as slack:
        if not slow.warehouse.endless:
            await slack.say(FIRST)
            slack.workspace.messages, slack.workspace.calls = [], []
        yield slack


def of_bot(slack: World) -> list[Posted]:
    return [entry for entry in slack.workspace.messages if entry.user == slack.workspace.bot_user]


def buttons(message: Posted) -> dict[str, str]:
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return {entry["text"]["text"]: entry["value"] for row in rows for entry in row["elements"]}


def now(slack: World, message: Posted) -> Posted:
    found = slack.workspace.find(message.channel, message.ts)
    assert found
    return found


def audited(path: Path) -> list[tuple[str, str]]:
    engine = database.open_store(f"sqlite:///{path / 'store.sqlite'}")
    try:
        found = reversed(AuditRows(engine, "T0DEMO").newest(50))
        return [(row.question, row.outcome) for row in found if row.question != FIRST]
    finally:
        engine.dispose()


def calls(slack: World, method: str) -> list[Json]:
    return [call.request for call in slack.workspace.calls if call.method == method]


async def ask_in(slack: World, channel: str, text: str) -> Posted:
    """Write a message and return the bot's first of it."""
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.message(channel, ANNA, text, None)
    return await slack.message_after(count + 1)


# spoken of


@pytest.mark.parametrize(
    ("line", "part"),
    [(LINE, "Sales, October 2026"), ("why sales 2026-06", "The change by"), ("summary weekly", "Week 47")],
)
async def test_a_slow_command_is_spoken_of_and_answered(
    line: str, part: str, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """To the asker alone; Slack replaces no private message by itself, so the answer comes below, once."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        working = await slack.say(line)
        assert working.text == f"Still working on `{line}`… The answer comes as a new message."
        assert working.private_to == ANNA
        assert list(buttons(working)) == ["Cancel"]
        slow.warehouse.released.set()
        answer = await slack.message_after(1)
        assert part in answer.text
        assert answer.private_to == ANNA
        assert len(of_bot(slack)) == 2
        assert len(calls(slack, "response_url")) == 2
        assert not message_violations({"text": working.text, "blocks": working.blocks})


async def test_a_quick_question_is_never_spoken_of(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Its answer is all that comes, however soon the patience ends after it."""
    async with opened(slow, monday, tmp_path) as slack:
        assert "Sales, October 2026" in (await slack.say(LINE)).text
        slow.patience.set()
        await slack.until(lambda: not asyncio.all_tasks() & _working())
        assert len(of_bot(slack)) == 1


def _working() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if "_work" in str(task.get_coro())}


@pytest.mark.parametrize(("channel", "before"), [(SALES, "@kpi-bot "), (DIRECT, "")])
async def test_an_answer_takes_the_place_of_what_was_posted(
    channel: str, before: str, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """By mention (in its thread) and by direct message, so that nothing is said twice."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        working = await ask_in(slack, channel, before + LINE)
        assert working.text == f"Still working on `{LINE}`…"
        slow.warehouse.released.set()
        await slack.until(lambda: "Sales, October 2026" in now(slack, working).text)
        assert [entry.ts for entry in of_bot(slack)] == [working.ts]
        assert now(slack, working).thread == (slack.workspace.messages[0].ts if before else None)
        assert "Cancel" not in buttons(now(slack, working))


async def test_an_answer_whose_place_is_gone_is_posted_again(
    slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """Somebody deleted the message meanwhile."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        working = await ask_in(slack, SALES, f"@kpi-bot {LINE}")
        slack.workspace.messages = [entry for entry in slack.workspace.messages if entry.ts != working.ts]
        slow.warehouse.released.set()
        answer = await slack.message_after(1)
        assert "Sales, October 2026" in answer.text
        assert answer.thread == slack.workspace.messages[0].ts


async def test_a_slow_press_is_spoken_of(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """To the one who pressed, and the message that was pressed stays as it was."""
    async with opened(slow, monday, tmp_path) as slack:
        first = await slack.say(LINE)
        slow.hold()
        await slack.press(first, "Only the total")
        working = await slack.message_after(1)
        assert "Still working on `sales 2026-10`" in working.text
        slow.warehouse.released.set()
        assert "Sales, October 2026" in (await slack.message_after(2)).text
        assert now(slack, first) == first


async def test_a_slow_press_on_the_home_tab_becomes_its_answer(
    slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """It is answered in a direct message, which is no private one: the answer takes its place."""
    async with opened(slow, monday, tmp_path) as slack:
        assert slack.sender
        await slack.sender.open_home(ANNA)
        await slack.until(lambda: ANNA in slack.workspace.homes)
        slow.hold()
        button = {"type": "button", "action_id": "ask:0", "value": LINE}
        await slack.sender.click_home(ANNA, "examples", button)
        working = await slack.message_after(0)
        assert (working.channel, working.text) == (DIRECT, f"Still working on `{LINE}`…")
        slow.warehouse.released.set()
        await slack.until(lambda: "Sales, October 2026" in now(slack, working).text)
        assert len(of_bot(slack)) == 1


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "line", ["", "x" * 5000, "sales &lt;!channel&gt; *rep*:`a` <!here>", "sales &lt;@U0ANNA&gt;", "ù" * 1985]
)
def test_what_is_said_meanwhile_fits_and_pings_nobody(
    line: str, language: str, demo_services: Services
) -> None:
    """Whatever was typed, and however long, it can be cancelled by the one who asked."""
    sentences = demo_services.sentences(language)
    asked = Cancelling("0123456789abcdef", ANNA, normalised(line))
    working = working_message(asked, sentences, stays=True)
    (value,) = _lines(working).values()
    carried = carried_by(value)
    assert (carried.token, carried.user) == (asked.token, ANNA)
    assert carried.line in ("", asked.line)
    for message in (working, cancelled_message(asked.line, sentences), over_message(carried.line, sentences)):
        content = {"text": in_slack(message).text, "blocks": list(in_slack(message).blocks)}
        assert not message_violations(content)
        shown = in_slack(message).text + str(in_slack(message).blocks[0])
        assert not any(sign in shown for sign in ("<!", "<@", "&amp;lt;", "{question}"))


async def test_two_questions_of_one_person_run_side_by_side(
    slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """The second is answered while the first is held; each says its question."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.warehouse.held = True
        assert slack.sender
        await slack.sender.command(SALES, ANNA, f"/kpi {LINE}")
        await slack.until(lambda: slow.warehouse.waiting > 0)
        slow.warehouse.held = False
        assert (await slack.say("leads last month")).text.startswith("leads 2026-10")
        slow.warehouse.released.set()
        assert (await slack.message_after(1)).text.startswith("sales by region 2026-10")


# cancelled


@pytest.mark.parametrize("channel", [None, SALES, DIRECT])
async def test_cancel_ends_a_statement_that_never_ends(
    channel: str | None, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """The message says so, the only thread is free, the audit knows; the button asks again."""
    async with opened(slow, monday, tmp_path, kpi_pool_size=1) as slack:
        slow.warehouse.endless = True
        slow.patience.set()
        text = f"@kpi-bot {LINE}" if channel == SALES else LINE
        working = await (ask_in(slack, channel, text) if channel else slack.say(LINE))
        await slack.until(lambda: slow.warehouse.waiting > 0)
        await slack.press(working, "Cancel")
        await slack.until(lambda: now(slack, working).text == f"Cancelled: `{LINE}`")
        assert buttons(now(slack, working)) == {"Ask again": LINE}
        count = len(slack.workspace.messages)
        slow.warehouse.endless = False
        slow.patience.clear()
        await slack.press(working, "Ask again")
        assert "Sales, October 2026" in (await slack.message_after(count)).text
        assert len(slack.workspace.messages) == count + 1
    assert audited(tmp_path) == [(CANONICAL, "cancelled"), (CANONICAL, "answered")]


async def test_the_names_are_read_before_anybody_asks(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """So the first window has its lists at once."""
    async with world("socket", slow.services, monday, tmp_path / "store.sqlite") as slack:
        await slack.until(lambda: slow.warehouse.answered > 0)
        assert slack.workspace.messages == []


async def test_a_question_in_the_queue_is_dropped(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """It never runs, gives its place to others, and the audit knows."""
    async with opened(slow, monday, tmp_path, kpi_pool_size=1) as slack:
        slow.hold()
        await slack.say(LINE)
        await slack.until(lambda: slow.warehouse.waiting == 1)
        queued = await slack.say("leads last month")
        await slack.press(queued, "Cancel")
        await slack.until(lambda: now(slack, queued).text == "Cancelled: `leads last month`")
        slow.warehouse.released.set()
        slow.patience.clear()
        assert (await slack.message_after(2)).text.startswith("sales by region 2026-10")
        assert (await slack.say("orders last month")).text.startswith("orders 2026-10")
        assert len(of_bot(slack)) == 4
    assert audited(tmp_path) == [
        ("leads last month", "cancelled"),
        (CANONICAL, "answered"),
        ("orders 2026-10", "answered"),
    ]


@pytest.mark.parametrize("other", [LEAD, GUEST])
async def test_only_who_asked_can_cancel(other: str, slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Another reader of the channel, a guest too, is told so, and the answer comes."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        working = await ask_in(slack, SALES, f"@kpi-bot {LINE}")
        count = len(slack.workspace.messages)
        await slack.press(working, "Cancel", other)
        told = await slack.message_after(count)
        assert told.text == "Only the person who asked can cancel a question."
        assert told.private_to == other
        slow.warehouse.released.set()
        await slack.until(lambda: "Sales, October 2026" in now(slack, working).text)


async def test_who_waits_for_anothers_reading_of_the_names_can_cancel(
    slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """Right after a start one question reads the names and others wait for it; none keeps its thread."""
    slow.warehouse.endless = True
    slow.patience.set()
    async with opened(slow, monday, tmp_path, kpi_pool_size=2) as slack:
        first = await slack.say(LINE)
        await slack.until(lambda: slow.warehouse.waiting > 0)
        second = await slack.say("leads last month")
        await slack.press(second, "Cancel")
        await slack.until(lambda: audited(tmp_path) == [("leads last month", "cancelled")])
        await slack.press(first, "Cancel")
        await slack.until(lambda: audited(tmp_path)[1:] == [(LINE, "cancelled")])


async def test_cancel_pressed_twice_acts_once(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """The second press changes nothing, within seconds as after minutes."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        working = await ask_in(slack, SALES, f"@kpi-bot {LINE}")
        for _ in range(2):
            await click(slack, working)
        await slack.until(lambda: now(slack, working).text.startswith("Cancelled"))
        await slack.say("help")
        assert len(calls(slack, "chat.update")) == 1
        # on a busy machine help may be called slow as well, which is another message
        assert [entry.text for entry in of_bot(slack) if LINE in entry.text] == [now(slack, working).text]


async def click(slack: World, message: Posted) -> None:
    """Press the button of a message as it was, whatever it is now."""
    assert slack.sender
    row = next(block for block in message.blocks if block["type"] == "actions")
    await slack.sender.click(message.channel, ANNA, message.ts, row["block_id"], row["elements"][0])


@pytest.mark.parametrize("is_public", [True, False])
async def test_cancel_pressed_too_late_leaves_the_answer(
    is_public: bool, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """A post that became the answer stays that; a private message that stayed says that it is over, for weeks."""
    passed = timedelta()
    async with opened(slow, lambda: monday() + passed, tmp_path) as slack:
        slow.hold()
        working = await (ask_in(slack, SALES, f"@kpi-bot {LINE}") if is_public else slack.say(LINE))
        slow.warehouse.released.set()
        await slack.until(lambda: any("Sales, October" in entry.text for entry in of_bot(slack)))
        answer = next(entry for entry in of_bot(slack) if "Sales, October" in entry.text)
        passed = timedelta(days=30)
        await click(slack, working)
        over = f"`{LINE}` is no longer running: it was answered or cancelled."
        await slack.until(lambda: any(entry.text == over for entry in of_bot(slack)))
        assert now(slack, answer) == answer
        assert len(of_bot(slack)) == 2
        assert next(entry for entry in of_bot(slack) if entry.text == over).private_to == ANNA


async def test_cancel_reaches_another_process(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Slack hands a press to any connection: the one that works on the question looks in the store."""
    async with opened(slow, monday, tmp_path) as slack:
        slow.warehouse.endless = True
        slow.patience.set()
        working = await ask_in(slack, SALES, f"@kpi-bot {LINE}")
        await slack.until(lambda: slow.warehouse.waiting > 0)
        store = database.open_store(f"sqlite:///{slack.store}")
        stop, ready = asyncio.Event(), asyncio.Event()
        other = Bot(slack.settings, slack.services, store, monday, slow.patience.wait)
        running = asyncio.create_task(other.run(stop, ready=lambda _: ready.set(), every=3600))
        await slack.until(lambda: ready.is_set() and slack.standin.connections == 2)
        await click(slack, working)  # the newest connection takes it
        await slack.until(lambda: now(slack, working).text == f"Cancelled: `{LINE}`")
        await slack.until(lambda: (CANONICAL, "cancelled") in audited(tmp_path))
        stop.set()
        await running
        store.dispose()


async def test_slow_questions_are_looked_up_together(
    slow: Slow, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself, a hundred of them would keep the store from the requests that begin."""
    taken_of, counts = Seen.taken_of, list[int]()

    def counted(seen: Seen, keys: Collection[str], now: datetime) -> frozenset[str]:
        counts.append(len(keys))
        return taken_of(seen, keys, now)

    monkeypatch.setattr(Seen, "taken_of", counted)
    async with opened(slow, monday, tmp_path) as slack:
        slow.hold()
        for month in range(1, 6):
            await slack.standin.send("slash_commands", slack.command_payload(f"sales 2026-{month:02}"))
        await slack.until(lambda: 5 in counts)
        slow.warehouse.released.set()
        await slack.until(lambda: len(of_bot(slack)) == 10)


async def test_a_cancel_button_of_a_bot_that_was_killed(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Nobody works on it any more; the message is put right, and the line can be asked again."""
    async with opened(slow, monday, tmp_path) as slack:
        first = await ask_in(slack, SALES, "@kpi-bot help")
        button = {"type": "button", "action_id": "cancel", "value": f"0123456789abcdef {ANNA} {LINE}"}
        assert slack.sender
        await slack.sender.click(SALES, ANNA, first.ts, "working", button)
        await slack.until(lambda: now(slack, first).text == f"Cancelled: `{LINE}`")
        assert buttons(now(slack, first)) == {"Ask again": LINE}


# full, stopping, too slow, down


async def test_a_full_queue_says_so_at_once(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """With a button that carries the line."""
    async with opened(slow, monday, tmp_path, kpi_pool_size=1) as slack:
        slow.warehouse.held = True
        await asyncio.gather(
            *(slack.standin.send("slash_commands", slack.command_payload(LINE)) for _ in range(18))
        )
        refused = await slack.message_after(0)
        assert refused.text.startswith("Too many questions at once. Ask again in a")
        assert buttons(refused) == {"Try again": LINE}
        assert len(of_bot(slack)) == 1
        slow.warehouse.released.set()
        await slack.until(lambda: len(of_bot(slack)) == 18)
        slow.warehouse.held = False
        await slack.press(refused, "Try again")
        assert "Sales, October 2026" in (await slack.message_after(18)).text


@pytest.mark.parametrize("is_spoken_of", [True, False])
async def test_who_waits_when_the_bot_stops_is_told(
    is_spoken_of: bool, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """Within the grace time, whether the question runs or waits in the queue; the statement ends too."""
    async with opened(slow, monday, tmp_path, kpi_pool_size=1) as slack:
        slow.warehouse.endless = True
        assert slack.sender
        if is_spoken_of:
            slow.patience.set()
        await slack.sender.message(SALES, ANNA, f"@kpi-bot {LINE}", None)
        await slack.until(lambda: slow.warehouse.waiting > 0)
        await slack.sender.command(SALES, LEAD, "/kpi leads last month")
        await slack.until(lambda: len(of_bot(slack)) == (2 if is_spoken_of else 0))
        slack.stop.set()
        told = "I'm restarting. Ask again in a minute."
        await slack.until(lambda: sum(told in entry.text for entry in of_bot(slack)) == 2, seconds=10)
    again = [buttons(entry) for entry in of_bot(slack) if told in entry.text]
    assert {"Try again": "leads last month"} in again
    assert {"Try again": LINE} in again
    # the two end at the same time, in either order
    assert sorted(audited(tmp_path)) == [("leads last month", "failed"), (CANONICAL, "cancelled")]


def _dispatched(line: str, services: Services, clock: Clock) -> Message:
    return dispatch(Request("", "", "", line, "cli", clock(), "en"), services)


def _lines(message: Message) -> dict[str, str]:
    rows = [block for block in in_slack(message).blocks if block["type"] == "actions"]
    return {entry["text"]["text"]: entry["value"] for row in rows for entry in row["elements"]}


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("sales by customer last 12 months", ["sales by customer 2026-10", "sales 2025-11..2026-10"]),
        ("why sales 2026-Q3", ["why sales 2026-09"]),
        ("sales by customer last month", ["sales 2026-10"]),
    ],
)
def test_a_question_that_took_too_long_says_what_to_try(
    line: str, lines: list[str], demo_services: Services, monday: Clock
) -> None:
    """The real time-out of an endless statement; the lines ask for one month, or without groups."""
    services, warehouse = held_services(replace(demo_services, demo=False), monday, timeout=0.2)
    warehouse.endless = True
    message = _dispatched(line, services, monday)
    assert "took longer than 0.2 seconds" in in_slack(message).text
    assert "shorter period or fewer groups" in in_slack(message).text
    assert list(_lines(message).values()) == lines
    assert all(entry in in_slack(message).text for entry in lines)
    for entry in lines:
        assert "Sales, " in in_slack(_dispatched(entry, demo_services, monday)).text
    warehouse.close()


def test_a_summary_that_took_too_long_can_be_tried_again(demo_services: Services, monday: Clock) -> None:
    """There is nothing smaller to ask."""
    services, warehouse = held_services(replace(demo_services, demo=False), monday, timeout=0.2)
    warehouse.endless = True
    assert _lines(_dispatched("summary weekly", services, monday)) == {"Try again": "summary weekly"}
    warehouse.close()


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("sales", []),
        ("sales per month", ["sales 2026-10"]),
        ("sales all time", ["sales 2026-10"]),
        ("sales ytd per week", ["sales per week 2026-10"]),
        ("sales last week by rep top 3", ["sales 2026-W47"]),
        ("sales this month", []),
        ("sales 2025", ["sales 2025-12"]),
        ("sales 2027", []),
        ("sales by rep,region", ["sales"]),
    ],
)
def test_lighter_questions(line: str, lines: list[str], demo_services: Services, monday: Clock) -> None:
    """The last month that is over; what is of a month or less has none, what hasn't begun neither."""
    today = monday().date()
    query = parse(
        line,
        demo_services.catalogue,
        demo_services.members(monday()),
        demo_services.asker("", monday()),
        today,
    )
    assert [canonical(less) for less in lighter(query, today)] == lines


def test_a_database_that_is_down_says_so_without_its_address(demo_services: Services, monday: Clock) -> None:
    """And can be tried again."""
    down = SqlWarehouse("postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
    services = replace(demo_services, engine=demo_services.engine.beside("sales", down))
    message = _dispatched(LINE, services, monday)
    assert "The sales database (PostgreSQL) isn't responding." in in_slack(message).text
    assert _lines(message) == {"Try again": LINE}
    assert not any(part in str(message) for part in ("secret", "127.0.0.1", "postgresql", "psycopg"))
    down.close()


# buttons of last month


async def test_a_button_whose_response_address_expired(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Half an hour after the press Slack takes no answer there: it comes in the channel, to that person alone."""
    async with opened(slow, monday, tmp_path) as slack:
        first = await slack.say(LINE)
        slow.warehouse.held = True
        await slack.press(first, "Only the total")
        await slack.until(lambda: slow.warehouse.waiting > 0)
        for address in slack.standin._addresses.values():
            address.until -= timedelta(hours=1)
        slow.warehouse.released.set()
        answer = await slack.message_after(1)
        assert "Sales, October 2026" in answer.text
        assert answer.private_to == ANNA
        assert len(calls(slack, "chat.postEphemeral")) == 1


async def test_a_button_in_a_channel_that_is_gone(slow: Slow, monday: Clock, tmp_path: Path) -> None:
    """Neither the address nor the channel takes it: it comes as a direct message."""
    async with opened(slow, monday, tmp_path) as slack:
        await slack.standin.send("interactive", old_press(slack, {"action_id": "ask:0", "value": LINE}))
        answer = await slack.message_after(0)
        assert "Sales, October 2026" in answer.text
        assert answer.channel == DIRECT


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ({"action_id": "chart:line", "value": "x"}, "That button is from an older version of this bot."),
        ({"action_id": "cancel", "value": f"gone {ANNA} {LINE}"}, f"Cancelled: `{LINE}`"),
        ({"action_id": "cancel"}, "Only the person who asked can cancel a question."),
        ({"action_id": "ask:9", "value": "revenues last month"}, "I don't know “revenues”"),
    ],
)
async def test_an_old_button_works_or_says_why_not(
    action: Json, part: str, slow: Slow, monday: Clock, tmp_path: Path
) -> None:
    """Of a message that nobody knows any more, with an action or a line of an older version."""
    async with opened(slow, monday, tmp_path) as slack:
        await slack.standin.send("interactive", old_press(slack, action))
        assert part in (await slack.message_after(0)).text


def old_press(slack: World, action: Json) -> Json:
    """Return a press in a message of last month, in a channel that is gone."""
    ts = f"{(slack.clock() - timedelta(days=30)).timestamp():.6f}"
    return {
        "type": "block_actions",
        "team": {"id": slack.workspace.team},
        "user": {"id": ANNA},
        "channel": {"id": "C0GONE"},
        "container": {"type": "message", "message_ts": ts, "channel_id": "C0GONE", "is_ephemeral": False},
        "trigger_id": slack.workspace.new_trigger(ANNA),
        "response_url": f"{slack.base}/response/unknown",
        "actions": [{"type": "button", "block_id": "next", **action}],
    }


# the pool


async def test_the_pool_tells_how_long_its_queue_lasts() -> None:
    """By how long jobs took before: two wait for one thread, ten seconds each, then minutes."""
    for took, said in ((10.0, "in about 30 seconds"), (100.0, "in about 5 minutes")):
        seconds = iter([0.0, took] * 4)
        pool, held = Pool(1, waiting=2, seconds=partial(next, seconds)), Event()
        await pool.run(int)
        hold = partial(held.wait, 20)
        running = [asyncio.create_task(pool.run(hold)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match=said):
            await pool.run(int)
        running[2].cancel()
        await asyncio.gather(running[2], return_exceptions=True)
        running.append(asyncio.create_task(pool.run(hold)))
        await asyncio.sleep(0)
        held.set()
        done = await asyncio.gather(*running, return_exceptions=True)
        assert [type(entry) for entry in done] == [bool, bool, asyncio.CancelledError, bool]
        await pool.close(1)
