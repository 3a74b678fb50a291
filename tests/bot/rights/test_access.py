"""Who may see what, told with a cast, through every way in and every way out."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import rights
from bot.app import asked_slack
from bot.conversation.dispatch import answers_of, dispatch
from bot.operations.check import InSlack, _answered_in_slack, check_problems
from bot.playground import payloads
from bot.playground.company import demo_database
from bot.playground.state import state_of
from bot.playground.workspace import Channel, Person, Posted, View
from bot.render.survey import SEND
from bot.rights import EVERYTHING, NOTHING, Account, Membership, RememberedTotals, Roles, Staff
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings, SettingsError, shipped_config
from bot.slack.listeners import MESSAGE_SHORTCUT, SHORTCUT
from bot.store import database
from bot.store.subscriptions import SubscriptionBook
from bot.store.targets import TargetBook
from bot.workspace.opening import services_of
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.analysis.targets import TargetIndex, TargetRow
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError, KpiError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.query import Member
from kpi_engine.engine import Engine
from kpi_engine.language.period_phrases import canonical_period
from kpi_engine.reading.wanted import TargetsOf
from tests.bot.in_slack import in_slack
from tests.bot.world import BOT_TOKEN, SALES, SocketStandIn, World, settings_of, stand_in, world

ANNA, JAN = "U0DEMOANNA", "U0DEMO0002"
KARIM = "U0DEMO0009"
LIEN, ADMIN, GUEST, EXTERNAL, UNMAPPED, AGENT = "U0LIEN", "U0ADMIN", "U0GUEST", "U0EXT", "U0NEW", "U0DEMO0003"
TEAM_CHANNEL, OPEN_CHANNEL = "C0SCHELDE", "C0BOARD"

COLLEAGUES = ("Jan Peeters", "Zoë", "Sofie Maes", "Karim")
NOT_YOURS = "You don't have access to"
TOTAL_REFUSED = "I can't show this total of your team: it could tell what one of your colleagues did."

MEMBERSHIP = {GUEST: Membership.GUEST, EXTERNAL: Membership.EXTERNAL, AGENT: Membership.EXTERNAL}

LISTED = AccessList(
    admins=frozenset({ADMIN}),
    leads={LIEN: People(teams=("Schelde",))},
    guests=frozenset({AGENT}),
    channels={TEAM_CHANNEL: People(teams=("1",)), OPEN_CHANNEL: People(everything=True)},
)

Ask = Callable[..., str]


class OneTarget:
    """Targets of a company in which only Wim of Maas has one."""

    def read(self, wanted: Collection[TargetsOf], now: datetime) -> Mapping[TargetsOf, TargetIndex]:
        del now
        row = TargetRow({"rep": 10}, {"rep": 10, "team": 3}, 5000.0)
        return {want: TargetIndex([(want.start, row)]) for want in wanted}

    def edition(self) -> None:
        """Nobody sets another one."""


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED), totals=RememberedTotals())


@pytest.fixture
def ask(company: Services, monday: Clock) -> Ask:
    """Ask as somebody; the text of the answer."""

    def asked(user: str, line: str, via: Via = "command", channel: str = SALES) -> str:
        return in_slack(dispatch(request(user, line, monday, via, channel), company)).text

    return asked


def request(user: str, line: str, monday: Clock, via: Via = "command", channel: str = SALES) -> Request:
    member = MEMBERSHIP.get(user, Membership.FULL)
    return Request("T0DEMO", user, channel, line, via, monday(), "en", member)


def to_the_day(text: str) -> str:
    """An admin's text, whose data is told to the minute, as others read it."""
    shown = re.sub(r"(data until \w+ \d+ \w+ \d+) \d\d:\d\d", r"\1", text)
    assert shown != text
    return shown


def rows(company: Services, user: str, line: str, monday: Clock) -> list[str | None]:
    """The rows of an answer's groups."""
    (answer, *_) = answers_of(request(user, line, monday), company)
    return [group.labels[0] for group in answer.groups]


def values(company: Services, user: str, line: str, monday: Clock) -> dict[str | None, float | None]:
    """The groups of an answer with their figures."""
    (answer, *_) = answers_of(request(user, line, monday), company)
    return {group.labels[0]: group.figure.value for group in answer.groups}


@contextmanager
def with_books(company: Services, tmp_path: Path) -> Iterator[Services]:
    """The company whose targets and subscriptions can be kept."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'books.sqlite'}")
    database.migrate(engine)
    yield replace(
        company, targets=TargetBook(engine, "T0DEMO"), subscriptions=SubscriptionBook(engine, "T0DEMO")
    )
    engine.dispose()


# whose figures


def test_a_rep_sees_their_own_figures_and_is_told_so(ask: Ask) -> None:
    """Anna's “sales” is Anna's, and the question says it."""
    answer = ask(ANNA, "sales last month")
    assert 'sales rep:"Anna de Vries" 2026-10' in answer
    assert answer == ask(ANNA, "sales rep:anna last month")
    assert answer == to_the_day(ask(ADMIN, "sales rep:anna last month"))


def test_who_is_a_rep_by_the_file_alone_has_own_numbers(company: Services, monday: Clock) -> None:
    """The table of reps doesn't know the user; typing nothing asks for Anna's month all the same."""
    listed = replace(company, roles=Roles(AccessList(reps={UNMAPPED: "Anna de Vries"})))
    assert 'rep:"Anna de Vries" 2026-11' in in_slack(dispatch(request(UNMAPPED, "", monday), listed)).text


@pytest.mark.parametrize("line", ["sales rep:jan", "sales rep:anna,jan", 'sales rep:"Jan Peeters" csv'])
def test_a_rep_does_not_see_another_rep(line: str, ask: Ask) -> None:
    """Neither alone, nor added to their own, nor in an export."""
    answer = ask(ANNA, line.replace("rep:jan", 'rep:"Jan Peeters"').replace(",jan", ',"Jan Peeters"'))
    assert NOT_YOURS in answer
    assert "€" not in answer


@pytest.mark.parametrize(
    "line",
    [
        "sales -rep:anna",
        'sales team:schelde -rep:"Anna de Vries"',
        "sales -rep:me",
        "sales rep:none",
        "sales team:leie",
        "sales -team:leie",
        "sales team:schelde,leie",
        "sales team:none",
    ],
)
def test_a_rep_cannot_subtract_somebody(line: str, ask: Ask) -> None:
    """A team less one, another team, all but one team: each could single somebody out."""
    assert "€" not in ask(ANNA, line)


def test_by_rep_shows_a_rep_one_row(company: Services, monday: Clock, ask: Ask) -> None:
    """No colleague's row, neither at the top nor at the bottom."""
    for line in ("sales by rep", "sales by rep top 1", "sales by rep bottom 1", "sales by rep,region"):
        assert set(rows(company, ANNA, line, monday)) == {"Anna de Vries"}
        assert not any(name in ask(ANNA, line) for name in COLLEAGUES)


@pytest.mark.parametrize("way", ["", " csv"])
def test_no_other_team_is_named_to_a_rep_for_having_nothing(
    way: str, company: Services, monday: Clock
) -> None:
    """Teams of which Anna can have no row are not listed with €0, in no form."""
    shown = dispatch(request(ANNA, f"sales by team rep:me last month{way}", monday), company)
    files = shown.files.files if shown.files else ()
    seen = (
        in_slack(shown).text
        + json.dumps(in_slack(shown).blocks)
        + "".join(file.content.decode() for file in files)
    )
    assert bool(files) is bool(way)
    assert "Schelde" in seen
    assert not any(team in seen for team in ("Maas", "Leie", "Demer", "Zenne"))


def test_no_other_team_is_named_in_a_channel_of_some_people(company: Services, monday: Clock) -> None:
    """A channel of Anna and Karim knows no team by the bot but where they have sold."""
    people = People(reps=("Anna de Vries", "Karim El Amrani"))
    services = replace(company, roles=Roles(replace(LISTED, channels={OPEN_CHANNEL: people})))
    asked = request(ADMIN, "sales by team last month", monday, "mention", OPEN_CHANNEL)
    (answer,) = answers_of(asked, services)
    assert {group.labels[0] for group in answer.groups} == {"Schelde", "Maas"}


