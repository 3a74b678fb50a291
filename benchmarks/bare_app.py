"""An app that does nothing but acknowledge and answer: what `benchmarks.acknowledging` compares with.

Bolt's AsyncApp as its documentation shows it, over HTTP or, with SLACK_APP_TOKEN, over Socket Mode.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

SLOW, SLOW_SECONDS = "2023", 4.0
"""Lines with this year take this long."""


def bare_app(token: str, secret: str, api_url: str) -> AsyncApp:
    """Return an app that acknowledges each command at once, and answers some of them late."""
    app = AsyncApp(signing_secret=secret, client=AsyncWebClient(token, base_url=api_url))

    @app.command("/kpi")
    async def answer(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack()
        if SLOW in command["text"]:
            await asyncio.sleep(SLOW_SECONDS)
        await respond(f"{command['text']}: 42")

    return app


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def serve() -> None:
    """Serve until the process is ended."""
    given = os.environ  # noqa: TID251 - the settings of a program of its own
    app = bare_app(given["SLACK_BOT_TOKEN"], given["SLACK_SIGNING_SECRET"], given["SLACK_API_URL"])
    served = app.web_app(path="/slack/events")
    served.router.add_get("/healthz", _healthy)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, given["HOST"], int(given["PORT"]), backlog=1024).start()
    if token := given.get("SLACK_APP_TOKEN"):
        await AsyncSocketModeHandler(app, token).start_async()
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
