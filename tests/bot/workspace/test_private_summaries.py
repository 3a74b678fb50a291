"""A rep's own Monday and a lead's: what they hold, who gets them, and that they rest on own rows alone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.post_length import length_of
from bot.conversation.dispatch import dispatch
from bot.playground.company import demo_database
from bot.render.summary import details_message, summary_message
from bot.render.texts import LANGUAGES
from bot.rights import EVERYTHING, Account, Membership, Roles, Viewer, viewer_of
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.subscriptions import SubscriptionBook
from bot.workspace.opening import services_of
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Member
from kpi_engine.domain.summary import Summary
from tests.bot.conftest import MONDAY
from tests.bot.in_slack import in_slack
from tests.bot.world import SALES
from tests.company_copies import END
from tests.shop import BRUSSELS

ANNA, FRANCOIS, LEAD, ADMIN = "U0DEMOANNA", "U0DEMO0007", "U0MAAS", "U0ADMIN"
LISTED = AccessList(admins=frozenset({ADMIN}), leads={LEAD: People(teams=("Maas",))})
FIRST_OF_NOVEMBER = datetime(2026, 11, 9, 8, 30, tzinfo=BRUSSELS)


@pytest.fixture(scope="module")
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


@pytest.fixture
def lone(company: Services, tmp_path: Path) -> Iterator[Services]:
    """The company in which people can subscribe."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield replace(company, subscriptions=SubscriptionBook(engine, "T0"))
    engine.dispose()


def made(services: Services, name: str, user: str, now: datetime = MONDAY) -> Summary:
    account = Account(user, Membership.FULL)
    viewer = viewer_of(account, services.roles, services.staff(now))
    spec = spec_named(services.catalogue, name)
    return summary_of(services.engine, spec, services.members(now), now, viewer)


def text_of(summary: Summary, services: Services, language: str = "en") -> str:
    return in_slack(summary_message(summary, services.sentences(language))).text


def said(line: str, user: str, services: Services, via: Via = "command", language: str = "en") -> str:
    request = Request("T0", user, SALES, line, via, MONDAY, language, Membership.FULL)
    return in_slack(dispatch(request, services)).text


def member(services: Services, name: str) -> Member:
    return next(entry for entry in services.members(MONDAY)["rep"] if entry.label == name)


# what a rep's own week holds


def test_a_reps_week_is_about_them_alone(company: Services) -> None:
    """Own sales beside what is normal, own pace, own cohort, three customers to call, and what went well."""
    summary = made(company, "my_week", ANNA)
    for answer in (entry for section in summary.sections for entry in section.answers):
        assert [filter_.members for filter_ in answer.query.filters] == [(member(company, "Anna de Vries"),)]
    text = text_of(summary, company)
    assert "Sales €12k, 170% over a normal week (€4.4k)" in text
    assert "Sales in November €24.3k of €21.5k" in text
    assert "Conversion July 2026 19% (4 of 21)" in text
    assert "Went well you have the sales target of November: 113%" in text
    assert len(summary.calls) == 3
    assert "Call Slagerij Thiry (€7.9k in 12 months, last order in April)" in text


def test_the_customers_to_call_are_at_risk(company: Services) -> None:
    """They bought from this rep in the last 12 months and not lately; the rows say the same."""
    summary = made(company, "my_week", ANNA)
    rep = member(company, "Anna de Vries").key
    with closing(sqlite3.connect(demo_database(END))) as source:
        orders = source.execute(
            "select customer_id, max(ordered_at) from orders where rep_id = ? and status not in"
            " ('cancelled', 'credit') group by 1",
            (rep,),
        ).fetchall()
    last = dict(orders)
    until = MONDAY.date()
    for call in summary.calls:
        ordered = datetime.fromisoformat(last[call.customer.key]).date()
        assert (until - ordered).days >= summary.silent_days
        assert (ordered.year, ordered.month) == (call.last.bounds()[0].year, call.last.bounds()[0].month)
        assert call.value > 0
    values = [call.value for call in summary.calls]
    assert values == sorted(values, reverse=True)


