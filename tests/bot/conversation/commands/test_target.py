"""Setting and listing targets, on the stores that the bot can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.event import listen

from bot.conversation.dispatch import answers_of, dispatch
from bot.rights import EVERYTHING, Membership, Roles
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.targets import ERASED, SetTarget, TargetBook
from bot.workspace.members import MemberIndex
from bot.workspace.opening import STORE, with_store
from bot.workspace.request import Request
from bot.workspace.services import Services, targets_of
from bot.workspace.target_progress import progress_of
from bot.workspace.targets import month_ahead, split_number
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import QueryError
from kpi_engine.language.amounts import read_number
from kpi_engine.reading.wanted import TargetsOf
from tests.bot.in_slack import in_slack

ANNA = "U0ANNA"
NEVER = timedelta()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def services(request: pytest.FixtureRequest, demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with an empty store of each kind."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")
        admin = create_engine(url)
        with admin.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        admin.dispose()
    store = database.open_store(url)
    database.migrate(store)
    made = with_store(demo_services, Settings.load(env_file=None), store, "T0DEMO")
    # names are read again at once: a thread of its own could outlive the store
    yield replace(made, index=MemberIndex(made.engine, lambda refresh: refresh()))
    made.engine.close_database(STORE)
    store.dispose()


def _request(line: str, clock: Clock, later: timedelta = NEVER) -> Request:
    return Request("T0DEMO", ANNA, "C0", line, "command", clock() + later, "en", Membership.FULL)


def _said(line: str, services: Services, clock: Clock, later: timedelta = NEVER) -> str:
    return in_slack(dispatch(_request(line, clock, later), services)).text


def _target(line: str, services: Services, clock: Clock, later: timedelta = NEVER) -> float | None:
    (answer,) = answers_of(_request(f"{line} this month vs target", clock, later), services)
    return answer.target.value if answer.target else None


def test_a_target_is_set_confirmed_and_answered(services: Services, monday: Clock) -> None:
    """The message says metric, level, month, new and old; the answer uses it from then on."""
    before = _target("sales", services, monday)
    assert before is not None
    assert before != 999_000
    said = _said("target sales 999k", services, monday)
    assert "Target for Sales, November 2026: €999,000 (you typed 999k)." in said
    assert _target("sales", services, monday) == 999_000
    soon = timedelta(minutes=1)
    assert "It was €999,000." in _said("doel omzet 1.000.000", services, monday, soon)
    assert _target("sales", services, monday, soon) == 1_000_000


def test_every_change_is_kept_with_who_and_when(services: Services, monday: Clock) -> None:
    """Asked as of an earlier moment, the target is the one that was valid then."""
    _said("target sales 900k 2026-12", services, monday)
    _said("target sales 950k 2026-12", services, monday, timedelta(hours=2))
    book, month = targets_of(services), (date(2026, 12, 1), date(2027, 1, 1))
    history = book.history("sales", *month, monday() + timedelta(hours=3))
    assert [(entry.value, entry.set_by, entry.set_at) for entry in history] == [
        (900_000, ANNA, monday()),
        (950_000, ANNA, monday() + timedelta(hours=2)),
    ]
    (then,) = book.valid("sales", *month, monday() + timedelta(hours=1))
    (now,) = book.valid("sales", *month, monday() + timedelta(hours=2))
    assert (then.value, now.value) == (900_000, 950_000)


def test_a_rep_has_a_target_of_their_own(services: Services, monday: Clock) -> None:
    """It takes the place of the table's for that rep alone."""
    anna, other = 'rep:"Anna de Vries"', 'rep:"Charlotte Lambert"'
    before = _target(f"sales {other}", services, monday)
    _said(f"target sales {anna} 50k", services, monday)
    assert _target(f"sales {anna}", services, monday) == 50_000
    assert _target(f"sales {other}", services, monday) == before


@pytest.mark.parametrize("typed", ["2027-Q1", "next quarter", "q1 2027", "volgend kwartaal"])
def test_a_quarters_target_is_split_by_working_days(typed: str, services: Services, monday: Clock) -> None:
    """January to March 2027 have 20, 20 and 22 working days in Belgium (29 March is Easter Monday)."""
    said = _said(f"target sales 1.2m {typed} yes", services, monday)
    assert "Target for Sales, Q1 2027: €1,200,000 (you typed 1.2m)." in said
    assert "By working days: January €387,097, February €387,097, March €425,806." in said
    (answer,) = answers_of(_request("sales 2027-q1 vs target", monday), services)
    assert answer.target is not None
    assert answer.target.value == pytest.approx(1_200_000, rel=1e-12)
    book = targets_of(services)
    kept = book.valid("sales", date(2027, 1, 1), date(2027, 4, 1), monday())
    assert [entry.value for entry in kept] == [387_096.77, 387_096.77, 425_806.46]
    assert "removed; it was €1,200,000" in _said("target sales none 2027-Q1", services, monday, NEVER)


