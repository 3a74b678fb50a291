"""A comparison in words: with what, by how much, and whether that is better."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor

from bot.render.formats import NO_VALUE, Formats
from bot.render.sentences import Sentences, is_few, is_young
from kpi_engine.domain.answer import Anomaly, Answer, Comparison, Verdict
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


def verdict_words(answer: Answer, sentences: Sentences, *, brief: bool = False) -> str:
    """Return the one word of an answer, with what it rests on.

    "Clearly above the usual €82,000 to €194,000", or "down vs last year"; empty where nothing was judged.
    In brief a figure inside its range has the range alone: "usual €82k to €194k".
    """
    if answer.basis == "range" and answer.anomaly is not None:
        written = sentences.formats.brief if brief else sentences.formats.value
        low, high = (
            written(bound, answer.unit, answer.currency)
            for bound in shown_range(answer.anomaly.low, answer.anomaly.high, answer.unit)
        )
        if brief and answer.verdict is Verdict.NO_CLEAR_CHANGE:
            return sentences.say("usual {low} to {high}").format(low=low, high=high)
        if low == high and answer.verdict is Verdict.NO_CLEAR_CHANGE:  # such as new customers where none come
            return sentences.say("as usual")
        words = {
            Verdict.CLEARLY_UP: sentences.say("clearly above the usual {low} to {high}"),
            Verdict.UP: sentences.say("above the usual {low} to {high}"),
            Verdict.LEANING_UP: sentences.say("at the high end of the usual {low} to {high}"),
            Verdict.NO_CLEAR_CHANGE: sentences.say("inside the usual {low} to {high}"),
            Verdict.LEANING_DOWN: sentences.say("at the low end of the usual {low} to {high}"),
            Verdict.DOWN: sentences.say("below the usual {low} to {high}"),
            Verdict.CLEARLY_DOWN: sentences.say("clearly below the usual {low} to {high}"),
        }
        return words.get(answer.verdict, "").format(low=low, high=high)
    if answer.verdict is Verdict.NOT_COMPARABLE:
        return sentences.say("not comparable")
    judged = answer.judged_comparison
    if judged is None:
        return ""
    word = judged_word(judged, answer, sentences)
    return f"{word} {short_baseline(judged, sentences)}"


def shown_range(low: float, high: float, unit: Unit) -> tuple[float, float]:
    """Return a usual range as it is said and drawn: of a count, the least and the most whole number in it."""
    least, most = ceil(low), floor(high)
    return (least, most) if unit == "count" and least <= most else (low, high)


def brief_range(
    value: float | None, found: Anomaly, unit: Unit, currency: str | None, formats: Formats
) -> tuple[str, str, str]:
    """Return a value and its usual range with few digits: "€103k", "€86.3k" and "€202k".

    With all of their digits where a value outside would look like the end of its range.
    """
    low, high = shown_range(found.low, found.high, unit)
    brief, low_text, high_text = (formats.brief(number, unit, currency) for number in (value, low, high))
    if found.is_anomaly and brief in (low_text, high_text):
        brief, low_text, high_text = (formats.value(number, unit, currency) for number in (value, low, high))
    return brief, low_text, high_text


def verdict_names(sentences: Sentences) -> Mapping[str, str]:
    """Return the word of every verdict in this language, by its name."""
    words = _words(sentences) | {Verdict.NOT_JUDGED: "", Verdict.NO_DATA: ""}
    return {str(verdict): word for verdict, word in words.items()}


def judged_word(comparison: Comparison, answer: Answer, sentences: Sentences) -> str:
    """Return the verdict of a comparison in words; empty where it wasn't judged.

    Of what is better lower, it says whether a change is better. A verdict beside the season says how the
    figure lies, not how it moved: a fall by less than every year is high for the season.
    """
    say = sentences.say
    words = _words(sentences) | (_seasonal_words(comparison, sentences) if comparison.is_seasonal else {})
    word = words.get(comparison.verdict, "")
    if answer.direction != "down" or comparison.good is None:
        return word
    return f"{word} ({say('better') if comparison.good else say('worse')})"


def _seasonal_words(comparison: Comparison, sentences: Sentences) -> dict[Verdict, str]:
    say = sentences.say
    words = {
        Verdict.CLEARLY_UP: say("clearly high for the season"),
        Verdict.UP: say("high for the season"),
        Verdict.LEANING_UP: say("perhaps high for the season"),
        Verdict.LEANING_DOWN: say("perhaps low for the season"),
        Verdict.DOWN: say("low for the season"),
        Verdict.CLEARLY_DOWN: say("clearly low for the season"),
    }
    return words | ({Verdict.NO_CLEAR_CHANGE: say("usual for the season")} if comparison.is_usual else {})


def _degrees(sentences: Sentences) -> dict[Verdict, str]:
    say = sentences.say
    return {
        Verdict.CLEARLY_UP: say("clearly up"),
        Verdict.UP: say("up"),
        Verdict.LEANING_UP: say("perhaps up"),
        Verdict.NO_CLEAR_CHANGE: say("no clear change"),
        Verdict.LEANING_DOWN: say("perhaps down"),
        Verdict.DOWN: say("down"),
        Verdict.CLEARLY_DOWN: say("clearly down"),
    }


def _words(sentences: Sentences) -> dict[Verdict, str]:
    say = sentences.say
    return _degrees(sentences) | {
        Verdict.SAME: say("unchanged"),
        Verdict.TOO_FEW: say("too few to say"),
        Verdict.NEW: say("new"),
        Verdict.FROM_LOSS_TO_PROFIT: say("from loss to profit"),
        Verdict.FROM_PROFIT_TO_LOSS: say("from profit to loss"),
        Verdict.NOT_COMPARABLE: say("not comparable"),
        Verdict.NO_DATA: say("nothing to compare with"),
    }


def change(comparison: Comparison, answer: Answer, sentences: Sentences, *, is_worded: bool = True) -> str:
    """Return the change with its verdict: "+6%, clearly up"; without `is_worded` the change alone."""
    amount = _amount(comparison, answer.unit, answer.currency, sentences)
    if comparison.team:
        return _beside_team(comparison, sentences).format(change=amount)
    base = sentences.value(comparison.figure, answer)
    word = judged_word(comparison, answer, sentences)
    match comparison.verdict:
        case Verdict.NO_DATA | Verdict.NOT_COMPARABLE | Verdict.SAME:
            return word
        case Verdict.NEW:
            return sentences.say("new: it was {value}").format(value=base)
        case Verdict.TOO_FEW if comparison.needed and is_worded:
            few = sentences.say("{change}, too few to say (it takes about {needed})")
            return few.format(change=amount, needed=sentences.formats.number(comparison.needed))
    is_told = comparison.change == 0 and comparison.verdict is Verdict.NO_CLEAR_CHANGE
    return f"{amount}, {word}" if word and is_worded and not is_told else amount


def short_change(
    comparison: Comparison, answer: Answer, sentences: Sentences, *, is_worded: bool = True
) -> str:
    """Return the change for a table's cell, where it was judged with a short word: "+6% up"."""
    say = sentences.say
    words = _degrees(sentences) | {Verdict.TOO_FEW: say("too few"), Verdict.NEW: say("new")}
    words |= _seasonal_words(comparison, sentences) if comparison.is_seasonal else {}
    amount = _amount(comparison, answer.unit, answer.currency, sentences)
    word = words.get(comparison.verdict, "") if is_worded else ""
    match comparison.verdict:
        case Verdict.SAME:
            return say("unchanged")
        case Verdict.NOT_COMPARABLE:
            return say("not comparable")
        case _ if is_few(comparison.figure, answer.unit):
            return amount
        case Verdict.NEW if is_worded:
            return word
    return f"{amount} {word}" if word else amount