def test_their_shortfall_is_theirs_to_read(company: Services) -> None:
    """François reads his own, with the reason; Anna has none."""
    text = text_of(made(company, "my_week", FRANCOIS, FIRST_OF_NOVEMBER), company)
    assert "Behind: sales, October €10k, 37% of the target (€27k); September 59%" in text
    assert "fewer pieces (351 against 1,102 in May and June), prices unchanged" in text
    assert "Behind:" not in text_of(made(company, "my_week", ANNA, FIRST_OF_NOVEMBER), company)


def test_a_rep_who_sees_more_still_reads_their_own(company: Services) -> None:
    """An admin who is a rep, or a lead: whatever else they may see."""
    spec, anna = spec_named(company.catalogue, "my_week"), member(company, "Anna de Vries")
    arguments = (company.engine, spec, company.members(MONDAY), MONDAY)
    own = text_of(made(company, "my_week", ANNA), company)
    assert text_of(summary_of(*arguments, EVERYTHING, rep=anna), company) == own
    wide = Viewer(people=(anna, member(company, "Jan Peeters")), own=anna)
    assert text_of(summary_of(*arguments, wide), company) == own


def test_nobody_reads_the_week_of_a_rep_whom_they_do_not_see(company: Services) -> None:
    spec = spec_named(company.catalogue, "my_week")
    jan = member(company, "Jan Peeters")
    viewer = Viewer(people=(member(company, "Anna de Vries"),))
    with pytest.raises(ForbiddenError):
        summary_of(company.engine, spec, company.members(MONDAY), MONDAY, viewer, rep=jan)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The same company, but what others sold, how often their customers ordered and their leads differ."""
    path = tmp_path_factory.mktemp("changed") / "company.sqlite"
    shutil.copy(demo_database(END), path)
    with closing(sqlite3.connect(path)) as target:
        (anna,) = target.execute("select id from reps where name = 'Anna de Vries'").fetchone()
        target.execute(
            "update order_lines set quantity = quantity * 3 + 1, amount = amount * 3 + 7 where order_id in"
            " (select id from orders where rep_id <> ?)",
            (anna,),
        )
        target.execute("update quotas set value = value * 2 where rep_id is null or rep_id <> ?", (anna,))
        target.execute("update leads set converted_at = null where rep_id <> ? and id % 3 = 0", (anna,))
        target.execute("create temp table hers as select customer_id from orders where rep_id = ?", (anna,))
        target.execute(  # others' customers order far more often, so that the company's waits are shorter
            "update orders set customer_id = (select max(customer_id) from orders"
            " where customer_id not in (select customer_id from hers)) where id % 3 = 0"
            " and customer_id not in (select customer_id from hers)"
        )
        target.commit()
    settings = Settings.load(env_file=None)
    services = services_of(settings, f"sqlite:///{path}", demo=True)
    yield replace(services, demo=False, roles=Roles(LISTED))
    services.close()


def test_what_others_do_changes_nothing(company: Services, changed: Services) -> None:
    """Two databases that differ in others' rows alone give the same post and the same thread."""
    texts = []
    for services in (company, changed):
        summary = made(services, "my_week", ANNA)
        sentences = services.sentences("en")
        texts.append(
            (text_of(summary, services), in_slack(details_message(summary, sentences)).text, summary.calls)
        )
    assert texts[0] == texts[1]
    sales = [text_of(made(services, "team_week", ADMIN), services) for services in (company, changed)]
    assert sales[0] != sales[1]


# a lead's


def test_a_leads_week_is_about_their_people(company: Services) -> None:
    """Shortfalls are named; every figure is of the team of Maas."""
    summary = made(company, "team_week", LEAD, FIRST_OF_NOVEMBER)
    maas = {
        member(company, name)
        for name in ("François Lemaître", "Élise Dubois", "Karim El Amrani", "Lotte Wouters", "Wim Michiels")
    }
    assert {entry.person for entry in summary.people} <= maas
    assert {entry.subject.member for entry in summary.shortfalls} == {member(company, "François Lemaître")}
    text = text_of(summary, company)
    assert "François Lemaître sales, October €10k, 37% of the target (€27k); September 59%" in text
    others = [entry.label for entry in company.members(MONDAY)["rep"] if entry not in maas]
    thread = in_slack(details_message(summary, company.sentences("en"))).text
    assert not [name for name in others if name in text or name in thread]


