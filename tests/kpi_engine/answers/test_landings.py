"""Where the month of a target is expected to end, as answers tell it: of totals, groups and weeks."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.playground.company import demo_database
from bot.render.contract import answer_json
from bot.render.exports import xlsx_file
from bot.render.figures import breakdown
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.targets import brief_target, full_target, listed_progress, pace_line, short_target
from kpi_engine import answer_frame
from kpi_engine.answers.together import answered
from kpi_engine.domain.answer import Answer, Landing, TargetResult
from kpi_engine.domain.query import Scope
from kpi_engine.domain.workdays import working_days_of
from kpi_engine.language.parser import NOBODY, parse
from tests.shop import BRUSSELS, SHIPPED, Shop, Tables, write_config, write_tables

END = date(2026, 11, 22)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """The demo company on Friday 20 November 2026, when thirteen of twenty working days are over."""
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-20T08:30")
    yield shop
    shop.engine.close()


def _landing(answer: Answer) -> Landing:
    assert answer.target is not None
    assert answer.target.landing is not None
    return answer.target.landing


def _sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


def _said(text: str) -> str:
    return text.replace("\xa0", " ")


def test_the_rest_of_the_month_is_expected_from_the_days_so_far(shop: Shop) -> None:
    """Thursday and Friday of week 46 have no orders: they count as no days of the rate."""
    answer = shop.ask("sales this month")
    landing, target = _landing(answer), answer.target
    assert target is not None
    assert target.result is not None
    assert (landing.days, landing.days_done, landing.days_missing) == (20, 11, 2)
    assert target.result < landing.low < landing.expected < landing.high
    assert landing.expected == pytest.approx(target.result * 18 / 11, rel=0.15)
    assert landing.needed == pytest.approx((target.value - target.result) / 7)
    assert not landing.is_plain
    assert landing.chance > 0.9


def test_the_last_ten_working_days_may_begin_in_the_month_before(shop: Shop) -> None:
    early = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-05T08:30")
    landing = _landing(early.ask("leads this month"))
    with closing(sqlite3.connect(demo_database(END))) as connection:
        days = connection.execute(
            "select date(datetime(created_at, '+2 hours')), count(*) from leads"
            " where status not in ('spam', 'duplicate') and created_at between '2026-10-20' and '2026-11-06'"
            " group by 1"
        ).fetchall()
    found = sum(count for day, count in days if "2026-10-22" <= day <= "2026-11-04")
    assert landing.days_done == 3
    assert landing.recent is not None
    assert landing.recent == pytest.approx(found / 10, abs=0.3)  # an hour of the day is another one in winter
    early.engine.close()


def test_a_week_tells_where_its_month_ends(shop: Shop) -> None:
    week, month = _landing(shop.ask("sales this week")), _landing(shop.ask("sales this month"))
    assert week.expected == pytest.approx(month.expected)
    assert week.chance == pytest.approx(month.chance)


@pytest.mark.parametrize("line", ["sales by region this month", "new_customers by rep this month"])
def test_each_group_has_its_own_landing(line: str, shop: Shop) -> None:
    answer = shop.ask(line)
    found = [group.target.landing for group in answer.groups if group.target]
    assert len(found) >= 4
    assert all(found)
    total = sum(landing.expected for landing in found if landing)
    assert total == pytest.approx(_landing(answer).expected, rel=0.12)


def test_groups_are_those_that_are_shown(shop: Shop) -> None:
    """Who last sold a year ago has a history, and is no group of this month's answer."""
    with_target = shop.ask("sales by rep this month")
    without = shop.ask("sales by rep this month vs previous")
    named = {group.labels for group in with_target.groups}
    compared = shop.ask("sales by rep this month vs previous, vs last year")
    assert {group.labels for group in without.groups} <= named
    assert named == {group.labels for group in compared.groups}
    assert all(group.target is None for group in without.groups)