def test_a_quarters_target_of_a_count_and_of_a_rate(services: Services, monday: Clock) -> None:
    """Leads are whole ones, and a rate is the same in each month."""
    said = _said("target leads 100 2027-Q1 yes", services, monday)
    assert "By working days: January 32, February 32, March 36." in said
    assert "Each of its months has the same." in _said("target win_rate 30% 2027-Q1 yes", services, monday)


def test_targets_lists_those_of_the_table_and_the_set_ones(services: Services, monday: Clock) -> None:
    """Who set a target and when stands behind it."""
    _said("target leads region:noord 80", services, monday)
    said = _said("targets leads region:noord", services, monday)
    assert "Noord: 80 (set by <@U0ANNA>, Mon 23 Nov 2026 07:00)" in said
    assert "Targets for November 2026" in _said("doelen", services, monday)
    assert "There are no targets for January 2031." in _said("targets 2031-01", services, monday)


def test_a_target_outlives_who_set_it(services: Services, monday: Clock) -> None:
    """After an erasure no command line person is named."""
    made = SetTarget("leads", date(2026, 11, 1), {}, 80.0, ERASED, monday())
    targets_of(services).add(made)
    assert "New leads: 80 (set by someone whose data was erased, Mon" in _said(
        "targets leads", services, monday
    )


def test_a_set_target_is_taken_back_and_the_tables_holds_again(services: Services, monday: Clock) -> None:
    """What was set stays in the history; nothing that nobody set can be taken back."""
    before = _target("sales", services, monday)
    assert before is not None
    _said("target sales 999k", services, monday)
    soon, later = timedelta(minutes=1), timedelta(minutes=2)
    said = _said("target sales none", services, monday, soon)
    assert "Target for Sales, November 2026: removed; it was €999,000." in said
    assert "It no longer has a target of its own." in said, "the reps' quotas add up to it"
    assert _target("sales", services, monday, soon) == before
    assert "set by" not in _said("targets sales", services, monday, soon)
    assert "nothing to remove" in _said("doel omzet geen", services, monday, later)
    anna = 'sales rep:"Anna de Vries"'
    table = _target(anna, services, monday)
    _said(f"target {anna} 5k", services, monday, soon)
    assert "The target in the company's table applies again: €" in _said(
        f"target {anna} none", services, monday, later
    )
    assert _target(anna, services, monday, later) == table
    history = targets_of(services).history("sales", date(2026, 11, 1), date(2026, 12, 1), monday() + later)
    assert [entry.value for entry in history] == [999_000, None, 5_000, None]


@pytest.mark.parametrize(
    "key", [7, 7.5, "anna", UUID("6f1c1f3e-8a0b-4c6e-9b1e-0d6a1d3c2b10"), Decimal("12.50")]
)
def test_a_member_of_any_key_has_a_target(key: Any, services: Services, monday: Clock) -> None:
    """Databases hand out keys that JSON has no type for; each comes back as what it was."""
    book, month = targets_of(services), date(2027, 5, 1)
    book.add(SetTarget("sales", month, {"rep": key}, 5.0, ANNA, monday()))
    (found,) = book.valid("sales", month, date(2027, 6, 1), monday())
    assert found.level == {"rep": key}
    assert type(found.level["rep"]) is type(key)


def test_another_workspace_has_its_own(services: Services, monday: Clock) -> None:
    """A target of one workspace is none of another's."""
    _said("target sales 999k 2027-05", services, monday)
    book, month = targets_of(services), (date(2027, 5, 1), date(2027, 6, 1))
    assert len(book.valid("sales", *month, monday())) == 1
    assert not TargetBook(book._engine, "T0OTHER").valid("sales", *month, monday())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("target sales", "The target's value is missing"),
        ("target sales 300k 400k", "Which number"),
        ("target sales 300k 2026-10", "That month is over"),
        ("target sales 300k 2026-Q4", "That month is over"),
        ("target sales 300k 2026-W50", "one month, quarter or year"),
        ("target sales 300k 2027-01..2027-03", "one month, quarter or year"),
        ("target sales,leads 300k", "Name one metric"),
        ("target sales by rep 300k", "one period"),
        ("target sales -region:noord 300k", "one name"),
        ("target sales 15%", "can't be a percentage"),
        ("target salse 300k", "I don't know"),
    ],
)
def test_what_is_no_target_is_refused_and_nothing_is_kept(
    line: str, reason: str, services: Services, monday: Clock
) -> None:
    """With a sentence that says why."""
    assert reason in _said(line, services, monday).replace("&#39;", "'")
    assert not targets_of(services).history("sales", date(2026, 1, 1), date(2028, 1, 1), monday())


