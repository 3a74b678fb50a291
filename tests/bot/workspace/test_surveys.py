"""The survey over a real connection: sent, answered, changed, explained, counted; nobody asked twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import MetaData, select, text

from bot.conversation.dispatch import answers_of
from bot.deliveries.survey_prompts import SurveyPrompts
from bot.playground.slack_validators import message_violations, view_violations
from bot.playground.workspace import Posted
from bot.render.message import Message
from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.deliveries import PROMPT, Deliveries, State
from bot.store.responses import ResponseBook
from bot.store.survey_records import Wave
from bot.store.tables import survey_responses
from bot.workspace.opening import services_of, with_store
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.posts import Contact
from tests.bot.conftest import MONDAY
from tests.bot.deliveries.by_hand import ByHand, OutletOf
from tests.bot.world import ANNA, GUEST, LEAD, Mode, World, world
from tests.shop import write_config, write_tables

MODES: list[Mode] = ["http", "socket"]
QUIET = timedelta(days=90)


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now


def survey_company(folder: Path) -> Services:
    """A company whose database has answers of its own, a dimension that the bot's answers lack, and a list."""
    answers = [
        (1, "2026-10-05", "2026-10-06 10:00:00", 9, 7, "Retail", "phone"),
        (2, "2026-10-05", "2026-10-07 10:00:00", 3, 8, "Retail", "mail"),
        (3, "2026-10-05", None, None, 8, "Industry", "mail"),
    ]
    tables = {
        "answers": (
            "id INTEGER, sent_at TEXT, answered_at TEXT, score INTEGER, rep_id INTEGER, segment TEXT, channel TEXT",
            answers,
        ),
        "reps": ("id INTEGER, name TEXT, slack TEXT", [(7, "Anna", ANNA), (8, "Bo", None)]),
    }
    url = write_tables(folder / "own.sqlite", tables)
    models = {
        "reps": "name: reps\ntable: reps\nkey: id\nmembers:\n  rep: {label: name, user: slack}\n",
        "nps_answers": """
name: nps_answers
table: answers
key: id
time: answered_at
zone: UTC
dimensions: {rep: rep_id, segment: segment, channel: channel}
measures:
  delivered: {agg: count, time: sent_at}
  answered: {agg: count, time: sent_at, where: "answered_at is not null"}
  answers: {agg: count, where: "score is not null"}
  promoters: {agg: count, where: "score >= 9"}
  detractors: {agg: count, where: "score <= 6"}
""",
    }
    config = write_config(folder / "config", models)
    (config / "surveys").mkdir()
    (config / "surveys" / "customers.yaml").write_text(
        f"""
name: customers
title: {{en: Customers}}
company: "Acme <Bikes>"
contacts:
  - {{user: {ANNA}, customer: 17, rep: 7, segment: Retail, region: 2}}
  - {{user: {GUEST}, rep: 8}}
""",
        encoding="utf-8",
    )
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    return replace(services_of(settings, url), roles=Roles(default="admin", are_reps_told=False))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Services]:
    with closing(survey_company(tmp_path)) as services:
        yield services


def _prompts(found: World, user: str) -> list[Posted]:
    place = found.workspace.channel(user)
    assert place
    return [message for message in found.workspace.messages if message.channel == place.channel]


async def _asked(found: World, user: str) -> Posted:
    """Wait until somebody has their question and return it."""
    await found.until(lambda: bool(_prompts(found, user)))
    return _prompts(found, user)[-1]


async def _becomes(found: World, message: Posted, words: str) -> Posted:
    """Wait until a message says something, and return it."""

    def now() -> Posted:
        shown = found.workspace.find(message.channel, message.ts)
        assert shown
        return shown

    await found.until(lambda: words in now().text)
    assert message_violations({"text": now().text, "blocks": list(now().blocks)}) == ()
    return now()


async def _send(found: World, line: str, user: str = LEAD) -> Posted:
    """Preview a sending and press its button."""
    preview = await found.say(line, user)
    label = next(
        entry["text"]["text"]
        for block in preview.blocks
        if block["type"] == "actions"
        for entry in block["elements"]
    )
    await found.press(preview, label, user)
    return preview


def _rows(found: World) -> list[dict[str, object]]:
    engine = database.open_store(f"sqlite:///{found.store}")
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(select(survey_responses)).mappings()]
    engine.dispose()
    return rows


