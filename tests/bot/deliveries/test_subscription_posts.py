"""Subscriptions over a real Socket Mode connection: set up by line and form, sent, paused, stopped, refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.playground.slack_validators import view_violations
from bot.playground.standin import RefusedError
from bot.playground.workspace import Channel, Json, Person, Posted
from bot.store import database
from bot.store.deliveries import Deliveries, State
from bot.workspace.services import Services
from tests.bot.rights.test_access import sent
from tests.bot.world import ANNA, DIRECT, LEAD, SALES, SocketStandIn, World, world
from tests.shop import BRUSSELS

GENERAL = "C0GENERAL"
REP, TO_REP = "U0DEMOANNA", "D0DEMOANNA"
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=BRUSSELS)
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = SUNDAY

    def __call__(self) -> datetime:
        return self.now


def with_general(standin: SocketStandIn) -> None:
    """Add a channel that no summary goes to."""
    standin.workspace.channels = (*standin.workspace.channels, Channel(GENERAL, "general"))


def with_rep(standin: SocketStandIn) -> None:
    """Add a person who is a rep of the demo company."""
    workspace = standin.workspace
    workspace.people = (*workspace.people, Person(REP, "Anna de Vries"))
    workspace.channels = (*workspace.channels, Channel(TO_REP, "kpi", "direct", REP))


def posts(slack: World, channel: str) -> list[Posted]:
    """The bot's messages in a channel that everybody there sees."""
    return [
        message
        for message in slack.workspace.messages
        if message.channel == channel and message.user == slack.workspace.bot_user and not message.private_to
    ]


def states(slack: World) -> list[tuple[str, str]]:
    """The deliveries of subscriptions: what and how they stand."""
    engine = database.open_store(f"sqlite:///{slack.store}")
    rows = Deliveries(engine, "T0DEMO").newest(50)
    engine.dispose()
    return [(row.what.part, row.state) for row in rows if row.what.part in ("subscription", "incident")]


async def test_a_question_comes_when_it_is_due_and_says_once_who_set_it_up(
    demo_services: Services, tmp_path: Path
) -> None:
    """Not before, once at its time, again a week later; only the first post names the owner and the way out."""
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_general
    ) as slack:
        said = await slack.say(
            f"subscribe sales by region last week every monday 08:30 in <#{GENERAL}|general>"
        )
        assert "You are subscribed." in said.text
        assert "next on Mon 23 Nov 2026 08:30" in said.text
        assert said.private_to == ANNA
        assert posts(slack, GENERAL) == []
        clock.now = MONDAY + timedelta(minutes=1)
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)
        (first,) = posts(slack, GENERAL)
        assert "sales by region 2026-W47" in first.text
        assert f"Set up by <@{ANNA}>; sent every Monday at 08:30." in first.text
        assert "/kpi unsubscribe 1" in first.text
        clock.now += timedelta(days=7)  # the demo company has no rows any more, so it is held first
        await slack.until(lambda: len(posts(slack, GENERAL)) == 2)
        assert "is held" in posts(slack, GENERAL)[1].text
        clock.now += timedelta(hours=3)
        await slack.until(lambda: len(posts(slack, GENERAL)) == 3)
        second = posts(slack, GENERAL)[2]
        assert "sales by region 2026-W48" in second.text
        assert "Set up by" not in second.text
        await slack.until(lambda: states(slack) == [("subscription", State.SENT)] * 2)


async def _press(slack: World, message: Posted, label: str, user: str = ANNA, row: int = 0) -> None:
    """Press a button of a message's nth row of buttons that has it, as the message stands now."""
    assert slack.sender
    shown = slack.workspace.find(message.channel, message.ts) or message
    rows = [block for block in shown.blocks if block["type"] == "actions"]
    found = [
        (block, entry) for block in rows for entry in block["elements"] if entry["text"]["text"] == label
    ]
    block, button = found[row]
    await slack.sender.click(message.channel, user, message.ts, block["block_id"], button)


def shown_text(slack: World, message: Posted) -> str:
    found = slack.workspace.find(message.channel, message.ts)
    assert found
    return found.text


async def test_ones_own_week_comes_as_a_direct_message(demo_services: Services, tmp_path: Path) -> None:
    """With the customers to call; in a channel it isn't to be had, and the next one is a week later."""
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_rep
    ) as slack:
        refused = await slack.say("subscribe my week here", user=REP)
        assert "is for one person, so I don't show it in a channel" in refused.text
        said = await slack.say("subscribe my week", user=REP)
        assert "You are subscribed." in said.text
        clock.now = MONDAY
        await slack.until(lambda: len(posts(slack, TO_REP)) == 2)
        post, details = posts(slack, TO_REP)
        assert "Call Slagerij Thiry (€7.9k in 12 months, last order in April)" in post.text
        assert "Anna de Vries" in details.text
        await slack.until(lambda: len(posts(slack, SALES)) == 2)
        assert not [message for message in posts(slack, SALES) if "Thiry" in message.text]


