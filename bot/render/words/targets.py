"""A target in words: what it is, and how far the result is from it."""

from __future__ import annotations

from bot.render.formats import NO_VALUE
from bot.render.sentences import Sentences
from kpi_engine.domain.answer import Answer, TargetResult


def full_target(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return how far the result is from its target: "target €300,000 for November 2026: 71% so far".

    Beside a week, whose target is its month's, the month's own result stands with it.
    """
    if target.period != answer.period:
        return _of_month(target, answer, sentences)
    value = sentences.formats.value(target.value, answer.unit, answer.currency)
    line = sentences.say("target {value} for {period}").format(
        value=value, period=sentences.period(target.period)
    )
    state = _state(target, answer, sentences)
    return f"{line}: {state}" if state else line


def brief_target(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    """Return the same without the target's period, where that is the answer's own."""
    line = sentences.say("target {value}").format(
        value=sentences.formats.value(target.value, answer.unit, answer.currency)
    )
    state = _state(target, answer, sentences)
    return f"{line}: {state}" if state else line


def short_target(target: TargetResult, sentences: Sentences) -> str:
    """Return the attainment for a table's cell."""
    if target.attainment is not None:
        return sentences.formats.number(100 * target.attainment) + "%"
    if target.reached is None:
        return NO_VALUE
    return sentences.say("reached") if target.reached else sentences.say("not reached")


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
        result=sentences.say("no data") if target.result is None else result,
        value=value,
        share=sentences.formats.number(100 * (target.attainment or 0)) + "%",
    )


def _state(target: TargetResult, answer: Answer, sentences: Sentences) -> str:
    if target.result is None:
        return sentences.say("no data")
    say = sentences.say
    reached = {True: say("reached"), False: say("not reached"), None: say("so far")}
    if target.attainment is not None:
        share = sentences.formats.number(100 * target.attainment) + "%"
        return (
            f"{share}, {reached[target.reached]}"
            if target.reached is not None
            else f"{share} {reached[None]}"
        )
    result = sentences.formats.value(target.result, answer.unit, answer.currency)
    return f"{result}, {reached[target.reached]}"


def pace_line(answer: Answer, sentences: Sentences) -> str | None:
    """Return where a running target is going."""
    return None
