"""Targets as messages: what was set, and the list of a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.render.document import Actions, Button, Listing, Paragraph, Person, Span, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.words.targets import listed_progress
from kpi_engine.domain.answer import Answer, TargetResult
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.domain.quotas import QuotaPart

SET, LEAVE = "target:set", "target:leave"
"""The actions of the buttons below a target that is far from the one before."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class UnlikelyTarget:
    """A target far from the one before: `ratio` times the target `before` of `month` (its first day)."""

    ratio: float
    month: date
    before: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Who set a target (a Slack user id, "" for the command line, None where they were erased) and when."""

    set_by: str | None
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a target is; `answer` gives its unit, currency and direction."""

    target: TargetResult
    answer: Answer


@dataclass(frozen=True, slots=True)
class ListedTarget:
    """A target of a metric at a level; `setting` is None for one of the customer's own table.

    `progress` is None where nothing is known yet, or its reader may not see it. `part` is set if the target
    is a part of a quarter's or a year's.
    """

    metric: str
    level: Mapping[str, Key]
    value: float
    setting: Setting | None
    progress: Progress | None = None
    part: QuotaPart | None = None


def set_message(
    metric: Metric,
    filters: tuple[Filter, ...],
    period: Period,
    typed: str,
    value: float,
    parts: Mapping[date, float],
    before: float | None,
    sentences: Sentences,
) -> Message:
    """Return what was set: metric, level, period, the new value with what was typed, and the old one.

    `parts` are the values of the period's months, which are told if there are several.
    """
    named = [sentences.metric(metric.name), sentences.filters(filters), sentences.period(period)]
    line = sentences.say("Target for {what}: {value} (you typed {typed}).").format(
        what=", ".join(part for part in named if part),
        value=target_value(value, metric, sentences),
        typed=typed,
    )
    was = sentences.say("There was none before.")
    if before is not None:
        was = sentences.say("It was {value}.").format(value=target_value(before, metric, sentences))
    told = (line, *_months_told(metric, parts, sentences), was)
    return Message((Paragraph(told, runs_on=True),), sentences.language)


def _months_told(metric: Metric, parts: Mapping[date, float], sentences: Sentences) -> tuple[str, ...]:
    """Return what each month of a quarter or a year has."""
    if len(parts) == 1:
        return ()
    if not metric.spec.is_additive:
        return (sentences.say("Each of its months has the same."),)
    months = ", ".join(
        f"{sentences.formats.month_name(month)} {target_value(value, metric, sentences)}"
        for month, value in parts.items()
    )
    return (sentences.say("By working days: {months}.").format(months=months),)


def taken_back_message(
    metric: Metric,
    filters: tuple[Filter, ...],
    period: Period,
    before: float,
    after: float | None,
    sentences: Sentences,
) -> Message:
    """Return which target was taken back, what it was, and what holds now: the table's own, or none."""
    named = [sentences.metric(metric.name), sentences.filters(filters), sentences.period(period)]
    line = sentences.say("Target for {what}: removed; it was {value}.").format(
        what=", ".join(part for part in named if part),
        value=target_value(before, metric, sentences),
    )
    now = sentences.say("It no longer has a target of its own.")
    if after is not None:
        now = sentences.say("The target in the company's table applies again: {value}.").format(
            value=target_value(after, metric, sentences)
        )
    return Message((Paragraph((line, now), runs_on=True),), sentences.language)


def unlikely_words(doubt: UnlikelyTarget, metric: Metric, sentences: Sentences) -> str:
    """Return how far a new target is from the one before: "That is 10 times the target of …"."""
    month, before = sentences.formats.month(doubt.month), target_value(doubt.before, metric, sentences)
    if doubt.ratio >= 1:
        times = sentences.formats.number(doubt.ratio, 0 if round(doubt.ratio, 1).is_integer() else 1)
        return sentences.say("That is {times} times the target of {month} ({value}).").format(
            times=times, month=month, value=before
        )
    return sentences.say("That is only {share} of the target of {month} ({value}).").format(
        share=sentences.formats.share(doubt.ratio), month=month, value=before
    )


