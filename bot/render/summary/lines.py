"""The lines of a summary's post: each function makes one line, or none where there is nothing to say.

A line is a few spans of text. Which lines a post has, and in which order, is up to its template.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.render.document import Bold, Line
from bot.render.sentences import Sentences, is_few, listed
from bot.render.summary import selection
from bot.render.summary.candidate_words import drivers_words
from bot.render.words import comparisons
from bot.render.words.targets import pace_line
from kpi_engine import FEW_ANSWERS
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.query import Baseline
from kpi_engine.domain.summary import Candidate, Summary

_NAMED = 6
"""So many people are named in a line at most."""
_NAMES_LENGTH = 150
"""Characters for names in a line."""
_BEST = 3
_HAIR = 0.97
"""A target of which at least this share is reached is missed by a hair."""


def lead(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the first score beside what is normal: "Sales €103k, 4% under a normal week (€108k), ..."."""
    answer = selection.lead(summary)
    if answer is None:
        return None
    metric, value = (
        sentences.metric(answer.metric),
        sentences.formats.brief(answer.figure.value, answer.unit, answer.currency),
    )
    if selection.is_incomplete(answer):
        return _line(metric, _so_far(answer, sentences))
    said = [value]
    normal = summary.normal.get(answer.metric)
    if normal and answer.figure.value is not None:
        said.append(_beside_normal(answer.figure.value, normal, answer, sentences))
    usual = _usual_range(answer, sentences, selection.told_of(summary, answer))
    said += [usual] if usual else []
    return _line(metric, ", ".join(said))


def _so_far(answer: Answer, sentences: Sentences) -> str:
    """Return a score of which days are missing, or all of them."""
    if answer.figure.value is None:
        return sentences.say("nothing has arrived yet, so it isn't judged")
    value = sentences.formats.brief(answer.figure.value, answer.unit, answer.currency)
    if selection.unbooked(answer):
        return sentences.say("{value} so far: costs aren't booked yet, so it isn't judged").format(
            value=value
        )
    return sentences.say("{value} so far: days are missing, so it isn't judged").format(value=value)


