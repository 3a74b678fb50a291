"""The one word of a line: what it rests on, and what it is never said of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from bot.playground.company import demo_database
from bot.render.contract import answer_json
from bot.render.formats import Formats
from bot.render.sentences import Sentences
from bot.render.words.answers import lines
from bot.render.words.comparisons import change, short_change, verdict_words
from kpi_engine.answers.comparisons import alike
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.judgement import Judgement, judgement
from kpi_engine.answers.windows import Windows, windows
from kpi_engine.domain.answer import Anomaly, Answer, MissingDays, Verdict
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Scope
from tests.kpi_engine.answers.test_demo_numbers import END
from tests.shop import BRUSSELS, SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@pytest.fixture(scope="module")
def young() -> Iterable[Shop]:
    """The same company when its data was seventeen months old."""
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2024-06-03T08:30")
    yield shop
    shop.engine.close()


def _sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


def _windows(shop: Shop, line: str) -> Windows:
    return windows(shop.engine._setting, shop._read(line), Scope(), shop.now)


def _coverage(*missing: date) -> Coverage:
    first = date(2023, 1, 2)
    days = (MissingDays("sales", missing),) if missing else ()
    return Coverage(first, first, True, None, False, (), date(2026, 11, 23), None, days)


# what changes are judged by


def test_a_month_is_judged_beside_what_its_season_brings(shop: Shop) -> None:
    """Against the month before with the ratio of earlier years, against last year as it is."""
    previous, year = shop.ask("sales 2026-10").comparisons
    assert (previous.verdict.is_judged, previous.is_seasonal) == (True, True)
    assert (year.verdict.is_judged, year.is_seasonal) == (True, False)


@pytest.mark.parametrize("line", ["sales last month", "orders last month", "sales by region last month"])
def test_with_under_two_years_a_month_has_no_word_beside_the_one_before(line: str, young: Shop) -> None:
    """The change is there, without a word; the same month of last year is alike."""
    answer = young.ask(line)
    previous, year = answer.comparisons
    assert (previous.verdict, previous.good) == (Verdict.NOT_JUDGED, None)
    assert previous.change is not None
    assert year.verdict.is_judged
    assert {group.comparisons[0].verdict for group in answer.groups} <= {Verdict.NOT_JUDGED}
    said = change(previous, answer, _sentences(young))
    assert said == short_change(previous, answer, _sentences(young))
    assert not set(said) & set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("line", "is_judged"),
    [
        ("sales 2026-11-05 vs 2026-11-04", False),
        ("sales 2026-11-05 vs 2026-10-29", True),
        ("sales 2026 vs 2026-q1", False),
        ("sales 2026-10 vs 2026-w40", False),
        ("leads 2026-10 vs 2026-q3", False),
        ("average_order_value 2026-10 vs 2026-q3", True),
        ("conversion 2026-06 vs 2026-q1", True),
        ("sales 2026-w44 vs 2026-w36", True),
        ("sales_cycle 2026-10 vs 2025-10", True),
    ],
)
def test_periods_of_unlike_lengths_or_weekdays_have_no_word(line: str, is_judged: bool, shop: Shop) -> None:
    """Amounts and counts of them; means and rates of any two periods can be compared."""
    assert shop.ask(line).comparisons[0].verdict.is_judged is is_judged


def test_members_are_judged_by_their_own_rows(shop: Shop) -> None:
    """The company's noise for each row, so that few rows say little; a median has no rows and no word."""
    answer = shop.ask("sales by customer 2026-10 vs 2025-10")
    few = [group.comparisons[0] for group in answer.groups if (group.figure.rows or 0) < 8]
    assert few
    assert {entry.verdict for entry in few} <= {
        Verdict.TOO_FEW,
        Verdict.SAME,
        Verdict.NEW,
        Verdict.CLEARLY_DOWN,
        Verdict.DOWN,
    }
    needed = [entry.needed or 0 for entry in few if entry.verdict is Verdict.TOO_FEW]
    assert needed
    assert all(number == 6 or 15 <= number <= 45 for number in needed)
    medians = shop.ask("sales_cycle by segment 2026-10 vs 2025-10")
    assert {group.comparisons[0].verdict for group in medians.groups} == {Verdict.NOT_JUDGED}


