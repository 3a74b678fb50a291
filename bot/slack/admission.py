"""When requests begin to be worked on: after those that arrive are acknowledged, and a few at a time.

Hundreds may come at once, and Slack waits three seconds for each acknowledgement. What is done for a request
before its question waits for a thread costs little, but hundreds of it at once would delay those that arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

AT_ONCE = 8
"""Requests that begin at the same time; the others wait in the order in which they came."""
_LONGEST = 0.5
"""Seconds that a request waits for those that arrive after it."""


class Admission:
    """The requests of one workspace. All its methods belong to one event loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        """Let so many begin at once."""
        self._places = asyncio.Semaphore(at_once)
        self._arriving = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Say that a request isn't acknowledged before the block ends."""
        self._arriving += 1
        self._is_quiet.clear()
        try:
            yield
        finally:
            self._arriving -= 1
            if not self._arriving:
                self._is_quiet.set()

    @asynccontextmanager
    async def beginning(self) -> AsyncIterator[None]:
        """Wait for the turn of a request, and keep its place until the block ends."""
        async with self._places:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST):
                    await self._is_quiet.wait()
            yield
