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


@pytest.mark.parametrize("line", ["churn by rep", "churn by rep top 1"])
def test_an_order_that_is_not_that_of_the_values_is_said(line: str, shop: Shop) -> None:
    """Two of 116 stand before none of 48; also where the latter isn't shown."""
    assert "by_shrunken" in [note.code for note in shop.ask(line).notes]


@pytest.mark.parametrize(
    "line",
    ["sales by rep", "churn", "churn by rep bottom 2", "cost_per_lead by source", "sales by rep bottom 3"],
)
def test_an_order_that_is_seen_needs_no_word(line: str, shop: Shop) -> None:
    """Amounts go by their values; the two with the most churn are so by either."""
    assert "by_bound" not in [note.code for note in shop.ask(line).notes]


# places


def places(shop: Shop, line: str) -> list[tuple[int | None, bool]]:
    return [(group.place, group.is_tied) for group in shop.ask(line).groups]


def codes(shop: Shop, line: str) -> list[str]:
    return [note.code for note in shop.ask(line).notes]


def test_members_whose_figures_do_not_clearly_differ_share_a_place(shop: Shop) -> None:
    """The fairs bring 294 of 470 leads, far more than anything else; 49 and 40 are no difference."""
    found = places(shop, "leads by source 2026-10")
    assert found[0] == (1, False)
    assert found[1][0] == found[2][0] == 2
    assert found[1][1]
    listed = [place for place, _ in found if place is not None]
    assert listed == sorted(listed)
    assert all(place == listed.index(place) + 1 for place in listed)


def test_the_worst_have_the_places_of_the_whole_board(shop: Shop) -> None:
    whole, worst = places(shop, "leads by source 2026-10"), places(shop, "leads by source bottom 3 2026-10")
    assert worst == whole[::-1][:3]


def test_that_all_share_one_place_is_said_instead(shop: Shop) -> None:
    """Seventeen reps with 18 to 36 leads each; whoever belongs to nobody has no place."""
    (note,) = [note for note in shop.ask("leads by rep 2026-10 top 5").notes if note.code == "one_band"]
    assert dict(note.values) == {"of": 17, "total": 17}
    assert [group.place for group in shop.ask("leads by rep 2026-10").groups if group.keys == (None,)] == [
        None
    ]
    assert "one_band" not in codes(shop, "leads by source 2026-10")


def test_a_week_does_not_rank_people(shop: Shop) -> None:
    """The list stays, without places; sources are no people, and a plain split ranks nobody anyway."""
    line = "leads by rep 2026-W46 top 5"
    assert places(shop, line) == [(None, False)] * 5
    assert "too_short_to_rank" in codes(shop, line)
    assert "too_short_to_rank" not in codes(shop, "leads by rep 2026-W46")
    assert places(shop, "leads by source 2026-W46")[0][0] == 1


@pytest.mark.parametrize("top", ["top 5", "bottom 5"])
def test_the_best_and_worst_have_no_change_beside_them(top: str, shop: Shop) -> None:
    """They were chosen by their level, so that the change tells of the choice; who asks for it gets it."""
    answer = shop.ask(f"sales by rep {top} 2026-10")
    assert answer.comparisons
    assert not any(group.comparisons for group in answer.groups)
    assert all(group.comparisons for group in shop.ask(f"sales by rep {top} 2026-10 vs previous").groups)
    assert all(group.comparisons for group in shop.ask("sales by rep 2026-10").groups)


def test_a_question_for_the_target_ranks_by_the_share_of_it(shop: Shop) -> None:
    groups = shop.ask("sales by rep 2026-10 vs target").groups
    shares = [group.target.attainment for group in groups if group.target]
    assert len(shares) > 10
    assert shares == sorted(shares, key=lambda share: -(share or 0))
    values = [group.figure.value or 0.0 for group in groups]
    assert values != sorted(values, reverse=True)


def test_amounts_are_judged_by_the_orders_behind_them(shop: Shop) -> None:
    """EUR 828 of 29 orders and EUR 1,962 of 21 are a clear difference, the others beside them aren't."""
    found = places(shop, "average_order_value by rep 2026-10")
    assert found[0] == (1, True)
    assert found[-1][0] not in (None, 1)
