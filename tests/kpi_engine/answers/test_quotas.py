"""Targets that a table has by quarter or by year: theirs, those of their months, and of reps and regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.notes import note_sentence
from bot.render.words.targets import full_target
from kpi_engine import Engine, SqlWarehouse, TargetsOf
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import DefinitionError
from kpi_engine.domain.periods import FiscalYear
from kpi_engine.domain.workdays import working_days_of
from tests.shop import BRUSSELS, Shop, Tables, write_config, write_tables

SALES = """
name: sales
database: sales
table: orders
key: id
time: day
joins: {who: {model: reps, on: {rep: id}}}
dimensions: {rep: rep, region: who.region}
measures: {value: {agg: sum, of: amount}, orders: {agg: count_distinct, of: id}}
"""
REPS = """
name: reps
table: reps
key: id
dimensions: {region: region}
members: {rep: {label: name}}
"""
QUOTAS = """
name: quotas
table: quotas
key: id
time: from_day
grain: {grain}
joins: {{who: {{model: reps, on: {{rep: id}}}}}}
dimensions: {{rep: rep, region: who.region}}
targets: {{metric: metric, value: value}}
"""
QUARTERLY = [
    ("2026-07-01", 1, "sales", 60_000.0),
    ("2026-07-01", 2, "sales", 90_000.0),
    ("2026-10-01", 1, "sales", 62_000.0),
    ("2026-10-01", 2, "sales", 93_000.0),
]
BELGIUM = working_days_of("BE")


def _shop(
    folder: Path,
    quotas: Iterable[tuple[str, int | None, str, float]],
    grain: str,
    now: str = "2026-10-10T09:00",
) -> Shop:
    """A shop where each of two reps, in two regions, sells for 500 each working day from 2025 on."""
    days = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(646)]
    orders = [(f"{day}", rep) for day in days if BELGIUM(day) for rep in (1, 2)]
    tables: Tables = {
        "reps": (
            "id INTEGER PRIMARY KEY, name TEXT, region TEXT",
            [(1, "Mila", "North"), (2, "Omar", "South")],
        ),
        "orders": (
            "id INTEGER PRIMARY KEY, day TEXT, rep INTEGER, amount REAL",
            [(number, day, rep, 500.0) for number, (day, rep) in enumerate(orders)],
        ),
        "quotas": (
            "id INTEGER PRIMARY KEY, from_day TEXT, rep INTEGER, metric TEXT, value REAL",
            [(number, *row) for number, row in enumerate(quotas)],
        ),
    }
    folder.mkdir(exist_ok=True)
    models = {"sales": SALES, "reps": REPS, "quotas": QUOTAS.format(grain=grain)}
    return Shop(write_tables(folder / "shop.sqlite", tables), write_config(folder / "own", models), now)


def _target(answer: Answer) -> float | None:
    return answer.target.value if answer.target else None


def _notes(answer: Answer, shop: Shop, language: str = "en") -> str:
    sentences = Sentences(Formats(language, BRUSSELS), shop.catalogue)
    return " ".join(note_sentence(note, answer, sentences) for note in answer.notes)


def test_a_quarters_target_is_the_quarters(tmp_path: Path) -> None:
    """Of the company as the sum of the reps', of a region, of a rep, and of two quarters."""
    shop = _shop(tmp_path, QUARTERLY, "quarter")
    answer = shop.ask("sales q3 2026 vs target by rep")
    assert _target(answer) == 150_000
    assert {group.labels[0]: group.target.value for group in answer.groups if group.target} == {
        "Mila": 60_000,
        "Omar": 90_000,
    }
    assert "target_share" not in {note.code for note in answer.notes}
    assert _target(shop.ask("sales 2026-q3 rep:mila vs target")) == 60_000
    assert _target(shop.ask("sales 2026-q3 region:south vs target")) == 90_000
    assert _target(shop.ask("sales 2026-07..2026-12 vs target")) == 305_000
    assert _target(shop.ask("sales 2026-q2 vs target")) is None
    assert _target(shop.ask("sales 2026 vs target")) is None


def test_a_month_has_its_part_by_working_days_and_says_so(tmp_path: Path) -> None:
    """July 2026 has 22 of the 65 working days of its quarter in Belgium."""
    shop = _shop(tmp_path, QUARTERLY, "quarter")
    answer = shop.ask("sales 2026-07 rep:mila vs target")
    assert _target(answer) == pytest.approx(60_000 * 22 / 65)
    assert answer.target is not None
    assert answer.target.attainment == pytest.approx(22 * 500 / (60_000 * 22 / 65))
    said = "The target is set for Q3 2026 (€60,000); July 2026 has its part by working days, 22 of 65."
    assert said in _notes(answer, shop)
    assert (
        "Het doel geldt voor Q3 2026 (€\xa060.000); juli 2026 heeft zijn deel naar werkdagen, 22 van 65."
        in _notes(answer, shop, "nl")
    )
    two = shop.ask("sales 2026-08..2026-09 vs target")
    assert _target(two) == pytest.approx(150_000 * 43 / 65)
    across = shop.ask("sales 2026-09..2026-10 vs target")
    assert _target(across) == pytest.approx(150_000 * 22 / 65 + 155_000 * 22 / 64)
    assert "The targets are set for Q3 2026 and Q4 2026;" in _notes(across, shop)
    by_rep = shop.ask("sales 2026-08 by rep vs target")
    assert sum(group.target.value for group in by_rep.groups if group.target) == pytest.approx(
        _target(by_rep)
    )