async def test_a_summary_for_oneself_comes_as_a_direct_message(
    demo_services: Services, tmp_path: Path
) -> None:
    """`subscribe weekly` sends the summary to the person, its details in the thread; neither names a file."""
    clock = Hand()
    async with world("socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2) as slack:
        await slack.say("subscribe weekly")
        clock.now = MONDAY
        await slack.until(lambda: len(posts(slack, DIRECT)) == 2)
        post, details = posts(slack, DIRECT)
        assert post.text.startswith("Week 47 (16–22 Nov): an ordinary week. November: ")
        assert f"Set up by <@{ANNA}>; sent every Monday at 08:30." in post.text
        assert details.thread == post.ts
        assert details.text.startswith("Weekly sales summary: week 47")
        await slack.until(lambda: len(posts(slack, SALES)) == 2)  # the summary of the file comes as ever
        for shown in (*posts(slack, DIRECT), *posts(slack, SALES)):
            assert "weekly.yaml" not in json.dumps(shown.blocks)


async def test_the_list_pauses_resumes_sends_and_stops(demo_services: Services, tmp_path: Path) -> None:
    """Each press changes the list in its place; two presses of Send now send once; old buttons say so."""
    clock = Hand()
    async with world("socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2) as slack:
        kept = await slack.say("subscribe sales last week every friday 9:00")
        shown = await slack.say("subscriptions")
        await _press(slack, shown, "Pause")
        await slack.until(lambda: "paused" in shown_text(slack, shown))
        clock.now += timedelta(days=14)
        await slack.say("status")
        assert states(slack) == []
        await _press(slack, shown, "Resume")
        await slack.until(lambda: "next on Fri 11 Dec 2026 09:00" in shown_text(slack, shown))
        for _ in range(2):
            await _press(slack, shown, "Send now")
        await slack.until(lambda: len(posts(slack, DIRECT)) == 1)
        await slack.say("status")
        assert states(slack) == [("subscription", State.SENT)]
        assert "sales 2026-W48" in posts(slack, DIRECT)[0].text
        await _press(slack, shown, "Stop")
        await slack.until(lambda: "no subscriptions" in shown_text(slack, shown))
        assert "Stopped: sales last week · every Friday at 09:00" in shown_text(slack, shown)
        count = len(slack.workspace.messages)
        stopped = slack.workspace.find(shown.channel, shown.ts)
        assert stopped
        await _press(slack, stopped, "Undo")
        again = await slack.message_after(count)
        assert "sales last week · every Friday at 09:00 · your direct messages" in again.text
        count = len(slack.workspace.messages)
        await _press(slack, kept, "Pause")
        assert "was stopped or changed" in (await slack.message_after(count)).text


async def test_the_form_does_what_a_line_does(demo_services: Services, tmp_path: Path) -> None:
    """New, then changed in the form: the same subscription with its channel and its day."""
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_general
    ) as slack:
        assert slack.sender
        listed = await slack.say("subscriptions")
        await _press(slack, listed, "New subscription")
        await slack.until(lambda: ANNA in slack.workspace.views)
        view = slack.workspace.views[ANNA].content
        assert view_violations(view) == ()
        count = len(slack.workspace.messages)
        typed = {"what": {"what": "sales by region"}, "when": {"when": "every 2nd working day"}}
        place = {"at": {"at": "09:15"}, "where": {"where": ""}}
        await slack.sender.submit(ANNA, typed | place)
        kept = await slack.message_after(count)
        assert kept.private_to == ANNA
        assert "every 2nd working day of the month at 09:15 · your direct messages" in kept.text
        await _press(slack, kept, "Edit")
        await slack.until(lambda: ANNA in slack.workspace.views)
        fields = {
            block["block_id"]: block["element"] for block in slack.workspace.views[ANNA].content["blocks"]
        }
        assert fields["what"]["initial_value"] == "sales by region"
        assert fields["when"]["initial_option"]["value"] == "every 2nd working day"
        assert fields["at"]["initial_time"] == "09:15"
        count = len(slack.workspace.messages)
        when, where = {"when": {"when": "every monday"}}, {"where": {"where": GENERAL}}
        await slack.sender.submit(ANNA, typed | when | {"at": {"at": "08:30"}} | where)
        assert f"every Monday at 08:30 · <#{GENERAL}>" in (await slack.message_after(count)).text
        assert (await slack.say("subscriptions")).text.count("sales by region") == 1
        clock.now = MONDAY
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)


