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
_LONGEST = 2.0
"""Seconds that a request waits for those that arrive after it, for which Slack waits three."""
_MANY, _SETTLED = 64, 0.05
"""With so many waiting, nothing may have arrived for so many seconds.

New connections are read in turns, so a flood has gaps, and what begins in one takes the interpreter from the
acknowledgements to come.
"""


class Admission:
    """The requests of one workspace. All its methods belong to one event loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        """Let so many begin at once."""
        self._places = asyncio.Semaphore(at_once)
        self._arriving = self._waiting = 0
        self._settling: asyncio.TimerHandle | None = None
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Say that a request isn't acknowledged before the block ends."""
        self._arriving += 1
        self._is_quiet.clear()
        if self._settling is not None:
            self._settling.cancel()
        try:
            yield
        finally:
            self._arriving -= 1
            if not self._arriving:
                self._settle()

    @asynccontextmanager
    async def beginning(self) -> AsyncIterator[None]:
        """Wait for the turn of a request, and keep its place until the block ends."""
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST):
                    await self._is_quiet.wait()
            yield
        finally:
            self._places.release()

    def _settle(self) -> None:
        """Let requests begin: now, or after a flood once nothing has arrived for a moment."""
        if self._waiting < _MANY:
            self._is_quiet.set()
        else:
            self._settling = asyncio.get_running_loop().call_later(_SETTLED, self._is_quiet.set)
