"""Which answers of a summary each line of its post is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.summary import Candidate, Summary


def lead(summary: Summary) -> Answer | None:
    """Return the answer that the post is first of all about: the first score of the summary's own period."""
    return next(iter(own_scores(summary)), None)


def own_scores(summary: Summary) -> list[Answer]:
    """Return the scores of the summary's own period, in order."""
    return [answer for answer in summary.scores if answer.period == summary.period]


def landings(summary: Summary) -> list[Answer]:
    """Return the answers about a month that has begun and whose end is forecast, each metric once."""
    found = {
        answer.metric: answer
        for answer in reversed(summary.scores)
        if answer.target is not None
        and answer.target.landing is not None
        and answer.target.landing.days_done
        and answer.target.period == answer.period
    }
    return [
        found[name] for name in dict.fromkeys(answer.metric for answer in summary.scores) if name in found
    ]


def with_targets(summary: Summary) -> list[Answer]:
    """Return the scores of the summary's own, complete period that have a target."""
    return [
        answer
        for answer in own_scores(summary)
        if answer.target is not None and answer.target.period == answer.period and answer.target.is_complete
    ]


def of_metric(summary: Summary, kind_of: Sequence[str]) -> Answer | None:
    """Return the first score whose metric has one of these names."""
    return next((answer for answer in summary.scores if answer.metric in kind_of), None)


def boards(summary: Summary) -> list[Answer]:
    """Return the answers that list members."""
    return [
        answer
        for section in summary.sections
        for answer in section.answers
        if answer.groups or answer.pair_of
    ]


def is_incomplete(answer: Answer) -> bool:
    """Whether days of the answer's own period are missing, or costs that should be booked."""
    is_missing = any(answer.window.holds(day) for entry in answer.missing for day in entry.days)
    return is_missing or unbooked(answer) is not None


def unbooked(answer: Answer) -> date | None:
    """Return the month of an answer's own, complete period whose costs aren't booked; None if all are."""
    months = (note.values["month"] for note in answer.notes if note.code == "provisional_costs")
    own = (month for month in months if isinstance(month, date) and answer.window.holds(month))
    return next(own, None) if answer.window.complete else None


def told_of(summary: Summary, answer: Answer) -> Candidate | None:
    """Return what is told of a metric's total beside its usual range."""
    found = _of_total(summary, answer)
    return found if found is not None and found.refusal is None else None


def is_clear(summary: Summary, answer: Answer) -> bool:
    """Whether a metric's total is clearly unusual, whether it is told or has no place in the post."""
    found = _of_total(summary, answer)
    return found is not None and found.refusal in (None, "repeated", "same", "beyond")


def _of_total(summary: Summary, answer: Answer) -> Candidate | None:
    return next(
        (
            entry
            for entry in summary.candidates
            if entry.kind == "unusual"
            and entry.subject.metric == answer.metric
            and entry.subject.member is None
        ),
        None,
    )