@pytest.mark.parametrize(
    "line",
    [
        "sales last month",  # is over
        "win_rate this month",  # a rate
        "cost_per_lead this month",
        "sales this quarter",  # no month
        "orders this month",  # has no target
        "sales this month vs previous",  # no target is asked for
        "sales 2027-01",  # not begun
    ],
)
def test_no_landing(line: str, shop: Shop) -> None:
    target = shop.ask(line).target
    assert target is None or target.landing is None


def test_only_a_target_asks_for_the_history(shop: Shop) -> None:
    """Without one nothing is read for a landing; the targets of a request are read once."""
    today = shop.engine.today(shop.now)
    names = ("orders", "sales", "leads")
    asked = [
        (parse(f"{name} this month", shop.catalogue, shop.members, NOBODY, today), Scope()) for name in names
    ]
    with shop.engine.recorded() as log:
        made = answered(shop.engine._setting, asked, shop.now)
    assert [entry.aim.course is not None for entry in made.asked] == [False, True, True]
    assert [statement.purpose.what for statement in log.sent].count("targets") == 1


def test_the_comparison_stays_like_for_like(shop: Shop) -> None:
    """As many working days of October as of November."""
    previous = shop.ask("leads this month").comparisons[0]
    assert previous.like_for_like == 13


# a shop of its own: short histories, losses, no calendar

SALES = """
name: sales
database: sales
table: orders
key: id
time: day
measures: {value: {agg: sum, of: amount}}
"""
PLAN = """
name: plan
database: sales
table: plan
key: id
time: month
targets: {metric: metric, value: value}
"""
METRIC = """
name: sales
title: {{en: Sales, nl: Omzet}}
description: {{en: Value of the orders, nl: Waarde van de bestellingen}}
kind: simple
measure: {{model: sales, measure: value}}
unit: money
better: {better}
"""


def _shop(folder: Path, since: date, *, better: str = "up", country: str | None = "BE") -> Shop:
    """A shop with an order of 100 to 102 each working day since a day, on 16 December 2026."""
    is_working_day = working_days_of("BE")
    days = [since + timedelta(days=offset) for offset in range((date(2026, 12, 16) - since).days)]
    tables: Tables = {
        "orders": (
            "id INTEGER PRIMARY KEY, day TEXT, amount REAL",
            [
                (number, f"{day}", 100.0 + number % 3)
                for number, day in enumerate(days)
                if is_working_day(day)
            ],
        ),
        "plan": (
            "id INTEGER PRIMARY KEY, month TEXT, metric TEXT, value REAL",
            [(1, "2026-12-01", "sales", 2000.0)],
        ),
    }
    folder.mkdir()
    config = write_config(
        folder / "own", {"sales": SALES, "plan": PLAN}, {"sales": METRIC.format(better=better)}
    )
    return Shop(write_tables(folder / "shop.sqlite", tables), config, "2026-12-16T09:00", country=country)


def test_a_short_history_carries_the_rate_on_and_says_so(tmp_path: Path) -> None:
    young = _shop(tmp_path / "young", date(2026, 8, 3))
    answer = young.ask("sales this month")
    landing = _landing(answer)
    assert landing.is_plain
    assert landing.expected == pytest.approx((answer.figure.value or 0) * 22 / 11)
    assert answer.target is not None
    assert "at the rate so far" in full_target(answer.target, answer, _sentences(young))
    old = _shop(tmp_path / "old", date(2026, 3, 2))
    answer = old.ask("sales this month")
    assert not _landing(answer).is_plain
    assert answer.target is not None
    assert "; expected" in full_target(answer.target, answer, _sentences(old))


def test_where_less_is_better_the_chance_is_to_stay_within(tmp_path: Path) -> None:
    costs = _shop(tmp_path / "costs", date(2025, 3, 3), better="down")
    answer = costs.ask("sales this month")
    landing = _landing(answer)
    assert landing.expected > 2000
    assert landing.chance < 0.1
    assert answer.target is not None
    said = full_target(answer.target, answer, _sentences(costs))
    assert "€1,111 so far, after 11 of 22 working days; expected" in said
    assert "very likely to go over it" in said
    assert "; room for €81 a working day, lately €101" in said
    assert short_target(answer.target, _sentences(costs)) == "very unlikely"


