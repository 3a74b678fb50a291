"""The window that builds a question, over real connections: where it opens, what it offers, what it asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.playground import payloads
from bot.playground.company import demo_database
from bot.playground.sender import NotTakenError
from bot.playground.slack_validators import view_violations
from bot.playground.standin import RefusedError
from bot.playground.workspace import Channel, Json, Posted, View
from bot.runtime.clock import Clock
from bot.slack.listeners import MESSAGE_SHORTCUT, SHORTCUT
from bot.slack.question_window import given_in
from bot.store import database
from bot.store.audit import AuditRows
from bot.workspace.services import Services
from kpi_engine.engine import Engine
from tests.bot.slack.test_client import SlowWarehouse
from tests.bot.world import ANNA, DIRECT, LEAD, SALES, SocketStandIn, World, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


async def opened(slack: World, user: str = ANNA, message: str = "") -> View:
    """Use the shortcut (of a message where one is given) and return the window that opens."""
    assert slack.sender
    before = slack.workspace.views.get(user)
    if message:
        await slack.sender.message_shortcut(SALES, user, message, MESSAGE_SHORTCUT)
    else:
        await slack.sender.shortcut(user, SHORTCUT)
    await slack.until(lambda: slack.workspace.views.get(user) not in (None, before))
    return slack.workspace.views[user]


def block(view: View, field: str) -> Mapping[str, Any]:
    """Return the input of a field."""
    found = [entry for entry in view.content["blocks"] if entry["block_id"].split(":")[1] == field]
    assert found, f"no {field} among {[entry['block_id'] for entry in view.content['blocks']]}"
    return dict(found[0])


def fields(view: View) -> list[str]:
    """Return the fields that the window has."""
    return [entry["block_id"].split(":")[1] for entry in view.content["blocks"]]


def begun(view: View) -> dict[str, Any]:
    """Return what stands in the inputs at first, by field."""
    found = {}
    for entry in view.content["blocks"]:
        element = entry["element"]
        options = element.get("initial_options") or [element.get("initial_option")]
        values = [option["value"] for option in options if option]
        value = element.get("initial_value") or values
        if value:
            found[entry["block_id"].split(":")[1]] = value if isinstance(value, str) else ",".join(value)
    return found


def given(view: View, **values: Any) -> dict[str, dict[str, Any]]:
    """Return what is in the inputs by block and action: what they begin with, and `values` by field."""
    found: dict[str, dict[str, Any]] = {}
    for entry in view.content["blocks"]:
        element, field = entry["element"], entry["block_id"].split(":")[1]
        first: Any = element.get("initial_value")
        if option := element.get("initial_option"):
            first = option["value"]
        if options := element.get("initial_options"):
            first = [option["value"] for option in options]
        found[entry["block_id"]] = {element["action_id"]: values.get(field, first)}
    return found


async def typed(slack: World, view: View, field: str, text: str, user: str = ANNA) -> list[Mapping[str, Any]]:
    """Type into a searched menu and return the options."""
    assert slack.sender
    name = block(view, field)["block_id"]
    return list(await slack.sender.suggest(user, name, name, text))


async def chosen(slack: World, view: View, metric: str, user: str = ANNA, **values: Any) -> View:
    """Choose another metric and return the window that comes of it."""
    assert slack.sender
    await slack.sender.choose(user, "build:metric", given(view, metric=metric, **values))
    await slack.until(lambda: slack.workspace.views[user].hash != view.hash)
    return slack.workspace.views[user]


@BOTH
async def test_a_question_is_built_and_answered_in_a_direct_message(
    mode: Any, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Anna's sales of October by region against last year; line 1 is what could have been typed."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        (anna,) = [
            entry for entry in await typed(slack, view, "only", "anna") if "Anna de Vries" in str(entry)
        ]
        assert anna["text"]["text"] == "Rep: Anna de Vries"
        assert slack.sender
        filled = given(view, when="last month", by=["region"], only=[anna["value"]], compare=["last year"])
        assert await slack.sender.submit(ANNA, filled) == {}
        answer = await slack.message_after(0)
    assert answer.channel == DIRECT
    assert answer.text.startswith('sales rep:"Anna de Vries" by region 2026-10 vs last year · data until')
    assert ANNA not in slack.workspace.views


OUTSIDE = "C0OUTSIDE"


def without_bot(standin: SocketStandIn) -> None:
    """Add a channel that the bot isn't in."""
    channels = standin.workspace.channels
    standin.workspace.channels = (*channels, Channel(OUTSIDE, "outside", has_bot=False))