def brief_change(
    comparison: Comparison, answer: Answer, sentences: Sentences, *, is_worded: bool = True
) -> str:
    """Return the change with its verdict in fewer words: "+6% up"."""
    if comparison.team or not comparison.verdict.is_judged:
        return change(comparison, answer, sentences, is_worded=is_worded)
    return short_change(comparison, answer, sentences, is_worded=is_worded)


def full_comparison(
    comparison: Comparison, answer: Answer, sentences: Sentences, *, is_worded: bool = True
) -> str:
    """Return a comparison in full: with what, the value then, and the change.

    The change has its verdict with `is_worded`.
    """
    base = sentences.value(comparison.figure, answer)
    if comparison.team and comparison.team.average is not None:
        average = sentences.formats.value(comparison.team.average, answer.unit, answer.currency)
        members = sentences.formats.number(comparison.team.members)
        base = sentences.say("{total} in total, {average} on average for each of {members} members").format(
            total=base, average=average, members=members
        )
    if is_young(answer.figure) and comparison.figure.value is not None:
        base = sentences.say("{value} in the end").format(value=base)
    line = f"{_baseline(comparison, sentences)}: {base}"
    if comparison.verdict is Verdict.NO_DATA or _says_nothing(comparison, answer):
        return line
    return f"{line}, {change(comparison, answer, sentences, is_worded=is_worded)}"


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
    if comparison.change == 0:
        return sentences.say("unchanged")
    if comparison.change_pct is not None:
        return sentences.formats.percent_change(comparison.change_pct)
    amount = sentences.formats.absolute_change(comparison.change, unit, currency)
    return sentences.say("{change} points").format(change=amount) if unit in ("share", "score") else amount


def _beside_team(comparison: Comparison, sentences: Sentences) -> str:
    """Return how a rep's figure lies beside the team's, or beside its average."""
    unclear = sentences.say("no clear difference ({change})")
    words = {
        Verdict.SAME: sentences.say("the same"),
        Verdict.NO_CLEAR_CHANGE: unclear,
        Verdict.LEANING_UP: unclear,
        Verdict.LEANING_DOWN: unclear,
        Verdict.TOO_FEW: sentences.say("too few to say ({change})"),
        Verdict.NO_DATA: sentences.say("nothing to compare with"),
    }
    if comparison.verdict in words:
        return words[comparison.verdict]
    if comparison.good is None:
        return "{change}"
    return sentences.say("{change} (better)") if comparison.good else sentences.say("{change} (worse)")
