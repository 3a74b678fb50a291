"""Bolt's app and its requests, as the bot uses them: requests are verified and read before they come here."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

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
    try:
        return AsyncBoltRequest(body=body, mode="socket_mode")  # over HTTP it would read the text again
    except (TypeError, ValueError, AttributeError, LookupError) as wrong:
        raise UnreadableBodyError(f"the body has another shape ({type(wrong).__name__})") from wrong


async def _on_error(error: Exception, body: dict[str, Any]) -> None:
    log.error("a request of type %s was not taken", body.get("type") or body.get("command"), exc_info=error)