def test_a_region_without_sales_is_listed_to_a_rep(company: Services, monday: Clock) -> None:
    """Names of regions are no secret, and where nothing was sold is worth knowing."""
    regions = rows(company, ADMIN, "sales by region rep:anna last month", monday)
    assert rows(company, ANNA, "sales by region last month", monday) == regions
    assert len(regions) > 1


def test_a_size_shows_a_rep_no_more_than_without_it(company: Services, monday: Clock, ask: Ask) -> None:
    """Groups chosen by a size are among Anna's own, and the size is of her own figures."""
    for line in ("sales by customer", "sales by rep", "leads by source"):
        every = values(company, ANNA, f"{line} last month", monday)
        chosen = values(company, ANNA, f"{line} {line.split()[0]}:>0 last month", monday)
        assert chosen == {name: value for name, value in every.items() if value and value > 0}
    assert values(company, ANNA, "sales by rep sales:>100k last month", monday) == {}
    refused = ask(ANNA, "sales by source cost_per_lead:<100")
    assert "can't be split by rep" in refused
    assert "€" not in refused


def test_a_size_chooses_no_team_total(ask: Ask) -> None:
    """Asked often enough, it would say how large the total is."""
    assert "€" not in ask(KARIM, "sales by team sales:>1000 last month")


def test_a_lead_chooses_among_their_people(company: Services, monday: Clock) -> None:
    """Lien's reps over an amount, and nobody of another team."""
    every = values(company, LIEN, "sales by rep last month", monday)
    chosen = values(company, LIEN, "sales by rep sales:>25k last month", monday)
    assert chosen == {name: value for name, value in every.items() if (value or 0) > 25_000}
    assert 0 < len(chosen) < len(values(company, ADMIN, "sales by rep sales:>25k last month", monday))


def test_every_split_of_a_rep_adds_up_to_their_own(company: Services, monday: Clock) -> None:
    """Groups and months of Anna's question hold Anna's sales only."""
    (own,) = answers_of(request(ADMIN, "sales rep:anna last month", monday), company)
    for line in ("by region", "by customer", "by product", "by source"):
        (answer,) = answers_of(request(ANNA, f"sales last month {line}", monday), company)
        total = sum(group.figure.value or 0 for group in answer.groups)
        assert total == pytest.approx(own.figure.value)
    (answer,) = answers_of(request(ANNA, "sales 2026-10 per week", monday), company)
    assert sum(point.figure.value or 0 for point in answer.series) == pytest.approx(own.figure.value)


# a team's total


def test_a_rep_sees_the_total_of_a_team_of_five(ask: Ask) -> None:
    """Behind Karim's team stand three others and more."""
    answer = ask(KARIM, "sales by team last month")
    assert "sales team:Maas 2026-10" in answer
    (admins,) = [line for line in ask(ADMIN, "sales team:maas last month").splitlines() if "€" in line][:1]
    assert admins.split("€")[1].split()[0] in answer


def test_a_rep_sees_no_total_of_a_team_of_three(ask: Ask) -> None:
    """Behind Anna's team stand two others: less her own, it would be theirs."""
    for line in ("sales by team last month", "sales team:schelde last month"):
        answer = ask(ANNA, line)
        assert TOTAL_REFUSED in answer
        assert "€" not in answer


@pytest.mark.parametrize(
    "line",
    [
        "sales team:maas by customer",
        'sales team:maas product:"Model X"',
        "sales team:maas yesterday",
        "sales team:maas per week",
        "sales team:maas all time",
        "sales team:maas source:website",
        "sales team:maas last month vs 2026-10-05",
        "sales team:maas 2026-10-01..2026-10-30",
    ],
)
def test_a_total_cannot_be_cut_down_to_one(line: str, ask: Ask) -> None:
    """Another filter, split or day could leave one colleague's figure, or the difference of two could."""
    assert "€" not in ask(KARIM, line)


def test_a_rep_stands_beside_a_team_of_five(company: Services, monday: Clock, ask: Ask) -> None:
    """Karim's own figure, and of the team its total and average, never a colleague's row."""
    (answer,) = answers_of(request(KARIM, "sales vs team last month", monday), company)
    (compared,) = answer.comparisons
    (total,) = answers_of(request(ADMIN, "sales team:maas last month", monday), company)
    by_rep = values(company, ADMIN, "sales by rep team:maas last month", monday)
    assert compared.figure.value == pytest.approx(total.figure.value)
    assert compared.figure.value == pytest.approx(sum(value or 0 for value in by_rep.values()))
    assert compared.team is not None
    assert (compared.team.members, compared.team.name) == (len(by_rep), "Maas")
    assert compared.team.average == pytest.approx((total.figure.value or 0) / len(by_rep))
    assert compared.change == pytest.approx((by_rep["Karim El Amrani"] or 0) - compared.team.average)
    shown = ask(KARIM, "sales vs team last month")
    assert "vs team Maas" in shown
    assert "on average for each of" in shown
    assert not any(name in shown for name in set(by_rep) - {"Karim El Amrani"})


def test_a_rate_stands_beside_the_teams_own_rate(company: Services, monday: Clock) -> None:
    """Cases of both, no average of rates; and no clear difference where the evidence gives none."""
    (answer,) = answers_of(request(KARIM, "conversion vs team 2026-06", monday), company)
    (team,) = answers_of(request(ADMIN, "conversion team:maas 2026-06", monday), company)
    (compared,) = answer.comparisons
    assert compared.figure == replace(team.figure, parts=None)
    assert compared.team is not None
    assert compared.team.average is None
    assert compared.change == pytest.approx((answer.figure.value or 0) - (team.figure.value or 0))


@pytest.mark.parametrize(
    "line",
    [
        "sales vs team yesterday",
        "sales vs team all time",
        "sales vs team 2026-10-01..2026-10-30",
        "sales vs team region:noord",
        'sales vs team product:"Model X"',
        "sales vs team by customer",
        "sales vs team per week",
        "sales vs team rep:anna",
        "sales vs team rep:karim,anna",
        "sales vs team -rep:anna",
        "sales vs team team:maas",
        "why sales vs team",
    ],
)
def test_the_team_beside_a_rep_cannot_be_cut_down_to_one(line: str, ask: Ask) -> None:
    """Whole months of the whole team, as for its total."""
    assert "€" not in ask(KARIM, line)


def test_a_team_of_three_stands_beside_nobody(ask: Ask) -> None:
    """Less her own, the total would be two colleagues'."""
    answer = ask(ANNA, "sales vs team last month")
    assert TOTAL_REFUSED in answer
    assert "€" not in answer
    assert "%" not in ask(ANNA, "conversion vs team 2026-06")


def test_a_lead_compares_their_people_and_an_admin_everybody(ask: Ask) -> None:
    """Lien leads Schelde: any cut of it is hers to see, nothing of Maas."""
    assert "vs team Schelde" in ask(LIEN, "sales rep:anna vs team last month")
    assert "vs team Schelde" in ask(LIEN, "sales rep:anna vs team region:noord last week")
    refused = ask(LIEN, 'sales rep:"Karim El Amrani" vs team last month')
    assert NOT_YOURS in refused
    assert "€" not in refused
    assert "Name one" in ask(LIEN, "sales vs team last month")
    assert "vs team Maas" in ask(ADMIN, "sales rep:karim vs team last month")


@pytest.mark.parametrize("column", ["user", "email"])
def test_who_has_an_account_or_an_address_is_a_person(column: str, company: Services) -> None:
    """Other dimensions than reps hold people as well, where their table says who they are."""
    catalogue = company.catalogue
    name, model, dimension = next(
        (name, model, dimension)
        for name, model in catalogue.models.items()
        for dimension in model.members
        if dimension != "rep"
    )
    assert dimension not in catalogue.people
    told = replace(model.members[dimension], **{column: "mail"})
    changed = replace(model, members={**model.members, dimension: told})
    people = replace(catalogue, models={**catalogue.models, name: changed}).people
    assert people == catalogue.people | {dimension}


