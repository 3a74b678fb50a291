"""Groups chosen by the size of their own figures, against the same groups without a size."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from bot.playground.company import demo_database
from kpi_engine.domain.answer import Group
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Query, Scope, ScopedQuery, Sized
from kpi_engine.language.amounts import canonical_size, read_size
from kpi_engine.language.parser import canonical
from tests.kpi_engine.answers.test_demo_numbers import END
from tests.shop import SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def _by_key(groups: Iterable[Group]) -> dict[object, float | None]:
    return {group.keys: group.figure.value for group in groups}


def test_groups_are_kept_by_their_own_figure_and_the_total_stays(shop: Shop) -> None:
    """Customers with a loss in September: those of the whole list, the worst first, with its total."""
    every, chosen = (shop.ask(f"profit by customer {size} 2026-09") for size in ("", "profit:<0"))
    losses = [group for group in every.groups if group.figure.value is not None and group.figure.value < 0]
    assert 0 < len(losses) < len(every.groups)
    assert len(chosen.groups) == len(losses)
    assert _by_key(chosen.groups) == _by_key(losses)
    assert chosen.groups[0].figure.value == min(group.figure.value or 0.0 for group in losses)
    assert chosen.figure == every.figure
    (note,) = [note for note in chosen.notes if note.code == "sized"]
    assert note.values == {"count": len(losses), "of": len(every.groups), "shown": len(losses)}
    assert "not_additive" not in [note.code for note in chosen.notes]


@pytest.mark.parametrize(
    ("line", "is_rising"),
    [
        ("profit by customer profit:<0 2026-09", True),
        ("cost_per_lead by source cost_per_lead:<100", True),
        ("cost_per_lead by source cost_per_lead:>20", False),
        ("sales by rep sales:>10k", False),
        ("sales by rep sales:10k..30k", False),
        ("sales by rep orders:<300", False),
        ("profit by customer profit:<0 2026-09 top 5", False),
        ("profit by customer profit:<0 2026-09 bottom 5", True),
    ],
)
def test_the_furthest_from_a_size_lead(line: str, is_rising: bool, shop: Shop) -> None:
    """Below a size the lowest, above it the highest; else, and where the question says so, the best."""
    values = [group.figure.value or 0.0 for group in shop.ask(line).groups]
    assert len(values) > 1
    assert values == sorted(values, reverse=not is_rising)


@pytest.mark.parametrize(
    ("size", "passes"),
    [
        ("sales:>23467.40", lambda value: value > 23467.40),
        ("sales:>=20k", lambda value: value >= 20_000),
        ("sales:<=20k", lambda value: value <= 20_000),
        ("sales:10k..30k", lambda value: 10_000 <= value <= 30_000),
    ],
)
def test_every_bound_holds(shop: Shop, size: str, passes: Callable[[float], bool]) -> None:
    """Over, at least, at most and between, each against plain Python over the whole list."""
    every, chosen = (shop.ask(f"sales by rep {typed} 2026-10") for typed in ("", size))
    expected = {
        key: value for key, value in _by_key(every.groups).items() if value is not None and passes(value)
    }
    assert _by_key(chosen.groups) == expected
    assert 0 < len(expected) < len(every.groups)


def test_a_size_of_another_metric_and_the_top_after_it(shop: Shop) -> None:
    """Sales of the reps whose conversion of the same month is over 20 %; of those the best three."""
    rates = _by_key(shop.ask("conversion by rep 2026-06").groups)
    every = shop.ask("sales by rep 2026-06").groups
    expected = [group.keys for group in every if (rates.get(group.keys) or 0) > 0.2]
    chosen = shop.ask("sales by rep conversion:>20% top 3 2026-06")
    assert [group.keys for group in chosen.groups] == expected[:3]
    (note,) = [note for note in chosen.notes if note.code == "sized"]
    assert note.values == {"count": len(expected), "of": len(every), "shown": 3}
    assert 3 < len(expected) < len(every)
    assert len(chosen.sql) > len(shop.ask("sales by rep top 3 2026-06").sql)


def test_a_size_takes_the_filters_of_the_question(shop: Shop) -> None:
    """The other metric's figures are of the same region as the question's."""
    rates = _by_key(shop.ask("conversion by rep region:noord 2026-06").groups)
    chosen = shop.ask("sales by rep region:noord conversion:>=25% 2026-06")
    every = _by_key(shop.ask("sales by rep region:noord 2026-06").groups)
    kept = {key for key, rate in rates.items() if rate is not None and rate >= 0.25}
    assert {group.keys for group in chosen.groups} == kept & every.keys()
    assert 0 < len(chosen.groups) < len(every)


def test_no_data_never_passes(shop: Shop) -> None:
    """A rep without answers has no score, and one of few answers none that is shown."""
    every = shop.ask("nps by rep 2026-09")
    chosen = shop.ask("nps by rep nps:<=100 2026-09")
    enough = {group.keys for group in every.groups if (group.figure.denominator or 0) >= 10}
    assert {group.keys for group in chosen.groups} == enough
    assert len(enough) < len(every.groups)


def test_a_size_without_groups_is_refused(shop: Shop) -> None:
    """Nothing is chosen by it, so it isn't ignored."""
    for metric in ("sales", "pairs"):
        query = Query((metric,), sizes=(Sized(metric, low=1.0),))
        with pytest.raises(QueryError):
            shop.engine.answer(ScopedQuery(query, Scope()), shop.now)
    with pytest.raises(QueryError, match="can't be split by"):
        shop.ask("sales by rep cost_per_lead:<5")


@pytest.mark.parametrize("value", [0.0, 1.0, 1.5, 1.234, 1000.125, 12.345, -0.001, 123456789.123, 1e-7])
def test_a_size_reads_back_as_itself(value: float) -> None:
    """Three digits behind the point aren't taken for thousands."""
    for size in (
        Sized("sales", low=value),
        Sized("sales", high=value, includes_high=False),
        Sized("sales", low=value, high=value + 1),
    ):
        assert read_size(canonical_size(size), "sales", "money") == size


def test_the_question_of_the_answer_holds_its_sizes(shop: Shop) -> None:
    """Asked again, it gives the same groups."""
    chosen = shop.ask("sales by rep conversion > 20% sales:10k..50k 2026-06")
    again = shop.ask(canonical(chosen.query))
    assert again.groups == chosen.groups
    assert chosen.groups
