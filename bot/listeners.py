"""What Slack sends us: each listener acknowledges, hands over, and answers; nothing escapes from it."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.access import Membership
from bot.clock import Clock
from bot.dispatch import acts_once, dispatch, needs_person, pressed, refusal
from bot.home import home
from bot.pool import Pool
from bot.render.message import Message, Modal, Replacement, Reply
from bot.request import Press, Request, Via
from bot.services import Services
from bot.slack import UNKNOWN_PERSON, Identity, Slack
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
    """One request of one person: where it came from and how it is answered.

    Of a press, `replace` puts a message in place of the one it was in, and `trigger` opens a window. With
    `on_home` it was pressed on the Home tab, which shows what it changed.
    """

    user: str
    channel: str
    text: str
    via: Via
    answer: Answering
    key: str | None = None
    hold: timedelta | None = None
    press: Press | None = None
    replace: Answering | None = None
    trigger: str = ""
    on_home: bool = False


class Listeners:
    """The listeners of one workspace. All its methods belong to one event loop."""

    def __init__(
        self,
        slack: Slack,
        identity: Identity,
        services: Services,
        pool: Pool,
        store_pool: Pool,
        seen: Seen,
        clock: Clock,
    ) -> None:
        """Register everything. `pool` is for questions, `store_pool` for what only needs our own store."""
        self._slack = slack
        self._identity = identity
        self._services = services
        self._pool = pool
        self._store_pool = store_pool
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
        app.event("app_home_opened")(self._listener(self._home_opened))
        app.action(re.compile("^ask:"))(self._listener(self._ask))
        app.action(re.compile(".*"))(self._listener(self._press))
        app.view(re.compile(".*"))(self._listener(self._sent_modal))
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

    def _home_opened(self, body: Body) -> _Turn | None:
        """Somebody looks at the Home tab; the messages tab beside it needs nothing."""
        event = body["event"]
        if event.get("tab") != "home":
            return None
        user = str(event["user"])
        answer = functools.partial(self._slack.post, user)
        return _Turn(user, str(event.get("channel") or user), "", "home", answer)

    def _ask(self, body: Body) -> _Turn:
        place, action = _place(body), body["actions"][0]
        answer = self._answer_to_press(body, place)
        key = _key("ask", place.ts, action.get("action_id"), place.user)
        return _Turn(
            place.user, place.channel, str(action.get("value") or ""), "action", answer, key, _DOUBLE_CLICK
        )

    def _answer_to_press(self, body: Body, place: _Place) -> Answering:
        """A press on the Home tab has no response address and no channel: the answer is a direct message."""
        if place.on_home:
            return functools.partial(self._slack.post, place.user)
        return self._privately(body, place.channel, place.user, place.thread)

    def _press(self, body: Body) -> _Turn:
        """A press of a button that isn't a question; that most act once is the store's own rule."""
        place, action = _place(body), body["actions"][0]
        response_url = body.get("response_url")
        in_place = (
            functools.partial(self._slack.respond, response_url, replace=True)
            if place.is_ephemeral and response_url
            else functools.partial(self._slack.update, place.channel, place.ts)
        )
        press = Press(
            str(action["action_id"]),
            str(action.get("value") or ""),
            place.ts,
            is_public=not (place.is_ephemeral or place.on_home or _is_direct(place.channel)),
        )
        return _Turn(
            place.user,
            place.channel,
            "",
            "action",
            self._answer_to_press(body, place),
            _key("press", place.ts, press.action, press.value, place.user) if acts_once(press) else None,
            _DOUBLE_CLICK,
            press=press,
            replace=in_place,
            trigger=str(body.get("trigger_id") or ""),
            on_home=place.on_home,
        )

    def _sent_modal(self, body: Body) -> _Turn:
        """A modal that was sent; what it carries ends in the channel and message that it was opened from."""
        user, view = str(body["user"]["id"]), body["view"]
        value, channel, ts = str(view["private_metadata"]).rsplit(" ", 2)
        press = Press(str(view["callback_id"]), value, ts, _typed(view), _fields(view))
        answer = (
            functools.partial(self._slack.post, channel)
            if _is_direct(channel)
            else functools.partial(self._slack.answer_privately, None, channel, user)
        )
        return _Turn(
            user,
            channel,
            "",
            "action",
            answer,
            press=press,
            replace=functools.partial(self._slack.update, channel, ts),
            on_home=ts.startswith("V"),
        )

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
        language, person = self._services.language, UNKNOWN_PERSON
        try:
            if turn.key and not await self._store_pool.run(self._is_first, turn):
                return
            if turn.press is None or needs_person(turn.press):
                person = await self._slack.person(turn.user, self._identity)
            chosen = await self._store_pool.run(self._chosen_language, turn.user)
            language = chosen or person.language or language
            request = self._request(turn, person.membership, language)
            if turn.via == "home":
                await self._show_home(request)
                return
            if turn.press is None:
                reply: Reply = await self._pool.run(dispatch, request, self._services)
            else:
                reply = await self._store_pool.run(pressed, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            reply = refusal(wrong, language, self._services)
        try:
            await self._say(turn, reply)
            if turn.on_home and not isinstance(reply, Modal):
                await self._show_home(self._request(turn, person.membership, language))
        except KpiError as refused:
            log.warning("an answer was not taken by Slack: %s", refused)
        except Exception:
            log.exception("an answer could not be sent")

    async def _show_home(self, request: Request) -> None:
        tab = await self._pool.run(home, replace(request, via="home", press=None), self._services)
        await self._slack.publish_home(request.user, tab)

    def _chosen_language(self, user: str) -> str | None:
        """Return the language that somebody chose; a store that fails costs them their answer no language."""
        if self._services.preferences is None:
            return None
        try:
            return self._services.preferences.language(user, self._clock())
        except SQLAlchemyError:
            log.warning("the language of a person can't be read", exc_info=True)
            return None

    async def _say(self, turn: _Turn, reply: Reply) -> None:
        match reply:
            case Modal():
                await self._slack.open_modal(turn.trigger, reply)
            case Replacement() if turn.on_home:
                pass  # the tab is shown anew
            case Replacement(message) if turn.replace:
                await turn.replace(message)
            case Replacement(message) | (Message() as message):
                await turn.answer(message)

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
            press=turn.press,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Who pressed a button, of which message where."""

    user: str
    channel: str
    ts: str
    thread: str | None
    is_ephemeral: bool
    on_home: bool


