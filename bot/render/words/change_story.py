"""Why a figure changed in sentences that can be repeated: the season, missing days, then what leads it."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Literal

from bot.render.sentences import Sentences
from bot.render.words.missing import what_is_missing, year_of
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.explanation import Breakdown, ChangePart, Explanation, SameMix, is_clear
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import Grain

Direction = Literal["up", "down"]

_LONGEST_MONTH = 31
_MOST = 2 / 3
"""The part of a member's change that is told as its pieces, or as what a piece brings."""


def story(explanation: Explanation, sentences: Sentences, asked: Direction | None = None) -> list[str]:
    """Return why the figure changed, the most important sentence first; `asked` is a direction asked about.

    Without a clear change, or with missing days, that alone is said.
    """
    if explanation.missing:
        return [_missing(explanation, sentences)]
    heard = _heard(explanation, sentences, asked)
    season = _seasonal(explanation, sentences)
    if not explanation.is_clear:
        is_told = season and explanation.comparison.is_seasonal  # else last year's change is as little clear
        return [*heard, *([season] if season and is_told else []), _nothing(explanation, sentences)]
    told = [
        season,
        _mixed(explanation, sentences),
        _driven(explanation, sentences),
        _alike(explanation, sentences),
    ]
    return [*heard, *(entry for entry in told if entry)]


def driver_sentence(explanation: Explanation, sentences: Sentences) -> str | None:
    """Return in one sentence what drives a change that was told just before; None without a clear driver.

    For example "Brussel: 60% of it (−40%; all others together −5%), fewer pieces."
    """
    if not explanation.is_clear:
        return None
    if explanation.mix_driver:
        return _mixed(explanation, sentences)
    first = explanation.driver
    if first is None or not first.leaders:
        return None
    return _led(first, explanation, sentences, is_short=True)


def direction(explanation: Explanation) -> Direction | None:
    """Return the direction of a clear change, None where nothing clearly changed."""
    if not is_clear(explanation.comparison.verdict) or not explanation.comparison.change:
        return None
    return "up" if explanation.comparison.change > 0 else "down"


def inside(title: str) -> str:
    """Return a title as it stands inside a sentence: "New leads" as "new leads", but not "CAC"."""
    return title[:1].lower() + title[1:] if title[1:] == title[1:].lower() else title


# nothing to tell


def _missing(explanation: Explanation, sentences: Sentences) -> str:
    window, missing = explanation.answer.window, explanation.missing
    told = sentences.say("Incomplete: {what}. There is nothing to explain until they arrive.")
    if not any(window.holds(day) for entry in missing for day in entry.days):
        told = sentences.say(
            "What it is compared with is incomplete: {what}. There is nothing to explain until they arrive."
        )
    what = (what_is_missing(entry, sentences, year_of(window)) for entry in missing)
    return told.format(what="; ".join(dict.fromkeys(what)))


def _nothing(explanation: Explanation, sentences: Sentences) -> str:
    match explanation.comparison.verdict:
        case Verdict.SAME:
            told = sentences.say("Nothing to explain: {metric} stayed the same.")
        case Verdict.TOO_FEW:
            told = sentences.say("Nothing to explain: there is too little to say whether {metric} changed.")
        case _ if explanation.comparison.is_seasonal and explanation.seasonal:
            told = sentences.say("Nothing else to explain: beyond the season there is no clear change.")
        case _ if explanation.comparison.is_usual:
            told = sentences.say("Nothing to explain: {metric} changes like this every year ({change}).")
        case _:
            told = sentences.say("Nothing to explain: no clear change in {metric} ({change}).")
    return told.format(metric=_metric(explanation, sentences), change=_change(explanation, sentences))


def _heard(explanation: Explanation, sentences: Sentences, asked: Direction | None) -> list[str]:
    """Return that the figure didn't go where the question says it went."""
    found = direction(explanation)
    if asked is None or found == asked:
        return []
    texts = {
        ("down", "up"): sentences.say("{metric} went up, not down ({change})."),
        ("up", "down"): sentences.say("{metric} went down, not up ({change})."),
        ("down", None): sentences.say("{metric} didn't clearly go down."),
        ("up", None): sentences.say("{metric} didn't clearly go up."),
    }
    metric = sentences.metric(explanation.answer.metric)
    return [texts[asked, found].format(metric=metric, change=_change(explanation, sentences))]


# season


