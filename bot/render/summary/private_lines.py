"""The lines that only one reader gets: shortfalls, customers to call, and what went well."""

from __future__ import annotations

from collections.abc import Iterator

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences
from bot.render.summary import selection
from kpi_engine.domain.periods import add_months
from kpi_engine.domain.summary import Candidate, Progress, SoldLess, Summary

_UNCHANGED = 0.05
"""Prices that changed the value by a smaller part count as unchanged."""
_NAME_LENGTH = 40
_NAMED = 4
"""So many people's shortfalls are told in a week's post; the others are counted."""
_DAYS_AFTER = 7
"""How long after its end a month is told to have gone well."""


def shortfall_words(entry: Candidate, sentences: Sentences, *, with_reason: bool = True) -> str:
    """Return a person's shortfall: "October €10.0k, 37% of the target (€26.9k); September 59%. ..."."""
    answer, say = entry.answer, sentences.say
    month = answer.period.start
    brief, names = sentences.formats.brief, sentences.formats.month_name
    value = entry.figure.value or 0.0
    target = value - entry.effect
    said = say("{month} {value}, {share} of the target ({target})").format(
        month=names(month) if month else "",
        value=brief(value, answer.unit, answer.currency),
        share=_percent(value / target if target else 0.0, sentences),
        target=brief(target, answer.unit, answer.currency),
    )
    if entry.before is not None and month:
        said += say("; {month} {share}").format(
            month=names(add_months(month, -1)), share=_percent(entry.before, sentences)
        )
    if entry.reason is None or not with_reason:
        return said
    return say("{said}. Two months under 60%: {reason}").format(
        said=said, reason=reason_words(entry.reason, sentences)
    )


def reason_words(reason: SoldLess, sentences: Sentences) -> str:
    """Return why somebody sells less: the largest part of the change first, then what prices did."""
    sold, say = reason.sold, sentences.say
    first = reason.against.bounds()[0]
    months = say(" and ").join(sentences.formats.month_name(day) for day in (first, add_months(first, 1)))
    counts = {
        "now": sentences.formats.number(sold.pieces),
        "then": sentences.formats.number(sold.pieces_before),
        "months": months,
    }
    parts = {"volume": sold.volume, "price": sold.price, "mix": sold.mix + sold.other}
    worst = min(parts, key=lambda name: parts[name])
    text = {
        "volume": say("fewer pieces ({now} against {then} in {months})"),
        "mix": say("cheaper products than in {months} (pieces {now} against {then})"),
        "price": say("lower prices than in {months} (pieces {now} against {then})"),
    }[worst]
    prices = "" if worst == "price" else f", {_prices(reason, sentences)}"
    return text.format(**counts) + prices


def shortfalls(summary: Summary, sentences: Sentences) -> Iterator[Line]:
    """Yield a line for each person far below target for two months; to the person, without the name."""
    found = summary.shortfalls
    for entry in found[:_NAMED]:
        metric = sentences.metric(entry.subject.metric)
        if summary.spec.audience == "rep":
            yield (Bold(sentences.say("Behind:")), f" {metric.lower()}, {shortfall_words(entry, sentences)}")
            continue
        said = shortfall_words(entry, sentences, with_reason=len(found) == 1)
        yield (Bold(person_name(entry, sentences)), f" {metric.lower()}, {said}")
    rest = len(found) - _NAMED
    if rest > 0:
        text = sentences.say("{count} others were under 60% of the target for two months")
        yield (text.format(count=sentences.formats.number(rest)),)


def person_name(entry: Candidate, sentences: Sentences) -> str:
    """Return the name of the person whom a candidate is about, shortened."""
    return _short(sentences.label(entry.subject.member.label if entry.subject.member else None))


def calls(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the customers to call: "Call Bakkerij Janssens (€3.2k in 12 months, last order in May), ..."."""
    if not summary.calls:
        return None
    formats, say = sentences.formats, sentences.say
    named = []
    for place, entry in enumerate(summary.calls):
        text = say("{name} ({value} in 12 months, last order in {month})")
        if place:
            text = say("{name} ({value}, {month})")
        named.append(
            text.format(
                name=_short(sentences.label(entry.customer.label)),
                value=formats.brief_money(entry.value, entry.currency or ""),
                month=formats.month_name(entry.last.bounds()[0]),
            )
        )
    said = say("{names}: nothing for {days} days or more").format(
        names=", ".join(named), days=formats.number(summary.silent_days)
    )
    return (Bold(say("Call")), f" {said}")


def win(summary: Summary, sentences: Sentences) -> Line | None:
    """Return one thing that went well for the reader: a target reached, a record week, or a best month."""
    said = _target_reached(summary, sentences) or _record(summary, sentences) or _month(summary, sentences)
    return (Bold(sentences.say("Went well")), f" {said}") if said else None


def _target_reached(summary: Summary, sentences: Sentences) -> str:
    reached = next((entry for entry in summary.people if entry.attainment >= 1), None)
    return _of_month(reached, sentences) if reached else ""


def _record(summary: Summary, sentences: Sentences) -> str:
    found = [answer for answer in selection.own_scores(summary) if answer.metric in summary.records]
    if not found:
        return ""
    answer = found[0]
    return sentences.say("{metric} {value}: more than in any week before").format(
        metric=sentences.metric(answer.metric).lower(),
        value=sentences.formats.brief(answer.figure.value, answer.unit, answer.currency),
    )


def _month(summary: Summary, sentences: Sentences) -> str:
    """Return what went well in the last month, in the week after its end."""
    end = summary.period.end
    for entry in summary.finished:
        month_end = entry.period.end
        if end is None or month_end is None or not 0 <= (end - month_end).days < _DAYS_AFTER:
            continue
        if entry.attainment >= 1:
            return _of_month(entry, sentences)
        if entry.is_best:
            return sentences.say("{month} was your best month of the last 12").format(
                month=sentences.formats.month_name(entry.period.bounds()[0])
            )
    return ""


def _of_month(entry: Progress, sentences: Sentences) -> str:
    return sentences.say("you have the {metric} target of {month}: {share}").format(
        metric=sentences.metric(entry.metric).lower(),
        month=sentences.formats.month_name(entry.period.bounds()[0]),
        share=_percent(entry.attainment, sentences),
    )


def _prices(reason: SoldLess, sentences: Sentences) -> str:
    share = reason.sold.price / reason.before
    if abs(share) < _UNCHANGED:
        return sentences.say("prices unchanged")
    return sentences.say("prices higher") if share > 0 else sentences.say("prices lower")


def _percent(share: float, sentences: Sentences) -> str:
    return sentences.formats.number(100 * share) + "%"


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1].rstrip()}…"