@pytest.mark.parametrize("user", [GUEST, EXTERNAL, UNMAPPED])
def test_strangers_see_no_team(user: str, ask: Ask) -> None:
    """Nobody without a role compares anything."""
    assert "€" not in ask(user, "sales rep:karim vs team last month")


def test_in_a_channel_the_team_is_shown_where_both_may_see_it(ask: Ask) -> None:
    """Lien's team in its own channel; Karim's not in that of another team."""
    assert "vs team Schelde" in ask(LIEN, "sales rep:anna vs team last month", "mention", TEAM_CHANNEL)
    assert "€" not in ask(KARIM, "sales vs team last month", "mention", TEAM_CHANNEL)
    assert "vs team Maas" in ask(KARIM, "sales vs team last month", "mention", OPEN_CHANNEL)


def test_a_metric_without_teams_is_compared_with_none(ask: Ask) -> None:
    """A sentence says so, with what to compare with instead."""
    assert "can't be split by team" in ask(ADMIN, "cac rep:karim vs team")


def test_a_metric_without_teams_is_named_in_the_askers_language(company: Services, monday: Clock) -> None:
    """Its Dutch name in a Dutch sentence."""
    asked = replace(request(ADMIN, "cac rep:karim t.o.v. team", monday), language="nl")
    title = company.catalogue.metrics["cac"].title
    assert title.nl != title.en
    assert f"{title.nl} zegt niets over teams." in in_slack(dispatch(asked, company)).text


def test_a_team_in_dutch(company: Services, monday: Clock) -> None:
    """The same in the asker's language."""
    asked = replace(request(KARIM, "omzet t.o.v. mijn team vorige maand", monday), language="nl")
    shown = in_slack(dispatch(asked, company)).text
    assert "t.o.v. team Maas" in shown
    assert "gemiddeld" in shown


def test_by_rep_comes_with_the_team(company: Services, monday: Clock) -> None:
    """One's own row, then the team's total, where it may be shown."""
    own, team = answers_of(request(KARIM, "sales by rep last month", monday), company)
    assert [group.labels for group in own.groups] == [("Karim El Amrani",)]
    assert team.groups == ()
    assert (team.figure.value or 0) > (own.figure.value or 0) > 0
    assert len(answers_of(request(ANNA, "sales by rep last month", monday), company)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "sales team:maas this month",
        "sales team:maas this month vs 2026-05",
        "sales team:maas this month vs previous",
        "sales team:maas 2026-10 vs 2026-11",
        "new_customers by team this month",
        "conversion team:maas 2026-08",
        "sales vs team this month",
        "sales vs team this year",
    ],
)
def test_no_month_of_a_team_that_may_still_change_is_shown_to_a_rep(
    line: str, company: Services, monday: Clock
) -> None:
    """Asked on two days, beside as much of a past month, or while its leads mature, it tells one day's."""
    with pytest.raises(ForbiddenError) as refused:
        answers_of(request(KARIM, line, monday), company)
    for suggestion in refused.value.suggestions:
        assert answers_of(request(KARIM, suggestion, monday), company)


@pytest.mark.parametrize("span", ["this year", "ytd", "this quarter", "2026-10..2026-12"])
def test_a_running_span_of_a_team_is_answered_over_its_months_that_are_over(
    span: str, company: Services, monday: Clock
) -> None:
    """On any day of the month the same, and the answer says which months it is of."""
    (answer,) = answers_of(request(KARIM, f"sales by team {span}", monday), company)
    first = 1 if span in ("this year", "ytd") else 10
    assert answer.query.period == Period(date(2026, first, 1), date(2026, 11, 1), Grain.MONTH)
    (whole,) = answers_of(
        request(ADMIN, f"sales team:maas {canonical_period(answer.period)}", monday), company
    )
    _require_alike(answer.figure, whole.figure)
    (earlier,) = answers_of(
        request(KARIM, f"sales by team {span}", lambda: monday() - timedelta(days=9)), company
    )
    _require_alike(earlier.figure, answer.figure)


def _require_alike(one: Figure, other: Figure) -> None:
    """Require the same figure; amounts that are added up in another order differ in their last digit."""
    assert one.value == pytest.approx(other.value, rel=1e-12)
    assert replace(one, value=other.value) == other


def test_a_lead_of_some_of_their_team_cannot_work_out_the_others(company: Services, monday: Clock) -> None:
    """The total less everybody whom Karim sees would be one colleague's; in the team's channel as well."""
    seen = ("Élise Dubois", "Lotte Wouters")
    listed = AccessList(leads={KARIM: People(reps=seen)}, channels={SALES: People(teams=("Maas",))})
    services = replace(company, roles=Roles(listed))
    assert set(rows(services, KARIM, "sales by rep last month", monday)) == {"Karim El Amrani", *seen}
    assert len(answers_of(request(KARIM, "sales by rep last month", monday), services)) == 1
    for via in ("command", "mention"):
        for line in (
            "sales team:maas last month",
            "sales by team last month",
            "sales rep:me vs team last month",
        ):
            with pytest.raises(ForbiddenError, match=TOTAL_REFUSED):
                answers_of(request(KARIM, line, monday, via), services)


def test_behind_the_successes_of_a_rate_stand_three_others_too(company: Services, monday: Clock) -> None:
    """Many had customers in May, but one sold them more: that one's successes stay unsaid."""
    by_rep = answers_of(request(ADMIN, "upsell_rate team:maas by rep 2026-05", monday), company)[0]
    others = [group.figure for group in by_rep.groups if group.labels[0] != "Karim El Amrani"]
    assert sum(bool(figure.denominator) for figure in others) >= rights.OTHERS_NEEDED
    assert sum(bool(figure.numerator) for figure in others) < rights.OTHERS_NEEDED
    with pytest.raises(ForbiddenError, match=TOTAL_REFUSED):
        answers_of(request(KARIM, "upsell_rate by team 2026-05", monday), company)
    assert answers_of(request(KARIM, "upsell_rate by team 2026-03", monday), company)


def test_of_two_months_between_which_few_moved_one_is_shown(company: Services, monday: Clock) -> None:
    """Two others have as many promoters in October as in September: the difference is the rest's."""
    for month, other in (("2026-09", "2026-10"), ("2026-10", "2026-09")):
        services = replace(company, totals=RememberedTotals())
        assert answers_of(request(KARIM, f"nps by team {month}", monday), services)
        for line in (f"nps by team {other}", "nps by team 2026-09..2026-10"):
            with pytest.raises(ForbiddenError, match=TOTAL_REFUSED):
                answers_of(request(KARIM, line, monday), services)
        assert answers_of(request(KARIM, f"nps by team {month}", monday), services)


def test_a_teams_score_does_not_say_how_many_were_dissatisfied(ask: Ask) -> None:
    """A team has few detractors: less one's own, they are somebody's customers."""
    answer = ask(KARIM, "nps by team 2026-10")
    assert "Maas, October 2026: +20" in answer
    assert "detractor" not in answer
    assert "likely" not in answer


def test_targets_added_up_are_shown_where_three_others_have_one(company: Services, monday: Clock) -> None:
    """A team without a target of its own shows its members', of which the only one is a colleague's."""
    engine = company.engine.with_targets(lambda _: OneTarget())
    services = replace(company, engine=engine)
    (answer,) = answers_of(request(KARIM, "sales by team 2026-10", monday), services)
    assert answer.target is None
    (whole,) = answers_of(request(ADMIN, "sales team:maas 2026-10", monday), services)
    assert whole.target is not None


@pytest.mark.parametrize(
    "line", ["acquisition_return by team last month", "acquisition_return team:maas 2026-09"]
)
def test_no_total_of_a_team_is_made_of_everybodys_figures(
    line: str, company: Services, monday: Clock
) -> None:
    """What a customer cost is the whole company's marketing, shared out."""
    with pytest.raises(ForbiddenError, match="made from the whole company's figures"):
        answers_of(request(KARIM, line, monday), company)


