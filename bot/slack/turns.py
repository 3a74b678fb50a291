"""The life of one question between its acknowledgement and its answer: worked on, spoken of, cancelled.

A question that isn't answered soon is spoken of, with a button that cancels it. Whoever comes first, the
answer or the cancelling, takes the question in the store, whichever process it is; the other says nothing.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from bot.conversation.dispatch import dispatch, dropped, refusal
from bot.render.demo_mark import marked
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
from bot.runtime.pool import Pool, stopping
from bot.store.seen import Seen
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
from kpi_engine.domain.cancellation import Cancellation, cancelled_by
from kpi_engine.language.parser import normalised

log = logging.getLogger(__name__)

Answering = Callable[[Message], Awaitable[Any]]
"""Sends a message to where the question came from."""
Showing = Callable[[Message], Awaitable[Answering]]
"""Shows a message for the time being; returns what puts another one in its place."""
Patience = Callable[[], Awaitable[Any]]
"""Returns when a question that isn't answered by then is to be spoken of."""

PATIENCE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
"""How often a slow question looks whether another process has cancelled it."""

_TAKEN_FOR = timedelta(days=40)
"""A private message with a Cancel button stays; pressed weeks later it cancels nothing that was answered."""


async def two_seconds() -> None:
    """Wait as long as nobody wonders whether the bot has heard them."""
    await asyncio.sleep(PATIENCE_SECONDS)


def is_cancelling(press: Press) -> bool:
    """Whether a press is of a Cancel button."""
    return press.action in (CANCEL, CANCEL_OF_WHAT_STAYS)


@dataclass(slots=True)
class _Running:
    """One question that is worked on, or waits for a thread."""

    request: Request
    services: Services
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    cancellation: Cancellation = field(default_factory=Cancellation)
    work: asyncio.Task[Message | None] | None = None
    is_begun: bool = False
    wrong: Exception | None = None
    _lock: Lock = field(default_factory=Lock)

    def run(self) -> Message | None:
        """Answer the question, on a thread; None where it was cancelled before it began."""
        with self._lock:
            if self.cancellation.is_cancelled:
                return None
            self.is_begun = True
        with cancelled_by(self.cancellation):
            return dispatch(self.request, self.services)

    def cancel(self, wrong: Exception | None = None) -> None:
        """Stop it: what runs in a database is cancelled, what waits leaves the queue. `wrong` says why."""
        with self._lock:
            self.cancellation.cancel()
            self.wrong = wrong
        if self.work is not None:
            self.work.cancel()


class Turns:
    """The questions of one workspace that are being answered. All its methods belong to one event loop."""

    def __init__(
        self,
        services: Services,
        pool: Pool,
        store_pool: Pool,
        seen: Seen,
        clock: Clock,
        patience: Patience = two_seconds,
    ) -> None:
        """Take what a question is answered with; `patience` returns when a slow one is spoken of."""
        self._services = services
        self._pool = pool
        self._store_pool = store_pool
        self._seen = seen
        self._clock = clock
        self._patience = patience
        self._running: dict[str, _Running] = {}

    async def answer(
        self, request: Request, answer: Answering, show: Showing | None
    ) -> tuple[Message | None, Answering]:
        """Answer a question; return the message (None: nothing is left to say), and what sends it.

        Whatever goes wrong with the question is such a message. `answer` sends one to the asker, `show`
        one that another can replace (None: no message there can be replaced).
        """
        running = _Running(request, self._services)
        running.work = asyncio.create_task(self._pool.run(running.run))
        self._running[running.token] = running
        try:
            return await self._answered(running, running.work, answer, show)
        finally:
            del self._running[running.token]

    async def cancel(self, request: Request, press: Press) -> Reply:
        """Cancel the question that a button carries, for the person who asked it."""
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
        """End what is still worked on; whoever asked is told that the bot is restarted."""
        for running in list(self._running.values()):
            running.cancel(stopping())

    async def _answered(
        self,
        running: _Running,
        work: asyncio.Task[Message | None],
        answer: Answering,
        show: Showing | None,
    ) -> tuple[Message | None, Answering]:
        await self._while_patient(work)
        is_spoken_of = not work.done()
        if is_spoken_of:
            answer = await self._speak(running, answer, show)
            await self._until_over(running, work)
        outcome = self._outcome(running, work)
        if is_spoken_of and not await self._take(running.token):
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

    async def _speak(self, running: _Running, answer: Answering, show: Showing | None) -> Answering:
        """Say that a question is worked on; return what sends its answer."""
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

    async def _until_over(self, running: _Running, work: asyncio.Task[Message | None]) -> None:
        """Wait for the end of the work, or for another process to take the question away."""
        while not work.done():
            await asyncio.wait({work}, timeout=_LOOK_SECONDS)
            if not work.done() and await self._is_taken(running.token):
                running.cancel()

    def _outcome(self, running: _Running, work: asyncio.Task[Message | None]) -> Message | None:
        language = running.request.language
        wrong = running.wrong if work.cancelled() else work.exception()
        if wrong is not None:
            if not running.is_begun:
                dropped(running.request, self._services, "failed")
            return refusal(wrong, language, self._services, running.request.text)
        return None if work.cancelled() else work.result()

    def _said(self, message: Message, sentences: Sentences) -> Message:
        return marked(message, sentences) if self._services.demo else message

    async def _take(self, token: str) -> bool:
        """Take a question, to answer or to cancel it; False where it was taken before."""
        try:
            return await self._store_pool.run(self._seen.is_first, f"turn:{token}", self._clock(), _TAKEN_FOR)
        except Exception:
            log.exception("whether a question was cancelled isn't known")
            return True

    async def _is_taken(self, token: str) -> bool:
        try:
            return await self._store_pool.run(self._seen.is_taken, f"turn:{token}", self._clock())
        except Exception:
            log.exception("whether a question was cancelled isn't known")
            return False
