"""What a request asks the bot's own store before and after its answer, without waiting for it for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from bot.runtime.clock import Clock
from bot.runtime.pool import BusyError, Pool
from bot.slack.interrupted import open_question
from bot.slack.requests import Turn
from bot.store.open_questions import OpenQuestion, OpenQuestions
from bot.store.preferences import Preferences
from bot.store.seen import Seen

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS = 5.0
"""How long a request waits for the store before it goes on without it."""


class OwnStore:
    """The store as one workspace's requests use it. Its async methods belong to one event loop."""

    def __init__(
        self,
        pool: Pool,
        seen: Seen,
        questions: OpenQuestions,
        preferences: Preferences | None,
        clock: Clock,
    ) -> None:
        """Take the pool for work on the store, and what is kept there."""
        self._pool = pool
        self._seen = seen
        self._questions = questions
        self._preferences = preferences
        self._clock = clock

    async def begin(self, turn: Turn) -> tuple[bool, OpenQuestion | None]:
        """Claim a turn, and keep its question until it is answered; False if it was claimed before."""
        kept = open_question(turn, self._clock())
        return await self._asked(True, self._is_first, turn, kept), kept

    async def end(self, kept: OpenQuestion | None) -> None:
        """Forget a question that was answered."""
        if kept is not None:
            with suppress(BusyError):  # then the next sign of life forgets it
                await self._asked(None, self._questions.end, kept.token)

    async def language(self, user: str) -> str | None:
        """Return the language that somebody chose."""
        if self._preferences is None:
            return None
        return await self._asked(None, self._preferences.language, user, self._clock())

    async def _asked(self, otherwise: T, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a call on the store returns, `otherwise` if the store doesn't answer in time."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._pool.run(call, *args, **kwargs)
        except TimeoutError:
            log.warning("the store doesn't answer within %.0f s; I go on without it", _SECONDS)
            return otherwise

    def _is_first(self, turn: Turn, kept: OpenQuestion | None) -> bool:
        if turn.key is None:
            if kept is not None:
                self._questions.begin(kept)
            return True
        beside = None if kept is None else self._questions.beginning(kept)
        is_first = self._seen.is_first(turn.key, self._clock(), turn.hold, beside)
        if is_first and kept is not None:
            self._questions.began(kept)
        return is_first
