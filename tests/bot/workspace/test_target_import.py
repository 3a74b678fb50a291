"""What a file of targets would change: every line judged as a typed target is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.conversation.command import CommandContext
from bot.conversation.dispatch import dispatch
from bot.conversation.registry import context_of
from bot.render.target_import import Outcome, line_words
from bot.rights import Membership, Roles
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.workspace.members import MemberIndex
from bot.workspace.opening import STORE, with_store
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from bot.workspace.target_import import TargetImport, as_done, read_targets, set_targets
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError, QueryError

ADMIN, LIEN, ANNA = "U0ADMIN", "U0LIEN", "U0ANNA"


@pytest.fixture
def services(demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with an empty store, an admin, a lead of the team Schelde and a rep."""
    store = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(store)
    made = with_store(demo_services, Settings.load(env_file=None), store, "T0DEMO")
    listed = AccessList(
        admins=frozenset({ADMIN}), leads={LIEN: People(teams=("Schelde",))}, reps={ANNA: "Anna de Vries"}
    )
    yield replace(made, index=MemberIndex(made.engine, lambda refresh: refresh()), roles=Roles(listed))
    made.engine.close_database(STORE)
    store.dispose()


def _context(services: Services, clock: Clock, user: str = ADMIN, via: Via = "dm") -> CommandContext:
    return context_of(Request("T0DEMO", user, "D0", "", via, clock(), "en", Membership.FULL), services)


def _read(text: str, services: Services, clock: Clock, user: str = ADMIN, metric: str = "") -> TargetImport:
    return read_targets(_context(services, clock, user), "t.csv", text.encode(), metric)


def _outcomes(found: TargetImport) -> list[str]:
    return [str(line.outcome) for line in found.report.lines]


def _told(found: TargetImport, services: Services) -> list[str]:
    return [line_words(line, services.sentences("en")) for line in found.report.lines]


def test_each_line_is_set_changed_unchanged_or_refused(services: Services, monday: Clock) -> None:
    """Bad lines stop nothing, and each says what to write instead."""
    first = _read("metric;month;value\nwon;2027-01;40\nwon;2027-02;50\n", services, monday)
    assert _outcomes(first) == ["set", "set"]
    set_targets(_context(services, monday), first.likely)
    again = _read(
        "metric;month;value\nwon;2027-01;40\nwon;2027-02;60\nwno;2027-03;1\nwon;nope;1\nwon;2027-03;x\n"
        "won;2026-01;7\nwon;2027-04;1,5\nwon;2027-02;60\nwon;2027-05;-3\n",
        services,
        monday,
    )
    assert _outcomes(again) == ["unchanged", "changed", *["refused"] * 7]
    told = _told(again, services)
    assert told[:2] == [
        "Row 2: Deals won, January 2027: 40, unchanged",
        "Row 3: Deals won, February 2027: 50 → 60",
    ]
    for line, words in zip(
        told[2:],
        (
            "There is no metric “wno”. Did you mean won?",
            "“nope” is no month. Write the month as 2027-01",
            "“x” is no number. Write it like 300000",
            "That month is over",
            "must be a whole number. Leave out the decimals.",
            "Row 3 already sets this target.",
            "can't be negative. Leave out the minus.",
        ),
        strict=True,
    ):
        assert words in line


@pytest.mark.parametrize(
    ("metric", "typed", "value"),
    [
        ("sales", "1.234,50", 1234.5),
        ("sales", '"1,234.50"', 1234.5),
        ("sales", "€ 12k", 12_000),
        ("sales", "EUR 12 000", 12_000),
        ("sales", "12\u202f000 €", 12_000),
        ("sales", "12'000", 12_000),
        ("sales", '"12.000,-"', 12_000),
        ("sales", "0,4 mln", 400_000),
        ("conversion", "21%", 0.21),
        ("conversion", "21,5", 0.215),
        ("conversion", "0.215", 0.215),
        ("conversion", "21.5 %", 0.215),
        ("nps", "-5", -5),
    ],
)
def test_numbers_as_people_type_them(
    metric: str, typed: str, value: float, services: Services, monday: Clock
) -> None:
    found = _read(f"metric;month;value\n{metric};2028-06;{typed}\n", services, monday)
    (target,) = (*found.likely, *found.unlikely)
    assert target.value == pytest.approx(value)


def test_other_currencies_and_percentages_are_refused(services: Services, monday: Clock) -> None:
    found = _read(
        "metric;month;value\nsales;2028-06;$ 12\nsales;2028-07;12%\nconversion;2028-06;140%\n",
        services,
        monday,
    )
    assert _outcomes(found) == ["refused"] * 3


def test_names_in_part_in_full_and_by_key(services: Services, monday: Clock) -> None:
    """One that is unknown or ambiguous is refused with those that may be meant."""
    rep = next(
        member for member in _context(services, monday).members()["rep"] if member.label == "Anna de Vries"
    )
    found = _read(
        f"metric;month;rep;value\nwon;2027-01;anna de vries;1\nwon;2027-02;Anna;1\nwon;2027-03;{rep.key};1\n"
        "won;2027-04;Ana de Vris;1\nwon;2027-05;de;1\n",
        services,
        monday,
    )
    assert [dict(target.place.level) for target in found.likely] == [{"rep": rep.key}] * 3
    told = _told(found, services)
    assert "There is no rep “Ana de Vris”. Did you mean Anna de Vries" in told[3]
    assert "“de” can be several names. Write one in full: " in told[4]


