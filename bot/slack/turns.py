"""Questions between their acknowledgement and their answer: running, announced as slow, cancelled.

If an answer takes long, the bot says so and shows a Cancel button. The answer and the Cancel button both
claim the question in the store, whichever process they run in; the one that comes second says nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from bot.conversation.dispatch import dispatch, dropped, refusal
from bot.render.message import Message, Replacement, Reply
from bot.render.sentences import Sentences
from bot.render.waiting import (
    CANCEL,
    CANCEL_OF_WHAT_STAYS,
    Cancelling,
    cancelled_message,
    carried_by,
    not_yours_message,
    over_message,
    working_message,
)
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.logs import log_unexpected
from bot.runtime.pool import Pool, stopping
from bot.store.seen import Seen
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
from kpi_engine import normalised
from kpi_engine.domain.cancellation import Cancellation, cancelled_by
from kpi_engine.domain.sharing import Arrival, asked_at

log = logging.getLogger(__name__)

SendMessage = Callable[[Message], Awaitable[Any]]
"""Sends a message to where a question came from."""
ShowForNow = Callable[[Message], Awaitable[SendMessage]]
"""Shows a message for now; returns the function that replaces it."""
Patience = Callable[[], Awaitable[Any]]
"""Returns when it is time to say that a question takes longer."""

_PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
"""How often it is looked up which slow questions another process has cancelled."""

_TAKEN_FOR = timedelta(days=40)
"""How long a claim is kept: a private Cancel button stays, and may be pressed weeks after the answer."""


async def two_seconds() -> None:
    """Wait two seconds, after which people wonder whether the bot has heard them."""
    await asyncio.sleep(_PATIENCE_SECONDS)


def is_cancelling(press: Press) -> bool:
    """Whether a press is of a Cancel button."""
    return press.action in (CANCEL, CANCEL_OF_WHAT_STAYS)


@dataclass(slots=True)
class _RunningQuestion:
    """One question that runs, or waits for a thread."""

    request: Request
    services: Services
    arrival: Arrival
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    cancellation: Cancellation = field(default_factory=Cancellation)
    work: asyncio.Task[Message | None] | None = None
    is_begun: bool = False
    wrong: Exception | None = None
    _lock: Lock = field(default_factory=Lock)

    def run(self) -> Message | None:
        """Answer the question on a thread; None if it was cancelled before it began."""
        with self._lock:
            if self.cancellation.is_cancelled:
                return None
            self.is_begun = True
        with cancelled_by(self.cancellation), asked_at(self.arrival):
            return dispatch(self.request, self.services)

    def cancel(self, wrong: Exception | None = None) -> None:
        """Cancel its statement in the database, or take it out of the queue. `wrong` says why."""
        with self._lock:
            self.cancellation.cancel()
            self.wrong = wrong
        if self.work is not None:
            self.work.cancel()


class RunningQuestions:
    """The running questions of one workspace. All its methods belong to one event loop."""

    def __init__(
        self,
        services: Services,
        pool: Pool,
        store_pool: Pool,
        seen: Seen,
        clock: Clock,
        patience: Patience = two_seconds,
    ) -> None:
        """Take what questions are answered with; `patience` returns when a question is to be called slow."""
        self._services = services
        self._pool = pool
        self._store_pool = store_pool
        self._seen = seen
        self._clock = clock
        self._patience = patience
        self._running: dict[str, _RunningQuestion] = {}
        self._announced: set[str] = set()
        self._watching: asyncio.Task[None] | None = None

    async def answer(
        self, request: Request, answer: SendMessage, show: ShowForNow | None
    ) -> tuple[Message | None, SendMessage]:
        """Answer a question; return the message (None: nothing is left to say) and the function to send it.

        Errors become such a message too. `answer` sends a message to the asker, `show` one that can be
        replaced later (None: messages there can't be).
        """
        arrival = self._services.engine.sharing.arrive()
        running = _RunningQuestion(request, self._services, arrival)
        running.work = asyncio.create_task(self._pool.run(running.run))
        self._running[running.token] = running
        try:
            return await self._answered(running, running.work, answer, show)
        finally:
            self._announced.discard(running.token)
            del self._running[running.token]
            arrival.close()

    async def cancel(self, request: Request, press: Press) -> Reply:
        """Cancel the question of a Cancel button, for the person who asked it."""
        asked = carried_by(press.value)
        sentences = self._services.sentences(request.language)
        if request.user != asked.user:
            return self._said(not_yours_message(sentences), sentences)
        if not await self._take(asked.token):
            over = self._said(over_message(asked.line, sentences), sentences)
            return Replacement(over) if press.action == CANCEL_OF_WHAT_STAYS else over
        if asked.token in self._running:
            self._running[asked.token].cancel()
        return Replacement(self._said(cancelled_message(asked.line, sentences), sentences))

    def stop(self) -> None:
        """Cancel every running question; the askers are told that the bot restarts."""
        if self._watching is not None:
            self._watching.cancel()
        for running in list(self._running.values()):
            running.cancel(stopping())

    async def _answered(
        self,
        running: _RunningQuestion,
        work: asyncio.Task[Message | None],
        answer: SendMessage,
        show: ShowForNow | None,
    ) -> tuple[Message | None, SendMessage]:
        await self._while_patient(work)
        is_announced = not work.done()
        if is_announced:
            answer = await self._announce(running, answer, show)
            self._watch(running.token)
            await asyncio.wait({work})
        outcome = self._outcome(running, work)
        if is_announced and not await self._take(running.token):
            if not running.is_begun:
                dropped(running.request, self._services, "cancelled")
            return None, answer
        return outcome, answer

    async def _while_patient(self, work: asyncio.Task[Message | None]) -> None:
        patience = asyncio.ensure_future(self._patience())
        try:
            await asyncio.wait({work, patience}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()

    async def _announce(
        self, running: _RunningQuestion, answer: SendMessage, show: ShowForNow | None
    ) -> SendMessage:
        """Say that a question takes longer; return the function that sends its answer."""
        request, sentences = running.request, self._services.sentences(running.request.language)
        asked = Cancelling(running.token, request.user, normalised(request.text))
        message = self._said(working_message(asked, sentences, stays=show is None), sentences)
        try:
            if show is not None:
                return await show(message)
            await answer(message)
        except DeliveryError as refused:
            log.warning("that a question is worked on could not be said: %s", refused)
        return answer

    def _watch(self, token: str) -> None:
        """Cancel a question once another process has cancelled it."""
        self._announced.add(token)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Look up all slow questions together, as long as there are any."""
        while self._announced:
            await asyncio.sleep(_LOOK_SECONDS)
            for token in await self._taken_of(self._announced):
                if token in self._announced:
                    self._running[token].cancel()

    def _outcome(self, running: _RunningQuestion, work: asyncio.Task[Message | None]) -> Message | None:
        language = running.request.language
        wrong = running.wrong if work.cancelled() else work.exception()
        if wrong is not None:
            if not running.is_begun:
                dropped(running.request, self._services, "failed")
            return refusal(wrong, language, self._services, running.request.text)
        return None if work.cancelled() else work.result()

    def _said(self, message: Message, sentences: Sentences) -> Message:
        return self._services.marked(message, sentences)

    async def _take(self, token: str) -> bool:
        """Claim a question, to answer or to cancel it; False if it was claimed before."""
        try:
            return await self._store_pool.run(self._seen.is_first, _key(token), self._clock(), _TAKEN_FOR)
        except Exception as wrong:  # noqa: BLE001 - logged; the answer matters more
            log_unexpected(log, "whether a question was cancelled isn't known", wrong)
            return True

    async def _taken_of(self, tokens: Collection[str]) -> Sequence[str]:
        keys = {_key(token): token for token in tokens}
        try:
            taken = await self._store_pool.run(self._seen.taken_of, tuple(keys), self._clock())
        except Exception as wrong:  # noqa: BLE001 - logged; the answer matters more
            log_unexpected(log, "whether a question was cancelled isn't known", wrong)
            return ()
        return [keys[key] for key in taken]


def _key(token: str) -> str:
    return f"turn:{token}"
