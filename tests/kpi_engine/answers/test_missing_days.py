"""Has the data come? Told before anything else, and nothing is judged that rests on missing days."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.playground.company import demo_database
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.notes import note_sentence
from kpi_engine.domain.answer import Answer, MissingDays, Note, PartialDay, Verdict
from tests.company_copies import END
from tests.shop import BRUSSELS, SHIPPED, Shop, write_config, write_tables

SALES = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
DEALS = """name: opportunities
table: deals
key: id
time: created_at
measures: {created: {agg: count}, won: {agg: count, time: closed_at, where: "stage = 'won'"}}
fresh: created_at
"""
WEEK = [date(2026, 11, day) for day in (12, 13)]
FIRST, LAST = date(2025, 1, 1), date(2026, 11, 23)

Company = Callable[..., Shop]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Return what opens a company with orders on each weekday up to Monday, 23 November 2026, at 9:00 on 24."""
    shops: list[Shop] = []

    def opened(
        a_day: int = 20,
        without: Collection[date] = (),
        some: Mapping[date, int] | None = None,
        now: str = "2026-11-24T09:00",
        last: date = LAST,
    ) -> Shop:
        rows: list[tuple[object, ...]] = []
        for place in range((last - FIRST).days + 1):
            day = FIRST + timedelta(days=place)
            is_gone = day.weekday() >= 5 or day in without
            for _ in range(0 if is_gone else (some or {}).get(day, a_day)):
                rows.append((len(rows), f"{day} 10:00:00", 1 + (len(rows) % 7 > 0), 10))
        folder = tmp_path / str(len(shops))
        folder.mkdir()
        tables = {
            "orders": ("id INTEGER, at TEXT, rep INTEGER, amount NUMERIC", rows),
            "reps": ("id INTEGER, name TEXT", [(1, "Anna"), (2, "Bob"), (3, "Zoe")]),
        }
        url = write_tables(folder / "shop.sqlite", tables)
        shops.append(Shop(url, write_config(folder / "own", {"sales": SALES, "reps": REPS}), now))
        return shops[-1]

    yield opened
    for shop in shops:
        shop.engine.close()


def _notes(answer: Answer) -> list[str]:
    return [note.code for note in answer.notes]


def _told(answer: Answer, shop: Shop) -> str:
    sentences = Sentences(Formats("en", BRUSSELS), shop.catalogue)
    return note_sentence(answer.notes[0], answer, sentences)


def _verdicts(answer: Answer) -> list[Verdict]:
    return [entry.verdict for entry in answer.comparisons]


def test_a_hole_in_the_middle(company: Company) -> None:
    """The next days have come, so that the last loaded day tells nothing."""
    answer = company(without=WEEK).ask("sales 2026-W46 vs previous")
    assert answer.missing == (MissingDays("sales", tuple(WEEK)),)
    assert answer.notes[0] == Note("missing_days", {"model": "sales"})
    assert _verdicts(answer) == [Verdict.NOT_COMPARABLE]
    assert answer.figure.value == 3 * 200
    whole = company().ask("sales 2026-W46 vs previous")
    assert (whole.missing, _notes(whole)) == ((), [])
    assert Verdict.NOT_COMPARABLE not in _verdicts(whole)


def test_a_hole_in_the_compared_period(company: Company) -> None:
    """The week after isn't a rise, and isn't said to be incomplete itself."""
    answer = company(without=WEEK).ask("sales 2026-W47 vs previous")
    assert answer.missing == (MissingDays("sales", tuple(WEEK)),)
    assert _notes(answer) == ["missing_compared"]
    assert _verdicts(answer) == [Verdict.NOT_COMPARABLE]


def test_a_hole_at_the_end(company: Company) -> None:
    """One late row, or a holiday, doesn't hide it."""
    gone = [date(2026, 11, day) for day in (18, 19, 20)]
    answer = company(without=gone, last=date(2026, 11, 20)).ask("sales 2026-11 vs previous")
    assert answer.missing[0].days == (*gone, date(2026, 11, 23))
    assert _notes(answer)[0] == "missing_days"
    assert "partial_load" not in _notes(answer)


def test_a_part_of_a_day(company: Company) -> None:
    answer = company(without=WEEK[:1], some={WEEK[1]: 2}).ask("sales 2026-W46")
    assert answer.missing == (MissingDays("sales", tuple(WEEK), (PartialDay(WEEK[1], 2, 20.0),)),)


