"""What the stand-in remembers: channels, people, messages, and the calls between it and the app."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.clock import Clock

MESSAGES_KEPT = 300
CALLS_KEPT = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can type in the playground."""

    user: str
    name: str
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or the direct messages with the bot."""

    channel: str
    name: str
    kind: Literal["channel", "direct"] = "channel"


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stands in a channel. `private_to` is the one person who sees it."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: Sequence[Json] = ()
    private_to: str | None = None
    thread: str | None = None
    edited: bool = False
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request between the stand-in and the app, with its answer."""

    number: int
    at: str
    direction: Literal["to_app", "from_app"]
    method: str
    status: int
    error: str | None
    request: Any
    response: Any


@dataclass(slots=True)
class Workspace:
    """A workspace with one app in it: its bot."""

    team: str
    bot_user: str
    bot_name: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    clock: Clock
    version: int = 1
    messages: list[Posted] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: int = 0

    def next_ts(self) -> str:
        """Return a timestamp that no other message has."""
        self._last_ts = max(int(self.clock().timestamp() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def person(self, user: str) -> Person | None:
        """Return somebody by user id."""
        return next((person for person in self.people if person.user == user), None)

    def channel(self, channel: str) -> Channel | None:
        """Return a channel by id; a person's id stands for the direct messages."""
        if self.person(channel):
            return next((entry for entry in self.channels if entry.kind == "direct"), None)
        return next((entry for entry in self.channels if entry.channel == channel), None)

    def add(self, message: Posted) -> Posted:
        """Take a message in."""
        self.messages = [*self.messages, message][-MESSAGES_KEPT:]
        self.version += 1
        return message

    def find(self, channel: str, ts: str) -> Posted | None:
        """Return a message."""
        return next((entry for entry in self.messages if entry.channel == channel and entry.ts == ts), None)

    def change(self, message: Posted, text: str, blocks: Sequence[Json]) -> None:
        """Put other content in a message's place."""
        changed = replace(message, text=text, blocks=blocks, edited=True)
        self.messages = [changed if entry is message else entry for entry in self.messages]
        self.version += 1

    def note(
        self,
        direction: Literal["to_app", "from_app"],
        method: str,
        request: Any,
        response: Any,
        *,
        status: int = 200,
        error: str | None = None,
    ) -> None:
        """Write a call down."""
        at = self.clock().strftime("%H:%M:%S")
        call = Call(next(self._numbers), at, direction, method, status, error, request, response)
        self.calls = [*self.calls, call][-CALLS_KEPT:]
        self.version += 1
