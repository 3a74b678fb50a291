"""What a candidate tells, as a line of a post; and why it is told or isn't."""

from __future__ import annotations

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences
from bot.render.words.comparisons import brief_range
from kpi_engine.domain.summary import Candidate, Refusal, Summary


def told_line(entry: Candidate, sentences: Sentences) -> Line:
    """Return a candidate as a line: what stands out, beside what is usual, and who or what makes it."""
    match entry.kind:
        case "mix":
            return _mix(entry, sentences)
        case "idle_cost":
            return _idle_cost(entry, sentences)
        case "shortfall":
            return _shortfall(entry, sentences)
        case "unusual":
            return _unusual(entry, sentences)


def short_subject(entry: Candidate, sentences: Sentences) -> str:
    """Return what a candidate is about in a word or two: "Brussel", "win rate"."""
    if entry.kind == "mix" or entry.subject.member is None:
        return sentences.metric(entry.subject.metric).lower()
    return sentences.label(entry.subject.member.label)


def reasons(summary: Summary, sentences: Sentences) -> list[str]:
    """Return each candidate with its four numbers, and why it is told or isn't."""
    found = []
    for entry in summary.candidates:
        numbers = sentences.say("size {m}, evidence {e}, use {a}, news {n}").format(
            m=sentences.formats.number(entry.materiality, 2),
            e=sentences.formats.number(entry.evidence, 2),
            a=sentences.formats.number(entry.actionability, 1),
            n=sentences.formats.number(entry.novelty, 2),
        )
        state = sentences.say("told") if entry.refusal is None else _refused(entry.refusal, sentences)
        found.append(f"{state}: {_subject(entry, sentences)} ({_kind(entry, sentences)}): {numbers}")
    return found


def drivers_words(entry: Candidate, sentences: Sentences) -> str:
    """Return the members that make most of a total's effect: "; mostly Machines, Coffee", or nothing."""
    if not entry.drivers:
        return ""
    names = ", ".join(sentences.label(driver.member.label) for driver in entry.drivers)
    return sentences.say("; mostly {names}").format(names=names)


def _unusual(entry: Candidate, sentences: Sentences) -> Line:
    answer, found, formats = entry.answer, entry.anomaly, sentences.formats
    metric = sentences.metric(entry.subject.metric)
    if found is None:
        return (Bold(metric), f" {formats.brief(entry.figure.value, answer.unit, answer.currency)}")
    value, low, high = brief_range(entry.figure.value, found, answer.unit, answer.currency, formats)
    is_high = (entry.figure.value or 0.0) > found.expected
    text = (
        sentences.say("above the usual {low} to {high}")
        if is_high
        else sentences.say("below the usual {low} to {high}")
    )
    usual = text.format(low=low, high=high)
    owner = _owner(entry, sentences)
    if entry.subject.member is not None:
        name = sentences.label(entry.subject.member.label)
        return (Bold(name), f" {metric.lower()} {value}, {usual}{owner}")
    return (Bold(metric), f" {value}, {usual}{drivers_words(entry, sentences)}{owner}")


def _owner(entry: Candidate, sentences: Sentences) -> str:
    owner = sentences.catalogue.metrics[entry.subject.metric].owner
    return sentences.say(" (for {owner})").format(owner=owner) if owner else ""


def _mix(entry: Candidate, sentences: Sentences) -> Line:
    """Return what a rate would have done with the mix of before: Simpson's paradox told."""
    formats = sentences.formats
    rate, low, high = entry.rate or (0.0, 0.0, 0.0)
    metric = sentences.metric(entry.subject.metric)
    value = entry.figure.value or 0.0
    before = value - entry.effect - rate
    points = formats.number
    text = sentences.say(
        "{period} {value} ({before} in the 3 months before): with the same mix {change} points"
        " ({low} to {high}); the mix made {mix}, most of it {name}"
    )
    said = text.format(
        period=sentences.period(entry.answer.period),
        value=formats.brief_share(value),
        before=formats.brief_share(before),
        change=points(100 * rate, 1, signed=True),
        low=points(100 * low, 1, signed=True),
        high=points(100 * high, 1, signed=True),
        name=sentences.label(entry.subject.member.label if entry.subject.member else None),
        mix=points(100 * entry.effect, 1, signed=True),
    )
    return (Bold(metric), f" {said}")


def _idle_cost(entry: Candidate, sentences: Sentences) -> Line:
    formats = sentences.formats
    currency = entry.answer.currency or sentences.currency(entry.answer)
    text = sentences.say("{name} cost {amount} and brought nothing, the {count} month in a row ({total})")
    if entry.months <= 1:
        text = sentences.say("{name} cost {amount} and brought nothing")
    said = text.format(
        name=sentences.label(entry.subject.member.label if entry.subject.member else None),
        amount=formats.money(entry.effect, currency),
        count=formats.ordinal(entry.months),
        total=formats.money(entry.total, currency),
    )
    return (Bold(sentences.say("Decide:")), f" {said}")


def _shortfall(entry: Candidate, sentences: Sentences) -> Line:
    answer = entry.answer
    brief = sentences.formats.brief
    target = (entry.figure.value or 0.0) - entry.effect
    name = sentences.label(entry.subject.member.label if entry.subject.member else None)
    said = sentences.say(
        "{metric} {value}, {share} of the target ({target}): the second month under 60%"
    ).format(
        metric=sentences.metric(entry.subject.metric).lower(),
        value=brief(entry.figure.value, answer.unit, answer.currency),
        share=sentences.formats.number(100 * (entry.figure.value or 0.0) / target if target else 0) + "%",
        target=brief(target, answer.unit, answer.currency),
    )
    return (Bold(name), f" {said}")


def _subject(entry: Candidate, sentences: Sentences) -> str:
    metric = sentences.metric(entry.subject.metric)
    if entry.subject.member is None or entry.subject.dimension is None:
        return metric
    member = sentences.label(entry.subject.member.label)
    return f"{metric}, {sentences.dimension(entry.subject.dimension)} {member}"


def _kind(entry: Candidate, sentences: Sentences) -> str:
    match entry.kind:
        case "unusual":
            is_outside = entry.anomaly is not None and entry.anomaly.is_anomaly
            say = sentences.say
            return say("outside its usual range") if is_outside else say("inside its usual range")
        case "mix":
            return sentences.say("moved by its mix")
        case "idle_cost":
            return sentences.say("cost without yield")
        case "shortfall":
            return sentences.say("far below target for two months")


def _refused(refusal: Refusal, sentences: Sentences) -> str:
    say = sentences.say
    words: dict[Refusal, str] = {
        "small": say("too small"),
        "unclear": say("not clear"),
        "private": say("private"),
        "repeated": say("told before"),
        "same": say("told with another one"),
        "beyond": say("no room"),
        "missing": say("days are missing"),
    }
    return words[refusal]