def test_without_a_calendar_every_day_counts(tmp_path: Path) -> None:
    plain = _shop(tmp_path / "plain", date(2025, 3, 3), country=None)
    answer = plain.ask("sales this month")
    landing = _landing(answer)
    assert (landing.days_done, landing.days) == (15, 31)
    assert answer.target is not None
    assert "after 15 of 31 days;" in full_target(answer.target, answer, _sentences(plain))


# words

PERIOD = "2026-11"


def _told(shop: Shop, **changes: object) -> tuple[TargetResult, Answer]:
    """An answer on sales of November with a landing of given numbers."""
    answer = shop.ask("sales this month")
    landing = replace(
        Landing(414_000.0, 380_000.0, 451_000.0, 0.95, 14, 20, 10_909.0, 15_809.0, is_plain=False),
        **{name: value for name, value in changes.items() if name != "reached"},
    )
    assert answer.target is not None
    is_reached = True if changes.get("reached") else None
    target = replace(
        answer.target,
        value=351_500.0,
        result=286_041.83,
        attainment=286_041.83 / 351_500,
        landing=landing,
        reached=is_reached,
    )
    return target, replace(answer, target=target)


@pytest.mark.parametrize(
    ("language", "changes", "full"),
    [
        (
            "en",
            {},
            (
                "target €351,500 for November 2026: 81% so far, after 14 of 20 working days; expected €414k"
                " (80% range €380k to €451k), very likely to reach it; needs €10.9k a working day"
            ),
        ),
        (
            "nl",
            {},
            (
                "doel € 351.500 voor november 2026: 81% tot nu toe, na 14 van de 20 werkdagen; verwacht € 414k"
                " (80% kans op € 380k tot € 451k), haalt het zeer waarschijnlijk; nodig: € 10,9k per werkdag"
            ),
        ),
        (
            "en",
            {"chance": 0.2, "recent": 8_000.0, "days_done": 12, "days_missing": 2},
            (
                "target €351,500 for November 2026: 81% so far, after 14 of 20 working days, 2 missing;"
                " expected €414k (80% range €380k to €451k), unlikely to reach it;"
                " needs €10.9k a working day, lately €8k"
            ),
        ),
        (
            "nl",
            {"chance": 0.02, "recent": 8_000.0, "is_plain": True},
            (
                "doel € 351.500 voor november 2026: 81% tot nu toe, na 14 van de 20 werkdagen;"
                " aan het tempo tot nu toe € 414k (80% kans op € 380k tot € 451k),"
                " haalt het zeer waarschijnlijk niet; nodig: € 10,9k per werkdag, de laatste tijd € 8k"
            ),
        ),
        (
            "en",
            {"reached": True},
            "target €351,500 for November 2026: 81%, reached; expected €414k (80% range €380k to €451k)",
        ),
    ],
)
def test_the_full_words(language: str, changes: dict[str, object], full: str, shop: Shop) -> None:
    target, answer = _told(shop, **changes)
    assert _said(full_target(target, answer, _sentences(shop, language))) == full


@pytest.mark.parametrize(
    ("chance", "word", "said"),
    [
        (0.9, "very likely", "very likely to reach it"),
        (0.7, "likely", "likely to reach it"),
        (0.5, "can go either way", "can go either way"),
        (0.1, "unlikely", "unlikely to reach it"),
        (0.09, "very unlikely", "very unlikely to reach it"),
    ],
)
def test_the_chance_in_words(chance: float, word: str, said: str, shop: Shop) -> None:
    target, answer = _told(shop, chance=chance)
    sentences = _sentences(shop)
    assert short_target(target, sentences) == f"81%, {word}"
    assert f", {said};" in full_target(target, answer, sentences)
    assert brief_target(target, answer, sentences).endswith(f"expected €414k, {word}")
    assert listed_progress(target, answer, sentences) == f"€286,042 so far (81%), expected €414k, {said}"


