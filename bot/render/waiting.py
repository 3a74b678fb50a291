"""What is said of a question that takes its time: that it is worked on, that it was cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Ask, Button
from bot.render.escape import code, escaped
from bot.render.message import Block, Message
from bot.render.sentences import Sentences
from kpi_engine.language.parser import normalised

CANCEL = "cancel"
CANCEL_OF_WHAT_STAYS = "cancel:stays"
"""The second is in a message that no answer takes the place of."""

_LINE_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Cancelling:
    """What a Cancel button carries: which question, who asked it (a Slack user), and its line."""

    token: str
    user: str
    line: str

    @property
    def value(self) -> str:
        """As the button's value; a line that is too long for a button can be cancelled, not asked again."""
        whole = f"{self.token} {self.user} {self.line}"
        return whole if len(whole) <= limits.BUTTON_VALUE else f"{self.token} {self.user} "


def carried_by(value: str) -> Cancelling:
    """Return what a button's value carries; empty parts where it is of another version."""
    return Cancelling(*(*value.split(" ", 2), "", "", "")[:3])


def working_message(asked: Cancelling, sentences: Sentences, *, stays: bool) -> Message:
    """Return that a question is worked on, with a button that cancels it.

    `stays`: Slack won't let the answer take this message's place.
    """
    line = asked.line
    told = sentences.say("Still working on {question}…")
    below = sentences.say("The answer comes as a new message.") if stays else ""
    button = Button(
        sentences.say("Cancel"),
        CANCEL_OF_WHAT_STAYS if stays else CANCEL,
        asked.value,
        spoken=_filled(sentences.say("Cancel the question {question}"), line, sentences, plain=True),
    )
    return _message(told, line, sentences, after=below, row=blocks.button_row([button], name="working"))


def cancelled_message(line: str, sentences: Sentences) -> Message:
    """Return that a question was cancelled, with a button that asks it again."""
    return _message(sentences.say("Cancelled: {question}"), line, sentences, row=_again(line, sentences))


def over_message(line: str, sentences: Sentences) -> Message:
    """Return that there is nothing left to cancel: the answer, if there was one, stands."""
    told = sentences.say("{question} isn't running any more: it was answered or cancelled.")
    return _message(told, line, sentences, row=_again(line, sentences))


def not_yours_message(sentences: Sentences) -> Message:
    """Return that somebody else's question can't be cancelled."""
    text = sentences.say("Only the person who asked can cancel a question.")
    return Message(text, (blocks.section(text),))


def again(line: str, sentences: Sentences) -> Sequence[Ask]:
    """Return the button that sends a line once more; Slack's escapes in it are put right."""
    return [Ask(sentences.say("Try again"), normalised(line))]


def _again(line: str, sentences: Sentences) -> Block | None:
    return blocks.asks([Ask(sentences.say("Ask again"), line)], name="again")


def _message(
    told: str, line: str, sentences: Sentences, *, after: str = "", row: Block | None = None
) -> Message:
    text = f"{_filled(told, line, sentences, plain=True)} {after}".strip()
    shown = f"{_filled(told, line, sentences, plain=False)} {after}".strip()
    return Message(escaped(text), (blocks.section(shown), *([row] if row else ())))


def _filled(told: str, line: str, sentences: Sentences, *, plain: bool) -> str:
    if not line:
        return told.format(question=sentences.say("your question"))
    short = limits.shorten(line, _LINE_SHOWN)
    return told.format(question=f"`{short}`" if plain else code(short))
