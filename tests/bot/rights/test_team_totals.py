"""A team's total for one of its reps, over rows and teams that change between two questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from bot.rights.disclosure import is_hidden
from bot.store import database
from bot.store.erasure import erase
from bot.store.traces import Traces
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.periods import whole_months
from kpi_engine.domain.query import Baseline
from tests.bot.rights.small_company import BOSS, NAMES, OWN_TEAM, SALES, SmallCompany, user
from tests.bot.rights.test_access import TOTAL_REFUSED
from tests.shop import BRUSSELS

DECEMBER = datetime(2026, 12, 8, 9, tzinfo=BRUSSELS)
NORTH, SOUTH = NAMES[:5], NAMES[5:]
OCTOBER = "sales by team 2026-10"
AMOUNTS = {"Ada": 100.0, "Ben": 210.0, "Cem": 330.0, "Dot": 470.0, "Eva": 590.0}


def sales_of(month: str, amounts: dict[str, float], is_new: int = 0) -> list[tuple[str, str, float, int]]:
    """One sale of each rep in a month."""
    return [(name, f"{month}-12", amount, is_new) for name, amount in amounts.items()]


def both_kinds(month: str, factor: float = 1.0) -> list[tuple[str, str, float, int]]:
    """Sales of North to new and to old customers, which differ for each rep."""
    old = {name: amount * factor for name, amount in AMOUNTS.items()}
    new = {name: 50.0 * factor + 7 * at for at, name in enumerate(NORTH)}
    return [*sales_of(month, old), *sales_of(month, new, 1)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def company(tmp_path: Path, store: Engine) -> SmallCompany:
    """North sold in September and October; so did South."""
    south = {name: 100.0 + 37 * at for at, name in enumerate(SOUTH)}
    sold = [*both_kinds("2026-09", 0.7), *both_kinds("2026-10"), *sales_of("2026-10", south)]
    return SmallCompany(tmp_path, sold, store)


def truth(company: SmallCompany, line: str) -> float:
    """The same of somebody who sees everything, now."""
    (answer,) = company.answers("Boss", line)
    assert answer.figure.value is not None
    return answer.figure.value


# as it was first shown


@pytest.mark.parametrize("change", ["late", "taken back", "moved", "corrected", "left"])
def test_a_shown_month_stays_as_it_was(change: str, company: SmallCompany) -> None:
    """Whatever happens to one colleague's rows or team, the difference of two answers is nothing."""
    before = company.total("Ada", OCTOBER)
    assert before == pytest.approx(truth(company, "sales team:north 2026-10"))
    match change:
        case "late":
            company.sell(("Ben", "2026-10-30", 777.77, 0))
        case "taken back":
            company.write("DELETE FROM sales WHERE rep_id = ? AND sold_on LIKE '2026-10%'", (3,))
        case "corrected":
            company.write("UPDATE sales SET amount = amount + 12.34 WHERE rep_id = ?", (4,))
        case "moved":
            company.move("Eva", 2)
        case "left":
            company.write("DELETE FROM reps WHERE name = ?", ("Eva",))
    assert truth(company, "sales team:north 2026-10") != pytest.approx(before)
    for asker in ("Ada", "Ben"):
        assert company.total(asker, OCTOBER) == before
        (beside,) = company.answers(asker, "sales vs team 2026-10")
        assert beside.comparisons[0].figure.value == before
        assert beside.comparisons[0].team is not None
        assert beside.comparisons[0].team.members == 5


def test_several_months_are_the_sum_of_what_was_shown(company: SmallCompany) -> None:
    """September was shown, then changed: neither the quarter nor a series nor a comparison gives it away."""
    september = company.total("Ada", "sales by team 2026-09")
    assert september is not None
    company.sell(("Ben", "2026-09-30", 1234.0, 0))
    october = company.total("Ada", OCTOBER)
    assert october is not None
    assert company.total("Ada", "sales by team 2026-09..2026-10") == pytest.approx(september + october)
    (series,) = company.answers("Ben", "sales by team per month 2026-09..2026-10")
    assert [point.figure.value for point in series.series] == [september, october]
    assert series.figure.value == pytest.approx(september + october)
    (compared,) = company.answers("Ada", "sales by team 2026-10 vs previous")
    assert [entry.figure.value for entry in compared.comparisons] == [september]
    assert compared.comparisons[0].change == pytest.approx(october - september)
    for word in ("csv", "xlsx", "chart"):
        assert "1,234" not in company.said("Ada", f"sales by team 2026-10 {word}")