def test_months_add_up_to_their_quarter(tmp_path: Path) -> None:
    shop = _shop(tmp_path, QUARTERLY, "quarter")
    months = [_target(shop.ask(f"sales 2026-{month:02} vs target")) or 0.0 for month in (7, 8, 9)]
    assert sum(months) == pytest.approx(150_000, rel=1e-15)


def test_a_running_month_lands_against_its_part(tmp_path: Path) -> None:
    """Pace, landing and what each day must bring are those of a month with a target of its own."""
    shop = _shop(tmp_path, QUARTERLY, "quarter")
    answer = shop.ask("sales this month vs target")
    landing = answer.target.landing if answer.target else None
    assert landing is not None
    left = landing.days - landing.days_done - landing.days_missing
    assert landing.needed == pytest.approx(((_target(answer) or 0) - (answer.figure.value or 0)) / left)
    sentences = Sentences(Formats("en", BRUSSELS), shop.catalogue)
    assert answer.target is not None
    assert "target €53,281 for October 2026" in full_target(answer.target, answer, sentences)
    week = shop.ask("sales last week vs target")
    assert week.target is not None
    assert week.target.value == pytest.approx(155_000 * 22 / 64)


def test_a_years_target(tmp_path: Path) -> None:
    """Its quarters and months have their parts of the year's working days."""
    shop = _shop(tmp_path, [("2026-01-01", None, "sales", 500_000.0)], "year")
    assert _target(shop.ask("sales 2026 vs target")) == 500_000
    quarters = [shop.ask(f"sales 2026-q{number} vs target") for number in (1, 2, 3, 4)]
    assert sum(_target(answer) or 0 for answer in quarters) == pytest.approx(500_000, rel=1e-15)
    assert (
        "The target is set for 2026 (€500,000); Q3 2026 has its part by working days, 65 of 253."
        in _notes(quarters[2], shop)
    )
    assert _target(shop.ask("sales 2025 vs target")) is None


def test_a_rate_is_that_of_its_quarter(tmp_path: Path) -> None:
    """Parts of it have the same, and several quarters none: rates don't add up."""
    shop = _shop(tmp_path, [("2026-07-01", None, "average_order_value", 520.0)], "quarter")
    assert _target(shop.ask("average_order_value 2026-q3 vs target")) == 520
    month = shop.ask("average_order_value 2026-08 vs target")
    assert _target(month) == 520
    assert "The target is set for Q3 2026" in _notes(month, shop)
    assert _target(shop.ask("average_order_value 2026-07..2026-08 vs target")) is None


def test_quarters_are_the_fiscal_ones(tmp_path: Path) -> None:
    """With fiscal years from February, a row of 1 May is that of May to July."""
    shop = _shop(tmp_path, [("2026-05-01", None, "sales", 70_000.0)], "quarter")
    catalogue = replace(shop.catalogue, fiscal_year=FiscalYear(2))
    url = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    shop.catalogue = catalogue
    shop.engine = Engine(catalogue, {"sales": SqlWarehouse(url)}, zone=BRUSSELS, is_working_day=BELGIUM)
    answer = shop.ask("sales fy27 q2 vs target")
    assert answer.period.bounds() == (date(2026, 5, 1), date(2026, 8, 1))
    assert _target(answer) == 70_000
    assert "Q2 FY2027 is May–Jul 2026: fiscal years start in February" in _notes(answer, shop)
    part = shop.ask("sales 2026-07 vs target")
    assert _target(part) == pytest.approx(70_000 * 22 / (18 + 22 + 22))


def test_dates_that_show_quarterly_targets_are_not_taken_for_months(tmp_path: Path) -> None:
    """No file says so: the quarter has its target, a month has none, and the answer says how to confirm it."""
    shop = _shop(tmp_path, QUARTERLY, "month")
    whole = shop.ask("sales q3 2026 vs target")
    assert _target(whole) == 150_000
    assert "There seems to be one target a quarter" in _notes(whole, shop)
    month = shop.ask("sales 2026-07 vs target")
    assert month.target is None
    assert "grain: quarter in the model of the targets" in _notes(month, shop)
    assert shop.engine.targets(["sales"], date(2026, 7, 1), shop.now) == {"sales": ()}


def test_targets_of_months_stay_those_of_months(tmp_path: Path) -> None:
    rows = [(f"2026-{month:02}-01", None, "sales", 1000.0 * month) for month in (7, 8, 9)]
    shop = _shop(tmp_path, rows, "month")
    assert _target(shop.ask("sales 2026-07 vs target")) == 7000
    assert _target(shop.ask("sales q3 2026 vs target")) == 24_000
    want = TargetsOf("sales", date(2026, 8, 1), date(2026, 9, 1))
    (row,) = shop.engine.targets(["sales"], want.start, shop.now)["sales"]
    assert row.part is None


def test_only_targets_can_be_of_quarters(tmp_path: Path) -> None:
    """Costs of a quarter would be spread over it, which nothing does."""
    own = write_config(
        tmp_path / "own", {"sales": SALES.replace("time: day", "time: day\ngrain: quarter"), "reps": REPS}
    )
    with pytest.raises(DefinitionError, match="grain: quarter is for models with targets"):
        Shop("sqlite://", own, "2026-10-10T09:00")
