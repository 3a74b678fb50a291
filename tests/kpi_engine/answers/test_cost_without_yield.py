"""Costs that brought nothing: first in their list, told as the cost, with how long it has been so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from bot.playground.company import demo_database
from bot.render.contract import answer_json
from bot.render.exports import xlsx_file
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.answers import headline, lines
from kpi_engine.answers.findings.cost_without_yield import CostWithoutYield
from kpi_engine.domain.answer import Answer
from kpi_engine.exports.csv_text import csv_text
from tests.shop import BRUSSELS, SHIPPED, Shop, write_config, write_tables

END = date(2026, 11, 22)

MODELS = {
    "leads": """name: leads
table: leads
key: id
time: at
dimensions: {source: source}
measures: {created: {agg: count}}
""",
    "marketing_costs": """name: marketing_costs
table: costs
key: id
time: at
dimensions: {source: source}
measures: {amount: {agg: sum, of: amount}}
""",
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def found(answer: Answer) -> list[CostWithoutYield]:
    return [entry for entry in answer.findings if isinstance(entry, CostWithoutYield)]


def sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


def test_podcast_leads_its_list(demo: Shop) -> None:
    """The demo company's planted source: since January 2025, so 22 months up to October 2026."""
    answer = demo.ask("cost_per_lead by source last month")
    assert answer.groups[0].labels[0] == "Podcast"
    assert answer.groups[-1].labels == (None,)  # cost of no source isn't cost of one without leads
    (podcast,) = found(answer)
    assert (podcast.label, podcast.cost, podcast.months, podcast.total) == ("Podcast", 2400, 22, 52_800)
    assert not podcast.is_longer


def test_both_languages(demo: Shop) -> None:
    """In a sentence, as the value of a group and as a headline; never a dash or "no data"."""
    answer = demo.ask("cost_per_lead by source last month")
    english, dutch = sentences(demo), sentences(demo, "nl")
    said = "Podcast: €2,400, no new leads for 22 months in a row (€52,800 in all)."
    assert said in lines(answer, english)
    assert english.short_value(answer.groups[0].figure, answer) == "€2,400, no new leads"
    assert dutch.short_value(answer.groups[0].figure, answer) == "€\xa02.400, geen nieuwe leads"
    assert "Podcast: €\xa02.400, al 22 maanden op rij geen nieuwe leads (€\xa052.800 in totaal)." in lines(
        answer, dutch
    )
    alone = demo.ask("cost_per_lead source:podcast last month")
    assert headline(alone, english) == "Cost per lead, Podcast, October 2026: €2,400, no new leads"
    assert found(alone)[0].months == 22


def test_scripts_and_files(demo: Shop) -> None:
    """The value is null with its cost; a finding has the member; CSV and workbook have a remark."""
    answer = demo.ask("cost_per_lead by source last month")
    shown = answer_json(answer, sentences(demo))
    first = shown["groups"][0]
    assert (first["value"], first["numerator"], first["denominator"]) == (None, 2400, 0)
    (podcast,) = [entry for entry in shown["findings"] if entry["finding"] == "cost_without_yield"]
    assert {name: podcast[name] for name in ("dimension", "label", "cost", "months", "total")} == {
        "dimension": "source",
        "label": "Podcast",
        "cost": 2400,
        "months": 22,
        "total": 52_800,
    }
    rows = {row["source"]: row["remark"] for row in csv.DictReader(io.StringIO(csv_text([answer])))}
    assert (rows["Podcast"], rows["Fairs"]) == ("no new leads", "")
    book = openpyxl.load_workbook(io.BytesIO(xlsx_file([answer], sentences(demo, "nl")).content))
    titles, podcast_row, *_ = book.worksheets[0].values
    assert dict(zip(titles, podcast_row, strict=True))["Opmerking"] == "geen nieuwe leads"


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two sources without leads; `late` had one in January, `big` never."""
    folder = tmp_path_factory.mktemp("small")
    months = [f"2026-{month:02}-10" for month in range(1, 5)]
    costs = [(number, at, "late", 100.0) for number, at in enumerate(months)]
    costs += [(10 + number, at, "big", 300.0) for number, at in enumerate(months[2:])]
    costs += [(20 + number, at, "good", 50.0) for number, at in enumerate(months)]
    leads = [(1, "2026-01-12", "late"), *((2 + number, at, "good") for number, at in enumerate(months))]
    url = write_tables(
        folder / "shop.sqlite",
        {
            "costs": ("id INTEGER, at TEXT, source TEXT, amount REAL", costs),
            "leads": ("id INTEGER, at TEXT, source TEXT", leads),
        },
    )
    shop = Shop(url, write_config(folder / "own", MODELS), "2026-05-04T09:00")
    yield shop
    shop.engine.close()


def test_the_most_expensive_first_and_only_months_in_a_row(small: Shop) -> None:
    """A month with a lead, or without cost, ends the row."""
    answer = small.ask("cost_per_lead by source 2026-04")
    assert [group.labels[0] for group in answer.groups] == ["big", "late", "good"]
    assert [(entry.label, entry.months, entry.total) for entry in found(answer)] == [
        ("big", 2, 600),
        ("late", 3, 300),
    ]


def test_the_best_are_not_the_wasteful(small: Shop) -> None:
    """A list of the best begins with the best; one of the worst with the waste."""
    best = small.ask("cost_per_lead by source top 1 2026-04")
    worst = small.ask("cost_per_lead by source bottom 1 2026-04")
    assert [group.labels[0] for group in (*best.groups, *worst.groups)] == ["good", "big"]


def test_other_ratios_and_periods_have_none(demo: Shop) -> None:
    """A mean order value without orders is no data; a quarter names no months in a row."""
    assert not found(demo.ask("average_order_value by region last month"))
    quarter = demo.ask("cost_per_lead by source 2026-07..2026-09")
    assert not found(quarter)
    assert quarter.groups[0].labels == ("Podcast",)
