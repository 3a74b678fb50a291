"""How long a post is, as Slack shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.render import block_kit
from bot.render.message import Message

_MARKS = re.compile(r"[*_~`]")
_LINK = re.compile(r"<([^>|]*)\|?([^>]*)>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a post: lines, characters and words of its text, and its buttons.

    A line is counted once, however a phone wraps it. Each field of a section, each row of a table and each
    block of small print is one; buttons and charts are none.
    """

    lines: int
    characters: int
    words: int
    buttons: int


def length_of(message: Message) -> Length:
    """Measure the blocks of a message, without its thread and files. Tables count with every row."""
    return length_of_blocks(block_kit.payload(message).blocks)


def length_of_blocks(blocks: Sequence[Mapping[str, Any]]) -> Length:
    """Measure the blocks of a message that was rendered."""
    lines = [shown for block in blocks for shown in _lines(block) if shown]
    buttons = sum(len(block["elements"]) for block in blocks if block["type"] == "actions")
    text = "\n".join(lines)
    return Length(len(lines), len(text), len(text.split()), buttons)


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a block as they are read: without the marks of bold, links and escapes."""
    match block["type"]:
        case "header":
            yield from _text(block["text"])
        case "section":
            for entry in (block.get("text"), *block.get("fields", ())):
                yield from _text(entry) if entry else ()
        case "context":
            yield " · ".join(line for entry in block["elements"] for line in _text(entry))
        case "data_table":
            yield from ("  ".join(cell["text"] for cell in row) for row in block["rows"])


def _text(entry: Mapping[str, Any]) -> Iterator[str]:
    text = str(entry.get("text", entry.get("alt_text", "")))
    if entry["type"] == "mrkdwn":
        text = _MARKS.sub("", _LINK.sub(lambda found: found[2] or found[1], text))
        for written, sign in _ENTITIES.items():
            text = text.replace(written, sign)
    yield from text.split("\n")
