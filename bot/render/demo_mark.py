"""The mark that every message about the demo company carries."""

from __future__ import annotations

from dataclasses import replace

from bot.render.message import Message
from bot.render.sentences import Sentences


def demo_line(sentences: Sentences) -> str:
    """Return the sentence that says that the data is made up."""
    return sentences.say("Demo data: this company is made up.")


def marked(message: Message, sentences: Sentences) -> Message:
    """Return the message with a line that says that its data is made up."""
    line = demo_line(sentences)
    files = replace(message.files, comment=(*message.files.comment, line)) if message.files else None
    for_all = marked(message.shared, sentences) if message.shared else None
    return replace(message, foot=(*message.foot, line), files=files, shared=for_all)
