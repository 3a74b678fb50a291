"""What a post tells: materiality, evidence, actionability and novelty, and an order by their product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from kpi_engine.domain.summary import Candidate, Refusal, Subject, SubjectKey, Told

FALSE_DISCOVERIES = 0.05
"""The rate of false discoveries up to which something is told.

Half of the tenth that analysis.scan keeps to: of 128 posts about companies in which nothing happens, 14 told
something at a rate of 0.07 to 0.10 (docs/false-alarms.md).
"""
SMALLEST = 0.4
"""Effects of a lower materiality aren't told."""
_QUARTER_DAYS = 92
_DOUBLED = 2.0
_NO_NEWS = 0.25
"""What two posts in a row told isn't told by the third, until it doubles, ends, or a quarter passes."""


def novelty(subject: Subject, size: float, told: Mapping[SubjectKey, Told], today: date) -> float:
    """Return 1 for what is new, halved for each post in a row that told the same.

    It is new again when its size has doubled, or a quarter after it was last told.
    """
    before = told.get(subject.key)
    if (
        before is None
        or (today - before.last).days > _QUARTER_DAYS
        or abs(size) >= _DOUBLED * abs(before.size)
    ):
        return 1.0
    return 0.5**before.times


def selected(
    candidates: Sequence[Candidate], most: int, *, is_half_loaded: bool = False
) -> tuple[Candidate, ...]:
    """Return the candidates by rank, each with the reason for which it isn't told, or none.

    At most `most` are told; of one metric and direction, and of one member, only the first. Shortfalls of
    people are told beside those: each person's is its own. Where the period `is_half_loaded`, nothing is told
    as unusual: what else was loaded then can't be trusted either.
    """
    ranked = sorted(candidates, key=lambda entry: (entry.rank, entry.materiality), reverse=True)
    chosen: list[Candidate] = []
    found = []
    refusal: Refusal | None
    for entry in ranked:
        is_doubtful = is_half_loaded and entry.kind == "unusual"
        refusal = "missing" if is_doubtful else _refusal(entry, chosen, most)
        found.append(replace(entry, refusal=refusal))
        if refusal is None:
            chosen.append(entry)
    return tuple(found)


def _refusal(entry: Candidate, chosen: Sequence[Candidate], most: int) -> Refusal | None:
    if entry.materiality < SMALLEST:
        return "small"
    if entry.evidence < 1 - FALSE_DISCOVERIES:
        return "unclear"
    if not entry.actionability:
        return "private"
    if entry.novelty <= _NO_NEWS:
        return "repeated"
    if any(_tell_the_same(entry, other) for other in chosen):
        return "same"
    others = sum(other.kind != "shortfall" for other in chosen)
    return "beyond" if entry.kind != "shortfall" and others >= most else None


def _tell_the_same(one: Candidate, other: Candidate) -> bool:
    a, b = one.subject, other.subject
    is_member = a.member is not None and a.member == b.member and a.dimension == b.dimension
    if "shortfall" in (one.kind, other.kind):
        return is_member and a.metric == b.metric
    return is_member or (a.metric == b.metric and a.direction == b.direction)
