"""Why a figure of the demo company changed equals plain Python over its rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from math import fsum

import pytest

from benchmarks.why import added_up
from bot.playground.company import demo_database
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.why import driver_sentence, explanation_message
from bot.render.words.change_story import Direction, story
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.explanation import Breakdown, Explanation
from kpi_engine.domain.query import Scope, ScopedQuery
from tests.bot.in_slack import in_slack
from tests.kpi_engine.answers.test_demo_numbers import END, Company, _rows
from tests.shop import SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


def _by(explanation: Explanation, dimension: str) -> Breakdown:
    (found,) = [entry for entry in explanation.breakdowns if entry.dimension == dimension]
    return found


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def test_an_additive_metric_is_split_by_differences(shop: Shop, company: Company) -> None:
    """Sales by rep, September against August."""
    sums: dict[str, dict[object, float]] = {"2026-08": defaultdict(float), "2026-09": defaultdict(float)}
    for line in company.lines:
        if _month(line["day"]) in sums:
            sums[_month(line["day"])][line["rep_id"]] += float(line["amount"])
    now, base = sums["2026-09"], sums["2026-08"]
    found = shop.why("sales 2026-09")
    parts = {entry.key: entry.part for entry in _by(found, "rep").parts}
    assert parts == pytest.approx({key: now[key] - base[key] for key in {*now, *base}}, abs=1e-6)
    assert fsum(parts.values()) == pytest.approx(fsum(now.values()) - fsum(base.values()), abs=1e-6)


def test_a_share_is_split_into_mix_and_rate(shop: Shop, company: Company) -> None:
    """Win rate by region, September against August, with midpoint weights."""
    won: dict[str, dict[object, int]] = {"2026-08": defaultdict(int), "2026-09": defaultdict(int)}
    closed: dict[str, dict[object, int]] = {"2026-08": defaultdict(int), "2026-09": defaultdict(int)}
    for deal in company.opportunities:
        if deal["stage"] in ("won", "lost") and _month(deal["closed"]) in closed:
            closed[_month(deal["closed"])][deal["region_id"]] += 1
            won[_month(deal["closed"])][deal["region_id"]] += deal["stage"] == "won"
    size = {month: sum(entry.values()) for month, entry in closed.items()}
    overall = {month: sum(entry.values()) / size[month] for month, entry in won.items()}
    centre = sum(overall.values()) / 2
    expected = {}
    for region in {*closed["2026-08"], *closed["2026-09"]}:
        weight = {month: closed[month][region] / size[month] for month in size}
        known = {month: won[month][region] / closed[month][region] for month in size if closed[month][region]}
        rate = {month: known.get(month, next(iter(known.values()))) for month in size}
        mix = (weight["2026-09"] - weight["2026-08"]) * (sum(rate.values()) / 2 - centre)
        expected[region] = (mix, sum(weight.values()) / 2 * (rate["2026-09"] - rate["2026-08"]))
    found = shop.why("win_rate 2026-09")
    parts = _by(found, "region").parts
    assert {entry.key: entry.mix for entry in parts} == pytest.approx(
        {key: mix for key, (mix, _) in expected.items()}, abs=1e-9
    )
    assert {entry.key: entry.rate for entry in parts} == pytest.approx(
        {key: rate for key, (_, rate) in expected.items()}, abs=1e-9
    )
    assert fsum(entry.part for entry in parts) == pytest.approx(
        overall["2026-09"] - overall["2026-08"], abs=1e-9
    )


def test_another_ratio_is_split_by_what_it_is_made_of(shop: Shop, company: Company) -> None:
    """Cost per lead by source, September against August."""
    cost: dict[str, dict[object, float]] = {"2026-08": defaultdict(float), "2026-09": defaultdict(float)}
    leads: dict[str, dict[object, int]] = {"2026-08": defaultdict(int), "2026-09": defaultdict(int)}
    for row in company.costs:
        if _month(row["day"]) in cost:
            cost[_month(row["day"])][row["source_id"]] += float(row["amount"])
    for lead in company.leads:
        if _month(lead["day"]) in leads:
            leads[_month(lead["day"])][lead["source_id"]] += 1
    n0, n1 = (sum(cost[month].values()) for month in ("2026-08", "2026-09"))
    d0, d1 = (sum(leads[month].values()) for month in ("2026-08", "2026-09"))
    expected = {}
    for source in {key for side in (cost, leads) for month in side.values() for key in month}:
        dn = cost["2026-09"][source] - cost["2026-08"][source]
        dd = leads["2026-09"][source] - leads["2026-08"][source]
        expected[source] = dn * (1 / d0 + 1 / d1) / 2 - dd * (n0 + n1) / (2 * d0 * d1)
    found = shop.why("cost_per_lead 2026-09")
    assert {entry.key: entry.part for entry in _by(found, "source").parts} == pytest.approx(
        expected, abs=1e-6
    )
    assert sum(expected.values()) == pytest.approx(n1 / d1 - n0 / d0, abs=1e-9)


def _pieces(lines: Iterable[dict[str, object]]) -> dict[object, tuple[float, float]]:
    """The value and the pieces of every product."""
    found: dict[object, tuple[float, float]] = {}
    for line in lines:
        value, pieces = found.get(line["product_id"], (0.0, 0.0))
        found[line["product_id"]] = (
            value + float(str(line["amount"])),
            pieces + float(str(line["quantity"])),
        )
    return found


def test_sales_are_volume_price_and_mix(shop: Shop) -> None:
    """By product, September against August, from the rows in plain Python."""
    lines = _rows(
        "select l.product_id, l.quantity, l.amount, substr(o.ordered_at, 1, 7) as month from order_lines l"
        " join orders o on o.id = l.order_id where o.status <> 'cancelled'"
    )
    now, base = (
        _pieces(line for line in lines if line["month"] == month) for month in ("2026-09", "2026-08")
    )
    products = {*now, *base}
    v1, v0 = (sum(value for value, _ in side.values()) for side in (now, base))
    q1, q0 = (sum(pieces for _, pieces in side.values()) for side in (now, base))
    price = mix = 0.0
    for product in products:
        (value_1, pieces_1), (value_0, pieces_0) = now.get(product, (0, 0)), base.get(product, (0, 0))
        p1 = value_1 / pieces_1 if pieces_1 else value_0 / pieces_0
        p0 = value_0 / pieces_0 if pieces_0 else p1
        price += (q1 + q0) / 2 * (pieces_1 / q1 + pieces_0 / q0) / 2 * (p1 - p0)
        mix += (q1 + q0) / 2 * (pieces_1 / q1 - pieces_0 / q0) * (p1 + p0) / 2
    volume = (q1 - q0) * (v1 / q1 + v0 / q0) / 2
    found = shop.why("sales 2026-09")
    sold, change = found.sold, found.comparison.change
    assert sold is not None
    assert (sold.volume, sold.price, sold.mix) == pytest.approx((volume, price, mix), abs=1e-6)
    assert sold.other == 0.0
    assert (sold.pieces, sold.pieces_before) == (q1, q0)
    assert change is not None
    assert sold.total == pytest.approx(change, abs=1e-6) == pytest.approx(v1 - v0, abs=1e-6)


@pytest.mark.parametrize(
    "line", ["sales 2026-11-02..2026-11-06", "sales rep:anna 2026-09", 'sales product:"Model X" 2026-Q3']
)
def test_volume_price_and_mix_follow_the_question(shop: Shop, line: str) -> None:
    """Of a rep, of some days, of one product (which has no mix): the sum is the change."""
    found = shop.why(line)
    assert found.sold is not None
    assert found.sold.total == pytest.approx(found.comparison.change, abs=1e-6)
    if "product" in line:
        assert found.sold.mix == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("line", ["orders 2026-09", "profit 2026-09", "win_rate 2026-09"])
def test_what_has_no_pieces_says_no_volume(shop: Shop, line: str) -> None:
    """Only a sum of money whose own rows count pieces has a price."""
    assert shop.why(line).sold is None


SPLIT = [
    "sales 2026-09",
    "leads this month",
    "orders 2026-09",
    "new_customers 2026-09 vs last year",
    "conversion",
    "win_rate 2026-Q3",
    "churn 2026-09",
    "nps 2026-Q3",
    "response_rate 2026-Q3",
    "cac 2026-09",
    "average_order_value 2026-09",
    "profit 2026-09",
    "profit_margin 2026-09 vs 2026-06",
    "sales 2026-09 -region:noord",
]


@pytest.mark.parametrize("line", SPLIT)
def test_every_breakdown_adds_up_to_the_change(shop: Shop, line: str) -> None:
    """By whatever dimension, the parts make the change; uneven ones come first, then by what leads."""
    found = shop.why(line)
    change = found.comparison.change
    assert change is not None
    assert found.breakdowns
    for entry in found.breakdowns:
        assert entry.total == pytest.approx(change, abs=max(1e-9, 1e-9 * abs(change)))
    order = ["uneven", "alike", "missing member", "one member"]
    ranks = [
        (-1, -abs(entry.same_mix.mix))
        if entry.is_of_mix and entry.same_mix
        else (order.index(entry.spread), -entry.leading)
        for entry in found.breakdowns
    ]
    assert ranks == sorted(ranks)


def test_a_dimension_whose_groups_overlap_is_skipped_and_said(shop: Shop) -> None:
    """An order has lines of several products: orders by product don't add up."""
    found = shop.why("orders 2026-09")
    assert {"product", "category"} <= set(found.skipped)
    assert not {entry.dimension for entry in found.breakdowns} & set(found.skipped)


