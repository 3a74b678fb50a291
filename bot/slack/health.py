"""The web server: Slack's requests in HTTP mode, and the health check in both modes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.slack.signature import SignatureCheck

log = logging.getLogger(__name__)

SlackReceiver = Callable[[str, Mapping[str, str]], Awaitable[web.StreamResponse]]
"""Takes the verified body and headers of a request from Slack; returns the response."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether each part that the bot needs works; None for a part that it doesn't have."""

    database: bool
    store: bool
    slack: bool | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether all of them do."""
        return self.database and self.store and self.slack is not False


HealthProbe = Callable[[], Awaitable[Health]]


def add_health(app: web.Application, probe: HealthProbe) -> None:
    """Serve `GET /healthz`: 200 if everything works, else 503."""

    async def healthz(_: web.Request) -> web.Response:
        health = await probe()
        parts = {"database": health.database, "store": health.store, "slack": health.slack}
        words = {name: "ok" if works else "down" for name, works in parts.items() if works is not None}
        status = 200 if health.is_healthy else 503
        return web.json_response({"status": "ok" if health.is_healthy else "down", **words}, status=status)

    app.router.add_get("/healthz", healthz)


def add_slack(app: web.Application, check: SignatureCheck, receive: SlackReceiver) -> None:
    """Serve `POST /slack/events`: commands, events and clicks, each with Slack's signature."""

    async def slack_events(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        timestamp = request.headers.get("X-Slack-Request-Timestamp")
        if not check.accepts(body, timestamp, request.headers.get("X-Slack-Signature")):
            return web.json_response({"error": "invalid signature"}, status=401)
        try:
            return await receive(body.decode(), dict(request.headers))
        except (ValueError, RecursionError):
            log.warning("Slack sent a body that can't be read")
            return web.json_response({"error": "unreadable body"}, status=400)

    app.router.add_post("/slack/events", slack_events)
