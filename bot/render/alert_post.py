"""What readers of an alert are told: that something began, still holds, or is over; or that it is paused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.render.alerts import SEEN, SNOOZE, SNOOZE_DAYS, AlertListed, done_message
from bot.render.answer import answered
from bot.render.document import Actions, Bold, Button, Code, Line, Paragraph, Person, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.words.answers import subject
from kpi_engine import canonical
from kpi_engine.domain.alerts import Rule, Watch
from kpi_engine.domain.answer import Answer


def begun_message(
    answer: Answer, watch: Watch, value: str, sentences: Sentences, *, is_reminder: bool
) -> Message:
    """Return that what an alert waits for is the case; `value` comes back with its buttons."""
    say = sentences.say
    head = say("Still so: {what}.") if is_reminder else say("Alert: {what}.")
    line = (Bold(head.format(what=_fact(answer, watch, sentences))),)
    parts = (answered(answer, sentences), _buttons(answer, value, sentences))
    return Message(parts, sentences.language, head=(line,))


def over_message(
    answer: Answer, watch: Watch, since: datetime | None, seen_by: str | None, sentences: Sentences
) -> Message:
    """Return that what an alert waited for is over; `since` is when it was told."""
    say = sentences.say
    lines: list[Line] = [(Bold(say("Over: {what}.").format(what=_fact_over(answer, watch, sentences))),)]
    if since is not None:
        lines.append(say("It was told on {moment}.").format(moment=sentences.formats.moment(since)))
    if seen_by:
        lines.append(filled(say("Acknowledged by {person}."), person=Person(seen_by)))
    ask = Button(say("Figure now"), "ask:0", canonical(answer.query))
    return Message((Paragraph(tuple(lines)), Actions("alert", (ask,))), sentences.language)


def introduced(message: Message, number: int, owner: str, sentences: Sentences, command: str) -> Message:
    """Return the first message of an alert, which says whose it is and how to stop it."""
    line = filled(
        sentences.say("Set up by {owner}. They or an admin can stop it with {line}."),
        owner=Person(owner),
        line=Code(f"{command} alert stop {number}"),
    )
    return replace(message, foot=(*message.foot, line))


def paused_message(entry: AlertListed, reasons: Sequence[str], sentences: Sentences) -> Message:
    """Return what its owner is told of an alert that was paused, and what to do."""
    told = sentences.say("Your alert {number} is paused: {why}.").format(
        number=entry.number, why=entry.paused
    )
    message = done_message(told, sentences, entry)
    return replace(message, head=(), parts=(*message.parts[:1], *_reasons(reasons), *message.parts[1:]))


def _reasons(reasons: Sequence[str]) -> tuple[Paragraph, ...]:
    lines = tuple(reason for reason in reasons if reason)
    return (Paragraph(lines),) if lines else ()


def _fact(answer: Answer, watch: Watch, sentences: Sentences) -> str:
    """Return what is the case: "Sales, October 2026, is €8,000, below €10,000"."""
    say = sentences.say
    value = sentences.formats.value
    known = {
        "subject": subject(answer, sentences),
        "value": sentences.value(answer.figure, answer),
        "bound": value(watch.bound, answer.unit, answer.currency),
    }
    if watch.rule is Rule.BELOW:
        return say("{subject}: {value}, below {bound}").format(**known)
    if watch.rule is Rule.ABOVE:
        return say("{subject}: {value}, above {bound}").format(**known)
    usual = _usual(answer, sentences)
    is_low = answer.anomaly is not None and (answer.figure.value or 0) < answer.anomaly.expected
    text = (
        say("{subject}: {value}, unusually low{usual}")
        if is_low
        else say("{subject}: {value}, unusually high{usual}")
    )
    return text.format(**known, usual=usual)


def _fact_over(answer: Answer, watch: Watch, sentences: Sentences) -> str:
    say = sentences.say
    known = {
        "subject": subject(answer, sentences),
        "value": sentences.value(answer.figure, answer),
        "bound": sentences.formats.value(watch.bound, answer.unit, answer.currency),
    }
    if watch.rule is Rule.BELOW:
        return say("{subject}: {value}, no longer below {bound}").format(**known)
    if watch.rule is Rule.ABOVE:
        return say("{subject}: {value}, no longer above {bound}").format(**known)
    return say("{subject}: {value}, as usual{usual}").format(**known, usual=_usual(answer, sentences))


def _usual(answer: Answer, sentences: Sentences) -> str:
    """Return the usual range: " (usually €82,000 to €194,000)"; empty where it isn't known."""
    anomaly = answer.anomaly
    if anomaly is None or anomaly.reason is not None:
        return ""
    low, high = (
        sentences.formats.value(bound, answer.unit, answer.currency) for bound in (anomaly.low, anomaly.high)
    )
    return sentences.say(" (usually {low} to {high})").format(low=low, high=high)


def _buttons(answer: Answer, value: str, sentences: Sentences) -> Actions:
    say = sentences.say
    found = [Button(say("Acknowledge"), SEEN, value, "primary")]
    labels = {1: say("Snooze for a day"), 7: say("Snooze for a week")}
    found += [Button(labels[days], f"{SNOOZE}:{days}", value) for days in SNOOZE_DAYS]
    found += [
        Button(say("Why"), "ask:why", f"why {canonical(answer.query)}"),
        Button(say("Alerts"), "ask:alerts", "alerts"),
    ]
    return Actions("alert", tuple(found))