def test_a_team_total_names_no_customer(company: Services, monday: Clock) -> None:
    """The loss makers of a team are a colleague's customers."""
    (team,) = answers_of(request(KARIM, "profit by team last month", monday), company)
    assert team.findings == ()
    (whole,) = answers_of(request(ADMIN, "profit team:maas last month", monday), company)
    assert whole.findings != ()


# a lead, an admin, and those who see nothing


def test_a_lead_sees_the_people_of_the_team(company: Services, monday: Clock, ask: Ask) -> None:
    """Each of them, and nobody of another team."""
    seen = rows(company, LIEN, "sales by rep last month", monday)
    assert set(seen) == {"Anna de Vries", "Jan Peeters", "Zoë D'Hondt"}
    assert "Jan Peeters" in ask(LIEN, 'sales rep:"Jan Peeters" last month')
    assert ask(LIEN, "sales last month") == to_the_day(ask(ADMIN, "sales team:schelde last month"))
    assert NOT_YOURS in ask(LIEN, 'sales rep:"Karim El Amrani"')
    assert NOT_YOURS in ask(LIEN, "sales team:maas")


def test_an_admin_sees_everything(company: Services, monday: Clock, ask: Ask) -> None:
    """Everybody's rows, and what can't be split by rep."""
    assert len(rows(company, ADMIN, "sales by rep last month", monday)) > 10
    assert "€" in ask(ADMIN, "cost_per_lead")


@pytest.mark.parametrize("user", [GUEST, EXTERNAL])
@pytest.mark.parametrize("line", ["sales", "help", "summary weekly", "", "define sales", "status"])
def test_a_guest_and_an_external_member_see_nothing(user: str, line: str, ask: Ask) -> None:
    """Not even the help."""
    assert "guests can't see them" in ask(user, line)


def test_a_listed_external_member_sees_what_the_rep_table_gives(company: Services, monday: Clock) -> None:
    """Zoë sells for us from another organisation, and is listed."""
    assert rows(company, AGENT, "sales by rep", monday) == ["Zoë D'Hondt"]


def test_an_unmapped_member_sees_nothing_by_default(ask: Ask, company: Services, monday: Clock) -> None:
    """They are told what to ask for; with the setting they see everything."""
    answer = ask(UNMAPPED, "sales")
    assert "You have no role yet" in answer
    assert UNMAPPED in answer
    assert "€" not in ask(UNMAPPED, "summary weekly")
    assert "conversion" in ask(UNMAPPED, "help")
    opened = replace(company, roles=Roles(LISTED, default="admin"))
    assert "€" in in_slack(dispatch(request(UNMAPPED, "sales", monday), opened)).text
    assert "rep:" in in_slack(dispatch(request(ANNA, "sales", monday), opened)).text


def test_without_users_read_only_listed_people_get_answers(company: Services, monday: Clock) -> None:
    """Who can't be told from a guest is treated as one, whatever the rep table and the default say."""
    services = replace(company, roles=Roles(LISTED, default="admin"))
    for user, shows in ((ADMIN, True), (LIEN, True), (ANNA, False), (UNMAPPED, False)):
        unknown = replace(request(user, "sales", monday), membership=Membership.UNKNOWN)
        assert ("€" in in_slack(dispatch(unknown, services)).text) is shows


# what can't be narrowed, and names


def test_a_metric_without_reps_is_refused_with_what_to_ask_instead(ask: Ask) -> None:
    """Cost per lead belongs to no rep; of several metrics the others are offered."""
    assert "can't be split by rep" in ask(ANNA, "cost_per_lead last month")
    both = ask(ANNA, "cost_per_lead,sales last month")
    assert "€" not in both
    assert "sales 2026-10" in both


def test_the_list_holds_what_can_be_asked(ask: Ask) -> None:
    """A rep's leaves out what can't be narrowed to them, and says so."""
    everything, own = ask(ADMIN, "list"), ask(ANNA, "list")
    assert "cost_per_lead" in everything
    assert "cost_per_lead" not in own
    assert "sales: " in own
    assert "more can't be limited to what you have access to." in own
    assert "can't be filtered" not in everything


def test_names_of_colleagues_are_neither_suggested_nor_completed(ask: Ask) -> None:
    """A half-typed or misspelt name offers only one's own; a lead is offered the team."""
    for line in ("sales rep:jn", "sales rep:xyz", "sales rep:so", "sales jan", "help", "sales team:x"):
        assert not any(name in ask(ANNA, line) for name in COLLEAGUES)
    assert "Jan Peeters" in ask(LIEN, "sales rep:jn")
    assert f"<@{JAN}>" not in ask(ANNA, f"sales rep:<@{JAN}>")
    assert "€" not in ask(ANNA, f"sales rep:<@{JAN}>")