def dutch(standin: SocketStandIn) -> None:
    """Everybody speaks Dutch."""
    answer = standin._methods["users.info"]

    def told(given: Json) -> Json:
        return {"user": {**answer(given)["user"], "locale": "nl-BE"}}

    standin._methods["users.info"] = told


async def test_the_pickers_follow_the_number(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """Another number has its own splits and names; what still fits stays, what was typed too."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert begun(view) == {"metric": "sales"}
        offered = [option["value"] for option in block(view, "by")["element"]["options"]]
        assert offered == list(demo_services.catalogue.metrics["sales"].dimensions)
        (anna, *_) = await typed(slack, view, "only", "anna de")
        (product, *_) = await typed(slack, view, "only", "café")
        assert product["text"]["text"].startswith("Product: Café")
        only = [anna["value"], product["value"]]
        view = await chosen(slack, view, "leads", only=only, by=["rep", "product"], typed="2026-Q3")
        assert begun(view) == {"metric": "leads", "typed": "2026-Q3", "only": anna["value"], "by": "rep"}
        assert await typed(slack, view, "only", "café") == [], "leads have no product"
        view = await chosen(slack, view, "pairs")
        assert "by" not in fields(view)
        assert "per" not in fields(view)
        view = await chosen(slack, view, "churn")
        periods = [option["value"] for option in block(view, "when")["element"]["options"]]
        assert "all time" not in periods
        assert "last month" in periods


async def test_mistakes_stay_in_the_window(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """Each at its picker, with what to do; nothing is asked until they are mended."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert slack.sender
        for field, values, sentence in (
            (
                "typed",
                {"typed": "septembre"},
                "I don't recognise “septembre” as a period. Try last week, this month or 2026-07.",
            ),
            ("typed", {"typed": "2026-07", "when": "last month"}, "You chose one period and typed another"),
            ("top", {"top": "top 5"}, "There is nothing to rank yet. Choose a split, or clear this."),
            (
                "compare",
                {"compare": ["none", "target"]},
                "You chose to compare with nothing and with something.",
            ),
        ):
            wrong = await slack.sender.submit(ANNA, given(view, **values))
            name = block(view, field)["block_id"]
            assert list(wrong) == [name]
            assert sentence in wrong[name]
            assert slack.workspace.views[ANNA].id == view.id
        view = await chosen(slack, view, "churn")
        wrong = await slack.sender.submit(ANNA, given(view, typed="all time"))
        assert "compares the start and end of a period" in next(iter(wrong.values()))
        assert slack.workspace.messages == []
        empty = await slack.sender.submit(ANNA, given(view, metric=None))
        assert empty == {"build:metric": "Please complete this required field."}
        filled = given(view, typed="2026-09", when="-", top="top 3", by=["rep"])
        assert await slack.sender.submit(ANNA, filled) == {}
        assert "churn by rep top 3 2026-09" in (await slack.message_after(0)).text


async def test_too_many_names_are_refused_in_the_window(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A line has 500 characters."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert slack.sender
        only = [entry["value"] for entry in await typed(slack, view, "only", "b")][-20:]
        without = [entry["value"] for entry in await typed(slack, view, "without", "c")][-20:]
        wrong = await slack.sender.submit(ANNA, given(view, only=only, without=without))
        assert "too many names" in wrong[block(view, "only")["block_id"]]


@BOTH
async def test_a_message_that_reads_as_a_question_is_filled_in(
    mode: Any, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A colleague's words, the bot named or not; the answer is for the asker, in the thread they came from."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        message = Posted(
            SALES, "1.1", LEAD, "<@U0KPIBOT> omzet per regio vorige maand t.o.v. doel", thread="1.0"
        )
        slack.workspace.add(message)
        view = await opened(slack, message="1.1")
        assert begun(view) == {"metric": "sales", "by": "region", "typed": "2026-10", "compare": "target"}
        assert slack.sender
        assert await slack.sender.submit(ANNA, given(view)) == {}
        answer = await slack.message_after(1)
        assert (answer.channel, answer.thread, answer.private_to) == (SALES, "1.0", ANNA)
        assert answer.text.startswith("sales by region 2026-10 vs target · ")
        assert any(call.method == "chat.postEphemeral" for call in slack.workspace.calls)


async def test_a_message_that_is_no_question_opens_an_empty_window(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Nothing is picked out of other words."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        slack.workspace.add(Posted(SALES, "1.1", LEAD, "did you see the leads of Noord? crazy"))
        assert begun(await opened(slack, message="1.1")) == {"metric": "sales"}


async def test_what_has_no_picker_is_said(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """Two numbers at once, or a way out, are more than the window asks."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        for ts, text, is_part in (
            ("1.1", "sales,leads by rep last month", True),
            ("1.2", "sales -source:fairs source:website,fairs region:noord,zuid by rep", False),
            ("1.3", "sales rep:anna rep:zoë", False),
            ("1.4", "sales csv", True),
        ):
            slack.workspace.add(Posted(SALES, ts, LEAD, text))
            view = await opened(slack, message=ts)
            assert (view.content["blocks"][0]["type"] == "context") is is_part, text
            assert slack.sender
            inputs = replace(
                view, content={"blocks": [entry for entry in view.content["blocks"] if "element" in entry]}
            )
            view = await chosen(slack, inputs, "leads")
            assert view.content["blocks"][0]["type"] == "input"
            slack.workspace.close_view(ANNA)


async def test_an_answer_of_the_bot_can_be_asked_again(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Its first line is its question."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        await slack.sender.message(
            SALES, LEAD, "@kpi-bot leads -source:fairs by region per month last 6 months", None
        )
        answer = await slack.message_after(1)
        assert begun(await opened(slack, message=answer.ts)) == {
            "metric": "leads",
            "typed": "2026-05..2026-10",
            "by": "region",
            "per": "month",
            "without": "source=i3",
        }


async def test_where_the_bot_is_not_the_answer_is_a_direct_message(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """A message's menu is there in every channel."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite", prepare=without_bot) as slack:
        slack.workspace.add(Posted(OUTSIDE, "1.1", LEAD, "leads last month"))
        assert slack.sender
        await slack.sender.message_shortcut(OUTSIDE, ANNA, "1.1", MESSAGE_SHORTCUT)
        await slack.until(lambda: ANNA in slack.workspace.views)
        assert await slack.sender.submit(ANNA, given(slack.workspace.views[ANNA])) == {}
        answer = await slack.message_after(1)
        assert (answer.channel, answer.private_to) == (DIRECT, None)
        assert "leads 2026-10" in answer.text


async def test_help_home_and_a_line_that_is_not_understood_open_it(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The last with what was understood; pressed twice at once it opens once."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        for line, expected in (
            ("help", {"metric": "sales"}),
            ("leads flurbs by region last month rep:anna", {
                "metric": "leads", "by": "region", "typed": "2026-10", "only": "rep=i1"
            }),
        ):  # fmt: skip
            said = await slack.say(line)
            assert "press “Build a question”" in said.text
            opens = sum(call.method == "views.open" for call in slack.workspace.calls)
            for _ in range(2):
                await slack.press(said, "Build a question")
            await slack.until(lambda: ANNA in slack.workspace.views)
            view = slack.workspace.views[ANNA]
            assert begun(view) == expected
            assert await slack.sender.submit(ANNA, given(view)) == {}
            answer = await slack.message_after(len(slack.workspace.messages))
            assert answer.private_to == ANNA
            assert sum(call.method == "views.open" for call in slack.workspace.calls) == opens + 1
        (anna,) = [user for user, rep in demo_services.index.names(monday()).people.items() if rep.key == 1]
        person = replace(slack.workspace.people[0], user=anna)
        slack.workspace.people = (person, *slack.workspace.people)
        slack.workspace.channels = (*slack.workspace.channels, Channel("D1", "kpi-bot", "direct", anna))
        await slack.sender.open_home(anna)
        await slack.until(lambda: anna in slack.workspace.homes)
        rows = [row for row in slack.workspace.homes[anna].content["blocks"] if row["type"] == "actions"]
        (row,) = [row for row in rows if row["elements"][0]["text"]["text"] == "Build a question"]
        await slack.sender.click_home(anna, row["block_id"], row["elements"][0])
        await slack.until(lambda: anna in slack.workspace.views)
        count = len(slack.workspace.messages)
        assert await slack.sender.submit(anna, given(slack.workspace.views[anna])) == {}
        assert (await slack.message_after(count)).channel == "D1"


async def test_what_was_built_is_in_the_audit_like_what_was_typed(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The same words, once, however often Slack sends the window."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert slack.sender
        await slack.sender.submit(ANNA, given(view, when="last month"))
        built = await slack.message_after(0)
        sent = next(call for call in slack.workspace.calls if call.method == "modal").request
        await slack.sender._interact("modal", {**sent, "action_ts": "again"})
        await slack.say("sales last month")
        assert len(slack.workspace.messages) == 2
        assert slack.workspace.messages[1].text == built.text
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    found = AuditRows(engine, "T0DEMO").newest(10)
    engine.dispose()
    assert [(entry.question, entry.outcome) for entry in found] == [("sales 2026-10", "answered")] * 2


async def test_the_window_speaks_the_persons_language(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Titles, periods, menus, options and mistakes in Dutch; the line stays the one to learn."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite", prepare=dutch) as slack:
        view = await opened(slack)
        assert view.content["title"]["text"] == "Vraag een KPI"
        labels = [entry["label"]["text"] for entry in view.content["blocks"]]
        assert labels[:4] == ["Welk cijfer", "Periode", "Of typ een periode", "Splitsen per"]
        periods = [option["text"]["text"] for option in block(view, "when")["element"]["options"]]
        assert "vorige maand: oktober 2026" in periods
        metrics = [option["text"]["text"] for option in block(view, "metric")["element"]["options"]]
        assert "Omzet" in metrics
        (noord,) = await typed(slack, view, "only", "noord")
        assert noord["text"]["text"] == "Regio: Noord"
        assert slack.sender
        wrong = await slack.sender.submit(ANNA, given(view, typed="2026-07", when="last month"))
        assert wrong == {
            "build:typed": "Er zijn twee periodes: één gekozen, één getypt. Maak een van beide leeg."
        }
        await slack.sender.submit(ANNA, given(view, only=[noord["value"]], typed="vorige maand"))
        answer = await slack.message_after(0)
        assert answer.text.startswith("sales region:Noord 2026-10 · gegevens tot")


async def test_a_search_is_answered_while_every_query_hangs(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The names come from memory; before they were ever read there are none, and nobody waits."""
    slow = SlowWarehouse(f"sqlite:///{demo_database(monday().date().replace(day=22))}")
    engine = Engine(
        demo_services.catalogue,
        {"sales": slow},
        zone=demo_services.zone,
        is_working_day=demo_services.calendar,
    )
    services = replace(demo_services, engine=engine)
    async with world("http", services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        slack.workspace.open_view(ANNA, {"type": "modal", "blocks": []})
        name = "build:only:sales"
        assert await slack.sender.suggest(ANNA, name, name, "anna") == []
        slow.released.set()
        await slack.say("sales")  # the names are read by then
        slow.released.clear()
        await slack.sender.command(SALES, ANNA, "/kpi sales last month")
        await slack.until(lambda: slow.waiting > 0)
        view = await opened(slack)
        assert await typed(slack, view, "only", "anna")
        wrong = await slack.sender.submit(ANNA, given(view, typed="nonsense"))
        assert "as a period" in str(wrong)
        assert await slack.sender.submit(ANNA, given(view)) == {}
        assert len(slack.workspace.messages) == 1
        slow.released.set()
        await slack.until(lambda: len(slack.workspace.messages) == 3)
    slow.close()


async def test_the_stand_in_is_as_strict_as_slack(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """What nobody could choose isn't sent; a window that changed since is not overwritten."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert slack.sender
        for values in ({"metric": "flurbs"}, {"only": ["rep=i1"]}, {"typed": "x" * 99}, {"by": ["rep"] * 9}):
            with pytest.raises(NotTakenError):
                await slack.sender.submit(ANNA, given(view, **values))
        with pytest.raises(NotTakenError, match="tells the app nothing"):
            await slack.sender.choose(ANNA, "build:when:sales", given(view))
        with pytest.raises(NotTakenError, match="doesn't have a menu"):
            await slack.sender.message_shortcut(SALES, ANNA, "9.9", MESSAGE_SHORTCUT)
        assert await typed(slack, view, "only", "a" * 200) == []
        content = {**view.content}
        update = slack.standin._methods["views.update"]
        with pytest.raises(RefusedError, match="hash_conflict"):
            update({"view_id": view.id, "hash": "0", "view": content})
        with pytest.raises(RefusedError, match="not_found"):
            update({"view_id": "V0", "view": content})
        assert update({"view_id": view.id, "hash": view.hash, "view": content})["view"]["hash"] != view.hash


async def test_a_state_says_each_kind_of_input_as_slack_does(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Typed, one of a list, several, a time, a channel; what is empty is told too."""
    option = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
    elements: dict[str, tuple[Json, Any, Json]] = {
        "plain_text_input": ({}, "hello", {"value": "hello"}),
        "static_select": ({"options": [option]}, "1", {"selected_option": option}),
        "multi_static_select": ({"options": [option]}, ["1"], {"selected_options": [option]}),
        "external_select": ({"initial_option": option}, "1", {"selected_option": option}),
        "multi_external_select": ({}, [], {"selected_options": []}),
        "timepicker": ({}, "08:30", {"selected_time": "08:30"}),
        "conversations_select": ({}, SALES, {"selected_conversation": SALES}),
        "static_select:2": ({"options": [option]}, None, {"selected_option": None}),
    }
    blocks, filled, expected = [], {}, {}
    for name, (more, value, state) in elements.items():
        element = {"type": name.partition(":")[0], "action_id": name, **more}
        label = {"type": "plain_text", "text": name}
        blocks.append(
            {"type": "input", "block_id": name, "label": label, "optional": True, "element": element}
        )
        filled[name] = {name: value}
        expected[name] = {name: {"type": element["type"], **state}}
    content = {
        "type": "modal",
        "callback_id": "some:other",
        "private_metadata": "v C1 1.1",
        "title": {"type": "plain_text", "text": "All"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": blocks,
    }
    assert view_violations(content) == ()
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        slack.workspace.open_view(ANNA, content)
        await slack.sender.submit(ANNA, filled)
        sent = next(call for call in slack.workspace.calls if call.method == "modal").request
        assert sent["view"]["state"]["values"] == expected
        assert given_in(sent["view"]) == {
            "plain_text_input": ("hello",),
            "static_select": ("1",),
            "multi_static_select": ("1",),
            "external_select": ("1",),
            "multi_external_select": (),
            "timepicker": ("08:30",),
            "conversations_select": (SALES,),
            "static_select:2": (),
        }


async def test_a_shortcut_that_slack_sends_twice_opens_one_window(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Told apart by its trigger; nobody is told that it failed."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        await opened(slack)
        sent = next(call for call in slack.workspace.calls if call.method == "shortcut").request
        assert slack.sender
        await slack.sender._interact("shortcut", {**sent, "action_ts": "again"})
        await slack.say("help")
        assert sum(call.method == "views.open" for call in slack.workspace.calls) == 1
        assert len(slack.workspace.messages) == 1


async def test_a_window_that_comes_too_late_is_said_so(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Slack opens one within three seconds only; the person is not left waiting."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite", prepare=dutch) as slack:
        assert slack.sender
        late = {
            **payloads.triggered_by(slack.workspace, ANNA),
            "type": "shortcut",
            "callback_id": SHORTCUT,
            "trigger_id": "1.1",
        }
        await slack.sender._interact("shortcut", late)
        told = await slack.message_after(0)
        assert (told.channel, ANNA in slack.workspace.views) == (DIRECT, False)
        assert told.text.startswith("Dat venster openen duurde te lang. Probeer het nu opnieuw.")


async def test_a_window_that_cant_be_read_stays_open_with_a_reference(
    demo_services: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the rest under it."""
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        view = await opened(slack)
        assert slack.sender
        shown = {
            **payloads.view(slack.workspace, view),
            "state": {"values": {"b": {"build:by:sales": "broken"}}},
        }
        payload = {"type": "view_submission", **payloads.triggered_by(slack.workspace, ANNA), "view": shown}
        answer = await slack.sender._interact("modal", payload)
        assert answer["response_action"] == "errors"
        sentence = answer["errors"]["build:metric"]
        assert "Something went wrong on my side" in sentence
        (reference,) = re.findall(r"\b[0-9a-f]{8}\b", sentence)
    assert any(reference in record.message for record in caplog.records)