def _place(body: Body) -> _Place:
    user, container = str(body["user"]["id"]), body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user)
    thread = (body.get("message") or {}).get("thread_ts") or container.get("thread_ts")
    ts = str(container.get("message_ts") or container.get("view_id") or "")
    on_home = container.get("type") == "view"
    return _Place(user, channel, ts, thread, bool(container.get("is_ephemeral")), on_home)


def _is_direct(channel: str) -> bool:
    """Whether an id is that of somebody's direct messages with us, or of a person."""
    return channel.startswith(("D", "U", "W"))


def _typed(view: Body) -> str:
    """Return what was typed into a modal of one input."""
    values = (view.get("state") or {}).get("values") or {}
    typed = (entry.get("value") for block in values.values() for entry in block.values())
    return next((str(value) for value in typed if value), "")


def _fields(view: Body) -> dict[str, str]:
    """Return what was typed and chosen in a modal, by action, without what was left empty."""
    values = (view.get("state") or {}).get("values") or {}
    found = {}
    for block in values.values():
        for action, entry in block.items():
            option = (entry.get("selected_option") or {}).get("value")
            chosen = (entry.get(name) for name in ("value", "selected_time", "selected_conversation"))
            typed = option or next((value for value in chosen if value), None)
            if typed:
                found[str(action)] = str(typed)
    return found


def _is_of_a_person(event: Body) -> bool:
    """Whether somebody wrote it: workflows and other apps have no user, or a bot's id."""
    return bool(event.get("user")) and not event.get("bot_id")


def _event_key(event: Body) -> str | None:
    return _key("event", event["channel"], event.get("event_ts") or event["ts"])


def _key(*parts: object) -> str | None:
    return ":".join(map(str, parts)) if all(parts) else None


async def _on_bolt_error(error: Exception, body: dict[str, Any]) -> None:
    log.error("a request of type %s was not taken", body.get("type") or body.get("command"), exc_info=error)
