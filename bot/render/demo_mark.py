"""The mark that every message about the demo company carries."""

from __future__ import annotations

from dataclasses import replace

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.message import Message
from bot.render.sentences import Sentences


def marked(message: Message, sentences: Sentences) -> Message:
    """Return the message with a line that says that its data is made up."""
    line = sentences.say("Demo data: this company is made up.")
    text = limits.shorten(message.text, limits.MESSAGE_TEXT - len(line) - 1) + "\n" + line
    shown = (*message.blocks, blocks.context(line)) if message.blocks else ()
    plain = marked(message.plain, sentences) if message.plain else None
    files = replace(message.files, comment=f"{message.files.comment}\n{line}") if message.files else None
    for_all = marked(message.shared, sentences) if message.shared else None
    return replace(message, text=text, blocks=shown, plain=plain, files=files, shared=for_all)