def test_the_rows_are_those_of_the_value(shop: Shop) -> None:
    """They are counted beside the sum, in the same statement, for the whole and for each group."""
    answer = shop.ask("sales by region 2026-10")
    assert len(answer.sql) == 1
    assert answer.figure.rows == sum(group.figure.rows or 0 for group in answer.groups)
    assert answer.figure.rows == 849


def test_a_question_reads_its_noise_in_the_same_statement(shop: Shop) -> None:
    """A running month, a quarter and a split read the months that tell their noise along."""
    for line in ("sales this month", "sales 2026-q3", "sales by region last month", "leads by source"):
        assert len(shop.ask(line).sql) == 1, line


def test_what_rests_on_missing_days_is_not_comparable(shop: Shop) -> None:
    """In the answer's own days nothing is, in an earlier period only that one."""
    asked = _windows(shop, "sales 2026-10")
    previous, year = asked.against
    assert alike(asked.question, asked.against, _coverage()) == {previous, year}
    assert alike(asked.question, asked.against, _coverage(date(2026, 9, 8))) == {year}
    assert alike(asked.question, asked.against, _coverage(date(2026, 10, 8))) == set()


# the one word


def _judged(
    shop: Shop, line: str, p_value: float, *, reason: str | None = None, coverage: Coverage
) -> Judgement:
    answer = shop.ask(line)
    value = answer.figure.value or 0.0
    found = Anomaly(False, value * 0.8, value * 0.5, value * 1.1, 36, "month", reason, p_value)
    return judgement(_windows(shop, line).question, answer.figure, answer.comparisons, found, coverage)


@pytest.mark.parametrize(
    ("p_value", "verdict"),
    [
        (0.004, Verdict.CLEARLY_UP),
        (0.03, Verdict.UP),
        (0.12, Verdict.LEANING_UP),
        (0.5, Verdict.NO_CLEAR_CHANGE),
    ],
)
def test_a_month_is_judged_against_its_usual_range(p_value: float, verdict: Verdict, shop: Shop) -> None:
    """By how rare it is; not by what it is compared with, unless the question names that."""
    found = _judged(shop, "sales 2026-10", p_value, coverage=_coverage())
    assert found == Judgement(verdict, "range")
    named = _judged(shop, "sales 2026-10 vs 2025-10", p_value, coverage=_coverage())
    (year,) = shop.ask("sales 2026-10 vs 2025-10").comparisons
    assert named == Judgement(year.verdict, "comparison")


def test_without_a_range_the_first_comparison_that_can_be_judged_counts(shop: Shop, young: Shop) -> None:
    """The period before, or where its season isn't known the year before; never with days missing."""
    answer = shop.ask("sales 2026-q3")
    assert (answer.basis, answer.judged_comparison) == ("comparison", answer.comparisons[0])
    later = young.ask("sales 2024-q1")
    assert later.judged_comparison is later.comparisons[1]
    assert later.verdict is later.comparisons[1].verdict
    found = _judged(shop, "sales 2026-10", 0.001, coverage=_coverage(date(2026, 10, 8)))
    assert found == Judgement(Verdict.NOT_COMPARABLE, None)
    short = _judged(shop, "sales 2026-10", 0.001, reason="too short", coverage=_coverage())
    assert short.basis == "comparison"


def _as(answer: Answer, verdict: Verdict) -> Answer:
    anomaly = Anomaly(False, 90_000.0, 82_000.0, 194_000.0, 36, "month")
    return replace(answer, anomaly=anomaly, verdict=verdict, basis="range")


@pytest.mark.parametrize(
    ("verdict", "english", "dutch"),
    [
        (
            Verdict.CLEARLY_UP,
            "clearly above the usual €82,000 to €194,000",
            "duidelijk boven de gebruikelijke € 82.000 tot € 194.000",
        ),
        (
            Verdict.NO_CLEAR_CHANGE,
            "inside the usual €82,000 to €194,000",
            "binnen de gebruikelijke € 82.000 tot € 194.000",
        ),
        (
            Verdict.DOWN,
            "below the usual €82,000 to €194,000",
            "onder de gebruikelijke € 82.000 tot € 194.000",
        ),
    ],
)
def test_the_word_against_the_usual_range(verdict: Verdict, english: str, dutch: str, shop: Shop) -> None:
    """With the range, in both languages; the other baselines are numbers without a word."""
    answer = _as(shop.ask("sales 2026-10"), verdict)
    assert verdict_words(answer, _sentences(shop)) == english
    assert verdict_words(answer, _sentences(shop, "nl")).replace("\xa0", " ") == dutch
    said = lines(answer, _sentences(shop))
    assert said[0] == f"{english[:1].upper()}{english[1:]} (based on 36 months)."
    assert [line.rpartition(", ")[2] for line in said[1:3]] == ["+18%", "+18%"]


