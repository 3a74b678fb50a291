"""The playground answers its own page; what other sites make a browser send to it does nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from bot.playground.guard import is_own
from bot.playground.server import DemoAddress
from bot.runtime.clock import shifted_clock
from bot.workspace.services import Services
from tests.bot.conftest import MONDAY
from tests.bot.playground.test_page import playground
from tests.shop import BRUSSELS

HERE = "127.0.0.1:8020"

OWN = [
    ("GET", "/", {"Host": HERE}),
    ("GET", "/", {"Host": "localhost:8020"}),
    ("GET", "/", {"Host": "[::1]:8020"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": f"http://{HERE}", "Sec-Fetch-Site": "same-origin"}),
    ("POST", "/playground/send", {"Host": "localhost:9000", "Origin": "http://localhost:9000"}),
    ("GET", "/page/app.js", {"Host": HERE, "Sec-Fetch-Site": "same-origin"}),
    ("GET", "/", {"Host": HERE, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}),
    ("GET", "/", {"Host": HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    ("POST", "/api/chat.postMessage", {"Host": HERE, "Authorization": "Bearer xoxb-playground"}),
]
OTHERS = [
    ("GET", "/", {}),
    ("GET", "/", {"Host": "evil.example:8020"}),
    ("GET", "/playground/state", {"Host": "127.0.0.1.nip.io:8020"}),
    ("POST", "/playground/send", {"Host": "evil.example", "Origin": "http://evil.example"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": "http://evil.example"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": "null"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": ""}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": "http://127.0.0.1:3000"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": "http://localhost:8020"}),
    ("POST", "/playground/send", {"Host": HERE, "Origin": f"http://{HERE}.evil.example"}),
    ("POST", "/playground/summary", {"Host": HERE, "Sec-Fetch-Site": "cross-site"}),
    ("POST", "/playground/summary", {"Host": HERE, "Sec-Fetch-Site": "same-site"}),
    ("POST", "/", {"Host": HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    ("GET", "/playground/state", {"Host": HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
    ("GET", "/", {"Host": HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
    ("GET", "/", {"Host": "127.0.0.1@evil.example"}),
    ("GET", "/", {"Host": "[evil"}),
]


@pytest.mark.parametrize(("method", "path", "headers"), OWN)
def test_what_the_page_and_programs_send_is_taken(method: str, path: str, headers: dict[str, str]) -> None:
    assert is_own(method, path, headers)


@pytest.mark.parametrize(("method", "path", "headers"), OTHERS)
def test_what_other_sites_send_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    assert not is_own(method, path, headers)


@asynccontextmanager
async def opened(services: Services) -> AsyncIterator[tuple[DemoAddress, aiohttp.ClientSession]]:
    clock = shifted_clock(MONDAY, BRUSSELS)
    async with playground(services, clock, unused_port()) as address, aiohttp.ClientSession() as session:
        yield address, session


async def test_other_sites_neither_read_nor_write(demo_services: Services) -> None:
    """A form, a rebound name and a WebSocket: refused, and nothing was asked of the bot."""
    line = json.dumps({"channel": "C0DEMOSALES", "user": "U0DEMOLEAD", "text": "/kpi sales"})
    async with opened(demo_services) as (address, session):
        send, state = f"{address.url}/playground/send", f"{address.url}/playground/state"
        foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
        async with session.post(send, data=line, headers=foreign) as response:
            assert response.status == 403
        async with session.post(send, data=line, headers={"Host": "evil.example"}) as response:
            assert response.status == 403
        for path in ("/", "/playground/state", "/page/app.js", "/api/auth.test"):
            async with session.get(f"{address.url}{path}", headers={"Host": "evil.example"}) as response:
                assert response.status == 403, path
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(state, origin="https://evil.example")
        assert refused.value.status == 403
        async with session.get(state) as response:
            assert (await response.json())["messages"] == []
        async with session.get(address.url) as response:
            assert response.status == 200
            assert response.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_its_own_page_is_answered(demo_services: Services) -> None:
    """By either name of this machine."""
    async with opened(demo_services) as (address, session):
        for url in (address.url, address.url.replace("127.0.0.1", "localhost")):
            headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
            line = {"channel": "C0DEMOSALES", "user": "U0DEMOLEAD", "text": "/kpi help"}
            async with session.post(f"{url}/playground/send", json=line, headers=headers) as response:
                assert (response.status, await response.json()) == (200, {"ok": True})
