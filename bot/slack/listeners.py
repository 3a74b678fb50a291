"""Requests from Slack: each is acknowledged at once and then answered; no error escapes."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.conversation.dispatch import dropped, file_dropped, needs_person, pressed, refusal
from bot.conversation.home import home
from bot.render.alerts import FORM as ALERT_FORM
from bot.render.message import Message, Modal, Reply
from bot.render.next_steps import SHARE, SHOW
from bot.render.question_form import BUILD, QUESTION
from bot.render.share import SHARE_TO
from bot.render.subscription_list import FORM
from bot.render.waiting import unconfirmed_message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.logs import log_unexpected
from bot.runtime.measurements import Measurements
from bot.runtime.pool import Pool
from bot.runtime.references import new_reference, referring_to
from bot.slack.admission import Admission
from bot.slack.answers import Answers
from bot.slack.body import Body
from bot.slack.bolt import dispatched, new_app, new_request
from bot.slack.client import Slack, UnrenderedError
from bot.slack.dropped_files import only_one
from bot.slack.installation import stranger
from bot.slack.own_store import OwnStore
from bot.slack.people import UNKNOWN_PERSON, People, Person
from bot.slack.question_window import QuestionWindow
from bot.slack.replies import Replies
from bot.slack.requests import RequestReader, Turn, traced
from bot.slack.turns import Patience, RunningQuestions, is_cancelling, two_seconds
from bot.store.open_questions import OpenQuestion, OpenQuestions
from bot.store.seen import Seen
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine import normalised
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

SHORTCUT, MESSAGE_SHORTCUT = "ask_kpi", "ask_kpi_of_message"
"""The shortcuts' callback ids in the app's manifest."""

MOST_TURNS = 2_000
"""How many requests are worked on at once, questions and presses together; Slack sends more again later.

