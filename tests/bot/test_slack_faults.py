"""The faults of the stand-in do what their names say: to the caller, and to the channel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import aiohttp
import pytest

from bot.runtime.clock import fixed_clock
from tests.bot import slack_faults as faults
from tests.bot.world import BOT_TOKEN, SALES, SCOPES, new_workspace, served
from tests.shop import BRUSSELS

NOW = fixed_clock(datetime(2026, 11, 23, 7, 0), BRUSSELS)
GONE = "no answer"


def _standin() -> faults.FaultyStandIn:
    return faults.FaultyStandIn(new_workspace(NOW), BOT_TOKEN, SCOPES)


async def _post(base: str) -> tuple[int | str, str]:
    """Post as the bot would; return the status and the body."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    body = {"channel": SALES, "text": "said"}
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"{base}/api/chat.postMessage", json=body, headers=headers) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return GONE, ""


@pytest.mark.parametrize(
    ("fault", "status", "said", "taken"),
    [
        (faults.RATE_LIMITED, 429, "ratelimited", 0),
        (faults.SERVER_ERROR, 500, "Internal", 0),
        (faults.SERVER_ERROR_TAKEN, 500, "Internal", 1),
        (faults.UNAVAILABLE, 503, "Unavailable", 0),
        (faults.INTERNAL_ERROR, 200, "internal_error", 0),
        (faults.INTERNAL_ERROR_TAKEN, 200, "internal_error", 1),
        (faults.RESET, GONE, "", 0),
        (faults.RESET_TAKEN, GONE, "", 1),
        (faults.BAD_JSON, 200, "{oops", 1),
        (replace(faults.LATE_ANSWER, answers_after=0.05), 200, '"ok": true', 1),
        (faults.TAKEN_TWICE, GONE, "", 2),
        (faults.TOKEN_REVOKED, 200, "token_revoked", 0),
        (faults.MISSING_SCOPE, 200, "chat:write", 0),
    ],
    ids=str,
)
async def test_a_fault_happens_once(fault: faults.Fault, status: int | str, said: str, taken: int) -> None:
    """The next call is answered as usual."""
    async with served(_standin()) as (standin, base):
        standin.fail(fault)
        got, body = await _post(base)
        assert got == status
        assert said in body
        assert len(standin.workspace.messages) == taken
        assert (await _post(base))[0] == 200
        assert len(standin.workspace.messages) == taken + 1
        assert standin.seen == ["chat.postMessage"] * 2


async def test_a_message_may_be_accepted_after_its_connection_is_gone() -> None:
    async with served(_standin()) as (standin, base):
        standin.fail(faults.RESET_TAKEN_LATE)
        assert (await _post(base))[0] == GONE
        assert standin.workspace.messages == []
        async with asyncio.timeout(30):
            while not standin.workspace.messages:
                await asyncio.sleep(0.02)


async def test_a_fault_may_last_until_slack_recovers() -> None:
    async with served(_standin()) as (standin, base):
        standin.fail_always(faults.TOKEN_REVOKED)
        for _ in range(3):
            assert "token_revoked" in (await _post(base))[1]
        standin.recover()
        assert '"ok": true' in (await _post(base))[1]
