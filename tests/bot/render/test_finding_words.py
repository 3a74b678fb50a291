"""What findings are filled with, as people of each language write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.render.finding_words import words
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.answers import headline
from kpi_engine.answers.findings.loss_makers import LossMakers
from kpi_engine.answers.findings.proposed_window import ProposedWindow
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.quantities import (
    Count,
    FigureParts,
    FigureValue,
    Money,
    Quantity,
    RoundShare,
    Share,
    Span,
)
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import said
from tests.shop import BRUSSELS, Shop, write_config, write_tables

MODEL = """name: sales
table: lines
key: id
time: at
dimensions: {}
measures:
  lines: {agg: count}
  hours: {agg: sum, of: hours}
  orders: {agg: count_distinct, of: order_id}
"""
RATIO = """name: {name}
kind: ratio
title: {{en: "{name}"}}
description: {{en: "Per order."}}
unit: ratio
better: up
numerator: {{model: sales, measure: {above}}}
denominator: {{model: sales, measure: orders}}
"""


@dataclass(frozen=True, slots=True)
class Anything(Finding):
    """A finding that says one value."""

    value: object

    name = "anything"

    def words(self, answer: Answer) -> tuple[str, ...]:
        return (said("{value}!", value=self.value),)

    def fields(self) -> Mapping[str, object]:
        return {}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    rows = [(n, "2026-10-05", n % 375, 0.5 if n == 0 else 1) for n in range(1500)]
    columns = "id INTEGER, at TEXT, order_id INTEGER, hours NUMERIC"
    url = write_tables(tmp_path / "shop.sqlite", {"lines": (columns, rows)})
    metrics = {
        "lines_per_order": RATIO.format(name="lines_per_order", above="lines"),
        "hours_per_order": RATIO.format(name="hours_per_order", above="hours"),
    }
    shop = Shop(url, write_config(tmp_path / "own", {"sales": MODEL}, metrics), "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@pytest.mark.parametrize(
    ("value", "english", "dutch"),
    [
        (Money(1234.5, "EUR"), "€1,234", "€ 1.234"),
        (Money(-12.5, "USD"), "−US$12.50", "−US$ 12,50"),
        (Count(1234.0), "1,234", "1.234"),
        (Share(0.1234), "12.3%", "12,3%"),
        (RoundShare(1.234), "123%", "123%"),
        (Quantity(13.5, "days"), "13.5 days", "13,5 dagen"),
        (Quantity(0.5, "share"), "50.0%", "50,0%"),
        (Span(Period(date(2026, 10, 1), date(2026, 11, 1), Grain.MONTH)), "October 2026", "oktober 2026"),
        (FigureValue(Figure(4.0)), "4.00", "4,00"),
        (FigureValue(Figure(None)), "no data", "geen gegevens"),
        (FigureParts(Figure(4.0, 1500.0, 375.0)), "1,500 over 375", "1.500 over 375"),
        (Title("Sales", "Omzet"), "Sales", "Omzet"),
        (Horizon(months=12).words(), "12 months", "12 maanden"),
        (Horizon(months=1).words(), "1 month", "1 maand"),
        (Horizon(days=1000).words(), "1,000 days", "1.000 dagen"),
        (Horizon(days=1).words(), "1 day", "1 dag"),
        (1234, "1,234", "1.234"),
        ("Anna", "Anna", "Anna"),
        (("Anna", "Bob"), "Anna, Bob", "Anna, Bob"),
    ],
)
def test_each_kind_of_value(value: object, english: str, dutch: str, shop: Shop) -> None:
    """In both languages, in the unit of the answer's metric where it is a figure."""
    answer = shop.ask("lines_per_order 2026-10")
    for language, text in (("en", english), ("nl", dutch)):
        speaker = Sentences(Formats(language, BRUSSELS), shop.catalogue)
        assert words(Anything(value), answer, speaker).replace("\xa0", " ") == f"{text}!"


def test_a_finding_in_dutch(shop: Shop) -> None:
    """Its sentence is found in the catalog, and so are the values in it."""
    answer = shop.ask("lines_per_order 2026-10")
    speaker = Sentences(Formats("nl", BRUSSELS), shop.catalogue)
    finding = LossMakers(2, 1200, -3.5, (("Bakkerij {x}", -3.0), ("Bob", -0.5)))
    assert words(finding, answer, speaker) == (
        "Verlieslatend: 2 van 1.200 klanten verliezen samen 3,50; het meest Bakkerij {x} (3,00), Bob (0,50)."
    )


def test_a_window_in_months(shop: Shop) -> None:
    """In words it has its unit; for scripts days stay a number."""
    answer = shop.ask("lines_per_order 2026-10")
    speaker = Sentences(Formats("nl", BRUSSELS), shop.catalogue)
    finding = ProposedWindow(Horizon(months=12), 134, 203, 9007)
    assert words(finding, answer, speaker).startswith("Verloren is wie 12 maanden niets bestelde;")
    assert finding.fields()["within"] == {"months": 12}
    assert ProposedWindow(Horizon(days=365), 134, 203, 9007).fields()["within"] == 365


@pytest.mark.parametrize(
    ("line", "made_of"), [("lines_per_order", "1,500 over 375"), ("hours_per_order", "1,499.50 over 375")]
)
def test_a_ratio_of_counts_shows_counts(line: str, made_of: str, shop: Shop) -> None:
    """Nobody counts 1,500.00 lines; half an hour stays half an hour."""
    answer = shop.ask(f"{line} 2026-10")
    speaker = Sentences(Formats("en", BRUSSELS), shop.catalogue)
    assert speaker.made_of(answer.figure, answer) == made_of
    assert f"({made_of})" in headline(answer, speaker)