def test_a_running_month_is_compared_like_for_like(shop: Shop) -> None:
    """The explained change is the one that the answer names."""
    found, answer = shop.why("leads this month"), shop.ask("leads this month")
    explained, named = found.comparison, answer.comparisons[0]
    assert (explained.to, explained.window, explained.verdict) == (named.to, named.window, named.verdict)
    assert explained.change == pytest.approx(named.change)
    assert found.season is not None
    assert found.season.window.start == date(2025, 11, 1)
    assert found.season.window.end is not None
    assert found.season.window.end < date(2025, 11, 25)


def test_the_season_is_the_same_change_a_year_before(shop: Shop) -> None:
    """September against August of the year before stands beside."""
    found = shop.why("sales 2026-09")
    assert found.season is not None
    assert found.season.figure.value == pytest.approx(shop.value("sales 2025-09"))
    assert found.season.comparisons[0].figure.value == pytest.approx(shop.value("sales 2025-08"))
    assert shop.why("sales 2026-09 vs last year").season is None


def test_only_the_split_that_was_asked_for_is_tried(shop: Shop) -> None:
    """`why sales by product` is answered by product."""
    assert [entry.dimension for entry in shop.why("sales 2026-09 by product").breakdowns] == ["product"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("sales all time", "no earlier period"),
        ("sales 2026-09 vs target", "not with a target"),
        ("sales 2026-09 vs none", "asks for no comparison"),
        ("sales today", "no full day in this period yet"),
        ("sales today vs yesterday", "no full day in this period yet"),
        ("sales this week", "no full day in this period yet"),
        ("sales 2027", "hasn't started"),
        ("sales 2024-01 vs 2001-01", "no data"),
        ("sales_cycle 2026-09", "can't be split into parts"),
        ("pairs", "can't be split into parts"),
        ("sales per month", "one period"),
        ("sales by rep,region", "one dimension"),
    ],
)
def test_what_has_no_parts_is_refused_with_a_reason(shop: Shop, line: str, reason: str) -> None:
    """No change, or none that adds up, ends in a sentence."""
    with pytest.raises(QueryError, match=reason):
        shop.why(line)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("sales rep:anna 2026-09 vs target", 'why sales rep:"Anna de Vries" 2026-09'),
        ("sales today", "why sales 2026-11-22"),
        ("sales this week by rep", "why sales by rep 2026-W47"),
    ],
)
def test_a_refusal_offers_the_nearest_change(line: str, instead: str, shop: Shop) -> None:
    """A whole line, which is answered."""
    with pytest.raises(QueryError) as refused:
        shop.why(line)
    assert refused.value.suggestions == (instead,)
    assert shop.why(instead.removeprefix("why ")).breakdowns