def test_the_usual_range_of_a_count_is_of_whole_numbers(shop: Shop) -> None:
    """Those that are inside it, so that no usual count seems to lie outside."""
    answer = _as(shop.ask("leads 2026-10"), Verdict.NO_CLEAR_CHANGE)
    found = replace(answer, anomaly=Anomaly(False, 490.0, 430.5, 563.3, 36, "month"))
    assert verdict_words(found, _sentences(shop)) == "inside the usual 431 to 563"


def test_a_range_of_one_number_is_no_range(shop: Shop) -> None:
    """Where no new customers come, none is as usual, not inside 0 to 0."""
    answer = _as(shop.ask("leads 2026-10"), Verdict.NO_CLEAR_CHANGE)
    found = replace(answer, anomaly=Anomaly(False, 0.0, 0.0, 0.4, 36, "month"))
    assert lines(found, _sentences(shop))[0] == "As usual (based on 36 months)."


def test_the_word_of_a_comparison_stands_in_its_own_line(shop: Shop) -> None:
    """Once, and by it a change that is worse is called so where less is better."""
    answer = shop.ask("sales 2026-10 vs 2026-08 vs 2025-10")
    first, second = answer.comparisons
    shown = [line for line in lines(answer, _sentences(shop)) if line.startswith("vs ")]
    assert shown[0].endswith("+62%, usual for the season")
    assert shown[1].endswith("+18%")
    up = replace(first, verdict=Verdict.CLEARLY_UP, good=False, is_seasonal=False)
    assert change(up, answer, _sentences(shop)) == "+62%, clearly up"
    cost = replace(shop.ask("cost_per_lead 2026-09"), comparisons=(up,))
    assert change(up, cost, _sentences(shop)) == "+62%, clearly up (worse)"
    few = replace(second, verdict=Verdict.TOO_FEW, needed=29)
    assert change(few, answer, _sentences(shop)) == "+18%, too few to say (it takes about 29)"
    assert short_change(few, answer, _sentences(shop)) == "+18% too few"


def test_beside_the_season_the_word_says_how_the_figure_lies(shop: Shop) -> None:
    """A fall by less than every year is high, in a cell too; noise isn't called usual for the season."""
    answer = shop.ask("sales 2026-10 vs 2026-08")
    fall = replace(answer.comparisons[0], change=-50_000.0, change_pct=-0.14, verdict=Verdict.LEANING_UP)
    assert change(fall, answer, _sentences(shop)) == "−14%, perhaps high for the season"
    assert short_change(fall, answer, _sentences(shop)) == "−14% perhaps high for the season"
    assert change(fall, answer, _sentences(shop, "nl")) == "−14%, misschien hoog voor het seizoen"
    noise = replace(fall, verdict=Verdict.NO_CLEAR_CHANGE, is_usual=False)
    assert change(noise, answer, _sentences(shop)) == "−14%, no clear change"
    assert short_change(noise, answer, _sentences(shop)) == "−14% no clear change"
    still = replace(noise, change=0.0, change_pct=0.0)
    assert change(still, answer, _sentences(shop)) == "unchanged"
    assert change(replace(still, verdict=Verdict.DOWN), answer, _sentences(shop)) == (
        "unchanged, low for the season"
    )


def test_scripts_read_every_verdict(shop: Shop) -> None:
    """The answer's, each group's and each comparison's, with what they rest on."""
    found = answer_json(shop.ask("sales by region 2026-10"), _sentences(shop))
    assert (found["verdict"], found["verdict_basis"]) == ("no clear change", "comparison")
    assert {group["verdict"] for group in found["groups"]} <= {str(verdict) for verdict in Verdict}
    assert found["comparisons"][0]["seasonal"] is True
    assert found["comparisons"][0]["needed"] is None


def test_windows_of_noise_hold_no_day_after_the_clock(shop: Shop) -> None:
    """Only whole weeks and months that are over."""
    for line in ("sales this month", "sales this year", "sales last 10 days", "sales 2026-10 vs 2026-08"):
        for window in _windows(shop, line).background.windows:
            assert window.end is not None
            assert window.end <= date(2026, 11, 23)
            assert window == Window(window.start, window.end)
