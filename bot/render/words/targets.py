"""A target in words: what it is, and how far the result is from it."""

from __future__ import annotations

from bot.render.formats import NO_VALUE
from bot.render.sentences import Sentences, is_young
from kpi_engine.domain.answer import Answer, Landing, TargetResult

_CHANCES = (0.9, 0.7, 0.3, 0.1)
"""The least chances of a target that is very likely, likely, undecided and unlikely to be reached."""
LIKELY, UNLIKELY = _CHANCES[1], _CHANCES[2]
"""Chances from which a target is called likely to be reached, and below which unlikely."""
_WITH_TENTHS = 10
"""Counts below it are told in tenths where they are a day's mean."""


def full_target(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return how far the result is from its target: "target €300,000 for November 2026: 71% so far".

    Of a running month also where it is expected to end, whether that reaches the target, and what a working
    day must bring. Beside a week, whose target is its month's, the month's own result stands with it.
    """
    if target.period != answer.period:
        line = _of_month(target, answer, sentences)
    else:
        line = sentences.say("target {value} for {period}").format(
            value=sentences.formats.value(target.value, answer.unit, answer.currency),
            period=sentences.period(target.period),
        )
        state = _state(target, answer, sentences)
        line = f"{line}: {state}" if state else line
    if target.landing is None:
        return line
    if not target.reached:
        line = sentences.say("{line}, after {days}").format(
            line=line, days=_days(target.landing, target, sentences)
        )
    return "; ".join([line, *_landing(target, answer, sentences)])


def brief_target(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return the same without the target's period, where that is the answer's own."""
    line = sentences.say("target {value}").format(
        value=sentences.formats.value(target.value, answer.unit, answer.currency)
    )
    state, landing = _state(target, answer, sentences), target.landing
    said = f"{line}: {state}" if state else line
    if landing is None or target.reached:
        return said
    expected = _expected(landing, sentences).format(
        value=sentences.formats.brief(landing.expected, answer.unit, answer.currency)
    )
    return f"{said}; {expected}, {chance_word(landing, sentences)}"


def listed_progress(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return how far a target in a list is: "€92,578 so far (85%), expected €131k, likely to reach it"."""
    say, landing = sentences.say, target.landing
    said = sentences.formats.value(target.result, answer.unit, answer.currency)
    if not target.is_complete:
        said = say("{result} so far").format(result=said)
    if target.attainment is not None:
        said = f"{said} ({sentences.formats.number(100 * target.attainment)}%)"
    if target.reached is not None:
        return f"{said}, {say('reached') if target.reached else say('not reached')}"
    if landing is None:
        return said
    value = sentences.formats.brief(landing.expected, answer.unit, answer.currency)
    expected = _expected(landing, sentences).format(value=value)
    return f"{said}, {expected}, {_chance(landing, answer, sentences)}"


def short_target(target: TargetResult, sentences: Sentences) -> str:
    """Return the attainment for a table's cell, of a running month with the chance: "71%, likely"."""
    if target.attainment is None and target.reached is None and target.landing is None:
        return NO_VALUE
    said = []
    if target.attainment is not None:
        said.append(sentences.formats.number(100 * target.attainment) + "%")
    elif target.reached is not None:
        said.append(sentences.say("reached") if target.reached else sentences.say("not reached"))
    if target.landing is not None and target.reached is None:
        said.append(chance_word(target.landing, sentences))
    return ", ".join(said)


def chance_word(landing: Landing, sentences: Sentences) -> str:
    """Return how likely the target is reached: "very likely"."""
    say = sentences.say
    words = (
        say("very likely"),
        say("likely"),
        say("can go either way"),
        say("unlikely"),
        say("very unlikely"),
    )
    return words[_degree(landing)]


def _chance(landing: Landing, answer: Answer, sentences: Sentences) -> str:
    """Return the same as a part of a sentence; where lower is better, of staying within the target."""
    say = sentences.say
    if answer.direction == "down":
        words = (
            say("very likely to stay within it"),
            say("likely to stay within it"),
            say("can go either way"),
            say("likely to go over it"),
            say("very likely to go over it"),
        )
    else:
        words = (
            say("very likely to reach it"),
            say("likely to reach it"),
            say("can go either way"),
            say("unlikely to reach it"),
            say("very unlikely to reach it"),
        )
    return words[_degree(landing)]


def _degree(landing: Landing) -> int:
    """Return the place of a chance among five words, the likeliest first."""
    return next((place for place, least in enumerate(_CHANCES) if landing.chance >= least), len(_CHANCES))


def pace_line(answer: Answer, sentences: Sentences) -> str | None:
    """Return where a running target is going, without its name; None where that isn't known.

    "€286k of €351k, 14 of 20 working days: expected €423k (€389k to €457k); needs €10.9k a working day".
    """
    target = answer.target
    if target is None or target.landing is None or target.result is None:
        return None
    landing, brief = target.landing, sentences.formats.brief
    head = sentences.say("{result} of {target}, {days}").format(
        result=brief(target.result, answer.unit, answer.currency),
        target=brief(target.value, answer.unit, answer.currency),
        days=_days(landing, target, sentences),
    )
    if target.reached:
        head = sentences.say("{result} of {target}, reached").format(
            result=brief(target.result, answer.unit, answer.currency),
            target=brief(target.value, answer.unit, answer.currency),
        )
    expected = sentences.say("{expected} ({low} to {high})").format(
        expected=_expected(landing, sentences).format(
            value=brief(landing.expected, answer.unit, answer.currency)
        ),
        low=brief(landing.low, answer.unit, answer.currency),
        high=brief(landing.high, answer.unit, answer.currency),
    )
    return "; ".join([f"{head}: {expected}", *_needed(target, answer, sentences)])


def _landing(target: TargetResult, answer: Answer, sentences: Sentences) -> list[str]:
    """Return where a running month is expected to end, and what the target needs."""
    landing = target.landing
    if landing is None:
        return []
    low, high, value = (
        sentences.formats.brief(number, answer.unit, answer.currency)
        for number in (landing.low, landing.high, landing.expected)
    )
    said = sentences.say("{expected} (80% range {low} to {high})").format(
        expected=_expected(landing, sentences).format(value=value), low=low, high=high
    )
    if target.reached:
        return [said]
    return [f"{said}, {_chance(landing, answer, sentences)}", *_needed(target, answer, sentences)]


def _expected(landing: Landing, sentences: Sentences) -> str:
    """Return the words before an expected end; a plain rate is called one."""
    say = sentences.say
    return say("at the rate so far {value}") if landing.is_plain else say("expected {value}")


def _days(landing: Landing, target: TargetResult, sentences: Sentences) -> str:
    """Return how many days of a month are over: "14 of 20 working days, 2 missing"."""
    start, end = target.period.bounds()
    is_calendar = landing.days == (end - start).days
    text = (
        sentences.say("{done} of {days} days")
        if is_calendar
        else sentences.say("{done} of {days} working days")
    )
    said = text.format(done=landing.days_done + landing.days_missing, days=landing.days)
    if landing.days_missing:
        without = sentences.say("{count} missing").format(count=landing.days_missing)
        said = f"{said}, {without}"
    return said


def _needed(target: TargetResult, answer: Answer, sentences: Sentences) -> list[str]:
    """Return what each remaining day must bring, or may, beside the last ten where that isn't enough."""
    landing = target.landing
    if landing is None or landing.needed is None or target.reached or answer.direction == "neutral":
        return []
    needed, recent = _a_day(landing.needed, answer, sentences), landing.recent
    if answer.direction == "down":
        text, is_behind = sentences.say("room for {needed} a working day"), (recent or 0) > landing.needed
    else:
        text, is_behind = sentences.say("needs {needed} a working day"), (recent or 0) < landing.needed
    said = text.format(needed=needed)
    if recent is not None and is_behind:
        said = sentences.say("{needed}, lately {recent}").format(
            needed=said, recent=_a_day(recent, answer, sentences)
        )
    return [said]


def _a_day(value: float, answer: Answer, sentences: Sentences) -> str:
    if answer.unit == "count" and abs(value) < _WITH_TENTHS:
        tenths = round(value, 1)
        return sentences.formats.number(tenths, 0 if tenths.is_integer() else 1)
    return sentences.formats.brief(value, answer.unit, answer.currency)


def _of_month(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return the month's own result and target: "November so far: €286,042 of the target of €351,500"."""
    result, value = (
        sentences.formats.value(amount, answer.unit, answer.currency)
        for amount in (target.result, target.value)
    )
    line = sentences.say("{month}: {result}, target {value}")
    if target.attainment is not None:
        line = sentences.say("{month}: {result} of the target of {value} ({share})")
    month = "{period}" if target.is_complete else sentences.say("{period} so far")
    return line.format(
        month=month.format(period=sentences.period(target.period)),
        result=sentences.value(answer.figure, answer) if target.result is None else result,
        value=value,
        share=sentences.formats.number(100 * (target.attainment or 0)) + "%",
    )


def _state(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    if target.result is None:
        return sentences.say("too young to judge") if is_young(answer.figure) else sentences.say("no data")
    say, reached = sentences.say, target.reached
    shown = sentences.formats.value(target.result, answer.unit, answer.currency)
    if target.attainment is not None:
        shown = sentences.formats.number(100 * target.attainment) + "%"
    if reached is None:
        return say("{result} so far").format(result=shown)
    return f"{shown}, {say('reached') if reached else say('not reached')}"
