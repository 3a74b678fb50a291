"""Answers about one week or month, and series of them, know where their figures usually lie."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.render import plain_text
from bot.render.answer import answered
from bot.render.block_kit import figures
from bot.render.contract import answer_json
from bot.render.formats import UNUSUAL, Formats
from bot.render.sentences import Sentences
from bot.render.words.notes import unusual_points
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import question_of
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.unusual import history_wanted, with_usual_ranges
from kpi_engine.domain.answer import Answer, MissingDays, SeriesPoint
from kpi_engine.domain.query import Scope
from kpi_engine.exports.frame import answer_frame
from tests.shop import BRUSSELS, Shop, write_config, write_tables

CRASH = (2026, 3)
SALES = """
name: sales
table: orders
key: id
time: day
currency: EUR
dimensions: {region: region}
measures: {value: {agg: sum, of: amount}, orders: {agg: count}}
"""
ANSWERS = """
name: nps_answers
table: answers
key: id
time: day
measures:
  answers: {agg: count}
  promoters: {agg: count, where: "score >= 9"}
  detractors: {agg: count, where: "score <= 6"}
"""


def _days() -> Iterator[date]:
    day = date(2022, 11, 1)
    while day < date(2026, 11, 24):
        yield day
        day += timedelta(days=1)


def _orders() -> list[tuple[object, ...]]:
    """Return some 54 orders a month; March 2026 has a third of them."""
    draw = random.Random(4)
    chances = {day: 0.2 if (day.year, day.month) == CRASH else 0.6 for day in _days()}
    return [
        (None, day.isoformat(), draw.choice(["North", "South"]), round(draw.lognormvariate(5, 0.4), 2))
        for day in _days()
        for _ in range(3)
        if draw.random() < chances[day]
    ]


def _answers() -> list[tuple[object, ...]]:
    """Return one answer a day, of which half are from promoters."""
    draw = random.Random(5)
    return [(None, day.isoformat(), draw.choice([10, 9, 8, 3])) for day in _days()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("unusual")
    tables = {
        "orders": ("id INTEGER PRIMARY KEY, day TEXT, region TEXT, amount REAL", _orders()),
        "answers": ("id INTEGER PRIMARY KEY, day TEXT, score INTEGER", _answers()),
    }
    url = write_tables(folder / "shop.sqlite", tables)
    made = Shop(
        url, write_config(folder / "own", {"sales": SALES, "nps_answers": ANSWERS}), "2026-11-24T09:00"
    )
    yield made
    made.engine.close()


def _sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


def _missing(answer: Answer) -> list[date]:
    return [point.period.bounds()[0] for point in answer.series if point.usual is None]


def test_a_month_of_a_third_is_unusual(shop: Shop) -> None:
    """And says how much history that rests on; the month after isn't."""
    found = shop.ask("sales 2026-03").anomaly
    assert found is not None
    assert found.is_anomaly
    assert found.history == 36
    assert found.p_value < 0.001
    quiet = shop.ask("sales 2026-05").anomaly
    assert quiet is not None
    assert not quiet.is_anomaly


def test_a_series_says_where_each_month_was_expected(shop: Shop) -> None:
    """A range for each complete month, as the month alone has it; only the crash is marked."""
    answer = shop.ask("sales per month last 12 months")
    assert _missing(answer) == []
    marked = [point.period.bounds()[0] for point in answer.series if point.usual and point.usual.is_unusual]
    assert marked == [date(2026, 3, 1)]
    alone = shop.ask("sales 2026-05").anomaly
    (point,) = (point for point in answer.series if point.period.bounds()[0] == date(2026, 5, 1))
    assert alone is not None
    assert point.usual is not None
    assert (point.usual.low, point.usual.high) == pytest.approx((alone.low, alone.high))


def test_what_isnt_whole_has_no_range(shop: Shop) -> None:
    """The running month, the first months of the data, days, and groups."""
    assert _missing(shop.ask("orders per month 2026-09..2026-11")) == [date(2026, 11, 1)]
    early = shop.ask("orders per month 2022-11..2023-12")
    assert _missing(early)[:8] == [point.period.bounds()[0] for point in early.series[:8]]
    assert early.series[-1].usual is not None
    assert not any(point.usual for point in shop.ask("orders per day last 10 days").series)
    by_region = shop.ask("orders by region per month last 3 months")
    assert not any(point.usual for group in by_region.groups for point in group.series)


def test_weeks_have_ranges_of_weeks(shop: Shop) -> None:
    """Two years of them."""
    answer = shop.ask("orders per week last 6 weeks")
    assert _missing(answer) == []
    alone = shop.ask("orders last week").anomaly
    assert alone is not None
    assert (alone.grain, alone.history) == ("week", 104)


def test_a_score_is_judged_by_its_answers(shop: Shop) -> None:
    """Some thirty answers a month: the range is wide, but inside the scale."""
    found = shop.ask("nps last month").anomaly
    assert found is not None
    assert found.reason is None
    assert -100 <= found.low < found.high <= 100
    assert 40 < found.high - found.low < 120


