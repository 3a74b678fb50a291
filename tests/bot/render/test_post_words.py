"""The sentences of a summary's post agree with each other, and with its thread."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from bot.render.formats import Formats
from bot.render.plain_text import text_of
from bot.render.summary import summary_message
from bot.render.summary.candidate_words import reasons
from bot.render.summary.foot import looked_at
from bot.render.summary.judgement import judgement
from bot.render.words.comparisons import brief_range
from bot.rights import EVERYTHING
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.answer import Anomaly, MissingDays
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.summary import Looked, Summary
from tests.shop import BRUSSELS


@pytest.fixture(scope="module")
def week(demo_services: Services) -> Summary:
    """The summary of the week of 16 November 2026, in which orders lie a little under their range."""
    now = datetime.combine(datetime(2026, 11, 23, tzinfo=BRUSSELS), time(8, 30), BRUSSELS)
    spec = spec_named(demo_services.catalogue, "weekly")
    return summary_of(demo_services.engine, spec, demo_services.members(now), now, EVERYTHING)


def test_an_ordinary_week_has_nothing_far_outside(week: Summary, demo_services: Services) -> None:
    """A score that is outside by what may be chance isn't told as more than that."""
    text = text_of(summary_message(week, demo_services.sentences("en")))
    assert "an ordinary week." in text
    assert "; but orders 78, a little under the usual 80 to 139" in text


def test_the_judgement_of_a_target_is_that_of_its_chance(week: Summary, demo_services: Services) -> None:
    """What the thread calls unlikely isn't undecided in the post."""
    text = text_of(summary_message(week, demo_services.sentences("en")))
    chances = {
        answer.metric: answer.target.landing.chance
        for answer in week.scores
        if answer.target and answer.target.landing and answer.window.start == datetime(2026, 11, 1).date()
    }
    assert 0.1 < chances["new_customers"] < 0.3
    assert 0.7 < chances["leads"] < 0.9
    assert "November: sales on course, new customers behind, new leads on course." in text


def test_a_refused_finding_inside_its_range_is_not_said_to_be_outside(
    week: Summary, demo_services: Services
) -> None:
    """`--why` lists what was held against a range, wherever it lies."""
    told = reasons(week, demo_services.sentences("en"))
    outside = [entry for entry in week.candidates if entry.anomaly and entry.anomaly.is_anomaly]
    assert 0 < len(outside) < len(told) / 2
    assert sum("(outside its usual range)" in line for line in told) == len(outside)


def test_a_week_without_a_range_is_not_called_ordinary(week: Summary, demo_services: Services) -> None:
    """Of a company of three months nobody knows what is ordinary."""
    first, *others = week.sections[0].answers
    young = [replace(answer, anomaly=None) for answer in (first, *others)]
    sections = (replace(week.sections[0], answers=tuple(young)), *week.sections[1:])
    summary = replace(week, sections=sections, looked=Looked(), candidates=())
    assert ": too little history to judge it. November: " in judgement(summary, demo_services.sentences("en"))


def test_a_week_of_which_nothing_has_come_is_not_without_news(week: Summary, demo_services: Services) -> None:
    """That its rows are missing is what there is to report."""
    first, *others = week.sections[0].answers
    days = tuple(date(2026, 11, day) for day in range(16, 21))
    empty = replace(first, figure=Figure(None), missing=(MissingDays("sales", days),))
    sections = (replace(week.sections[0], answers=(empty, *others)), *week.sections[1:])
    summary = replace(week, sections=sections)
    text = text_of(summary_message(summary, demo_services.sentences("en")))
    assert "Week 47 (16–22 Nov): days are missing, so it can't be judged yet." in text
    assert "Sales nothing has arrived yet, so it isn't judged" in text


def test_one_total_is_singular(week: Summary, demo_services: Services) -> None:
    alone = replace(week, looked=Looked(1, {}))
    assert looked_at(alone, demo_services.sentences("en")) == "looked at 1 total"
    assert looked_at(alone, demo_services.sentences("nl")) == "bekeken: 1 totaal"


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "shown"),
    [
        (118 / 149, 0.2891, 0.7853, "share", ("79.2%", "28.9%", "78.5%")),
        (0.9, 0.2891, 0.7853, "share", ("90%", "29%", "79%")),
        (74.0, 38.6, 49.7, "count", ("74", "39", "49")),
    ],
)
def test_a_value_outside_never_looks_like_the_end_of_its_range(
    value: float, low: float, high: float, unit: Unit, shown: tuple[str, str, str]
) -> None:
    """ "79%, above the usual 29% to 79%" is none; a count's range is of the whole numbers in it."""
    found = Anomaly(True, (low + high) / 2, low, high, 36, "month")
    assert brief_range(value, found, unit, None, Formats("en", BRUSSELS)) == shown
