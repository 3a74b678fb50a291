"""What Slack refuses, why, and what can be done about it."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.runtime.errors import DeliveryError, Outcome
from bot.runtime.settings import SettingsError
from bot.slack.socket_mode import NotNowError

log = logging.getLogger(__name__)

T = TypeVar("T")

_BAD_TOKEN = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
    }
)
_UNKNOWN = frozenset(
    {"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
PASSING = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited"})
"""Slack takes no more messages for a moment."""
BLOCKS_REFUSED = ("invalid_blocks", "msg_blocks_too_long", "unsupported_block")
_FIXES = {
    "not_in_channel": "Invite the bot there with /invite and its name.",
    "channel_not_found": "Check the channel's id, and invite the bot if the channel is private.",
    "is_archived": "Unarchive the channel, or choose another one.",
    "missing_scope": "Install the app again with the scopes of config/slack-manifest.yaml.",
}


def go_on_after(refused: DeliveryError, way: str) -> None:
    """Log a refusal so that another way can be tried; raise it if the message may have been shown."""
    if refused.outcome == "unknown":
        raise refused
    log.info("a private answer was refused by %s (%s)", way, refused.reason)


def error_code(wrong: SlackClientError) -> str:
    """Return Slack's error code, "" if the answer has none."""
    answer = getattr(wrong, "response", None)
    data = answer.data if isinstance(answer, AsyncSlackResponse) else None
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def _needed(wrong: SlackApiError) -> str:
    """Return the scope that the token lacks for a call, "" if Slack doesn't name it."""
    data = wrong.response.data if isinstance(wrong.response, AsyncSlackResponse) else None
    return str(data.get("needed") or "") if isinstance(data, dict) else ""


def webhook_code(body: str) -> str:
    """Return the error code in the answer of a response URL."""
    known = next((code for code in (*BLOCKS_REFUSED, "expired_url", "used_url") if code in body), None)
    return known or (
        body.split(maxsplit=1)[0][:40] if body.strip() and not body.startswith("{") else "refused"
    )


def error_at_start(wrong: Exception, setting: str) -> SettingsError | NotNowError:
    """Return what a failed call at the start means: a wrong token (`setting`), or try again later."""
    code = error_code(wrong) if isinstance(wrong, SlackClientError) else ""
    if code in _BAD_TOKEN:
        return SettingsError(
            f"Slack does not accept {setting} ({code}).",
            hint="Copy the token again from the app's pages on api.slack.com; see the README.",
        )
    answer = getattr(wrong, "response", None)
    headers = answer.headers if isinstance(answer, AsyncSlackResponse) else {}
    return NotNowError(code or type(wrong).__name__, _retry_after(headers) or 0)


async def outcome_of(sending: Coroutine[Any, Any, T], *, shows: bool = True) -> T:
    """Await a call; raise every failure as a DeliveryError that says whether it may have worked.

    A call that doesn't show anything to anybody (`shows`) never leaves a message in doubt.
    """
    try:
        return await _outcome_of(sending)
    except DeliveryError as refused:
        if not shows:
            refused.outcome = "not_sent"
        raise


async def _outcome_of(sending: Coroutine[Any, Any, T]) -> T:
    try:
        return await sending
    except SlackApiError as wrong:
        answer = wrong.response
        status = answer.status_code if isinstance(answer, AsyncSlackResponse) else 0
        headers = answer.headers if isinstance(answer, AsyncSlackResponse) else {}
        refused = refused_by_slack(status, error_code(wrong), headers)
        refused.needed = _needed(wrong)
        raise refused from wrong
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as wrong:
        raise failed_post("not_sent", type(wrong).__name__) from wrong
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
        raise failed_post("unknown", type(wrong).__name__) from wrong


def refused_by_slack(status: int, code: str, headers: Mapping[str, str]) -> DeliveryError:
    """Return the error of an answer with this status and error code: wait, unknown, or refused for good."""
    if status == 429 or code in PASSING:  # noqa: PLR2004
        wait = _retry_after(headers)
        return DeliveryError(
            "Slack takes no more messages for a moment.",
            outcome="not_sent",
            reason=code if code in PASSING else "ratelimited",
            retry_after=wait,
        )
    if not code or status >= 500 or code in _UNKNOWN:  # noqa: PLR2004
        return failed_post("unknown", code or f"status {status}")
    return DeliveryError(
        f"Slack refused the message ({code}).",
        hint=_FIXES.get(code, ""),
        outcome="not_sent",
        permanent=True,
        reason=code,
    )


def failed_post(outcome: Outcome, reason: str) -> DeliveryError:
    """Return the error of a call that got no usable answer."""
    words = {
        "not_sent": "Slack can't be reached.",
        "unknown": "Slack didn't confirm that it received the message.",
    }
    return DeliveryError(words[outcome], outcome=outcome, reason=reason)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = next((headers[name] for name in ("Retry-After", "retry-after") if name in headers), "")
    return float(value) if str(value).isdigit() else None