def test_a_rate_of_several_months_divides_what_was_shown(company: SmallCompany) -> None:
    """Its months' successes over their cases, with late rows in neither."""
    for name in NORTH:
        company.sell(*[(name, "2026-10-20", 5.0, at % 2) for at in range(2 + NORTH.index(name))])
        company.sell(*[(name, "2026-09-20", 5.0, at % 2) for at in range(9 - 2 * NORTH.index(name))])
    before = company.answers("Ada", "win_share by team 2026-09..2026-10")[0].figure
    whole = company.answers("Boss", "win_share team:north 2026-09..2026-10")[0].figure
    assert before == whole
    company.sell(*[("Cem", "2026-09-21", 5.0, 1)] * 4)
    assert company.answers("Boss", "win_share team:north 2026-09..2026-10")[0].figure != before
    assert company.answers("Ada", "win_share by team 2026-09..2026-10")[0].figure == before


def test_who_was_in_the_team_stays_for_the_months_other_metrics(company: SmallCompany) -> None:
    """Eva leaves after sales were shown: new sales and deals are still of the five, not of the four."""
    company.total("Ada", OCTOBER)
    wanted = truth(company, "new_sales team:north 2026-10")
    company.move("Eva", 2)
    assert truth(company, "new_sales team:north 2026-10") != pytest.approx(wanted)
    assert company.total("Ada", "new_sales by team 2026-10") == pytest.approx(wanted)


def test_who_joins_a_team_sees_its_past_without_themselves(company: SmallCompany) -> None:
    """South's October is what Fay was shown, without the sales that Eva brought along."""
    before = company.total("Fay", OCTOBER)
    assert before is not None
    company.move("Eva", 2)
    assert company.total("Eva", OCTOBER) == before == company.total("Gus", OCTOBER)


def test_rows_with_a_team_of_their_own_stay_in_it(company: SmallCompany) -> None:
    """The mapping has the history: Eva's October is North's, also if nobody had been shown it."""
    company.define("models", "sales", OWN_TEAM)
    wanted = sum(amount for name, _, amount, _ in both_kinds("2026-10") if name in NORTH)
    company.move("Eva", 2)
    assert company.total("Ada", OCTOBER) == pytest.approx(wanted)


def test_ones_own_correction_changes_ones_own_figure_alone(company: SmallCompany) -> None:
    """The total stays, and says that it does."""
    before = company.total("Ada", OCTOBER)
    company.sell(("Ada", "2026-10-31", 40.0, 0))
    own, total = company.answers("Ada", "sales by rep 2026-10")
    assert own.figure.value == pytest.approx(190.0)
    assert total.figure.value == before
    assert "stays as it was when it was first shown" in company.said("Ada", OCTOBER)
    assert "zoals het voor het eerst getoond werd" in company.said("Ada", OCTOBER, "nl")


# when none is shown


def refusal(company: SmallCompany, line: str, asker: str = "Ada") -> tuple[str, str | None]:
    """The refusal of a question, in words."""
    with pytest.raises(ForbiddenError) as refused:
        company.answers(asker, line)
    return refused.value.message, refused.value.hint