async def test_the_form_sends_to_people_who_are_picked(demo_services: Services, tmp_path: Path) -> None:
    """The menu of people comes back from Slack, and each gets a direct message."""
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_rep
    ) as slack:
        assert slack.sender
        await _press(slack, await slack.say("subscriptions"), "New subscription")
        await slack.until(lambda: ANNA in slack.workspace.views)
        count = len(slack.workspace.messages)
        given = {"what": "sales last week", "when": "every day", "at": "08:30", "people": [REP, ANNA]}
        assert await slack.sender.submit(ANNA, {name: {name: value} for name, value in given.items()}) == {}
        kept = await slack.message_after(count)
        assert f"every day at 08:30 · <@{ANNA}>, <@{REP}>" in kept.text
        clock.now = MONDAY
        await slack.until(lambda: len(posts(slack, TO_REP)) == 1)
        await slack.until(lambda: any("Set up by" in post.text for post in posts(slack, DIRECT)))
        assert "/kpi unsubscribe 1" in posts(slack, TO_REP)[0].text


async def test_a_wrong_form_stays_open_and_says_what_is_wrong(
    demo_services: Services, tmp_path: Path
) -> None:
    """Under the field, with what it may have meant; nothing that was filled in is lost."""
    async with world("socket", demo_services, Hand(), tmp_path / "store.sqlite") as slack:
        assert slack.sender
        await _press(slack, await slack.say("subscriptions"), "New subscription")
        await slack.until(lambda: ANNA in slack.workspace.views)
        count = len(slack.workspace.messages)
        fields = {"what": "slaes last week", "when": "every friday", "at": "07:00", "where": ""}
        wrong = await slack.sender.submit(ANNA, {name: {name: value} for name, value in fields.items()})
        assert list(wrong) == ["what"]
        assert wrong["what"] == "I don't know “slaes”. Did you mean one of these? sales last week"
        assert ANNA in slack.workspace.views
        fields["what"] = "sales last week"
        assert await slack.sender.submit(ANNA, {name: {name: value} for name, value in fields.items()}) == {}
        assert "every Friday at 07:00" in (await slack.message_after(count)).text


@pytest.mark.parametrize("code", ["not_in_channel", "is_archived", "channel_not_found"])
async def test_a_channel_that_takes_no_post_is_told_to_the_owner_once(
    code: str, demo_services: Services, tmp_path: Path
) -> None:
    """In private, with the fix and the buttons; once it is mended, Send again posts it, and that is told."""
    clock, refused = Hand(), [code]

    def refusing(standin: SocketStandIn) -> None:
        with_general(standin)
        post = standin._methods["chat.postMessage"]

        def refuse(given: Json) -> Json:
            if refused and given.get("channel") == GENERAL:
                raise RefusedError(code)
            return post(given)

        standin._methods["chat.postMessage"] = refuse

    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.1, prepare=refusing
    ) as slack:
        await slack.say(f"subscribe sales every monday in <#{GENERAL}>")
        clock.now = MONDAY
        await slack.until(lambda: len(posts(slack, DIRECT)) == 1)
        for _ in range(3):
            await slack.say("status")
        (told,) = posts(slack, DIRECT)
        what = f"Your subscription 1 (sales), week 47 (16–22 Nov 2026) for <#{GENERAL}>"
        assert told.text.startswith(f"{what} couldn't be posted. ")
        fixes = {
            "not_in_channel": "/invite",
            "is_archived": "Unarchive",
            "channel_not_found": "no longer exists or is private",
        }
        assert fixes[code] in told.text
        assert sorted(states(slack)) == [("incident", State.SENT), ("subscription", State.FAILED)]
        clock.now = MONDAY + timedelta(hours=20)
        refused.clear()
        await slack.press(told, "Send again")
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)
        await slack.until(lambda: len(posts(slack, DIRECT)) == 2)
        assert posts(slack, DIRECT)[1].text.startswith(f"{what} was sent.")
        clock.now += timedelta(minutes=5)  # two presses within seconds are one
        count = len(slack.workspace.messages)
        await slack.press(told, "Send again")
        assert "It was sent already." in (await slack.message_after(count)).text
        assert len(posts(slack, GENERAL)) == 1


