"""How a figure stands for an alert: beyond its bound or its usual range, or not to be judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.alerts.judging import LEAST_OF_A_SHARE, Look, look_at
from kpi_engine.domain.alerts import Rule, Standing, Watch
from kpi_engine.domain.answer import Anomaly, Answer, MissingDays, Note, NoteCode
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.periods import Grain, Period, Window
from kpi_engine.domain.query import Query
from kpi_engine.domain.workdays import working_days_of

START, END = date(2026, 11, 16), date(2026, 11, 23)
CALENDAR = working_days_of("BE")
FIRING, CLEAR, UNJUDGED = Standing.FIRING, Standing.CLEAR, None
RANGE = Anomaly(is_anomaly=True, expected=100.0, low=80.0, high=120.0, history=50, grain="week", p_value=0.01)


def answer(value: float | None, unit: Unit = "count", anomaly: Anomaly | None = RANGE) -> Answer:
    return Answer(
        query=Query(("leads",)),
        metric="leads",
        unit=unit,
        currency=None,
        direction="up",
        period=Period(START, END, Grain.WEEK),
        window=Window(START, END),
        filters=(),
        figure=Figure(value),
        anomaly=anomaly,
    )


def standing(found: Answer, watch: Watch) -> Standing | None:
    return look_at(found, watch, CALENDAR).standing


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (Rule.BELOW, 49.0, FIRING),
        (Rule.BELOW, 50.0, CLEAR),
        (Rule.BELOW, 51.0, CLEAR),
        (Rule.BELOW, 0.0, FIRING),
        (Rule.ABOVE, 51.0, FIRING),
        (Rule.ABOVE, 50.0, CLEAR),
        (Rule.ABOVE, 49.0, CLEAR),
        (Rule.BELOW, None, UNJUDGED),
    ],
)
def test_a_bound_is_passed_or_not(rule: Rule, value: float | None, expected: Standing | None) -> None:
    """A figure that equals it has not passed it; no figure says nothing."""
    assert standing(answer(value), Watch(rule, 50.0)) is expected


def test_a_bound_may_be_zero() -> None:
    """A loss is below it."""
    assert standing(answer(-1.0, "money"), Watch(Rule.BELOW, 0.0)) is FIRING
    assert standing(answer(1.0, "money"), Watch(Rule.BELOW, 0.0)) is CLEAR


def test_a_small_difference_is_no_matter() -> None:
    """Where a least difference is asked for."""
    assert standing(answer(46.0), Watch(Rule.BELOW, 50.0, None, 5.0)) is CLEAR
    assert standing(answer(45.0), Watch(Rule.BELOW, 50.0, None, 5.0)) is FIRING
    assert look_at(answer(79.0), Watch(Rule.DROP, None, None, 22.0), CALENDAR) == Look(CLEAR, "2026-W47")
    assert look_at(answer(77.0), Watch(Rule.DROP, None, None, 22.0), CALENDAR).p_value == 0.01


@pytest.mark.parametrize(
    ("rule", "value", "is_candidate"),
    [
        (Rule.UNUSUAL, 79.0, True),
        (Rule.UNUSUAL, 121.0, True),
        (Rule.UNUSUAL, 100.0, False),
        (Rule.DROP, 79.0, True),
        (Rule.DROP, 121.0, False),
        (Rule.RISE, 121.0, True),
        (Rule.RISE, 79.0, False),
    ],
)
def test_only_a_departure_that_is_watched_is_a_candidate(
    rule: Rule, value: float, is_candidate: bool
) -> None:
    """Whether it is an alarm is decided with the others of its place; all else is clear at once."""
    expected = Look(None, "2026-W47", 0.01) if is_candidate else Look(CLEAR, "2026-W47")
    assert look_at(answer(value), Watch(rule), CALENDAR) == expected


@pytest.mark.parametrize("anomaly", [None, replace(RANGE, reason="too short")])
def test_without_a_usual_range_nothing_is_judged(anomaly: Anomaly | None) -> None:
    """Neither as unusual nor as ordinary."""
    assert look_at(answer(1.0, anomaly=anomaly), Watch(Rule.UNUSUAL), CALENDAR) == Look(None, "2026-W47")


@pytest.mark.parametrize(
    ("cases", "least", "expected"),
    [
        (LEAST_OF_A_SHARE - 1, None, UNJUDGED),
        (LEAST_OF_A_SHARE, None, FIRING),
        (39, 40, UNJUDGED),
        (40, 40, FIRING),
        (1, 1, FIRING),
    ],
)
def test_a_share_of_few_cases_is_not_judged(cases: int, least: int | None, expected: Standing | None) -> None:
    """Twenty unless the alert says otherwise."""
    figure = Figure(0.1, numerator=1.0, denominator=float(cases))
    found = replace(answer(0.1, "share"), figure=figure)
    assert standing(found, Watch(Rule.BELOW, 0.15, least)) is expected


def test_other_figures_count_their_rows_or_answers() -> None:
    """An average of few orders, a score of few answers."""
    mean = replace(answer(10.0, "money"), figure=Figure(10.0, rows=7.0))
    assert standing(mean, Watch(Rule.BELOW, 50.0, 8)) is UNJUDGED
    assert standing(mean, Watch(Rule.BELOW, 50.0, 7)) is FIRING
    score = replace(answer(10.0, "score"), figure=Figure(10.0, denominator=9.0, parts={"n": 3.0}))
    assert standing(score, Watch(Rule.BELOW, 50.0)) is UNJUDGED
    assert standing(score, Watch(Rule.BELOW, 50.0, 3)) is FIRING


@pytest.mark.parametrize("day", [date(2026, 11, 17), date(2026, 11, 9)])
def test_missing_days_of_the_period_alone_are_waited_for(day: date) -> None:
    """Those of the periods it is compared with don't change the figure."""
    found = replace(answer(1.0), missing=(MissingDays("sales", (day,)),))
    is_within = START <= day < END
    assert standing(found, Watch(Rule.BELOW, 50.0)) is (UNJUDGED if is_within else FIRING)


@pytest.mark.parametrize(
    "code", ["begun_today", "not_begun", "not_loaded", "partial_load", "provisional_costs", "maturing"]
)
def test_what_will_still_change_is_waited_for(code: NoteCode) -> None:
    """As the notes of the answer say."""
    found = replace(answer(1.0), notes=(Note(code),))
    assert standing(found, Watch(Rule.BELOW, 50.0)) is UNJUDGED


def test_a_period_without_working_days_says_nothing() -> None:
    """Of a Sunday, or a holiday, no sales are no news; without a calendar every day counts."""
    sunday = replace(answer(0.0), window=Window(date(2026, 11, 22), END))
    assert standing(sunday, Watch(Rule.BELOW, 50.0)) is UNJUDGED
    assert look_at(sunday, Watch(Rule.BELOW, 50.0), None).standing is FIRING
    armistice = replace(answer(0.0), window=Window(date(2026, 11, 11), date(2026, 11, 12)))
    assert standing(armistice, Watch(Rule.BELOW, 50.0)) is UNJUDGED
    assert standing(replace(answer(0.0), window=Window(None, None)), Watch(Rule.BELOW, 50.0)) is FIRING