SIMPSON = "conversion 2025-07..2025-10 vs 2025-03..2025-06"
JANUARY = "sales 2026-01"


def _story(shop: Shop, line: str, language: str = "en", asked: Direction | None = None) -> list[str]:
    return story(shop.why(line), Sentences(Formats(language, shop.engine.zone), shop.catalogue), asked)


def test_the_mix_is_told_where_every_region_is_better_and_the_total_worse(shop: Shop) -> None:
    """Simpson's case of docs/demo-company.md, from the totals of the parts."""
    found = shop.why(SIMPSON)
    first = found.mix_driver
    assert first is not None
    assert first is found.breakdowns[0]
    assert first.dimension == "region"
    assert first.same_mix is not None
    rates = fsum(part.rate or 0.0 for part in first.parts)
    assert first.same_mix.rate == pytest.approx(rates)
    assert first.same_mix.rate + first.same_mix.mix == pytest.approx(found.comparison.change)
    assert _story(shop, SIMPSON) == [
        "With the same mix conversion would have risen 3.2 points (0.3 to 6.1); the mix moved to Oost, −6.2."
    ]
    assert _story(shop, SIMPSON, "nl") == [
        "Bij dezelfde mix was conversie 3,2 punten gestegen (0,3 tot 6,1); de mix verschoof naar Oost, −6,2."
    ]


