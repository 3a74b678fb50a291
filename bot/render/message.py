"""What is sent to a person or a channel, before a renderer makes it a platform's."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.document import Line, Part


@dataclass(frozen=True, slots=True)
class File:
    """A file to send: its name, its title as a reader sees it, and what it holds."""

    name: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """Files of one answer; `comment` are the lines that stand beside them."""

    files: tuple[File, ...]
    comment: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A document with what goes with it.

    `head` are lines above the document and `foot` lines below it, which are never cut. `language` is the one
    that the document is written in. Before the message is shown, `files` are sent and `shared` is posted for
    everybody where the request is from; where the answer stands in the conversation itself, the files with
    their comment are the whole of it. `question` is the line that it answers, in absolute words; "" where it
    answers none, or nobody else would get the same answer to it. `rows` is how many figures a verb's answer
    shows, for the audit. `reply_to` is the message in whose thread it is posted, None for a new one.
    `note` is what the maker of a delivery gets back once it was posted; it is never shown.
    """

    parts: tuple[Part, ...]
    language: str = "en"
    head: tuple[Line, ...] = ()
    foot: tuple[Line, ...] = ()
    files: Files | None = None
    shared: Message | None = None
    question: str = ""
    rows: int = 0
    reply_to: str | None = None
    note: str = ""


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
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """What stands on somebody's Home tab: a title above the viewer's own answer, and what may come next.

    Charts and tables of the answer aren't shown there.
    """

    title: str
    mine: Message
    parts: tuple[Part, ...]


Reply = Message | Replacement | Modal
"""What a press is answered with."""
