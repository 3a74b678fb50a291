"""What a question names to be compared with is compared like for like, or the answer says why it isn't."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.playground.company import demo_database
from bot.render.answer import answer_message
from bot.render.formats import Formats
from bot.render.plain_text import score_line
from bot.render.scores import score
from bot.render.sentences import Sentences
from bot.render.words.answers import lines
from bot.render.words.comparisons import full_comparison
from bot.render.words.notes import note_sentence
from bot.render.words.targets import full_target
from kpi_engine.domain.answer import Answer, Verdict
from kpi_engine.domain.errors import QueryError
from tests.bot.in_slack import in_slack
from tests.kpi_engine.answers.test_demo_numbers import END
from tests.shop import BRUSSELS, SHIPPED, Shop


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def _sentences(shop: Shop, language: str = "en") -> Sentences:
    return Sentences(Formats(language, BRUSSELS), shop.catalogue)


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


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("leads 2026-10 vs november", "leads 2026-11 vs 2026-10"),
        ("leads 2025 vs 2026", "leads 2026 vs 2025"),
        ("leads q3 vs q4", "leads 2026-Q4 vs 2026-Q3"),
        ("leads by region 2026-10 vs 2026-11", "leads by region 2026-11 vs 2026-10"),
        ("leads this year vs this month", "leads 2026-11 vs 2026"),
    ],
)
def test_a_whole_period_has_no_verdict_against_a_running_one(line: str, other: str, shop: Shop) -> None:
    """The figure so far is shown, no change; the note's line compares day for day."""
    answer = shop.ask(line)
    (comparison,) = answer.comparisons
    assert comparison.figure.value
    assert (comparison.change, comparison.good) == (None, None)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert {entry.comparisons[0].verdict for entry in answer.groups} <= {Verdict.NOT_COMPARABLE}
    (note,) = [note for note in answer.notes if note.code == "runs_on"]
    assert note.values == {"line": other}
    (turned,) = shop.ask(other).comparisons
    assert turned.like_for_like
    assert turned.verdict.is_judged
    said = full_comparison(comparison, answer, _sentences(shop))
    assert "22 Nov 2026 (so far): " in said
    assert said.endswith(", not comparable")


def test_of_three_years_only_the_running_one_has_no_verdict(shop: Shop) -> None:
    """The first half of 2024 against that of 2025 is a change, against the running half of 2026 it isn't."""
    line = "sales 2024-01..2024-06 vs 2025-01..2025-06 vs 2026-07..2026-12"
    year, running = (entry.verdict for entry in shop.ask(line).comparisons)
    assert year.is_judged
    assert running is Verdict.NOT_COMPARABLE


def test_a_period_to_come_has_no_data(shop: Shop) -> None:
    """Whichever period is asked for, running or whole."""
    for line in ("sales this month vs 2026-12", "sales 2026-10 vs 2026-12"):
        (comparison,) = shop.ask(line).comparisons
        assert (comparison.figure.value, comparison.verdict) == (None, Verdict.NO_DATA)
        assert "runs_on" not in _codes(shop.ask(line))


def test_why_of_two_periods_that_are_not_alike_is_refused(shop: Shop) -> None:
    """With the line that says what is wrong with them; missing days are said instead."""
    with pytest.raises(QueryError, match="can't be compared") as refused:
        shop.why("leads 2026-10 vs 2026-11")
    assert refused.value.suggestions == ("leads 2026-10 vs 2026-11",)
    found = shop.why("sales 2026-10 vs 2026-11")
    assert found.comparison.verdict is Verdict.NOT_COMPARABLE
    assert [day.isoformat() for entry in found.missing for day in entry.days] == ["2026-11-12", "2026-11-13"]


@pytest.mark.parametrize(
    "line",
    ["sales this week", "leads this week", "sales this week vs last week", "sales by region this week"],
)
def test_a_period_that_began_today_is_not_one_to_come(line: str, shop: Shop) -> None:
    """On a Monday this week has begun, with no whole day; the week before is a press away."""
    answer = shop.ask(line)
    assert (answer.figure.value, answer.comparisons) == (None, ())
    assert "begun_today" in _codes(answer)
    assert "not_begun" not in _codes(answer)
    message = answer_message((answer,), _sentences(shop))
    assert "The period started today" in in_slack(message).text
    (first,) = [block["elements"][0] for block in in_slack(message).blocks if block.get("block_id") == "next"]
    metric, split = answer.metric, " by region" if answer.groups else ""
    assert first["text"]["text"] == "week 47 (16–22 Nov 2026)"
    assert first["value"] == f"{metric}{split} 2026-W47"