def test_a_dimension_that_the_metric_lacks(services: Services, monday: Clock) -> None:
    found = _read("metric;month;product;value\nleads;2027-01;Model X;5\n", services, monday)
    assert "This metric can't be filtered by product. You can use" in _told(found, services)[0]


def test_leads_set_those_of_their_people_line_by_line(services: Services, monday: Clock) -> None:
    """Their team and its reps, neither the company's nor another team's; a rep sets none at all."""
    text = "metric;month;team;rep;value\nwon;2027-01;Schelde;;9\nwon;2027-01;;Anna de Vries;3\nwon;2027-01;;;99\n"
    found = _read(f"{text}won;2027-01;Leie;;9\n", services, monday, LIEN)
    assert _outcomes(found) == ["set", "set", "refused", "refused"]
    assert "You can only set targets for your own people." in _told(found, services)[2]
    assert "You can only set targets for your own people." in _told(found, services)[3]
    with pytest.raises(ForbiddenError, match="Only leads and admins can set targets"):
        _read(text, services, monday, ANNA)


def test_a_hidden_colleague_is_not_given_away(services: Services, monday: Clock) -> None:
    """The full name of somebody else's rep is refused as such; part of it as a name that isn't there."""
    others = [member.label for member in _context(services, monday).members()["rep"]]
    led = [member.label for member in _context(services, monday, LIEN).members()["rep"]]
    other = next(name for name in others if name not in led)
    found = _read(
        f"metric;month;rep;value\nwon;2027-01;{other};1\nwon;2027-01;{other[:5]};1\n", services, monday, LIEN
    )
    assert "your own people" in _told(found, services)[0]
    assert "There is no rep" in _told(found, services)[1]


def test_far_from_the_month_before_is_to_be_checked(services: Services, monday: Clock) -> None:
    """Also within the file: a month is compared with the one before it as the file sets it."""
    found = _read("metric,2027-01,2027-02,2027-03\nwon,10,100,110\n", services, monday)
    assert _outcomes(found) == ["set", "please check", "set"]
    assert "That is 10 times the target of January 2027 (10)." in _told(found, services)[1]
    assert [target.value for target in found.likely] == [10, 110]
    assert [target.value for target in found.unlikely] == [100]
    done = as_done(found.report, found.likely)
    assert [line.outcome for line in done.lines] == [Outcome.SET, Outcome.CHECK, Outcome.SET]
    every = as_done(found.report, (*found.likely, *found.unlikely))
    assert [line.outcome for line in every.lines] == [Outcome.SET] * 3


def test_each_change_is_kept_with_who_and_when(services: Services, monday: Clock) -> None:
    """As a typed one is, and the list of targets shows it."""
    found = _read("metric,2027-01,2027-02\nwon,10,11\n", services, monday)
    set_targets(_context(services, monday), found.likely)
    assert services.targets is not None
    kept = services.targets.history("won", date(2027, 1, 1), date(2027, 12, 1), monday())
    assert [(entry.month, entry.value, entry.set_by, entry.set_at) for entry in kept] == [
        (date(2027, 1, 1), 10, ADMIN, monday()),
        (date(2027, 2, 1), 11, ADMIN, monday()),
    ]
    request = Request("T0DEMO", ADMIN, "D0", "targets won 2027-01", "dm", monday(), "en", Membership.FULL)
    assert ADMIN in str(dispatch(request, services))


def test_the_metric_may_come_from_outside(services: Services, monday: Clock) -> None:
    found = _read("rep;2027-01\nAnna de Vries;5\n", services, monday, metric="won")
    assert [target.metric.name for target in found.likely] == ["won"]
    with pytest.raises(QueryError, match="That file has no targets in it"):
        _read("metric;2027-01\nwon;\n", services, monday)


@pytest.mark.parametrize(
    "text",
    [
        "metric;quarter;value\nwon;2027-Q1;62\n".replace("quarter", "period"),
        "metric;Q1 2027\nwon;62\n",
        "metric;periode;jaar;waarde\nwon;Q1;2027;62\n",
    ],
)
def test_a_quarter_is_set_as_its_months(text: str, services: Services, monday: Clock) -> None:
    """By their working days: 20, 20 and 22; together they are the quarter's."""
    found = _read(text, services, monday)
    assert [(line.month, line.value) for line in found.report.lines] == [
        (date(2027, 1, 1), 20.0),
        (date(2027, 2, 1), 20.0),
        (date(2027, 3, 1), 22.0),
    ]
    both = _read("metric;month;value\nwon;2027-Q1;62\nwon;2027-02;9\n", services, monday)
    assert "Row 2 already sets this target." in " ".join(_told(both, services))


def test_a_year_is_set_as_its_months(services: Services, monday: Clock) -> None:
    found = _read("metric;2027\nsales;1,200,000\n", services, monday)
    assert len(found.report.lines) == 12
    assert sum(line.value for line in found.report.lines) == pytest.approx(1_200_000, rel=1e-12)


def test_lines_in_dutch(services: Services, monday: Clock) -> None:
    found = _read("metriek;maand;waarde\nwon;2027-01;40\nwon;foo;1\n", services, monday)
    told = [line_words(line, services.sentences("nl")) for line in found.report.lines]
    assert told[0].startswith("Rij 2: ")
    assert (
        "“foo” is geen maand. Schrijf de maand als 2027-01 of jan 2027, een kwartaal als 2027-Q1." in told[1]
    )
