"""Shortfalls are told in private, to the person and their leads, once a month, and never in a channel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine

from benchmarks.post_length import length_of_blocks
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.shortfall_notices import ShortfallNotices
from bot.deliveries.summary_posts import SummaryPosts
from bot.playground.slack_validators import message_violations
from bot.render.message import Message
from bot.rights import Account, Membership, Roles
from bot.runtime.errors import DeliveryError
from bot.store import database
from bot.store.deliveries import SHORTFALL, SUMMARY, Deliveries, State
from bot.store.told import ToldFindings
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.posts import SummarySpec
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.in_slack import in_slack
from tests.bot.store.test_audit import Noted
from tests.bot.world import SALES
from tests.shop import BRUSSELS

DUE = datetime(2026, 11, 3, 8, 30, tzinfo=BRUSSELS)
"""The second working day of November: the summary of October, François' second month far below target."""
FRANCOIS, LEAD, OTHER_LEAD, ADMIN = "U0DEMO0007", "U0MAAS", "U0SCHELDE", "U0ADMIN"
ROOT = Path(__file__).parents[3]
LEADS = {LEAD: People(teams=("Maas",)), OTHER_LEAD: People(teams=("Schelde",))}
REASON = "fewer pieces (351 against 1,102 in May and June), prices unchanged"


@dataclass
class Slack:
    """Takes posts to channels and people, and knows people and their languages."""

    posts: list[tuple[str, Message]] = field(default_factory=list)
    members: dict[str, Membership] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    is_down: bool = False

    def post(self, channel: str, message: Message) -> str:
        self.posts.append((channel, message))
        return f"{len(self.posts)}.0"

    def account(self, user: str) -> Account:
        if self.is_down:
            raise DeliveryError("no answer", outcome="not_sent", reason="TimeoutError")
        return Account(user, self.members.get(user, Membership.FULL))

    def texts(self, target: str) -> list[str]:
        return [in_slack(message).text for to, message in self.posts if to == target]


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = DUE

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


def company_of(services: Services, leads: Mapping[str, People] = LEADS, **more: object) -> Services:
    """The demo company with roles, as a customer would have them."""
    listed = AccessList(admins=frozenset({ADMIN}), leads=leads)
    return replace(services, demo=False, roles=Roles(listed), **more)


def deliverer(services: Services, store: StoreEngine, slack: Slack, clock: Hand) -> ByHand:
    deliveries = Deliveries(store, "T0")
    contents = {
        SUMMARY: SummaryPosts(services, deliveries, MadeSummaries(services, ToldFindings(store, "T0"))),
        SHORTFALL: ShortfallNotices(services, deliveries, slack.account, slack.languages.get),
    }
    return ByHand(deliveries, contents, slack, clock, "a")


def rows(store: StoreEngine) -> dict[str, State]:
    found = Deliveries(store, "T0").newest(50)
    return {row.what.target: row.state for row in found if row.what.part == SHORTFALL}


def test_francois_and_his_lead_are_told_once(demo_services: Services, store: StoreEngine) -> None:
    """The same morning as the summary of October, whose channel reads nothing of it; and nobody else."""
    noted = Noted()
    services, slack, clock = company_of(demo_services, audit=noted), Slack(), Hand()
    ticking = deliverer(services, store, slack, clock)
    for minutes in (0, 1, 60, 60 * 24):
        clock.now = DUE + timedelta(minutes=minutes)
        ticking.tick()
    assert [to for to, _ in slack.posts] == [SALES, FRANCOIS, LEAD]
    assert "François" not in slack.texts(SALES)[0]
    (own,), (lead,) = slack.texts(FRANCOIS), slack.texts(LEAD)
    assert "Your sales: October €10k, 37% of the target (€27k); September 59%." in own
    assert f"Two months under 60%: {REASON}." in own
    assert "goes to no channel" in own
    assert "One of your people was under 60% of the sales target for two months:" in lead
    assert "François Lemaître: October €10k, 37% of the target (€27k); September 59%." in lead
    assert REASON in lead
    story = " ".join((ROOT / "docs" / "demo-company.md").read_text(encoding="utf-8").split())
    (told,) = re.findall(r'told in private: "([^"]+)"', story)
    assert told in own
    assert told in lead
    assert [entry.person for entry in noted.entries] == [FRANCOIS, LEAD]
    for _, message in slack.posts[1:]:
        shown = in_slack(message)
        assert message_violations({"text": shown.text, "blocks": list(shown.blocks)}) == ()
        labels = {
            entry["text"]["text"]: entry["value"]
            for block in shown.blocks
            for entry in block.get("elements", ())
            if "value" in entry
        }
        assert labels["Why"] == 'why sales rep:"François Lemaître" 2026-10'
        assert labels["By customer"] == 'sales rep:"François Lemaître" by customer 2026-10'