def result(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the first score beside its target and last year's: "Sales €498k, 135% of the target (€370k)"."""
    answer = selection.lead(summary)
    if answer is None:
        return None
    value = sentences.formats.brief(answer.figure.value, answer.unit, answer.currency)
    if selection.is_incomplete(answer):
        return _line(sentences.metric(answer.metric), _so_far(answer, sentences))
    said = [value]
    target = answer.target
    if target is not None and target.attainment is not None and target.period == answer.period:
        said.append(
            sentences.say("{share} of the target ({target})").format(
                share=_percent(target.attainment, sentences),
                target=sentences.formats.brief(target.value, answer.unit, answer.currency),
            )
        )
    year = next((entry for entry in answer.comparisons if entry.to is Baseline.LAST_YEAR), None)
    if year is not None and year.change is not None:
        said.append(
            sentences.say("{change} on {period}").format(
                change=comparisons.change(year, answer, sentences, is_worded=False),
                period=sentences.period(year.period),
            )
        )
    usual = _usual_range(answer, sentences, selection.told_of(summary, answer))
    said += [usual] if usual else []
    return _line(sentences.metric(answer.metric), ", ".join(said))


def pace(summary: Summary, sentences: Sentences) -> Iterator[Line]:
    """Yield where each running target is going: "Sales in November €286k of €351k: expected ..."."""
    for answer in selection.landings(summary):
        said = pace_line(answer, sentences)
        if said and answer.period.start:
            subject = sentences.say("{metric} in {month}").format(
                metric=sentences.metric(answer.metric),
                month=sentences.formats.month_name(answer.period.start),
            )
            yield _line(subject, said)


def targets(summary: Summary, sentences: Sentences) -> Line | None:
    """Return which targets of a complete period were reached and which weren't; the first score's apart."""
    first = selection.lead(summary)
    others = [
        answer
        for answer in selection.with_targets(summary)
        if answer is not first and not selection.is_incomplete(answer)
    ]
    reached = [answer for answer in others if answer.target and answer.target.reached]
    by_a_hair = [answer for answer in others if _is_by_a_hair(answer)]
    missed = [
        answer
        for answer in others
        if answer.target and answer.target.reached is False and answer not in by_a_hair
    ]
    said = [
        text.format(names=", ".join(_beside_target(answer, sentences) for answer in found))
        for text, found in (
            (sentences.say("reached: {names}"), reached),
            (sentences.say("missed by a hair: {names}"), by_a_hair),
            (sentences.say("missed: {names}"), missed),
        )
        if found
    ]
    return _line(sentences.say("Targets"), "; ".join(said)) if said else None


def change(summary: Summary, sentences: Sentences) -> Line | None:
    """Return what the change from the period before is made of: "From September +€75k: pieces +€23k, ..."."""
    answer, sold = selection.lead(summary), summary.sold
    if answer is None or sold is None or not answer.comparisons or selection.is_incomplete(answer):
        return None
    before = answer.comparisons[0]
    if before.change is None:
        return None
    money = sentences.formats.brief_money
    parts = (
        (
            sentences.say("fewer pieces {amount}")
            if sold.volume < 0
            else sentences.say("more pieces {amount}"),
            sold.volume,
        ),
        (sentences.say("other products {amount}"), sold.mix + sold.other),
        (sentences.say("prices {amount}"), sold.price),
    )
    said = ", ".join(
        text.format(amount=_signed(value, money(abs(value), answer.currency or ""))) for text, value in parts
    )
    subject = sentences.say("From {period}").format(period=sentences.period(before.period))
    total = _signed(before.change, money(abs(before.change), answer.currency or ""))
    word = comparisons.judged_word(before, answer, sentences)
    return _line(subject, f"{total}, {word}: {said}" if word else f"{total}: {said}")


def profit(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the profit and the members that lose money."""
    answer = next(
        (entry for entry in selection.own_scores(summary) if _finding(entry, "profit_layers")), None
    )
    if answer is None or answer.figure.value is None:
        return None
    told = selection.told_of(summary, answer)
    said = [] if told else [sentences.formats.brief(answer.figure.value, answer.unit, answer.currency)]
    board = next(
        (
            entry
            for entry in selection.boards(summary)
            if entry.metric == answer.metric and len(entry.by) == 1
        ),
        None,
    )
    losing = [group for group in board.groups if (group.figure.value or 0) < 0] if board else []
    if board and losing:
        names = ", ".join(
            sentences.say("{name} lost {amount}").format(
                name=sentences.labels(group),
                amount=sentences.formats.brief_money(-(group.figure.value or 0), answer.currency or ""),
            )
            for group in losing[:_BEST]
        )
        text = sentences.say("{names}, the only one that loses") if len(losing) == 1 else "{names}"
        said.append(text.format(names=names))
    return _line(sentences.metric(answer.metric), ". ".join(said)) if said else None


def customers(summary: Summary, sentences: Sentences) -> Line | None:
    """Return how the customers at the start became those at the end, and the churn."""
    for answer in selection.own_scores(summary):
        found = _finding(answer, "reconciliation")
        if found is None:
            continue
        number = sentences.formats.number
        fields = {name: float(str(value or 0)) for name, value in found.fields().items()}
        text = sentences.say("{start} + {new} new + {back} back − {lost} lost = {end}").format(
            start=number(fields["active_start"]),
            new=number(fields["new"] - fields["gone"]),
            back=number(fields["returned"]),
            lost=number(fields["lost"]),
            end=number(fields["active_end"]),
        )
        churn = sentences.say("{metric} {value}").format(
            metric=sentences.metric(answer.metric).lower(),
            value=sentences.formats.brief(answer.figure.value, answer.unit, answer.currency),
        )
        return _line(sentences.say("Customers"), f"{text}; {churn}")
    return None


def cohort(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the newest cohort that can be judged, beside its target: "Conversion July 19% (81 of 425)"."""
    catalogue = sentences.catalogue
    told = {entry.subject.metric for entry in summary.told if entry.kind == "mix"}
    for answer in summary.scores:
        is_cohort = catalogue.metrics[answer.metric].spec.matures and answer.metric not in told
        if not is_cohort or answer.figure.value is None:
            continue
        formats = sentences.formats
        said = sentences.say("{period} {value} ({made_of})").format(
            period=sentences.period(answer.period),
            value=formats.brief_share(answer.figure.value),
            made_of=sentences.say("{numerator} of {denominator}").format(
                numerator=formats.number(answer.figure.numerator or 0),
                denominator=formats.number(answer.figure.denominator or 0),
            ),
        )
        target = answer.target
        if target is not None and answer.figure.interval is not None:
            low, high = answer.figure.interval
            word = sentences.say("can't tell yet")
            if not low <= target.value <= high:
                word = sentences.say("reached") if target.reached else sentences.say("missed")
            said += sentences.say(", target {target}: {word}").format(
                target=formats.brief_share(target.value), word=word
            )
        return _line(sentences.metric(answer.metric), said)
    return None


def score(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the Net Promoter Score with its likely range: "NPS +35 (85 answers, +19 to +49)"."""
    for answer in selection.own_scores(summary):
        if answer.unit != "score" or answer.figure.value is None:
            continue
        formats = sentences.formats
        answers = answer.figure.denominator or 0
        if is_few(answer.figure, answer.unit):
            text = sentences.say("{count} answers, too few for a score (it takes {needed})")
            said = text.format(count=formats.number(answers), needed=formats.number(FEW_ANSWERS))
        else:
            low, high = answer.figure.interval or (answer.figure.value, answer.figure.value)
            said = sentences.say("{value} ({count} answers, likely {low} to {high})").format(
                value=formats.number(answer.figure.value, signed=True),
                count=formats.number(answers),
                low=formats.number(low, signed=True),
                high=formats.number(high, signed=True),
            )
        return _line(sentences.metric(answer.metric), said)
    return None


def usual(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the other scores of the period in one line; those outside their range that aren't told last."""
    told = {entry.subject.metric for entry in summary.told if entry.subject.dimension is None}
    first = selection.lead(summary)
    others = [
        answer
        for answer in selection.own_scores(summary)
        if answer is not first and answer.metric not in told and _is_judged(answer)
    ]
    inside = [answer for answer in others if answer.anomaly and not answer.anomaly.is_anomaly]
    outside = [answer for answer in others if answer not in inside]
    beside = [_beside_usual(answer, summary, sentences) for answer in outside]
    if first is not None and selection.is_incomplete(first):
        beside = []  # what was loaded on the other days can't be trusted either
    if not inside:
        return _line(sentences.say("Besides"), "; ".join(beside)) if beside else None
    said = " · ".join(_brief_score(answer, sentences) for answer in inside)
    if beside:
        said = sentences.say("{usual}; but {others}").format(usual=said, others="; ".join(beside))
    return _line(sentences.say("As usual"), said)


def pairs(summary: Summary, sentences: Sentences) -> Line | None:
    """Return the strongest pair of products: what is sold together far more often than by chance."""
    for answer in selection.boards(summary):
        groups = listed(answer) if answer.pair_of else ()
        if not groups:
            continue
        group = groups[0]
        parts = group.figure.parts or {}
        one, other = (sentences.label(label) for label in group.labels)
        text = sentences.say(
            "{one} and {other} go together {lift} times as often as by chance;"
            " {share} of the orders with {one} hold both"
        )
        said = text.format(
            one=one,
            other=other,
            lift=sentences.formats.number(group.figure.value or 0, 0),
            share=sentences.formats.brief_share(parts.get("confidence") or 0),
        )
        return _line(sentences.say("Use"), said)
    return None


def wins(summary: Summary, sentences: Sentences) -> Line | None:
    """Return who has reached the target of the month, the furthest first."""
    reached = [entry for entry in summary.people if entry.attainment >= 1]
    if not reached:
        return None
    is_over = all(answer.window.complete for answer in summary.scores if answer.metric == reached[0].metric)
    if is_over:
        names = [f"{entry.person.label} {_percent(entry.attainment, sentences)}" for entry in reached[:_BEST]]
        text = sentences.say("{names} of the target")
        return _line(sentences.say("Well done"), text.format(names=_named(names, len(names), sentences)))
    names = [entry.person.label for entry in reached]
    one, many = (
        sentences.say("{names} has the target of the month"),
        sentences.say("{names} have the target of the month"),
    )
    text = one if len(names) == 1 else many
    return _line(sentences.say("Well done"), text.format(names=_named(names, len(reached), sentences)))


def _line(subject: str, said: str) -> Line:
    return (Bold(subject), f" {said}")


def _is_judged(answer: Answer) -> bool:
    found = answer.anomaly
    is_known = answer.figure.value is not None and found is not None and not found.reason
    return is_known and not selection.is_incomplete(answer)


def _beside_normal(value: float, normal: float, answer: Answer, sentences: Sentences) -> str:
    share = value / normal - 1
    text = sentences.say("{share} over a normal week ({normal})")
    if share < 0:
        text = sentences.say("{share} under a normal week ({normal})")
    if abs(share) < 0.005:  # noqa: PLR2004 - half a percent
        text = sentences.say("as much as a normal week ({normal})")
    return text.format(
        share=sentences.formats.number(100 * abs(share)) + "%",
        normal=sentences.formats.brief(normal, answer.unit, answer.currency),
    )


def _usual_range(answer: Answer, sentences: Sentences, told: Candidate | None = None) -> str:
    """Return where a score lies beside its usual range, with what makes most of it where that is `told`."""
    found = answer.anomaly
    if found is None or found.reason:
        return ""
    _, low, high = comparisons.brief_range(
        answer.figure.value, found, answer.unit, answer.currency, sentences.formats
    )
    text = sentences.say("inside the usual {low} to {high}")
    if found.is_anomaly:
        is_high = (answer.figure.value or 0) > found.expected
        text = (
            sentences.say("above the usual {low} to {high}")
            if is_high
            else sentences.say("below the usual {low} to {high}")
        )
    return text.format(low=low, high=high) + (drivers_words(told, sentences) if told else "")


def _is_by_a_hair(answer: Answer) -> bool:
    target = answer.target
    return bool(
        target and target.reached is False and target.attainment is not None and target.attainment >= _HAIR
    )


def _beside_target(answer: Answer, sentences: Sentences) -> str:
    target = answer.target
    value, aim = (
        sentences.formats.brief(number, answer.unit, answer.currency)
        for number in (answer.figure.value, target.value if target else None)
    )
    return f"{sentences.metric(answer.metric).lower()} {value} ({aim})"


def _brief_score(answer: Answer, sentences: Sentences, value: str | None = None) -> str:
    value = value or sentences.formats.brief(answer.figure.value, answer.unit, answer.currency)
    text = f"{sentences.metric(answer.metric).lower()} {value}"
    if answer.unit != "share" or answer.figure.denominator is None:
        return text
    of = sentences.say("{numerator} of {denominator}").format(
        numerator=sentences.formats.number(answer.figure.numerator or 0),
        denominator=sentences.formats.number(answer.figure.denominator),
    )
    return f"{text} ({of})"


def _beside_usual(answer: Answer, summary: Summary, sentences: Sentences) -> str:
    """Return a score outside its range that alone isn't worth a line: one in twenty is there by chance."""
    found, formats = answer.anomaly, sentences.formats
    if found is None:
        return _brief_score(answer, sentences)
    if selection.is_clear(summary, answer):
        return f"{_brief_score(answer, sentences)}, {_usual_range(answer, sentences)}"
    value, low, high = comparisons.brief_range(
        answer.figure.value, found, answer.unit, answer.currency, formats
    )
    is_high = (answer.figure.value or 0) > found.expected
    text = (
        sentences.say("{score}, a little over the usual {low} to {high}")
        if is_high
        else sentences.say("{score}, a little under the usual {low} to {high}")
    )
    return text.format(score=_brief_score(answer, sentences, value), low=low, high=high)


def _finding(answer: Answer, name: str) -> Finding | None:
    return next((entry for entry in answer.findings if entry.name == name), None)


def _percent(share: float, sentences: Sentences) -> str:
    return sentences.formats.number(100 * share) + "%"


def _signed(value: float, text: str) -> str:
    return ("−" if value < 0 else "+") + text


def _named(names: list[str], count: int, sentences: Sentences) -> str:
    """Return as many names as a line has room for, and how many others there are."""
    shown: list[str] = []
    for name in names[:_NAMED]:
        if shown and len(", ".join([*shown, name])) > _NAMES_LENGTH:
            break
        shown.append(name)
    rest = count - len(shown)
    if rest == 1:
        return sentences.say("{names} and one other").format(names=", ".join(shown))
    if rest:
        return sentences.say("{names} and {count} others").format(
            names=", ".join(shown), count=sentences.formats.number(rest)
        )
    if len(shown) > 1:
        return sentences.say("{first} and {last}").format(first=", ".join(shown[:-1]), last=shown[-1])
    return "".join(shown)
