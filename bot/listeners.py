"""What Slack sends us: each listener acknowledges, hands over, and answers; nothing escapes from it."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.access import Membership
from bot.clock import Clock
from bot.dispatch import dispatch, refusal
from bot.pool import Pool
from bot.render.message import Message
from bot.request import Request, Via
from bot.services import Services
from bot.slack import Identity, Slack
from bot.store.seen import Seen
from kpi_engine.errors import KpiError

log = logging.getLogger(__name__)

Body = dict[str, Any]
Answering = Callable[[Message], Awaitable[Any]]
"""Sends the answer to where the request came from."""

_DOUBLE_CLICK = timedelta(seconds=10)
"""Presses of one button by one person within this time are one press."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request of one person: where it came from and how it is answered."""

    user: str
    channel: str
    text: str
    via: Via
    answer: Answering
    key: str | None = None
    hold: timedelta | None = None


class Listeners:
    """The listeners of one workspace. All its methods belong to one event loop."""

    def __init__(
        self, slack: Slack, identity: Identity, services: Services, pool: Pool, seen: Seen, clock: Clock
    ) -> None:
        self._slack = slack
        self._identity = identity
        self._services = services
        self._pool = pool
        self._seen = seen
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._app = self._bolt()

    async def take(self, body: str | dict[str, Any], headers: Mapping[str, str], mode: str) -> BoltResponse:
        """Hand a verified request of Slack's to Bolt; return what is answered to it."""
        request = AsyncBoltRequest(
            body=body, headers={name: [value] for name, value in headers.items()}, mode=mode
        )
        return await self._app.async_dispatch(request)

    async def finish(self, grace: float) -> None:
        """Wait until what was taken is answered, at most `grace` seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace)

    def _bolt(self) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=self._identity.enterprise,
                team_id=self._identity.workspace,
                bot_token=self._slack.token,
                bot_id=self._identity.bot,
                bot_user_id=self._identity.bot_user,
            )

        app = AsyncApp(
            client=self._slack.bolt_client,
            authorize=authorize,
            request_verification_enabled=False,  # bot/web/signature.py has done it
            signing_secret="unused",  # noqa: S106 - Bolt wants one even where it verifies nothing
            url_verification_enabled=True,
        )
        app.command(re.compile(f"^{re.escape(self._services.command)}$"))(self._listener(self._command))
        app.event("app_mention")(self._listener(self._mention))
        app.event("message")(self._listener(self._direct_message))
        app.action(re.compile("^ask:"))(self._listener(self._ask))
        app.error(_on_bolt_error)
        return app

    def _listener(self, turn_of: Callable[[Body], _Turn | None]) -> Callable[..., Awaitable[None]]:
        """Return what Bolt calls: it acknowledges first; nothing escapes, which would lose that."""

        async def listen(ack: AsyncAck, body: Body) -> None:
            await ack()
            try:
                turn = turn_of(body)
            except Exception:
                log.exception("a request of Slack's can't be read")
                return
            if turn is not None:
                self._begin(turn)

        return listen

    def _command(self, body: Body) -> _Turn:
        user, channel = str(body["user_id"]), str(body["channel_id"])
        answer = self._privately(body, channel, user, None)
        text = str(body.get("text") or "")
        return _Turn(user, channel, text, "command", answer, _key("command", body.get("trigger_id")))

    def _mention(self, body: Body) -> _Turn | None:
        event = body["event"]
        if not _is_of_a_person(event):
            return None
        channel, thread = str(event["channel"]), str(event.get("thread_ts") or event["ts"])
        text = re.sub(
            rf"<@{re.escape(self._identity.bot_user)}(\|[^>]*)?>", " ", str(event.get("text") or ""), count=1
        )
        answer = functools.partial(self._slack.post, channel, thread=thread)
        return _Turn(str(event["user"]), channel, text, "mention", answer, _event_key(event))

    def _direct_message(self, body: Body) -> _Turn | None:
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("subtype") or not _is_of_a_person(event):
            return None
        channel = str(event["channel"])
        answer = functools.partial(self._slack.post, channel, thread=event.get("thread_ts"))
        return _Turn(
            str(event["user"]), channel, str(event.get("text") or ""), "dm", answer, _event_key(event)
        )

    def _ask(self, body: Body) -> _Turn:
        user, container = str(body["user"]["id"]), body.get("container") or {}
        channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user)
        action = body["actions"][0]
        thread = (body.get("message") or {}).get("thread_ts") or container.get("thread_ts")
        answer = self._privately(body, channel, user, thread)
        key = _key("ask", container.get("message_ts"), action.get("action_id"), user)
        return _Turn(user, channel, str(action.get("value") or ""), "action", answer, key, _DOUBLE_CLICK)

    def _privately(self, body: Body, channel: str, user: str, thread: str | None) -> Answering:
        return functools.partial(
            self._slack.answer_privately, body.get("response_url"), channel, user, thread=thread
        )

    def _begin(self, turn: _Turn) -> None:
        """Work on a turn beside the listener: Bolt waits for nothing but the acknowledgement."""
        task = asyncio.create_task(self._work(turn))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _work(self, turn: _Turn) -> None:
        """Answer one turn; every failure ends in a sentence to the person, or in the log."""
        language = self._services.language
        try:
            if turn.key and not await self._pool.run(self._is_first, turn):
                return
            person = await self._slack.person(turn.user, self._identity)
            language = person.language or language
            request = self._request(turn, person.membership, language)
            message = await self._pool.run(dispatch, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            message = refusal(wrong, language, self._services)
        try:
            await turn.answer(message)
        except KpiError as refused:
            log.warning("an answer was not taken by Slack: %s", refused)
        except Exception:
            log.exception("an answer could not be sent")

    def _is_first(self, turn: _Turn) -> bool:
        return self._seen.is_first(str(turn.key), self._clock(), turn.hold)

    def _request(self, turn: _Turn, membership: Membership, language: str) -> Request:
        return Request(
            workspace=self._identity.workspace,
            user=turn.user,
            channel=turn.channel,
            text=turn.text,
            via=turn.via,
            now=self._clock(),
            language=language,
            membership=membership,
        )


def _is_of_a_person(event: Body) -> bool:
    """Whether somebody wrote it: workflows and other apps have no user, or a bot's id."""
    return bool(event.get("user")) and not event.get("bot_id")


def _event_key(event: Body) -> str | None:
    return _key("event", event["channel"], event.get("event_ts") or event["ts"])


def _key(*parts: object) -> str | None:
    return ":".join(map(str, parts)) if all(parts) else None


async def _on_bolt_error(error: Exception, body: dict[str, Any]) -> None:
    log.error("a request of type %s was not taken", body.get("type") or body.get("command"), exc_info=error)