def test_a_period_to_come_has_not_begun(shop: Shop) -> None:
    """Tomorrow and next year keep their sentence."""
    for line in ("sales 2026-11-24", "sales 2027"):
        assert [code for code in _codes(shop.ask(line)) if code != "no_history"] == ["not_begun"]


@pytest.mark.parametrize(
    ("line", "language", "shown"),
    [
        ("sales last week", "en", "November 2026 so far: €286,042 of the target of €351,500 (81%)"),
        ("sales this week", "en", "November 2026 so far: €286,042 of the target of €351,500 (81%)"),
        ("sales 2026-W43", "en", "October 2026: €498,260 of the target of €370,000 (135%)"),
        ("omzet vorige week", "nl", "november 2026 tot nu toe: € 286.042 van het doel van € 351.500 (81%)"),
        ("sales 2026-10", "en", "target €370,000 for October 2026: 135%, reached"),
    ],
)
def test_a_week_shows_its_month_s_own_result_against_the_target(
    line: str, language: str, shown: str, shop: Shop
) -> None:
    """The month's percentage stands beside the month's figure, never beside the week's alone."""
    answer = shop.ask(line)
    shown = shown.replace("€ ", "€\xa0")
    assert any(line.startswith(shown) for line in lines(answer, _sentences(shop, language)))
    assert shown in score_line(score(answer, _sentences(shop, language)))
    assert answer.target
    over = replace(answer.target, reached=True, is_complete=False, attainment=None)
    if answer.period != over.period:
        assert " so far: " in full_target(over, answer, _sentences(shop))


@pytest.mark.parametrize("line", ["cac this month", "cost_per_lead by source this month", "cac 2026"])
def test_costs_that_are_not_booked_yet_get_no_verdict(line: str, shop: Shop) -> None:
    """The running month's costs come later: what seems cheaper isn't yet."""
    answer = shop.ask(line)
    assert "provisional_costs" in _codes(answer)
    told = [*answer.comparisons, *(entry for group in answer.groups for entry in group.comparisons)]
    assert {entry.verdict for entry in told} <= {Verdict.NOT_COMPARABLE, Verdict.NO_DATA}
    assert Verdict.NOT_COMPARABLE in {entry.verdict for entry in answer.comparisons}


def test_booked_costs_keep_their_verdict(shop: Shop) -> None:
    """The last whole month is booked; against the running one there is none."""
    assert all(entry.change_pct for entry in shop.ask("cac").comparisons)
    assert "provisional_costs" in _codes(shop.ask("cac 2026-10 vs 2026-11"))


@pytest.mark.parametrize(
    ("line", "verdicts"),
    [
        ("sales 1999", [Verdict.NO_DATA]),
        ("sales last 1000 months", [Verdict.NO_DATA, Verdict.NOT_COMPARABLE]),
        ("sales 2023 vs 2022-07..2023-06", [Verdict.NOT_COMPARABLE]),
        ("sales 2022-07..2023-06 vs 2024", [Verdict.NOT_COMPARABLE]),
    ],
)
def test_what_lies_before_the_data_has_no_verdict(line: str, verdicts: list[Verdict], shop: Shop) -> None:
    """Neither on the one side nor on the other; the note is true of all of it and of a part."""
    answer = shop.ask(line)
    assert [entry.verdict for entry in answer.comparisons] == verdicts
    (note,) = [note for note in answer.notes if note.code == "no_history"]
    shown = note_sentence(note, answer, _sentences(shop))
    assert shown == "The data starts on 2 Jan 2023; there is none for the days before."


def test_a_holiday_before_the_first_row_is_no_gap(shop: Shop) -> None:
    """The data begins on 2 January 2023, the year's first working day: its first half is whole."""
    answer = shop.ask("sales 2024-01..2024-06 vs 2023-01..2023-06")
    assert answer.comparisons[0].verdict.is_judged
    assert "no_history" not in _codes(answer)


def test_only_profit_turns_into_loss(shop: Shop) -> None:
    """Credits take a customer's sales below nothing; that is no loss."""

    def verdicts(metric: str) -> set[Verdict]:
        groups = shop.ask(f"{metric} by customer bottom 10 2026-10 vs previous vs last year").groups
        return {entry.verdict for group in groups for entry in group.comparisons}

    assert Verdict.FROM_PROFIT_TO_LOSS in verdicts("profit")
    assert verdicts("sales") & {Verdict.FROM_PROFIT_TO_LOSS, Verdict.FROM_LOSS_TO_PROFIT} == set()