def test_the_season_comes_first(shop: Shop) -> None:
    """The part that each earlier January had as well: the smallest of their changes."""
    found = shop.why(JANUARY).seasonal
    assert found is not None
    sales = {
        year: [shop.value(f"sales {month}") or 0.0 for month in (f"{year}-01", f"{year - 1}-12")]
        for year in (2024, 2025, 2026)
    }
    changes = {year: now / base - 1 for year, (now, base) in sales.items() if base}
    assert found.whole == pytest.approx(changes.pop(2026))
    assert found.part == pytest.approx(max(changes.values()))
    assert found.years == len(changes)
    assert _story(shop, JANUARY)[0] == "29 of the 45% fall in sales come every January."


def test_no_season_is_told_where_a_year_went_the_other_way(shop: Shop) -> None:
    """October fell in 2026 and rose the year before; nor is there one beside last year itself."""
    found = shop.why("leads 2026-10")
    assert found.season is not None
    assert found.season.comparisons[0].change is not None
    assert found.season.comparisons[0].change > 0 > (found.comparison.change or 0)
    assert found.seasonal is None
    assert shop.why("sales 2026-09 vs last year").seasonal is None


def test_missing_days_are_said_first_and_alone(shop: Shop) -> None:
    """Half a week isn't a fall, and no member makes it."""
    found = shop.why("sales 2026-W46")
    assert [day for entry in found.missing for day in entry.days] == [date(2026, 11, 12), date(2026, 11, 13)]
    assert not found.is_clear
    told = _story(shop, "sales 2026-W46")
    assert told == [
        "Incomplete: no orders for Thu 12 and Fri 13 Nov. There is nothing to explain until they arrive."
    ]


def test_missing_days_of_the_other_period_are_said_to_be_there(shop: Shop) -> None:
    """December has all its days: November, with which it is compared, hasn't."""
    assert _story(shop, "sales 2025-12") == [
        (
            "What it is compared with is incomplete: no orders for Thu 13 and Fri 14 Nov."
            " There is nothing to explain until they arrive."
        )
    ]


def test_a_season_is_told_only_of_a_change_that_was_judged_beside_it(shop: Shop) -> None:
    """Conversion fell in July of last year as well, as little clearly: that explains nothing."""
    assert shop.why("conversion 2026-07").seasonal is not None
    assert _story(shop, "conversion 2026-07") == [
        "Nothing to explain: no clear change in conversion (−3.0 points)."
    ]


def test_no_clear_change_has_no_story(shop: Shop) -> None:
    """It is said that there is nothing to explain."""
    found = shop.why("nps 2026-Q3")
    assert not found.is_clear
    assert _story(shop, "nps 2026-Q3") == [
        "Nothing to explain: no clear change in Net Promoter Score (−3.3 points)."
    ]
    sentences = Sentences(Formats("en", shop.engine.zone), shop.catalogue)
    assert driver_sentence(found, sentences) is None