def test_without_a_store_it_is_refused(demo_services: Services, monday: Clock) -> None:
    """As on the command line over the demo company; the table's targets can still be listed."""
    assert "isn't available here" in _said("target sales 300k", demo_services, monday)
    assert "Targets for November 2026" in _said("targets", demo_services, monday)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("300k", 300_000),
        ("300.000", 300_000),
        ("€300,000", 300_000),
        ("€ 300.000", 300_000),
        ("1,5m", 1_500_000),
        ("1.5 mln", 1_500_000),
        ("1.234.567", 1_234_567),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("12,5", 12.5),
        ("300000", 300_000),
        ("-500", -500),
        ("300 000", 300_000),
        ("€ 300 000", 300_000),
        ("1 234 567,50", 1_234_567.5),
        ("1,2 mio", 1_200_000),
        ("2 miljoen", 2_000_000),
        ("300k euro", 300_000),
    ],
)
def test_amounts_as_people_type_them(typed: str, value: float) -> None:
    """Points and commas either way."""
    assert read_number(typed, "money") == pytest.approx(value)
    assert split_number(f"sales {typed} 2026-12") == (typed, "sales  2026-12")


@pytest.mark.parametrize(("typed", "value"), [("15%", 0.15), ("0,15", 0.15), ("15", 0.15), ("12,5 %", 0.125)])
def test_shares_as_people_type_them(typed: str, value: float) -> None:
    """In percent or as a fraction."""
    assert read_number(typed, "share") == pytest.approx(value)


@pytest.mark.parametrize(("typed", "unit"), [("150%", "share"), ("1.23.4567", "money"), ("15%", "count")])
def test_what_is_no_number_is_refused(typed: str, unit: str) -> None:
    """Never guessed."""
    with pytest.raises(QueryError):
        read_number(typed, unit)  # type: ignore[arg-type]


def test_a_year_and_a_quoted_name_are_no_targets() -> None:
    """`december 2026` keeps its year, a product its number."""
    assert split_number("sales 300k december 2026") == ("300k", "sales  december 2026")
    assert split_number('sales product:"Model 3 X" 20') == ("20", 'sales product:"Model 3 X"')


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("november", date(2026, 11, 1)),
        ("december", date(2026, 12, 1)),
        ("oktober", date(2027, 10, 1)),
        ("this december", date(2026, 12, 1)),
        ("last november", None),
        ("december 2025", None),
        ("2026-12", None),
        ("last month", None),
        ("", None),
    ],
)
def test_a_bare_month_is_the_one_that_runs_or_comes_next(typed: str, month: date | None) -> None:
    """With its year, or counted from today, it is the month that was written."""
    found = month_ahead(typed, date(2026, 11, 23))
    assert (found.start if found else None) == month


def test_who_sets_and_sees_which_targets(services: Services, monday: Clock) -> None:
    """A lead sets those of her team and of its reps, not the company's; a rep sets none and sees the own."""
    listed = AccessList(
        admins=frozenset({"U0ADMIN"}),
        leads={"U0LIEN": People(teams=("Schelde",))},
        reps={ANNA: "Anna de Vries"},
    )
    company = replace(services, roles=Roles(listed))

    def said(user: str, line: str) -> str:
        request = Request("T0DEMO", user, "C0", line, "command", monday(), "en", Membership.FULL)
        return in_slack(dispatch(request, company)).text

    assert "leads and admins can set targets" in said(ANNA, "target sales rep:me 999k")
    assert "only set targets for your own people" in said("U0LIEN", "target sales 999k")
    assert "you typed 77k" in said("U0LIEN", "target sales rep:anna 77k")
    assert "you typed 300k" in said("U0LIEN", "target sales team:schelde 300k")
    assert "300k" not in said("U0LIEN", "target sales team:leie 300k")
    assert "you typed 1m" in said("U0ADMIN", "target sales 1m")
    seen = said(ANNA, "targets sales")
    assert "77,000" in seen
    assert "1,000,000" not in seen
    assert "1,000,000" in said("U0ADMIN", "targets sales")


