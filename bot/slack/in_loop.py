"""Calls of Slack from other threads than the event loop's: the deliveries' and the questions'."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.runtime.errors import DeliveryError

T = TypeVar("T")


class InLoop:
    """Runs calls in an event loop for code on other threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Take the loop, and how many seconds a call may take at most."""
        self._loop = loop
        self._seconds = seconds

    def __call__(self, call: Coroutine[Any, Any, T]) -> T:
        """Run a call in the loop and wait for it; never in the loop itself. Raises DeliveryError."""
        try:
            waiting = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError as closed:
            call.close()
            raise DeliveryError("The bot is stopping.", outcome="not_sent", reason="stopping") from closed
        try:
            return waiting.result(self._seconds)
        except (TimeoutError, asyncio.CancelledError) as lost:
            waiting.cancel()
            raise DeliveryError(
                "Slack didn't confirm that it received the message.", outcome="unknown", reason="no answer"
            ) from lost
