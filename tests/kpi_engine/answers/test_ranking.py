"""The order of groups: what can't be judged comes after what can, and an order that isn't seen is said."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.playground.company import demo_database
from bot.render.sentences import is_few
from tests.kpi_engine.answers.test_demo_numbers import END
from tests.shop import SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@pytest.mark.parametrize("top", ["", "top 20", "bottom 20"])
def test_who_has_too_few_answers_for_a_score_comes_after_the_others(top: str, shop: Shop) -> None:
    """Of the best and of the worst alike; who has no answers at all is last."""
    groups = shop.ask(f"nps by rep 2026-09..2026-10 {top}").groups
    places = [
        2 if group.figure.value is None else 1 if is_few(group.figure, "score") else 0 for group in groups
    ]
    assert places == sorted(places)
    assert {0, 1} <= {*places}


@pytest.mark.parametrize("line", ["churn by rep", "churn by rep top 1", "conversion by rep"])
def test_an_order_that_is_not_that_of_the_values_is_said(line: str, shop: Shop) -> None:
    """Nine of 36 stand below seven of 26; also where that isn't shown."""
    print([(g.labels, g.figure.numerator, g.figure.denominator) for g in shop.ask(line).groups])
    assert "by_shrunken" in [note.code for note in shop.ask(line).notes]


@pytest.mark.parametrize(
    "line",
    ["sales by rep", "churn", "churn by rep bottom 2", "cost_per_lead by source", "sales by rep bottom 3"],
)
def test_an_order_that_is_seen_needs_no_word(line: str, shop: Shop) -> None:
    """Amounts go by their values; the two with the most churn are so by either."""
    assert "by_bound" not in [note.code for note in shop.ask(line).notes]
