"""What holds for every shop: groups add up, months make the year, rates and scores stay in their bounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_engine.analysis import score
from tests.shop import Shop, write_config, write_tables

ORDERS = """name: sales
table: orders
key: id
time: at
joins: {rep: {model: reps, on: {rep: id}}}
dimensions: {rep: rep, region: rep.region, product: product}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count, where: "amount > 0"}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
LEADS = """name: leads
table: leads
key: id
time: at
zone: UTC
dimensions: {source: source}
measures: {created: {agg: count}}
"""
COSTS = """name: marketing_costs
table: costs
key: id
time: month
grain: month
dimensions: {source: source}
measures: {amount: {agg: sum, of: amount}}
"""
ANSWERS = """name: nps_answers
table: answers
key: id
time: at
dimensions: {rep: rep}
measures:
  answers: {agg: count, where: "score is not null"}
  promoters: {agg: count, where: "score between 9 and 10"}
  detractors: {agg: count, where: "score between 0 and 6"}
  delivered: {agg: count}
  answered: {agg: count, where: "score is not null"}
"""
SPENT = """name: spent
kind: simple
title: {en: Spent}
description: {en: What marketing cost.}
unit: money
better: down
measure: {model: marketing_costs, measure: amount}
"""
MODELS = {"sales": ORDERS, "reps": REPS, "leads": LEADS, "costs": COSTS, "answers": ANSWERS}

DAY = st.integers(0, 364).map(lambda day: str(date(2025, 1, 1) + timedelta(days=day)))
REP = st.sampled_from([1, 2, 9, None])
SOURCE = st.sampled_from(["web", "WEB ", "fair", None])
HOUR = st.sampled_from(["00:00:00", "08:30:00", "22:30:00", "23:59:59"])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, list[tuple[object, ...]]]:
    """The rows of 2025, at least one of each kind."""
    amounts = st.integers(-50, 200)
    return {
        "orders": draw(st.lists(st.tuples(DAY, st.sampled_from("ABCD"), REP, st.sampled_from("xy"), amounts), min_size=1, max_size=12)),
        "leads": draw(st.lists(st.tuples(st.tuples(DAY, HOUR).map(" ".join), SOURCE, st.none() | DAY), min_size=1, max_size=12)),
        "costs": draw(st.lists(st.tuples(st.integers(1, 12).map(lambda month: f"2025-{month:02}-01"), SOURCE, amounts), min_size=1, max_size=6)),
        "answers": draw(st.lists(st.tuples(DAY, REP, st.none() | st.integers(0, 10)), min_size=1, max_size=12)),
    }  # fmt: skip


@contextmanager
def _shop(factory: pytest.TempPathFactory, found: dict[str, list[tuple[object, ...]]]) -> Iterator[Shop]:
    columns = {
        "orders": "id INTEGER, at TEXT, customer TEXT, rep INTEGER, product TEXT, amount NUMERIC",
        "leads": "id INTEGER, at TEXT, source TEXT, converted_at TEXT",
        "costs": "id INTEGER, month TEXT, source TEXT, amount NUMERIC",
        "answers": "id INTEGER, at TEXT, rep INTEGER, score INTEGER",
    }
    tables = {
        name: (kinds, [(number, *row) for number, row in enumerate(found[name])])
        for name, kinds in columns.items()
    }
    tables["reps"] = ("id INTEGER, name TEXT, region TEXT", [(1, "Ann", "N"), (2, "Bob", None)])
    folder = factory.mktemp("shop")
    config = write_config(folder / "own", MODELS, {"spent": SPENT})
    shop = Shop(write_tables(folder / "shop.sqlite", tables), config, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


ADDITIVE = ("sales", "orders", "new_customers", "leads", "spent")


@settings(max_examples=20)
@given(rows())
def test_groups_and_none_make_the_total(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, list[tuple[object, ...]]]
) -> None:
    """Of every additive metric, by every dimension that it has, and equal to plain Python."""
    with _shop(tmp_path_factory, found) as shop:
        for name in ADDITIVE:
            for dimension in shop.catalogue.metrics[name].dimensions:
                groups = shop.groups(f"{name} by {dimension} all time")
                assert sum(value or 0 for value in groups.values()) == shop.value(f"{name} all time"), (name, dimension)  # fmt: skip
        assert shop.value("sales all time") == sum(int(str(row[4])) for row in found["orders"])
        assert shop.value("leads all time") == len(found["leads"])
        assert shop.value("new_customers all time") == len({row[1] for row in found["orders"]})


@settings(max_examples=20)
@given(rows())
def test_months_and_weeks_part_the_year(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, list[tuple[object, ...]]]
) -> None:
    """Half-open periods neither overlap nor leave a gap: months, weeks and days add up to all of it.

    A moment of 23:30 UTC on 31 December falls in January: so the months go to January.
    """
    with _shop(tmp_path_factory, found) as shop:
        for name in ADDITIVE:
            total = shop.value(f"{name} all time")
            for per in ("month 2025-01..2026-01", "quarter 2025-01..2026-03", "week 2024-12-30..2026-01-04"):
                if name == "spent" and per.startswith("week"):
                    continue  # a week gets its share of a month's cost by days, the others' share is outside
                series = shop.series(f"{name} per {per}")
                assert sum(value or 0 for value in series) == pytest.approx(total), (name, per)


@settings(max_examples=20)
@given(rows())
def test_rates_and_scores_stay_in_their_bounds(
    tmp_path_factory: pytest.TempPathFactory, found: dict[str, list[tuple[object, ...]]]
) -> None:
    """Rates are 0 to 1 with their interval around them, a score -100 to 100; nothing to count is no data."""
    with _shop(tmp_path_factory, found) as shop:
        for name in ("conversion", "response_rate"):
            figure = shop.ask(f"{name} 2025").figure
            assert (figure.value is None) == (not figure.denominator)
            if figure.value is not None and figure.interval is not None:
                low, high = figure.interval
                assert 0 <= low <= figure.value <= high <= 1
        nps = shop.ask("nps 2025").figure
        scores = [int(str(row[2])) for row in found["answers"] if row[2] is not None]
        if not scores:
            assert nps.value is None
            return
        promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
        assert nps.value == pytest.approx(100 * (promoters - detractors) / len(scores))
        assert -100 <= nps.value <= 100


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_interval_of_a_score_holds_its_adjusted_centre(
    promoters: int, passives: int, detractors: int
) -> None:
    """The centre is drawn towards 0 by three answers more: (P - D) / (n + 3)."""
    answers = promoters + passives + detractors
    if answers:
        low, high = score.interval(promoters, detractors, answers)
        assert -100 <= low <= 100 * (promoters - detractors) / (answers + 3) <= high <= 100