def _seasonal(explanation: Explanation, sentences: Sentences) -> str | None:
    found = explanation.seasonal
    if found is None:
        return None
    say, start = sentences.say, explanation.answer.period.start
    is_all = abs(found.part) >= abs(found.whole)
    is_monthly = explanation.answer.period.grain is Grain.MONTH and _is_one_month(explanation)
    if found.years > 1 and is_monthly:
        told = (
            say("All of the {whole} {noun} in {metric} comes every {month}.")
            if is_all
            else say("{part} of the {whole} {noun} in {metric} come every {month}.")
        )
    elif found.years > 1:
        told = (
            say("All of the {whole} {noun} in {metric} came at this time of each earlier year too.")
            if is_all
            else say("{part} of the {whole} {noun} in {metric} came at this time of each earlier year too.")
        )
    else:
        told = (
            say("All of the {whole} {noun} in {metric} came a year earlier too.")
            if is_all
            else say("{part} of the {whole} {noun} in {metric} came a year earlier too.")
        )
    part, whole = _part_of_whole(found.part, found.whole, explanation, sentences, is_pct=found.is_relative)
    return told.format(
        part=part,
        whole=whole,
        noun=_noun(found.whole, sentences),
        metric=_metric(explanation, sentences),
        month=sentences.formats.month_name(start) if start else "",
    )


def _is_one_month(explanation: Explanation) -> bool:
    start, end = explanation.answer.period.start, explanation.answer.period.end
    return start is not None and end is not None and (end - start).days <= _LONGEST_MONTH


def _part_of_whole(
    part: float, whole: float, explanation: Explanation, sentences: Sentences, *, is_pct: bool
) -> tuple[str, str]:
    """Return both without their sign, in the same number of decimals: "29" and "45%"."""
    formats, answer = sentences.formats, explanation.answer
    if is_pct:
        decimals = 0 if abs(whole) >= 0.0995 else 1  # noqa: PLR2004 - shown as ten percent
        return formats.number(100 * abs(part), decimals), _unsigned(formats.percent_change(abs(whole)))
    shown = [
        _unsigned(formats.absolute_change(abs(value), answer.unit, answer.currency))
        for value in (part, whole)
    ]
    points = sentences.say("{change} points")
    is_points = answer.unit in ("share", "score")
    return shown[0], points.format(change=shown[1]) if is_points else shown[1]


# what leads it


def _mixed(explanation: Explanation, sentences: Sentences) -> str | None:
    """Return what a rate would have done with the same mix, and where the mix moved."""
    first = explanation.mix_driver
    if first is None or first.same_mix is None:
        return None
    found, say = first.same_mix, sentences.say
    points = _points(found, explanation.answer.unit, sentences)
    if found.low <= 0 <= found.high:
        told = say("With the same mix {metric} would have stayed about the same ({low} to {high} points)")
    elif found.rate > 0:
        told = say("With the same mix {metric} would have risen {rate} points ({low} to {high})")
    else:
        told = say("With the same mix {metric} would have fallen {rate} points ({low} to {high})")
    member, has_grown = _where(first, found)
    moved = (
        say("the mix moved to {member}, {mix}")
        if has_grown
        else say("the mix moved away from {member}, {mix}")
    )
    mix = sentences.formats.absolute_change(found.mix, explanation.answer.unit, None)
    head = told.format(metric=_metric(explanation, sentences), **points)
    return f"{head}; {moved.format(member=sentences.label(member), mix=mix)}."


def _points(found: SameMix, unit: Unit, sentences: Sentences) -> dict[str, str]:
    """Return rate and interval; of a clear fall without their signs, the smaller end first."""
    is_clear = not found.low <= 0 <= found.high
    low, high = (found.low, found.high) if found.rate > 0 or not is_clear else (-found.high, -found.low)
    values = {"rate": abs(found.rate), "low": low, "high": high}
    shown = {name: sentences.formats.absolute_change(value, unit, None) for name, value in values.items()}
    return {name: _unsigned(text) if is_clear else text for name, text in shown.items()}


def _where(breakdown: Breakdown, found: SameMix) -> tuple[str | None, bool]:
    """Return the member to which a mix moved, else the one that it moved away from."""
    sign = -1.0 if found.mix < 0 else 1.0
    ordered = sorted(breakdown.parts, key=lambda entry: -sign * (entry.mix or 0.0))
    sizes = [fsum(_weight(entry, side) for entry in breakdown.parts) for side in ("now", "before")]
    grown = [
        entry
        for entry in ordered
        if _weight(entry, "now") / (sizes[0] or 1) > _weight(entry, "before") / (sizes[1] or 1)
    ]
    leads = [entry for entry in grown if sign * (entry.mix or 0.0) > 0]
    return (leads[0].label, True) if leads else (ordered[0].label, False)


def _weight(entry: ChangePart, side: Literal["now", "before"]) -> float:
    return (entry.figure if side == "now" else entry.base).denominator or 0.0


def _driven(explanation: Explanation, sentences: Sentences) -> str | None:
    first = explanation.driver
    if first is None or not first.leaders:
        return None
    return _led(first, explanation, sentences, is_short=False)


