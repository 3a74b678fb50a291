"""Slack's renderer: a document as Block Kit, with all of Slack's limits, escapes and cuts.

slack_sdk knows nothing of the newer block types, so payloads are plain dicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot import slack_limits as limits
from bot.render.block_kit.blocks import Block, contexts, header, plain_text
from bot.render.block_kit.fitting import fitted
from bot.render.block_kit.inputs import options
from bot.render.block_kit.markup import mrkdwn, top_level
from bot.render.block_kit.parts import forms, shown
from bot.render.message import Files, Home, Message, Modal

__all__ = ["Block", "Payload", "comment", "home_view", "modal_view", "options", "payload"]

_NOT_ON_HOME = ("data_visualization", "data_table")


@dataclass(frozen=True, slots=True)
class Payload:
    """A message as Slack takes it: top-level text (all that a screen reader reads) and blocks.

    `plain` are the blocks without the newer types (charts, data tables), for workspaces that refuse those;
    None where there are none of them.
    """

    text: str
    blocks: tuple[Block, ...]
    plain: tuple[Block, ...] | None = None


def payload(message: Message) -> Payload:
    """Return a message as text and blocks that keep Slack's limits."""
    told = fitted(message.parts, message.language)
    head, foot = ("\n".join(map(top_level, lines)) for lines in (message.head, message.foot))
    text = f"{head}\n{told.text}" if head else told.text
    if foot:
        text = f"{limits.shorten(text, limits.MESSAGE_TEXT - len(foot) - 1)}\n{foot}"
    above = [block for line in message.head for block in contexts([mrkdwn(line)])]
    below = [block for line in message.foot for block in contexts([mrkdwn(line)])]
    newer, plain = ((*above, *form, *below) for form in (told.blocks, told.plain))
    return Payload(
        limits.shorten(text, limits.MESSAGE_TEXT), newer, None if told.blocks == told.plain else plain
    )


def comment(files: Files) -> str:
    """Return what stands beside files, for readers of text too."""
    return "\n".join(map(mrkdwn, files.comment))


def modal_view(modal: Modal) -> dict[str, Any]:
    """Return a window as the view that Slack opens."""
    return {
        "type": "modal",
        "callback_id": modal.action,
        "private_metadata": modal.value,
        "title": plain_text(modal.title, limits.VIEW_TITLE),
        "submit": plain_text(modal.submit, limits.VIEW_TITLE),
        "close": plain_text(modal.close, limits.VIEW_TITLE),
        "blocks": [dict(block) for block in forms(shown(modal.parts))[0]],
    }


def home_view(home: Home) -> dict[str, Any]:
    """Return a Home tab as the view that Slack shows, without charts and tables."""
    mine = [block for block in payload(home.mine).blocks if block["type"] not in _NOT_ON_HOME]
    found = [header(home.title), *mine, *forms(shown(home.parts))[0]]
    return {"type": "home", "blocks": [_told_apart(block, place) for place, block in enumerate(found)]}


def _told_apart(block: Block, place: int) -> dict[str, Any]:
    """Return a block with a name of its own: Slack takes each block_id once."""
    return {**block, "block_id": f"{block['block_id']}-{place}"} if "block_id" in block else dict(block)