OTHERS = {
    "too few": {"Ben": 100.0, "Cem": 120.0},
    "dominated": {"Ben": 1.0, "Cem": 1.0, "Dot": 900.0},
    "nobody": {},
    "cancelled out": {"Ben": 40.0, "Cem": 60.0, "Dot": -900.0},
    "alone": {"Dot": 300.0},
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_a_refusal_does_not_say_why(others: dict[str, float], tmp_path: Path) -> None:
    """Two with one euro don't hide a third; the words are the same for every reason."""
    company = SmallCompany(tmp_path, sales_of("2026-10", {"Ada": 50.0, **others}))
    assert refusal(company, OCTOBER)[0] == TOTAL_REFUSED
    assert refusal(company, OCTOBER) == refusal(company, "sales vs team 2026-10")
    assert len(company.answers("Ada", "sales by rep 2026-10")) == 1
    assert "€" not in company.said("Ada", OCTOBER)


def test_a_fifth_is_enough_to_hide_behind(tmp_path: Path) -> None:
    """One of the others may hold 80 % of their sum, and not a cent more."""
    sold = {"Ada": 10.0, "Ben": 100.0, "Cem": 100.0, "Dot": 800.0}
    company = SmallCompany(tmp_path, sales_of("2026-10", sold))
    assert company.total("Ada", OCTOBER) == pytest.approx(1010.0)
    company = SmallCompany(tmp_path / "other", sales_of("2026-10", sold | {"Dot": 800.01}))
    assert company.total("Ada", OCTOBER) is None


def test_a_total_may_be_for_some_of_the_team(tmp_path: Path) -> None:
    """Dot sold most: only she may know what the others have together, whoever asks first."""
    sold = {"Ada": 50.0, "Ben": 60.0, "Cem": 70.0, "Dot": 5000.0}
    company = SmallCompany(tmp_path, sales_of("2026-10", sold))
    for asker, is_shown in (("Ada", False), ("Dot", True), ("Ada", False), ("Dot", True)):
        assert (company.total(asker, OCTOBER) is not None) is is_shown


@pytest.mark.parametrize("part", ["successes", "failures"])
def test_of_a_rate_each_number_hides_everybody(part: str, tmp_path: Path) -> None:
    """Everybody has cases, and nearly all that went well, or badly, are one colleague's."""
    many, is_new = ("Ben", 1) if part == "successes" else ("Ben", 0)
    sold = [(name, "2026-10-05", 9.0, 1 - is_new) for name in NORTH for _ in range(20)]
    sold += [(many, "2026-10-06", 9.0, is_new)] * 18 + [("Cem", "2026-10-06", 9.0, is_new)]
    sold += [("Dot", "2026-10-06", 9.0, is_new)]
    company = SmallCompany(tmp_path, sold)
    assert refusal(company, "win_share by team 2026-10")[0] == TOTAL_REFUSED
    company.sell(*[("Eva", "2026-10-07", 9.0, is_new)] * 9)
    assert company.total("Ada", "win_share by team 2026-10") is not None


def test_a_month_in_which_few_moved_is_not_shown_beside_the_last(tmp_path: Path) -> None:
    """Three colleagues have the same retainers each month: what differs is the fourth's."""
    sold = [*sales_of("2026-09", AMOUNTS), *sales_of("2026-10", AMOUNTS | {"Ben": 350.0, "Ada": 7.0})]
    company = SmallCompany(tmp_path, sold)
    assert company.total("Ada", "sales by team 2026-09") is not None
    assert refusal(company, OCTOBER)[0] == TOTAL_REFUSED
    assert refusal(company, "sales by team 2026-09..2026-10")[0] == TOTAL_REFUSED
    (alone,) = company.answers("Ada", "sales by team 2026-09 vs 2026-10")
    assert alone.comparisons == ()
    company.forget()
    (first,) = company.answers("Ada", OCTOBER)
    assert first.comparisons == ()
    assert company.total("Ada", "sales by team 2026-09") is None


def test_two_metrics_of_the_same_rows_do_not_single_out_a_colleague(tmp_path: Path) -> None:
    """Only Ben sells to old customers: all sales less the new ones are his."""
    sold = [*sales_of("2026-10", AMOUNTS, 1), ("Ben", "2026-10-20", 99.0, 0)]
    company = SmallCompany(tmp_path, sold)
    for first, second in (("sales", "new_sales"), ("new_sales", "sales")):
        company.forget()
        assert company.total("Ada", f"{first} by team 2026-10") is not None
        assert refusal(company, f"{second} by team 2026-10")[0] == TOTAL_REFUSED
        assert company.total("Ada", "deals by team 2026-10") is not None


def test_a_late_row_between_two_metrics_is_not_their_difference(company: SmallCompany) -> None:
    """Sales were shown without it, so new sales aren't shown with it."""
    assert company.total("Ada", OCTOBER) is not None
    company.sell(("Cem", "2026-10-29", 61.0, 1))
    assert refusal(company, "new_sales by team 2026-10")[0] == TOTAL_REFUSED
    assert company.total("Ada", "new_sales by team 2026-09") is not None


def test_a_redefined_metric_does_not_tell_what_was_left_out(company: SmallCompany) -> None:
    """Without Ben's order the difference of both definitions is Ben's; a new title changes nothing."""
    before = company.total("Ada", f"{OCTOBER} vs target")
    company.define("models", "sales", SALES + "zone: Europe/Brussels\n")
    assert company.total("Ada", f"{OCTOBER} vs target") == before
    company.define("models", "sales", SALES + 'where: "rep_id <> 2 or is_new = 0"\n')
    assert refusal(company, OCTOBER)[0] == TOTAL_REFUSED
    assert company.total("Ada", "sales by team 2026-09") is not None
    company.define("models", "sales", SALES)
    assert company.total("Ada", OCTOBER) == before


def test_the_largest_row_of_a_team_is_somebodys(company: SmallCompany) -> None:
    """However many contribute to it, a maximum is one row."""
    with pytest.raises(ForbiddenError):
        company.answers("Ada", "largest by team 2026-10")
    assert company.answers("Boss", "largest team:north 2026-10")


def test_targets_added_up_stay_as_they_were(company: SmallCompany) -> None:
    """A colleague's new target isn't the difference of two answers; one that dominates isn't shown."""
    for name, amount in AMOUNTS.items():
        company.aim(name, "2026-10", amount)
        company.aim(name, "2026-09", 20_000.0 if name == "Dot" else amount)
    (before,) = company.answers("Ada", OCTOBER)
    assert before.target is not None
    assert before.target.value == pytest.approx(sum(AMOUNTS.values()))
    assert before.target.attainment == pytest.approx((before.figure.value or 0) / before.target.value)
    company.write("UPDATE quotas SET value = value + 55 WHERE rep_id = ?", (4,))
    assert company.answers("Boss", "sales team:north 2026-10")[0].target != before.target
    assert company.answers("Ada", OCTOBER)[0].target == before.target
    (september,) = company.answers("Ada", "sales by team 2026-09")
    assert september.target is None


def test_nothing_but_the_kept_figures_is_told(company: SmallCompany) -> None:
    """No word of live rows: neither how many there are, nor what is usual, nor what stands out."""
    (total,) = company.answers("Ada", OCTOBER)
    assert total.figure.rows is None
    assert (total.findings, total.groups, total.anomaly, total.missing) == ((), (), None, ())
    assert {note.code for note in total.notes} == {"as_first_shown"}
    assert total.statements == ()
    before = company.said("Ada", OCTOBER)
    company.sell(*[("Ben", f"2026-0{month}-03", 10_000.0, 0) for month in range(1, 9)])
    assert company.said("Ada", OCTOBER) == before


# by whom


def test_a_lead_of_some_of_the_team_is_judged_by_the_rest(company: SmallCompany) -> None:
    """Ada leads Ben: behind the total stand three others. If it changed since, she isn't shown it."""
    leads = AccessList(leads={user("Ada"): People(reps=("Ben",))}, admins=frozenset({BOSS}))
    before = company.total("Cem", OCTOBER)
    assert company.total("Ada", OCTOBER, access=leads) == before
    more = AccessList(leads={user("Ada"): People(reps=("Ben", "Cem"))}, admins=frozenset({BOSS}))
    assert company.total("Ada", OCTOBER, access=more) is None
    company.sell(("Dot", "2026-10-30", 9.0, 0))
    assert company.total("Ada", OCTOBER, access=leads) is None
    assert company.total("Cem", OCTOBER) == before


def test_a_lead_sees_the_team_as_it_is(company: SmallCompany) -> None:
    """They see its members anyway: nothing is kept for them, nor by them."""
    leads = AccessList(leads={user("Ada"): People(teams=("North",))}, admins=frozenset({BOSS}))
    before = company.total("Ada", "sales team:north 2026-10", access=leads)
    company.sell(("Ben", "2026-10-30", 777.0, 0))
    assert company.total("Ada", "sales team:north 2026-10", access=leads) == pytest.approx(
        (before or 0) + 777
    )
    assert company.total("Cem", OCTOBER) == pytest.approx((before or 0) + 777)


def test_what_an_erased_rep_was_shown_stays_and_nothing_is_added(
    company: SmallCompany, store: Engine
) -> None:
    """Their key is gone; a metric that wasn't shown yet would be of the others alone."""
    before = company.total("Ada", OCTOBER)
    assert erase(store, "T0DEMO", Traces(user("Eva"), rep=5)).left == 0
    assert company.total("Ada", OCTOBER) == before
    assert refusal(company, "new_sales by team 2026-10")[0] == TOTAL_REFUSED
    assert refusal(company, OCTOBER, "Eva")[0] == TOTAL_REFUSED


def test_a_store_that_does_not_answer_costs_the_total_alone(company: SmallCompany, store: Engine) -> None:
    """What can't be kept isn't shown; one's own row is."""
    with store.begin() as connection:
        connection.exec_driver_sql("DROP TABLE team_totals")
    with pytest.raises(QueryError, match="right now"):
        company.answers("Ada", OCTOBER)
    assert len(company.answers("Ada", "sales by rep 2026-10")) == 1


def test_months_of_long_ago_are_not_counted_again(company: SmallCompany) -> None:
    """What was kept of them is gone after three years, so they aren't shown any more."""
    company.sell(*both_kinds("2023-11", 1.3), *both_kinds("2023-10", 1.6))
    assert company.total("Ada", "sales by team 2023-11") is not None
    for line in ("sales by team 2023-10", "sales by team 2023-10..2026-10"):
        with pytest.raises(ForbiddenError, match="last 36 months"):
            company.answers("Ada", line)
    (compared,) = company.answers("Ada", "sales by team 2023-11")
    assert compared.comparisons == ()
    assert company.total("Ada", OCTOBER, DECEMBER) is not None


# over time

LINES = (
    "sales by team 2026-09",
    "sales by team 2026-10",
    "new_sales by team 2026-10",
    "sales by team per month 2026-09..2026-10",
    "sales by rep 2026-10",
    "sales vs team 2026-10",
    "new_sales by team 2026-09",
    "sales by team 2026-10 vs 2026-09",
)
_Shown = dict[tuple[str, str], tuple[float, dict[str, float]]]
"""By metric and month: the total, and what each member contributed when it was first shown."""


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_between_questions_no_difference_is_a_colleagues(
    seed: int, tmp_path: Path, store: Engine
) -> None:
    """Rows come late, are corrected and taken back, reps move, and somebody asks again and again.

    Each month's total is the same in every answer, and behind the difference of two totals stand enough
    others as they were at that time.
    """
    random = Random(seed)
    company = SmallCompany(tmp_path, [*both_kinds("2026-09", 0.7), *both_kinds("2026-10")], store)
    seen: _Shown = {}
    members: dict[str, tuple[str, ...]] = {}
    for _ in range(12):
        name, month = random.choice(NORTH), random.choice(("2026-09", "2026-10"))
        match random.randrange(5):
            case 0:
                late = (name, f"{month}-28", float(random.randrange(10, 900)), random.randrange(2))
                company.sell(late)
            case 1:
                company.move(name if name != "Ada" else "Eva", random.choice((1, 2)))
            case 2:
                company.write(
                    "UPDATE sales SET amount = amount * 1.5 WHERE rep_id = ? AND sold_on LIKE ?",
                    (NORTH.index(name) + 1, f"{month}%"),
                )
        now = {day: (company.north(), company.amounts(day)) for day in ("2026-09", "2026-10")}
        for (metric, day), value in _told(company, random.choice(LINES)):
            team, amounts = now[day]
            of_team = members.setdefault(day, team)
            parts = {rep: amounts[metric].get(rep, 0.0) for rep in of_team}
            first = seen.setdefault((metric, day), (value, parts))
            assert value == first[0]
            if first[1] is parts:
                assert value == pytest.approx(sum(parts.values()))
    assert len(seen) >= 2
    for day in members:
        both = [parts for (_, of), (_, parts) in seen.items() if of == day]
        for one, other in combinations(both, 2):
            assert is_hidden(one[rep] - other[rep] for rep in one if rep != "Ada")


def _told(company: SmallCompany, line: str) -> Iterator[tuple[tuple[str, str], float]]:
    """Each month's total in the answers to a line of Ada's."""
    try:
        answers = company.answers("Ada", line)
    except ForbiddenError:
        return
    for answer in answers:
        pieces = [(point.period, point.figure) for point in answer.series]
        is_total = any(entry.dimension == "team" for entry in answer.filters)
        pieces += [
            (entry.period, entry.figure)
            for entry in answer.comparisons
            if is_total or entry.to is Baseline.TEAM
        ]
        if is_total:
            pieces.append((answer.period, answer.figure))
        for period, figure in pieces:
            start, end = period.bounds()
            if whole_months(start, end) == 1 and figure.value is not None:
                yield (answer.metric, f"{start:%Y-%m}"), figure.value