def test_a_lead_sets_no_target_where_they_only_sell(services: Services, monday: Clock) -> None:
    """Lien leads Schelde and Lotte, and sells for Maas: neither its target nor her own is hers to set."""
    karim, wim = "Karim El Amrani", "Wim Michiels"
    listed = AccessList(
        leads={
            "U0LIEN": People(teams=("Schelde",), reps=(karim, "Lotte Wouters")),
            "U0WIM": People(teams=("Maas",)),
        },
        reps={"U0LIEN": karim, "U0WIM": wim},
    )
    company = replace(services, roles=Roles(listed))

    def said(user: str, line: str) -> str:
        request = Request("T0DEMO", user, "C0", line, "command", monday(), "en", Membership.FULL)
        return in_slack(dispatch(request, company)).text

    for refused in ("team:maas", "rep:me", "rep:wim", "region:noord"):
        assert "77k" not in said("U0LIEN", f"target sales {refused} 77k")
    for taken in ("team:schelde", "rep:anna", "rep:lotte"):
        assert "you typed 77k" in said("U0LIEN", f"target sales {taken} 77k")
    for taken in ("team:maas", "rep:me", f'rep:"{karim}"'):
        assert "you typed 88k" in said("U0WIM", f"target sales {taken} 88k")


def test_targets_of_several_metrics_are_one_statement_of_the_store(services: Services, monday: Clock) -> None:
    """Each period gets its own months; the table's targets stay where none was set."""
    _said("target sales 900k 2026-12", services, monday)
    _said("target leads 80 2026-12", services, monday)
    december, november = (date(2026, 12, 1), date(2027, 1, 1)), (date(2026, 11, 1), date(2026, 12, 1))
    wanted = [TargetsOf("sales", *december), TargetsOf("leads", *december), TargetsOf("sales", *november)]
    sent: list[str] = []
    store = targets_of(services)._engine
    listen(store, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
    found = services.engine._setting.targets.read(wanted, monday() + timedelta(hours=1))
    assert len(sent) == 1
    values = [{row.value for _, row in found[want].rows if not row.level} for want in (wanted[0], wanted[1])]
    assert values == [{900_000}, {80}]
    assert {month for month, _ in found[wanted[2]].rows} == {november[0]}
    assert 900_000 not in {row.value for _, row in found[wanted[2]].rows}


def test_targets_are_listed_with_how_far_they_are(services: Services, monday: Clock) -> None:
    """Of the running month with where it ends, of a month that is over with whether it was reached."""
    said = _said("targets sales region:noord", services, monday)
    progress = r"Sales, Noord: €108,500; €92,578 so far \(85%\), expected €\d+k, very likely to reach it"
    assert re.search(progress, said)
    assert "Sales, Noord: €114,500; €126,554 (111%), reached" in _said(
        "targets sales region:noord 2026-10", services, monday
    )
    assert "Noord: €104,500\n" in f"{_said('targets sales region:noord 2027-01', services, monday)}\n"
    assert "Cost per lead: €58\n" in f"{_said('targets cost_per_lead', services, monday)}\n"  # not booked yet


def test_the_progress_in_a_list_is_what_its_reader_may_see(services: Services, monday: Clock) -> None:
    """A rep sees their own; the team's target stands without a result. In public nobody's stands there."""
    listed = AccessList(
        admins=frozenset({"U0ADMIN"}),
        reps={ANNA: "Anna de Vries"},
        channels={"C0": People(everything=True)},
    )
    company = replace(services, roles=Roles(listed))

    def said(user: str, line: str, via: Literal["command", "mention"] = "command") -> str:
        request = Request("T0DEMO", user, "C0", line, via, monday(), "en", Membership.FULL)
        return in_slack(dispatch(request, company)).text

    said("U0ADMIN", "target sales team:schelde 70k")
    own = said(ANNA, "targets sales")
    assert "Anna de Vries: €21,500; €24,288 so far (113%), reached" in own
    assert re.search(r"Schelde: €70,000 \(set by [^)]*\)(?!;)", own)
    everybody = said("U0ADMIN", "targets sales", "mention")
    assert "Anna de Vries: €21,500" in everybody
    assert "24,288" not in everybody
    assert "92,578 so far" in everybody


def test_all_listed_targets_are_one_request(services: Services, monday: Clock) -> None:
    """One question for each metric and dimension, read together, and not one for each target."""
    month, engine = date(2026, 11, 1), services.engine
    rows = engine.targets(("sales", "leads"), month, monday())
    wanted = [(metric, row.level) for metric, found in rows.items() for row in found]
    assert len(wanted) > 30
    members = services.members(monday())
    progress_of(engine, wanted, month, members, EVERYTHING, monday())
    with engine.recorded() as log:
        found = progress_of(engine, wanted, month, members, EVERYTHING, monday())
    assert len(found) == len(wanted)
    assert len(log.sent) <= 6
