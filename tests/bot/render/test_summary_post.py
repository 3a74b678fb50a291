"""What a summary's post says once, and how an operator's template arranges it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from bot.render.plain_text import text_of
from bot.render.summary import details_message, summary_message
from bot.rights import EVERYTHING
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.posts import PostTemplate, Schedule
from kpi_engine.domain.query import Member
from kpi_engine.domain.summary import Candidate, Driver, Progress, Summary
from kpi_engine.domain.titles import Place
from tests.bot.conftest import MONDAY

DOC = (Path(__file__).parents[3] / "docs" / "answers.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def weekly(demo_services: Services) -> Summary:
    """The demo company's week."""
    spec = spec_named(demo_services.catalogue, "weekly")
    return summary_of(demo_services.engine, spec, demo_services.members(MONDAY), MONDAY, EVERYTHING)


def _text(summary: Summary, services: Services, language: str = "en") -> list[str]:
    return text_of(summary_message(summary, services.sentences(language))).splitlines()


def _telling_sales(summary: Summary) -> Summary:
    """Tell the total of sales, made by one region, and nothing else."""

    def told(entry: Candidate) -> Candidate:
        is_sales = (entry.subject.metric, entry.subject.member) == ("sales", None)
        north = Driver("region", Member(1, "Noord"), entry.effect)
        return replace(entry, refusal=None, drivers=(north,)) if is_sales else replace(entry, refusal="small")

    return replace(summary, candidates=tuple(map(told, summary.candidates)))


def _arranged(summary: Summary, template: str) -> Summary:
    return replace(
        summary, spec=replace(summary.spec, template=PostTemplate(template, Place("templates/weekly.j2", 1)))
    )


def test_what_the_first_line_tells_is_no_exception_as_well(weekly: Summary, demo_services: Services) -> None:
    """The first score stands in its own line, with what makes most of it."""
    told = _telling_sales(weekly)
    lines = [line for line in _text(told, demo_services) if line.startswith("Sales €")]
    assert len(lines) == 1
    assert lines[0].endswith("; mostly Noord")
    assert not any("mostly" in line for line in _text(weekly, demo_services))


def test_without_its_line_it_is_an_exception(weekly: Summary, demo_services: Services) -> None:
    """An operator's template that leaves the line out loses nothing."""
    template = "{% for line in judgement + exceptions %}\n{{ line }}\n{% endfor %}"
    told = _arranged(_telling_sales(weekly), template)
    (line,) = [line for line in _text(told, demo_services) if line.startswith("Sales €")]
    assert line.endswith("; mostly Noord")


def test_the_layout_of_the_docs(weekly: Summary, demo_services: Services) -> None:
    """Its lines stand in the order of the template, with the template's own text."""
    found = re.search(r"```jinja\n(.*?)```", DOC, re.DOTALL)
    assert found is not None
    lines = _text(_arranged(weekly, found.group(1)), demo_services)
    places = [
        next(place for place, line in enumerate(lines) if line.startswith(start))
        for start in ("Week 47", "⚠ Data:", "Sales €", "Sales in November", "🎉 Well done", "Questions? Ask")
    ]
    assert places == sorted(places)
    assert not any(line.startswith(("As usual", "Conversion")) for line in lines)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "; but orders 78, a little under"), ("nl", "; maar orders 78, ")]
)
def test_what_isnt_as_usual_follows_a_but(
    weekly: Summary, demo_services: Services, language: str, words: str
) -> None:
    """The line of what is as usual ends with what isn't, and isn't told."""
    assert any(words in line for line in _text(weekly, demo_services, language))


def test_what_is_clear_is_not_a_little(weekly: Summary, demo_services: Services) -> None:
    """A total that another exception tells for is far off, not a little."""
    clear = replace(
        weekly,
        candidates=tuple(
            replace(entry, refusal="same")
            if (entry.subject.metric, entry.subject.member) == ("orders", None)
            else entry
            for entry in weekly.candidates
        ),
    )
    assert any("; but orders 78, below the usual" in line for line in _text(clear, demo_services))


def test_one_more_person_is_one_other(weekly: Summary, demo_services: Services) -> None:
    """Where a line has room for all but one of the people who have their target."""
    person = weekly.people[0]

    def named(number: int) -> Progress:
        return replace(person, person=Member(number, f"Rep {number}"), attainment=1.5)

    for count, words in ((7, "Rep 5 and one other have"), (8, "Rep 5 and 2 others have")):
        summary = replace(weekly, people=tuple(named(number) for number in range(count)))
        assert any(words in line for line in _text(summary, demo_services))


@pytest.mark.parametrize(
    ("schedule", "period", "begins", "posted"),
    [
        (Schedule("day", time(8, 30)), "yesterday", "22 Nov 2026: ", "every day at 08:30."),
        (
            Schedule("quarter", time(8, 30), working_day=3),
            "last quarter",
            "Q3 2026: ",
            "every 3rd working day of the quarter at 08:30.",
        ),
        (
            Schedule("year", time(8, 30), working_day=1),
            "last year",
            "2025",
            "every 1st working day of the year at 08:30.",
        ),
    ],
)
def test_a_summary_of_another_rhythm_is_called_by_its_period(
    schedule: Schedule, period: str, begins: str, posted: str, demo_services: Services
) -> None:
    """No day, quarter or year is called a week or a month."""
    spec = spec_named(demo_services.catalogue, "weekly")
    section = replace(spec.sections[0], period=period)
    other = replace(spec, schedule=schedule, sections=(section,))
    made = summary_of(demo_services.engine, other, demo_services.members(MONDAY), MONDAY, EVERYTHING)
    first = _text(made, demo_services)[0]
    assert begins in first
    assert not re.search(r"\b(week|month)\b", first)
    assert posted in text_of(details_message(made, demo_services.sentences("en")))
    assert not re.search(r"\b(week|maand)\b", _text(made, demo_services, "nl")[0])
