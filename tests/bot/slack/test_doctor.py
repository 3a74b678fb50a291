"""What the doctor asks Slack, and what it makes of the answers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.operations.doctor import Finding, Status
from bot.playground.workspace import Channel
from bot.runtime.clock import Clock, system_clock
from bot.slack.doctor import LACKING, REQUIRED, UsedChannel, slack_findings
from tests.bot.world import SALES, SCOPES, SocketStandIn, settings_of, stand_in
from tests.shop import BRUSSELS, SHIPPED

EVERY_SCOPE = ",".join((SCOPES, *LACKING, "channels:read", "groups:read"))
OURS = (UsedChannel(SALES, "summary weekly"),)


async def examined(
    *,
    scopes: str = EVERY_SCOPE,
    channels: tuple[UsedChannel, ...] = OURS,
    clock: Clock | None = None,
    prepare: Any = lambda _: None,
    **changes: Any,
) -> tuple[Finding, ...]:
    now = system_clock(BRUSSELS)
    async with stand_in(now, scopes) as (slack, base):
        prepare(slack)
        settings = settings_of("socket", base, "unused")  # type: ignore[arg-type]
        found = await slack_findings(settings.model_copy(update=changes), channels, clock or now)
        assert {call.method for call in slack.workspace.calls} <= {
            "auth.test",
            "apps.connections.open",
            "conversations.info",
        }
    return found


def bad(found: tuple[Finding, ...]) -> dict[str, Status]:
    return {finding.part: finding.status for finding in found if finding.status is not Status.OK}


def messages(found: tuple[Finding, ...]) -> str:
    return "\n".join(f"{finding.message} {finding.fix}" for finding in found)


async def test_all_is_well() -> None:
    """Nothing is posted, and no secret is said."""
    found = await examined()
    assert bad(found) == {}
    assert {finding.part for finding in found} == {"token", "scopes", "clock", "socket", "channels"}
    assert "xoxb" not in messages(found)
    assert "xapp" not in messages(found)


@pytest.mark.parametrize(
    ("changes", "part", "status", "said"),
    [
        ({"slack_bot_token": None}, "token", Status.ERROR, "SLACK_BOT_TOKEN isn't set."),
        (
            {"slack_bot_token": SecretStr("xoxb-old")},
            "token",
            Status.ERROR,
            "does not accept SLACK_BOT_TOKEN",
        ),
        ({"slack_api_url": "http://127.0.0.1:9/api/"}, "token", Status.ERROR, "Slack can't be reached"),
        (
            {"slack_app_token": SecretStr("xapp-old")},
            "socket",
            Status.ERROR,
            "does not accept SLACK_APP_TOKEN",
        ),
        ({"slack_app_token": None}, "socket", Status.NOTE, "In HTTP mode only Slack can tell"),
        (
            {"slack_app_token": None, "slack_signing_secret": None},
            "socket",
            Status.ERROR,
            "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set.",
        ),
    ],
)
async def test_a_setting_that_slack_refuses(
    changes: dict[str, Any], part: str, status: Status, said: str
) -> None:
    """With what to do; the rest is looked at all the same, where it can be."""
    found = await examined(**changes)
    assert bad(found) == {part: status}
    assert said in messages(found)


async def test_a_socket_that_slack_does_not_open() -> None:
    def closed(slack: SocketStandIn) -> None:
        slack.refuse_open = 1

    found = await examined(prepare=closed)
    assert bad(found) == {"socket": Status.ERROR}
    assert "Turn on Socket Mode" in messages(found)


async def test_scopes_that_are_missing() -> None:
    """A required one is an error, one that most people miss a warning, another one a note."""
    less = EVERY_SCOPE.split(",")
    for scope, status in (
        ("app_mentions:read", Status.ERROR),
        ("users:read", Status.WARNING),
        ("files:write", Status.NOTE),
    ):
        found = await examined(scopes=",".join(name for name in less if name != scope))
        assert bad(found) == {"scopes": status}
        assert scope in messages(found)
        assert "reinstall the app" in messages(found)


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (10, None),
        (-10, None),
        (90, Status.WARNING),
        (-90, Status.WARNING),
        (290, Status.ERROR),
        (-3600, Status.ERROR),
    ],
)
async def test_a_clock_that_is_wrong(seconds: int, status: Status | None) -> None:
    """Slack's requests seem old to it, and are refused."""
    real = system_clock(BRUSSELS)
    found = await examined(clock=lambda: real() + timedelta(seconds=seconds))
    assert bad(found) == ({} if status is None else {"clock": status})
    if status:
        assert ("ahead of" if seconds > 0 else "behind") in messages(found)


async def test_channels_that_it_can_not_post_to() -> None:
    """Each with its reason and its fix, and who posts there."""

    def more(slack: SocketStandIn) -> None:
        slack.workspace.channels += (
            Channel("C0OLD", "old", is_archived=True),
            Channel("C0OUT", "out", has_bot=False),
            Channel("G0SECRET", "secret", has_bot=False, is_private=True),
        )

    names = (SALES, "C0OLD", "C0OUT", "G0SECRET", "C0NONE")
    found = await examined(
        prepare=more, channels=tuple(UsedChannel(name, "summary weekly") for name in names)
    )
    told = [finding.message for finding in found if finding.part == "channels"]
    assert told == [
        "C0OLD (summary weekly) is archived.",
        "The bot isn't in C0OUT (summary weekly).",
        "G0SECRET (summary weekly) doesn't exist, or it is private and the bot isn't in it.",
        "C0NONE (summary weekly) doesn't exist, or it is private and the bot isn't in it.",
    ]
    assert bad(found) == {"channels": Status.ERROR}
    assert "/invite" in messages(found)


async def test_channels_that_can_not_be_looked_up() -> None:
    """Said once, and as a note: posting needs no such scope."""
    found = await examined(scopes=EVERY_SCOPE.replace(",channels:read", ""), channels=OURS * 3)
    assert bad(found) == {"channels": Status.NOTE}
    assert messages(found).count("channels:read") == 1


def test_it_knows_every_scope_of_the_manifest() -> None:
    """Also those that are commented out."""
    text = (SHIPPED / "slack-manifest.yaml").read_text(encoding="utf-8")
    listed = re.findall(r"^ +(?:# )?- ([a-z_.:]+) +#", text, re.MULTILINE)
    assert sorted(listed) == sorted((*REQUIRED, *LACKING, "channels:read", "groups:read"))


async def test_many_channels_are_not_all_asked_for() -> None:
    found = await examined(channels=OURS * 103)
    assert "3 more channels weren't looked at." in messages(found)
