"""What is said of a question that takes its time: that it is worked on, that it was cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot import slack_limits as limits
from bot.render.document import Actions, Ask, Button, Code, Paragraph, Span, filled
from bot.render.message import Message
from bot.render.plain_text import written
from bot.render.sentences import Sentences
from kpi_engine import normalised

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
    told = filled(sentences.say("Still working on {question}…"), question=_question(line, sentences))
    below = sentences.say("The answer comes as a new message.") if stays else ""
    spoken = sentences.say("Cancel the question {question}")
    button = Button(
        sentences.say("Cancel"),
        CANCEL_OF_WHAT_STAYS if stays else CANCEL,
        asked.value,
        spoken=written(filled(spoken, question=_question(line, sentences))),
    )
    return Message(
        (Paragraph(((*told, *([f" {below}"] if below else [])),)), Actions("working", (button,))),
        sentences.language,
    )


def cancelled_message(line: str, sentences: Sentences) -> Message:
    """Return that a question was cancelled, with a button that asks it again."""
    return _over(sentences.say("Cancelled: {question}"), line, sentences)


def over_message(line: str, sentences: Sentences) -> Message:
    """Return that there is nothing left to cancel: the answer, if there was one, stands."""
    told = sentences.say("{question} is no longer running: it was answered or cancelled.")
    return _over(told, line, sentences)


def not_yours_message(sentences: Sentences) -> Message:
    """Return that somebody else's question can't be cancelled."""
    text = sentences.say("Only the person who asked can cancel a question.")
    return Message((Paragraph((text,)),), sentences.language)


def interrupted_message(line: str, file: str, sentences: Sentences) -> Message:
    """Return that the bot was killed while it worked on a question, with a button that asks it again.

    `file` is the name of a dropped file that it was reading instead.
    """
    if file:
        told = filled(
            sentences.say("I was stopped before I had read {file}. Drop it again."),
            file=Code(limits.shorten(file, _LINE_SHOWN), is_quoted=True),
        )
        return Message((Paragraph((told,)),), sentences.language)
    if not line:
        told = filled(
            sentences.say("I was stopped before I could answer {question}. Ask it again."),
            question=_question(line, sentences),
        )
        return Message((Paragraph((told,)),), sentences.language)
    return _over(sentences.say("I was stopped before I could answer {question}."), line, sentences)


def unconfirmed_message(line: str, sentences: Sentences) -> Message:
    """Return that Slack didn't say whether it showed an answer, with a button to ask again."""
    told = sentences.say(
        "Slack didn't confirm that it showed my answer to {question}. You may have it already."
    )
    return _over(told, line, sentences)


def again(line: str, sentences: Sentences) -> Sequence[Ask]:
    """Return the button that sends a line once more; Slack's escapes in it are put right."""
    return [Ask(sentences.say("Try again"), normalised(line))]


def _over(told: str, line: str, sentences: Sentences) -> Message:
    said = filled(told, question=_question(line, sentences))
    ask = Ask(sentences.say("Ask again"), line)
    return Message((Paragraph((said,)), Actions("again", (ask,))), sentences.language)


def _question(line: str, sentences: Sentences) -> Span:
    if not line:
        return sentences.say("your question")
    return Code(limits.shorten(line, _LINE_SHOWN), is_quoted=True)
