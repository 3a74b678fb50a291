"""What `kpi-bot doctor` asks Slack: the tokens, the scopes, the clock, and the channels that it posts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.operations.doctor import Finding, Status
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings, SettingsError
from bot.slack.client import Slack, http_session
from bot.slack.refusals import error_at_start, error_code
from bot.slack.socket_mode import NotNowError

REQUIRED = ("commands", "chat:write", "app_mentions:read")
LACKING: Mapping[str, str] = {
    "users:read": "only people listed in access.yaml get answers",
    "im:history": "questions in direct messages aren't heard",
    "files:write": "CSV and XLSX files can't be sent",
    "files:read": "files of targets that are dropped can't be read",
    "im:write": "files can't be sent to direct messages",
    "channels:history": "nobody can tell whether a post that Slack didn't confirm is in a public channel",
    "groups:history": "nobody can tell whether a post that Slack didn't confirm is in a private channel",
    "users:read.email": "reps aren't recognised by their e-mail address",
}
"""What doesn't work without an optional scope."""
_MISSED = frozenset({"users:read"})
"""Scopes without which most people notice."""
_INSTALL = "Add it as in config/slack-manifest.yaml, and reinstall the app."
_UNSURE_SECONDS, _REFUSED_SECONDS = 30, 240
"""Slack's requests are refused when they were signed five minutes ago by the bot's clock."""
_MOST_CHANNELS = 100


@dataclass(frozen=True, slots=True)
class UsedChannel:
    """A channel that the bot posts to, and what posts there."""

    channel: str
    by: str


async def slack_findings(
    settings: Settings, channels: Sequence[UsedChannel], clock: Clock
) -> tuple[Finding, ...]:
    """Return what Slack says of the settings and of the channels. Posts nothing, and never raises."""
    if settings.slack_bot_token is None:
        fix = "See “Connect Slack” in the README."
        return (Finding("token", Status.ERROR, "SLACK_BOT_TOKEN isn't set.", fix),)
    token = settings.slack_bot_token.get_secret_value()
    async with http_session(settings.slack_api_url) as session:
        slack = Slack(token, settings.slack_api_url, session, clock)
        client = slack.bolt_client
        client.token = token
        try:
            answer = await client.auth_test()
        except _FAILED as wrong:
            return (_refused("token", wrong, "SLACK_BOT_TOKEN"),)
        found = [Finding("token", Status.OK, f"Slack knows the bot in {answer.get('team')}.")]
        told = answer.headers.get("x-oauth-scopes")
        scopes = None if told is None else frozenset(scope.strip() for scope in told.split(","))
        found += _scopes(scopes)
        found += _clock(answer.headers.get("Date"), clock())
        found.append(await _way_in(settings, slack))
        found += [finding async for finding in _channels(client, channels)]
    return tuple(found)


_FAILED = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError)


def _refused(part: str, wrong: Exception, setting: str) -> Finding:
    meant = error_at_start(wrong, setting)
    if isinstance(meant, SettingsError):
        return Finding(part, Status.ERROR, str(meant.message), str(meant.hint))
    fix = "See whether this machine reaches Slack, and status.slack.com."
    return Finding(part, Status.ERROR, f"Slack can't be reached ({meant}).", fix)


def _scopes(scopes: frozenset[str] | None) -> Iterator[Finding]:
    if scopes is None:
        yield Finding("scopes", Status.NOTE, "Slack doesn't say the app's scopes.")
        return
    required = [scope for scope in REQUIRED if scope not in scopes]
    for scope in required:
        yield Finding("scopes", Status.ERROR, f"The required scope {scope} isn't granted.", _INSTALL)
    for scope, without in LACKING.items():
        if scope not in scopes:
            how = Status.WARNING if scope in _MISSED else Status.NOTE
            yield Finding("scopes", how, f"Without the scope {scope}, {without}.", _INSTALL)
    if not required:
        yield Finding("scopes", Status.OK, "The required scopes are granted.")


def _clock(told: str | None, now: datetime) -> Iterator[Finding]:
    """Compare this machine's clock with Slack's, which shows whole seconds."""
    if told is None:
        return
    off = (now - parsedate_to_datetime(told)).total_seconds()
    if abs(off) <= _UNSURE_SECONDS:
        yield Finding("clock", Status.OK, "This machine's clock agrees with Slack's.")
        return
    how = Status.ERROR if abs(off) >= _REFUSED_SECONDS else Status.WARNING
    ahead = "ahead of" if off > 0 else "behind"
    told = f"This machine's clock is {abs(off):.0f} seconds {ahead} Slack's."
    yield Finding("clock", how, told, "Turn on NTP; requests that seem five minutes old are refused.")


async def _way_in(settings: Settings, slack: Slack) -> Finding:
    """Return whether Slack can reach the bot: by Socket Mode, else over HTTP, which can't be tried."""
    if settings.slack_app_token is None:
        if settings.slack_signing_secret is None:
            told = "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set."
            fix = "Set one of them; see “Connect Slack” in the README."
            return Finding("socket", Status.ERROR, told, fix)
        told = "In HTTP mode only Slack can tell whether it reaches the bot: type the slash command there."
        return Finding("socket", Status.NOTE, told)
    try:
        await slack.socket_address(settings.slack_app_token.get_secret_value())
    except SettingsError as refused:
        return Finding("socket", Status.ERROR, str(refused.message), str(refused.hint))
    except NotNowError as later:
        fix = "Turn on Socket Mode in the app's settings, and give the token connections:write."
        return Finding("socket", Status.ERROR, f"Slack opens no socket ({later}).", fix)
    return Finding("socket", Status.OK, "Slack opens a socket.")


async def _channels(client: AsyncWebClient, channels: Sequence[UsedChannel]) -> Any:
    """Yield the channels that the bot posts to and isn't in."""
    wrong = 0
    for used in channels[:_MOST_CHANNELS]:
        try:
            answer = await client.conversations_info(channel=used.channel)
        except _FAILED as failed:
            code = error_code(failed) if isinstance(failed, SlackClientError) else type(failed).__name__
            if code == "missing_scope":
                told = "Without the scopes channels:read and groups:read, channels can't be looked up."
                yield Finding("channels", Status.NOTE, told, _INSTALL)
                return
            wrong += 1
            yield _not_there(used, code)
        else:
            found: Mapping[str, Any] = answer["channel"]
            if found.get("is_archived"):
                wrong += 1
                fix = "Unarchive it, or choose another channel."
                yield Finding("channels", Status.ERROR, f"{_named(used)} is archived.", fix)
            elif not found.get("is_member"):
                wrong += 1
                fix = "Type /invite there, and the bot's name."
                yield Finding("channels", Status.ERROR, f"The bot isn't in {_named(used)}.", fix)
    if len(channels) > _MOST_CHANNELS:
        told = f"{len(channels) - _MOST_CHANNELS} more channels weren't looked at."
        yield Finding("channels", Status.NOTE, told)
    if channels and not wrong:
        told = f"The bot is in the {min(len(channels), _MOST_CHANNELS)} channels that it posts to."
        yield Finding("channels", Status.OK, told)
    if not channels:
        yield Finding("channels", Status.NOTE, "Nothing is posted to a channel.")


def _not_there(used: UsedChannel, code: str) -> Finding:
    if code == "channel_not_found":
        told = f"{_named(used)} doesn't exist, or it is private and the bot isn't in it."
        return Finding("channels", Status.ERROR, told, "Check its id, and invite the bot.")
    return Finding("channels", Status.WARNING, f"{_named(used)} can't be looked up ({code}).")


def _named(used: UsedChannel) -> str:
    return f"{used.channel} ({used.by})"