@pytest.mark.parametrize("mode", MODES)
async def test_a_survey_is_sent_answered_and_counted(mode: Mode, own: Services, tmp_path: Path) -> None:
    """Over a real connection: a preview that sends nothing, the question, a click, an edit, a reason; then `nps`."""
    hand, store = Hand(), tmp_path / "store.sqlite"
    async with world(mode, own, hand, store, kpi_survey_senders=LEAD) as found:
        preview = await found.say("nps send customers", LEAD)
        assert preview.private_to == LEAD
        assert "I'll ask 2 people how likely they are to recommend Acme &lt;Bikes&gt;" in preview.text
        assert f"<@{ANNA}>" in preview.text
        assert _prompts(found, ANNA) == []
        assert _rows(found) == []

        await found.press(preview, "Send to 2 people", LEAD)
        sending = await _becomes(found, preview, "I'm asking 2 people now")
        assert not any(block["type"] == "actions" for block in sending.blocks)
        prompt = await _asked(found, ANNA)
        await _asked(found, GUEST)
        assert "recommend Acme &lt;Bikes&gt; to a friend or colleague?" in prompt.text
        assert "0 = not at all likely · 10 = extremely likely" in prompt.text
        (row,) = [block for block in prompt.blocks if block["type"] == "actions"]
        assert [entry["text"]["text"] for entry in row["elements"]] == [str(score) for score in range(11)]

        await found.press(prompt, "9")
        thanks = await _becomes(found, prompt, "Thank you! Your answer: 9 of 10.")
        await found.press(thanks, "Edit")
        again = await _becomes(found, prompt, "How likely is it")
        await found.press(again, "10")
        await _becomes(found, prompt, "Your answer: 10 of 10.")

        await found.press(thanks, "What is the main reason?")
        await found.until(lambda: ANNA in found.workspace.views)
        view = found.workspace.views[ANNA].content
        assert view_violations(dict(view)) == ()
        assert found.sender
        block = view["blocks"][0]
        typed = {block["block_id"]: {block["element"]["action_id"]: "They answer *at once* <3"}}
        await found.sender.submit(ANNA, typed)
        assert ANNA not in found.workspace.views
        explained = await _becomes(found, prompt, "They answer")
        assert "&lt;3" in explained.text

        # a guest answers as well: the customer of a shared channel is one
        await found.press(await _asked(found, GUEST), "4", GUEST)
        await _becomes(found, await _asked(found, GUEST), "Your answer: 4 of 10.")

        rows = {str(row["person"]): row for row in _rows(found)}
        assert (rows[ANNA]["score"], rows[ANNA]["reason"]) == (10, "They answer *at once* <3")
        assert (rows[ANNA]["customer"], rows[ANNA]["rep"], rows[ANNA]["segment"]) == ("17", "7", "Retail")
        assert rows[GUEST]["score"] == 4

        # the next day, beside the customer's own: in October 9 and 3, now 10 and 4
        hand.now += timedelta(days=1)
        answer = await found.say("nps this month")
        assert "too few answers for a score (2) (1 promoter, 0 passives, 1 detractor)" in answer.text
        rate = await found.say("response_rate since 2026-10")
        assert "4 of 5" in rate.text


