"""The same question of several people at once is read from the database once, and never across rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event, current_thread
from typing import Any

import pytest

from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.store import database
from bot.store.targets import SetTarget, TargetBook
from bot.workspace.services import Services
from bot.workspace.targets import SetTargets
from kpi_engine.domain.access import AccessList, People
from tests.bot.held import LONGEST, HeldWarehouse, held_services
from tests.bot.world import ANNA, LEAD, World, world

LINE, OTHER = "sales by region last month", "leads 2026-09"
ROLES = Roles(AccessList(admins=frozenset({ANNA}), leads={LEAD: People(teams=("Schelde",))}))


@pytest.fixture
def held(demo_services: Services, monday: Clock) -> Iterator[tuple[Services, HeldWarehouse]]:
    services, warehouse = held_services(replace(demo_services, demo=False, roles=ROLES), monday)
    yield services, warehouse
    warehouse.held = False
    warehouse.released.set()
    warehouse.close()


@asynccontextmanager
async def opened(
    held: tuple[Services, HeldWarehouse], clock: Clock, path: Path, **changes: Any
) -> AsyncIterator[World]:
    """Connect the bot; names and days are read, and then nothing but figures."""
    services, warehouse = held
    async with world("socket", services, clock, path / "store.sqlite", **changes) as slack:
        await slack.say(LINE)
        await slack.say(OTHER)
        slack.workspace.messages = []
        yield slack
        warehouse.held = False
        warehouse.released.set()


async def statements_of(slack: World, warehouse: HeldWarehouse, line: str) -> int:
    """Return how many statements one question alone takes."""
    before = warehouse.for_answers
    await slack.say(line)
    slack.workspace.messages = []
    return warehouse.for_answers - before


async def asked_at_once(slack: World, warehouse: HeldWarehouse, users: list[str], line: str) -> list[str]:
    """Let people ask the same while the database is held; return the answers."""
    warehouse.released.clear()
    warehouse.held = True
    payloads = [slack.command_payload(line, user) for user in users]
    await asyncio.gather(*(slack.standin.send("slash_commands", payload) for payload in payloads))
    await slack.until(lambda: slack.in_pool == len(users) and warehouse.waiting > 0)
    warehouse.held = False
    warehouse.released.set()
    await slack.until(lambda: len(slack.workspace.messages) == len(users))
    return [entry.text for entry in slack.workspace.messages]


@pytest.mark.parametrize("threads", [2, 16])
async def test_the_same_question_of_many_is_read_once(
    threads: int, held: tuple[Services, HeldWarehouse], monday: Clock, tmp_path: Path
) -> None:
    """Also by those who wait for a thread until the first ones are answered."""
    async with opened(held, monday, tmp_path, kpi_pool_size=threads) as slack:
        _, warehouse = held
        alone = min([await statements_of(slack, warehouse, LINE) for _ in range(2)])
        before = warehouse.for_answers
        texts = await asked_at_once(slack, warehouse, [ANNA] * 12, LINE)
        assert len(set(texts)) == 1
        assert texts[0].startswith("sales by region 2026-10")
        assert warehouse.for_answers - before < 2 * alone
        assert await statements_of(slack, warehouse, LINE) >= alone


async def test_people_with_other_rights_share_nothing(
    held: tuple[Services, HeldWarehouse], monday: Clock, tmp_path: Path
) -> None:
    """A lead gets the figures of their own team, whoever asks the same meanwhile."""
    async with opened(held, monday, tmp_path) as slack:
        _, warehouse = held
        await slack.say(LINE, LEAD)
        slack.workspace.messages = []
        texts = await asked_at_once(slack, warehouse, [ANNA, LEAD, ANNA, LEAD], LINE)
        assert {text.split(" · ")[0] for text in texts} == {
            "sales by region 2026-10",
            "sales team:Schelde by region 2026-10",
        }
        of_all, of_team = ({text for text in texts if ("Schelde" in text) is mine} for mine in (False, True))
        assert len(of_all) == len(of_team) == 1


async def test_a_target_that_was_set_meanwhile_is_in_the_next_answer(
    held: tuple[Services, HeldWarehouse], monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever process: an answer that has read the targets before isn't shared with who asks after."""
    read, has_read, go_on = SetTargets.read, Event(), Event()

    def slowly(*given: Any) -> Any:
        found = read(*given)
        if current_thread().name.startswith("pool"):  # others read targets in the background
            has_read.set()
            assert go_on.wait(LONGEST)
        return found

    monkeypatch.setattr(SetTargets, "read", slowly)
    go_on.set()
    async with opened(held, monday, tmp_path) as slack:
        go_on.clear()
        has_read.clear()
        command = slack.command_payload("sales 2026-10")
        await slack.standin.send("slash_commands", command)
        await slack.until(has_read.is_set)
        store = database.open_store(f"sqlite:///{slack.store}")
        book = TargetBook(store, slack.workspace.team)
        book.add(SetTarget("sales", date(2026, 10, 1), {}, 777_000.0, ANNA, monday()))
        store.dispose()
        await slack.standin.send("slash_commands", slack.command_payload("sales 2026-10"))
        await slack.until(lambda: slack.in_pool == 2)
        go_on.set()
        await slack.until(lambda: len(slack.workspace.messages) == 2)
        assert sum("777" in entry.text for entry in slack.workspace.messages) == 1
