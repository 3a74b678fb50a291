"""The Slack stand-in with Slack's faults: what it does to a call instead of answering it as usual."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.workspace import Json, Workspace
from tests.bot.world import SocketStandIn

POSTING = ("chat.postMessage", "files.completeUploadExternal")
"""The methods that show a message."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one call.

    `takes` is how often Slack does what is asked, in spite of the answer, and `takes_after` how many seconds
    later. The answer comes after `answers_after` seconds; `resets` means that there is none.
    """

    name: str
    takes: int = 0
    takes_after: float = 0
    answers_after: float = 0
    resets: bool = False
    status: int = 200
    error: str = ""
    needed: str = ""
    body: str | None = None
    retry_after: int | None = None

    def __str__(self) -> str:
        return self.name


RATE_LIMITED = Fault("429", status=429, error="ratelimited", retry_after=1)
SERVER_ERROR = Fault("500", status=500, body="Internal Server Error")
SERVER_ERROR_TAKEN = Fault("500, taken", takes=1, status=500, body="Internal Server Error")
UNAVAILABLE = Fault("503", status=503, body="Service Unavailable")
INTERNAL_ERROR = Fault("internal_error", error="internal_error")
INTERNAL_ERROR_TAKEN = Fault("internal_error, taken", takes=1, error="internal_error")
RESET = Fault("reset before acceptance", resets=True)
RESET_TAKEN = Fault("reset after acceptance", takes=1, resets=True)
RESET_TAKEN_LATE = Fault("reset, accepted later", takes=1, takes_after=0.3, resets=True)
BAD_JSON = Fault("bad JSON", takes=1, body="{oops")
LATE_ANSWER = Fault("late answer", takes=1, answers_after=20)
TAKEN_TWICE = Fault("taken twice", takes=2, resets=True)
"""Slack itself doubles a message: only then is there an extra one to delete."""

TOKEN_REVOKED = Fault("token_revoked", error="token_revoked")
INVALID_AUTH = Fault("invalid_auth", error="invalid_auth")
ACCOUNT_INACTIVE = Fault("account_inactive", error="account_inactive")
MISSING_SCOPE = Fault("missing_scope", error="missing_scope", needed="chat:write")
IS_ARCHIVED = Fault("is_archived", error="is_archived")
NOT_IN_CHANNEL = Fault("not_in_channel", error="not_in_channel")
CHANNEL_NOT_FOUND = Fault("channel_not_found", error="channel_not_found")
TOO_LONG = Fault("msg_too_long", error="msg_too_long")

OF_THE_TOKEN = (TOKEN_REVOKED, INVALID_AUTH, ACCOUNT_INACTIVE, MISSING_SCOPE)
REFUSED = (IS_ARCHIVED, NOT_IN_CHANNEL, CHANNEL_NOT_FOUND, TOO_LONG)
UNCLEAR = (
    SERVER_ERROR,
    SERVER_ERROR_TAKEN,
    UNAVAILABLE,
    INTERNAL_ERROR,
    INTERNAL_ERROR_TAKEN,
    RESET,
    RESET_TAKEN,
    RESET_TAKEN_LATE,
    BAD_JSON,
)
"""Answers after which nobody but the history knows whether the message is there."""


class FaultyStandIn(SocketStandIn):
    """A stand-in that misbehaves as it is told, call by call, and counts the calls of each method."""

    def __init__(self, workspace: Workspace, token: str, scopes: str) -> None:
        super().__init__(workspace, token, scopes)
        self.seen: list[str] = []
        self.chosen: Callable[[str], Fault | None] = lambda _: None
        self._once: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._later: set[asyncio.Task[None]] = set()

    def fail(self, *faults: Fault, methods: tuple[str, ...] = POSTING) -> None:
        """Let the next calls of some methods fail, each in the order of `faults`."""
        for method in methods:
            self._once.setdefault(method, deque()).extend(faults)

    def fail_always(self, fault: Fault, *methods: str) -> None:
        """Let every call of some methods fail; of all methods if none is named."""
        for method in methods or ("*",):
            self._always[method] = fault

    def recover(self) -> None:
        """Let nothing fail any more."""
        self._once.clear()
        self._always.clear()

    def _fault(self, method: str) -> Fault | None:
        if self._once.get(method):
            return self._once[method].popleft()
        return self._always.get(method) or self._always.get("*") or self.chosen(method)

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.seen.append(method)
        fault = self._fault(method)
        if fault is None:
            return await super()._call(request)
        await request.read()  # Slack has the whole request, whatever happens now
        if fault.takes and fault.takes_after:
            task = asyncio.create_task(self._take_later(request, fault))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
            usual: Any = None
        else:
            usual = None
            for _ in range(fault.takes):
                usual = await super()._call(request)
        if fault.answers_after:
            await asyncio.sleep(fault.answers_after)
        if fault.resets:
            assert request.transport
            request.transport.abort()
            await asyncio.sleep(0.05)
            return web.Response()
        return _answer(fault, usual)

    async def _take_later(self, request: web.Request, fault: Fault) -> None:
        await asyncio.sleep(fault.takes_after)
        for _ in range(fault.takes):
            await super()._call(request)


def _answer(fault: Fault, usual: web.Response | None) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.body is not None:
        return web.Response(
            text=fault.body, status=fault.status, headers=headers, content_type="application/json"
        )
    if fault.error:
        answer: Json = {"ok": False, "error": fault.error}
        if fault.needed:
            answer |= {"needed": fault.needed, "provided": "none"}
        return web.json_response(answer, status=fault.status, headers=headers)
    assert usual is not None
    return usual
