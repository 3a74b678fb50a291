"""The state of the stand-in: channels, people, messages, and the calls between it and the app."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.runtime.clock import Clock

_MESSAGES_KEPT = 300
_CALLS_KEPT = 200
_TRIGGER_SECONDS = 3

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can type in the playground, with Slack in a language (`locale`) and a time zone."""

    user: str
    name: str
    locale: str = "en-GB"
    email: str = ""
    is_guest: bool = False
    is_external: bool = False
    has_left: bool = False
    is_bot: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, or the direct messages of one person (`user`) with the bot.

    `has_bot` where the bot was invited, `is_private` where others can't read, `is_shared` with people of
    another organisation.
    """

    channel: str
    name: str
    kind: Literal["channel", "direct"] = "channel"
    user: str | None = None
    has_bot: bool = True
    is_archived: bool = False
    is_private: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was sent."""

    name: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """A message in a channel. `private_to` is the one person who sees it.

    `files` hold id, name, title, size and path of each file that came with it.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: Sequence[Json] = ()
    private_to: str | None = None
    thread: str | None = None
    edited: bool = False
    metadata: Mapping[str, Any] | None = None
    files: Sequence[Mapping[str, Any]] = ()


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


@dataclass(frozen=True, slots=True)
class View:
    """A modal that is open before one person, or their Home tab; `hash` is another one at each update."""

    id: str
    user: str
    content: Mapping[str, Any]
    hash: str = ""
    offered: dict[str, dict[str, Json]] = field(default_factory=dict)
    """The options that a live search gave, by action and value."""


@dataclass(slots=True)
class Workspace:
    """A workspace with one app in it: its bot."""

    team: str
    bot_user: str
    bot_name: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    clock: Clock
    app: str = "A0KPIBOT"
    version: int = 1
    messages: list[Posted] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _last_ts: int = 0
    messages_kept: int = _MESSAGES_KEPT

    def next_ts(self) -> str:
        """Return a timestamp that no other message has."""
        self._last_ts = max(int(self.clock().timestamp() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def person(self, user: str) -> Person | None:
        """Return a person by user id."""
        return next((person for person in self.people if person.user == user), None)

    def channel(self, channel: str) -> Channel | None:
        """Return a channel by id; a person's id stands for the direct messages."""
        if self.person(channel):
            return next((entry for entry in self.channels if entry.user == channel), None)
        return next((entry for entry in self.channels if entry.channel == channel), None)

    def new_trigger(self, user: str) -> str:
        """Return a trigger that opens one modal for a person within three seconds."""
        trigger = self.next_ts()
        self.triggers[trigger] = user
        return trigger

    def take_trigger(self, trigger: str) -> str | None:
        """Return whose trigger it is and use it up; None where it is unknown, used or too old."""
        user = self.triggers.pop(trigger, None)
        is_old = self.clock().timestamp() - float(trigger or 0) > _TRIGGER_SECONDS if user else True
        return None if is_old else user

    def open_view(self, user: str, content: Mapping[str, Any]) -> View:
        """Open a modal for a person, in place of the one that may be open."""
        self.views[user] = View(f"V{self.next_ts()}", user, content, self.next_ts())
        self.version += 1
        return self.views[user]

    def view(self, view: str) -> View | None:
        """Return an open modal by id."""
        return next((entry for entry in self.views.values() if entry.id == view), None)

    def update_view(self, view: View, content: Mapping[str, Any]) -> View:
        """Update an open modal."""
        self.views[view.user] = replace(view, content=content, hash=self.next_ts())
        self.version += 1
        return self.views[view.user]

    def publish_home(self, user: str, content: Mapping[str, Any]) -> View:
        """Publish a view on a person's Home tab."""
        self.homes[user] = View(f"V{self.next_ts()}", user, content)
        self.version += 1
        return self.homes[user]

    def close_view(self, user: str) -> View | None:
        """Close a person's modal and return it."""
        self.version += 1
        return self.views.pop(user, None)

    def add(self, message: Posted) -> Posted:
        """Add a message and return it."""
        self.messages = [*self.messages, message][-self.messages_kept :]
        self.version += 1
        return message

    def find(self, channel: str, ts: str) -> Posted | None:
        """Return a message."""
        return next((entry for entry in self.messages if entry.channel == channel and entry.ts == ts), None)

    def remove(self, message: Posted) -> None:
        """Delete a message."""
        self.messages = [entry for entry in self.messages if entry is not message]
        self.version += 1

    def change(self, message: Posted, text: str, blocks: Sequence[Json]) -> None:
        """Replace the content of a message."""
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
        """Record a call."""
        at = self.clock().strftime("%H:%M:%S")
        call = Call(next(self._numbers), at, direction, method, status, error, request, response)
        self.calls = [*self.calls, call][-_CALLS_KEPT:]
        self.version += 1
