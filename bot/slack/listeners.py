"""What Slack sends us: each listener acknowledges, hands over, and answers; nothing escapes from it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.dispatch import dropped, needs_person, pressed, refusal
from bot.conversation.home import home
from bot.render.message import Message, Modal, Replacement, Reply
from bot.render.next_steps import SHARE, SHOW
from bot.render.question_form import BUILD, QUESTION
from bot.render.share import SHARE_TO
from bot.render.subscription_list import FORM
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.pool import Pool
from bot.slack.attachments import Outgoing
from bot.slack.client import UNKNOWN_PERSON, Identity, Person, Slack, UnrenderedError
from bot.slack.question_window import QuestionWindow
from bot.slack.requests import Incoming, Turn
from bot.slack.turns import Patience, Turns, is_cancelling, two_seconds
from bot.store.seen import Seen
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)

SHORTCUT, MESSAGE_SHORTCUT = "ask_kpi", "ask_kpi_of_message"
"""The shortcuts' callback ids in the app's manifest."""


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
        self._incoming = Incoming(slack, identity)
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
        read = self._incoming
        app.command(re.compile(f"^{re.escape(self._services.command)}$"))(self._listener(read.command))
        app.event("app_mention")(self._listener(read.mention))
        app.event("message")(self._listener(read.direct_message))
        app.event("app_home_opened")(self._listener(read.home_opened))
        app.action(re.compile("^ask:"))(self._listener(read.ask))
        app.action(re.compile(f"^{SHOW}:"))(self._listener(read.show))
        app.action(SHARE)(self._listener(read.share))
        app.action(re.compile(".*"))(self._listener(read.press))
        app.view(SHARE_TO)(self._listener(read.share_to))
        app.shortcut(SHORTCUT)(self._listener(read.shortcut))
        app.shortcut(MESSAGE_SHORTCUT)(self._listener(read.message_shortcut))
        app.options(re.compile(f"^{BUILD}:"))(self._suggest)
        app.view(QUESTION)(self._sent_question)
        app.view(FORM)(self._sent_order)
        app.view(re.compile(".*"))(self._listener(read.sent_modal))
        app.error(_on_bolt_error)
        return app

    def _listener(self, turn_of: Callable[[dict[str, Any]], Turn | None]) -> Callable[..., Awaitable[None]]:
        """Return what Bolt calls: it acknowledges first; nothing escapes, which would lose that."""

        async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            try:
                turn = turn_of(body)
            except Exception:
                log.exception("a request of Slack's can't be read")
                return
            if turn is not None:
                self._begin(turn)

        return listen

    async def _suggest(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a live search, which Slack waits half a second for: from memory, or with nothing."""
        options: list[dict[str, Any]] = []
        try:
            options = [dict(option) for option in await self._window.options(body)]
        except Exception:
            log.exception("a live search could not be answered")
        await ack(options=options)

    async def _sent_question(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The window that builds a question was sent: it is asked, or stays open with what is wrong in it."""
        turn, wrong = None, {}
        try:
            turn = self._incoming.built(await self._window.question(body))
        except Exception as refused:  # noqa: BLE001 - the person is told, the log has it
            wrong = self._window.errors(body, refused)
        await (ack(response_action="errors", errors=wrong) if wrong else ack())
        if turn is not None:
            self._begin(turn)

    async def _sent_order(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The form of a subscription was sent: it is kept, or stays open with what is wrong in it."""
        wrong: dict[str, str] = {}
        try:
            wrong = self._window.order_errors(body)
        except Exception:
            log.exception("a form could not be checked")  # it is refused in a message
        await (ack(response_action="errors", errors=wrong) if wrong else ack())
        if not wrong:
            self._begin(self._incoming.sent_modal(body))

    def _begin(self, turn: Turn) -> None:
        """Work on a turn beside the listener: Bolt waits for nothing but the acknowledgement."""
        task = asyncio.create_task(self._work(turn))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _work(self, turn: Turn) -> None:
        """Answer one turn; every failure ends in a sentence to the person, or in the log."""
        language, person = self._services.language, UNKNOWN_PERSON
        is_unheard = turn.press is None and turn.via != "home"
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
                is_unheard = False
                reply, answer = await self._turns.answer(request, turn.answer, turn.show)
                turn = replace(turn, answer=answer, is_spoken_of=answer is not turn.answer)
            elif is_cancelling(turn.press):
                reply = await self._turns.cancel(request, turn.press)
            else:
                reply = await self._store_pool.run(pressed, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            reply = self._refused(wrong, self._request(turn, person, language), is_unheard=is_unheard)
        await self._finish(turn, reply, person, language)

    async def _finish(self, turn: Turn, reply: Reply | None, person: Person, language: str) -> None:
        """Say what a turn has come to; what goes wrong then is said once more, or stands in the log."""
        try:
            await self._say(turn, reply, language)
            if turn.on_home and not isinstance(reply, Modal):
                await self._show_home(self._request(turn, person, language))
        except UnrenderedError as wrong:
            await self._excuse(turn, wrong, language)
        except KpiError as refused:
            log.warning("an answer was not taken by Slack: %s", refused)
        except Exception:
            log.exception("an answer could not be sent")

    async def _excuse(self, turn: Turn, wrong: UnrenderedError, language: str) -> None:
        """Say that an answer could not be made, with the reference under which the log has the reason."""
        try:
            await turn.answer(refusal(wrong.__cause__ or wrong, language, self._services))
        except KpiError as refused:
            log.warning("an excuse was not taken by Slack: %s", refused)

    def _refused(self, wrong: Exception, request: Request, *, is_unheard: bool) -> Message:
        """Return the sentence for what went wrong, and note a question that nobody has worked on."""
        if is_unheard:
            dropped(request, self._services, "failed")
        return refusal(wrong, request.language, self._services, request.text)

    async def _show_home(self, request: Request) -> None:
        tab = await self._pool.run(home, replace(request, via="home"), self._services)
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

    async def _say(self, turn: Turn, reply: Reply | None, language: str) -> None:
        match reply:
            case Modal() if turn.window:
                await self._slack.update_modal(turn.window, reply)
            case Modal():
                await self._open(turn, reply, language)
            case Replacement() if turn.on_home:
                pass  # the tab is shown anew
            case Replacement(message):
                await self._replace(turn, message)
            case Message(question=question) if turn.replace and question and question == turn.text:
                await self._replace(turn, reply)  # another question, or none, takes no answer's place
            case Message():
                await self._bring(turn, reply, language)

    async def _replace(self, turn: Turn, message: Message) -> None:
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

    async def _bring(self, turn: Turn, message: Message, language: str) -> None:
        """Send what an answer brings along, and say the answer unless that is the whole of it."""
        try:
            is_said = await self._outgoing.send(message, turn.place)
        except KpiError as wrong:
            log.warning("what an answer brings along was not sent: %s", wrong.__cause__ or wrong)
            message, is_said = refusal(wrong, language, self._services), False
        if turn.is_spoken_of or not is_said:
            await turn.answer(message)

    async def _open(self, turn: Turn, modal: Modal, language: str) -> None:
        """Open a window; where its trigger is used or older than three seconds, say so."""
        try:
            await self._slack.open_modal(turn.trigger, modal)
        except DeliveryError as refused:
            if refused.reason not in ("expired_trigger_id", "exchanged_trigger_id"):
                raise
            late = QueryError(said("That window took me too long to open."), hint=said("Try again now."))
            await turn.answer(refusal(late, language, self._services))

    def _is_first(self, turn: Turn) -> bool:
        return self._seen.is_first(str(turn.key), self._clock(), turn.hold)

    def _request(self, turn: Turn, person: Person, language: str) -> Request:
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
            is_shared=turn.is_shared,
        )


async def _on_bolt_error(error: Exception, body: dict[str, Any]) -> None:
    log.error("a request of type %s was not taken", body.get("type") or body.get("command"), exc_info=error)
