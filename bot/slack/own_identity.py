"""Who the bot is, as Slack says at the start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.people import Identity
from bot.slack.refusals import error_at_start
from bot.slack.socket_mode import NotNowError

log = logging.getLogger(__name__)

_APP_SECONDS = 3
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


async def known_identity(ask: Callable[[], Awaitable[Identity]], stop: asyncio.Event) -> Identity | None:
    """Ask Slack who the bot is until it answers; None if the bot is stopped before. Raises SettingsError."""
    wait = _FIRST_WAIT
    while not stop.is_set():
        try:
            return await ask()
        except NotNowError as later:
            wait = max(wait, later.retry_after)
            log.warning("Slack can't be reached (%s); trying again in %.0f s", later, wait)
        try:
            await asyncio.wait_for(stop.wait(), wait)
        except TimeoutError:
            wait = min(2 * wait, _LONGEST_WAIT)
    return None


async def own_identity(client: AsyncWebClient) -> Identity:
    """Ask Slack who the bot is.

    Raises SettingsError if the token is refused for good, NotNowError if a later try may work.
    """
    try:
        answer = await client.auth_test()
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
        raise error_at_start(wrong, "SLACK_BOT_TOKEN") from wrong
    scopes = answer.headers.get("x-oauth-scopes")
    return Identity(
        workspace=str(answer["team_id"]),
        workspace_name=str(answer.get("team") or answer["team_id"]),
        enterprise=answer.get("enterprise_id"),
        bot_user=str(answer["user_id"]),
        bot=answer.get("bot_id"),
        bot_name=str(answer.get("user") or ""),
        scopes=None if scopes is None else frozenset(scope.strip() for scope in scopes.split(",")),
        app=answer.get("app_id") or await _app_of(client, answer.get("bot_id")),
        is_org_wide=answer.get("is_enterprise_install") is True,
    )


async def _app_of(client: AsyncWebClient, bot: str | None) -> str | None:
    """Return the id of a bot's Slack app, None if Slack doesn't say (it needs users:read)."""
    if bot is None:
        return None
    try:
        async with asyncio.timeout(_APP_SECONDS):
            answer = await client.bots_info(bot=bot)
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as unknown:
        log.info("Slack doesn't say which app the bot is (%s)", type(unknown).__name__)
        return None
    found = answer.get("bot")
    return str(found["app_id"]) if isinstance(found, dict) and found.get("app_id") else None
