"""Bolt's app and its requests, as the bot uses them: requests are verified and read before they come here."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.runtime.logs import log_unexpected
from bot.slack.body import Body, UnreadableBodyError
from bot.slack.client import Slack
from bot.slack.people import Identity

log = logging.getLogger(__name__)


def new_app(slack: Slack, identity: Identity) -> AsyncApp:
    """Return an app without listeners, which knows one installation: the bot's own."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=identity.enterprise,
            team_id=identity.workspace,
            bot_token=slack.token,
            bot_id=identity.bot,
            bot_user_id=identity.bot_user,
        )

    app = AsyncApp(
        client=slack.bolt_client,
        authorize=authorize,
        request_verification_enabled=False,  # bot/slack/signature.py has done it
        signing_secret="unused",  # noqa: S106 - Bolt wants one even where it verifies nothing
        url_verification_enabled=True,
    )
    app.error(_on_error)
    return app


def new_request(body: Body) -> AsyncBoltRequest:
    """Return a body as Bolt takes it. Raises UnreadableBodyError if it isn't of the shape of Slack's."""
    if not _has_shape(body):
        raise UnreadableBodyError("the body has another shape")
    try:
        return AsyncBoltRequest(body=body, mode="socket_mode")  # over HTTP it would read the text again
    except (TypeError, ValueError, AttributeError, LookupError) as wrong:
        raise UnreadableBodyError(f"the body has another shape ({type(wrong).__name__})") from wrong


async def dispatched(app: AsyncApp, request: AsyncBoltRequest) -> BoltResponse:
    """Let an app find the listener of a request and run it until it acknowledges.

    Raises UnreadableBodyError if the app can't tell which listener: errors of listeners don't come here.
    """
    try:
        return await app.async_dispatch(request)
    except (TypeError, ValueError, AttributeError, LookupError) as wrong:
        log.debug("no listener could be found", exc_info=True)
        raise UnreadableBodyError(f"the body has another shape ({type(wrong).__name__})") from wrong


def _has_shape(body: Body) -> bool:
    """Whether what a request is recognised by is where Slack has it."""
    match body:
        case {"command": command}:
            return isinstance(command, str)
        case {"type": "event_callback"}:
            return _is_named(body.get("event"), "type")
        case {"type": "block_actions"}:
            actions = body.get("actions")
            return isinstance(actions, list) and bool(actions) and _is_named(actions[0], "action_id")
        case {"type": "view_submission" | "view_closed"}:
            return _is_named(body.get("view"), "callback_id")
        case {"type": "shortcut" | "message_action" | "block_suggestion" as kind}:
            return _is_named(body, "action_id" if kind == "block_suggestion" else "callback_id")
    return True


def _is_named(found: Any, key: str) -> bool:
    return isinstance(found, dict) and isinstance(found.get(key), str)


async def _on_error(error: Exception, body: dict[str, Any]) -> None:
    log_unexpected(log, f"a request of type {body.get('type') or body.get('command')} was not taken", error)
