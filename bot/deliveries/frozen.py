"""A message as it will be posted: rendered once, kept in the delivery's row, and the same at each attempt.

What may have been posted once is never rendered differently the next time, so the message that is found in
the history is the message that would have been posted.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from bot.render import block_kit
from bot.render.block_kit import Block
from bot.render.message import File, Message


@dataclass(frozen=True, slots=True)
class Frozen:
    """A rendered message.

    `plain` are the blocks for workspaces that refuse the newer ones. With `files`, the message is those files
    with `text` beside them. `note` is handed back to the maker of the message once it was posted.
    """

    text: str
    blocks: tuple[Block, ...]
    plain: tuple[Block, ...] | None
    reply_to: str | None
    files: tuple[File, ...]
    note: str
    made_at: datetime


def frozen(message: Message, now: datetime) -> Frozen:
    """Return a message as it will be posted."""
    if message.files is not None:
        comment, files = block_kit.comment(message.files), message.files.files
        return Frozen(comment, (), None, message.reply_to, files, message.note, now)
    shown = block_kit.payload(message)
    return Frozen(shown.text, shown.blocks, shown.plain, message.reply_to, (), message.note, now)


def frozen_text(entry: Frozen) -> str:
    """Return a frozen message as the JSON that its row keeps."""
    return json.dumps(
        {
            "text": entry.text,
            "blocks": entry.blocks,
            "plain": entry.plain,
            "reply_to": entry.reply_to,
            "files": [[file.name, file.title, b64encode(file.content).decode()] for file in entry.files],
            "note": entry.note,
            "made_at": entry.made_at.isoformat(),
        },
        ensure_ascii=False,
    )


def frozen_of(text: str) -> Frozen:
    """Return what `frozen_text` wrote."""
    kept = json.loads(text)
    plain = kept["plain"]
    return Frozen(
        text=kept["text"],
        blocks=tuple(kept["blocks"]),
        plain=None if plain is None else tuple(plain),
        reply_to=kept["reply_to"],
        files=tuple(File(name, title, b64decode(content)) for name, title, content in kept["files"]),
        note=kept["note"],
        made_at=datetime.fromisoformat(kept["made_at"]),
    )
