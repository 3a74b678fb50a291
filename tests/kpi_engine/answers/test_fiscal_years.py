"""Answers about fiscal years: their months, what they are compared with, and the words for both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.render.contract import answer_json
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.notes import note_sentence
from kpi_engine import Engine, SqlWarehouse
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import CALENDAR_YEAR, FiscalYear
from kpi_engine.domain.workdays import working_days_of
from tests.shop import BRUSSELS, Shop, write_config, write_tables

SALES = """
name: sales
table: orders
key: id
time: day
dimensions: {rep: rep}
measures: {value: {agg: sum, of: amount}}
"""
APRIL = FiscalYear(4)
ROWS = [
    ("2024-03-31", 1), ("2024-04-01", 2), ("2024-09-30", 4), ("2025-03-31", 8), ("2025-04-01", 16),
    ("2025-07-01", 32), ("2025-12-31", 64), ("2026-01-01", 128), ("2026-03-31", 256), ("2026-04-01", 512),
    ("2026-07-01", 1024), ("2026-11-20", 2048),
]  # fmt: skip


def _shop(folder: Path, year: FiscalYear) -> Shop:
    orders = ("id INTEGER PRIMARY KEY, day TEXT, rep TEXT, amount REAL", [
        (number, day, "Mila", float(amount)) for number, (day, amount) in enumerate(ROWS)
    ])  # fmt: skip
    url = write_tables(folder / "shop.sqlite", {"orders": orders})
    shop = Shop(url, write_config(folder / "own", {"sales": SALES}), "2026-11-24T09:00")
    shop.catalogue = replace(shop.catalogue, fiscal_year=year)
    shop.engine = Engine(
        shop.catalogue, {"sales": SqlWarehouse(url)}, zone=BRUSSELS, is_working_day=working_days_of("BE")
    )
    return shop


def _note(answer: Answer, shop: Shop, language: str = "en") -> str:
    sentences = Sentences(Formats(language, BRUSSELS), shop.catalogue)
    return next(note_sentence(note, answer, sentences) for note in answer.notes if note.code == "fiscal_year")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("sales last fiscal year", 16 + 32 + 64 + 128 + 256),
        ("omzet boekjaar 2025", 2 + 4 + 8),
        ("sales fy24/25", 2 + 4 + 8),
        ("sales fy26 q2", 32),
        ("sales q3 fy26", 64),
        ("sales fy26 h2", 64 + 128 + 256),
        ("sales fytd", 512 + 1024 + 2048),
        ("sales last fiscal quarter", 1024),
    ],
)
def test_the_months_of_fiscal_periods(line: str, value: float, tmp_path: Path) -> None:
    assert _shop(tmp_path, APRIL).value(line) == value


def test_a_series_of_fiscal_quarters(tmp_path: Path) -> None:
    shop = _shop(tmp_path, APRIL)
    assert shop.series("sales per fiscal quarter fy26") == [16, 32, 64, 384]
    assert shop.series("sales per fiscal year fy25..fy26") == [14, 496]
    answer = shop.ask("sales per fiscal quarter 2025-05..2025-08")
    assert [point.period.bounds() for point in answer.series] == [
        (date(2025, 5, 1), date(2025, 7, 1)),
        (date(2025, 7, 1), date(2025, 9, 1)),
    ]


def test_what_fiscal_periods_are_compared_with(tmp_path: Path) -> None:
    """The fiscal quarter before, and the same one a year earlier."""
    answer = _shop(tmp_path, APRIL).ask("sales fy26 q4 vs previous vs last year")
    before, year = answer.comparisons
    assert (before.period.bounds()[0], before.figure.value) == (date(2025, 10, 1), 64)
    assert (year.period.bounds()[0], year.figure.value) == (date(2025, 1, 1), 8)
    assert str(before.period.grain) == str(year.period.grain) == "fiscal quarter"


def test_the_answer_says_which_months(tmp_path: Path) -> None:
    shop = _shop(tmp_path, APRIL)
    answer = shop.ask("sales last fiscal year")
    assert (
        Sentences(Formats("en", BRUSSELS), shop.catalogue).period(answer.period)
        == "FY2026, Apr 2025–Mar 2026"
    )
    assert _note(answer, shop) == (
        "FY2026 is Apr 2025–Mar 2026: fiscal years start in April and are named after the year in which they end."
    )
    assert _note(answer, shop, "nl").endswith(
        "boekjaren beginnen in april en heten naar het jaar waarin ze eindigen."
    )
    split = shop.ask("sales per fiscal quarter 2025")
    assert _note(split, shop).startswith("Fiscal years start in April")


def test_fiscal_periods_in_json(tmp_path: Path) -> None:
    shop = _shop(tmp_path, APRIL)
    found = answer_json(shop.ask("sales fy26 q2"), Sentences(Formats("en", BRUSSELS), shop.catalogue))
    assert found["question"] == "sales fy2026-Q2"
    assert found["period"] == {
        "start": "2025-07-01",
        "end": "2025-10-01",
        "grain": "fiscal quarter",
        "complete": True,
    }


def test_where_fiscal_years_are_calendar_years(tmp_path: Path) -> None:
    shop = _shop(tmp_path, CALENDAR_YEAR)
    answer = shop.ask("sales last fiscal year")
    assert answer.figure.value == 16 + 32 + 64 + 8
    assert _note(answer, shop) == "FY2025 is Jan–Dec 2025: fiscal years are calendar years."


def test_named_after_the_start(tmp_path: Path) -> None:
    shop = _shop(tmp_path, FiscalYear(4, named_by_start=True))
    answer = shop.ask("sales fy25")
    assert answer.figure.value == 496
    assert "named after the year in which they start" in _note(answer, shop)
