"""Who somebody is, as Slack says."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Any

import pytest

from bot.rights import Membership
from bot.runtime.clock import system_clock
from bot.slack.people import Identity, People, Person, person_of
from kpi_engine.domain.errors import KpiError

IDENTITY = Identity("T0", "Shop", "E0", "U0BOT", None, None)


@pytest.mark.parametrize(
    ("told", "membership"),
    [
        ({"team_id": "T0"}, Membership.FULL),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E0"}}, Membership.FULL),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E9"}}, Membership.EXTERNAL),
        ({"team_id": "T9"}, Membership.EXTERNAL),
        ({"team_id": "T0", "is_stranger": True}, Membership.EXTERNAL),
        ({"team_id": "T0", "is_restricted": True}, Membership.GUEST),
        ({"team_id": "T0", "is_ultra_restricted": True}, Membership.GUEST),
        ({}, Membership.UNKNOWN),
        ({"enterprise_user": {"enterprise_id": "E0"}}, Membership.UNKNOWN),
        ({"team_id": "T0", "deleted": True}, Membership.GONE),
        ({"team_id": "T0", "deleted": True, "is_restricted": True}, Membership.GONE),
        ({"team_id": "T0", "is_bot": True}, Membership.GONE),
        ({"team_id": "T0", "is_workflow_bot": True}, Membership.GONE),
    ],
)
def test_what_slack_says_of_a_user_makes_a_member(told: dict[str, object], membership: Membership) -> None:
    """Whoever isn't certainly of this workspace, or of its organisation, is no full member."""
    found = person_of({"id": "U1", "profile": {"email": "a@demo.invalid"}, **told}, IDENTITY)
    assert (found.membership, found.email) == (membership, "a@demo.invalid")


class CountingClient:
    """Slack's users.info, which answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers = asyncio.Event()
        self.wrong = False

    async def users_info(self, *, user: str, include_locale: bool) -> dict[str, Any]:
        self.asked.append(user)
        await self.answers.wait()
        if self.wrong:
            raise OSError
        return {"user": {"id": user, "team_id": "T0"}}


async def test_fifty_requests_of_one_person_ask_slack_once() -> None:
    """Fifty look-ups at once would be refused by Slack, and the person told to try again."""
    client = CountingClient()
    people = People(client, IDENTITY, system_clock(UTC))  # type: ignore[arg-type]
    waiting = [asyncio.create_task(people.person(f"U{number % 2}")) for number in range(100)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # whoever gives up takes nobody along
    await asyncio.sleep(0)
    client.answers.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [entry.membership for entry in found[1:] if isinstance(entry, Person)] == [Membership.FULL] * 99
    assert client.asked == ["U0", "U1"]
    await people.person("U1")
    assert client.asked == ["U0", "U1"]


async def test_a_look_up_that_failed_is_tried_again() -> None:
    """All who waited for it are told; the next one asks again."""
    client = CountingClient()
    client.wrong = True
    client.answers.set()
    people = People(client, IDENTITY, system_clock(UTC))  # type: ignore[arg-type]
    failed = await asyncio.gather(*(people.person("U1") for _ in range(3)), return_exceptions=True)
    assert [type(entry) for entry in failed] == [KpiError] * 3
    client.wrong = False
    assert (await people.person("U1")).membership == Membership.FULL
    assert client.asked == ["U1", "U1"]
