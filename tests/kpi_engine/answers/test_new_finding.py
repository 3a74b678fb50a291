"""A new finding is one module and one line: nothing else has to know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.render.contract import answer_json
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.answers import lines
from kpi_engine.answers import findings
from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Window
from kpi_engine.domain.quantities import FigureValue, Share
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf
from tests.shop import BRUSSELS, Shop, write_config, write_tables

# what a module of kpi_engine.answers.findings would hold


@dataclass(frozen=True, slots=True)
class LastWeek(Finding):
    """What the last seven days of a period brought, and which `part` of the whole that is."""

    figure: Figure
    part: float

    name = "last_week"

    def words(self, answer: Answer) -> tuple[str, ...]:
        first = said("The last seven days brought {value}.", value=FigureValue(self.figure))
        return first, said("That is {part} of all.", part=Share(self.part))

    def fields(self) -> Mapping[str, object]:
        return {"figure": self.figure, "part": self.part}


def _of_week(question: Question) -> FiguresOf:
    end = question.window.end
    assert end is not None
    return FiguresOf(question.metric.spec, question.filters, (Window(end - timedelta(days=7), end),))


def _wanted(question: Question) -> Iterator[FiguresOf]:
    if question.is_about_one_figure:
        yield _of_week(question)


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[LastWeek]:
    for want in _wanted(question):
        week = readings.figures[want].total(want.windows[0])
        if week.value and figure.value:
            yield LastWeek(week, week.value / figure.value)


FINDER = Finder(_found, _wanted)

SALES = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep}
measures: {value: {agg: sum, of: amount}}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(findings, "FINDERS", (*findings.FINDERS, FINDER))  # the one line
    rows = [(1, "2026-10-05", "A", 60), (2, "2026-10-25", "A", 15), (3, "2026-10-31", "B", 5)]
    url = write_tables(
        tmp_path / "shop.sqlite", {"orders": ("id INTEGER, at TEXT, rep TEXT, amount NUMERIC", rows)}
    )
    shop = Shop(url, write_config(tmp_path / "own", {"sales": SALES}), "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def test_it_is_read_found_said_and_told_to_scripts(shop: Shop) -> None:
    """In shared scans with the figure itself; a split has its own table."""
    answer = shop.ask("sales 2026-10")
    week = Figure(20.0)
    assert answer.findings == (LastWeek(week, 0.25),)
    assert len(answer.sql) == 1
    assert shop.ask("sales by rep 2026-10").findings == ()
    sentences = Sentences(Formats("en", BRUSSELS), shop.catalogue)
    text = "The last seven days brought €20. That is 25.0% of all."
    assert text in lines(answer, sentences)
    (told,) = answer_json(answer, sentences)["findings"]
    figure = {"value": 20.0, "numerator": None, "denominator": None, "interval": None, "parts": None}
    assert told == {"finding": "last_week", "text": text, "figure": figure, "part": 0.25}


def test_it_can_be_read_without_a_bot(shop: Shop) -> None:
    """In a form that no country owns."""
    answer = shop.ask("sales 2026-10")
    (finding,) = answer.findings
    assert finding.words(answer) == ("The last seven days brought 20.", "That is 25.0% of all.")
