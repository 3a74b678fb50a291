"""Figures are sent to response addresses of Slack only, and otherwise privately in another way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.render.document import Heading
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.slack.client import Slack, http_session
from bot.slack.response_address import is_response_address, shown_host
from bot.workspace.services import Services
from tests.bot.world import ANNA, SALES, Mode, World, world

SLACK, GOV, TEST = "https://slack.com/api/", "https://slack-gov.com/api/", "http://127.0.0.1:8021/api/"

SLACKS = [
    ("https://hooks.slack.com/commands/T1/2/x", SLACK),
    ("https://hooks.slack.com:443/actions/T1/2/x", SLACK),
    ("https://HOOKS.SLACK.COM/commands/T1/2/x", SLACK),
    ("https://slack.com/response/x", SLACK),
    ("https://hooks.slack-gov.com/commands/T1/2/x", GOV),
    ("http://127.0.0.1:8021/response/x", TEST),
    ("https://hooks.slack.com/commands/T1/2/x", TEST),
]
OTHERS = [
    ("http://hooks.slack.com/commands/T1/2/x", SLACK),
    ("https://hooks.slack.com:8443/x", SLACK),
    ("https://hooks.slack.com.example.com/x", SLACK),
    ("https://hooks.slack.com@example.com/x", SLACK),
    ("https://user:hooks.slack.com@hooks.slack.com/x", SLACK),
    ("https://example.com/hooks.slack.com/", SLACK),
    ("https://example.com#hooks.slack.com/", SLACK),
    ("https://example.com\\@hooks.slack.com/", SLACK),
    ("https://hooks.slack.com\\.example.com/", SLACK),
    ("https://hooks.slack.com\n.example.com/", SLACK),
    ("https://evilhooks.slack.com/x", SLACK),
    ("https://files.slack.com/x", SLACK),
    ("https://hooks.slack-gov.com/x", SLACK),
    ("https://hооks.slack.com/x", SLACK),
    ("https://hooks.slack.com\u3002example.com/x", SLACK),
    ("https://hooks.slack.com:x/", SLACK),
    ("https://[hooks.slack.com/", SLACK),
    ("//hooks.slack.com/x", SLACK),
    ("ftp://hooks.slack.com/x", SLACK),
    ("file:///etc/passwd", SLACK),
    ("http://127.0.0.1:8021/response/x", SLACK),
    ("http://127.0.0.1:8022/response/x", TEST),
    ("https://127.0.0.1:8021/response/x", TEST),
    ("http://localhost:8021/response/x", TEST),
    ("http://169.254.169.254/latest/meta-data", TEST),
    ("", SLACK),
    (None, SLACK),
    (["https://hooks.slack.com/x"], SLACK),
]


@pytest.mark.parametrize(("url", "api"), SLACKS)
def test_an_address_of_slack(url: str, api: str) -> None:
    assert is_response_address(url, api)


@pytest.mark.parametrize(("url", "api"), OTHERS)
def test_an_address_of_somebody_else(url: object, api: str) -> None:
    assert not is_response_address(url, api)
    assert shown_host(url).isprintable()


class Elsewhere:
    """A web server that isn't Slack's and notes what is sent to it."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.text())
        return web.Response(text="ok")


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    found, app = Elsewhere(), web.Application()
    app.router.add_route("*", "/{path:.*}", found.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/response/x"
    try:
        yield found
    finally:
        await runner.cleanup()


async def sent(slack: World, mode: Mode, text: str, address: str) -> None:
    """Type a command whose response address was replaced."""
    assert slack.sender
    given = slack.standin.response_url
    slack.standin.response_url = lambda *_args, **_more: address  # type: ignore[method-assign]
    try:
        if mode == "socket":
            await slack.standin.send("slash_commands", slack.command_payload(text))
        else:
            await slack.sender.command(SALES, ANNA, f"/kpi {text}")
    finally:
        slack.standin.response_url = given  # type: ignore[method-assign]


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_an_answer_with_a_foreign_address_comes_privately(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Nothing reaches the other server, and the person gets the answer in the channel, alone."""
    async with elsewhere() as other, world(mode, demo_services, monday, tmp_path / "s.sqlite") as slack:
        await sent(slack, mode, "conversion last month", other.url)
        answer = await slack.message_after(0)
        assert "Conversion, October 2026" in answer.text
        assert answer.private_to == ANNA
        assert [call.method for call in slack.workspace.calls if call.method.startswith("chat.")] == [
            "chat.postEphemeral"
        ]
    assert other.got == []


async def test_a_press_with_a_foreign_address_is_answered_privately(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Also where the answer would have replaced the message of the button."""
    async with elsewhere() as other, world("http", demo_services, monday, tmp_path / "s.sqlite") as slack:
        first = await slack.say("sales by region last month")
        slack.standin.response_url = lambda *_args, **_more: other.url  # type: ignore[method-assign]
        for label in ("Only the total", "Chart"):
            count = len(slack.workspace.messages)
            await slack.press(first, label)
            answer = await slack.message_after(count)
            assert answer.private_to == ANNA
            assert "€" in answer.text + json.dumps(answer.blocks, ensure_ascii=False)
    assert other.got == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(status: int, monday: Clock) -> None:
    """An address of Slack that points elsewhere is an unusable one: nothing was sent, so another way is tried."""
    async with elsewhere() as other:

        async def moved(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": other.url})

        served = web.Application()
        served.router.add_post("/response/{secret}", moved)
        runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with http_session(base) as session:
            slack = Slack("xoxb-test", f"{base}/api/", session, monday)
            with pytest.raises(DeliveryError) as refused:
                await slack.respond(f"{base}/response/x", Message((Heading("€ 7"),)))
        await runner.cleanup()
    assert refused.value.outcome == "not_sent"
    assert other.got == []
