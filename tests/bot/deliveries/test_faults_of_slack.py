"""Each fault of Slack ends in the right state, and the right people are told once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.deliveries import UNREADABLE, State
from bot.workspace.services import Services
from tests.bot import slack_faults as faults
from tests.bot.deliveries.office import hurry, office, shop_in
from tests.bot.deliveries.test_deliverer import DUE
from tests.bot.slack_faults import Fault, FaultyStandIn
from tests.bot.world import SALES, SCOPES

LATE = replace(faults.LATE_ANSWER, answers_after=2.0)
"""The tests wait for one second for an answer, instead of 20."""
POST = "chat.postMessage"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with shop_in(tmp_path_factory.mktemp("shop")) as (services, _):
        yield services


async def _at_once(trying: Callable[..., Awaitable[None]], cases: Iterable[object], *given: object) -> None:
    """Try several cases at the same moment, each with a bot of its own."""
    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(trying(case, *given), name=str(case))


def _own(folder: Path, name: object) -> Path:
    own = folder / re.sub(r"\W+", "_", str(name))
    own.mkdir()
    return own


@pytest.mark.parametrize(
    "group", [faults.UNCLEAR[:5], (*faults.UNCLEAR[5:], faults.RATE_LIMITED), (LATE, faults.TAKEN_TWICE)]
)
async def test_a_passing_fault_delays_it_and_nobody_is_bothered(
    group: tuple[Fault, ...], shop: Services, tmp_path: Path
) -> None:
    """The summary stands there once, under the ts that the store has."""
    await _at_once(_delayed, group, shop, tmp_path)


async def _delayed(fault: Fault, shop: Services, tmp_path: Path) -> None:
    tmp_path = _own(tmp_path, fault)
    async with office(shop, tmp_path, prepare=lambda slack: slack.fail(fault, methods=(POST,))) as found:
        row = await found.until_it_is(State.SENT)
        await found.quiet()
        (post,) = found.posts()
        assert row.message_ts == post.ts
        assert found.told() == []


def _in_sales(**changes: bool) -> Callable[[FaultyStandIn], None]:
    def change(slack: FaultyStandIn) -> None:
        slack.workspace.channels = tuple(
            replace(entry, **changes) if entry.channel == SALES else entry
            for entry in slack.workspace.channels
        )

    return change


def _without_sales(slack: FaultyStandIn) -> None:
    slack.workspace.channels = tuple(entry for entry in slack.workspace.channels if entry.channel != SALES)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What makes Slack refuse the summary for good, with which code, and a word of the fix."""

    code: str
    prepare: Callable[[FaultyStandIn], None]
    fix: str

    def __str__(self) -> str:
        return self.code


REFUSALS = (
    Refusal("is_archived", _in_sales(is_archived=True), "archived"),
    Refusal("not_in_channel", _in_sales(has_bot=False), "/invite"),
    Refusal("channel_not_found", _without_sales, "channel"),
    Refusal("msg_too_long", lambda slack: slack.fail(faults.TOO_LONG, methods=(POST,)), "too long"),
)


async def test_a_refusal_fails_and_the_admins_are_told_once_with_the_fix(
    shop: Services, tmp_path: Path
) -> None:
    await _at_once(_refused, REFUSALS, shop, tmp_path)


async def _refused(refusal: Refusal, shop: Services, tmp_path: Path) -> None:
    tmp_path = _own(tmp_path, refusal)
    async with office(shop, tmp_path, prepare=refusal.prepare) as found:
        row = await found.until_it_is(State.FAILED)
        assert (row.reason or "").startswith(refusal.code)
        await found.until(lambda: bool(found.told()))
        await found.quiet()
        (told,) = found.told()
        assert "Weekly sales summary" in told
        assert refusal.fix in told
        assert found.posts() == []


async def test_a_refused_token_stops_all_until_it_is_mended(shop: Services, tmp_path: Path) -> None:
    """No row fails; afterwards the summary goes out once, and the admins hear of it once."""
    await _at_once(_stopped, faults.OF_THE_TOKEN, shop, tmp_path)


async def _stopped(fault: Fault, shop: Services, tmp_path: Path) -> None:
    tmp_path = _own(tmp_path, fault)
    async with office(shop, tmp_path, start=DUE - timedelta(minutes=1)) as found:
        if fault is faults.MISSING_SCOPE:
            scopes, found.slack._scopes = found.slack._scopes, "commands"
        else:
            found.slack.fail_always(fault)
        found.clock.ahead = timedelta(minutes=1)
        await found.until(lambda: POST in found.slack.seen)
        await found.quiet()
        row = found.row()
        assert row is not None
        assert row.state is State.READY
        assert found.slack.seen.count(POST) == 1, "nothing else is tried"
        if fault is faults.MISSING_SCOPE:
            found.slack._scopes = scopes
        found.slack.recover()
        await found.until_it_is(State.SENT)
        await found.until(lambda: bool(found.told()))
        await found.quiet()
        assert len(found.posts()) == 1
        (told,) = found.told()
        assert fault.error in told


async def test_where_the_history_can_not_be_read_the_admins_decide(shop: Services, tmp_path: Path) -> None:
    """It is unknown, never posted twice, and told once with a button to send it again."""
    unclear = (faults.RESET, faults.RESET_TAKEN, faults.SERVER_ERROR_TAKEN)
    await _at_once(_unclear, unclear, shop, tmp_path)


async def _unclear(fault: Fault, shop: Services, tmp_path: Path) -> None:
    tmp_path = _own(tmp_path, fault)
    async with office(
        shop, tmp_path, prepare=lambda slack: slack.fail(fault, methods=(POST,)), scopes=SCOPES
    ) as found:
        row = await found.until_it_is(State.UNKNOWN)
        assert (row.reason or "").startswith(f"{UNREADABLE}: missing_scope channels:history")
        await found.until(lambda: bool(found.told()))
        await found.quiet()
        assert len(found.posts()) == fault.takes
        (told,) = found.told()
        assert "Slack didn't say whether it took the message" in told
        assert "channels:history" in told
        blocks = str([entry.blocks for entry in found.world.workspace.messages])
        assert "Send again" in blocks
