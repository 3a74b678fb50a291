"""Periods whose leads are still maturing: told at their age, on the demo company against plain Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from bot.playground.company import demo_database
from bot.render.contract import answer_json
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.answers import headline, lines
from bot.render.words.notes import note_sentence
from kpi_engine.answers.findings.younger_cohort import YoungerCohort
from kpi_engine.domain.answer import Answer
from tests.shop import BRUSSELS, SHIPPED, Shop

END = date(2026, 11, 22)
TODAY = date(2026, 11, 23)
WITHIN = 90

Lead = tuple[date, date | None]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@pytest.fixture(scope="module")
def leads() -> list[Lead]:
    """The local days on which the leads that count were created and became customers."""

    def local(text: str | None) -> date | None:
        if text is None:
            return None
        return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(BRUSSELS).date()

    with closing(sqlite3.connect(demo_database(END))) as connection:
        rows = connection.execute(
            "SELECT created_at, converted_at FROM leads WHERE status NOT IN ('spam', 'duplicate')"
        ).fetchall()
    return [(created, local(won)) for at, won in rows if (created := local(at))]


def counted(leads: list[Lead], start: date, end: date, days: int) -> tuple[int, int]:
    """Return how many entered in `[start, end)`, and how many succeeded within some days."""
    entered = [(at, won) for at, won in leads if start <= at < end]
    won_in_time = [1 for at, won in entered if won and 0 <= (won - at).days < days]
    return len(won_in_time), len(entered)


def found(answer: Answer) -> list[YoungerCohort]:
    return [entry for entry in answer.findings if isinstance(entry, YoungerCohort)]


def sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


def test_last_month_says_what_is_there(shop: Shop, leads: list[Lead]) -> None:
    """The month at its age, the newest mature month at that age, and an end from the months before."""
    answer = shop.ask("conversion last month")
    (young,) = found(answer)
    age = (TODAY - date(2026, 11, 1)).days + 1
    assert young.age == age
    month, july = (date(2026, 10, 1), date(2026, 11, 1)), (date(2026, 7, 1), date(2026, 8, 1))
    assert (young.figure.numerator, young.figure.denominator) == counted(leads, *month, age)
    assert (young.same_age.numerator, young.same_age.denominator) == counted(leads, *july, age)
    assert young.older.start == july[0]
    assert young.end is not None
    year = date(2025, 8, 1), date(2026, 8, 1)
    assert young.end.reached == pytest.approx(
        counted(leads, *year, age)[0] / counted(leads, *year, WITHIN)[0]
    )
    assert young.end.cohorts == 12
    assert young.end.low < young.end.expected < young.end.high
    assert answer.figure.value is None  # no lead's 90 days are over: the value itself isn't known


def test_it_is_the_headline_only_of_its_own_period(shop: Shop) -> None:
    """Without a period the newest mature month stays on top."""
    said = headline(shop.ask("conversion last month"), sentences(shop))
    assert said.startswith("Conversion, October 2026: ")
    assert " after 23 days (" in said
    assert "no data" not in said
    without = shop.ask("conversion")
    assert headline(without, sentences(shop)).startswith("Conversion, July 2026: ")
    assert [entry.period.start for entry in found(without)] == [date(2026, month, 1) for month in (8, 9, 10)]
    assert all(entry.end is not None for entry in found(without))


def test_a_running_month_is_told_by_its_first_half(shop: Shop, leads: list[Lead]) -> None:
    """The youngest leads say nothing yet; those of the first half of its days have an age that does."""
    answer = shop.ask("conversion this month")
    (young,) = found(answer)
    half = date(2026, 11, 12)
    assert young.period.bounds() == (date(2026, 11, 1), half)
    assert young.age == (TODAY - half).days + 1
    assert (young.figure.numerator, young.figure.denominator) == counted(
        leads, date(2026, 11, 1), half, young.age
    )
    assert "after 12 days for 1–11 Nov 2026 (" in headline(answer, sentences(shop))


def test_what_a_young_period_is_beside(shop: Shop) -> None:
    """Not called without data: other months are as young, and last year's stood there only in the end."""
    answer = shop.ask("conversion last month")
    said = lines(answer, sentences(shop))
    assert "vs previous (September 2026): too young to judge" in said
    (year,) = (line for line in said if line.startswith("vs last year"))
    assert year.endswith("% in the end")
    assert "target 21.0% for October 2026: too young to judge" in said
    assert not any("no data" in line for line in said)
    (note,) = (note for note in answer.notes if note.code == "maturing")
    assert note_sentence(note, answer, sentences(shop)) == (
        "None of the leads (470) is old enough to judge yet."
    )
    split = shop.ask("conversion by source last month")
    cells = {sentences(shop).short_value(group.figure, split) for group in split.groups}
    assert cells == {"too young", "–"}
    assert {str(lines(shop.ask("conversion last week"), sentences(shop, "nl"))).count("geen gegevens")} == {0}


@pytest.mark.parametrize("period", ["last week", "yesterday", "this quarter", "2026-11-01..2026-11-20"])
def test_every_young_period_says_something(period: str, shop: Shop) -> None:
    answer = shop.ask(f"conversion {period}")
    assert len(found(answer)) == 1
    assert "no data" not in headline(answer, sentences(shop))


def test_periods_that_can_be_judged_have_none(shop: Shop) -> None:
    """A year of which most is mature, a mature month, a series and other metrics."""
    for line in ("conversion 2026", "conversion 2026-06", "conversion per month", "win_rate last month"):
        assert not found(shop.ask(line))


def test_a_split_tells_of_all_together(shop: Shop) -> None:
    alone, split = (found(shop.ask(f"conversion{by} last month"))[0] for by in ("", " by source"))
    assert alone == split


def test_a_filter_with_young_leads_matches_rows(shop: Shop) -> None:
    answer = shop.ask("conversion source:website last month")
    assert "no_rows" not in {note.code for note in answer.notes}
    assert len(found(answer)) == 1


def test_both_languages_and_scripts(shop: Shop) -> None:
    answer = shop.ask("conversion last month")
    english = next(line for line in lines(answer, sentences(shop)) if line.startswith("October 2026 after"))
    assert "; July 2026 stood at " in english
    assert "Expected in the end: " in english
    dutch = next(line for line in lines(answer, sentences(shop, "nl")) if line.startswith("oktober 2026 na"))
    assert "Verwacht op het einde: " in dutch
    shown = answer_json(answer, sentences(shop))
    assert shown["value"] is None
    (finding,) = [entry for entry in shown["findings"] if entry["finding"] == "younger_cohort"]
    assert finding["expected_low"] < finding["expected"] < finding["expected_high"]
    assert finding["same_age_period"]["start"] == "2026-07-01"
