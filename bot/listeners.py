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

from bot.access import Membership
from bot.clock import Clock
from bot.dispatch import dispatch, needs_person, pressed, refusal
from bot.home import home
from bot.leaving import is_direct
from bot.outgoing import Outgoing, Place
from bot.pool import Pool
from bot.render.message import Message, Modal, Replacement, Reply
from bot.render.next_steps import SHARE, SHOW
from bot.render.shared import SHARE_TO
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

    Of a press, `replace` puts a message in place of the one it was in, and `trigger` opens a window.
    With `is_open` the answer stands in the conversation itself, in its `thread`.
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
    thread: str | None = None
    is_open: bool = False

    @property
    def place(self) -> Place:
        """Where what leaves beside the answer goes."""
        return Place(self.user, self.channel, self.thread, self.is_open)


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
        self._outgoing = Outgoing(slack, identity.bot_name)
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
        app.action(re.compile(f"^{SHOW}:"))(self._listener(self._show))
        app.action(SHARE)(self._listener(self._share))
        app.action(re.compile(".*"))(self._listener(self._press))
        app.view(SHARE_TO)(self._listener(self._share_to))
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
        return _Turn(
            str(event["user"]),
            channel,
            text,
            "mention",
            answer,
            _event_key(event),
            thread=thread,
            is_open=True,
        )

    def _direct_message(self, body: Body) -> _Turn | None:
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("subtype") or not _is_of_a_person(event):
            return None
        channel = str(event["channel"])
        answer = functools.partial(self._slack.post, channel, thread=event.get("thread_ts"))
        return _Turn(
            str(event["user"]),
            channel,
            str(event.get("text") or ""),
            "dm",
            answer,
            _event_key(event),
            thread=event.get("thread_ts"),
            is_open=True,
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
        # a press on the Home tab has no response address and no channel: the answer is a direct message
        on_home = (body.get("container") or {}).get("type") == "view"
        answer = (
            functools.partial(self._slack.post, place.user)
            if on_home
            else self._privately(body, place.channel, place.user, place.thread)
        )
        key = _key("ask", place.ts, action.get("action_id"), place.user)
        return _Turn(
            place.user, place.channel, str(action.get("value") or ""), "action", answer, key, _DOUBLE_CLICK
        )

    def _show(self, body: Body) -> _Turn:
        """A press that shows an answer in another form, in its place.

        Where others read along it is asked as a mention is: as far as they may see it too.
        """
        turn, place = self._ask(body), _place(body)
        response_url = body.get("response_url")
        if place.is_ephemeral and response_url:
            instead = functools.partial(self._slack.respond, response_url, replace=True)
        else:
            instead = functools.partial(self._slack.update, place.channel, place.ts)
        is_alone = place.is_ephemeral or is_direct(place.channel)
        if not is_alone:
            return replace(turn, replace=instead, via="mention")
        # pressing to and fro is no double click: the same form in the same place is no harm
        return replace(turn, replace=instead, key=None)

    def _share(self, body: Body) -> _Turn:
        """A press of Share: in a channel it is shared there, elsewhere a window asks where."""
        place = _place(body)
        if is_direct(place.channel):
            return self._press(body)
        turn = self._ask(body)
        return replace(turn, text=f"{turn.text} share", thread=place.thread)

    def _share_to(self, body: Body) -> _Turn:
        """The window that asks where: shared in the channel chosen; its sharer is told apart."""
        user, view = str(body["user"]["id"]), body["view"]
        return _Turn(
            user,
            _typed(view),
            f"{view['private_metadata']} share",
            "action",
            functools.partial(self._slack.post, user),
            _key("share_to", view.get("id")),
        )

    def _press(self, body: Body) -> _Turn:
        """A press of a button that isn't a question; that it acts once is the store's own rule."""
        place, action = _place(body), body["actions"][0]
        response_url = body.get("response_url")
        replace = (
            functools.partial(self._slack.respond, response_url, replace=True)
            if place.is_ephemeral and response_url
            else functools.partial(self._slack.update, place.channel, place.ts)
        )
        press = Press(str(action["action_id"]), str(action.get("value") or ""), place.ts)
        return _Turn(
            place.user,
            place.channel,
            "",
            "action",
            self._privately(body, place.channel, place.user, place.thread),
            press=press,
            replace=replace,
            trigger=str(body.get("trigger_id") or ""),
        )

    def _sent_modal(self, body: Body) -> _Turn:
        """A modal that was sent; what it carries ends in the channel and message that it was opened from."""
        user, view = str(body["user"]["id"]), body["view"]
        value, channel, ts = str(view["private_metadata"]).rsplit(" ", 2)
        press = Press(str(view["callback_id"]), value, ts, _typed(view))
        return _Turn(
            user,
            channel,
            "",
            "action",
            functools.partial(self._slack.post, channel),
            press=press,
            replace=functools.partial(self._slack.update, channel, ts),
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
        language = self._services.language
        try:
            if turn.key and not await self._store_pool.run(self._is_first, turn):
                return
            person = UNKNOWN_PERSON
            if turn.press is None or needs_person(turn.press):
                person = await self._slack.person(turn.user, self._identity)
            language = person.language or language
            request = self._request(turn, person.membership, language)
            if turn.via == "home":
                tab = await self._pool.run(home, request, self._services)
                await self._slack.publish_home(turn.user, tab)
                return
            if turn.press is None:
                reply: Reply = await self._pool.run(dispatch, request, self._services)
            else:
                reply = await self._store_pool.run(pressed, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            reply = refusal(wrong, language, self._services)
        try:
            await self._say(turn, reply, language)
        except KpiError as refused:
            log.warning("an answer was not taken by Slack: %s", refused)
        except Exception:
            log.exception("an answer could not be sent")

    async def _say(self, turn: _Turn, reply: Reply, language: str) -> None:
        match reply:
            case Modal():
                await self._slack.open_modal(turn.trigger, reply)
            case Replacement(message) if turn.replace:
                await turn.replace(message)
            case Message(question=question) if turn.replace and question and question == turn.text:
                await turn.replace(reply)  # another question, or none, takes no answer's place
            case Replacement(message) | (Message() as message):
                try:
                    is_said = await self._outgoing.send(message, turn.place)
                except KpiError as wrong:
                    log.warning("what an answer brings along was not sent: %s", wrong.__cause__ or wrong)
                    message, is_said = refusal(wrong, language, self._services), False
                if not is_said:
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


def _place(body: Body) -> _Place:
    user, container = str(body["user"]["id"]), body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or user)
    thread = (body.get("message") or {}).get("thread_ts") or container.get("thread_ts")
    ts = str(container.get("message_ts") or container.get("view_id") or "")
    return _Place(user, channel, ts, thread, bool(container.get("is_ephemeral")))


def _typed(view: Body) -> str:
    """Return what was typed into a modal of one input, or chosen there."""
    values = (view.get("state") or {}).get("values") or {}
    entries = (entry for block in values.values() for entry in block.values())
    typed = (entry.get("value") or entry.get("selected_conversation") for entry in entries)
    return next((str(value) for value in typed if value), "")


def _is_of_a_person(event: Body) -> bool:
    """Whether somebody wrote it: workflows and other apps have no user, or a bot's id."""
    return bool(event.get("user")) and not event.get("bot_id")


def _event_key(event: Body) -> str | None:
    return _key("event", event["channel"], event.get("event_ts") or event["ts"])


def _key(*parts: object) -> str | None:
    return ":".join(map(str, parts)) if all(parts) else None


async def _on_bolt_error(error: Exception, body: dict[str, Any]) -> None:
    log.error("a request of type %s was not taken", body.get("type") or body.get("command"), exc_info=error)
