"""What is sent to a person or a channel, before it is Slack's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]
"""A Block Kit block, as Slack wants it. slack_sdk has no models for the newer ones."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, its title as a reader sees it, and what it holds."""

    name: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one answer; `comment` (mrkdwn, for readers of text too) stands beside them."""

    files: tuple[File, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class Message:
    """Top-level text (all that a screen reader reads) and blocks.

    `plain` is the same message without the newer block types (charts, data tables), for
    workspaces that refuse those; None where the message has none of them. Before the message is
    shown, `files` are sent and `shared` is posted for everybody where the request is from; where the
    answer stands in the conversation itself, the files with their comment are the whole of it.
    `question` is the line that it answers, in absolute words; "" where it answers none, or nobody else
    would get the same answer to it. `rows` is how many figures a verb's answer shows, for the audit.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    plain: Message | None = None
    files: Files | None = None
    shared: Message | None = None
    question: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Replacement:
    """A message that takes the place of the one whose button was pressed."""

    message: Message


@dataclass(frozen=True, slots=True)
class Modal:
    """A window that asks for something.

    `action` comes back with what was typed, and so does `value` (a text of ours).
    """

    action: str
    value: str
    title: str
    submit: str
    close: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """What stands on somebody's Home tab: blocks, none of them a chart or a table."""

    blocks: tuple[Block, ...]


Reply = Message | Replacement | Modal
"""What a press is answered with."""
