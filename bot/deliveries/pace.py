"""How fast messages may be posted: one a second in a channel, and so many a minute in the workspace.

The workspace has a token bucket. A 429 pauses it for as long as Slack says and halves its rate; after some
minutes without another one the rate doubles, up to what it was.

https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from threading import Lock
from time import monotonic

log = logging.getLogger(__name__)

A_MINUTE = 200
"""Posts a minute in a workspace: Slack allows "several hundred"."""
_IN_A_CHANNEL = 1.0
"""Seconds between two posts in one channel."""
_BURST = 5.0
"""How many posts may follow each other at once after a quiet time."""
_SLOWEST = 12
_RECOVERS_AFTER = 300.0
_UNSAID = 30.0
"""Seconds of a pause whose length Slack doesn't say."""


class Pace:
    """The rates of one workspace in one process; safe to share between threads.

    A target that is being posted to takes nothing else until `ended`.
    """

    def __init__(self, a_minute: int = A_MINUTE, seconds: Callable[[], float] = monotonic) -> None:
        """Begin with a full bucket."""
        self._most = self._rate = a_minute
        self._seconds = seconds
        self._lock = Lock()
        self._burst = max(_BURST, a_minute / 60)
        self._tokens = self._burst
        self._filled_at = self._slowed_at = seconds()
        self._paused_until = 0.0
        self._free_at: dict[str, float] = {}

    @property
    def a_minute(self) -> int:
        """How many posts a minute are allowed now."""
        return self._rate

    def wait(self) -> float:
        """Return how many seconds nothing may be posted, to whichever target."""
        with self._lock:
            return self._wait(self._seconds())

    def begin(self, target: str) -> float:
        """Begin to post to a target: 0 if that is allowed now, else how many seconds it has to wait."""
        with self._lock:
            now = self._seconds()
            wait = max(self._wait(now), self._free_at.get(target, 0) - now)
            if wait <= 0:
                self._tokens -= 1
                self._free_at[target] = float("inf")
            return max(wait, 0)

    def busy(self) -> Collection[str]:
        """Return the targets that take nothing at this moment."""
        with self._lock:
            now = self._seconds()
            self._free_at = {key: free for key, free in self._free_at.items() if free > now}
            return tuple(self._free_at)

    def ended(self, target: str) -> None:
        """Note that a post to a target has ended, however."""
        with self._lock:
            now = self._seconds()
            self._free_at[target] = now + _IN_A_CHANNEL

    def pause(self, seconds: float) -> None:
        """Post nothing for so many seconds, for example because Slack can't be reached."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._seconds() + seconds)

    def slow_down(self, retry_after: float | None) -> None:
        """Obey a 429: pause, and halve the rate."""
        with self._lock:
            now = self._seconds()
            is_news = now >= self._paused_until  # of posts at the same moment, one is the reason
            self._paused_until = max(self._paused_until, now + (retry_after or _UNSAID))
            if is_news:
                self._rate = max(_SLOWEST, self._rate // 2)
                self._slowed_at = now
                log.warning("Slack asks for fewer messages; at most %d a minute now", self._rate)

    def _wait(self, now: float) -> float:
        self._refill(now)
        missing = 0 if self._tokens >= 1 else (1 - self._tokens) * 60 / self._rate
        return max(missing, self._paused_until - now, 0)

    def _refill(self, now: float) -> None:
        if self._rate < self._most and now - self._slowed_at > _RECOVERS_AFTER:
            self._rate = min(self._most, 2 * self._rate)
            self._slowed_at = now
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate / 60)
        self._filled_at = now