async def test_the_home_tab_has_them_with_the_same_buttons(demo_services: Services, tmp_path: Path) -> None:
    """A press there updates the tab; a new subscription can be made there."""
    async with world("socket", demo_services, Hand(), tmp_path / "store.sqlite") as slack:
        assert slack.sender
        sender = slack.sender
        await slack.say("subscribe monthly")

        def rows() -> dict[str, tuple[str, Json]]:
            blocks = slack.workspace.homes[ANNA].content["blocks"]
            return {
                entry["text"]["text"]: (block["block_id"], entry)
                for block in blocks
                if block["type"] == "actions"
                for entry in block["elements"]
            }

        await sender.open_home(ANNA)
        await slack.until(lambda: ANNA in slack.workspace.homes)
        assert {"Preview", "Send now", "Pause", "Stop", "Edit", "New subscription"} <= set(rows())
        await sender.click_home(ANNA, *rows()["Pause"])
        await slack.until(lambda: "Resume" in rows())
        assert "paused" in json.dumps(slack.workspace.homes[ANNA].content)
        await sender.click_home(ANNA, *rows()["New subscription"])
        await slack.until(lambda: ANNA in slack.workspace.views)
        fields = {"what": "leads", "when": "every tuesday", "at": "10:00", "where": ""}
        await sender.submit(ANNA, {name: {name: value} for name, value in fields.items()})
        await slack.until(lambda: "every Tuesday at 10:00" in json.dumps(slack.workspace.homes[ANNA].content))
        assert "You are subscribed" in posts(slack, DIRECT)[-1].text


async def test_settings_choose_the_language_of_every_private_answer(
    demo_services: Services, tmp_path: Path
) -> None:
    """By line and by button: answers, Home and forms; automatic again is what Slack tells."""
    async with world("socket", demo_services, Hand(), tmp_path / "store.sqlite") as slack:
        assert slack.sender
        kept = await slack.say("instellingen taal nl")
        assert "Taal: Nederlands" in kept.text
        assert "oktober 2026" in (await slack.say("sales last month")).text
        await _press(slack, await slack.say("abonnementen"), "Nieuw abonnement")
        await slack.until(lambda: ANNA in slack.workspace.views)
        assert "elke maandag" in json.dumps(slack.workspace.views[ANNA].content)
        await slack.sender.open_home(ANNA)
        await slack.until(lambda: ANNA in slack.workspace.homes)
        assert "Je abonnementen" in json.dumps(slack.workspace.homes[ANNA].content)
        assert "October 2026" in (await slack.say("sales last month", LEAD)).text
        count = len(slack.workspace.messages)
        await _press(slack, kept, "Automatisch")
        assert "Taal: automatisch" in (await slack.message_after(count)).text
        assert "October 2026" in (await slack.say("sales last month")).text


async def test_who_left_the_company_posts_no_more(demo_services: Services, tmp_path: Path) -> None:
    """Slack says so at the next post: nothing comes to the channel, and the subscription is paused.

    Nobody is listed as an admin in the demo, so it is offered to nobody.
    """
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_general
    ) as slack:
        await slack.say(f"subscribe sales every monday in <#{GENERAL}|general>", LEAD)
        people = slack.workspace.people
        slack.workspace.people = tuple(replace(person, has_left=person.user == LEAD) for person in people)
        clock.now = MONDAY
        await slack.until(lambda: states(slack) == [("subscription", State.SKIPPED)])
        await slack.until(lambda: len(posts(slack, SALES)) == 2)  # the summary of the file with its details
        channels = await sent(slack, GENERAL, ANNA, "@kpi-bot subscriptions")
        assert f"set up by <@{LEAD}> · paused (its owner's account is deactivated)" in channels.text
        assert [post.text for post in posts(slack, GENERAL)] == [channels.text]


async def test_a_press_in_a_public_list_shows_nobody_what_somebody_gets_alone(
    demo_services: Services, tmp_path: Path
) -> None:
    """Asked by a mention, the list is the channel's; it stays so when Anna presses a button of it."""
    async with world(
        "socket", demo_services, Hand(), tmp_path / "store.sqlite", prepare=with_general
    ) as slack:
        await slack.say("subscribe leads every friday")
        await slack.say(f"subscribe sales every monday in <#{GENERAL}|general>")
        public = await sent(slack, GENERAL, ANNA, "@kpi-bot subscriptions")
        assert "leads" not in public.text
        await _press(slack, public, "Pause")
        await slack.until(lambda: "paused" in shown_text(slack, public))
        assert "leads" not in shown_text(slack, public)