async def test_the_answers_of_both_databases_add_by_every_dimension(own: Services, tmp_path: Path) -> None:
    """Keys that the store keeps as text are the customer's numbers; what one side lacks is "(none)".

    October: Anna's 9 by phone and Bo's 3 by mail in the customer's table; now Anna's 10 and Bo's 4 in the store.
    """
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    responses = ResponseBook(engine, "T1")
    contacts = own.catalogue.surveys["customers"].contacts
    responses.ask(Wave("w", "Acme", "U0"), contacts, MONDAY - timedelta(days=3), QUIET)
    for user, score in ((ANNA, 10), (GUEST, 4)):
        responses.delivered("w", user, MONDAY - timedelta(days=3))
        responses.answer("w", user, score, MONDAY - timedelta(days=2))
    ResponseBook(engine, "T2").ask(Wave("w", "Other", "U0"), contacts, MONDAY, QUIET)
    ResponseBook(engine, "T2").answer("w", ANNA, 0, MONDAY)
    services = with_store(own, Settings.load(env_file=None), engine, "T1")

    def counts(line: str) -> dict[object, tuple[float, ...]]:
        request = Request("T1", "", "", line, "cli", MONDAY, "en")
        (answer,) = answers_of(request, services)
        figures = {group.labels[0]: group.figure for group in answer.groups} or {"all": answer.figure}
        return {
            label: tuple((figure.parts or {})[name] for name in ("n", "promoters", "detractors"))
            for label, figure in figures.items()
        }

    assert counts("nps since 2026-10") == {"all": (4, 2, 2)}
    assert counts("nps since 2026-10 by rep") == {"Anna": (2, 2, 0), "Bo": (2, 0, 2)}
    assert counts("nps since 2026-10 rep:anna") == {"all": (2, 2, 0)}
    assert counts("nps since 2026-10 -rep:anna") == {"all": (2, 0, 2)}
    assert counts("nps since 2026-10 by segment") == {
        "Retail": (3, 2, 1),
        "Industry": (0, 0, 0),
        None: (1, 0, 1),
    }
    assert counts("nps since 2026-10 by channel") == {
        "phone": (1, 1, 0),
        "mail": (1, 0, 1),
        None: (2, 1, 1),
    }
    assert counts("nps since 2026-10 channel:phone") == {"all": (1, 1, 0)}
    assert counts("nps 2026-10") == {"all": (2, 1, 1)}
    services.engine.close_database("store")
    engine.dispose()