def test_a_series_marks_the_period(company: Company) -> None:
    shop = company(without=WEEK)
    points = shop.ask("sales per week 2026-W44..2026-W47").series
    assert [point.is_incomplete for point in points] == [False, False, True, False]
    (group, *_) = shop.ask("sales by rep per week 2026-W44..2026-W47").groups
    assert [point.is_incomplete for point in group.series] == [False, False, True, False]


def test_today_without_rows_is_not_zero(company: Company) -> None:
    """Nor is yesterday; a value of no data isn't compared."""
    shop = company()
    today = shop.ask("sales today")
    assert today.figure.value is None
    loaded = {"model": "sales", "day": date(2026, 11, 24), "until": LAST}
    assert today.notes[0] == Note("not_loaded", loaded)
    late = company(last=date(2026, 11, 20)).ask("sales yesterday")
    assert late.figure.value is None
    loaded = {"model": "sales", "day": LAST, "until": date(2026, 11, 20)}
    assert late.notes[0] == Note("not_loaded", loaded)
    assert _notes(late).count("missing_days") == 0
    assert set(_verdicts(late)) <= {Verdict.NO_DATA, Verdict.NOT_COMPARABLE}
    assert company(last=date(2026, 11, 20)).ask("sales rep:anna yesterday").figure.value is None


def test_a_period_without_rows_is_not_told_by_its_last_day(company: Company) -> None:
    """Of a week nothing has come, not only nothing for its Sunday."""
    shop = company(last=date(2026, 11, 13), now="2026-11-23T09:00")
    told = _told(shop.ask("sales last week"), shop)
    assert told == "Orders are loaded until Fri 13 Nov 2026; nothing after that yet."
    shop = company(last=date(2026, 11, 20))
    told = _told(shop.ask("sales yesterday"), shop)
    assert told == "Orders are loaded until Fri 20 Nov 2026; nothing for Mon 23 Nov 2026 yet."


def test_a_zero_that_is_one(company: Company) -> None:
    """On a weekend, on a holiday, of a rep without orders, and where there are few orders anyway."""
    shop = company(without=[date(2026, 11, 11)])
    assert shop.value("sales 2026-11-21") == 0
    assert shop.value("sales 2026-11-11") == 0
    assert shop.value("sales rep:zoe yesterday") == 0
    assert company(now="2026-11-22T09:00", last=date(2026, 11, 20)).value("sales today") == 0
    few = company(a_day=1)
    assert few.value("sales today") == 0
    assert company(a_day=1, last=date(2026, 11, 20)).value("sales yesterday") == 0


def test_few_rows_a_day_are_told_by_the_end_of_the_data(company: Company) -> None:
    """Too few to say which days are missing: that the data ends is told, and nothing twice."""
    answer = company(a_day=1, last=date(2026, 11, 17)).ask("sales 2026-11")
    assert [code for code in _notes(answer) if code in ("partial_load", "missing_days")] == ["partial_load"]
    assert answer.missing == ()
    many = company(last=date(2026, 11, 17)).ask("sales 2026-11")
    assert [code for code in _notes(many) if code in ("partial_load", "missing_days")] == ["missing_days"]


def test_freshness_goes_by_the_time_of_the_measure(tmp_path: Path) -> None:
    """Deals closed until the 30th are complete although the last one was created on the 27th."""
    rows = [(n, "2026-10-05", "2026-10-06", "won") for n in range(5)]
    rows += [(9, "2026-10-27 10:00:00", "2026-10-30 16:00:00", "won")]
    tables = {"deals": ("id INTEGER, created_at TEXT, closed_at TEXT, stage TEXT", rows)}
    config = write_config(tmp_path / "own", {"opportunities": DEALS})
    shop = Shop(write_tables(tmp_path / "shop.sqlite", tables), config, "2026-11-02T09:00")
    answer = shop.ask("won 2026-10")
    assert answer.data_until is not None
    assert answer.data_until.date() == date(2026, 10, 30)
    assert "partial_load" not in _notes(answer)
    shop.engine.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def test_the_demo_company_lacks_two_working_days_a_year(demo: Shop) -> None:
    """Thursday and Friday of week 46: of orders, and of nothing else, in all of its history."""
    expected = {date.fromisocalendar(year, 46, day) for year in range(2023, 2027) for day in (4, 5)}
    found: dict[str, set[date]] = {}
    for name, metric in demo.catalogue.metrics.items():
        if metric.spec.pairs or metric.spec.compares_ends:
            continue
        for entry in demo.ask(f"{name} 2023-01-01..2026-11-22").missing:
            found.setdefault(entry.model, set()).update(entry.days)
    assert set(found) <= {"sales", "purchases", "activity", "baskets"}
    assert all(days == expected for days in found.values())
    assert "sales" in found
