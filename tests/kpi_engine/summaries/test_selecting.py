"""What a post tells: the four numbers, one budget of false alarms, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Grain, Window, period_of
from kpi_engine.domain.query import Member, Query
from kpi_engine.domain.summary import Candidate, Subject, Told
from kpi_engine.summaries.selecting import novelty, selected

TODAY = date(2026, 11, 23)
WEEK = period_of(Grain.WEEK, date(2026, 11, 16))
ANSWER = Answer(
    Query(("sales",), WEEK),
    "sales",
    "money",
    "EUR",
    "up",
    WEEK,
    Window(*WEEK.bounds()),
    (),
    Figure(100.0),
)


def candidate(
    name: str = "Noord",
    metric: str = "sales",
    direction: str = "down",
    *,
    materiality: float = 2.0,
    evidence: float = 0.99,
    acts: float = 1.0,
    new: float = 1.0,
) -> Candidate:
    """Return something to tell about a region."""
    subject = Subject(metric, "region", Member(name, name), direction)  # type: ignore[arg-type]
    return Candidate("unusual", subject, ANSWER, Figure(10.0), -10.0, materiality, evidence, acts, new)


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        (candidate(), None),
        (candidate(materiality=0.39), "small"),
        (candidate(evidence=0.94), "unclear"),
        (candidate(acts=0.0), "private"),
        (candidate(new=0.25), "repeated"),
    ],
)
def test_why_something_is_not_told(entry: Candidate, refusal: str | None) -> None:
    """Each number can keep a candidate out, and the reason says which."""
    (found,) = selected([entry], 3)
    assert found.refusal == refusal


def test_the_largest_product_comes_first() -> None:
    """Size alone doesn't decide: what was told before yields to what is new."""
    told_before = candidate("Noord", materiality=3.0, new=0.5)
    is_new = candidate("Zuid", "leads", materiality=2.0)
    assert [entry.subject.metric for entry in selected([told_before, is_new], 3)] == ["leads", "sales"]


def test_a_metric_and_a_member_are_told_once() -> None:
    """Two regions of one metric, or two metrics of one region, have one cause; so has a fourth finding."""
    found = selected(
        [
            candidate("Noord", "sales", materiality=9),
            candidate("Zuid", "sales", materiality=8),
            candidate("Noord", "leads", materiality=7),
            candidate("Oost", "orders", materiality=6),
            candidate("Brussel", "won", materiality=5),
            candidate("Ost", "deals", materiality=4),
        ],
        3,
    )
    assert [entry.refusal for entry in found] == [None, "same", "same", None, None, "beyond"]


def test_what_rises_and_what_falls_are_two_findings() -> None:
    """A metric may fall in one region and rise in another."""
    found = selected([candidate("Noord"), candidate("Zuid", direction="up")], 3)
    assert [entry.refusal for entry in found] == [None, None]


def test_news_wears_off() -> None:
    """Halved for each post in a row; new again when it doubles, ends, or a quarter has passed."""
    subject = candidate().subject
    week = timedelta(days=7)

    def told(times: int, last: date = TODAY - week, size: float = -10.0) -> float:
        return novelty(subject, -10.0, {subject.key: Told(times, last, size)}, TODAY)

    assert novelty(subject, -10.0, {}, TODAY) == 1.0
    assert [told(1), told(2), told(3)] == [0.5, 0.25, 0.125]
    assert told(3, size=-4.9) == 1.0
    assert told(3, last=TODAY - timedelta(days=93)) == 1.0
    other = replace(subject, direction="up")
    assert novelty(other, 10.0, {subject.key: Told(3, TODAY - week, -10.0)}, TODAY) == 1.0


def test_each_persons_shortfall_is_told_beside_the_others() -> None:
    """They are about the same metric and direction, and take no room from what else is told."""
    people = [replace(candidate(name, materiality=9.0), kind="shortfall") for name in ("Jan", "Nele", "Zoë")]
    others = [candidate("Noord", "leads"), candidate("Zuid", "orders"), candidate("Oost", "opportunities")]
    found = selected([*people, *others], 2)
    assert [entry.refusal for entry in found if entry.kind == "shortfall"] == [None] * 3
    assert [entry.refusal for entry in found if entry.kind != "shortfall"] == [None, None, "beyond"]