def test_a_direction_that_is_not_so_is_answered(shop: Shop) -> None:
    """Conversion fell."""
    assert _story(shop, SIMPSON, asked="down") == _story(shop, SIMPSON)
    assert _story(shop, SIMPSON, asked="up")[0] == "Conversion went down, not up (−3.0 points)."
    assert _story(shop, "nps 2026-Q3", asked="down")[0] == "Net Promoter Score didn't clearly go down."


def test_the_driver_is_told_in_one_sentence(shop: Shop) -> None:
    """The members that go beyond a change alike, how they changed and how all others did."""
    found = shop.why(JANUARY)
    teams = replace(_by(found, "team"), spread="uneven")
    clear = replace(
        found,
        comparison=replace(found.comparison, verdict=Verdict.DOWN),
        breakdowns=(teams, *(entry for entry in found.breakdowns if entry.spread == "alike")),
    )
    sentences = Sentences(Formats("en", shop.engine.zone), shop.catalogue)
    first = clear.driver
    assert first is teams
    (leader,) = first.leaders
    assert leader.label == "Leie"
    assert driver_sentence(clear, sentences) == (
        "Leie: 35% of it (−72%; all others together −38%), fewer pieces."
    )
    assert "Leie: 35% of the fall in sales (−72%; all others together −38%), fewer pieces." in story(
        clear, sentences
    )
    part = fsum(entry.part for entry in first.leaders) / (found.comparison.change or 1)
    assert part == pytest.approx(0.353, abs=0.001)
    alike = tuple(entry for entry in clear.breakdowns if entry.spread == "alike")
    assert driver_sentence(replace(clear, breakdowns=alike), sentences) is None
    told = story(replace(clear, breakdowns=alike), sentences)
    assert told[-1].startswith("Everywhere alike: no ")


def test_several_changes_are_explained_together(shop: Shop) -> None:
    """The same as one by one, in fewer statements; what has no change has no explanation."""
    lines = ("sales 2026-10", "leads 2026-10", "sales_cycle 2026-10", "orders 2026-10")
    asked = [ScopedQuery(shop._read(line), Scope()) for line in lines]
    with shop.engine.recorded() as together:
        found = shop.engine.explain_all(asked, shop.now)
    assert [entry is None for entry in found] == [False, False, True, False]
    with shop.engine.recorded() as alone:
        for line, entry in zip(lines, found, strict=True):
            if entry is not None:
                assert entry == shop.why(line)
    assert len(together.sent) < len(alone.sent)


def test_the_parts_of_random_questions_add_up() -> None:
    """The short form of benchmarks.why: within 1e-9 of what moved."""
    told, worst = added_up(25, seed=7)
    assert told >= 15
    assert worst <= 1e-9


@pytest.mark.parametrize(
    "line", [SIMPSON, "sales 2026-10", "nps 2026-Q3", "cost_per_lead 2026-10", "profit 2026-09"]
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_story_has_its_sentences(line: str, language: str, shop: Shop) -> None:
    """Nothing is left unfilled, whatever happened to the change."""
    for verdict in (Verdict.UP, Verdict.CLEARLY_DOWN, Verdict.NOT_JUDGED, Verdict.SAME, Verdict.TOO_FEW):
        found = shop.why(line)
        judged = replace(found, comparison=replace(found.comparison, verdict=verdict))
        told = story(judged, Sentences(Formats(language, shop.engine.zone), shop.catalogue), "up")
        assert told
        assert not any("{" in sentence for sentence in told)


@pytest.mark.parametrize("line", ["sales 2026-10", 'sales rep:"Anna de Vries" 2026-W44', "sales 2026-09"])
def test_volume_price_and_mix_are_said_in_one_precision(line: str, shop: Shop) -> None:
    """Beside amounts of thousands a small part has no cents."""
    sentences = Sentences(Formats("en", shop.engine.zone), shop.catalogue)
    found = shop.why(line)
    clear = replace(found, comparison=replace(found.comparison, verdict=Verdict.UP))
    message = explanation_message(clear, sentences)
    (made_of,) = [text for text in in_slack(message).text.splitlines() if text.startswith("Made of")]
    assert made_of.count("€") >= 4
    assert not re.search(r"€\d+\.\d", made_of)
