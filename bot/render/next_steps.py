"""The two rows of buttons under an answer: what one would ask next, and the ways out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.render import figures
from bot.render.alert_form import alert_button
from bot.render.document import ActionRows, Actions, Button
from bot.render.exports import question_of
from bot.render.question_form import edit_button
from bot.render.sentences import Sentences, listed
from kpi_engine import canonical, splits
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import ONE_DAY, Grain, Period, add_months, previous, start_of
from kpi_engine.domain.query import Baseline, Compare, Flag, Query

SHARE, SHOW = "share", "show"
"""Actions: share the line that the button carries; show it in this message's place."""
_MONTHS_OF_TREND = 12
_FIRST = "rep"
"""The split that is offered first, where the metric reaches it."""
_USUAL = ("region", "source")
"""Splits that come next while it isn't known which say most."""
_SPLITS, _OTHER_SPLITS = 3, 2
"""How many splits are offered of a total, and of what is split already."""
_BUTTONS = 6
"""Questions that are offered; the ways out are seven at most."""


def button_rows(
    answers: Sequence[Answer], sentences: Sentences, *, is_private: bool, drivers: Sequence[str] = ()
) -> ActionRows:
    """Return the rows of buttons under an answer; `is_private`: only the asker can see it.

    Only a private answer gets the Share button, and the SQL button if the asker may see the SQL.
    `drivers` are the dimensions that explain most of the change, the strongest first; empty if not known.
    """
    asking, leaving = _next(answers, sentences, drivers), _ways_out(answers, sentences, is_private=is_private)
    if len(answers) == 1:
        leaving.append(Button(sentences.say("Definition"), "ask:define", f"define {answers[0].metric}"))
        leaving += [button for button in (alert_button(answers[0], sentences),) if button]
        if is_private and answers[0].pair_of is None:
            asking.append(edit_button(canonical(answers[0].query), sentences))
    rows = (("next", asking[:_BUTTONS]), ("ways", leaving))
    return ActionRows(tuple(Actions(name, tuple(entries)) for name, entries in rows))


def _next(answers: Sequence[Answer], sentences: Sentences, drivers: Sequence[str]) -> list[Button]:
    """Return what one would ask next about a single metric: why, a split, over time, against last year.

    Of several it is each of them alone; of a period that has no whole day yet, first the one before it.
    """
    answer = answers[0]
    if len(answers) != 1:
        return _alone(answers, sentences)
    if answer.pair_of is not None:
        return []
    rest = tuple(entry for entry in answer.query.compare if entry.baseline is not Baseline.TEAM)
    base = replace(answer.query, compare=rest, sizes=(), by=(), per=None, top=None, flags=frozenset())
    used = {*answer.query.by, *(entry.dimension for entry in answer.filters)}
    reached = sentences.catalogue.metrics[answer.metric].dimensions
    order = dict.fromkeys((_FIRST, *drivers, *_USUAL, *reached))
    wanted = [name for name in order if name in reached and name not in used]
    found = []
    if any(note.code == "begun_today" for note in answer.notes):
        before = previous(answer.period)
        line = canonical(replace(answer.query, period=before, compare=(), flags=frozenset()))
        found.append((sentences.period(before), line))
    if _is_explained(answer, sentences):
        found.append((sentences.say("Why"), f"why {canonical(base)}"))
    found += [
        _split(base, name, sentences) for name in wanted[: _OTHER_SPLITS if answer.query.by else _SPLITS]
    ]
    if answer.query.per is None:
        found.append((sentences.say("Last 12 months"), canonical(_trend(base))))
    if not _is_against_last_year(answer):
        year_ago = replace(
            answer.query, top=None, per=None, flags=frozenset(), compare=(Compare(Baseline.LAST_YEAR),)
        )
        found.append((sentences.say("vs last year"), canonical(year_ago)))
    if answer.query.by or answer.query.per:
        found.append((sentences.say("Only the total"), canonical(base)))
    return [Button(label, f"ask:{index}", line) for index, (label, line) in enumerate(found)]


def _alone(answers: Sequence[Answer], sentences: Sentences) -> list[Button]:
    """Return a button for each metric, as far as they are different ones to the same question."""
    if len({answer.metric for answer in answers}) != len(answers):
        return []
    return [
        Button(sentences.metric(answer.metric), f"ask:{answer.metric}", canonical(answer.query))
        for answer in answers
    ]


def _ways_out(answers: Sequence[Answer], sentences: Sentences, *, is_private: bool) -> list[Button]:
    """Return how the answer can be seen otherwise, be shared, and be taken along."""
    say, question = sentences.say, question_of(answers)
    is_absolute = question.period is not None
    found = []
    other = _other_form(answers)
    if other:
        label = say("Chart") if other == "chart" else say("Table")
        found.append(Button(label, f"{SHOW}:{other}", _line(question, other)))
    if is_private and is_absolute:
        found.append(Button(say("Share"), SHARE, canonical(question)))
    found += [
        Button(_csv_label(answers, sentences), "ask:csv", _line(question, "csv")),
        Button("XLSX", "ask:xlsx", _line(question, "xlsx")),
    ]
    if is_private and any(answer.statements for answer in answers):
        found.append(Button("SQL", "ask:sql", _line(question, "sql")))
    return found


def _line(question: Query, flag: Flag) -> str:
    return canonical(replace(question, flags=frozenset({flag})))


def _other_form(answers: Sequence[Answer]) -> Flag | None:
    """Return chart where a table is shown, table where a chart is; None where there is neither."""
    for answer in answers:
        if answer.pair_of is not None:
            continue
        flags = answer.query.flags
        if answer.query.per:
            return "chart" if "table" in flags else "table"
        if answer.groups:
            return "table" if "chart" in flags else "chart"
    return None


def _csv_label(answers: Sequence[Answer], sentences: Sentences) -> str:
    """Return "CSV", with how many rows it has where the table shows only the first of them."""
    count = max(len(listed(answer)) for answer in answers)
    if all(len(listed(answer)) <= figures.rows_shown(answer) for answer in answers):
        return "CSV"
    return sentences.say("All {count} as CSV").format(count=sentences.formats.number(count))


def _is_explained(answer: Answer, sentences: Sentences) -> bool:
    """Whether there is a change to the first period that is compared, and it is made of parts."""
    catalogue = sentences.catalogue
    return bool(
        answer.comparisons
        and answer.comparisons[0].team is None
        and answer.comparisons[0].change
        and splits(catalogue.metrics[answer.metric], catalogue.models)
    )


def _is_against_last_year(answer: Answer) -> bool:
    """Whether last year stands beside it already, or can't: all time has none."""
    return answer.period.is_all_time or any(entry.to is Baseline.LAST_YEAR for entry in answer.comparisons)


def _trend(base: Query) -> Query:
    """Return the same over the twelve months that end with the question's own."""
    if base.period is None or base.period.end is None:
        return replace(base, per=Grain.MONTH, compare=())
    last = start_of(Grain.MONTH, base.period.end - ONE_DAY)
    period = Period(add_months(last, 1 - _MONTHS_OF_TREND), add_months(last, 1), Grain.MONTH)
    return replace(base, per=Grain.MONTH, period=period, compare=())


def _split(base: Query, dimension: str, sentences: Sentences) -> tuple[str, str]:
    label = sentences.say("By {dimension}").format(dimension=sentences.dimension(dimension).lower())
    return label, canonical(replace(base, by=(dimension,)))
