"""The survey in words: the sender's preview, the question, the thank-you, the window that asks why."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render.document import (
    Actions,
    Bold,
    Button,
    Input,
    Line,
    Notes,
    Paragraph,
    Part,
    Person,
    Quote,
    Span,
    TextField,
    filled,
    joined,
)
from bot.render.message import Message, Modal
from bot.render.sentences import Sentences
from bot.slack_limits import BUTTON_VALUE, shorten
from bot.store.survey_records import HIGHEST, LOWEST, Plan, Response

SEND, SCORE, CHANGE, EDIT, WHY, REASON = (
    f"survey:{name}" for name in ("send", "score", "change", "edit", "why", "reason")
)
"""The actions of the survey's buttons and its window; a score's and a change's end in the number."""

_NAMED = 40
"""People that a preview names; more of them are counted."""
_REASON_LENGTH = 2000
_REASON_SHOWN = 500


def preview_message(plan: Plan, wave: str, sentences: Sentences) -> Message:
    """Return whom a sending would ask and whom it would not, with the button that sends it."""
    say, count = sentences.say, len(plan.contacts)
    lines: list[Line] = []
    if count:
        ask = say("I'll ask {count} people how likely they are to recommend {company}:")
        if count == 1:
            ask = say("I'll ask one person how likely they are to recommend {company}:")
        lines.append((Bold(ask.format(count=count, company=plan.company)),))
        lines.append(_cut([(Person(contact.user),) for contact in plan.contacts], sentences))
    else:
        lines.append(say("There is no one to ask."))
    if plan.recent:
        left = say("Left out because they were asked recently: {people}.")
        when: list[tuple[Span, ...]] = [
            (Person(user), f" ({sentences.formats.day(at.date())})") for user, at in plan.recent.items()
        ]
        lines.append(filled(left, people=_cut(when, sentences)))
    shown: list[Part] = [Paragraph(tuple(lines))]
    if count:
        shown += _sending(plan, wave, sentences)
    return Message(tuple(shown), sentences.language)


def _sending(plan: Plan, wave: str, sentences: Sentences) -> list[Part]:
    """Return the button that sends a survey, where its line fits in one."""
    say, count, value = sentences.say, len(plan.contacts), f"{wave} {plan.line}"
    if len(value) > BUTTON_VALUE:
        return [_small(say("That is too many people for one line: make a list of them."))]
    label = say("Send to {count} people").format(count=count) if count > 1 else say("Send to one person")
    return [
        _small(say("Each of them gets a direct message from me. Nothing has been sent yet.")),
        Actions("survey", (Button(label, SEND, value, "primary"),)),
    ]


def _small(line: str) -> Notes:
    return Notes((line,))


def sending_message(asked: Sequence[str], sentences: Sentences) -> Message:
    """Return that a survey is on its way, to how many."""
    say = sentences.say
    if not asked:
        text = say("This survey is already on its way; no one was asked again.")
    elif len(asked) == 1:
        text = say("I'm asking one person now. `nps` shows the answers as they come in.")
    else:
        text = say("I'm asking {count} people now. `nps` shows the answers as they come in.")
    return Message((Paragraph((filled(text, count=len(asked)),)),), sentences.language)


def prompt_message(wave: str, company: str, sentences: Sentences, *, action: str = SCORE) -> Message:
    """Return the question with its eleven buttons; `action` says what a press of them means."""
    say = sentences.say
    question = say("How likely is it that you would recommend {company} to a friend or colleague?")
    question = question.format(company=company)
    ends = say("{lowest} = not at all likely · {highest} = extremely likely").format(
        lowest=LOWEST, highest=HIGHEST
    )
    scores = [
        Button(
            str(score),
            f"{action}:{score}",
            wave,
            spoken=say("{score} of {highest}").format(score=score, highest=HIGHEST),
        )
        for score in range(LOWEST, HIGHEST + 1)
    ]
    told = say("The sales team of {company} sees your answer and your name.").format(company=company)
    shown = (
        Paragraph(((Bold(question),),)),
        _small(ends),
        Actions(f"scores:{action}", tuple(scores)),
        _small(told),
    )
    return Message(shown, sentences.language)


def expired_message(company: str, sentences: Sentences) -> Message:
    """Return that a question was answered too late, so that nothing was stored."""
    told = sentences.say(
        "Thank you for answering. This question about {company} was open for two weeks and has expired, so "
        "your score wasn't stored."
    )
    return Message((Paragraph((told.format(company=company),)),), sentences.language)


def thanks_message(
    response: Response, sentences: Sentences, *, is_editable: bool, is_explainable: bool = True
) -> Message:
    """Return the thanks for a score, with the reason where there is one, and what may still be changed."""
    say = sentences.say
    thanks = say("Thank you! Your answer: {score} of {highest}.").format(
        score=response.score, highest=HIGHEST
    )
    reason = shorten(response.reason or "", _REASON_SHOWN).splitlines()
    ask = say("Change the reason") if response.reason else say("What is the main reason?")
    edit = [Button(say("Edit"), EDIT, response.wave)] if is_editable else []
    why = [Button(ask, WHY, response.wave)] if is_explainable else []
    buttons = (*edit, *why)
    lines: list[Line] = [(Bold(thanks),), *((Quote(line),) for line in reason)]
    actions = (Actions("thanks", buttons),) if buttons else ()
    return Message((Paragraph(tuple(lines)), *actions), sentences.language)


def reason_modal(response: Response, value: str, sentences: Sentences) -> Modal:
    """Return the window that asks for the reason of a score; `value` comes back with it."""
    say = sentences.say
    label = say("What is the main reason for your {score}?").format(score=response.score)
    typed = TextField(response.reason or "", _REASON_LENGTH, is_multiline=True, is_focused=True)
    asked = Input(REASON, label, typed, is_optional=True)
    return Modal(REASON, value, say("Your reason"), say("Send"), say("Cancel"), (asked,))


def _cut(entries: Sequence[tuple[Span, ...]], sentences: Sentences) -> tuple[Span, ...]:
    shown = joined(entries[:_NAMED], ", ")
    more = len(entries) - _NAMED
    return shown if more <= 0 else filled(sentences.say("{shown} and {count} more"), shown=shown, count=more)
