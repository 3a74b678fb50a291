"""What an admin is told about a mistake in the rows, and about its end."""

from __future__ import annotations

from bot.render.document import Bold, Notes, Paragraph
from bot.render.message import Message
from bot.render.sentences import Sentences


def mistake_message(message: str, fix: str, sentences: Sentences, *, is_mended: bool) -> Message:
    """Return what is wrong and its mend, as `kpi-bot check` says them, or that it is mended."""
    say = sentences.say
    if is_mended:
        told = Paragraph(((Bold(say("A mistake in the data is mended.")),), message))
        notes = [say("Questions that rest on it are answered again.")]
    else:
        told = Paragraph(((Bold(say("A mistake in the data makes figures wrong.")),), message, fix))
        notes = [say("Questions that rest on it are refused, or say so, until it is mended.")]
    return Message((told, Notes(tuple(notes))), sentences.language)
