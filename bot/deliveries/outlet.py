"""What the outbox asks of Slack. Every method is one request with one attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.deliveries.frozen import Frozen
from bot.render.message import File

CLIENT_SECONDS = 20
"""How long one request to Slack may take, from its beginning to its answer."""

MayWrite = Callable[[], None]
"""Called right before a request that shows something is written; raises DeliveryError if it is too late."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Slack has the message: in which conversation it stands, and its ts (of files "": Slack doesn't say)."""

    conversation: str
    ts: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Where the bytes of a file go, and the id under which Slack shows the file later."""

    address: str
    file: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The message that is looked for: by the marker in its metadata, or by the ids of its files.

    `reply_to` is the thread it stands in, `since` when it may have been posted at the earliest.
    """

    marker: str
    files: tuple[str, ...]
    reply_to: str | None
    since: datetime


class Outlet(Protocol):
    """Posts and looks up messages of one workspace. Its methods block, and raise DeliveryError."""

    def post(self, target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        """Post a message without files to a channel or a person, with its marker in the metadata."""
        ...

    def begin_upload(self, file: File) -> Upload:
        """Ask where a file may be uploaded to; nobody sees anything of it."""
        ...

    def upload(self, file: File, to: Upload) -> None:
        """Send the bytes of a file; nobody sees it yet."""
        ...

    def show_files(
        self, conversation: str, message: Frozen, files: Sequence[str], may_write: MayWrite
    ) -> Taken:
        """Show uploaded files in a conversation."""
        ...

    def conversation(self, target: str) -> str:
        """Return the id of a channel, or of somebody's direct messages with the bot."""
        ...

    def find(self, conversation: str, wanted: Wanted) -> Sequence[str]:
        """Return the ts of each message that is the wanted one, the oldest first.

        A refusal for good (`permanent`) means that the history can't be read at all.
        """
        ...

    def delete(self, conversation: str, ts: str) -> None:
        """Delete a message of the bot."""
        ...

    def require_token(self) -> None:
        """Raise DeliveryError, with Slack's code as its reason, unless the bot may post."""
        ...
