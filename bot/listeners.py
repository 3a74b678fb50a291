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

from bot.clock import Clock
from bot.commands.build import OF_MESSAGE
from bot.dispatch import acts_once, needs_person, pressed, refusal
from bot.errors import DeliveryError
from bot.home import home
from bot.leaving import is_direct
from bot.outgoing import Outgoing, Place
from bot.pool import Pool
from bot.question_window import BuiltQuestion, QuestionWindow, given_in
from bot.render.message import Message, Modal, Replacement, Reply
from bot.render.next_steps import SHARE, SHOW
from bot.render.question_form import BUILD, EMPTY, OPEN, QUESTION
from bot.render.shared import SHARE_TO
from bot.request import Press, Request, Via
from bot.services import Services
from bot.slack import UNKNOWN_PERSON, Identity, Person, Slack
from bot.store.seen import Seen
from bot.turns import Answering, Patience, Showing, Turns, is_cancelling, two_seconds
from kpi_engine.errors import KpiError, QueryError
from kpi_engine.said import said

log = logging.getLogger(__name__)

Body = dict[str, Any]

SHORTCUT, MESSAGE_SHORTCUT = "ask_kpi", "ask_kpi_of_message"
"""The shortcuts' callback ids in the app's manifest."""
_REOPENED = timedelta(seconds=2)
"""Presses of a button that opens a window within this time are one; it may be closed and opened again."""
_DOUBLE_CLICK = timedelta(seconds=10)
"""Presses of one button by one person within this time are one press."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request of one person: where it came from and how it is answered.

    Of a press, `replace` puts a message in place of the one it was in, and `trigger` opens a window;
    of a press inside a window, `window` is its id, and another window takes its place. With `on_home` it was
    pressed on the Home tab, which shows what it changed. `show` says that a slow question is worked on,
    where the answer can take that message's place; with `is_spoken_of` it was shown. With `is_open` the
    answer stands in the conversation itself, in its `thread`.
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
    window: str = ""
    show: Showing | None = None
    is_spoken_of: bool = False
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
        patience: Patience = two_seconds,
    ) -> None:
        """Register everything. `pool` is for questions, `store_pool` for what only needs our own store.

        `patience` returns when a question that isn't answered yet is spoken of.
        """
        self._slack = slack
        self._identity = identity
        self._services = services
        self._pool = pool
        self._store_pool = store_pool
        self._seen = seen
        self._clock = clock
        self._turns = Turns(services, pool, store_pool, seen, clock, patience)
        self._outgoing = Outgoing(slack, identity.bot_name)
        self._running: set[asyncio.Task[None]] = set()
        self._window = QuestionWindow(slack, identity, services, clock)
        self._app = self._bolt()

    async def take(self, body: str | dict[str, Any], headers: Mapping[str, str], mode: str) -> BoltResponse:
        """Hand a verified request of Slack's to Bolt; return what is answered to it."""
        request = AsyncBoltRequest(
            body=body, headers={name: [value] for name, value in headers.items()}, mode=mode
        )
        return await self._app.async_dispatch(request)

    async def finish(self, grace: float) -> None:
        """Wait until what was taken is answered, at most `grace` seconds; then say that we restart."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            self._turns.stop()
            if late:
                await asyncio.wait(late, timeout=grace / 2)

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
        app.shortcut(SHORTCUT)(self._listener(self._shortcut))
        app.shortcut(MESSAGE_SHORTCUT)(self._listener(self._message_shortcut))
        app.options(re.compile(f"^{BUILD}:"))(self._suggest)
        app.view(QUESTION)(self._sent_question)
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
        text = self._without_own_name(str(event.get("text") or ""))
        answer = functools.partial(self._slack.post, channel, thread=thread)
        show = functools.partial(self._slack.post_for_now, channel, thread=thread)
        return _Turn(
            str(event["user"]),
            channel,
            text,
            "mention",
            answer,
            _event_key(event),
            show=show,
            thread=thread,
            is_open=True,
        )

    def _without_own_name(self, text: str) -> str:
        return re.sub(rf"<@{re.escape(self._identity.bot_user)}(\|[^>]*)?>", " ", text, count=1)

    def _direct_message(self, body: Body) -> _Turn | None:
        event = body["event"]
        if event.get("channel_type") != "im" or event.get("subtype") or not _is_of_a_person(event):
            return None
        channel = str(event["channel"])
        user, text, thread = str(event["user"]), str(event.get("text") or ""), event.get("thread_ts")
        answer = functools.partial(self._slack.post, channel, thread=thread)
        show = functools.partial(self._slack.post_for_now, channel, thread=thread)
        return _Turn(
            user, channel, text, "dm", answer, _event_key(event), show=show, thread=thread, is_open=True
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
        show = functools.partial(self._slack.post_for_now, place.user) if place.on_home else None
        line = str(action.get("value") or "")
        return _Turn(place.user, place.channel, line, "action", answer, key, _DOUBLE_CLICK, show=show)

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
        view = body.get("view") or {}
        press = Press(
            str(action["action_id"]),
            str(action.get("value") or ""),
            place.ts,
            thread=place.thread or "",
            given=given_in(view),
            metadata=str(view.get("private_metadata") or ""),
            is_public=not (place.is_ephemeral or place.on_home or is_direct(place.channel)),
        )
        is_modal = view.get("type") == "modal"
        twice, hold = None, _DOUBLE_CLICK
        if is_cancelling(press):
            twice = _key("cancel", place.ts, place.user)
        elif press.action == OPEN:
            twice, hold = _key("open", place.ts, place.user), _REOPENED
        elif acts_once(press):
            twice = _key("press", place.ts, press.action, press.value, place.user)
        return _Turn(
            place.user,
            place.channel,
            "",
            "action",
            self._answer_to_press(body, place),
            twice,
            hold,
            press=press,
            replace=in_place,
            trigger=str(body.get("trigger_id") or ""),
            window=str(view["id"]) if is_modal else "",
            on_home=place.on_home,
        )

    def _shortcut(self, body: Body) -> _Turn:
        """The global shortcut: it has no channel, so that what comes of it is a direct message."""
        user = str(body["user"]["id"])
        answer = functools.partial(self._slack.post, user)
        return self._opening(body, Press(OPEN, EMPTY, ""), user, answer)

    def _message_shortcut(self, body: Body) -> _Turn:
        """The shortcut in the menu of a message, whose text may be a question."""
        user, channel, message = str(body["user"]["id"]), str(body["channel"]["id"]), body["message"]
        thread = message.get("thread_ts")
        text = self._without_own_name(str(message.get("text") or ""))
        press = Press(OF_MESSAGE, text, str(message["ts"]), thread=str(thread or ""))
        return self._opening(body, press, channel, self._privately(body, channel, user, thread))

    def _opening(self, body: Body, press: Press, channel: str, answer: Answering) -> _Turn:
        trigger = str(body.get("trigger_id") or "")
        return _Turn(
            str(body["user"]["id"]),
            channel,
            "",
            "action",
            answer,
            _key("shortcut", trigger),
            press=press,
            trigger=trigger,
        )

    async def _suggest(self, ack: AsyncAck, body: Body) -> None:
        """Answer a live search, which Slack waits half a second for: from memory, or with nothing."""
        options: list[Body] = []
        try:
            options = [dict(option) for option in await self._window.options(body)]
        except Exception:
            log.exception("a live search could not be answered")
        await ack(options=options)

    async def _sent_question(self, ack: AsyncAck, body: Body) -> None:
        """The window that builds a question was sent: it is asked, or stays open with what is wrong in it."""
        turn, wrong = None, {}
        try:
            turn = self._built(self._window.question(body))
        except Exception as refused:  # noqa: BLE001 - the person is told, the log has it
            wrong = self._window.errors(body, refused)
        await (ack(response_action="errors", errors=wrong) if wrong else ack())
        if turn is not None:
            self._begin(turn)

    def _built(self, asked: BuiltQuestion) -> _Turn:
        """Return the turn of a question that was built: asked like a typed one, where it was opened."""
        answer: Answering = functools.partial(self._slack.post, asked.user)
        if asked.channel != asked.user:
            privately = self._slack.answer_privately
            answer = functools.partial(privately, None, asked.channel, asked.user, thread=asked.thread)
        return _Turn(asked.user, asked.channel, asked.line, "action", answer, _key("built", asked.view))

    def _sent_modal(self, body: Body) -> _Turn:
        """A modal that was sent; what it carries ends in the channel and message that it was opened from."""
        user, view = str(body["user"]["id"]), body["view"]
        value, channel, ts = str(view["private_metadata"]).rsplit(" ", 2)
        press = Press(str(view["callback_id"]), value, ts, _typed(view), given=given_in(view))
        answer = (
            functools.partial(self._slack.post, channel)
            if is_direct(channel)
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
            request = self._request(turn, person, language)
            if turn.via == "home":
                await self._show_home(request)
                return
            reply: Reply | None
            if turn.press is None:
                reply, answer = await self._turns.answer(request, turn.answer, turn.show)
                turn = replace(turn, answer=answer, is_spoken_of=answer is not turn.answer)
            elif is_cancelling(turn.press):
                reply = await self._turns.cancel(request, turn.press)
            else:
                reply = await self._store_pool.run(pressed, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            reply = refusal(wrong, language, self._services, turn.text)
        try:
            await self._say(turn, reply, language)
            if turn.on_home and not isinstance(reply, Modal):
                await self._show_home(self._request(turn, person, language))
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

    async def _say(self, turn: _Turn, reply: Reply | None, language: str) -> None:
        match reply:
            case Modal() if turn.window:
                await self._slack.update_modal(turn.window, reply)
            case Modal():
                await self._open(turn, reply)
            case Replacement() if turn.on_home:
                pass  # the tab is shown anew
            case Replacement(message):
                await self._replace(turn, message)
            case Message(question=question) if turn.replace and question and question == turn.text:
                await self._replace(turn, reply)  # another question, or none, takes no answer's place
            case Message():
                await self._bring(turn, reply, language)

    async def _replace(self, turn: _Turn, message: Message) -> None:
        """Put a message in place of the one that was pressed; where that is gone, say it anew."""
        try:
            if turn.replace:
                await turn.replace(message)
                return
        except DeliveryError as refused:
            if refused.outcome == "unknown":
                raise
            log.info("a message can't be replaced (%s); it is said anew", refused.reason)
        await turn.answer(message)

    async def _bring(self, turn: _Turn, message: Message, language: str) -> None:
        """Send what an answer brings along, and say the answer unless that is the whole of it."""
        try:
            is_said = await self._outgoing.send(message, turn.place)
        except KpiError as wrong:
            log.warning("what an answer brings along was not sent: %s", wrong.__cause__ or wrong)
            message, is_said = refusal(wrong, language, self._services), False
        if turn.is_spoken_of or not is_said:
            await turn.answer(message)

    async def _open(self, turn: _Turn, modal: Modal) -> None:
        """Open a window; where its trigger is used or older than three seconds, say so."""
        try:
            await self._slack.open_modal(turn.trigger, modal)
        except DeliveryError as refused:
            if refused.reason not in ("expired_trigger_id", "exchanged_trigger_id"):
                raise
            late = QueryError(said("That window took me too long to open."), hint=said("Try again now."))
            person = self._slack.remembered(turn.user) or UNKNOWN_PERSON
            await turn.answer(refusal(late, person.language or self._services.language, self._services))

    def _is_first(self, turn: _Turn) -> bool:
        return self._seen.is_first(str(turn.key), self._clock(), turn.hold)

    def _request(self, turn: _Turn, person: Person, language: str) -> Request:
        return Request(
            workspace=self._identity.workspace,
            user=turn.user,
            channel=turn.channel,
            text=turn.text,
            via=turn.via,
            now=self._clock(),
            language=language,
            membership=person.membership,
            press=turn.press,
            email=person.email,
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
    on_home = (body.get("view") or {}).get("type") == "home"
    return _Place(user, channel, ts, thread, bool(container.get("is_ephemeral")), on_home)


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
