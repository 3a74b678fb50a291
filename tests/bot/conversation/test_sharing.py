"""Share: an answer for everybody in a channel, as far as they may see it; and the other form in place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.playground.slack_validators import message_violations
from bot.playground.workspace import Channel, Posted
from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.workspace.services import Services
from kpi_engine.domain.access import People
from tests.bot.conversation.test_files import labels
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    COLLEAGUES,
    EXTERNAL,
    GUEST,
    KARIM,
    LIEN,
    LISTED,
    OPEN_CHANNEL,
    TEAM_CHANNEL,
    UNMAPPED,
    people_of,
    sent,
)
from tests.bot.world import SALES, Mode, SocketStandIn, World, world

MAAS_CHANNEL = "C0MAAS"
BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, and a channel of a second team."""
    channels = {**LISTED.channels, MAAS_CHANNEL: People(teams=("Maas",))}
    return replace(demo_services, demo=False, roles=Roles(replace(LISTED, channels=channels)))


def cast(standin: SocketStandIn) -> None:
    people_of(standin)
    from bot.playground.workspace import Person

    standin.workspace.people += (Person(KARIM, "karim"),)
    standin.workspace.channels += (
        Channel(MAAS_CHANNEL, "maas"),
        Channel(f"D{KARIM[1:]}", "kpi-bot", "direct", KARIM),
    )


async def asked(slack: World, channel: str, user: str, line: str) -> Posted:
    """Type a command in a channel and return the private answer."""
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.command(channel, user, f"/kpi {line}")
    return await slack.message_after(count)


async def pressed(slack: World, message: Posted, label: str, user: str, answers: int = 1) -> list[Posted]:
    """Press a button and return the messages that come."""
    count = len(slack.workspace.messages)
    await slack.press(message, label, user)
    await slack.until(lambda: len(slack.workspace.messages) >= count + answers)
    return slack.workspace.messages[count:]