@pytest.mark.parametrize("mode", MODES)
async def test_a_score_is_stored_once_however_often_it_is_pressed(
    mode: Mode, own: Services, monday: Clock, tmp_path: Path
) -> None:
    """Two devices show the eleven buttons: the first press stands, whatever is pressed afterwards."""
    async with world(mode, own, monday, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        await _send(found, f"nps send <@{ANNA}>")
        prompt = await _asked(found, ANNA)
        (row,) = [block for block in prompt.blocks if block["type"] == "actions"]
        assert found.sender
        for score in (8, 8, 2):
            await found.sender.click(prompt.channel, ANNA, prompt.ts, row["block_id"], row["elements"][score])
        await _becomes(found, prompt, "Your answer: 8 of 10.")
        (stored,) = _rows(found)
        assert stored["score"] == 8


async def test_the_same_button_sends_once_and_nobody_is_asked_twice_in_90_days(
    own: Services, tmp_path: Path
) -> None:
    """Pressed twice, previewed again, and after a restart; on the ninetieth day they may be asked again."""
    hand, store = Hand(), tmp_path / "store.sqlite"
    async with world("http", own, hand, store, kpi_survey_senders=LEAD) as found:
        preview = await found.say(f"nps send <@{ANNA}>", LEAD)
        assert found.sender
        (row,) = [block for block in preview.blocks if block["type"] == "actions"]
        for _ in range(2):
            await found.sender.click(preview.channel, LEAD, preview.ts, row["block_id"], row["elements"][0])
        await _asked(found, ANNA)
        await found.until(
            lambda: sum("chat.postMessage" in call.method for call in found.workspace.calls) == 1
        )
        second = await found.say(f"nps send <@{ANNA}> <@{GUEST}>", LEAD)
        assert "I'll ask one person" in second.text
        assert f"Left out because they were asked recently: <@{ANNA}>" in second.text
    hand.now = MONDAY + QUIET - timedelta(minutes=1)
    async with world("http", own, hand, store, kpi_survey_senders=LEAD) as found:
        third = await found.say(f"nps send <@{ANNA}>", LEAD)
        assert "There is no one to ask." in third.text
        assert not any(block["type"] == "actions" for block in third.blocks)
        # a button from before they were asked doesn't ask them either
        posted = len(_prompts(found, ANNA))
        hand.now = MONDAY + QUIET
        await _send(found, f"nps send <@{ANNA}>")
        await found.until(lambda: len(_prompts(found, ANNA)) == posted + 1)
    assert len(_rows(found)) == 2


async def test_a_guest_is_not_asked_by_a_guest_and_only_the_named_may_send(
    own: Services, monday: Clock, tmp_path: Path
) -> None:
    """Whoever isn't in the setting is told what to set; a guest never gets that far; a stolen button is refused."""
    async with world("http", own, monday, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        refused = await found.say(f"nps send <@{GUEST}>", ANNA)
        assert "You aren't allowed to send surveys." in refused.text
        assert "KPI_SURVEY_SENDERS" in refused.text
        assert "members of this workspace" in (await found.say(f"nps send <@{ANNA}>", GUEST)).text
        preview = await found.say(f"nps send <@{GUEST}>", LEAD)
        before = len(found.workspace.messages)
        await found.press(preview, "Send to one person", ANNA)
        assert "You aren't allowed to send surveys." in (await found.message_after(before)).text
        assert _rows(found) == []


async def test_a_press_of_somebody_who_was_not_asked_stores_nothing(
    own: Services, monday: Clock, tmp_path: Path
) -> None:
    """The question is for one person; it is kindly refused to anybody else."""
    async with world("http", own, monday, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        await _send(found, f"nps send <@{ANNA}>")
        prompt = await _asked(found, ANNA)
        before = len(found.workspace.messages)
        await found.press(prompt, "10", GUEST)
        said = await found.message_after(before)
        assert "wasn't meant for you" in said.text
        assert said.private_to == GUEST
        (row,) = _rows(found)
        assert row["score"] is None


async def test_a_day_later_the_score_stands(own: Services, tmp_path: Path) -> None:
    """The reason may still be given; the button of an old message says why it does nothing."""
    hand = Hand()
    async with world("http", own, hand, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        await _send(found, f"nps send <@{ANNA}>")
        prompt = await _asked(found, ANNA)
        await found.press(prompt, "7")
        thanks = await _becomes(found, prompt, "7 of 10")
        hand.now = MONDAY + timedelta(hours=24)
        before = len(found.workspace.messages)
        await found.press(thanks, "Edit")
        assert "can no longer change your answer" in (await found.message_after(before)).text


async def _reason(found: World, thanks: Posted, label: str, reason: str) -> None:
    """Press the button that asks for a reason, and send one."""
    found.workspace.views.pop(ANNA, None)
    await found.press(thanks, label)
    await found.until(lambda: ANNA in found.workspace.views)
    block = found.workspace.views[ANNA].content["blocks"][0]
    assert found.sender
    await found.sender.submit(ANNA, {block["block_id"]: {block["element"]["action_id"]: reason}})


async def test_a_question_is_open_for_two_weeks(own: Services, tmp_path: Path) -> None:
    """A press a minute later stores nothing, and the message says so kindly instead of its buttons."""
    hand = Hand()
    async with world("http", own, hand, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        await _send(found, f"nps send <@{ANNA}> <@{GUEST}>")
        prompts = {user: await _asked(found, user) for user in (ANNA, GUEST)}
        await found.until(lambda: all(row["delivered_at"] for row in _rows(found)))
        hand.now = MONDAY + timedelta(days=14) - timedelta(minutes=1)
        await found.press(prompts[GUEST], "9", GUEST)
        thanks = await _becomes(found, prompts[GUEST], "Your answer: 9 of 10.")
        hand.now = MONDAY + timedelta(days=14, minutes=1)
        await found.press(prompts[ANNA], "9")
        expired = await _becomes(found, prompts[ANNA], "was open for two weeks and has expired")
        assert not any(block["type"] == "actions" for block in expired.blocks)
        assert {row["person"]: row["score"] for row in _rows(found)} == {ANNA: None, GUEST: 9}
        before = len(found.workspace.messages)
        await found.press(thanks, "What is the main reason?", GUEST)
        assert "You can no longer give a reason" in (await found.message_after(before)).text


async def test_a_reason_can_be_rewritten_for_a_day(own: Services, tmp_path: Path) -> None:
    """From when it was first given, which may be days after the score; then the window stores nothing either."""
    hand = Hand()
    async with world("http", own, hand, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        await _send(found, f"nps send <@{ANNA}>")
        prompt = await _asked(found, ANNA)
        await found.press(prompt, "7")
        thanks = await _becomes(found, prompt, "7 of 10")
        hand.now = MONDAY + timedelta(days=3)
        await _reason(found, thanks, "What is the main reason?", "slow at the till")
        await _becomes(found, prompt, "slow at the till")
        hand.now = MONDAY + timedelta(days=3, hours=23)
        await _reason(found, thanks, "Change the reason", "slow, but friendly")
        thanks = await _becomes(found, prompt, "slow, but friendly")
        hand.now = MONDAY + timedelta(days=3, hours=23, minutes=59)
        found.workspace.views.pop(ANNA, None)
        await found.press(thanks, "Change the reason")
        await found.until(lambda: ANNA in found.workspace.views)
        hand.now = MONDAY + timedelta(days=4)
        block = found.workspace.views[ANNA].content["blocks"][0]
        assert found.sender
        before = len(found.workspace.messages)
        await found.sender.submit(ANNA, {block["block_id"]: {block["element"]["action_id"]: "never again"}})
        assert "You can no longer change your reason" in (await found.message_after(before)).text
        before = len(found.workspace.messages)
        await found.press(thanks, "Change the reason")
        assert "You can no longer change your reason" in (await found.message_after(before)).text
        (row,) = _rows(found)
        assert row["reason"] == "slow, but friendly"


@pytest.mark.parametrize("count", [101, 500, 2500])
async def test_more_people_than_a_line_may_name(
    count: int, own: Services, monday: Clock, tmp_path: Path
) -> None:
    """They belong in a list, whose line is offered; it costs no more than reading the line."""
    line = "nps send " + " ".join(f"<@U0{number:08}>" for number in range(count))
    async with world("socket", own, monday, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        started = process_time()
        refused = await found.say(line, LEAD)
        assert process_time() - started < 2
        assert f"That line names {count:,} people; it may name 100." in refused.text
        assert "a file in surveys/" in refused.text
        assert "nps send customers" in refused.text
        allowed = await found.say(" ".join(line.split()[:102]), LEAD)
        assert "I'll ask 100 people" in allowed.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nps send", "Who should I ask?"),
        ("nps send custmers", "There is no list “custmers”."),
        (f"nps send customers <@{ANNA}>", "Name people or a list, not both."),
        ("nps stuur", "Who should I ask?"),
    ],
)
async def test_half_right_lines_are_answered_with_the_next_step(
    line: str, said: str, own: Services, monday: Clock, tmp_path: Path
) -> None:
    """With the list to press."""
    async with world("http", own, monday, tmp_path / "store.sqlite", kpi_survey_senders=LEAD) as found:
        answer = await found.say(line, LEAD)
        assert said in answer.text
        if "<@" not in line:
            assert "nps send customers" in answer.text


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreEngine]:
    url = (
        f"sqlite:///{tmp_path / 'store.sqlite'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql_server")
    )
    engine = database.open_store(url)
    database.migrate(engine)
    yield engine
    with engine.begin() as connection:
        left = MetaData()
        left.reflect(connection)
        left.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()


def test_asking_is_a_conditional_write(store: StoreEngine) -> None:
    """Two sendings at the same moment, of two processes: each person is in one of them."""
    first, second = ResponseBook(store, "T1"), ResponseBook(store, "T1")
    people = [Contact("U01"), Contact("U02")]
    assert first.ask(Wave("a", "Acme", "U0"), people, MONDAY, QUIET) == ["U01", "U02"]
    assert second.ask(Wave("b", "Acme", "U0"), [*people, Contact("U03")], MONDAY, QUIET) == ["U03"]
    assert ResponseBook(store, "T2").ask(Wave("a", "Acme", "U0"), people, MONDAY, QUIET) == ["U01", "U02"]
    planned = Deliveries(store, "T1").newest(5)
    assert {(row.what.target, row.what.period, row.what.part) for row in planned} == {
        ("U01", "a", PROMPT),
        ("U02", "a", PROMPT),
        ("U03", "b", PROMPT),
    }


def test_whom_slack_refused_may_be_asked_again(store: StoreEngine) -> None:
    """Nobody was asked, so the quiet time doesn't hold; what has an unknown outcome does."""
    responses, later = ResponseBook(store, "T1"), MONDAY + timedelta(days=1)
    responses.ask(Wave("a", "Acme", "U0"), [Contact("U01"), Contact("U02")], MONDAY, QUIET)
    responses.not_delivered("a", "U01")
    assert responses.ask(Wave("b", "Acme", "U0"), [Contact("U01"), Contact("U02")], later, QUIET) == ["U01"]


def test_a_list_with_a_mistake_is_told_at_the_start(tmp_path: Path) -> None:
    """A person twice, or something that is no id, with file and line."""
    services = survey_company(tmp_path)
    services.close()
    path = tmp_path / "config" / "surveys" / "customers.yaml"
    for wrong, said in (
        (path.read_text().replace(GUEST, ANNA), rf"customers\.yaml:\d+: .*{ANNA} is listed twice"),
        (path.read_text().replace(GUEST, "anna"), r"customers\.yaml:7: .*contacts"),
    ):
        folder = tmp_path / f"wrong{len(said)}"
        folder.mkdir()
        config = write_config(folder / "config", {})
        (config / "models" / "reps.yaml").write_text("name: reps\ntable: reps\nkey: id\n")
        (config / "surveys").mkdir()
        (config / "surveys" / "customers.yaml").write_text(wrong, encoding="utf-8")
        settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
        with pytest.raises(Exception, match="customers") as told:
            services_of(settings, "sqlite://")
        assert re.search(said, str(told.value)), str(told.value)


def test_a_prompt_that_slack_refuses_frees_the_person(store: StoreEngine, own: Services) -> None:
    """The delivery has failed for good: it is shown as failed, and they may be asked another time."""

    class Refusing:
        def post(self, channel: str, message: Message) -> str:
            raise DeliveryError("no", outcome="not_sent", permanent=True, reason="channel_not_found")

    responses, deliveries = ResponseBook(store, "T0"), Deliveries(store, "T0")
    responses.ask(Wave("a", "Acme", "U0"), [Contact("U01")], MONDAY, QUIET)
    prompts = SurveyPrompts(own, responses, lambda _: "nl")
    ByHand(deliveries, {PROMPT: prompts}, Refusing(), Hand(), "a").tick()
    (row,) = deliveries.newest(5)
    assert row.state is State.FAILED
    assert responses.asked_since(["U01"], MONDAY - QUIET) == {}


class Killed(BaseException):
    """The process is killed while it posts."""


def test_killed_while_a_question_is_posted_nobody_is_asked_twice(store: StoreEngine, own: Services) -> None:
    """Where the history can't be read it isn't posted again; they aren't in the next wave; answers count."""
    posts: list[str] = []

    class Dying:
        def post(self, channel: str, message: Message) -> str:
            raise Killed

    class Taking:
        def post(self, channel: str, message: Message) -> str:
            posts.append(channel)
            return "1.0"

    hand, deliveries = Hand(), Deliveries(store, "T0")
    responses = ResponseBook(store, "T0")
    prompts = SurveyPrompts(own, responses, lambda _: "en")
    responses.ask(Wave("a", "Acme", "U0"), [Contact("U01")], MONDAY, QUIET)
    with pytest.raises(Killed):
        ByHand(deliveries, {PROMPT: prompts}, Dying(), hand, "a").tick()
    slack = OutletOf(Taking())
    slack.unreadable = DeliveryError("no", outcome="not_sent", permanent=True, reason="missing_scope")
    restarted = ByHand(deliveries, {PROMPT: prompts}, slack, hand, "b")
    for minutes in (0, 5, 60 * 24):
        hand.now = MONDAY + timedelta(minutes=minutes)
        restarted.tick()
    assert posts == []
    assert [row.state for row in deliveries.newest(5)] == [State.UNKNOWN]
    assert responses.ask(Wave("b", "Acme", "U0"), [Contact("U01")], hand.now, QUIET) == []
    assert responses.answer("a", "U01", 9, hand.now)
    with store.connect() as connection:
        (row,) = connection.execute(select(survey_responses)).mappings()
    assert (row["score"], row["delivered_at"] is not None) == (9, True)


def test_the_first_of_many_presses_stands_also_after_a_restart(store: StoreEngine) -> None:
    """Devices that press at the same moment get one answer back; a later process keeps it."""
    responses = ResponseBook(store, "T0")
    responses.ask(Wave("a", "Acme", "U0"), [Contact("U01")], MONDAY, QUIET)
    with ThreadPoolExecutor(8) as devices:
        shown = list(devices.map(lambda score: responses.answer("a", "U01", score, MONDAY), range(8)))
    first = {found.score for found in shown if found}
    assert (len(shown), len(first)) == (8, 1)
    store.dispose()
    restarted = ResponseBook(store, "T0")
    again = restarted.answer("a", "U01", 10, MONDAY + timedelta(hours=1))
    assert again
    assert {again.score} == first
    assert again.answered_at == MONDAY