def asked_words_of(
    metric: Metric,
    filters: tuple[Filter, ...],
    period: Period,
    typed: str,
    value: float,
    sentences: Sentences,
) -> str:
    """Return the question whether a target is meant: "Set the target for … to …?"."""
    named = [sentences.metric(metric.name), sentences.filters(filters), sentences.period(period)]
    return sentences.say("Set the target for {what} to {value} (you typed {typed})?").format(
        what=", ".join(part for part in named if part),
        value=target_value(value, metric, sentences),
        typed=typed,
    )


def unlikely_message(asked: str, compared: str, value: str, sentences: Sentences) -> Message:
    """Return the question whether a target far from the one before is meant; `value` is of both buttons."""
    say = sentences.say
    buttons = (Button(say("Set it"), SET, value, "primary"), Button(say("Cancel"), LEAVE, value))
    return Message(
        (Paragraph((asked, compared), runs_on=True), Actions("target", buttons)), sentences.language
    )


def left_message(sentences: Sentences) -> Message:
    """Return that nothing was set."""
    return Message((Paragraph((sentences.say("Nothing was set."),)),), sentences.language)


def list_targets_message(
    found: Sequence[ListedTarget],
    month: date,
    members: Mapping[str, Sequence[Member]],
    sentences: Sentences,
) -> Message:
    """Return the targets of a month, a line for each: who set it where somebody did, and how far it is."""
    name = sentences.formats.month(month)
    if not found:
        line = sentences.say("There are no targets for {month}.").format(month=name)
        return Message((Paragraph((line,)),), sentences.language)
    title = sentences.say("Targets for {month}").format(month=name)
    labels = {key: {member.key: member.label for member in known} for key, known in members.items()}
    lines = tuple(
        (_line(entry, labels, sentences), *_setter(entry, sentences), *_progress(entry, sentences))
        for entry in found
    )
    more = sentences.say("{count} more; add a metric or a filter.")
    return Message((Listing(lines, title, more, _SHOWN),), sentences.language)


def _line(entry: ListedTarget, labels: Mapping[str, Mapping[Key, str]], sentences: Sentences) -> str:
    metric = sentences.catalogue.metrics[entry.metric]
    level = [labels.get(name, {}).get(key, str(key)) for name, key in sorted(entry.level.items())]
    value = target_value(entry.value, metric, sentences)
    if entry.part:
        value = sentences.say("{value}, its part of {whole} for {period}").format(
            value=value,
            whole=target_value(entry.part.value, metric, sentences),
            period=sentences.period(entry.part.period),
        )
    return f"{', '.join([sentences.metric(entry.metric), *level])}: {value}"


def _progress(entry: ListedTarget, sentences: Sentences) -> tuple[Span, ...]:
    """Return how far a target is, where that is known."""
    found = entry.progress
    return ("; ", listed_progress(found.target, found.answer, sentences)) if found else ()


def _setter(entry: ListedTarget, sentences: Sentences) -> tuple[Span, ...]:
    """Return who set a target, and when; nothing for one of the table."""
    if entry.setting is None:
        return ()
    who: Span
    match entry.setting.set_by:
        case None:
            who = sentences.say("someone whose data was erased")
        case "":
            who = sentences.say("the command line")
        case user:
            who = Person(user)
    moment = sentences.formats.moment(entry.setting.set_at)
    return (" (", *filled(sentences.say("set by {who}, {moment}"), who=who, moment=moment), ")")


def target_value(value: float, metric: Metric, sentences: Sentences) -> str:
    """Return a target in its metric's unit."""
    models = sentences.catalogue.models
    currency = models[metric.spec.measures()[0].model].currency if metric.unit == "money" else None
    return sentences.formats.value(value, metric.unit, currency)