@pytest.mark.parametrize("verb", ["", "why ", "targets ", "target ", "subscribe "])
@pytest.mark.parametrize(
    ("typed", "unknown"),
    [
        ("rep:kar", "rep:kax"),
        ("rep:k", "rep:q"),
        ("rep:karim", "rep:kamir"),
        ("team:m", "team:x"),
        ("team:maa", "team:mxx"),
        (f"rep:<@{KARIM}>", "rep:<@U0NOBODY1>"),
        ("karim", "kamir"),
    ],
)
def test_a_part_of_a_colleagues_name_is_one_that_nobody_has(
    verb: str, typed: str, unknown: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Else names could be spelt out letter by letter, and mentions tell who is a rep."""
    with with_books(company, tmp_path) as services:
        after = {"target ": " 3k", "subscribe ": " every monday"}.get(verb, "")
        said = [
            in_slack(dispatch(request(ANNA, f"{verb}sales {name}{after}", monday), services)).text
            for name in (typed, unknown)
        ]
    assert re.sub("“.*?”", "“…”", said[0]) == re.sub("“.*?”", "“…”", said[1])


@pytest.mark.parametrize("verb", ["", "why ", "targets ", "target ", "subscribe "])
@pytest.mark.parametrize(
    "name", ['rep:"KARIM EL AMRANI"', "team:maas", 'rep:"zoe d\'hondt"', "karim el amrani"]
)
def test_a_colleagues_whole_name_is_told_to_be_theirs(
    verb: str, name: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Whatever its case and accents, and whatever is asked of them."""
    with with_books(company, tmp_path) as services:
        after = {"target ": " 3k", "subscribe ": " every monday"}.get(verb, "")
        asked = request(ANNA, f"{verb}sales {name}{after}", monday)
        assert NOT_YOURS in in_slack(dispatch(asked, services)).text


def test_the_sql_is_an_admins(company: Services, monday: Clock) -> None:
    """It is refused where it is asked for, and not among the rest of an answer."""
    query = replace(answers_of(request(ADMIN, "sales", monday), company)[0].query, flags=frozenset({"sql"}))
    staff = company.staff(monday())
    anna = rights.viewer_of(Account(ANNA, Membership.FULL), company.roles, staff)
    with pytest.raises(ForbiddenError):
        rights.answers_for(company.engine, query, anna, company.totals, monday())
    assert answers_of(request(ANNA, "sales", monday), company)[0].sql == ()
    assert answers_of(request(ADMIN, "sales", monday), company)[0].sql


def test_a_lead_who_sells_in_another_team_sees_both(company: Services, monday: Clock) -> None:
    """Karim of Maas leads Schelde: its people and himself, one by one, and of Maas the total."""
    listed = AccessList(leads={KARIM: People(teams=("Schelde",))})
    services = replace(company, roles=Roles(listed))
    seen = rows(services, KARIM, "sales by rep last month", monday)
    assert set(seen) == {"Anna de Vries", "Jan Peeters", "Zoë D'Hondt", "Karim El Amrani"}
    (total,) = answers_of(request(KARIM, "sales team:maas last month", monday), services)
    (own,) = answers_of(request(ADMIN, "sales team:maas last month", monday), company)
    _require_alike(total.figure, own.figure)
    with pytest.raises(ForbiddenError):
        answers_of(request(KARIM, 'sales rep:"Lotte Wouters"', monday), services)


def test_check_finds_names_that_the_database_lacks(company: Services, monday: Clock) -> None:
    """A team or rep of access.yaml that isn't there, at its line; a key and a name both will do."""
    listed = AccessList(
        leads={LIEN: People(teams=("Schelde", "Yser"))},
        reps={JAN: "2", ANNA: "Ana"},
        file="cfg/access.yaml",
        lines={("leads", LIEN, "teams", "1"): 7, ("reps", ANNA): 9},
    )
    staff = company.staff(monday())
    assert rights.unknown_names(listed, staff) == [
        (("leads", LIEN, "teams", "1"), "team", "Yser"),
        (("reps", ANNA), "rep", "Ana"),
    ]
    engine = Engine(
        replace(company.catalogue, access=listed),
        company.engine._warehouses,
        zone=company.zone,
        is_working_day=company.calendar,
    )
    services = replace(company, engine=engine, roles=Roles(replace(listed, guests=frozenset({GUEST}))))
    found = check_problems(services, monday(), InSlack())
    said = [str(problem) for problem in found if problem.file == "cfg/access.yaml"]
    assert said[0].startswith('cfg/access.yaml:7: There is no team "Yser"')
    assert said[1].startswith('cfg/access.yaml:9: There is no rep "Ana"')
    told = "without the scope users:read only people listed here get answers, 3 of them with figures."
    assert told in said[2], "the guest has no role"


@pytest.mark.parametrize(
    ("in_slack", "severity", "sentence"),
    [
        (
            InSlack(frozenset({"users:read"})),
            "note",
            "users:read is granted, so the bot can tell guests from members",
        ),
        (InSlack(frozenset({"commands"})), "warning", "without the scope users:read only people listed here"),
        (InSlack(unsaid="Slack can't be reached (X)"), "note", "Slack can't be reached (X). If the scope"),
        (InSlack(refused=SettingsError("Slack does not accept it.")), "error", "Slack does not accept it."),
    ],
)
def test_check_says_what_slack_says(
    in_slack: InSlack, severity: str, sentence: str, company: Services, monday: Clock
) -> None:
    """Whether guests are told from members is asked, not guessed."""
    (said,) = _answered_in_slack(company, monday(), in_slack)
    assert said.severity == severity
    assert sentence in said.message


@pytest.mark.parametrize("granted", [True, False])
async def test_slack_is_asked_for_the_scopes(granted: bool, monday: Clock, tmp_path: Path) -> None:
    """As the header of auth.test has them; a token it doesn't take, and a Slack that is away, are told apart."""
    scopes = "commands,chat:write" + ",users:read" * granted
    async with stand_in(monday, scopes) as (standin, base):
        settings = settings_of("http", base, tmp_path / "store.sqlite")
        told = await asked_slack(BOT_TOKEN, settings, monday)
        assert ("users:read" in told.scopes) is granted
        assert (told.unsaid, told.refused) == ("", None)
        refused = (await asked_slack("xoxb-other", settings, monday)).refused
        assert refused is not None
        assert "SLACK_BOT_TOKEN" in refused.message
        standin.refuse_auth = 1
        assert "can't be reached" in (await asked_slack(BOT_TOKEN, settings, monday)).unsaid
    assert "can't be reached" in (await asked_slack(BOT_TOKEN, settings, monday)).unsaid


# every metric, every split: nothing of another team can be had


def test_no_metric_shows_a_rep_more_than_their_own(company: Services, monday: Clock) -> None:
    """Each metric that Anna gets is the admin's of rep:anna, or it is refused."""
    answered = 0
    for metric in company.catalogue.metrics:
        try:
            (mine,) = answers_of(request(ANNA, metric, monday), company)
        except KpiError:
            continue
        (admins,) = answers_of(request(ADMIN, f"{metric} rep:anna", monday), company)
        assert mine.data_until == (admins.data_until.date() if admins.data_until else None)
        answered += 1
        if metric == "profit":  # what it cost to win the customers is made from the whole company's rows
            assert "acquisition" not in (mine.figure.parts or {})
            assert [note.code for note in mine.notes] == ["withheld"]
            left_out = {entry.name for entry in admins.findings} - {entry.name for entry in mine.findings}
            assert left_out == {"acquisition_cost"}
            assert mine.figure.value == admins.figure.value
        else:
            assert mine == replace(admins, data_until=mine.data_until)
    assert answered > 5


# public answers and summaries


def test_a_mention_shows_what_asker_and_channel_may_both_see(ask: Ask) -> None:
    """In public the narrower of the two counts; a channel without a scope shows nothing."""
    assert "others can read it" in ask(ADMIN, "sales", "mention", SALES)
    assert "team:Schelde" in ask(ADMIN, "sales", "mention", TEAM_CHANNEL)
    assert NOT_YOURS in ask(ADMIN, "sales team:maas", "mention", TEAM_CHANNEL)
    assert "team:" not in ask(ADMIN, "sales", "mention", OPEN_CHANNEL)
    assert 'rep:"Anna de Vries"' in ask(ANNA, "sales", "mention", OPEN_CHANNEL)
    assert "others can read it" in ask(KARIM, "sales", "mention", TEAM_CHANNEL)
    assert "others can read it" in ask(ADMIN, "summary weekly", "mention", SALES)


def test_why_in_a_channel_names_no_person(company: Services, monday: Clock, ask: Ask) -> None:
    """Nobody's shortfall is read by others: no split by rep, not even as the second best; regions may be."""
    line = "why sales 2025-02"
    staff = company.staff(monday()).reps
    for user in (ADMIN, LIEN):
        told = dispatch(request(user, line, monday, "mention", OPEN_CHANNEL), company)
        shown = json.dumps([variant.payload for variant in in_slack(told).variants], ensure_ascii=False)
        assert "The change by" in in_slack(told).text
        assert not any(rep.label in shown for rep in staff)
        assert "I show the split by rep only to you" in in_slack(told).text
    assert any(rep.label in ask(LIEN, f"{line} by rep") for rep in staff)
    assert any(rep.label in ask(LIEN, f"{line} by rep", "dm") for rep in staff)


@pytest.mark.parametrize(
    ("user", "line"),
    [
        (ADMIN, "why sales last month by rep"),
        (ADMIN, "why sales last month rep:anna"),
        (ADMIN, "why sales last month -rep:anna"),
        (ANNA, "why sales last month"),
    ],
)
def test_why_of_one_person_is_not_for_a_channel(
    user: str, line: str, company: Services, monday: Clock, ask: Ask
) -> None:
    """Neither by rep nor of a single one, and a rep's own question is of one; in private it is answered."""
    told = ask(user, line, "mention", OPEN_CHANNEL)
    assert "I don't say who a change comes from" in told
    assert "€" not in told
    assert "€" in ask(user, line)


@pytest.mark.parametrize(
    ("line", "scope"),
    [
        ("why sales rep:anna,karim 2025-02", People(everything=True)),
        ("why sales -rep:anna,karim 2025-02", People(everything=True)),
        ("why sales 2025-02", People(reps=("Anna de Vries", "Karim El Amrani"))),
    ],
)
def test_why_of_some_people_is_split_by_nothing_that_they_belong_to(
    line: str, scope: People, company: Services, monday: Clock
) -> None:
    """Of two people each is a team, and perhaps a region: asked for or not, that would name them."""
    services = replace(company, roles=Roles(replace(LISTED, channels={OPEN_CHANNEL: scope})))

    def told(line: str) -> str:
        asked = request(ADMIN, line, monday, "mention", OPEN_CHANNEL)
        shown = dispatch(asked, services)
        return json.dumps([variant.payload for variant in in_slack(shown).variants], ensure_ascii=False)

    plain = told(line)
    assert "The change by" in plain
    assert not any(team.label in plain for team in company.staff(monday()).teams)
    assert "I show the split by rep, team, region only to you" in plain
    for split in ("team", "region"):
        refused = told(f"{line} by {split}")
        assert "I don't say who a change comes from" in refused
        assert "€" not in refused


def test_why_is_not_split_by_teams_of_which_one_is_a_single_person(company: Services, monday: Clock) -> None:
    """A team of one is somebody; beside teams of several it isn't shown, nor alone."""
    staff, catalogue = company.staff(monday()), company.catalogue
    alone = replace(staff, team_of={**staff.team_of, 2: 2, 3: 2})  # Anna is all that Schelde has left
    for line, is_hidden in (
        ("sales last month", True),
        ("sales team:schelde,maas last month", True),
        ("sales team:leie,maas last month", False),
    ):
        (answer,) = answers_of(request(ADMIN, line, monday), company)
        assert ("team" in rights.private_splits(answer.query, catalogue, alone)) is is_hidden
        assert "team" not in rights.private_splits(answer.query, catalogue, staff)
    (answer,) = answers_of(request(ADMIN, "sales team:schelde last month", monday), company)
    asked = rights.scope(answer.query, EVERYTHING, catalogue)
    rights.require_several_people(asked, catalogue, staff)
    with pytest.raises(ForbiddenError):
        rights.require_several_people(asked, catalogue, alone)


async def test_why_by_rep_is_one_press_away(company: Services, monday: Clock, tmp_path: Path) -> None:
    """The button under a public answer is answered to whoever presses, under their own rights."""
    async with world("socket", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        told = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot why sales 2026-06")
        for user, part in ((LIEN, "Jan Peeters"), (ANNA, "Anna de Vries"), (GUEST, "guests can't see")):
            count = len(slack.workspace.messages)
            await slack.press(told, "Why, by rep", user)
            answer = await slack.message_after(count)
            assert answer.private_to == user
            assert part in answer.text
            assert user == LIEN or "Jan Peeters" not in answer.text


def test_a_summary_asked_for_is_the_askers_own(ask: Ask) -> None:
    """Anna's Monday: her figures, one row, no cost that belongs to no rep."""
    mine, everybodys = ask(ANNA, "summary weekly"), ask(ADMIN, "summary weekly")
    assert not any(name in mine for name in COLLEAGUES)
    assert mine != everybodys
    assert "Anna de Vries" in mine
    mine, everybodys = ask(ANNA, "summary weekly details"), ask(ADMIN, "summary weekly details")
    assert not any(name in mine for name in COLLEAGUES)
    assert "can't be limited to what may be shown here: cost_per_lead" in mine
    assert "may be shown here" not in everybodys
    assert "Anna de Vries" in mine


def test_a_summary_is_posted_as_its_channel_may_see_it(company: Services, monday: Clock) -> None:
    """A listed channel gets its own scope, one that only the summary's file names gets all."""
    staff, spec = company.staff(monday()), spec_named(company.catalogue, "weekly")
    names = company.members(monday())

    def leaders(channel: str) -> set[str | None]:
        viewer = rights.posting_viewer(channel, company.roles, staff)
        made = summary_of(company.engine, spec, names, monday(), viewer)
        return {group.labels[0] for part in made.sections for entry in part.answers for group in entry.groups}

    assert leaders(TEAM_CHANNEL) <= {"Anna de Vries", "Jan Peeters", "Zoë D'Hondt"}
    assert len(leaders(SALES) - leaders(TEAM_CHANNEL)) > 1
    with pytest.raises(ForbiddenError, match="Nothing in “Weekly sales summary” may be shown here"):
        summary_of(company.engine, spec, names, monday(), NOTHING)


def test_the_command_line_is_the_operator(company: Services, monday: Clock) -> None:
    """Whoever may run it has the database's password anyway."""
    assert company.rights(request("", "sales", monday, "cli")).viewer == EVERYTHING


# through Slack


def people_of(standin: SocketStandIn) -> None:
    """Put the cast into the workspace."""
    cast = [Person(user, user) for user in (ANNA, JAN, KARIM, LIEN, ADMIN, UNMAPPED)]
    cast += [Person(GUEST, "guest", is_guest=True), Person(EXTERNAL, "external", is_external=True)]
    standin.workspace.people = tuple(cast)
    direct = [Channel(f"D{person.user[1:]}", "kpi-bot", "direct", person.user) for person in cast]
    named = [Channel(SALES, "sales"), Channel(TEAM_CHANNEL, "schelde"), Channel(OPEN_CHANNEL, "board")]
    standin.workspace.channels = (*named, *direct)


async def sent(slack: World, channel: str, user: str, text: str) -> Posted:
    """Write a message and return the bot's answer."""
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.message(channel, user, text, None)
    return await slack.message_after(count)


async def test_every_way_in_asks_who_asks(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Command, direct message and mention of each of the cast, over a real connection."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        expected = {
            ANNA: 'rep:"Anna de Vries"',
            JAN: 'rep:"Jan Peeters"',
            LIEN: "team:Schelde",
            ADMIN: "sales 2026-10",
            UNMAPPED: "no role yet",
            GUEST: "guests can't see",
            EXTERNAL: "guests can't see",
        }
        for user, part in expected.items():
            assert part in (await slack.say("sales", user)).text
            assert part in (await sent(slack, f"D{user[1:]}", user, "sales")).text
            assert part in (await sent(slack, OPEN_CHANNEL, user, "@kpi-bot sales")).text
        assert "others can read it" in (await sent(slack, SALES, ADMIN, "@kpi-bot sales")).text


async def test_a_button_is_pressed_under_ones_own_rights(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """The admin's answer has a button; Anna's press of it asks under Anna's rights, a guest's not at all."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        shown = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot sales last month")
        row = next(block for block in shown.blocks if block["type"] == "actions")
        by_rep = next(entry for entry in row["elements"] if entry["text"]["text"] == "By rep")
        for user, part in ((ANNA, "Anna de Vries"), (GUEST, "guests can't see"), (UNMAPPED, "no role yet")):
            count = len(slack.workspace.messages)
            await slack.sender.click(OPEN_CHANNEL, user, shown.ts, row["block_id"], by_rep)
            answer = await slack.message_after(count)
            assert answer.private_to == user
            assert part in answer.text
            assert not any(name in answer.text + json.dumps(answer.blocks) for name in COLLEAGUES)


async def test_a_forged_press_is_refused_like_a_typed_line(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """What a button carries is asked again, whoever made it."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        shown = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot help")
        count = len(slack.workspace.messages)
        action = {"type": "button", "action_id": "ask:0", "value": 'sales rep:"Jan Peeters"'}
        await slack.sender.click(OPEN_CHANNEL, ANNA, shown.ts, "next", action)
        assert NOT_YOURS in (await slack.message_after(count)).text


async def test_a_press_of_a_guest_is_refused(company: Services, monday: Clock, tmp_path: Path) -> None:
    """The button that sends a survey is for members, whoever made it."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        shown = await sent(slack, OPEN_CHANNEL, ADMIN, "@kpi-bot help")
        for user in (GUEST, EXTERNAL):
            count = len(slack.workspace.messages)
            action = {"type": "button", "action_id": SEND, "value": "w customers"}
            await slack.sender.click(OPEN_CHANNEL, user, shown.ts, "send", action)
            assert "guests can't see" in (await slack.message_after(count)).text


def by_address(tmp_path: Path, monday: Clock, database: Path | None = None) -> Services:
    """The company whose table of reps has addresses, and no Slack ids."""
    config = tmp_path / "config"
    shutil.copytree(shipped_config(), config)
    reps = config / "models" / "reps.yaml"
    reps.write_text(reps.read_text().replace("user: slack_user", "email: email"))
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    database = database or demo_database(monday().date() - timedelta(days=1))
    made = services_of(settings, f"sqlite:///{database}")
    return replace(made, roles=Roles(AccessList(admins=frozenset({ADMIN}))))


@pytest.mark.parametrize("granted", [True, False])
async def test_a_rep_is_known_by_the_address_that_slack_gives(
    granted: bool, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever its case; without the scope nobody is. A guest with a rep's address is a guest."""
    company = by_address(tmp_path, monday)
    addresses = company.engine.addresses()
    anna = next(email for email, member in addresses.items() if member.label == "Anna de Vries")

    def prepare(standin: SocketStandIn) -> None:
        people_of(standin)
        standin.workspace.people = (
            Person(UNMAPPED, "Anna", email=anna.upper()),
            Person(ADMIN, "Admin", email="nobody@demo.invalid"),
            Person(GUEST, "Guest", is_guest=True, email=anna),
        )

    scopes = "commands,chat:write,app_mentions:read,im:history,users:read" + ",users:read.email" * granted
    store = tmp_path / "store.sqlite"
    async with world("http", company, monday, store, scopes=scopes, prepare=prepare) as slack:
        expected = 'sales rep:"Anna de Vries" 2026-10' if granted else "no role yet"
        assert expected in (await slack.say("sales last month", UNMAPPED)).text
        assert ("Anna de Vries" in (await slack.say("leads rep:me", UNMAPPED)).text) == granted
        assert "guests can't see" in (await slack.say("sales", GUEST)).text
        assert "I can't tell which sales rep" in (await slack.say("sales rep:me", ADMIN)).text
    assert ("without the scope users:read.email" in caplog.text) != granted
    company.close()


async def test_a_listed_guest_is_known_by_their_address(monday: Clock, tmp_path: Path) -> None:
    """As a listed stranger is; who isn't listed stays a guest, whatever their address."""
    company = by_address(tmp_path, monday)
    listed = replace(company, roles=Roles(AccessList(guests=frozenset({GUEST, EXTERNAL}))))
    emails = {member.label: email for email, member in company.engine.addresses().items()}
    other = "U0OTHER"

    def prepare(standin: SocketStandIn) -> None:
        people_of(standin)
        standin.workspace.people = (
            Person(GUEST, "Guest", is_guest=True, email=emails["Anna de Vries"]),
            Person(EXTERNAL, "Agent", is_external=True, email=emails["Jan Peeters"]),
            Person(other, "Other", is_guest=True, email=emails["Anna de Vries"]),
        )

    scopes = "commands,chat:write,app_mentions:read,im:history,users:read,users:read.email"
    store = tmp_path / "store.sqlite"
    async with world("http", listed, monday, store, scopes=scopes, prepare=prepare) as slack:
        assert 'sales rep:"Anna de Vries" 2026-10' in (await slack.say("sales last month", GUEST)).text
        assert 'sales rep:"Jan Peeters" 2026-10' in (await slack.say("sales last month", EXTERNAL)).text
        assert "guests can't see" in (await slack.say("sales last month", other)).text
    company.close()


def test_who_is_gone_sees_nothing_listed_or_not(company: Services, monday: Clock) -> None:
    """A deactivated admin, lead, rep or guest; also with the default role."""
    rules = (
        Roles(LISTED),
        Roles(replace(LISTED, guests=frozenset({GUEST, UNMAPPED}))),
        Roles(default="admin"),
    )
    for user in (ADMIN, LIEN, ANNA, AGENT, GUEST, UNMAPPED):
        asked = replace(request(user, "sales", monday), membership=Membership.GONE)
        for roles in rules:
            assert "active account" in in_slack(dispatch(asked, replace(company, roles=roles))).text


async def test_a_listed_bot_user_gets_nothing(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Nor a listed admin who has left."""

    def prepare(standin: SocketStandIn) -> None:
        people_of(standin)
        standin.workspace.people = (Person(ADMIN, "Robot", is_bot=True), Person(LIEN, "Lien", has_left=True))

    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=prepare) as slack:
        for user in (ADMIN, LIEN):
            assert "active account" in (await slack.say("sales", user)).text


def test_an_address_that_two_reps_share_is_nobodys(monday: Clock, tmp_path: Path) -> None:
    """A shared mailbox must not show one of them the other's figures; nor one who is no rep any more."""
    database = tmp_path / "company.sqlite"
    shutil.copyfile(demo_database(monday().date() - timedelta(days=1)), database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE reps SET email = 'Sales@Demo.invalid' WHERE id IN (1, 2)")
    with closing(by_address(tmp_path, monday, database)) as company:
        assert len(company.engine.addresses()) == len(company.engine.members()["rep"]) - 2
    anna, jan = Member(1, "Anna"), Member(2, "Jan")
    staff = Staff(reps=(anna, jan), addresses={"anna@demo.invalid": anna})
    assert staff.rep_of("U1", " Anna@demo.invalid ") == anna
    assert staff.rep_of("U1", "") is None
    assert Staff(reps=(jan,), addresses={"anna@demo.invalid": anna}).rep_of("U1", "anna@demo.invalid") is None


def test_a_slack_id_that_two_reps_share_is_nobodys(monday: Clock, tmp_path: Path) -> None:
    """Neither sees the other's figures, and the check says who they are, at the line of the table."""
    database = tmp_path / "company.sqlite"
    shutil.copyfile(demo_database(monday().date() - timedelta(days=1)), database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE reps SET slack_user = ? WHERE id = 2", (ANNA,))
    settings = Settings.load(env_file=None)
    with closing(services_of(settings, f"sqlite:///{database}")) as made:
        company = replace(made, roles=Roles(AccessList()))
        assert "no role yet" in in_slack(dispatch(request(ANNA, "sales last month", monday), company)).text
        assert KARIM in company.engine.people()
        (found,) = [problem for problem in check_problems(company, monday()) if ANNA in problem.message]
    assert (Path(found.file).name, found.is_warning) == ("reps.yaml", True)
    assert "'Anna de Vries', 'Jan Peeters'" in found.message
    model = company.catalogue.models["reps"]
    assert (found.file, found.line) == (model.at("members", "rep").file, model.at("members", "rep").line)


def test_who_stands_in_two_tables_of_members_is_one_person(company: Services) -> None:
    """Anna manages accounts as well: she is a rep all the same, by her id and by her address."""
    reps = company.catalogue.models["reps"]
    known = replace(reps.members["rep"], email="email")
    twice = replace(reps, name="managers", members={"rep": known, "manager": known})
    models = {**company.catalogue.models, "reps": replace(reps, members={"rep": known}), "managers": twice}
    engine = Engine(
        replace(company.catalogue, models=models),
        company.engine._warehouses,
        zone=company.zone,
        is_working_day=company.calendar,
    )
    assert engine.people() == company.engine.people()
    assert set(engine.addresses().values()) == set(company.engine.members()["rep"])


SHARED = "C0SHARED"


async def test_a_channel_shared_with_another_organisation_sees_nothing_unless_listed(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Also with the default role: Slack says of a mention that strangers read along."""

    def prepare(standin: SocketStandIn) -> None:
        people_of(standin)
        standin.workspace.channels += (Channel(SHARED, "shared", is_shared=True),)

    opened_up = replace(company, roles=Roles(LISTED, default="admin"))
    channels = {SHARED: People(everything=True)}
    listed = replace(company, roles=Roles(replace(LISTED, channels=channels), default="admin"))
    for services, is_shown in ((opened_up, False), (listed, True)):
        store = tmp_path / f"{is_shown}.sqlite"
        async with world("http", services, monday, store, prepare=prepare) as slack:
            told = await sent(slack, SHARED, UNMAPPED, "@kpi-bot sales by rep last month")
            assert ("Jan Peeters" in told.text) == is_shown
            assert ("others can read it" in told.text) != is_shown
            for name in ("weekly", "monthly"):
                told = await sent(slack, SHARED, UNMAPPED, f"@kpi-bot subscribe {name} here")
                assert ("You are subscribed" in told.text) == is_shown, told.text
            assert (
                "Jan Peeters" in (await sent(slack, SALES, UNMAPPED, "@kpi-bot sales by rep last month")).text
            )


async def test_the_log_says_who_reads_along_with_the_default_role(
    company: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Guests are in channels too; Slack doesn't say in which."""
    services = replace(company, roles=Roles(LISTED, default="admin"))
    async with world("http", services, monday, tmp_path / "store.sqlite", prepare=people_of):
        assert "a channel that isn't listed, guests included, can read what is posted there" in caplog.text


async def test_the_app_without_users_read_answers_only_listed_people(
    company: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And says so in its log, before anybody asks."""
    scopes = "commands,chat:write,app_mentions:read,im:history"
    store = tmp_path / "store.sqlite"
    async with world("http", company, monday, store, scopes=scopes, prepare=people_of) as slack:
        assert "only people listed in access.yaml get answers" in caplog.text
        assert "sales 2026-10" in (await slack.say("sales", ADMIN)).text
        assert "only answer people who are listed" in (await slack.say("sales", ANNA)).text


# the window that builds a question


async def opened(slack: World, user: str) -> View | None:
    """Use the shortcut as somebody; the window that opens, None where a message comes instead."""
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.shortcut(user, SHORTCUT)
    await slack.until(lambda: user in slack.workspace.views or len(slack.workspace.messages) > count)
    return slack.workspace.views.get(user)


def field(view: View, name: str) -> dict[str, Any]:
    """The input of a field."""
    return next(block for block in view.content["blocks"] if block["block_id"].startswith(f"build:{name}"))


def metrics(view: View) -> list[str]:
    """The numbers that a window offers."""
    return [option["value"] for option in field(view, "metric")["element"]["options"]]


async def offered(slack: World, user: str, name: str, typed: str) -> list[str]:
    """What is offered to somebody who types into a picker of their open window."""
    assert slack.sender
    block = field(slack.workspace.views[user], name)["block_id"]
    return [option["text"]["text"] for option in await slack.sender.suggest(user, block, block, typed)]


async def forged(slack: World, user: str, **values: object) -> str:
    """Send a window of somebody's own with values that it never offered; what is said to it."""
    view = slack.workspace.views[user]
    state = state_of(view, {"build:metric": {"build:metric": "sales"}})
    for name, value in values.items():
        block = field(view, name)["block_id"]
        several = [{"value": entry} for entry in value] if isinstance(value, list) else []
        state[block] = {block: {"selected_options": several, "selected_option": {"value": value}}}
    assert slack.sender
    count = len(slack.workspace.messages)
    whose, shown = payloads.triggered_by(slack.workspace, user), payloads.view(slack.workspace, view)
    payload = {"type": "view_submission", **whose, "view": {**shown, "state": {"values": state}}}
    wrong = await slack.sender._interact("modal", payload)
    answer = json.dumps(wrong, ensure_ascii=False) if wrong else (await slack.message_after(count)).text
    slack.workspace.close_view(user)
    return answer


async def test_everybody_is_offered_what_they_may_see(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A rep themselves, a lead the team, an admin everybody; who sees nothing gets the reason, no window."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        for user, reps, teams in (
            (ANNA, set(), ["Team: Schelde"]),
            (LIEN, {"Rep: Jan Peeters"}, ["Team: Schelde"]),
            (ADMIN, {"Rep: Jan Peeters", "Rep: Jan Willems"}, ["Team: Maas", "Team: Schelde"]),
        ):
            view = await opened(slack, user)
            assert view
            found = [text for text in await offered(slack, user, "only", "jan") if text.startswith("Rep")]
            assert set(found) == reps
            assert "Rep: Anna de Vries" in await offered(slack, user, "only", "anna")
            named = await offered(slack, user, "only", "s") + await offered(slack, user, "only", "m")
            assert sorted(text for text in named if text.startswith("Team")) == teams
            assert ("cost_per_lead" in metrics(view)) is (user == ADMIN)
            assert "sales" in metrics(view)
            left_out = [text.split(":")[0] for text in await offered(slack, user, "without", "anna")]
            assert ("Rep" in left_out) is (user != ANNA)
        for user, reason in (
            (GUEST, "guests can't see them"),
            (EXTERNAL, "guests can't see them"),
            (UNMAPPED, "no role yet"),
        ):
            assert await opened(slack, user) is None
            told = slack.workspace.messages[-1]
            assert told.channel == f"D{user[1:]}"
            assert reason in told.text


async def test_nobody_searches_in_a_window_that_isnt_theirs(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A guest who gets hold of a window is offered nothing in it, a rep no number of an admin's."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        view = await opened(slack, ADMIN)
        assert view
        for user in (GUEST, EXTERNAL, UNMAPPED):
            slack.workspace.open_view(user, view.content)
            assert await offered(slack, user, "only", "anna") == []
        assert slack.sender
        slack.workspace.open_view(ANNA, view.content)
        for block in ("build:only:cost_per_lead", "build:only:flurbs"):
            assert await slack.sender.suggest(ANNA, block, block, "n") == []
        found = await slack.sender.suggest(ANNA, "build:metric", "build:metric", "cost")
        assert "cost_per_lead" not in [option["value"] for option in found]


async def test_a_forged_choice_is_refused_like_a_typed_line(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A colleague's key, the others' too, another team, an admin's number: each is judged again.

    A key is looked up among the sender's own names, so that it says no colleague's: not even while they wait.
    """
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        jan = next(rep for rep in company.index.names(monday()).members["rep"] if rep.label == "Jan Peeters")
        for values, reason in (
            ({"only": [f"rep=i{jan.key}"]}, "no longer exists"),
            ({"only": ["rep=i99999"]}, "no longer exists"),
            ({"only": ["rep=i1", f"rep=i{jan.key}"]}, "no longer exists"),
            ({"without": ["rep=i1"]}, "Leaving people out"),
            ({"only": ["rep=n"]}, ""),
            ({"metric": "cost_per_lead"}, "can't be split by rep"),
        ):
            assert await opened(slack, ANNA)
            answer = await forged(slack, ANNA, **values)
            assert "€" not in answer
            assert reason in answer
            assert not any(name in answer for name in COLLEAGUES)
        assert await opened(slack, LIEN)
        assert "Jan Peeters" in await forged(slack, LIEN, only=[f"rep=i{jan.key}"])
        admins = await opened(slack, ADMIN)
        assert admins
        slack.workspace.open_view(GUEST, admins.content)
        assert "guests can't see them" in await forged(slack, GUEST)


async def test_a_window_that_is_sent_late_is_its_senders_still(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Slack is asked again who it is; the lead's names are the lead's after an hour as well."""
    hour = [0]

    def clock() -> datetime:
        return monday() + timedelta(hours=hour[0])

    async with world("http", company, clock, tmp_path / "store.sqlite", prepare=people_of) as slack:
        jan = next(rep for rep in company.index.names(monday()).members["rep"] if rep.label == "Jan Peeters")
        assert await opened(slack, LIEN)
        hour[0] = 1
        assert "Jan Peeters" in await forged(slack, LIEN, only=[f"rep=i{jan.key}"])


async def test_a_messages_names_are_read_with_the_askers_eyes(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Of an admin's question about Jan, Anna's window keeps nothing; the lead's has Jan in it."""
    async with world("http", company, monday, tmp_path / "store.sqlite", prepare=people_of) as slack:
        assert slack.sender
        slack.workspace.add(Posted(OPEN_CHANNEL, "1.1", ADMIN, 'sales rep:"Jan Peeters" last month'))
        for user, has_jan in ((ANNA, False), (LIEN, True)):
            await slack.sender.message_shortcut(OPEN_CHANNEL, user, "1.1", MESSAGE_SHORTCUT)
            await slack.until(lambda user=user: user in slack.workspace.views)
            shown = json.dumps(slack.workspace.views[user].content)
            assert ("Jan Peeters" in shown) is has_jan
        count = len(slack.workspace.messages)
        await slack.sender.message_shortcut(OPEN_CHANNEL, GUEST, "1.1", MESSAGE_SHORTCUT)
        told = await slack.message_after(count)
        assert told.private_to == GUEST
        assert "guests can't see them" in told.text


async def test_without_users_read_only_listed_people_get_the_window(
    company: Services, monday: Clock, tmp_path: Path
) -> None:
    """Who can't be told from a guest gets the reason."""
    scopes = "commands,chat:write,app_mentions:read,im:history"
    store = tmp_path / "store.sqlite"
    async with world("http", company, monday, store, scopes=scopes, prepare=people_of) as slack:
        view = await opened(slack, LIEN)
        assert view
        assert await offered(slack, LIEN, "only", "jan p") == ["Rep: Jan Peeters"]
        assert await opened(slack, ANNA) is None
        assert "only answer people who are listed" in slack.workspace.messages[-1].text
        slack.workspace.open_view(ANNA, view.content)
        assert await offered(slack, ANNA, "only", "anna") == []
