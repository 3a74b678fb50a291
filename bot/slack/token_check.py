"""Whether Slack accepts the bot's token, for the health checks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.runtime.settings import SettingsError
from bot.slack.socket_mode import NotNowError

log = logging.getLogger(__name__)

_KEPT_SECONDS = 60.0


class TokenCheck:
    """What Slack last said of the token. All its methods belong to one event loop.

    Slack is asked in the background, at most once a minute, and only if somebody wants to know. While it
    can't be reached, what it said last is still believed: that says nothing about the token.
    """

    def __init__(self, *, kept: float = _KEPT_SECONDS) -> None:
        """Know nothing yet: the token isn't accepted before Slack says so. Believe it `kept` seconds."""
        self._kept = kept
        self._ask: Callable[[], Awaitable[object]] | None = None
        self._is_accepted = False
        self._asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def accepted(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Note that Slack has accepted the token just now.

        `ask` asks again; it raises SettingsError if Slack refuses the token, NotNowError if it can't say.
        """
        self._ask = ask
        self._is_accepted, self._asked_at = True, asyncio.get_running_loop().time()

    def is_accepted(self) -> bool:
        """Return what is known, and ask again if that is old."""
        now = asyncio.get_running_loop().time()
        if self._ask is not None and self._asking is None and now - self._asked_at > self._kept:
            self._asked_at = now
            self._asking = asyncio.create_task(self._look(self._ask))
        return self._is_accepted

    async def close(self) -> None:
        """Ask no more."""
        self._ask = None
        if self._asking is not None:
            self._asking.cancel()

    async def _look(self, ask: Callable[[], Awaitable[object]]) -> None:
        try:
            await ask()
        except SettingsError as refused:
            if self._is_accepted:
                log.error("%s", refused)  # noqa: TRY400 - a sentence of ours
            self._is_accepted = False
        except NotNowError as later:
            log.info("whether Slack accepts the token isn't known now (%s)", later)
        else:
            self._is_accepted = True
        finally:
            self._asking = None
