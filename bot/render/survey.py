"""The survey in words: the sender's preview, the question, the thank-you, the window that asks why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Button, plain_text
from bot.render.escape import escaped, marked_down
from bot.render.message import Block, Message, Modal
from bot.render.sentences import Sentences
from bot.store.survey_records import HIGHEST, LOWEST, Plan, Response

SEND, SCORE, CHANGE, EDIT, WHY, REASON = (
    f"survey:{name}" for name in ("send", "score", "change", "edit", "why", "reason")
)
"""The actions of the survey's buttons and its window; a score's and a change's end in the number."""

_NAMED = 40
"""People that a preview names; more of them are counted."""
_REASON_LENGTH = 2000
_REASON_SHOWN = 500
"""Of a reason; each sign that is escaped may take five."""


def preview_message(plan: Plan, wave: str, sentences: Sentences) -> Message:
    """Return whom a sending would ask and whom it would not, with the button that sends it."""
    say, count = sentences.say, len(plan.contacts)
    lines = []
    if count:
        ask = say("I'll ask {count} people how likely they are to recommend {company}:")
        if count == 1:
            ask = say("I'll ask one person how likely they are to recommend {company}:")
        lines.append(f"*{ask.format(count=count, company=marked_down(plan.company))}*")
        lines.append(_named([contact.user for contact in plan.contacts], sentences))
    else:
        lines.append(say("There is nobody to ask."))
    if plan.recent:
        left = say("Left out, asked a short while ago: {people}.")
        when = [f"<@{user}> ({sentences.formats.day(at.date())})" for user, at in plan.recent.items()]
        lines.append(left.format(people=_cut(when, sentences)))
    text = "\n".join(lines)
    shown: list[Block] = [blocks.section(text)]
    if count:
        shown.append(blocks.context(say("Each of them gets a direct message from me. Nothing has left yet.")))
        label = say("Send to {count} people").format(count=count) if count > 1 else say("Send to one person")
        button = Button(label, SEND, f"{wave} {plan.line}", "primary")
        row = blocks.button_row([button], name="survey")
        if row is None:
            shown[-1] = blocks.context(say("Those are too many people for one line: make a list of them."))
        else:
            shown.append(row)
    return Message(limits.shorten(text, limits.MESSAGE_TEXT), tuple(shown))


def sending_message(asked: Sequence[str], sentences: Sentences) -> Message:
    """Return that a survey is on its way, to how many."""
    say = sentences.say
    if not asked:
        text = say("This survey is already on its way; nobody was asked again.")
    elif len(asked) == 1:
        text = say("I'm asking one person now. `nps` shows the answers as they come.")
    else:
        text = say("I'm asking {count} people now. `nps` shows the answers as they come.")
    text = text.format(count=len(asked))
    return Message(text, (blocks.section(text),))


def prompt_message(wave: str, company: str, sentences: Sentences, *, action: str = SCORE) -> Message:
    """Return the question with its eleven buttons; `action` says what a press of them means."""
    say = sentences.say
    question = say("How likely is it that you would recommend {company} to a friend or colleague?")
    question = question.format(company=marked_down(company))
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
    row = blocks.button_row(scores, name=f"scores:{action}")
    told = say("The sales team of {company} sees your answer and your name.").format(
        company=marked_down(company)
    )
    shown = [
        blocks.section(f"*{question}*"),
        blocks.context(ends),
        *([row] if row else []),
        blocks.context(told),
    ]
    return Message(f"{question} {ends}\n{told}", tuple(shown))


def thanks_message(response: Response, sentences: Sentences, *, is_editable: bool) -> Message:
    """Return the thanks for a score, with the reason where there is one."""
    say = sentences.say
    thanks = say("Thank you! Your answer: {score} of {highest}.").format(
        score=response.score, highest=HIGHEST
    )
    shown, told = [f"*{thanks}*"], [thanks]
    for line in limits.shorten(response.reason or "", _REASON_SHOWN).splitlines():
        shown.append(f"> {marked_down(line)}")
        told.append(f"> {escaped(line)}")
    ask = say("Change the reason") if response.reason else say("What is the main reason?")
    edit = [Button(say("Edit"), EDIT, response.wave)] if is_editable else []
    row = blocks.button_row([*edit, Button(ask, WHY, response.wave)], name="thanks")
    return Message("\n".join(told), (blocks.section("\n".join(shown)), *([row] if row else [])))


def reason_modal(response: Response, value: str, sentences: Sentences) -> Modal:
    """Return the window that asks for the reason of a score; `value` comes back with it."""
    say = sentences.say
    typed: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": REASON,
        "multiline": True,
        "max_length": _REASON_LENGTH,
        "focus_on_load": True,
    }
    if response.reason:
        typed["initial_value"] = response.reason
    label = say("What is the main reason for your {score}?").format(score=response.score)
    asked = {
        "type": "input",
        "block_id": REASON,
        "optional": True,
        "label": plain_text(label),
        "element": typed,
    }
    return Modal(REASON, value, say("Your reason"), say("Send"), say("Cancel"), (asked,))


def _named(people: Sequence[str], sentences: Sentences) -> str:
    return _cut([f"<@{user}>" for user in people], sentences)


def _cut(entries: Sequence[str], sentences: Sentences) -> str:
    shown = ", ".join(entries[:_NAMED])
    more = len(entries) - _NAMED
    return shown if more <= 0 else sentences.say("{shown} and {count} more").format(shown=shown, count=more)