def test_after_a_restart_nobody_is_told_again(demo_services: Services, store: StoreEngine) -> None:
    """Another process looks at the same post."""
    services, slack, clock = company_of(demo_services), Slack(), Hand()
    deliverer(services, store, slack, clock).tick()
    clock.now += timedelta(hours=1)
    deliverer(services, store, slack, clock).tick()
    assert [to for to, _ in slack.posts] == [SALES, FRANCOIS, LEAD]


def test_two_channels_tell_a_person_once(demo_services: Services, store: StoreEngine) -> None:
    """A person's month is told once, however many summaries are posted."""
    spec = demo_services.catalogue.summaries["monthly"]
    copies = {
        "monthly": replace(spec, channels=(SALES, "C0BOARD")),
        "second": replace(spec, name="second", channels=("C0SECOND",)),
    }
    services, slack = with_summaries(company_of(demo_services), copies), Slack()
    deliverer(services, store, slack, Hand()).tick()
    assert sorted(to for to, _ in slack.posts) == sorted([SALES, "C0BOARD", "C0SECOND", FRANCOIS, LEAD])


def test_it_can_be_switched_off(demo_services: Services, store: StoreEngine) -> None:
    """`shortfalls: false` in the summary's file."""
    spec = demo_services.catalogue.summaries["monthly"]
    assert spec.shortfalls
    assert not demo_services.catalogue.summaries["weekly"].shortfalls
    off = {"monthly": replace(spec, shortfalls=False)}
    services, slack = with_summaries(company_of(demo_services), off), Slack()
    deliverer(services, store, slack, Hand()).tick()
    assert [to for to, _ in slack.posts] == [SALES]


def test_a_summary_for_some_teams_tells_of_those_alone(demo_services: Services, store: StoreEngine) -> None:
    """Whom the channel of the summary doesn't see, it doesn't cause to be told."""
    services, slack = company_of(demo_services), Slack()
    listed = replace(services.roles.listed, channels={SALES: People(teams=("Schelde",))})
    deliverer(replace(services, roles=Roles(listed)), store, slack, Hand()).tick()
    assert [to for to, _ in slack.posts] == [SALES]


@pytest.mark.parametrize("left", [Membership.GONE, Membership.GUEST])
def test_who_lost_the_right_is_told_nothing(
    left: Membership, demo_services: Services, store: StoreEngine
) -> None:
    """The rights are those at the time of sending."""
    slack = Slack(members={FRANCOIS: left})
    deliverer(company_of(demo_services), store, slack, Hand()).tick()
    assert [to for to, _ in slack.posts] == [SALES, LEAD]
    assert rows(store) == {FRANCOIS: State.FAILED, LEAD: State.SENT}


def test_a_lead_of_other_people_meanwhile_is_told_nothing(
    demo_services: Services, store: StoreEngine
) -> None:
    """Slack doesn't answer at first; before it does, the team gets another lead."""
    slack, clock = Slack(is_down=True), Hand()
    deliverer(company_of(demo_services), store, slack, clock).tick()
    assert rows(store) == {FRANCOIS: State.PENDING, LEAD: State.PENDING}
    slack.is_down, clock.now = False, DUE + timedelta(minutes=10)
    moved = company_of(demo_services, {LEAD: People(teams=("Demer",))})
    deliverer(moved, store, slack, clock).tick()
    assert [to for to, _ in slack.posts] == [SALES, FRANCOIS]
    assert rows(store)[LEAD] is State.FAILED


def test_each_is_told_in_their_language(demo_services: Services, store: StoreEngine) -> None:
    """Dutch for who reads Dutch; both fit on a screen."""
    slack = Slack(languages={FRANCOIS: "nl", LEAD: "nl"})
    deliverer(company_of(demo_services), store, slack, Hand()).tick()
    (own,), (lead,) = slack.texts(FRANCOIS), slack.texts(LEAD)
    assert "Jouw omzet: oktober €\xa010k, 37% van het doel" in own
    assert "minder stuks (351 tegen 1.102 in mei en juni), prijzen gelijk" in own
    assert "Een van je mensen zat twee maanden onder 60% van het doel" in lead
    for _, message in slack.posts[1:]:
        length = length_of_blocks(message.blocks)
        assert length.lines <= 12
        assert length.characters <= 1_100


def test_in_the_demo_the_lead_sees_everything_and_hears_of_their_people(
    demo_services: Services, store: StoreEngine
) -> None:
    """Roles don't limit anybody there; who leads whom is told all the same."""
    slack = Slack()
    deliverer(demo_services, store, slack, Hand()).tick()
    assert [to for to, _ in slack.posts] == [SALES, FRANCOIS, "U0DEMOLEAD"]


def with_summaries(services: Services, summaries: Mapping[str, SummarySpec]) -> Services:
    """The same services with other summaries in the catalogue."""
    engine = copy(services.engine)
    engine.catalogue = replace(services.catalogue, summaries=summaries)
    return replace(services, engine=engine)
