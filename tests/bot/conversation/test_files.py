"""Files of answers through Slack: where they go, what they hold, and what is said where they can't."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest

from bot.playground.refusal import RefusedError
from bot.playground.workspace import Channel, Posted
from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.slack import answers
from bot.store import database
from bot.store.audit import AuditRows
from bot.workspace.services import Services
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    COLLEAGUES,
    EXTERNAL,
    GUEST,
    JAN,
    LIEN,
    LISTED,
    OPEN_CHANNEL,
    TEAM_CHANNEL,
    UNMAPPED,
    people_of,
    sent,
)
from tests.bot.world import SALES, Mode, SocketStandIn, World, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


def content_of(slack: World, message: Posted, at: int = 0) -> bytes:
    """What the file of a message holds."""
    return slack.workspace.files[message.files[at]["id"]].content


def rows_of(slack: World, message: Posted) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content_of(slack, message).decode("utf-8-sig"))))


async def both(slack: World, line: str, user: str) -> tuple[Posted, Posted]:
    """Type a command and return the file's message and the private answer."""
    count = len(slack.workspace.messages)
    await slack.say(line, user)
    await slack.until(lambda: len(slack.workspace.messages) >= count + 2)
    file, answer = slack.workspace.messages[count:]
    return file, answer


@BOTH
async def test_a_commands_file_comes_by_direct_message(
    mode: Mode, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A private answer can hold no file: it says where it is, whole, though the table shows ten."""
    async with world(mode, company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        file, answer = await both(slack, "sales by customer 2026-10 csv", ADMIN)
        assert file.channel == f"D{ADMIN[1:]}"
        assert file.private_to is None
        assert [entry["name"] for entry in file.files] == ["sales-by-customer-2026-10.csv"]
        assert file.files[0]["title"] == "Sales by customer, October 2026"
        assert "`sales by customer 2026-10" in file.text
        assert "csv" not in file.text.split("`")[1]
        rows = rows_of(slack, file)
        assert len(rows) > 50
        assert answer.private_to == ADMIN
        assert answer.channel == SALES
        assert f"direct messages with me: sales-by-customer-2026-10.csv ({len(rows):,} rows)" in answer.text


@BOTH
async def test_a_workbook_opens(mode: Mode, company: Services, monday: Clock, tmp_path: Path) -> None:
    """The same rows, as a file that a spreadsheet opens; both at once where both are asked."""
    async with world(mode, company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        file, _ = await both(slack, "sales by region 2026-10 xlsx csv", ADMIN)
        assert [entry["name"].rpartition(".")[2] for entry in file.files] == ["csv", "xlsx"]
        book = openpyxl.load_workbook(BytesIO(content_of(slack, file, 1)))
        assert book.worksheets[0].max_row == len(rows_of(slack, file)) + 1


async def test_a_file_asked_in_a_conversation_is_in_it(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """In a direct message there; by mention in that thread, of what channel and asker may both see."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        here = await sent(slack, f"D{ADMIN[1:]}", ADMIN, "sales by rep 2026-10 csv")
        assert here.channel == f"D{ADMIN[1:]}"
        assert len(rows_of(slack, here)) > 10
        public = await sent(slack, TEAM_CHANNEL, ADMIN, "@kpi-bot sales by rep 2026-10 csv")
        assert public.thread == slack.workspace.messages[-2].ts
        assert {row["rep"] for row in rows_of(slack, public)} == {
            "Anna de Vries",
            "Jan Peeters",
            "Zoë D'Hondt",
        }
        nothing = await sent(slack, SALES, ADMIN, "@kpi-bot sales by rep 2026-10 csv")
        assert "others can read it" in nothing.text
        assert not nothing.files


@pytest.mark.parametrize("label", ["CSV", "XLSX"])
async def test_a_reps_file_holds_own_rows_only(
    label: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Typed, by the button of an admin's answer, and by a button that Anna forged."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        own, _ = await both(slack, f"sales by rep 2026-10 {label}", ANNA)
        admins = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales by rep 2026-10")
        count = len(slack.workspace.messages)
        await slack.press(admins, label if label == "XLSX" else csv_label(admins), ANNA)
        await slack.until(lambda: len(slack.workspace.messages) >= count + 2)
        pressed = slack.workspace.messages[count]
        for file in (own, pressed):
            assert file.channel == f"D{ANNA[1:]}"
            assert names_in(slack, file, label) == {"Anna de Vries"}
        for line in ('sales rep:"Jan Peeters" 2026-10', "sales by rep -rep:me", "sales team:maas by rep"):
            count = len(slack.workspace.messages)
            forged = {"type": "button", "action_id": f"ask:{label}", "value": f"{line} {label}"}
            ts = (await slack.say("help", ANNA)).ts
            await slack.sender.click(SALES, ANNA, ts, "ways", forged)
            refused = await slack.message_after(count + 1)
            assert not refused.files
            assert refused.private_to == ANNA
        assert len(slack.workspace.files) == 2
        held = b"".join(file.content for file in slack.workspace.files.values())
        assert not any(name.encode() in held for name in COLLEAGUES)


def csv_label(message: Posted) -> str:
    ways = next(block for block in message.blocks if block.get("block_id") == "ways")
    return next(entry["text"]["text"] for entry in ways["elements"] if entry["action_id"] == "ask:csv")


def names_in(slack: World, file: Posted, label: str) -> set[str]:
    if label == "CSV":
        return {row["rep"] for row in rows_of(slack, file)}
    sheet = openpyxl.load_workbook(BytesIO(content_of(slack, file))).worksheets[0]
    return {str(sheet.cell(at, 4).value) for at in range(2, sheet.max_row + 1)}


async def test_a_lead_gets_the_team_and_guests_get_nothing(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Each of the cast, by command and by pressing the admin's button."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        file, _ = await both(slack, "sales by rep 2026-10 csv", LIEN)
        assert {row["rep"] for row in rows_of(slack, file)} == {"Anna de Vries", "Jan Peeters", "Zoë D'Hondt"}
        admins = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales by rep 2026-10")
        for user, part in ((GUEST, "guests can't"), (EXTERNAL, "guests can't"), (UNMAPPED, "no role yet")):
            typed = await slack.say("sales by rep 2026-10 csv", user)
            assert part in typed.text
            count = len(slack.workspace.messages)
            await slack.press(admins, csv_label(admins), user)
            assert part in (await slack.message_after(count)).text
        assert len(slack.workspace.files) == 1


async def test_the_sql_is_for_admins_who_read_alone(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Offered to nobody else, refused to whoever types it or presses an admin's button; never in a channel."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        mine = await slack.say("leads 2026-10 vs none", ADMIN)
        assert "SQL" in labels(mine)
        count = len(slack.workspace.messages)
        await slack.press(mine, "SQL", ADMIN)
        shown = await slack.message_after(count)
        assert "SELECT" in shown.text
        assert shown.private_to == ADMIN
        for user in (ANNA, LIEN):
            assert "SQL" not in labels(await slack.say("leads 2026-10", user))
            assert "Only an admin can see the SQL." in (await slack.say("leads sql", user)).text
            count = len(slack.workspace.messages)
            forged = {"type": "button", "action_id": "ask:sql", "value": "leads 2026-10 sql"}
            await slack.sender.click(SALES, user, mine.ts, "ways", forged)
            assert "Only an admin" in (await slack.message_after(count)).text
        public = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot leads 2026-10")
        assert "SQL" not in labels(public)
        refused = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot leads 2026-10 sql")
        assert "I don't show SQL in a channel" in refused.text
        assert sum("SELECT" in message.text for message in slack.workspace.messages) == 1
        direct = await sent(slack, f"D{ADMIN[1:]}", ADMIN, "conversion sql")
        assert direct.files[0]["name"] == "conversion-2026-07.sql"
        assert b"SELECT" in content_of(slack, direct)


def labels(message: Posted) -> list[str]:
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [entry["text"]["text"] for row in rows for entry in row["elements"]]


@pytest.mark.parametrize("lacking", ["files:write", "im:write"])
async def test_without_the_scope_the_answer_names_it(
    lacking: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Files are optional: what to add is said, and by whom; nothing is sent."""
    scopes = "commands,chat:write,app_mentions:read,im:history,users:read,files:write,im:write"
    path = tmp_path / "store.sqlite"
    kept = scopes.replace(f",{lacking}", "")
    async with world("http", company, monday, path, scopes=kept, prepare=people_of) as slack:
        answer = await slack.say("sales by region 2026-10 csv", ADMIN)
        assert f"doesn't have the scope {lacking}" in answer.text
        assert "config/slack-manifest.yaml" in answer.text
        assert answer.private_to == ADMIN
        assert not slack.workspace.files
        direct = await sent(slack, f"D{ADMIN[1:]}", ADMIN, "sales by region 2026-10 csv")
        assert bool(direct.files) is (lacking == "im:write")


async def test_an_upload_that_fails_is_given_up_and_said(
    company: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are cut off on the way; once it is no longer sent again, nobody is told that the file is there."""
    monkeypatch.setattr(answers, "_LONGEST", 1)

    def cut(standin: SocketStandIn) -> None:
        people_of(standin)
        address = standin._uploads.address

        def shorter(given: dict[str, object]) -> dict[str, object]:
            return address({**given, "length": str(int(str(given["length"])) + 1)})

        standin._methods["files.getUploadURLExternal"] = shorter

    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=cut) as slack:
        answer = await slack.say("sales by region 2026-10 csv", ADMIN)
        assert "The file was not sent" in answer.text
        assert not slack.workspace.files
        called = [call.method for call in slack.workspace.calls]
        assert called.count("upload") == 2
        assert "files.completeUploadExternal" not in called


@pytest.mark.parametrize(
    ("code", "sentence", "times"),
    [
        ("internal_error", "Slack didn't confirm that it received the file.", 1),
        ("posting_to_channel_denied", "can find the reason in the log", 1),
        ("ratelimited", "Ask again in a minute.", 2),
    ],
)
async def test_a_refused_upload_is_said(
    code: str,
    sentence: str,
    times: int,
    company: Services,
    monday: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What may have arrived is called so; what is for the operator to mend isn't for the asker to try again.

    Only what surely wasn't taken is sent again.
    """
    monkeypatch.setattr(answers, "_LONGEST", 1)

    def refuse(standin: SocketStandIn) -> None:
        people_of(standin)

        def refused(_: dict[str, object]) -> dict[str, object]:
            raise RefusedError(code)

        standin._methods["files.completeUploadExternal"] = refused

    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=refuse) as slack:
        answer = await slack.say("sales by region 2026-10 csv", ADMIN)
        assert sentence in answer.text
        called = [call.method for call in slack.workspace.calls]
        assert called.count("files.completeUploadExternal") == times


async def test_a_file_reaches_its_presser_where_the_bot_was_never_invited(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A slash command works everywhere, and so do the buttons of its answer."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        mine = await slack.say("sales by region 2026-10", ADMIN)
        channels = slack.workspace.channels
        slack.workspace.channels = tuple(
            replace(channel, has_bot=False) if channel.channel == SALES else channel for channel in channels
        )
        count = len(slack.workspace.messages)
        await slack.press(mine, "CSV", ADMIN)
        file = await slack.message_after(count)
        assert file.channel == f"D{ADMIN[1:]}"
        assert len(rows_of(slack, file)) == 4


async def test_the_stand_in_is_as_strict_as_slack(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Wrong length, a second time, unknown files, a reply as thread, a person as channel, an archived channel."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        slack.workspace.channels += (
            Channel("C0OLD", "old", is_archived=True),
            Channel("C0OUT", "out", has_bot=False),
        )

        async def call(method: str, **given: object) -> dict[str, object]:
            headers = {"Authorization": "Bearer xoxb-test"}
            async with slack.session.post(
                f"{slack.base}/api/{method}", json=given, headers=headers
            ) as answer:
                found: dict[str, object] = await answer.json()
                return found

        async def put(address: object, content: bytes) -> int:
            async with slack.session.post(str(address), data=content) as answer:
                return answer.status

        get, complete = "files.getUploadURLExternal", "files.completeUploadExternal"
        assert (await call(get, filename="a.csv", length=0))["error"] == "missing_argument"
        made = await call(get, filename="a.csv", length=3)
        files = [{"id": made["file_id"], "title": "A"}]
        assert (await call(complete, files=files, channel_id=SALES))["error"] == "file_not_found"
        assert await put(made["upload_url"], b"four") == 400
        assert await put(made["upload_url"], b"abc") == 200
        assert await put(made["upload_url"], b"abc") == 400
        for channel, error in (
            ("C0NONE", "channel_not_found"),
            (ADMIN, "channel_not_found"),
            ("C0OUT", "not_in_channel"),
            ("C0OLD", "posting_to_channel_denied"),
        ):
            assert (await call(complete, files=files, channel_id=channel))["error"] == error
        reply = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales")
        refused = await call(complete, files=files, channel_id=OPEN_CHANNEL, thread_ts=reply.ts)
        assert refused["error"] == "invalid_arguments"
        assert (await call(complete, files=[{"id": "F0NONE"}], channel_id=SALES))["error"] == "file_not_found"
        assert (await call(complete, files=files, channel_id=SALES, initial_comment="Here"))["ok"]
        assert (await call(complete, files=files, channel_id=SALES))["error"] == "file_not_found"
        posted = slack.workspace.messages[-1]
        assert (posted.text, posted.files[0]["name"]) == ("Here", "a.csv")
        async with slack.session.get(slack.base + posted.files[0]["path"]) as answer:
            assert await answer.read() == b"abc"


async def test_the_audit_keeps_how_an_answer_left(company: Services, monday: Clock, tmp_path: Path) -> None:
    """The flag stands in the canonical question; one that was refused is kept as typed."""
    path = tmp_path / "store.sqlite"
    async with world("http", company, monday, path, prepare=people_of) as slack:
        await both(slack, "sales by region 2026-10 csv", ADMIN)
        await both(slack, "sales 2026-10 xlsx", ANNA)
        await slack.say("sales by rep sql", JAN)
        await slack.say("sales 2026-10 share", LIEN)
    engine = database.open_store(f"sqlite:///{path}")
    kept = [(row.person, row.question, row.outcome) for row in AuditRows(engine, "T0DEMO").newest(10)]
    engine.dispose()
    assert kept[::-1] == [
        (ADMIN, "sales by region 2026-10 csv", "answered"),
        (ANNA, 'sales rep:"Anna de Vries" 2026-10 xlsx', "answered"),
        (JAN, "sales by rep sql", "refused"),
        (LIEN, "sales team:Schelde 2026-10 share", "refused"),
    ]
