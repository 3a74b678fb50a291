"""Requests from Slack on their way in: over HTTP with a signature, and over Socket Mode."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientPayloadError, web
from slack_bolt.response import BoltResponse

from bot.slack.body import Body, UnreadableBodyError, read_body
from bot.slack.signature import SignatureCheck
from bot.slack.web_server import Brake, Route, Trust

log = logging.getLogger(__name__)

TakeBody = Callable[[Body], Awaitable[BoltResponse]]
"""Takes the body of a request that is known to come from Slack; returns the response."""

LARGEST_BODY = 2**20
"""Bytes. The largest that Slack sends is the shortcut of a message with 40,000 escaped characters."""
BODY_SECONDS = 5.0
_USUAL_BODY = 2**16
_LARGE_AT_ONCE = 8
"""How many bodies beyond the usual size are read at the same time, so that they can't fill the memory."""

_REFUSED = (100.0, 2.0)
"""How many refusals a second are sent at once, and for how many seconds others are held up."""
_NO_RETRY = {"X-Slack-No-Retry": "1"}
"""Slack repeats an event that isn't taken, unless this header says that it would be refused again."""


class SlackReceiver:
    """`POST /slack/events`: commands, events and presses, each with Slack's signature.

    What isn't signed, or long ago, is refused by its headers; its body isn't read.
    """

    def __init__(self, check: SignatureCheck, *, body_seconds: float = BODY_SECONDS) -> None:
        """Take the check of signatures. A body that takes longer than `body_seconds` is given up."""
        self._check = check
        self._body_seconds = body_seconds
        self._take: TakeBody | None = None
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    def open(self, take: TakeBody) -> None:
        """Hand requests to `take` from now on; before, they get 503, after which Slack sends events again."""
        self._take = take

    def close(self) -> None:
        """Take no more requests."""
        self._take = None

    def routes(self) -> dict[str, Route]:
        """Return the path to serve."""
        return {"/slack/events": Route(("POST",), self._receive, Brake(*_REFUSED))}

    async def _receive(self, request: web.BaseRequest, trust: Trust) -> web.Response:
        if not self._check.may_accept(*_signature(request)):
            return _error(401, "invalid signature")
        if (request.content_length or 0) > LARGEST_BODY:
            return _error(413, "the body is too large")
        try:
            raw = await self._body(request)
        except TimeoutError:
            return _error(408, "the body took too long")
        except (ConnectionError, ClientPayloadError, web.RequestPayloadError):
            return _error(400, "the body didn't arrive")
        if not self._check.accepts(raw, *_signature(request)):
            return _error(401, "invalid signature")
        trust()
        return await self._taken(raw, request.content_type)

    async def _body(self, request: web.BaseRequest) -> bytes:
        """Read the body. Raises TimeoutError, ConnectionError, or HTTPRequestEntityTooLarge."""
        length = request.content_length
        async with asyncio.timeout(self._body_seconds):
            if request.headers.get("Expect", "").lower() == "100-continue":
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if length is not None and length <= _USUAL_BODY:
                return await request.read()
            async with self._large:
                return await request.read()

    async def _taken(self, raw: bytes, content_type: str) -> web.Response:
        if self._take is None:
            return _error(503, "not connected yet")
        try:
            response = await self._take(read_body(raw, content_type))
        except UnreadableBodyError as wrong:
            log.warning("Slack sent a body that can't be read: %s", wrong)
            return _error(400, "unreadable body", _NO_RETRY)
        headers = _NO_RETRY if response.status == web.HTTPForbidden.status_code else {}
        kind = next(iter(response.headers.get("content-type", ())), "text/plain").split(";")[0]
        return web.Response(status=response.status, text=response.body, content_type=kind, headers=headers)


async def taken_envelope(take: TakeBody, envelope: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Hand over a Socket Mode envelope; return the payload of its acknowledgement.

    None doesn't acknowledge it, after which Slack sends it again. What is refused for good is acknowledged.
    """
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        log.warning("Slack sent an envelope without a payload")
        return {}
    try:
        response = await take(payload)
    except UnreadableBodyError as wrong:
        log.warning("Slack sent a payload that can't be read: %s", wrong)
        return {}
    if response.status != web.HTTPOk.status_code:
        return None if response.status >= web.HTTPInternalServerError.status_code else {}
    return _as_payload(response.body)


def _as_payload(body: str) -> Mapping[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {}


def _signature(request: web.BaseRequest) -> tuple[str | None, str | None]:
    headers = request.headers
    return headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")


def _error(status: int, words: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": words}, status=status, headers=headers)