def test_the_line_of_a_summary(shop: Shop) -> None:
    target, answer = _told(shop)
    assert (
        pace_line(answer, _sentences(shop))
        == "€286k of €352k, 14 of 20 working days: expected €414k (€380k to €451k); needs €10.9k a working day"
    )
    _, behind = _told(shop, needed=10_909.0, recent=8_000.0)
    assert str(pace_line(behind, _sentences(shop))).endswith("needs €10.9k a working day, lately €8k")
    assert _said(str(pace_line(behind, _sentences(shop, "nl")))) == (
        "€ 286k van € 352k, 14 van de 20 werkdagen: verwacht € 414k (€ 380k tot € 451k);"
        " nodig: € 10,9k per werkdag, de laatste tijd € 8k"
    )
    _, reached = _told(shop, reached=True)
    assert pace_line(reached, _sentences(shop)) == "€286k of €352k, reached: expected €414k (€380k to €451k)"
    assert pace_line(replace(answer, target=replace(target, landing=None)), _sentences(shop)) is None
    assert pace_line(replace(answer, target=None), _sentences(shop)) is None


def test_few_a_day_are_told_in_tenths(shop: Shop) -> None:
    """4.3 customers a day, not 4."""
    said = str(pace_line(shop.ask("new_customers this month"), _sentences(shop)))
    assert " a working day, lately " in said
    assert "." in said.split("needs ")[1]


def test_a_table_names_the_chance_beside_the_share(shop: Shop) -> None:
    table = breakdown(shop.ask("sales by region this month"), _sentences(shop), "", is_chart=False)
    assert table.groups is not None
    cells = [row.cells[-1].text for row in table.groups.rows]
    words = ("very likely", "likely", "can go either way", "unlikely", "very unlikely")
    assert sum(cell.partition("%, ")[2] in words for cell in cells) >= 3


def test_files_have_the_target_and_where_the_month_ends(shop: Shop) -> None:
    """A week's row has no target of its own: that is its month's."""
    answer = shop.ask("sales by region this month")
    frame = answer_frame(answer)
    found = [group.target for group in answer.groups]
    assert list(frame["target"]) == [target.value for target in found if target]
    ends = [target.landing.expected for target in found if target and target.landing]
    assert list(frame["landing"]) == ends
    assert (frame["landing_low"] < frame["landing"]).all()
    assert (frame["landing"] < frame["landing_high"]).all()
    total = answer_frame(shop.ask("sales this month"))
    assert total["landing"].item() == pytest.approx(_landing(answer).expected)
    assert answer_frame(shop.ask("sales last month"))[["landing", "landing_low"]].isna().all(axis=None)
    for line in ("sales this week", "sales per day this month"):
        assert answer_frame(shop.ask(line))[["target", "landing"]].isna().all(axis=None)
    sheet = load_workbook(io.BytesIO(xlsx_file([answer], _sentences(shop)).content)).worksheets[0]
    head, first, *_ = sheet.iter_rows(values_only=True)
    cells = dict(zip(head, first, strict=True))
    assert cells["Expected end"] == pytest.approx(ends[0])
    assert cells["Expected from"] < cells["Expected end"] < cells["Expected to"]
    assert cells["Target"] == frame["target"][0]


def test_json_has_every_number(shop: Shop) -> None:
    answer = shop.ask("sales by region this month")
    made = answer_json(answer, _sentences(shop))
    landing = _landing(answer)
    assert made["target"]["landing"] == {
        "expected": landing.expected,
        "low": landing.low,
        "high": landing.high,
        "chance": landing.chance,
        "days_done": 11,
        "days_missing": 2,
        "days": 20,
        "needed": landing.needed,
        "recent": landing.recent,
        "is_plain": False,
    }
    assert all(group["target"]["landing"] for group in made["groups"])
    over = answer_json(shop.ask("sales last month"), _sentences(shop))
    assert over["target"]["landing"] is None
