"""What is asked together equals what is asked alone, whatever it is: measures, windows, splits and filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from math import nan
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.playground.company import demo_database
from kpi_engine.domain.metrics import Need
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.reading.frames import Cell
from kpi_engine.sql.scan import Ask
from tests.company_copies import END
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import SHIPPED, Shop

NOW = "2026-11-23T08:30"
ORDERS = ("sales", "orders")


def _shop(url: str) -> Shop:
    """A shop whose engine knows how many members there are."""
    shop = Shop(url, SHIPPED, NOW, warehouse=CountedWarehouse(url))
    shop.engine._reader.sizes(shop.catalogue.dimensions)
    return shop


@cache
def _sqlite() -> Shop:
    return _shop(f"sqlite:///{demo_database(END)}")


@pytest.fixture(scope="module", autouse=True)
def closed_after_all() -> Iterator[None]:
    yield
    _sqlite().engine.close()
    _sqlite.cache_clear()


@cache
def _needs() -> tuple[Need, ...]:
    """Every need of every shipped metric that is read from rows."""
    shop = _sqlite()
    today = shop.engine.today(shop.now)
    metrics = [metric for metric in shop.catalogue.metrics.values() if not metric.spec.pairs]
    every = dict.fromkeys(need for metric in metrics for need in metric.spec.needs(today))
    return tuple(need for need in every if need.acquired == "rows")


@cache
def _keys(dimension: str) -> tuple[Key, ...]:
    """Some members of a dimension; none as well, and one that isn't there."""
    members = sorted((member.key for member in _sqlite().members[dimension]), key=str)
    unknown: Key = -1 if isinstance(members[0], int) else "nothing"
    return (*members[:: max(len(members) // 6, 1)], None, unknown)


def _window(start: int, days: int) -> Window:
    first = END - timedelta(days=start)
    return Window(first, first + timedelta(days=days))


WINDOWS = (
    Window(None, None),
    *(Window(date(2026, month, 1), date(2026, month + 1, 1)) for month in (3, 4, 9, 10)),
    Window(date(2026, 7, 1), date(2026, 10, 1)),
    Window(date(2025, 1, 1), date(2026, 1, 1)),
    Window(date(2024, 2, 29), date(2024, 3, 1)),
    Window(date(2026, 5, 4), date(2026, 5, 4)),
)
ANY_WINDOW = st.sampled_from(WINDOWS) | st.builds(
    _window, st.integers(0, 1_000), st.sampled_from([1, 7, 28, 90])
)


@st.composite
def any_ask(draw: st.DrawFn, needs: Sequence[Need]) -> Ask:
    """A need over some windows, split by at most two dimensions, with at most two filters."""
    need = draw(st.sampled_from(needs))
    dimensions = st.sampled_from(sorted(_sqlite().catalogue.models[need.measure.model].dimensions))
    by = draw(st.lists(dimensions, max_size=2, unique=True))
    filters = []
    for dimension in draw(st.lists(dimensions, max_size=2, unique=True)):
        keys = draw(st.lists(st.sampled_from(_keys(dimension)), min_size=1, max_size=2, unique=True))
        members = tuple(Member(key, str(key)) for key in keys)
        filters.append(Filter(dimension, members, exclude=draw(st.booleans())))
    windows = draw(st.lists(ANY_WINDOW, min_size=1, max_size=3, unique=True))
    return Ask(need, tuple(windows), tuple(by), tuple(filters))


@st.composite
def some_asks(draw: st.DrawFn) -> list[Ask]:
    """Some asks: of any measures, or of one model's, which share most."""
    needs: Sequence[Need] = _needs()
    if draw(st.booleans()):
        model = draw(st.sampled_from(sorted({need.measure.model for need in needs})))
        needs = [need for need in needs if need.measure.model == model]
    return draw(st.lists(any_ask(needs), min_size=2, max_size=6))


Cells = Mapping[tuple[Ask, Window], Cell]


def _cells(shop: Shop, asks: Sequence[Ask]) -> Cells:
    """Every cell; the total of no rows is there, as a figure takes it."""
    reader = shop.engine._reader
    evaluation = reader.evaluate(asks, shop.now, ["any"] * len(asks))
    return {
        (ask, window): {
            **({} if ask.by else {(): reader.empty_value(ask.need)}),
            **evaluation.cell(place, window),
        }
        for place, ask in enumerate(asks)
        for window in ask.windows
    }


def _same(found: Cells, expected: Cells) -> None:
    assert found.keys() == expected.keys()
    for place, cell in found.items():
        numbers = pytest.approx(_numbers(expected[place]), rel=1e-9, abs=1e-9, nan_ok=True)
        assert _numbers(cell) == numbers, place


def _numbers(cell: Cell) -> dict[tuple[Key, ...], float]:
    """The values of a cell; what isn't known is not a number."""
    return {key: nan if value is None else value for key, value in cell.items()}


def _alone(shop: Shop, asks: Sequence[Ask]) -> Cells:
    return {place: cell for ask in dict.fromkeys(asks) for place, cell in _cells(shop, [ask]).items()}


@settings(max_examples=60, derandomize=True, phases=(Phase.generate,))
@given(some_asks(), st.randoms(use_true_random=False))
def test_together_as_alone(asks: list[Ask], random: Random) -> None:
    """In any order, and in no more statements than alone."""
    shop = _sqlite()
    warehouse = shop.engine._warehouses["sales"]
    assert isinstance(warehouse, CountedWarehouse)
    alone = _alone(shop, asks)
    sent_alone = len(warehouse.taken())
    _same(_cells(shop, asks), alone)
    assert len(warehouse.taken()) <= sent_alone
    shuffled = random.sample(asks, len(asks))
    _same(_cells(shop, shuffled), alone)


WEEKS = tuple(Window(day - timedelta(days=7), day) for day in (END - timedelta(weeks=k) for k in range(30)))
MONTHS = tuple(
    Window(date(2025 + k // 12, k % 12 + 1, 1), date(2025 + (k + 1) // 12, (k + 1) % 12 + 1, 1))
    for k in range(22)
)
A_FEW = 5
"""So few weeks or months aren't a run (planner._RUN)."""


def _counted_apart() -> tuple[Need, ...]:
    """The needs that count customers or orders, each once."""
    measures = ((need, _sqlite().catalogue.models[need.measure.model]) for need in _needs())
    apart = [
        need
        for need, model in measures
        if (measure := model.measures[need.measure.measure]).agg == "count_distinct" and not measure.first
    ]
    assert len({need.measure for need in apart}) > 3
    return tuple(apart)


@st.composite
def long_runs(draw: st.DrawFn) -> list[Ask]:
    """Asks of what is counted apart, over long runs of weeks or months, some with a hole or more windows."""
    asks = []
    for ask in draw(st.lists(any_ask(_counted_apart()), min_size=1, max_size=3)):
        every = draw(st.sampled_from([WEEKS, MONTHS, WEEKS[10:], MONTHS[:14], (*WEEKS, *MONTHS)]))
        hole = draw(st.integers(0, 11))
        windows = dict.fromkeys((*every[:hole], *every[hole + 1 :], *(ask.windows if hole % 2 else ())))
        asks.append(Ask(ask.need, tuple(windows), ask.by, ask.where))
    return asks


@settings(max_examples=15, derandomize=True, phases=(Phase.generate,))
@given(long_runs())
def test_long_runs_as_few_windows(asks: list[Ask]) -> None:
    """What is counted week by week or month by month equals what is counted for a few of them at a time."""
    shop = _sqlite()
    few: dict[tuple[Ask, Window], Cell] = {}
    for ask in dict.fromkeys(asks):
        for start in range(0, len(ask.windows), A_FEW):
            part = Ask(ask.need, ask.windows[start : start + A_FEW], ask.by, ask.where)
            few |= {(ask, window): cell for (_, window), cell in _cells(shop, [part]).items()}
    _same(_cells(shop, asks), few)


def test_runs_of_several_asks_are_one_statement() -> None:
    """Of any length and split; the total and members of two histories of orders."""
    need = next(one for one in _counted_apart() if (one.measure.model, one.measure.measure) == ORDERS)
    asks = [Ask(need, MONTHS, (), ()), Ask(need, MONTHS[4:], ("region",), ()), Ask(need, MONTHS[:12], (), ())]
    plan = _sqlite().engine._reader.plan(asks, _sqlite().now)
    assert len(plan.scans) == 1
    assert not plan.scans[0].tallies


FIXED = (
    ("sales", "value", ("rep",), ()),
    ("sales", "value", ("customer",), (("region", False),)),
    ("sales", "value", ("segment", "category"), ()),
    ("sales", "quantity", (), (("source", True),)),
    ("sales", "orders", ("team",), ()),
    ("sales", "orders", (), (("product", False), ("rep", True))),
    ("sales", "new_customers", ("region",), ()),
    ("sales", "new_customers", (), (("source", False),)),
    ("activity", "customers", ("technique",), ()),
    ("activity", "customers", (), (("segment", False),)),
    ("leads", "created", ("source",), ()),
    ("leads", "created", ("campaign", "region"), (("rep", False),)),
    ("leads", "qualified", (), ()),
    ("opportunities", "won", ("product",), ()),
    ("opportunities", "days_to_won", ("team",), ()),
    ("opportunities", "mean_days_to_won", ("segment",), (("source", True),)),
    ("contracts", "customers", ("region",), ()),
    ("purchases", "upsold", ("segment",), ()),
    ("nps_answers", "promoters", ("customer",), ()),
    ("sales_costs", "amount", ("rep",), ()),
)


def _fixed() -> list[Ask]:
    """One ask for each, over overlapping windows; the filters name members by turns."""
    asks = []
    for place, (model, measure, by, filtered) in enumerate(FIXED):
        every = [need for need in _needs() if (need.measure.model, need.measure.measure) == (model, measure)]
        filters = tuple(
            Filter(
                name, tuple(Member(key, str(key)) for key in _keys(name)[: 1 + place % 3]), exclude=exclude
            )
            for name, exclude in filtered
        )
        windows = tuple(WINDOWS[(place + step) % len(WINDOWS)] for step in (0, 3, 5))
        asks += [Ask(need, windows, by, filters) for need in every]
    return asks


@pytest.mark.parametrize(
    "address",
    ["duckdb_company_url", pytest.param("postgresql_company_url", marks=pytest.mark.postgresql)],
)
def test_together_as_alone_elsewhere(address: str, request: pytest.FixtureRequest) -> None:
    """The same cells as alone, in another order, and as in SQLite."""
    shop, asks = _shop(request.getfixturevalue(address)), _fixed()
    assert len(asks) >= len(FIXED)
    together = _cells(shop, asks)
    _same(together, _alone(shop, asks))
    _same(_cells(shop, Random("asks").sample(asks, len(asks))), together)
    _same(together, _cells(_sqlite(), asks))
    shop.engine.close()
