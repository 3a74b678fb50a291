"""The first sentence of a summary's post: how the period was, and where its targets are going."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.sentences import Sentences
from bot.render.summary import selection
from bot.render.summary.candidate_words import short_subject
from bot.render.summary.titles import period_title
from bot.render.words.targets import LIKELY, UNLIKELY
from bot.slack_limits import shorten
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.summary import Candidate, Summary

_WELL_OVER, _NEARLY, _FAR_UNDER = 1.2, 0.97, 0.8
_NAMED = 2
_WHOSE = 80
"""Characters for the teams and people that a post is about."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a period is called by how it was."""

    ordinary: str
    rather_strong: str
    rather_weak: str
    record: str
    strong: str
    weak: str


def _judged(summary: Summary, sentences: Sentences) -> _Judged:
    """Return what the summary's day, week, month, quarter or year is called by how it was."""
    say = sentences.say
    match summary.period.grain:
        case Grain.DAY:
            return _Judged(
                say("an ordinary day"),
                say("a rather strong day"),
                say("a rather weak day"),
                say("a record day"),
                say("an unusually strong day"),
                say("an unusually weak day"),
            )
        case Grain.WEEK:
            return _Judged(
                say("an ordinary week"),
                say("a rather strong week"),
                say("a rather weak week"),
                say("a record week"),
                say("an unusually strong week"),
                say("an unusually weak week"),
            )
        case Grain.QUARTER:
            return _Judged(
                say("an ordinary quarter"),
                say("a rather strong quarter"),
                say("a rather weak quarter"),
                say("a record quarter"),
                say("an unusually strong quarter"),
                say("an unusually weak quarter"),
            )
        case Grain.YEAR:
            return _Judged(
                say("an ordinary year"),
                say("a rather strong year"),
                say("a rather weak year"),
                say("a record year"),
                say("an unusually strong year"),
                say("an unusually weak year"),
            )
        case _:
            return _Judged(
                say("an ordinary month"),
                say("a rather strong month"),
                say("a rather weak month"),
                say("a record month"),
                say("an unusually strong month"),
                say("an unusually weak month"),
            )


def judgement(summary: Summary, sentences: Sentences) -> str:
    """Return the judgement, made by rules from what is told, the targets and the data."""
    first = selection.lead(summary)
    say = sentences.say
    is_missing = first is not None and selection.is_incomplete(first)
    if first is None or (first.figure.value is None and not is_missing):
        return say("{period}: nothing to report.").format(period=period_title(summary.period, sentences))
    if is_missing:
        how = say("days are missing, so it can't be judged yet")
        if selection.unbooked(first):
            how = say("its costs aren't booked, so it can't be judged yet")
    elif summary.period.grain in (Grain.DAY, Grain.WEEK):
        how = _week(summary, first, sentences)
    else:
        how = _month(summary, first, sentences)
    said = [f"{_title(summary, first, sentences)}: {how}."]
    pace = _pace(summary, sentences)
    return " ".join([*said, pace] if pace else said)


def _title(summary: Summary, first: Answer, sentences: Sentences) -> str:
    """Return the period, and in a channel that sees only a part of the company whose figures these are."""
    period = period_title(summary.period, sentences)
    whose = "" if summary.spec.is_private else sentences.filters(first.filters)
    return f"{period}, {shorten(whose, _WHOSE)}" if whose else period


def _week(summary: Summary, first: Answer, sentences: Sentences) -> str:
    own, found = selection.told_of(summary, first), first.anomaly
    if own is not None:
        return _strength(summary, own, first, sentences)
    words = _judged(summary, sentences)
    how = words.ordinary if summary.looked.totals else _unjudged(sentences)
    if found is not None and found.is_anomaly:
        is_good = ((first.figure.value or 0.0) > found.expected) == (first.direction != "down")
        how = words.rather_strong if is_good else words.rather_weak
    return _otherwise(how, summary, sentences)


def _month(summary: Summary, first: Answer, sentences: Sentences) -> str:
    say, own = sentences.say, selection.told_of(summary, first)
    said = []
    target = first.target
    if target is not None and target.attainment is not None and target.period == first.period:
        said.append(_beside_target(target.attainment, sentences))
    is_month = summary.period.grain is Grain.MONTH
    month = sentences.formats.month_name(summary.period.start) if summary.period.start else ""
    if own is not None:
        said.append(_strength(summary, own, first, sentences))
    elif is_month and first.anomaly is not None and not first.anomaly.reason:
        text = say("as usual for {month}")
        if first.anomaly.is_anomaly:
            is_more = (first.figure.value or 0.0) > first.anomaly.expected
            text = say("a little over a usual {month}") if is_more else say("a little under a usual {month}")
        said.append(text.format(month=month))
    ordinary = _judged(summary, sentences).ordinary if summary.looked.totals else _unjudged(sentences)
    how = sentences.say(", ").join(said) if said else ordinary
    return _otherwise(how, summary, sentences) if own is None else how


def _unjudged(sentences: Sentences) -> str:
    """Return that no total could be held against a range, so that nobody knows what is ordinary."""
    return sentences.say("too little history to judge it")


def _strength(summary: Summary, own: Candidate, first: Answer, sentences: Sentences) -> str:
    """Return how the first score stands out."""
    words, is_up = _judged(summary, sentences), own.subject.direction == "up"
    if is_up and first.metric in summary.records:
        return words.record
    return words.strong if is_up == (first.direction != "down") else words.weak


def _otherwise(how: str, summary: Summary, sentences: Sentences) -> str:
    """Return how it was with what else is worth a look."""
    told = [entry for entry in summary.told if entry.kind != "shortfall" or summary.spec.audience == "lead"]
    names = list(dict.fromkeys(short_subject(entry, sentences) for entry in told))[:_NAMED]
    if not names:
        return how
    return sentences.say("{how}, but look at {names}").format(
        how=how, names=sentences.say(" and ").join(names)
    )


def _beside_target(attainment: float, sentences: Sentences) -> str:
    say = sentences.say
    if attainment >= _WELL_OVER:
        return say("well over target")
    if attainment >= 1:
        return say("target reached")
    if attainment >= _NEARLY:
        return say("just under target")
    return say("under target") if attainment >= _FAR_UNDER else say("far under target")


def _pace(summary: Summary, sentences: Sentences) -> str:
    """Return where the running targets are going: "November: sales on course, new customers behind."."""
    say, said, month = sentences.say, [], ""
    for answer in selection.landings(summary):
        target = answer.target
        if target is None or target.landing is None or answer.period.start is None:
            continue
        month = sentences.formats.month_name(answer.period.start)
        chance = target.landing.chance
        text = say("{metric} on course") if chance >= LIKELY else say("{metric} undecided")
        if target.reached:
            text = say("{metric} target reached")
        elif chance < UNLIKELY:
            text = say("{metric} behind")
        said.append(text.format(metric=sentences.metric(answer.metric).lower()))
    if not said:
        return ""
    return say("{month}: {states}.").format(month=f"{month[:1].upper()}{month[1:]}", states=", ".join(said))