Far beyond what people do: the limit that people meet is the one on questions (KPI_POOL_SIZE).
"""


class Listeners:
    """The listeners of one workspace. All its methods belong to one event loop."""

    def __init__(
        self,
        slack: Slack,
        people: People,
        services: Services,
        pool: Pool,
        store_pool: Pool,
        seen: Seen,
        open_questions: OpenQuestions,
        clock: Clock,
        patience: Patience = two_seconds,
        measurements: Measurements | None = None,
    ) -> None:
        """Register everything. `pool` is for questions, `store_pool` for work on the bot's own store.

        `patience` returns when it is time to say that a question takes longer.
        """
        self._slack = slack
        self._people = people
        self._identity = people.identity
        self._answers = Answers(slack, self._identity, clock)
        self._services = services
        self._pool = pool
        self._store_pool = store_pool
        self._own_store = OwnStore(store_pool, seen, open_questions, services.preferences, clock)
        self._clock = clock
        self._questions = RunningQuestions(services, pool, store_pool, seen, clock, patience)
        self._replies = Replies(slack, self._answers, services, self._identity.bot_name)
        self._admission = Admission()
        self._running: set[asyncio.Task[None]] = set()
        self._measurements = measurements or Measurements(clock)
        self._measurements.watch("requests", "Requests that are being worked on.", lambda: len(self._running))
        self._window = QuestionWindow(people, services, clock)
        self._reader = RequestReader(self._answers, self._identity)
        self._app = self._bolt()

    async def take(self, body: Body) -> BoltResponse:
        """Hand the body of a request that comes from Slack to Bolt; return the response.

        403 if it is for another installation of the app, 503 if too many requests are being worked on.
        Raises UnreadableBodyError if it isn't of the shape that Slack's bodies have.
        """
        foreign = stranger(body, self._identity)
        if foreign is not None:
            log.warning("a request for another installation was refused (%s)", foreign)
            return BoltResponse(status=403, body="this bot serves another workspace")
        if len(self._running) >= MOST_TURNS:
            log.warning("%d requests are being worked on; another one is refused", len(self._running))
            return BoltResponse(status=503, body="busy")
        started = perf_counter()
        with self._admission.arriving():
            response = await dispatched(self._app, new_request(body))
        self._measurements.acknowledged(perf_counter() - started)
        return response

    async def finish(self, grace: float) -> None:
        """Wait at most `grace` seconds for the running answers; then say that the bot restarts."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            self._questions.stop()
            if late:
                await asyncio.wait(late, timeout=grace / 2)

    def _bolt(self) -> AsyncApp:
        app = new_app(self._slack, self._identity)
        read = self._reader
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
        app.view(ALERT_FORM)(self._sent_order)
        app.view(re.compile(".*"))(self._listener(read.sent_modal))
        return app

    def _listener(self, turn_of: Callable[[dict[str, Any]], Turn | None]) -> Callable[..., Awaitable[None]]:
        """Return what Bolt calls; it acknowledges first, and lets no error escape."""

        async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            try:
                turn = turn_of(body)
            except Exception as wrong:  # noqa: BLE001 - nobody can be told
                log_unexpected(log, "a request of Slack's can't be read", wrong)
                return
            if turn is not None:
                self._begin(turn)

        return listen

    async def _suggest(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a live search within the half second that Slack waits, from memory or with nothing."""
        options: list[dict[str, Any]] = []
        try:
            options = [dict(option) for option in await self._window.options(body)]
        except Exception as wrong:  # noqa: BLE001 - the list stays empty
            log_unexpected(log, "a live search could not be answered", wrong)
        await ack(options=options)

    async def _sent_question(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The window that builds a question was submitted: ask it, or keep it open with the errors."""
        turn, wrong = None, {}
        try:
            turn = self._reader.built(await self._window.question(body))
        except Exception as refused:  # noqa: BLE001 - the person is told, the log has it
            wrong = self._window.errors(body, refused)
        await (ack(response_action="errors", errors=wrong) if wrong else ack())
        if turn is not None:
            self._begin(turn)

    async def _sent_order(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The form of a subscription or an alert was submitted: keep it, or show its errors."""
        wrong: dict[str, str] = {}
        try:
            wrong = await self._window.order_errors(body)
        except Exception as unchecked:  # noqa: BLE001 - a message will say what is wrong
            log_unexpected(log, "a form could not be checked", unchecked)
        await (ack(response_action="errors", errors=wrong) if wrong else ack())
        if not wrong:
            self._begin(self._reader.sent_modal(body))

    def _begin(self, turn: Turn) -> None:
        """Start working on a turn; Bolt waits only for the acknowledgement."""
        with referring_to(new_reference()):
            task = asyncio.create_task(self._run(turn))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, turn: Turn) -> None:
        """Answer one turn, and note how long it took under its reference."""
        started = perf_counter()
        if await self._work(turn):
            seconds = perf_counter() - started
            self._measurements.answered(turn.via, seconds)
            log.info("a request (%s) took %.0f ms", traced(turn), 1000 * seconds)

    async def _work(self, turn: Turn) -> bool:
        """Answer one turn; every error becomes a sentence for the person, or a line in the log.

        Returns False for a copy of a request that was taken before.
        """
        language, person = self._services.language, UNKNOWN_PERSON
        is_unasked = turn.press is None and turn.via != "home"
        kept: OpenQuestion | None = None
        try:
            async with self._admission.beginning():
                is_first, kept = await self._own_store.begin(turn)
                if not is_first:
                    return False
                if turn.press is None or needs_person(turn.press):
                    person = await self._people.person(turn.user)
                chosen = await self._own_store.language(turn.user)
            language = chosen or person.language or language
            request = self._request(turn, person, language)
            if turn.via == "home":
                await self._show_home(request)
                return True
            reply: Reply | None
            if turn.files:
                is_unasked = False
                reply = await self._dropped(turn, request)
            elif turn.press is None:
                is_unasked = False
                reply, answer = await self._questions.answer(request, turn.answer, turn.show)
                turn = replace(turn, answer=answer, is_announced=answer is not turn.answer)
            elif is_cancelling(turn.press):
                reply = await self._questions.cancel(request, turn.press)
            else:
                reply = await self._store_pool.run(pressed, request, self._services)
        except Exception as wrong:  # noqa: BLE001 - the person is told, the log has it
            reply = self._refused(wrong, self._request(turn, person, language), is_unasked=is_unasked)
        await self._finish(turn, reply, person, language)
        await self._own_store.end(kept)
        return True

    async def _dropped(self, turn: Turn, request: Request) -> Message:
        """Return the answer to a file that somebody dropped in their direct messages. Raises KpiError."""
        file = only_one(turn.files)
        content = await self._slack.download(file)
        return await self._pool.run(file_dropped, request, self._services, file.name, content)

    async def _finish(self, turn: Turn, reply: Reply | None, person: Person, language: str) -> None:
        """Send the reply of a turn; an error on the way is answered once, or logged."""
        try:
            await self._replies.send(turn, reply, language)
            if turn.on_home and not isinstance(reply, Modal):
                await self._show_home(self._request(turn, person, language))
        except UnrenderedError as wrong:
            await self._excuse(turn, wrong, language)
        except KpiError as refused:
            log.warning("an answer was not taken by Slack: %s", refused)
            if isinstance(refused, DeliveryError) and refused.outcome == "unknown" and turn.text:
                await self._doubt(turn, language)
        except Exception as wrong:  # noqa: BLE001 - there is no other way to reach the person
            log_unexpected(log, "an answer could not be sent", wrong)

    async def _doubt(self, turn: Turn, language: str) -> None:
        """Tell the person in a direct message that an answer may not have arrived."""
        sentences = self._services.sentences(language)
        message = unconfirmed_message(normalised(turn.text), sentences)
        try:
            await self._answers.post(turn.user, self._services.marked(message, sentences))
        except DeliveryError as refused:
            log.warning("that an answer may not have arrived could not be said: %s", refused)

    async def _excuse(self, turn: Turn, wrong: UnrenderedError, language: str) -> None:
        """Tell the person that the answer could not be made, with the reference under which it is logged."""
        try:
            await turn.answer(refusal(wrong.__cause__ or wrong, language, self._services))
        except KpiError as refused:
            log.warning("Slack didn't take the refusal: %s", refused)

    def _refused(self, wrong: Exception, request: Request, *, is_unasked: bool) -> Message:
        """Return the sentence for an error; note the question in the audit if it was never asked."""
        if is_unasked:
            dropped(request, self._services, "failed")
        return refusal(wrong, request.language, self._services, request.text)

    async def _show_home(self, request: Request) -> None:
        tab = await self._pool.run(home, replace(request, via="home"), self._services)
        await self._answers.publish_home(request.user, tab)

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
            zone=person.zone,
            is_shared=turn.is_shared,
        )