def _without(answer: Answer, shop: Shop, days: tuple[date, ...]) -> tuple[SeriesPoint, ...]:
    """Return the points of a series again, where the rows of some days are missing."""
    setting = Setting(shop.catalogue, None, None, BRUSSELS, None)  # type: ignore[arg-type]
    question = question_of(setting, answer.query, Scope(), shop.now)
    coverage = Coverage(
        first=date(2022, 11, 1), begin=date(2022, 11, 1), has_rows=True, until=shop.now, has_costs=False,
        booked=(), today=question.today, is_working_day=None, missing=(MissingDays("sales", days),),
    )  # fmt: skip
    history = [
        (window, shop.ask(f"sales {window.start:%Y-%m}").figure) for window in history_wanted(question)[-12:]
    ]
    bare = [replace(point, usual=None) for point in answer.series]
    return with_usual_ranges(question, bare, history, coverage)


def test_missing_days_are_no_fall(shop: Shop) -> None:
    """A month that lacks days isn't judged, and isn't part of the range of the others."""
    answer = shop.ask("sales per month 2026-02..2026-05")
    february, march, april, _ = _without(answer, shop, ())
    assert march.usual is not None
    assert march.usual.is_unusual
    holed = _without(answer, shop, (date(2026, 3, 10),))
    assert holed[0].usual == february.usual
    assert holed[1].usual is None
    assert april.usual is not None
    assert holed[2].usual is not None
    assert holed[2].usual.low > april.usual.low


def test_the_words_name_what_is_unusual(shop: Shop) -> None:
    """In both languages, with what is usual; a series of which nothing is unusual says nothing."""
    answer = shop.ask("orders per month last 12 months")
    (english,) = unusual_points(answer, _sentences(shop))
    assert re.fullmatch(r"Unusual: March 2026, \d+, below the usual \d+ to \d+\.", english)
    (dutch,) = unusual_points(answer, _sentences(shop, "nl"))
    assert re.fullmatch(r"Ongewoon: maart 2026, \d+, onder de gebruikelijke \d+ tot \d+\.", dutch)
    assert english in plain_text.lines([answered(answer, _sentences(shop))])
    assert unusual_points(shop.ask("orders per month 2025-01..2025-03"), _sentences(shop)) == []


def test_a_chart_draws_the_range(shop: Shop) -> None:
    """As two more lines with the same periods, and as a column of its table; characters mark the month."""
    part = answered(shop.ask("orders per month last 12 months"), _sentences(shop)).breakdown
    assert part is not None
    chart = figures.breakdown(part)
    assert chart is not None
    line, low, high = chart.block["chart"]["series"]
    assert [low["name"], high["name"]] == ["usual, from", "usual, to"]
    assert [point["label"] for point in low["data"]] == [point["label"] for point in line["data"]]
    assert all(a["value"] < b["value"] for a, b in zip(low["data"], high["data"], strict=True))
    assert sum(UNUSUAL in text for text in str(chart.plain).split("\\n")) == 1
    table = figures.breakdown(replace(part, form="table"))
    assert table is not None
    head, *rows = table.block["rows"]
    assert [cell["text"] for cell in head] == ["Period", "Orders", "Usual"]
    assert [UNUSUAL in row[2]["text"] for row in rows] == [row[0]["text"] == "March 2026" for row in rows]


def test_a_charts_range_goes_straight_past_a_gap(shop: Shop) -> None:
    """Between two periods that have one; at the ends it meets the line."""
    part = answered(shop.ask("orders per month last 12 months"), _sentences(shop)).breakdown
    assert part is not None
    points = list(part.series[0].points)
    points[4:6] = [replace(point, usual_drawn=None) for point in points[4:6]]
    points[-1] = replace(points[-1], usual_drawn=None)
    chart = figures.breakdown(replace(part, series=(replace(part.series[0], points=tuple(points)),)))
    assert chart is not None
    line, low, high = (
        [point["value"] for point in entry["data"]] for entry in chart.block["chart"]["series"]
    )
    for side in (low, high):
        step = (side[6] - side[3]) / 3
        assert side[3:6] == pytest.approx([side[3], side[3] + step, side[3] + 2 * step])
    assert low[-1] == high[-1] == line[-1]
    assert low[0] < high[0]


def test_scripts_and_files_have_the_range(shop: Shop) -> None:
    """The JSON of each point, and three columns of the rows; of a single figure from its own judgement."""
    answer = shop.ask("orders per month last 12 months")
    points = answer_json(answer, _sentences(shop))["series"]
    assert [point["usual"]["is_unusual"] for point in points].count(True) == 1
    assert all(
        point["usual"]["low"] <= point["usual"]["expected"] <= point["usual"]["high"] for point in points
    )
    frame = answer_frame(answer)
    assert frame["unusual"].sum() == 1
    assert (frame["usual_low"] < frame["usual_high"]).all()
    alone = answer_frame(shop.ask("orders 2026-03"))
    assert alone["unusual"].tolist() == [True]
    assert answer_frame(shop.ask("orders by region 2026-03"))["unusual"].isna().all()
