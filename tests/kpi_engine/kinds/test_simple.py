"""The classic traps of counting and adding, each on a shop that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kpi_engine.domain.errors import QueryError
from tests.shop import Shop, write_config, write_tables

SALES = """
name: sales
table: lines
key: id
time: order.ordered_at
joins:
  order: {model: orders, on: {order_id: id}, required: true}
dimensions:
  rep: order.rep_id
  region: order.rep.region
  product: product
  customer: order.customer
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count_distinct, of: order_id}
  new_customers: {agg: count_distinct, of: order.customer, first: {per: order.customer, event: order_id}}
"""
ORDERS = """
name: orders
table: orders
key: id
where: "status <> 'cancelled'"
joins:
  rep: {model: reps, on: {rep_id: id}}
"""
REPS = """
name: reps
table: reps
key: id
dimensions: {region: region}
members: {rep: {label: name, active_until: left_on}}
"""
LEADS = """
name: leads
table: leads
key: id
time: created_at
zone: UTC
dimensions: {rep: rep_id, source: source, closer: {path: closer, success_only: true}}
measures:
  created: {agg: count}
  closed: {agg: count, where: closer IS NOT NULL}
  length: {agg: sum, of: length, where: closer IS NOT NULL}
"""
COSTS = """
name: marketing_costs
table: costs
key: id
time: month
grain: month
dimensions: {source: source}
measures: {amount: {agg: sum, of: amount}}
"""

CLOSING = """
name: closing
title: {en: Closed leads}
description: {en: "Leads that were closed, of all leads."}
kind: ratio
unit: ratio
better: up
numerator: {model: leads, measure: closed}
denominator: {model: leads, measure: created}
"""
LENGTH = """
name: length
title: {en: Length}
description: {en: The mean length of the closed leads.}
kind: ratio
unit: ratio
better: neutral
numerator: {model: leads, measure: length}
denominator: {model: leads, measure: closed}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Three reps (two called Jan Maes, one gone), five orders, one cancelled, one by a rep who isn't listed.

    order  at                   rep  customer  lines
    1      2026-09-30 23:59:59  1    A         x 100, y 50
    2      2026-10-01 00:00:00  1    A         x 10
    3      2026-10-15           2    B         x 20, z 5     (a date without time)
    4      2026-10-31 23:59:59  9    C         z -5          (rep 9 isn't in the list; a credit)
    5      2026-10-20 12:00:00  2    D         x 1000        (cancelled)
    """
    tables = {
        "reps": (
            "id INTEGER, name TEXT, region TEXT, left_on DATE",
            [(1, "Jan Maes", "Noord", None), (2, "Jan Maes", "Zuid", None), (3, "Eva", None, "2026-06-01")],
        ),
        "orders": (
            "id INTEGER, rep_id INTEGER, customer TEXT, status TEXT, ordered_at TEXT",
            [
                (1, 1, "A", "paid", "2026-09-30 23:59:59"),
                (2, 1, "A", "paid", "2026-10-01 00:00:00"),
                (3, 2, "B", "paid", "2026-10-15"),
                (4, 9, "C", "paid", "2026-10-31 23:59:59"),
                (5, 2, "D", "cancelled", "2026-10-20 12:00:00"),
            ],
        ),
        "lines": (
            "id INTEGER, order_id INTEGER, product TEXT, amount NUMERIC",
            [
                (1, 1, "x", 100),
                (2, 1, "y", 50),
                (3, 2, "x", 10),
                (4, 3, "x", 20),
                (5, 3, "z", 5),
                (6, 4, "z", -5),
                (7, 5, "x", 1000),
            ],
        ),
        "leads": (
            "id INTEGER, created_at TEXT, source TEXT, rep_id INTEGER, closer TEXT, length INTEGER",
            [
                (1, "2026-09-30 21:59:59", "web", 1, None, None),
                (2, "2026-09-30 22:00:00", "web", 1, None, 9),
                (3, "2026-10-31 22:59:59", "WEB ", None, "Eva", 4),
                (4, "2026-10-31 23:00:00", "web", 1, None, None),
            ],
        ),
        "costs": (
            "id INTEGER, month DATE, source TEXT, amount NUMERIC",
            [
                (1, "2026-10-01", "web", 310),
                (2, "2026-10-01", "podcast", 62),
                (3, "2026-10-01", None, 31),
                (4, "2026-11-01", "web", 300),
            ],
        ),
    }
    models = {"sales": SALES, "orders": ORDERS, "reps": REPS, "leads": LEADS, "costs": COSTS}
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", tables),
        write_config(tmp_path / "config", models, {"closing": CLOSING, "length": LENGTH}),
        "2026-11-23T08:30",
    )
    yield shop
    shop.engine.close()


def test_a_join_never_multiplies_a_measure(shop: Shop) -> None:
    """Lines joined to orders, reps and regions still add up to the lines."""
    assert shop.value("sales 2026-10") == 30
    assert shop.value("sales 2026-09..2026-10") == 180


def test_rows_whose_required_partner_does_not_count_are_left_out(shop: Shop) -> None:
    """The cancelled order's line is nowhere, not even in all time."""
    assert shop.value("sales all time") == 180
    assert shop.value("orders all time") == 4


def test_a_period_holds_its_first_instant_and_not_its_end(shop: Shop) -> None:
    """Midnight of the first belongs to the month, the last second before it to the one before."""
    assert shop.series("orders per month 2026-09..2026-11") == [1, 3, 0]


def test_a_date_without_time_belongs_to_its_day(shop: Shop) -> None:
    """'2026-10-15' is the 15th, also between rows that have a time."""
    assert shop.value("sales 2026-10-15") == 25
    assert shop.value("sales 2026-10-14") == 0


def test_moments_in_utc_belong_to_the_business_day(shop: Shop) -> None:
    """22:00 UTC on the last of September is October in Brussels; so is the hour less after the clock change."""
    assert shop.series("leads per month 2026-09..2026-11") == [1, 2, 1]


def test_groups_add_up_to_the_total_with_the_missing_member(shop: Shop) -> None:
    """A row without a rep is (none); a rep that isn't listed shows its own key."""
    groups = shop.groups("sales by rep 2026-10")
    assert groups == {"Jan Maes (1)": 10, "Jan Maes (2)": 25, "9": -5}
    assert sum(value or 0 for value in groups.values()) == shop.value("sales 2026-10")
    assert shop.groups("leads by rep 2026-10") == {"Jan Maes (1)": 1, "Jan Maes (2)": 0, None: 1}


def test_attributes_behind_a_missing_join_are_none(shop: Shop) -> None:
    """The unlisted rep has no region, so that their sales have none either."""
    assert shop.groups("sales by region 2026-10") == {"Noord": 10, "Zuid": 25, None: -5}


def test_two_members_of_one_name_stay_two(shop: Shop) -> None:
    """Both Jan Maes can be told apart and asked for."""
    assert shop.value('sales rep:"Jan Maes (2)" 2026-10') == 25


def test_a_member_who_left_is_shown_only_in_their_time(shop: Shop) -> None:
    """Eva left in June: in October she isn't a row of zero, in May she is."""
    assert "Eva" not in shop.groups("sales by rep 2026-10")
    assert "Eva" in shop.groups("leads by rep 2026-05..2026-09")


def test_values_are_compared_byte_for_byte(shop: Shop) -> None:
    """'web' and 'WEB ' are two sources."""
    assert shop.groups("leads by source 2026-10") == {"web": 1, "WEB ": 1}


def test_distinct_counts_are_not_added_over_groups(shop: Shop) -> None:
    """One order with two products is one order, in each product and in all."""
    answer = shop.ask("orders by product 2026-09..2026-10")
    assert {group.labels[0]: group.figure.value for group in answer.groups} == {"x": 3, "z": 2, "y": 1}
    assert answer.figure.value == 4
    assert "not_additive" in [note.code for note in answer.notes]


def test_the_first_order_is_the_first_of_all_time(shop: Shop) -> None:
    """A bought in September, so A isn't new in October, whatever is filtered."""
    assert shop.value("new_customers 2026-10") == 2
    assert shop.value('new_customers rep:"Jan Maes (1)" 2026-10') == 0
    assert shop.groups("new_customers by product 2026-09") == {"x": 1, "y": 1, "z": 0}


def test_nothing_is_zero_for_sums_and_unknown_for_ratios(shop: Shop) -> None:
    """A source that costs and yields nothing keeps its row: cost, no leads, no ratio."""
    figures = {group.labels[0]: group.figure for group in shop.ask("cost_per_lead by source 2026-10").groups}
    assert (figures["podcast"].value, figures["podcast"].numerator, figures["podcast"].denominator) == (
        None,
        62,
        0,
    )
    assert figures["web"].value == 310
    assert figures[None].numerator == 31
    assert shop.value("cost_per_lead 2026-10") == (310 + 62 + 31) / 2


def test_monthly_costs_are_spread_over_the_days_of_other_periods(shop: Shop) -> None:
    """Ten days of October carry 10/31 of its cost; a running month the days that have passed; both say so."""
    answer = shop.ask("cost_per_lead 2026-10-01..2026-10-10")
    assert answer.figure.numerator == pytest.approx(403 * 10 / 31)
    assert "spread_costs" in [note.code for note in answer.notes]
    running = shop.ask("cost_per_lead this month")
    assert running.figure.numerator == pytest.approx(300 * 22 / 30)
    assert {"spread_costs", "provisional_costs"} <= {note.code for note in running.notes}


def test_a_negative_or_empty_base_has_no_percentage(shop: Shop) -> None:
    """From -5 to anything there is no percentage, only a change."""
    answer = shop.ask("sales product:z 2026-11-01..2026-11-20 vs 2026-10-30..2026-11-01")
    comparison = answer.comparisons[0]
    assert (comparison.figure.value, comparison.change, comparison.change_pct) == (-5, 5, None)


def test_periods_before_the_first_row_are_unknown(shop: Shop) -> None:
    """August has no data at all: a dash, not a zero."""
    answer = shop.ask("sales 2026-09")
    assert answer.comparisons[0].figure.value is None
    assert "no_history" in [note.code for note in answer.notes]


def test_a_running_month_is_compared_with_as_many_working_days(shop: Shop) -> None:
    """1-22 November 2026 has 14 working days (the 11th is a holiday); October's 14th is the 20th."""
    comparison = shop.ask("sales this month").comparisons[0]
    assert comparison.like_for_like == 14
    assert (str(comparison.window.start), str(comparison.window.end)) == ("2026-10-01", "2026-10-21")


def test_rows_after_the_clock_are_never_read(shop: Shop) -> None:
    """Seen from the middle of October, the end of October hasn't happened."""
    shop.now = shop.now.replace(month=10, day=15, hour=9)
    assert shop.value("orders all time") == 3
    assert shop.value("leads all time") == 2


def test_a_dimension_that_the_metric_does_not_reach_is_refused(shop: Shop) -> None:
    """Costs have no rep: the refusal names what works."""
    with pytest.raises(Exception, match=r"can't be split by rep.*You can use source"):
        shop.ask("cost_per_lead by rep")


def test_a_ratio_is_not_split_by_what_only_successes_have(shop: Shop) -> None:
    """Each closer closed all of their leads, whether or not the ratio calls itself a share."""
    assert shop.value("closing 2026-10") == 1 / 2
    with pytest.raises(QueryError, match="Closed leads by closer is meaningless: only successes"):
        shop.ask("closing by closer 2026-10")
    with pytest.raises(QueryError, match="only successes have it"):
        shop.ask("closing closer:Eva 2026-10")


def test_a_mean_of_successes_is_split_by_what_only_successes_have(shop: Shop) -> None:
    """Both sides count the same rows."""
    assert shop.groups("length by closer 2026-10") == {"Eva": 4, None: None}


def test_a_filter_can_exclude_and_name_the_missing_member(shop: Shop) -> None:
    """-source:web keeps the rows without a source as well."""
    assert shop.value("leads rep:none 2026-10") == 1
    assert shop.value('leads -rep:"Jan Maes (1)" 2026-10') == 1
