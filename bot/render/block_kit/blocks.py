"""Block Kit blocks as plain dicts, each text cut to Slack's limit.

slack_sdk has no models for the newer block types and drops fields it doesn't know, so none are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot import slack_limits as limits
from bot.render.block_kit.markup import escaped
from bot.render.document import Actions, Ask, Button
from kpi_engine.domain.visible_text import visible_lines

Block = Mapping[str, Any]
"""A block as Slack wants it."""

_ASKS_SHOWN = 5
"""More questions than these in a row are a menu, not a choice."""


def header(text: str) -> Block:
    """Return a title."""
    return {"type": "header", "text": plain_text(text, limits.HEADER_TEXT)}


def section(text: str, fields: Iterable[str] = ()) -> Block:
    """Return a paragraph of mrkdwn, with up to ten short fields beside each other."""
    block: dict[str, Any] = {"type": "section"}
    if text:
        block["text"] = _mrkdwn(text, limits.SECTION_TEXT)
    shown = [_mrkdwn(entry, limits.FIELD_TEXT) for entry in fields][: limits.FIELDS]
    if shown:
        block["fields"] = shown
    return block


def sections(fields: Sequence[str]) -> list[Block]:
    """Return as many sections as the fields need."""
    size = limits.FIELDS
    return [section("", fields[at : at + size]) for at in range(0, len(fields), size)]


def packed(lines: Sequence[str], size: int = limits.SECTION_TEXT) -> list[str]:
    """Return lines joined into as few texts of that size as possible; a longer line stands alone."""
    found: list[str] = []
    for line in lines:
        if found and len(found[-1]) + len(line) + 1 <= size:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def contexts(texts: Sequence[str]) -> list[Block]:
    """Return small print of any number of sentences."""
    shown = [_mrkdwn(text, limits.SECTION_TEXT) for text in texts if text]
    size = limits.CONTEXT_ELEMENTS
    return [{"type": "context", "elements": shown[at : at + size]} for at in range(0, len(shown), size)]


def json_size(shown: Sequence[Block]) -> int:
    """Return how many characters of JSON some blocks are, as Slack counts them."""
    return len(json.dumps(list(shown), ensure_ascii=False, separators=(",", ":")))


def button_row(actions: Actions) -> list[Block]:
    """Return a row of buttons; none without any whose value Slack takes."""
    elements = [_ask(*entry) for entry in enumerate(asks(actions))]
    elements += [_button(button) for button in buttons(actions)]
    return [{"type": "actions", "block_id": actions.name, "elements": elements}] if elements else []


def asks(actions: Actions) -> list[Ask]:
    """Return the questions of a row whose lines fit in a button, the first five of them."""
    found = [entry for entry in actions.buttons if isinstance(entry, Ask)]
    return [entry for entry in found if 0 < len(entry.line) <= limits.BUTTON_VALUE][:_ASKS_SHOWN]


def buttons(actions: Actions) -> list[Button]:
    """Return the other buttons of a row whose values fit."""
    found = [entry for entry in actions.buttons if isinstance(entry, Button)]
    return [entry for entry in found if 0 < len(entry.value) <= limits.BUTTON_VALUE]


def _ask(index: int, entry: Ask) -> dict[str, Any]:
    return _button(Button(_both_ends(entry.label), f"ask:{index}", entry.line, entry.style))


def _both_ends(label: str) -> str:
    """Return a label that fits, cut in its middle: lines to choose from often differ at their end."""
    if len(label) <= limits.BUTTON_TEXT:
        return label
    end = label[-limits.BUTTON_TEXT // 3 :].lstrip()
    return f"{label[: limits.BUTTON_TEXT - len(end) - 1].rstrip()}…{end}"


def _button(entry: Button) -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": entry.action,
        "text": plain_text(entry.label, limits.BUTTON_TEXT),
        "value": entry.value,
    }
    if entry.spoken:
        button["accessibility_label"] = limits.shorten(entry.spoken, limits.ACCESSIBILITY_LABEL)
    return button | ({"style": entry.style} if entry.style else {})


def preformatted(lines: Sequence[str]) -> Block:
    """Return lines of fixed width; those that don't fit are left out at the end."""
    return section("```\n" + "\n".join(map(_fixed, lines[: fitting(lines)])) + "\n```")


def fitting(lines: Sequence[str]) -> int:
    """Return how many of the first lines of fixed width fit in a block."""
    room = limits.SECTION_TEXT - 20
    for count, line in enumerate(lines):
        room -= len(_fixed(line)) + 1
        if room < 0:
            return count
    return len(lines)


def _fixed(line: str) -> str:
    return escaped(line).replace("`", "'")


def plain_text(text: str, limit: int = limits.INPUT_LABEL) -> dict[str, Any]:
    """Return text without markup, cut to what its place takes; by default a label's or a hint's."""
    shown = limits.shorten(visible_lines(text), limit)
    return {"type": "plain_text", "text": shown or "–", "emoji": False}


def _mrkdwn(text: str, limit: int) -> dict[str, Any]:
    """Return text with markup, cut to what its place takes; an address or a channel's name in it is no link.

    https://docs.slack.dev/reference/block-kit/composition-objects/text-object
    """
    shown = limits.shorten(visible_lines(text), limit)
    return {"type": "mrkdwn", "text": shown or "–", "verbatim": True}
