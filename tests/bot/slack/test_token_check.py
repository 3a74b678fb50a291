"""Whether the token is accepted: asked seldom, and an outage of Slack says nothing about it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.runtime.clock import Clock
from bot.runtime.settings import SettingsError
from bot.slack.socket_mode import NotNowError
from bot.slack.token_check import TokenCheck
from bot.workspace.services import Services
from tests.bot.world import BOT_TOKEN, world


class Asked:
    """What Slack says of the token, and how often it was asked."""

    def __init__(self) -> None:
        self.says: Exception | None = None
        self.count = 0

    async def __call__(self) -> object:
        self.count += 1
        if self.says:
            raise self.says
        return None


async def looked(check: TokenCheck) -> bool:
    """Let it ask, and return what it knows then."""
    check.is_accepted()
    if check._asking is not None:
        await check._asking
    return check.is_accepted()


async def test_before_slack_has_said_so_it_is_not_accepted() -> None:
    assert not await looked(TokenCheck(kept=0))


async def test_a_token_that_is_revoked_and_granted_again(caplog: pytest.LogCaptureFixture) -> None:
    """Said once in the log."""
    slack, check = Asked(), TokenCheck(kept=-1)
    check.accepted(slack)
    slack.says = SettingsError("Slack does not accept SLACK_BOT_TOKEN (token_revoked).")
    assert not await looked(check)
    assert not await looked(check)
    assert caplog.text.count("token_revoked") == 1
    slack.says = None
    assert await looked(check)
    await check.close()


@pytest.mark.parametrize("was_accepted", [True, False])
async def test_while_slack_is_away_the_last_word_counts(was_accepted: bool) -> None:
    slack, check = Asked(), TokenCheck(kept=-1)
    check.accepted(slack)
    slack.says = None if was_accepted else SettingsError("refused")
    assert await looked(check) == was_accepted
    slack.says = NotNowError("internal_error")
    assert await looked(check) == was_accepted
    await check.close()


async def test_however_many_want_to_know_slack_is_asked_seldom() -> None:
    """And nobody waits for its answer."""
    slack, check = Asked(), TokenCheck(kept=3600)
    check.accepted(slack)
    for _ in range(1_000):
        assert check.is_accepted()
    await asyncio.sleep(0)
    assert slack.count == 0


async def test_a_revoked_token_makes_the_bot_unready(
    demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a lost connection; the process still lives."""
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
        url = f"{slack.app_url}/readyz"

        async def verdict() -> tuple[int, dict[str, str]]:
            async with slack.session.get(url) as response:
                return response.status, await response.json()

        async with asyncio.timeout(60):
            while (await verdict())[0] != 200:
                await asyncio.sleep(0.05)
        assert (await verdict())[1] == {
            "status": "ok",
            "database": "ok",
            "store": "ok",
            "token": "ok",
            "socket": "ok",
        }
        monkeypatch.setattr(slack.bot._token_check, "_kept", -1)
        monkeypatch.setattr(slack.standin, "_token", "another")
        async with asyncio.timeout(60):
            while (found := await verdict())[0] != 503:
                await asyncio.sleep(0.05)
        assert found[1]["token"] == "down"
        assert BOT_TOKEN not in str(found)
        assert slack.bot._socket
        monkeypatch.setattr(slack.bot._socket, "_last_pong", -1_000.0)
        assert (await verdict())[1]["socket"] == "down"
