"""A comparison in words: with what, by how much, and whether that is better."""

from __future__ import annotations

from bot.render.formats import NO_VALUE
from bot.render.sentences import Sentences, is_few
from kpi_engine.domain.answer import Answer, Comparison, Verdict
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.query import Baseline

UNCHANGING = (Verdict.NO_DATA, Verdict.NOT_COMPARABLE)
"""Verdicts that tell of no change."""


def short_baseline(comparison: Comparison, sentences: Sentences) -> str:
    """Return with what is compared, without its dates."""
    if comparison.team:
        return _baseline(comparison, sentences)
    match comparison.to:
        case Baseline.PREVIOUS:
            return sentences.say("vs previous")
        case Baseline.LAST_YEAR:
            return sentences.say("vs last year")
        case _:
            return sentences.say("vs {period}").format(period=_compared(comparison, sentences))


def change(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    """Return the change with its verdict: "+6% (better)" or "no clear change (+3.4 points)"."""
    amount = _amount(comparison, answer.unit, answer.currency, sentences)
    words = {
        Verdict.NO_DATA: sentences.say("nothing to compare with"),
        Verdict.NOT_COMPARABLE: sentences.say("not comparable"),
        Verdict.NEW: sentences.say("new: it was {value}"),
        Verdict.SAME: sentences.say("unchanged"),
        Verdict.NO_CLEAR_CHANGE: sentences.say("no clear change ({change})"),
        Verdict.FROM_LOSS_TO_PROFIT: sentences.say("from loss to profit ({change})"),
        Verdict.FROM_PROFIT_TO_LOSS: sentences.say("from profit to loss ({change})"),
    }
    sentence = words.get(comparison.verdict, f"{{change}} ({_judged(comparison, sentences)})")
    if comparison.team:
        sentence = _beside_team(comparison, sentences)
    return sentence.format(change=amount, value=sentences.value(comparison.figure, answer))


def short_change(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    """Return the change for a table's cell: by how much."""
    if comparison.verdict is Verdict.SAME:
        return sentences.say("unchanged")
    return _amount(comparison, answer.unit, answer.currency, sentences)


def brief_change(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    """Return the change with its verdict in fewer words: "+6% better"."""
    if comparison.verdict not in (Verdict.UP, Verdict.DOWN) or comparison.good is None:
        return change(comparison, answer, sentences)
    amount = _amount(comparison, answer.unit, answer.currency, sentences)
    return f"{amount} {sentences.say('better') if comparison.good else sentences.say('worse')}"


def full_comparison(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    """Return a comparison in full: with what, the value then, and the change."""
    base = sentences.value(comparison.figure, answer)
    if comparison.team and comparison.team.average is not None:
        average = sentences.formats.value(comparison.team.average, answer.unit, answer.currency)
        members = sentences.formats.number(comparison.team.members)
        base = sentences.say("{total} in total, {average} on average for each of {members} members").format(
            total=base, average=average, members=members
        )
    line = f"{_baseline(comparison, sentences)}: {base}"
    if comparison.verdict is Verdict.NO_DATA or _says_nothing(comparison, answer):
        return line
    return f"{line}, {change(comparison, answer, sentences)}"


def _baseline(comparison: Comparison, sentences: Sentences) -> str:
    """Return with what is compared: "vs June 2026"."""
    if comparison.team:
        return sentences.say("vs team {name}").format(name=comparison.team.name)
    name = _compared(comparison, sentences)
    if comparison.like_for_like is not None:
        days = sentences.formats.window(comparison.window)
        name = days if days != NO_VALUE else name
    if comparison.to is Baseline.PREVIOUS:
        return sentences.say("vs previous ({period})").format(period=name)
    if comparison.to is Baseline.LAST_YEAR:
        return sentences.say("vs last year ({period})").format(period=name)
    return sentences.say("vs {period}").format(period=name)


def _compared(comparison: Comparison, sentences: Sentences) -> str:
    """Return the name of the period; one that is itself still running says how far it is read."""
    is_whole = comparison.like_for_like is not None
    return sentences.period(comparison.period, None if is_whole else comparison.window)


def _says_nothing(comparison: Comparison, answer: Answer) -> bool:
    return is_few(comparison.figure, answer.unit) or is_few(answer.figure, answer.unit)


def _amount(comparison: Comparison, unit: Unit, currency: str | None, sentences: Sentences) -> str:
    """Return by how much: in percent where that makes sense, of a share in points."""
    if comparison.change is None or is_few(comparison.figure, unit):
        return NO_VALUE
    if comparison.change_pct is not None:
        return sentences.formats.percent_change(comparison.change_pct)
    amount = sentences.formats.absolute_change(comparison.change, unit, currency)
    return sentences.say("{change} points").format(change=amount) if unit in ("share", "score") else amount


def _beside_team(comparison: Comparison, sentences: Sentences) -> str:
    """Return how a rep's figure lies beside the team's, or beside its average."""
    match comparison.verdict, comparison.good:
        case Verdict.SAME, _:
            return sentences.say("the same")
        case Verdict.NO_CLEAR_CHANGE, _:
            return sentences.say("no clear difference ({change})")
        case Verdict.NO_DATA, _:
            return sentences.say("nothing to compare with")
        case _, None:
            return "{change}"
        case _, True:
            return sentences.say("{change} (better)")
    return sentences.say("{change} (worse)")


def _judged(comparison: Comparison, sentences: Sentences) -> str:
    if comparison.good is None:
        return sentences.say("up") if comparison.verdict is Verdict.UP else sentences.say("down")
    if comparison.verdict is Verdict.UP:
        return sentences.say("up, better") if comparison.good else sentences.say("up, worse")
    return sentences.say("down, better") if comparison.good else sentences.say("down, worse")