@BOTH
async def test_a_press_of_share_posts_the_same_answer_in_the_channel(
    mode: Mode, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """With the sharer's name in text and blocks; the sharer is told apart."""
    async with world(mode, company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, OPEN_CHANNEL, ADMIN, "sales by region last month")
        posted, told = await pressed(slack, shown, "Share", ADMIN, 2)
        assert (posted.channel, posted.private_to, posted.thread) == (OPEN_CHANNEL, None, None)
        assert posted.text.splitlines()[0] == f"Shared by <@{ADMIN}>"
        assert posted.text.splitlines()[1:] == shown.text.splitlines()
        assert f"Shared by <@{ADMIN}>" in json.dumps(posted.blocks[0])
        assert message_violations({"text": posted.text, "blocks": list(posted.blocks)}) == ()
        assert "Share" not in labels(posted)
        assert "CSV" in labels(posted)
        assert told.private_to == ADMIN
        assert told.text == f"Shared with everyone in <#{OPEN_CHANNEL}>."


async def test_a_typed_share_does_the_same(company: Services, monday: Clock, tmp_path: Path) -> None:
    """After the slash command; after a mention the answer is public anyway."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        posted = await asked(slack, TEAM_CHANNEL, LIEN, "sales last month share")
        await slack.until(lambda: "Shared with everyone" in slack.workspace.messages[-1].text)
        assert posted.private_to is None
        assert "Shared by" in posted.text
        assert "sales team:Schelde 2026-10" in posted.text
        assert "share" not in posted.text.splitlines()[1]
        public = await sent(slack, TEAM_CHANNEL, LIEN, "@kpi-bot sales last month share")
        assert "Shared by" not in public.text
        assert "sales team:Schelde 2026-10" in public.text


async def test_a_double_press_posts_once(company: Services, monday: Clock, tmp_path: Path) -> None:
    """The second press within seconds is dropped."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, OPEN_CHANNEL, ADMIN, "sales last month")
        await slack.press(shown, "Share", ADMIN)
        await pressed(slack, shown, "Share", ADMIN, 2)
        await asked(slack, OPEN_CHANNEL, ADMIN, "leads")
        assert sum("Shared by" in message.text for message in slack.workspace.messages) == 1


async def test_it_is_shared_in_the_thread_where_it_was_asked(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A press below a mention answers in its thread, and that answer is shared there."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        public = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales last month")
        (private,) = await pressed(slack, public, "By region", ADMIN)
        assert private.private_to == ADMIN
        posted, _ = await pressed(slack, private, "Share", ADMIN, 2)
        assert posted.private_to is None
        assert posted.thread == public.thread


@pytest.mark.parametrize(
    ("user", "channel", "is_posted"),
    [
        (ANNA, OPEN_CHANNEL, True),
        (ANNA, TEAM_CHANNEL, True),
        (ANNA, MAAS_CHANNEL, False),
        (ANNA, SALES, False),
        (LIEN, TEAM_CHANNEL, True),
        (LIEN, MAAS_CHANNEL, False),
        (ADMIN, TEAM_CHANNEL, False),
        (ADMIN, SALES, False),
    ],
)
async def test_what_the_channel_may_not_see_is_never_posted(
    user: str, channel: str, is_posted: bool, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A rep's own figures go to a channel that may see them; and no figures go where they may not be seen."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, channel, user, "sales last month")
        first, *_ = await pressed(slack, shown, "Share", user, 2 if is_posted else 1)
        public = [message for message in slack.workspace.messages if message.private_to is None]
        if is_posted:
            (posted,) = public
            assert posted.text.splitlines()[1:] == shown.text.splitlines()
            assert user == ADMIN or not any(name in posted.text for name in COLLEAGUES)
        else:
            assert public == []
            assert "I can't share that here: not everyone in this channel is allowed to see" in first.text
            assert "€" not in first.text
            assert first.private_to == user


@pytest.mark.parametrize("line", ["sales by rep last month", "sales by team last month"])
@pytest.mark.parametrize(
    ("channel", "is_posted"), [(MAAS_CHANNEL, True), (OPEN_CHANNEL, True), (TEAM_CHANNEL, False)]
)
async def test_a_team_total_is_shared_whole_or_not_at_all(
    line: str, channel: str, is_posted: bool, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """What Karim sees of Maas, beside his own row or alone, is for Maas and for who sees everything."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, channel, KARIM, line)
        assert "team:Maas" in shown.text
        first, *_ = await pressed(slack, shown, "Share", KARIM, 2 if is_posted else 1)
        if is_posted:
            assert first.text.splitlines()[1:] == shown.text.splitlines()
        else:
            assert "I can't share that here" in first.text
            assert all(message.private_to for message in slack.workspace.messages)


async def test_a_narrower_channel_is_offered_its_own_part(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """The company's sales aren't Schelde's to see; Schelde's are, as another question that is said."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, TEAM_CHANNEL, ADMIN, "sales last month")
        (refused,) = await pressed(slack, shown, "Share", ADMIN)
        line = next(label for label in labels(refused) if label.startswith("sales team:Schelde 2026-10"))
        posted, _ = await pressed(slack, refused, line, ADMIN, 2)
        assert posted.private_to is None
        assert "sales team:Schelde 2026-10" in posted.text


async def test_a_forged_share_and_a_guests_are_refused(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Whoever presses, and whatever the button carries, is asked again under the presser's own rights."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        assert slack.sender
        for user, value, part in (
            (ANNA, 'sales rep:"Jan Peeters" 2026-10', "You don't have access to"),
            (ANNA, "sales team:Maas 2026-10", "You don't have access to"),
            (KARIM, 'sales rep:"Anna de Vries" 2026-10', "You don't have access to"),
            (GUEST, "sales 2026-10", "guests can't see"),
            (EXTERNAL, "sales 2026-10", "guests can't see"),
            (UNMAPPED, "sales 2026-10", "no role yet"),
        ):
            public = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot help")
            count = len(slack.workspace.messages)
            forged = {"type": "button", "action_id": "share", "value": value}
            await slack.sender.click(OPEN_CHANNEL, user, public.ts, "ways", forged)
            answer = await slack.message_after(count)
            assert part in answer.text
            assert answer.private_to == user
        assert not any("Shared" in message.text for message in slack.workspace.messages)


@BOTH
async def test_in_a_direct_message_a_window_asks_where(
    mode: Mode, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """The channel that is chosen counts: what it may not see is refused, what it may is posted."""
    async with world(mode, company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        assert slack.sender
        shown = await sent(slack, f"D{ANNA[1:]}", ANNA, "sales last month")
        for channel, is_posted in ((MAAS_CHANNEL, False), (TEAM_CHANNEL, True)):
            await slack.press(shown, "Share", ANNA)
            await slack.until(lambda: ANNA in slack.workspace.views)
            view = slack.workspace.views[ANNA].content
            (block,) = view["blocks"]
            assert block["element"]["type"] == "conversations_select"
            assert block["element"]["filter"]["include"] == ["public", "private"]
            count = len(slack.workspace.messages)
            await slack.sender.submit(ANNA, {"where": {"channel": channel}})
            await slack.until(lambda: len(slack.workspace.messages) > count + is_posted)  # noqa: B023
            *posted, told = slack.workspace.messages[count:]
            assert told.channel == f"D{ANNA[1:]}"
            assert [message.channel for message in posted] == [TEAM_CHANNEL] * is_posted
            assert ("can't share that" in told.text) is not is_posted
        assert posted[0].text.splitlines()[1:] == shown.text.splitlines()


async def test_typed_in_a_direct_message_it_asks_where(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A message can open no window, so a button does."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        answer = await sent(slack, f"D{ANNA[1:]}", ANNA, "sales last month share")
        assert "Where should I share it?" in answer.text
        await slack.press(answer, "Choose a channel", ANNA)
        await slack.until(lambda: ANNA in slack.workspace.views)
        assert slack.workspace.views[ANNA].content["private_metadata"].startswith('sales rep:"Anna de Vries"')


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"has_bot": False}, "I'm not in that channel", "/invite @kpi-bot"),
        ({"is_archived": True}, "That channel is archived", "another one"),
    ],
)
async def test_a_channel_that_takes_nothing_comes_with_the_exact_fix(
    changes: dict[str, bool], message: str, hint: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Nobody is told that it was shared."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        slack.workspace.channels = tuple(
            replace(channel, **changes) if channel.channel == OPEN_CHANNEL else channel
            for channel in slack.workspace.channels
        )
        shown = await asked(slack, OPEN_CHANNEL, ADMIN, "sales last month")
        (told,) = await pressed(slack, shown, "Share", ADMIN)
        assert message in told.text
        assert hint in told.text
        assert told.private_to == ADMIN


async def test_several_metrics_can_be_shared_and_taken_along(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """As one question."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, OPEN_CHANNEL, ADMIN, "sales,leads,orders last month")
        assert labels(shown)[:6] == ["Sales", "New leads", "Orders", "Share", "CSV", "XLSX"]
        posted, _ = await pressed(slack, shown, "Share", ADMIN, 2)
        assert posted.text.splitlines()[1:] == shown.text.splitlines()
        file, _ = await pressed(slack, shown, "CSV", ADMIN, 2)
        assert file.files[0]["name"] == "sales-leads-orders-2026-10.csv"


def kinds(slack: World, message: Posted) -> set[str]:
    """The types of block that a message has now."""
    found = slack.workspace.find(message.channel, message.ts)
    assert found
    return {block["type"] for block in found.blocks}


async def test_the_other_form_takes_the_answers_place(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """To a chart and back, in the command's answer, in a direct message and in a channel."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        line = "sales by rep last month"
        private = await asked(slack, SALES, LIEN, line)
        direct = await sent(slack, f"D{LIEN[1:]}", LIEN, line)
        public = await sent(slack, TEAM_CHANNEL, LIEN, f"@kpi-bot {line}")
        count = len(slack.workspace.messages)
        for shown in (private, direct, public):
            for label, kind, other in (
                ("Chart", "data_visualization", "data_table"),
                ("Table", "data_table", "data_visualization"),
                *([("Chart", "data_visualization", "data_table")] if shown is not public else []),
            ):
                await slack.press(shown, label, LIEN)
                await slack.until(lambda: kind in kinds(slack, shown))  # noqa: B023
                assert other not in kinds(slack, shown)
        assert len(slack.workspace.messages) == count
        assert "Share" not in labels(slack.workspace.messages[-1])
        await slack.press(public, "Chart", ADMIN)
        await slack.until(lambda: "data_visualization" in kinds(slack, public))
        assert len(slack.workspace.messages) == count, "the same to the admin, as far as the channel goes"


async def test_who_sees_less_changes_nobodys_answer(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Of a public answer Anna gets her own part to herself, a guest a sentence; it stays as it is."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        public = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales by rep last month")
        for user, part in ((ANNA, "Anna de Vries"), (GUEST, "guests can't see"), (UNMAPPED, "no role yet")):
            (mine,) = await pressed(slack, public, "Chart", user)
            assert mine.private_to == user
            assert part in mine.text
            assert not any(name in mine.text for name in COLLEAGUES)
        beside = await sent(slack, OPEN_CHANNEL, KARIM, "@kpi-bot sales by rep last month")
        await pressed(slack, beside, "Chart", KARIM)
        for shown in (public, beside):
            assert "data_visualization" not in kinds(slack, shown)
            found = slack.workspace.find(shown.channel, shown.ts)
            assert found
            assert found.text == shown.text


async def test_a_refused_form_leaves_the_answer_where_it_is(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A sentence of what is wrong never takes an answer's place."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        assert slack.sender
        shown = await asked(slack, SALES, ANNA, "sales by region last month")
        count = len(slack.workspace.messages)
        forged = {"type": "button", "action_id": "show:chart", "value": "sales by rep rep:karim chart"}
        await slack.sender.click(SALES, ANNA, shown.ts, "ways", forged)
        refused = await slack.message_after(count)
        assert "€" not in refused.text
        kept = slack.workspace.find(shown.channel, shown.ts)
        assert kept
        assert kept.text == shown.text


async def test_share_on_the_home_tab(company: Services, monday: Clock, tmp_path: Path) -> None:
    """My numbers, to a channel of my team; told in the direct messages."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        assert slack.sender
        await slack.sender.open_home(ANNA)
        await slack.until(lambda: ANNA in slack.workspace.homes)
        rows = [
            block for block in slack.workspace.homes[ANNA].content["blocks"] if block["type"] == "actions"
        ]
        row, button = next(
            (row, entry) for row in rows for entry in row["elements"] if entry["text"]["text"] == "Share"
        )
        await slack.sender.click_home(ANNA, row["block_id"], button)
        await slack.until(lambda: ANNA in slack.workspace.views)
        await slack.sender.submit(ANNA, {"where": {"channel": TEAM_CHANNEL}})
        await slack.until(lambda: len(slack.workspace.messages) >= 2)
        posted, told = slack.workspace.messages
        assert (posted.channel, told.channel) == (TEAM_CHANNEL, f"D{ANNA[1:]}")
        assert 'rep:"Anna de Vries" 2026-11' in posted.text


async def test_why_is_shared_as_a_mention_would_be_answered(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """With the parts, but naming nobody; by rep it stays the asker's own."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        shown = await asked(slack, OPEN_CHANNEL, ADMIN, "why sales last month")
        assert shown.private_to == ADMIN
        posted, told = await pressed(slack, shown, "Share", ADMIN, 2)
        assert (posted.channel, posted.private_to) == (OPEN_CHANNEL, None)
        assert posted.text.startswith(f"Shared by <@{ADMIN}>\nwhy sales 2026-10")
        assert "8 of the 18% rise in sales come every October." in posted.text
        assert "I show the split by rep only to you" in posted.text
        staff = company.staff(monday()).reps
        assert not [rep.label for rep in staff if rep.label in posted.text]
        assert {"Share", "SQL"}.isdisjoint(labels(posted))
        assert told.text == f"Shared with everyone in <#{OPEN_CHANNEL}>."
        by_rep = await asked(slack, OPEN_CHANNEL, ADMIN, "why sales last month by rep share")
        assert by_rep.private_to == ADMIN
        assert "I don't say who a change comes from" in by_rep.text


@pytest.mark.parametrize(("user", "channel"), [(ANNA, TEAM_CHANNEL), (ADMIN, SALES), (ADMIN, TEAM_CHANNEL)])
async def test_why_is_not_shared_where_it_would_be_another(
    user: str, channel: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A rep's own, a channel that may see nothing, a channel of one team."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        told = await asked(slack, channel, user, "why sales last month share")
        assert told.private_to == user
        assert not any("Shared by" in message.text for message in slack.workspace.messages)
        if (user, channel) == (ADMIN, TEAM_CHANNEL):
            assert "why sales team:Schelde 2026-10 share" in str(told.blocks)


async def test_why_is_shared_from_a_direct_message_by_a_window(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """It asks where, as for any answer."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        asking = await sent(slack, f"D{LIEN[1:]}", LIEN, "why sales last month share")
        assert "Where should I share it?" in asking.text


async def test_the_worst_people_are_not_listed_where_others_read(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Neither after a mention nor by sharing; the asker alone may see them, and everyone the worst sources."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        line = "sales by rep last month bottom 3"
        public = await sent(slack, OPEN_CHANNEL, ADMIN, f"@kpi-bot {line}")
        assert "only the top of a leaderboard" in public.text
        shared = await asked(slack, OPEN_CHANNEL, ADMIN, f"{line} share")
        assert shared.private_to == ADMIN
        assert "only the top of a leaderboard" in shared.text
        assert "François" in (await asked(slack, OPEN_CHANNEL, ADMIN, line)).text
        sources = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot leads by source last month bottom 3")
        assert "Podcast" in sources.text
