"""Answers to requests: sent again where Slack surely didn't take them.

- Slack takes no more for a moment (429), or can't be reached: the answer wasn't taken, and is sent again
  after the time that Slack names. Those for one place then go one after the other.
- Slack didn't say whether it took it (5xx, a timeout, a reset): what everybody in a conversation sees is
  looked for in its history, and sent again if it isn't there. To replace a message twice does no harm. A
  private answer can't be looked up; it isn't sent again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.deliveries.outlet import Wanted
from bot.deliveries.sending import W
from bot.render.message import Files, Home, Message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.slack import history
from bot.slack.client import Slack, UnrenderedError
from bot.slack.people import Identity
from bot.slack.refusals import PASSING, go_on_after

log = logging.getLogger(__name__)

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
Again = Callable[[DeliveryError], bool]
"""Whether what was refused is sent again."""

_FIRST_WAIT = 1.0
_LONGEST = 120.0
"""Seconds that an answer waits for Slack in all, besides waiting for others to the same place."""
_PERSON = ("U", "W")
"""The first letters of people's ids."""


class Answers:
    """Sends the answers of one workspace. Its methods belong to one event loop, and raise DeliveryError."""

    def __init__(self, slack: Slack, identity: Identity, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        """Take the connection and who the bot is; `sleep` waits for so many seconds."""
        self._slack = slack
        self._identity = identity
        self._clock = clock
        self._sleep = sleep
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def post(self, channel: str, message: Message, *, thread: str | None = None) -> str:
        """Post to a channel (or, with a user's id, to their direct messages); return the message's ts."""
        # by Slack's clock it may be earlier than here
        marker, since = secrets.token_hex(16), self._clock() - W
        send = partial(self._slack.posted, channel, message, thread, marker)
        try:
            return (await self._surely(channel, send))[1]
        except DeliveryError as unclear:
            if unclear.outcome != "unknown":
                raise
            found = await self._found(channel, marker, thread, since)
            if found is None:
                raise
            if found:
                return found
        log.info("an answer that Slack hadn't confirmed isn't there; it is sent again")
        return (await self._surely(channel, send))[1]

    async def post_for_now(
        self, channel: str, message: Message, *, thread: str | None = None
    ) -> Callable[[Message], Awaitable[None]]:
        """Post once, for now; return a function that replaces the message.

        If the message is gone by then, the function posts a new one.
        """
        where, ts = await self._slack.posted(channel, message, thread)

        async def replace(final: Message) -> None:
            try:
                return await self.update(where, ts, final)
            except DeliveryError as refused:
                go_on_after(refused, "the place of a message")
            await self.post(channel, final, thread=thread)
            return None

        return replace

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace one of the bot's messages."""
        await self._surely(channel, partial(self._slack.update, channel, ts, message), _may_be_repeated)

    async def respond(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """Answer a click in private; `replace`: instead of the message of the button."""
        send = partial(self._slack.respond, response_url, message, replace=replace)
        await self._surely(response_url, send, _may_be_repeated if replace else None)

    async def answer_privately(
        self, response_url: str | None, channel: str, user: str, message: Message, thread: str | None = None
    ) -> None:
        """Answer one person, by the first way that is open (see Slack.answer_privately)."""

        async def once(place: str, send: Callable[[], Awaitable[T]]) -> T:
            return await self._surely(place, send, _is_full)

        by_some_way = partial(
            self._slack.answer_privately, response_url, channel, user, message, thread, by_each_way=once
        )
        await self._surely(user, by_some_way)

    async def direct_messages(self, user: str) -> str:
        """Return the channel of somebody's direct messages with the bot (scope im:write)."""
        return await self._surely(user, partial(self._slack.direct_messages, user))

    async def upload(self, files: Files, channel: str, *, thread: str | None = None) -> None:
        """Send files with their comment into a channel (scope files:write)."""
        await self._surely(channel, partial(self._slack.upload, files, channel, thread=thread))

    async def publish_home(self, user: str, home: Home) -> None:
        """Show somebody their Home tab."""
        await self._surely(user, partial(self._slack.publish_home, user, home), _may_be_repeated)

    async def _surely(self, place: str, send: Callable[[], Awaitable[T]], again: Again | None = None) -> T:
        """Send; again after a while as long as `again` says so, by default if it surely wasn't taken."""
        again = again or _was_not_taken
        try:
            return await send()
        except DeliveryError as refused:
            last = refused
        async with self._lines.setdefault(place, asyncio.Lock()):
            wait, waited = _FIRST_WAIT, 0.0
            while again(last):
                seconds = wait if last.retry_after is None else last.retry_after
                if waited + seconds > _LONGEST:
                    break
                await self._sleep(seconds)
                wait, waited = 2 * wait, waited + seconds
                try:
                    return await send()
                except DeliveryError as refused:
                    last = refused
        raise last

    async def _found(self, channel: str, marker: str, thread: str | None, since: datetime) -> str | None:
        """Look for a post once it must be in the history: its ts, "" if it isn't there, None if unknown."""
        await self._sleep(W.total_seconds())
        try:
            is_person = channel.startswith(_PERSON)
            where = await self._slack.direct_messages(channel) if is_person else channel
            wanted = Wanted(marker, (), thread, since)
            found = await history.find(self._slack.client, self._identity, where, wanted)
        except DeliveryError as unreadable:
            log.info("whether an answer was posted can't be looked up (%s)", unreadable.reason)
            return None
        return found[0] if found else ""


def _was_not_taken(refused: DeliveryError) -> bool:
    """Whether Slack surely didn't take a message, and may take it later."""
    return refused.outcome == "not_sent" and _may_be_repeated(refused)


def _is_full(refused: DeliveryError) -> bool:
    """Whether Slack takes no more for a moment; if it can't be reached at all, there may be another way."""
    return _was_not_taken(refused) and refused.reason in PASSING


def _may_be_repeated(refused: DeliveryError) -> bool:
    """Whether Slack may take later what does no harm twice; what we can't render stays so."""
    return not refused.permanent and not isinstance(refused, UnrenderedError)