def _led(first: Breakdown, explanation: Explanation, sentences: Sentences, *, is_short: bool) -> str:
    """Return what the leading members make of a change, and how they and all others changed."""
    say, leaders = sentences.say, first.leaders
    others = [entry for entry in first.parts if entry not in leaders]
    change = explanation.comparison.change or first.total
    share = fsum(entry.part if entry.rate is None else entry.rate for entry in leaders) / change
    detail = say("({own}; all others together {others})").format(
        own=_moved(leaders, explanation, sentences), others=_moved(others, explanation, sentences)
    )
    told = say("{members}: {share} of it {detail}.")
    if not is_short:
        told = say("{members}: {share} of the {noun} in {metric} {detail}.")
    return told.format(
        members=", ".join(sentences.label(entry.label) for entry in leaders),
        share=say("more than all")
        if share > 1
        else _unsigned(sentences.formats.percent_change(round(share, 2))),
        noun=_noun(change, sentences),
        metric=_metric(explanation, sentences),
        detail=detail + _of_pieces(leaders, change, sentences),
    )


def _moved(parts: Sequence[ChangePart], explanation: Explanation, sentences: Sentences) -> str:
    """Return how members changed together: in percent, of a ratio from what to what, else their part."""
    answer, formats = explanation.answer, sentences.formats
    if any(entry.figure.denominator is not None for entry in parts):
        before, now = (
            _together([entry.base for entry in parts]),
            _together([entry.figure for entry in parts]),
        )
        if before is not None and now is not None:
            scale = 100 if answer.unit == "score" else 1
            shown = [formats.value(scale * value, answer.unit, answer.currency) for value in (before, now)]
            return sentences.say("from {before} to {now}").format(before=shown[0], now=shown[1])
    base = fsum(entry.base.value or 0.0 for entry in parts)
    change = fsum(entry.part for entry in parts)
    if explanation.comparison.change_pct is not None and base > 0:
        return formats.percent_change(change / base)
    return formats.absolute_change(change, answer.unit, answer.currency)


def _together(figures: Sequence[Figure]) -> float | None:
    below = fsum(figure.denominator or 0.0 for figure in figures)
    return fsum(figure.numerator or 0.0 for figure in figures) / below if below else None


def _of_pieces(parts: Sequence[ChangePart], change: float, sentences: Sentences) -> str:
    """Return whether pieces or what each of them brings made a change in value; empty where neither did."""
    now, before = (
        fsum(count or 0.0 for count in counts)
        for counts in (
            [entry.pieces for entry in parts],
            [entry.pieces_before for entry in parts],
        )
    )
    values = [fsum(figure.value or 0.0 for figure in side) for side in _sides(parts)]
    if not now or not before:
        return ""
    prices = (values[0] / now, values[1] / before)
    moved = values[0] - values[1]
    volume = (now - before) * sum(prices) / 2
    say = sentences.say
    if moved * change <= 0 or not moved:
        return ""
    if volume / moved >= _MOST:
        return ", " + (say("more pieces") if moved > 0 else say("fewer pieces"))
    if 1 - volume / moved >= _MOST:
        return ", " + (say("more for each piece") if moved > 0 else say("less for each piece"))
    return ""


def _sides(parts: Sequence[ChangePart]) -> tuple[list[Figure], list[Figure]]:
    return [entry.figure for entry in parts], [entry.base for entry in parts]


def _alike(explanation: Explanation, sentences: Sentences) -> str | None:
    """Return that all members changed alike, by every dimension that could tell."""
    if explanation.driver or explanation.mix_driver:
        return None
    alike = [entry.dimension for entry in explanation.breakdowns if entry.spread == "alike"]
    if not alike:
        return None
    told = sentences.say("Everywhere alike: no {dimensions} stands out in the {noun}.")
    return told.format(
        dimensions=", ".join(inside(sentences.dimension(name)) for name in alike),
        noun=_noun(explanation.comparison.change or 0.0, sentences),
    )


# words


def _metric(explanation: Explanation, sentences: Sentences) -> str:
    return inside(sentences.metric(explanation.answer.metric))


def _noun(change: float, sentences: Sentences) -> str:
    return sentences.say("fall") if change < 0 else sentences.say("rise")


def _change(explanation: Explanation, sentences: Sentences) -> str:
    comparison, answer = explanation.comparison, explanation.answer
    if comparison.change_pct is not None:
        return sentences.formats.percent_change(comparison.change_pct)
    amount = sentences.formats.absolute_change(comparison.change or 0.0, answer.unit, answer.currency)
    is_points = answer.unit in ("share", "score")
    return sentences.say("{change} points").format(change=amount) if is_points else amount


def _unsigned(text: str) -> str:
    return text.lstrip("+−")
