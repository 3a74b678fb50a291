"""What a question names to be compared with is compared like for like, or the answer says why it isn't."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.playground.company import demo_database
from kpi_engine.result import Answer
from tests.shop import SHIPPED, Shop
from tests.test_demo_numbers import END


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def _codes(answer: Answer) -> list[str]:
    return [note.code for note in answer.notes]


NOTHING_NAMED = {
    "no_target",
    "no_group_target",
    "target_by_month",
    "pairs_alone",
    "all_time",
    "against_all_time",
    "today_alone",
}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sales source:website vs target", "no_target"),
        ("sales -rep:anna vs target", "no_target"),
        ("sales rep:anna region:zuid vs target", "no_target"),
        ("nps vs target", "no_target"),
        ("leads by source vs target", "no_group_target"),
        ("sales by product vs target", "no_group_target"),
        ("sales last 10 days vs target", "target_by_month"),
        ("sales all time vs target", "target_by_month"),
        ("sales last week by rep vs target", "target_by_month"),
        ("sales all time vs last year", "all_time"),
        ("sales all time vs 2025", "all_time"),
        ("sales vs all time", "against_all_time"),
        ("sales today vs yesterday", "today_alone"),
        ("pairs vs target", "pairs_alone"),
        ("pairs vs last year", "pairs_alone"),
    ],
)
def test_a_named_baseline_that_gives_nothing_is_answered(line: str, code: str, shop: Shop) -> None:
    """Whoever asked for it reads why it isn't there."""
    assert set(_codes(shop.ask(line))) & NOTHING_NAMED == {code}


@pytest.mark.parametrize(
    "line",
    [
        "sales source:website",
        "leads by source",
        "sales last 10 days",
        "sales all time",
        "sales today",
        "pairs",
        "sales vs target",
        "sales by rep vs target",
        "sales last week vs target",
        "sales vs last year",
        "sales all time vs none",
    ],
)
def test_what_nobody_named_is_not_missed(line: str, shop: Shop) -> None:
    """The usual comparisons go without a word where there are none, and those that are there need none."""
    assert set(_codes(shop.ask(line))) & NOTHING_NAMED == set()