def test_the_channel_reads_of_no_shortfall(company: Services) -> None:
    """Neither in the week nor in the month of the company."""
    for name, now in (
        ("weekly", FIRST_OF_NOVEMBER),
        ("monthly", datetime(2026, 11, 3, 8, 30, tzinfo=BRUSSELS)),
    ):
        summary = made(company, name, ADMIN, now)
        assert summary.shortfalls == ()
        assert "François" not in text_of(summary, company)


@pytest.mark.parametrize(
    ("name", "user"), [("my_week", ANNA), ("my_week", FRANCOIS), ("team_week", LEAD), ("team_week", ADMIN)]
)
def test_they_fit_on_a_phone(name: str, user: str, company: Services) -> None:
    """At most 12 lines and 1,100 characters, in each language."""
    for now in (MONDAY, FIRST_OF_NOVEMBER):
        summary = made(company, name, user, now)
        for language in LANGUAGES:
            length = length_of(summary_message(summary, company.sentences(language)))
            assert length.lines <= 12, language
            assert length.characters <= 1_100, language


# who gets them


@pytest.mark.parametrize(
    "line",
    [
        *("summary my week", "summary my_week", "overzicht mijn week", "samenvatting mijn week"),
        *("summary My  Week", "overzicht my week"),
    ],
)
def test_what_people_type_for_their_own_week(line: str, company: Services) -> None:
    assert said(line, ANNA, company).startswith("Week 47 (16–22 Nov)")
    assert "Slagerij Thiry" in said(line, ANNA, company)


@pytest.mark.parametrize(
    "line",
    [
        *("summary team week", "summary my team's week", "summary my team’s week"),
        *("overzicht week van mijn team", "overzicht teamweek"),
    ],
)
def test_what_leads_type_for_their_week(line: str, company: Services) -> None:
    assert said(line, LEAD, company).startswith("Week 47 (16–22 Nov)")


def test_in_dutch(company: Services) -> None:
    text = said("overzicht mijn week", FRANCOIS, company, language="nl")
    assert "laatste order in" in text
    assert "Bel " in text


@pytest.mark.parametrize(
    ("line", "user", "sentence", "instead"),
    [
        ("summary my week", LEAD, "I don't know you as one", "summary team week"),
        ("summary my week", ADMIN, "I don't know you as one", "summary team week"),
        ("summary team week", ANNA, "access.yaml lists none for you", "summary my week"),
        ("subscribe my week", LEAD, "I don't know you as one", "summary team week"),
    ],
)
def test_who_has_none_is_told_what_to_ask(
    line: str, user: str, sentence: str, instead: str, lone: Services
) -> None:
    text = said(line, user, lone)
    assert sentence in text
    assert instead in text


@pytest.mark.parametrize(("line", "user"), [("summary my week", ANNA), ("summary team week", LEAD)])
def test_a_mention_is_refused(line: str, user: str, company: Services) -> None:
    """Others would read it."""
    listed = replace(company.roles.listed, channels={SALES: People(everything=True)})
    text = said(line, user, replace(company, roles=Roles(listed)), via="mention")
    assert "is for one person, so I don't show it in a channel" in text
    assert "€" not in text


@pytest.mark.parametrize(
    ("line", "user", "kept"),
    [
        ("subscribe my week", ANNA, "my_week"),
        ("abonneer mijn week elke maandag 9u", ANNA, "my_week"),
        ("subscribe team week every monday", LEAD, "team_week"),
        ("abonneer week van mijn team", LEAD, "team_week"),
    ],
)
def test_people_subscribe_to_their_own(line: str, user: str, kept: str, lone: Services) -> None:
    assert "You are subscribed." in said(line, user, lone)
    assert lone.subscriptions
    (found,) = lone.subscriptions.shown(user)
    assert (found.terms.line, found.terms.is_summary, found.terms.channel) == (kept, True, None)


def test_a_channel_is_not_subscribed(lone: Services) -> None:
    """Whoever asks: what is for one person has no channel."""
    listed = replace(lone.roles.listed, channels={SALES: People(everything=True)})
    text = said("subscribe my week here", ANNA, replace(lone, roles=Roles(listed)))
    assert "is for one person, so I don't show it in a channel" in text
    assert lone.subscriptions
    assert lone.subscriptions.shown(ANNA) == []
