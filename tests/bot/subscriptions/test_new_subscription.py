"""What a typed line subscribes to: English, Dutch, half right and wrong; and who may subscribe whom to what."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as StoreEngine

from bot.conversation.dispatch import dispatch, pressed
from bot.deliveries.content import Content
from bot.deliveries.handover_offers import HandoverOffers
from bot.deliveries.incident_notices import IncidentNotices
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.preparing import LATER
from bot.deliveries.sending import SENDING_LEASE
from bot.deliveries.subscription_planning import SubscriptionPlanner
from bot.deliveries.subscription_posts import SubscriptionPosts
from bot.deliveries.troubles import Troubles
from bot.playground.slack_validators import message_violations, view_violations
from bot.render.message import Message, Modal, Replacement
from bot.render.schedule_words import order_words
from bot.render.subscription_list import EDIT, FORM, LEAVE, NEW, PAUSE, SEND, STOP, TAKE
from bot.rights import Account, Membership, Roles
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.settings import Patience
from bot.store import database
from bot.store.deliveries import HANDOVER, INCIDENT, SUBSCRIPTION, Deliveries, State
from bot.store.delivery_desk import DeliveryDesk
from bot.store.due_subscriptions import DueSubscriptions
from bot.store.incidents import IncidentBook
from bot.store.preferences import Preferences
from bot.store.subscriptions import Paused, Recipients, Subscription, SubscriptionBook, SubscriptionTerms
from bot.store.told import ToldFindings
from bot.subscriptions.due_times import following, latest
from bot.subscriptions.schedule_words import every_words, read_order, scheduled
from bot.workspace.request import Press, Request, Via
from bot.workspace.services import Services
from kpi_engine import normalised
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import Rhythm, Schedule
from kpi_engine.domain.workdays import working_days_of
from tests.bot.deliveries.by_hand import ByHand
from tests.bot.in_slack import in_slack, view_of
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    COLLEAGUES,
    EXTERNAL,
    GUEST,
    KARIM,
    LIEN,
    LISTED,
    MEMBERSHIP,
    OPEN_CHANNEL,
    TEAM_CHANNEL,
    UNMAPPED,
)
from tests.bot.store.test_audit import Noted
from tests.bot.world import SALES
from tests.shop import BRUSSELS

WORKSPACE = "T0"
SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=BRUSSELS)
DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
ELSEWHERE = "C0ELSE"

Ask = Callable[..., str]


@pytest.fixture
def lone(demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with a store in a file, in which everybody sees everything."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'lone.sqlite'}")
    database.migrate(engine)
    yield with_books(demo_services, engine)
    engine.dispose()


@pytest.fixture
def company(demo_services: Services, store: StoreEngine) -> Services:
    """The demo company with roles, as a customer would have them."""
    return with_books(replace(demo_services, demo=False, roles=Roles(LISTED)), store)


def with_books(services: Services, engine: StoreEngine) -> Services:
    book, preferences = SubscriptionBook(engine, WORKSPACE), Preferences(engine, WORKSPACE)
    return replace(
        services,
        subscriptions=book,
        preferences=preferences,
        incidents=IncidentBook(engine, WORKSPACE),
        desk=DeliveryDesk(engine, WORKSPACE),
    )


def book_of(services: Services) -> SubscriptionBook:
    assert services.subscriptions
    return services.subscriptions


def request(
    line: str, user: str = ANNA, channel: str = SALES, via: Via = "command", now: datetime = SATURDAY
) -> Request:
    member = MEMBERSHIP.get(user, Membership.FULL)
    return Request(WORKSPACE, user, channel, line, via, now, "en", member)


def press(action: str, value: object, user: str, services: Services, **fields: str) -> object:
    asked = request("", user, via="action")
    return pressed(
        replace(
            asked,
            press=Press(action, str(value), "1.0", given={name: (typed,) for name, typed in fields.items()}),
        ),
        services,
    )


def said(answer: object) -> str:
    assert isinstance(answer, Message | Replacement)
    return in_slack(answer.message).text if isinstance(answer, Replacement) else in_slack(answer).text


# lines

MON, FRI = "every monday 08:30", "every friday 08:30"
SECOND, WORKING = "every 2nd working day 08:30", "every working day 08:30"
QUARTER = "every 2nd working day of the quarter 08:30"
LINES = [
    ("subscribe weekly", "weekly", MON, None),
    ("subscribe monthly", "monthly", SECOND, None),
    ("subscribe weekly summary", "weekly", MON, None),
    ("subscribe the weekly summary in <#C0ELSE|else>", "weekly", MON, ELSEWHERE),
    ("subscribe weekly every friday", "weekly", FRI, None),
    ("subscribe weekly friday 9:15", "weekly", "every friday 09:15", None),
    ("subscribe monthly every 3rd working day at 10", "monthly", "every 3rd working day 10:00", None),
    ("abonneer wekelijks", "weekly", MON, None),
    ("abonneer maandelijks overzicht", "monthly", SECOND, None),
    ("abonneer weekly elke vrijdag in <#C0ELSE>", "weekly", FRI, ELSEWHERE),
    ("subscribe sales", "sales", MON, None),
    ("subscribe sales last week every monday", "sales last week", MON, None),
    ("subscribe sales every month", "sales", SECOND, None),
    ('subscribe sales every "2nd working day"', "sales", SECOND, None),
    ("subscribe sales every 2nd working day", "sales", SECOND, None),
    ("subscribe sales every second working day of the month", "sales", SECOND, None),
    ("subscribe sales every month on the first working day", "sales", "every 1st working day 08:30", None),
    (
        "subscribe sales,conversion by rep every monday 08:30 in <#C0ELSE|else>",
        "sales,conversion by rep",
        MON,
        ELSEWHERE,
    ),
    ("subscribe every monday sales by region", "sales by region", MON, None),
    ("subscribe sales weekly", "sales", MON, None),
    ("subscribe weekly sales", "sales", MON, None),
    ("subscribe sales monthly", "sales", SECOND, None),
    ("subscribe sales weekly every month", "sales per week", SECOND, None),
    ("subscribe sales every day", "sales", "every day 08:30", None),
    ("subscribe sales yesterday daily at 7", "sales yesterday", "every day 07:00", None),
    ("subscribe sales every weekday 9:00", "sales", "every working day 09:00", None),
    ("subscribe sales every working day", "sales", WORKING, None),
    ("subscribe sales on weekdays", "sales", WORKING, None),
    ("subscribe sales on business days at 17:00", "sales", "every working day 17:00", None),
    ("subscribe sales every quarter", "sales", QUARTER, None),
    ("subscribe sales last quarter quarterly", "sales last quarter", QUARTER, None),
    (
        "subscribe sales every quarter on the 3rd working day",
        "sales",
        "every 3rd working day of the quarter 08:30",
        None,
    ),
    (
        "subscribe sales every 1st working day of the year at 10",
        "sales",
        "every 1st working day of the year 10:00",
        None,
    ),
    ("subscribe sales yearly", "sales", "every 2nd working day of the year 08:30", None),
    ("abonneer omzet elke dag 8u", "sales", "every day 08:00", None),
    ("abonneer omzet dagelijks", "sales", "every day 08:30", None),
    ("abonneer omzet elke werkdag", "sales", WORKING, None),
    ("abonneer omzet op werkdagen om 9u", "sales", "every working day 09:00", None),
    ("abonneer omzet elk kwartaal", "sales", QUARTER, None),
    ("abonneer omzet driemaandelijks", "sales", QUARTER, None),
    (
        "abonneer omzet elke 3e werkdag van het kwartaal",
        "sales",
        "every 3rd working day of the quarter 08:30",
        None,
    ),
    ("abonneer omzet jaarlijks", "sales", "every 2nd working day of the year 08:30", None),
    ("subscribe sales every week on tuesday 7.45", "sales", "every tuesday 07:45", None),
    ("subscribe sales on fridays at 8", "sales", "every friday 08:00", None),
    ("subscribe sales every thu 8:30 pm", "sales", "every thursday 20:30", None),
    ("subscribe sales every wed at 12am", "sales", "every wednesday 00:00", None),
    ("subscribe sales 17:00 every friday", "sales", "every friday 17:00", None),
    ("subscribe omzet elke maandag 8u30", "sales", MON, None),
    ("abonneer omzet vorige maand iedere maand", "sales vorige maand", SECOND, None),
    (
        "abonneer omzet per regio elke 2e werkdag om 9u",
        "sales by region",
        "every 2nd working day 09:00",
        None,
    ),
    ("abonneer omzet elke eerste werkdag van de maand", "sales", "every 1st working day 08:30", None),
    ("abonneer omzet deze maand op vrijdag 16h", "sales deze maand", "every friday 16:00", None),
    ("abonneer omzet elke zaterdag", "sales", "every saturday 08:30", None),
    ("subscribe sales rep:anna every friday", 'sales rep:"Anna de Vries"', FRI, None),
    ("subscribe sales last 3 months per month every month", "sales per month last 3 months", SECOND, None),
    ("subscribe sales since 2026-01 every friday", "sales since 2026-01", FRI, None),
    ("subscribe sales vs last year this month every friday", "sales this month vs last year", FRI, None),
    ("subscribe sales last week vs 2026-W01 every friday", "sales last week vs 2026-w01", FRI, None),
    ("subscribe sales 2026-01..2026-03 every friday", "sales 2026-01..2026-03", FRI, None),
    ("subscribe leads by source top 3 every monday for me", "leads by source top 3", MON, None),
    ("subscribe sales every monday here", "sales", MON, SALES),
    ("Subscribe  SALES   every Monday", "sales", MON, None),
    ('subscribe sales product:"Model X" every monday', 'sales product:"Model X"', MON, None),
]

WRONG = [
    ("subscribe", "What should I send?", "subscribe weekly every monday 08:30"),
    ("subscribe every friday", "What should I send?", "subscribe weekly every friday 08:30"),
    (
        "subscribe every month in <#C0ELSE|else>",
        "What should I send?",
        "subscribe monthly every 2nd working day 08:30 in <#C0ELSE|else>",
    ),
    ("subscribe weekly every month", "covers one week", "subscribe weekly every monday 08:30"),
    (
        "subscribe monthly every friday 9:00",
        "covers one month",
        "subscribe monthly every 2nd working day 09:00",
    ),
    ("subscribe slaes every friday", "I don't know “slaes”", "subscribe sales every friday 08:30"),
    (
        "subscribe sales rep:ana every friday 9:00",
        "no rep “ana”",
        'subscribe sales rep:"Anna de Vries" every friday 09:00',
    ),
    ("subscribe weekly in sales every friday", "Is “sales” a channel", "subscribe weekly every friday 08:30"),
    ("subscribe weekly in sales", "Is “sales” a channel", "subscribe sales weekly"),
    ("subscribe sales in #else", "which channel “#else” is", "subscribe sales here"),
    ("abonneer omzet elke maandag in #else", "which channel “#else” is", "subscribe omzet elke maandag"),
    ("subscribe sales every hour", "once a day or less often", "subscribe sales every day"),
    ("subscribe weekly every day", "covers one week", "subscribe weekly every monday 08:30"),
    ("subscribe daily", "There is no summary “daily”", "subscribe weekly"),
    ("subscribe sales every 30th working day of the quarter", "Not every month has a 30th", None),
    ("subscribe sales every mnoday", "how often “every mnoday” is", "subscribe sales every monday"),
    (
        "abonneer omzet elke mandag om 9u in <#C0ELSE>",
        "how often “elke mandag” is",
        "subscribe omzet every monday om 9u in <#C0ELSE>",
    ),
    (
        "subscribe sales on mondays and thursdays at 9",
        "You named two",
        "subscribe sales every thursday at 9",
    ),
    (
        "subscribe sales every other monday 9:00",
        "“every other monday” is",
        "subscribe sales every month 9:00",
    ),
    ("subscribe sales every 2 weeks", "how often “every 2 weeks” is", "subscribe sales every monday"),
    ("subscribe summary every friday", "Which summary?", "subscribe weekly"),
    ("subscribe sales every", "how often “every” is", None),
    ("subscribe sales every monday and friday", "You named two", "subscribe sales every friday"),
    ("subscribe sales every monday every friday", "You named two", "subscribe sales every friday"),
    ("subscribe sales every monday 8:30 9:30", "At what time?", None),
    ("subscribe sales every monday 25:00", "isn't a time of day", None),
    ("subscribe sales every monday 13pm", "isn't a time of day", None),
    ("subscribe sales every 23rd working day", "Not every month has a 23rd working day", None),
    ("subscribe sales every monday in <#C0ELSE> in <#C0OTHER>", "Name one channel at a time", None),
    ("subscribe sales every monday here for me", "You named both", None),
    ("subscribe sales csv every monday", "can't include files", "subscribe sales every monday 08:30"),
    ("subscribe weekly in <#C0DEMOSALES|sales>", "already gets this summary", None),
    ("unsubscribe", "You have no subscriptions", None),
    ("unsubscribe 7", "was stopped or changed", "subscriptions"),
    ("stop alles", "You have no subscriptions", None),
    ("settings colour", "There is no setting “colour”", "settings language nl"),
    ("settings language fr", "I don't speak “fr”", "settings language en"),
    ("settings language", "Which language?", "settings language automatic"),
]


@pytest.mark.parametrize(("line", "kept", "when", "channel"), LINES)
def test_a_line_is_kept_in_lasting_words(
    line: str, kept: str, when: str, channel: str | None, lone: Services
) -> None:
    """Names in full, periods as typed, when and where; the same line again is the same subscription."""
    assert "You are subscribed." in in_slack(dispatch(request(line), lone)).text
    (found,) = book_of(lone).shown(ANNA)
    assert (found.terms.line, every_words(found.terms.schedule), found.terms.channel) == (kept, when, channel)
    assert found.terms.is_summary is (kept in ("weekly", "monthly"))
    assert found.terms.zone == "Europe/Brussels"
    assert "already subscribed to that" in in_slack(dispatch(request(line), lone)).text
    assert len(book_of(lone).shown(ANNA)) == 1


@pytest.mark.parametrize(("line", "sentence", "button"), WRONG)
def test_a_wrong_line_is_answered_with_whole_lines(
    line: str, sentence: str, button: str | None, lone: Services
) -> None:
    """The sentence says what to do, the button carries the rest of the line; nothing is kept."""
    message = dispatch(request(line), lone)
    assert sentence in in_slack(message).text
    assert (
        message_violations({"text": in_slack(message).text, "blocks": list(in_slack(message).blocks)}) == ()
    )
    carried = [
        entry["value"]
        for block in in_slack(message).blocks
        for entry in block.get("elements", ())
        if "value" in entry
    ]
    assert button is None or button in carried
    assert book_of(lone).shown(ANNA) == []
    for suggestion in carried:
        if suggestion.startswith("subscribe "):
            assert "subscribed" in in_slack(dispatch(request(suggestion), lone)).text, suggestion


TIMES = st.times().map(lambda at: time(at.hour, at.minute))
LONG: st.SearchStrategy[Rhythm] = st.sampled_from(["month", "quarter", "year"])
SHORT: st.SearchStrategy[Rhythm] = st.sampled_from(["day", "workday"])
SCHEDULES = (
    st.builds(lambda day, at: Schedule("week", at, weekday=day), st.integers(0, 6), TIMES)
    | st.builds(lambda every, nth, at: Schedule(every, at, working_day=nth), LONG, st.integers(1, 20), TIMES)
    | st.builds(Schedule, SHORT, TIMES)
)


@given(SCHEDULES, st.sampled_from(["en", "nl"]))
def test_every_schedule_reads_back_from_its_words(schedule: Schedule, language: str) -> None:
    """What buttons carry means the same again, in each language."""
    ordered = read_order(f"sales {every_words(schedule, language)}", language)
    assert (ordered.what, scheduled(ordered, schedule)) == ("sales", schedule)


@given(SCHEDULES, st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))
def test_any_schedule_has_one_occurrence_after_the_other(schedule: Schedule, now: datetime) -> None:
    """Whatever day and time, with holidays and changes of the clock: none is skipped and none comes twice."""
    at, zone, calendar = now.replace(tzinfo=BRUSSELS), BRUSSELS, working_days_of("BE")
    before, after = latest(schedule, at, zone, calendar), following(schedule, at, zone, calendar)
    assert before.at <= at < after.at
    assert before.period.end == after.period.start
    assert latest(schedule, after.at, zone, calendar) == after


@given(
    SCHEDULES,
    st.sampled_from(["en", "nl"]),
    st.lists(st.from_regex(r"U[A-Z0-9]{4,8}", fullmatch=True), max_size=4, unique=True),
    st.booleans(),
    st.booleans(),
)
def test_whom_it_is_for_reads_back_in_any_order(
    schedule: Schedule, language: str, people: list[str], is_mine: bool, only_changes: bool
) -> None:
    """Before or behind when it is sent, with commas and with "and"."""
    words = order_words(language)
    mentions = [f"<@{person}>" for person in people] + ([words.me] if is_mine and people else [])
    parts = [every_words(schedule, language)]
    if mentions:
        parts.append(words.to_people.format(people=", ".join(mentions)))
    if only_changes:
        parts.append(words.only_changes)
    for ordered in (parts, parts[::-1]):
        read = read_order(normalised(f"sales {' '.join(ordered)}"), language)
        assert (read.what, read.people, read.only_changes) == ("sales", tuple(people), only_changes)
        assert read.is_mine == (is_mine and bool(people))
        assert scheduled(read, schedule) == schedule


@pytest.mark.parametrize(
    ("line", "people", "is_mine"),
    [
        ("sales every monday to <@U01> and <@U02>", ("U01", "U02"), False),
        ("sales to <@U01|anna>, <@U02> & me every monday", ("U01", "U02"), True),
        ("omzet elke maandag aan <@U01>, mij", ("U01",), True),
        ("sales every monday to me", (), True),
        ("sales every monday for me", (), True),
        ("sales rep:<@U01> every monday", (), False),
    ],
)
def test_people_are_named_behind_to(line: str, people: tuple[str, ...], is_mine: bool) -> None:
    """A mention in a filter is what is asked, not whom it is for."""
    read = read_order(normalised(line))
    assert (read.people, read.is_mine) == (people, is_mine)


def test_at_most_twenty_people_are_named() -> None:
    """More belong in a channel."""
    several = ", ".join(f"<@U{number:02}>" for number in range(21))
    with pytest.raises(QueryError, match="too many people"):
        read_order(normalised(f"sales every monday to {several}"))


def test_who_names_a_saturday_gets_a_saturday() -> None:
    """A calendar of working days moves holidays, not weekends that were asked for."""
    schedule = Schedule("week", time(9, 0), weekday=5)
    found = following(schedule, SATURDAY, BRUSSELS, working_days_of("BE"))
    assert found.at.astimezone(BRUSSELS).date() == date(2026, 11, 28)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(line: str) -> None:
    """It is read, or refused with a sentence."""
    try:
        read_order(line)
    except QueryError as refused:
        assert refused.message


# who may


@pytest.fixture
def tell(company: Services) -> Ask:
    """Type a line as somebody; the text of the answer."""

    def told(user: str, line: str, channel: str = SALES, via: Via = "command") -> str:
        return in_slack(dispatch(request(line, user, channel, via), company)).text

    return told


@pytest.mark.parametrize("user", [GUEST, EXTERNAL])
@pytest.mark.parametrize(
    "line", ["subscribe weekly", "subscriptions", "unsubscribe 1", "settings", "settings language nl"]
)
def test_a_guest_and_an_external_member_can_do_nothing(user: str, line: str, tell: Ask) -> None:
    """Neither subscribe nor look."""
    assert "guests can't see them" in tell(user, line)


def test_an_unmapped_member_has_nothing_to_subscribe_to(tell: Ask, company: Services) -> None:
    """Without a role there are no figures."""
    assert "You have no role yet" in tell(UNMAPPED, "subscribe weekly")
    assert "You have no role yet" in tell(UNMAPPED, "subscribe sales")
    assert book_of(company).active() == []


def test_a_rep_subscribes_to_their_own(tell: Ask) -> None:
    """Not to a colleague's figures, nor to what belongs to no rep, nor learns a colleague's name."""
    assert "You are subscribed." in tell(ANNA, "subscribe sales every monday")
    assert "You don't have access to" in tell(ANNA, "subscribe sales team:maas every monday")
    assert "can't be split by rep" in tell(ANNA, "subscribe cost_per_lead every monday")
    for line in ("subscribe sales rep:jn every monday", "subscribe sales rep:so every monday"):
        assert not any(name in tell(ANNA, line) for name in COLLEAGUES)


@pytest.mark.parametrize("line", ["sales rep:jn", "sales by rap rep:so", "sales rep:kareem", "sales rep:kar"])
def test_a_mention_names_nobody_whom_the_channel_may_not_see(line: str, tell: Ask, company: Services) -> None:
    """What is answered stands in the channel: an admin's and a lead's names aren't suggested there."""
    for channel, names in ((ELSEWHERE, COLLEAGUES), (TEAM_CHANNEL, ("Karim",))):
        for user in (LIEN, ADMIN):
            told = tell(user, f"subscribe {line} every monday", channel, "mention")
            assert not any(name in told for name in names)
    assert book_of(company).active() == []
    assert "Karim" in tell(ADMIN, "subscribe sales rep:kar every monday")
    told = tell(ADMIN, 'subscribe sales rep:"Jan Peeters" every monday here', TEAM_CHANNEL, "mention")
    assert "You are subscribed." in told


def test_a_channel_is_subscribed_to_no_more_than_it_may_see(tell: Ask, company: Services) -> None:
    """By nobody: an admin can't post another team's figures where the team's channel reads."""
    refused = tell(ADMIN, f"subscribe sales team:maas every monday in <#{TEAM_CHANNEL}|schelde>")
    assert "people in that channel aren't allowed to see it" in refused
    assert "people in that channel aren't allowed to see it" in tell(
        ADMIN, f"subscribe sales every monday in <#{ELSEWHERE}>"
    )
    assert "people in that channel aren't allowed to see it" in tell(
        KARIM, f"subscribe sales in <#{TEAM_CHANNEL}>"
    )
    assert book_of(company).active() == []
    assert "You are subscribed." in tell(LIEN, f"subscribe sales every monday in <#{TEAM_CHANNEL}|schelde>")
    assert "You are subscribed." in tell(ADMIN, f"subscribe weekly in <#{OPEN_CHANNEL}|board>")


def test_in_a_channel_everybody_sees_what_comes_there_and_nobody_elses_private_ones(tell: Ask) -> None:
    """Anna sees Lien's post of the channel, not what Lien gets alone; a mention lists only the channel's."""
    tell(LIEN, f"subscribe sales every monday in <#{TEAM_CHANNEL}|schelde>")
    tell(LIEN, "subscribe leads every friday")
    tell(ANNA, "subscribe orders every friday")
    seen = tell(ANNA, "subscriptions", TEAM_CHANNEL)
    assert f"set up by <@{LIEN}>" in seen
    assert "orders" in seen
    assert "leads" not in seen
    assert "sales ·" not in tell(ANNA, "subscriptions")
    public = tell(ANNA, "subscriptions", TEAM_CHANNEL, "mention")
    assert "sales" in public
    assert "orders" not in public


def test_stopping_is_for_the_owner_and_admins(tell: Ask, company: Services) -> None:
    """By line and by button, whoever else holds the number; only the owner may change it."""
    tell(LIEN, f"subscribe sales every monday in <#{TEAM_CHANNEL}|schelde>")
    assert "belongs to someone else" in tell(ANNA, "unsubscribe 1", TEAM_CHANNEL)
    for action in (PAUSE, STOP, SEND, EDIT):
        assert "belongs to someone else" in said(press(action, 1, ANNA, company))
    assert "guests can't see them" in said(press(STOP, 1, GUEST, company))
    assert "Only its owner can change it" in said(press(EDIT, 1, ADMIN, company))
    assert isinstance(press(EDIT, 1, LIEN, company), Modal)
    (kept,) = book_of(company).active()
    assert isinstance(press(PAUSE, kept.id, ADMIN, company), Replacement)
    assert book_of(company).active() == []
    assert "is stopped" in tell(ADMIN, "unsubscribe 1")
    assert "was stopped or changed" in said(press(PAUSE, kept.id, LIEN, company))


def test_a_forged_form_changes_nobody_elses(tell: Ask, company: Services) -> None:
    """The window carries a number and a state; both are checked when it is sent."""
    tell(LIEN, "subscribe sales every monday")
    fields = {"what": "leads", "when": "every friday", "at": "09:00"}
    assert "belongs to someone else" in said(press(FORM, "1.1", ANNA, company, **fields))
    assert "You are subscribed." in said(press(FORM, "1.1", LIEN, company, **fields))
    assert "was stopped or changed" in said(press(FORM, "1.1", LIEN, company, **fields))
    (kept,) = book_of(company).active()
    assert (kept.terms.line, kept.revision) == ("leads", 2)


def test_only_admins_see_how_the_workspace_is_set_up(tell: Ask) -> None:
    """Read only; and not where others read along."""
    assert "Members without a role see: nothing" in tell(ADMIN, "settings")
    for user in (ANNA, LIEN, UNMAPPED):
        assert "Members without a role" not in tell(user, "settings")
        assert "Language: automatic" in tell(user, "settings")
    assert "Members without a role" not in tell(ADMIN, "settings", OPEN_CHANNEL, "mention")


def test_a_channels_list_shows_nobody_more_than_they_may_see(tell: Ask, company: Services) -> None:
    """Who has no role gets no list; a rep is told of the lead's post, but not of whom it is."""
    tell(LIEN, f'subscribe sales rep:"Jan Peeters" every monday in <#{TEAM_CHANNEL}|schelde>')
    tell(LIEN, f"subscribe leads by rep every friday in <#{TEAM_CHANNEL}|schelde>")
    assert "You have no role yet" in tell(UNMAPPED, "subscriptions", TEAM_CHANNEL)
    assert "You have no role yet" in tell(UNMAPPED, "subscriptions", TEAM_CHANNEL, "mention")
    seen = dispatch(request("subscriptions", ANNA, TEAM_CHANNEL), company)
    assert f"1 · a subscription of <@{LIEN}> · every Monday" in in_slack(seen).text
    assert (
        f"leads by rep · every Friday at 08:30 · <#{TEAM_CHANNEL}> · set up by <@{LIEN}>"
        in in_slack(seen).text
    )
    assert "Jan" not in json.dumps(in_slack(seen).blocks)
    for user in (LIEN, ADMIN):
        assert "Jan Peeters" in tell(user, "subscriptions", TEAM_CHANNEL)
    public = tell(ADMIN, "subscriptions", TEAM_CHANNEL, "mention")
    assert "Jan Peeters" in public, "the channel may see the team"


def test_a_list_that_others_read_shows_what_the_channel_may_see(tell: Ask, company: Services) -> None:
    """By mention and by a press in such a message: also the owner's own, once the channel's rights are less."""
    tell(LIEN, f'subscribe sales rep:"Jan Peeters" every monday in <#{TEAM_CHANNEL}|schelde>')
    less = replace(company, roles=Roles(replace(LISTED, channels={})))
    asked = request("subscriptions", LIEN, TEAM_CHANNEL)
    assert "Jan" in in_slack(dispatch(asked, less)).text
    assert "Jan" not in in_slack(dispatch(replace(asked, via="mention"), less)).text
    pause = Press(PAUSE, "1", "1.0", is_public=True)
    assert "Jan" not in said(pressed(replace(asked, via="action", press=pause), less))


def test_who_lost_their_role_can_still_stop_what_is_theirs(tell: Ask, company: Services) -> None:
    """Their own is listed, and what a press did is said."""
    tell(LIEN, "subscribe sales every monday")
    tell(ADMIN, f"subscribe leads every monday in <#{TEAM_CHANNEL}>")
    less = replace(company, roles=Roles(replace(LISTED, leads={})))
    asked = request("subscriptions", LIEN, TEAM_CHANNEL)
    mine = in_slack(dispatch(asked, less)).text
    assert "sales" in mine
    assert "leads" not in mine
    stopped = pressed(replace(asked, via="action", press=Press(STOP, "1", "1.0")), less)
    assert "You have no subscriptions." in said(stopped)
    assert "You have no role yet" in in_slack(dispatch(asked, less)).text


def test_who_stops_anothers_has_nothing_to_undo_with(tell: Ask, company: Services) -> None:
    """It would be theirs, with their rights; the sentence says what was stopped."""
    tell(LIEN, f"subscribe sales every monday in <#{TEAM_CHANNEL}>")
    asked = replace(request("", ADMIN, TEAM_CHANNEL), via="action", press=Press(STOP, "1", "1.0"))
    stopped = pressed(asked, company)
    assert isinstance(stopped, Replacement)
    assert f"Stopped: sales · every Monday at 08:30 · <#{TEAM_CHANNEL}>." in in_slack(stopped.message).text
    assert "Undo" not in str(in_slack(stopped.message).blocks)


def test_a_channel_is_told_what_its_file_sends(lone: Services) -> None:
    """Beside what people subscribed it to; elsewhere nothing is said of it."""
    shown = in_slack(dispatch(request("subscriptions"), lone)).text
    assert "the Weekly sales summary, every Monday at 08:30" in shown
    assert "This channel" not in in_slack(dispatch(request("subscriptions", channel=TEAM_CHANNEL), lone)).text


# sending


class KilledError(BaseException):
    """The process ends here."""


@dataclass
class Channels:
    """Takes posts, or fails as told."""

    posts: list[tuple[str, Message]] = field(default_factory=list)
    failure: BaseException | None = None

    def post(self, channel: str, message: Message) -> str:
        if self.failure:
            raise self.failure
        self.posts.append((channel, message))
        return f"{len(self.posts)}.0"


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = DUE

    def __call__(self) -> datetime:
        return self.now


@dataclass
class People:
    """What Slack says of people."""

    members: dict[str, Membership] = field(default_factory=dict)
    failure: DeliveryError | None = None
    languages: dict[str, str] = field(default_factory=dict)

    def account(self, user: str) -> Account:
        if self.failure:
            raise self.failure
        return Account(user, self.members.get(user, MEMBERSHIP.get(user, Membership.FULL)))


NEVER_WAITS = Patience(waits=timedelta())
"""The company has no rows after 22 November, and these tests are about other things."""


def deliverer(
    services: Services, store: StoreEngine, channels: Channels, clock: Clock, people: People, owner: str = "a"
) -> ByHand:
    deliveries = Deliveries(store, WORKSPACE)
    services = replace(services, patience=NEVER_WAITS)
    with_people = (services, deliveries, people.account, people.languages.get)
    made = MadeSummaries(services, ToldFindings(store, WORKSPACE))
    planner = SubscriptionPlanner(services, deliveries, DueSubscriptions(store, WORKSPACE))
    contents: dict[str, Content] = {
        SUBSCRIPTION: SubscriptionPosts(*with_people, made, planner),
        HANDOVER: HandoverOffers(services, people.languages.get),
        INCIDENT: IncidentNotices(
            services, deliveries, Troubles(services, people.account, lambda _: None), people.languages.get
        ),
    }
    return ByHand(deliveries, contents, channels, clock, owner)


def shown_posts(channels: Channels) -> list[tuple[str, str]]:
    """The posts with their texts, without what owners and admins are told of troubles."""
    texts = [(target, in_slack(message).text) for target, message in channels.posts]
    return [post for post in texts if not re.match("(Your s|S)ubscription \\d", post[1])]


def post_states(store: StoreEngine) -> list[State]:
    """How the posts of subscriptions stand, without what tells of troubles."""
    rows = Deliveries(store, WORKSPACE).newest(20)
    return sorted(row.state for row in rows if row.what.part == SUBSCRIPTION)


def states(store: StoreEngine) -> list[State]:
    return [row.state for row in Deliveries(store, WORKSPACE).newest(20)]


def test_each_gets_their_own_figures(company: Services, store: StoreEngine, tell: Ask) -> None:
    """One line, three people: each post is made under its owner's rights."""
    for user in (ANNA, LIEN, ADMIN):
        tell(user, "subscribe sales by rep last week every monday")
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    told = {channel: in_slack(message).text for channel, message in channels.posts}
    assert set(told) == {ANNA, LIEN, ADMIN}
    assert not any(name in told[ANNA] for name in COLLEAGUES)
    assert "Jan Peeters" in told[LIEN]
    assert "Karim" not in told[LIEN]
    assert "Lotte" in told[ADMIN] or "Karim" in told[ADMIN]


def test_what_is_posted_is_in_the_audit_once(company: Services, store: StoreEngine, tell: Ask) -> None:
    """As asked by its owner, where it went; not what Slack refused, nor what another process posted."""
    noted, clock, channels = Noted(), Hand(), Channels()
    heard = replace(company, audit=noted)
    tell(LIEN, f"subscribe omzet by rep last week every monday in <#{TEAM_CHANNEL}>")
    tell(ANNA, "subscribe weekly")
    ticking, other = (deliverer(heard, store, channels, clock, People(), owner) for owner in "ab")
    ticking.tick()
    other.tick()
    clock.now = DUE + timedelta(minutes=2)
    (of_lien, _) = book_of(company).active()
    assert book_of(company).send_now(of_lien, clock.now)
    ticking.tick()
    posted = [(entry.person, entry.channel, entry.via, entry.question) for entry in noted.entries]
    of_team = (LIEN, TEAM_CHANNEL, "subscription", "sales team:Schelde by rep 2026-W47")
    assert posted == [of_team, (ANNA, ANNA, "subscription", "summary weekly"), of_team]
    assert noted.entries[0].rows == 3
    assert noted.entries[1].rows > 5
    channels.failure = DeliveryError("no", outcome="not_sent", permanent=True, reason="is_archived")
    clock.now = DUE + timedelta(minutes=4)
    assert book_of(company).send_now(of_lien, clock.now)
    ticking.tick()
    assert len(noted.entries) == 3


def test_a_post_in_a_channel_is_narrowed_to_its_readers(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """The admin sees all, the team's channel the team."""
    tell(ADMIN, f"subscribe sales by rep last week every monday in <#{TEAM_CHANNEL}>")
    tell(ADMIN, f"subscribe weekly in <#{TEAM_CHANNEL}>")
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    assert [channel for channel, _ in channels.posts] == [TEAM_CHANNEL, TEAM_CHANNEL]
    question, summary = (in_slack(message).text for _, message in channels.posts)
    assert "team:Schelde" in question
    assert summary.startswith("Week 47 (16–22 Nov), Schelde: a rather strong week. November: ")
    for _, message in channels.posts:
        assert "Karim" not in in_slack(message).text
        assert (
            message_violations({"text": in_slack(message).text, "blocks": list(in_slack(message).blocks)})
            == ()
        )


def _leaves(company: Services, people: People) -> Services:
    """Lien becomes a guest in Slack and is no lead any more."""
    people.members[LIEN] = Membership.GUEST
    return replace(company, roles=Roles(replace(LISTED, leads={})))


def _loses_team(company: Services, people: People) -> Services:
    """The channel is no longer listed."""
    return replace(company, roles=Roles(replace(LISTED, channels={})))


@pytest.mark.parametrize("change", [_leaves, _loses_team])
def test_who_lost_the_right_is_told_once_and_it_is_paused(
    change: Callable[[Services, People], Services], company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Nothing is posted in the channel, not even later; the owner hears why, in private, once."""
    tell(LIEN, f"subscribe sales last week every monday in <#{TEAM_CHANNEL}>")
    people, channels, clock = People(), Channels(), Hand()
    changed = change(company, people)
    ticking = deliverer(changed, store, channels, clock, people)
    for minutes in (0, 1, 2, 60 * 24 * 7, 60 * 24 * 7 + 1):
        clock.now = DUE + timedelta(minutes=minutes)
        ticking.tick()
    ((target, notice),) = channels.posts
    assert target == LIEN
    told = "Your subscription 1 (sales last week) is paused: its readers no longer have access to it."
    assert in_slack(notice).text.startswith(told)
    assert "€" not in in_slack(notice).text
    assert sorted(states(store)) == [State.FAILED, State.SENT]
    kept = book_of(company).get(1)
    assert kept
    assert kept.paused is Paused.ROLE


def test_a_line_that_cannot_be_read_any_more_is_told_once_and_paused(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """The metric was taken out of the catalogue; resumed without a cure, it is told once more."""
    tell(ADMIN, "subscribe sales every monday")
    book = book_of(company)
    (kept,) = book.active()
    book.change(kept, replace(kept.terms, line="turnover_of_old every week"), SATURDAY)
    channels, clock = Channels(), Hand()
    ticking = deliverer(company, store, channels, clock, People())
    for minutes in (0, 1, 2):
        clock.now = DUE + timedelta(minutes=minutes)
        ticking.tick()
    ((target, notice),) = channels.posts
    assert target == ADMIN
    assert "is paused: I no longer understand its question. I don't know" in in_slack(notice).text


def test_when_slack_does_not_say_who_the_owner_is_it_waits(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """A look-up that fails neither posts nor pauses."""
    tell(ANNA, "subscribe sales every monday")
    people = People(failure=DeliveryError("no answer", outcome="not_sent", reason="users.info"))
    channels, clock = Channels(), Hand()
    ticking = deliverer(company, store, channels, clock, people)
    ticking.tick()
    assert (channels.posts, states(store)) == ([], [State.PENDING])
    people.failure = None
    clock.now = DUE + LATER
    ticking.tick()
    assert len(channels.posts) == 1
    assert len(book_of(company).active()) == 1


def test_two_processes_post_once(company: Services, store: StoreEngine, tell: Ask) -> None:
    """Eight tick at the same moment, also where the owner lost the right: one post, one notice."""
    tell(ANNA, "subscribe sales every monday")
    tell(LIEN, "subscribe sales every monday")
    people, channels = People({LIEN: Membership.GUEST}), Channels()
    unlisted = replace(company, roles=Roles(replace(LISTED, leads={})))
    workers = [deliverer(unlisted, store, channels, Hand(), people, str(number)) for number in range(8)]
    for _ in range(2):
        threads = [threading.Thread(target=worker.tick) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(channel for channel, _ in channels.posts) == sorted([ANNA, LIEN])


def test_killed_while_sending_it_is_sent_once_as_the_history_says(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Slack didn't have it: after the lease it is posted, as for the summaries, and never again."""
    tell(ANNA, "subscribe sales every monday")
    clock, channels = Hand(), Channels(failure=KilledError())
    with pytest.raises(KilledError):
        deliverer(company, store, channels, clock, People()).tick()
    assert states(store) == [State.SENDING]
    channels.failure = None
    restarted = deliverer(company, store, channels, clock, People(), "b")
    for moment in (DUE, DUE + SENDING_LEASE, DUE + timedelta(hours=1)):
        clock.now = moment
        restarted.tick()
    assert ([channel for channel, _ in channels.posts], states(store)) == ([ANNA], [State.SENT])


def test_down_when_it_was_due_it_comes_late_or_is_missed(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Within twelve hours late; after that not: its owner is told, and the next summary says so.

    A new one owes nothing.
    """
    tell(ADMIN, "subscribe weekly")
    clock, channels = Hand(DUE + timedelta(hours=11)), Channels()
    deliverer(company, store, channels, clock, People()).tick()
    assert len(channels.posts) == 1
    assert in_slack(channels.posts[0][1]).text.startswith("Week 47 (16–22 Nov): ")
    clock.now = DUE + timedelta(days=8)
    restarted = deliverer(company, store, channels, clock, People())
    restarted.tick()
    clock.now += timedelta(hours=1)
    restarted.tick()
    told = [in_slack(message).text for _, message in channels.posts]
    assert len(told) == 2
    assert told[1].endswith("for you was missed: I wasn't running when it was due.")
    clock.now = DUE + timedelta(days=14)
    restarted.tick()
    assert "The summary of week 48 (23–29 Nov 2026) was missed" in in_slack(channels.posts[2][1]).text
    dispatch(request("subscribe sales every monday", ANNA, now=clock.now + timedelta(minutes=1)), company)
    clock.now += timedelta(minutes=2)
    restarted.tick()
    assert len(channels.posts) == 3


def test_a_change_owes_what_it_names_and_nothing_twice(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Moved from Monday to Friday after Monday's post, it comes on Friday of the same week."""
    tell(ADMIN, "subscribe sales every monday")
    clock, channels = Hand(), Channels()
    ticking = deliverer(company, store, channels, clock, People())
    ticking.tick()
    (kept,) = book_of(company).active()
    friday = replace(kept.terms, schedule=Schedule("week", time(9, 0), weekday=4))
    changed = book_of(company).change(kept, friday, DUE + timedelta(hours=1))
    assert changed
    assert book_of(company).change(kept, friday, DUE + timedelta(hours=1)) is None
    for days in (0, 1, 2, 3, 4, 5):
        clock.now = DUE + timedelta(days=days, hours=2)
        ticking.tick()
    assert len(channels.posts) == 2


def test_every_missed_post_of_a_question_is_said_in_the_next(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Two days down, then nine: named by their days, then counted. A post without a gap says nothing."""
    tell(ADMIN, "subscribe sales yesterday every day 8:30")
    clock, channels = Hand(DUE), Channels()
    deliverer(company, store, channels, clock, People()).tick()
    assert "missed" in shown_posts(channels)[0][1], "Sunday's was due before the bot ran"
    for days in (3, 4, 14):
        clock.now = DUE + timedelta(days=days)
        deliverer(company, store, channels, clock, People()).tick()
    texts = [text for _, text in shown_posts(channels)]
    assert "The posts of Tue 24 Nov and Wed 25 Nov were missed." in texts[1]
    assert "missed" not in texts[2]
    assert "9 posts were missed, from Sat 28 Nov to Sun 6 Dec." in texts[3]


def test_only_a_change_is_posted(company: Services, store: StoreEngine, tell: Ask) -> None:
    """The same figure again is left out; Send now sends it all the same; a later change comes."""
    tell(ADMIN, "subscribe sales 2026-10 every day 8:30 only when changed")
    (kept,) = book_of(company).active()
    assert kept.terms.only_changes
    clock, channels = Hand(DUE), Channels()
    ticking = deliverer(company, store, channels, clock, People())
    for days in (0, 1, 2):
        clock.now = DUE + timedelta(days=days)
        ticking.tick()
    assert len(shown_posts(channels)) == 1
    assert post_states(store) == [State.MISSED, State.SENT, State.SKIPPED, State.SKIPPED]
    assert book_of(company).send_now(kept, clock.now)
    ticking.tick()
    assert len(shown_posts(channels)) == 2
    book_of(company).note_figures(kept.id, ADMIN, "figures of another day")
    clock.now = DUE + timedelta(days=3)
    ticking.tick()
    assert len(shown_posts(channels)) == 3


def test_a_rolling_figure_that_changes_is_posted_each_time(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Last week's sales differ from those of the week before."""
    tell(ADMIN, "subscribe sales last week every monday only if something changed")
    clock, channels = Hand(DUE), Channels()
    ticking = deliverer(company, store, channels, clock, People())
    for weeks in (0, 1):
        clock.now = DUE + timedelta(days=7 * weeks)
        ticking.tick()
    assert len(channels.posts) == 2


# several people


def test_each_rep_gets_their_own_rows_of_one_schedule(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Set up once by an admin; each post has one rep's figures and says how to get it no longer."""
    told = tell(ADMIN, "subscribe sales by product last week every monday for each rep")
    assert "It is set up." in told
    assert "each rep, their own figures" in told
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    texts = {target: in_slack(message).text for target, message in channels.posts}
    assert {ANNA, KARIM} <= set(texts)
    assert "Anna" in texts[ANNA]
    for target, shown in texts.items():
        assert f"Set up by <@{ADMIN}>; sent every Monday at 08:30. Send /kpi unsubscribe 1" in shown
        others = [name for name in COLLEAGUES if name in shown]
        assert len(others) <= (target != ANNA), f"{target} sees {others}"


def test_a_lead_who_is_a_rep_gets_their_own_rows_alone(company: Services, store: StoreEngine) -> None:
    """For each rep means one rep's rows, whatever else the reader may see."""
    roles = Roles(replace(LISTED, reps={**LISTED.reps, LIEN: "Jan Peeters"}))
    changed = replace(company, roles=roles)
    line = "subscribe sales by rep last week every monday for each rep"
    assert "It is set up." in in_slack(dispatch(request(line, ADMIN), changed)).text
    channels = Channels()
    deliverer(changed, store, channels, Hand(), People()).tick()
    texts = {target: in_slack(message).text for target, message in channels.posts}
    assert "Jan Peeters" in texts[LIEN]
    assert "Anna" not in texts[LIEN]


def test_a_lead_sends_to_the_reps_they_lead(company: Services, store: StoreEngine, tell: Ask) -> None:
    """Karim is of another team, and gets nothing; a rep sends to nobody."""
    tell(LIEN, "abonneer omzet vorige week elke maandag voor elke verkoper")
    assert "Only admins and leads can" in tell(ANNA, "subscribe sales every monday for each rep")
    assert "Only admins and leads can" in tell(ANNA, f"subscribe sales every monday to <@{KARIM}>")
    assert "reps whom you lead" in tell(LIEN, f"subscribe sales every monday to <@{KARIM}>")
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    targets = {target for target, _ in channels.posts}
    assert ANNA in targets
    assert KARIM not in targets


def test_named_people_get_what_each_may_see(company: Services, store: StoreEngine, tell: Ask) -> None:
    """The admin all, Anna her own; who has no role gets nothing, and it isn't paused for that."""
    told = tell(ADMIN, f"subscribe sales by rep last week every monday to <@{ANNA}>, <@{UNMAPPED}> and me")
    assert "It is set up." in told
    (kept,) = book_of(company).active()
    assert set(kept.terms.people) == {ANNA, UNMAPPED, ADMIN}
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    texts = dict(shown_posts(channels))
    assert set(texts) == {ANNA, ADMIN}
    assert not any(name in texts[ANNA] for name in COLLEAGUES)
    assert any(name in texts[ADMIN] for name in COLLEAGUES)
    assert post_states(store) == [State.FAILED, State.SENT, State.SENT]
    assert len(book_of(company).active()) == 1


def test_a_recipient_stops_it_for_themselves(company: Services, store: StoreEngine, tell: Ask) -> None:
    """By line and by button; the others still get it, and a stranger stops nothing."""
    tell(ADMIN, "subscribe sales last week every monday for each rep")
    assert "sales last week" in tell(ANNA, "subscriptions")
    assert "Stop sending me this" in json.dumps(
        in_slack(dispatch(request("subscriptions", ANNA), company)).blocks
    )
    assert "belongs to someone else" in tell(UNMAPPED, "unsubscribe 1")
    assert "was stopped or changed" in said(press(LEAVE, 1, UNMAPPED, company))
    assert "You no longer get subscription 1." in tell(ANNA, "unsubscribe 1")
    assert "sales last week" not in tell(ANNA, "subscriptions")
    assert "You have no subscriptions." in said(press(LEAVE, 1, KARIM, company))
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    targets = {target for target, _ in channels.posts}
    assert targets
    assert not targets & {ANNA, KARIM}


def test_an_owner_without_the_right_sends_to_nobody(company: Services, store: StoreEngine, tell: Ask) -> None:
    """Lien leads nobody any more: it is paused, and she is told once."""
    tell(LIEN, "subscribe sales every monday for each rep")
    channels, clock = Channels(), Hand()
    ticking = deliverer(_leaves(company, People()), store, channels, clock, People())
    for days in (0, 1, 7):
        clock.now = DUE + timedelta(days=days)
        ticking.tick()
    ((target, notice),) = channels.posts
    assert target == LIEN
    assert "is paused: its readers no longer have access to it" in in_slack(notice).text
    assert book_of(company).active() == []


def test_what_reps_may_not_see_is_refused_for_each_rep(tell: Ask, company: Services) -> None:
    """A figure that belongs to no rep, another's name, and a lead's summary."""
    assert "Reps may not see that" in tell(ADMIN, "subscribe cost_per_lead every monday for each rep")
    assert "Reps may not see that" in tell(ADMIN, "subscribe sales team:maas every monday for each rep")
    assert "for leads" in tell(ADMIN, "subscribe team week for each rep")
    assert "You named both" in tell(ADMIN, f"subscribe sales for each rep in <#{TEAM_CHANNEL}>")
    assert "Both doesn't work" in tell(ADMIN, f"subscribe sales for each rep to <@{ANNA}>")
    assert book_of(company).active() == []
    assert "It is set up." in tell(ADMIN, "subscribe my week for each rep")


# who has left


def test_what_belongs_to_who_left_is_offered_to_the_admins_once(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Nothing is posted until an admin takes it over; then it has the admin's rights and goes on."""
    tell(LIEN, f"subscribe sales by rep last week every monday in <#{TEAM_CHANNEL}>")
    people, channels, clock = People(), Channels(), Hand()
    people.members[LIEN] = Membership.GONE
    ticking = deliverer(company, store, channels, clock, people)
    for minutes in (0, 1, 2):
        clock.now = DUE + timedelta(minutes=minutes)
        ticking.tick()
    ((target, offer),) = channels.posts
    assert target == ADMIN
    assert f"<@{LIEN}> has left, so their subscription 1 is paused." in in_slack(offer).text
    assert "Take over" in json.dumps(in_slack(offer).blocks)
    kept = book_of(company).get(1)
    assert kept
    assert kept.paused is Paused.LEFT
    assert "belongs to someone else" in said(press(TAKE, 1, ANNA, company))
    asked = request("", ADMIN, via="action", now=clock.now + timedelta(minutes=1))
    taken = said(pressed(replace(asked, press=Press(TAKE, "1", "1.0")), company))
    assert "You are subscribed." in taken
    assert "was stopped or changed" in said(press(TAKE, 1, ADMIN, company))
    kept = book_of(company).get(1)
    assert kept
    assert (kept.terms.owner, kept.paused) == (ADMIN, None)
    clock.now = DUE + timedelta(days=7)
    ticking.tick()
    assert [target for target, _ in channels.posts] == [ADMIN, TEAM_CHANNEL]


def test_what_only_who_left_got_is_offered_to_nobody(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """Their direct messages need no other owner."""
    tell(LIEN, "subscribe sales last week every monday")
    people, channels = People({LIEN: Membership.GONE}), Channels()
    deliverer(company, store, channels, Hand(), people).tick()
    assert channels.posts == []
    assert "was stopped or changed" in said(press(TAKE, 1, ADMIN, company))


# the subscriber's own place


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_a_subscriber_elsewhere_gets_it_at_their_own_time(
    zone: str, company: Services, store: StoreEngine
) -> None:
    """The zone of their Slack is said, the next time is shown in it, and last week is theirs."""
    asked = replace(request("subscribe sales last week every monday 8:30", ADMIN), zone=zone)
    told = in_slack(dispatch(asked, company)).text
    assert f"every Monday at 08:30 ({zone})" in told
    assert "next on Mon 23 Nov 2026 08:30" in told
    assert f"Time zone: {zone} · Language: English" in told
    due = datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo(zone))
    channels, clock = Channels(), Hand(due - timedelta(minutes=1))
    ticking = deliverer(company, store, channels, clock, People())
    ticking.tick()
    assert channels.posts == []
    clock.now = due
    ticking.tick()
    assert "sales 2026-W47" in in_slack(channels.posts[0][1]).text


def test_a_zone_that_is_gone_is_told_and_mended_by_saving(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """The list can still be shown; the notice says what to press, and that does it."""
    tell(ADMIN, "subscribe sales last week every monday")
    book = book_of(company)
    (kept,) = book.active()
    assert book.change(kept, replace(kept.terms, zone="Mars/Olympus"), SATURDAY)
    assert "every Monday at 08:30 (Mars/Olympus)" in tell(ADMIN, "subscriptions")
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    ((target, notice),) = channels.posts
    assert target == ADMIN
    assert "is paused: its time zone isn't known. Press Edit and then Save" in " ".join(
        in_slack(notice).text.split()
    )
    fields = {"what": "sales last week", "when": "every monday", "at": "08:30"}
    assert "Time zone: Europe/Brussels" in said(press(FORM, "1.2", ADMIN, company, **fields))
    assert len(book.active()) == 1


def test_who_leaves_after_it_was_planned_gets_nothing(
    company: Services, store: StoreEngine, tell: Ask
) -> None:
    """The row is there already; it is skipped, not failed."""
    tell(ADMIN, "subscribe sales last week every monday for each rep")
    planner = SubscriptionPlanner(company, Deliveries(store, WORKSPACE), DueSubscriptions(store, WORKSPACE))
    planner.plan(DUE)
    tell(ANNA, "unsubscribe 1")
    channels = Channels()
    deliverer(company, store, channels, Hand(), People()).tick()
    assert ANNA not in {target for target, _ in channels.posts}
    assert states(store).count(State.SKIPPED) == 1


def test_a_zone_that_slack_made_up_is_the_companys(company: Services) -> None:
    """Nothing breaks, and what is kept can be scheduled."""
    asked = replace(request("subscribe sales", ADMIN), zone="Mars/Olympus")
    assert "Time zone: Europe/Brussels" in in_slack(dispatch(asked, company)).text


# the store


def test_a_number_is_never_given_twice(store: StoreEngine) -> None:
    """An old button can't mean a newer subscription."""
    book = SubscriptionBook(store, WORKSPACE)
    first = book.add(_draft(ANNA), SATURDAY)
    assert book.stop(first.id)
    assert not book.stop(first.id)
    assert book.add(_draft(ANNA), SATURDAY).id > first.id


def test_pausing_and_resuming_act_once(store: StoreEngine) -> None:
    """Whoever comes second changes nothing; another workspace's can't be reached."""
    book, other = SubscriptionBook(store, WORKSPACE), SubscriptionBook(store, "T1")
    kept = book.add(_draft(ANNA), SATURDAY)
    assert not other.pause(kept.id, Paused.ASKED)
    assert other.get(kept.id) is None
    assert book.pause(kept.id, Paused.ASKED)
    assert not book.pause(kept.id, Paused.ROLE)
    assert _paused(book, kept) is Paused.ASKED
    assert book.resume(kept.id, DUE)
    assert not book.resume(kept.id, DUE)
    assert _paused(book, kept) is None


def _draft(owner: str) -> SubscriptionTerms:
    return SubscriptionTerms(
        owner, None, "sales", False, Schedule("week", time(8, 30), weekday=0), "Europe/Brussels", "en"
    )


def _paused(book: SubscriptionBook, kept: Subscription) -> Paused | None:
    found = book.get(kept.id)
    assert found
    return found.paused


# words


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("length", [1, 400])
def test_a_long_list_keeps_slacks_limits(language: str, length: int, lone: Services) -> None:
    """Twenty subscriptions, page after page: each is shown once, and all that the blocks say is in the text."""
    book, filler = book_of(lone), "region:" + ",".join(["Noord"] * 70)
    for _ in range(20):
        line = f"sales {filler}"[: 5 + length].strip()
        book.add(replace(_draft(ANNA), line=line, channel=OPEN_CHANNEL, language=language), SATURDAY)
    line, seen = "subscriptions", []
    while line:
        message = dispatch(replace(request(line), language=language), lone)
        assert (
            message_violations({"text": in_slack(message).text, "blocks": list(in_slack(message).blocks)})
            == ()
        )
        assert len(in_slack(message).blocks) <= 25
        named = [(str(block.get("block_id", "")), block) for block in in_slack(message).blocks]
        rows = [block for name, block in named if name.startswith("subscription-")]
        seen += [int(row["elements"][1]["value"]) for row in rows]
        for number in (row["elements"][1]["value"] for row in rows):
            assert f"\n{number} · " in in_slack(message).text
        more = [block for block in in_slack(message).blocks if block.get("block_id") == "more"]
        line = more[0]["elements"][0]["value"] if more else ""
    assert seen == list(range(1, 21))


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_form_keeps_slacks_limits_in_each_language(language: str, lone: Services) -> None:
    """Title and buttons have 24 characters, the options name each day and some working days."""
    asked = replace(request("", via="action"), language=language, press=Press(NEW, "new", "1.0"))
    made = pressed(asked, lone)
    assert isinstance(made, Modal)
    assert view_violations(view_of(made)) == ()
    late = book_of(lone).add(
        replace(_draft(ANNA), schedule=Schedule("month", time(8), working_day=17)), SATURDAY
    )
    changed = pressed(replace(asked, press=Press(EDIT, str(late.id), "1.0")), lone)
    assert isinstance(changed, Modal)
    assert view_violations(view_of(changed)) == ()
    (when,) = [block["element"] for block in view_of(changed)["blocks"] if block["block_id"] == "when"]
    assert when["initial_option"]["value"] == "every 17th working day"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_form_asks_for_others_only_whom_that_is_allowed(language: str, company: Services) -> None:
    """An admin and a lead are asked for people and reps, a rep isn't."""
    for user, is_asked in ((ADMIN, True), (LIEN, True), (ANNA, False)):
        asked = replace(request("", user, via="action"), language=language, press=Press(NEW, "new", "1.0"))
        made = pressed(asked, company)
        assert isinstance(made, Modal)
        view = view_of(made)
        assert view_violations(view) == ()
        fields = {block["block_id"] for block in view["blocks"]}
        assert {"what", "when", "at", "changes", "where"} <= fields
        assert ({"people", "reps"} <= fields) is is_asked


def test_the_form_does_all_that_a_line_does(company: Services) -> None:
    """A rhythm, only changes, people and reps; what was set up stands in the form when it is edited."""

    def sent(value: str, **given: tuple[str, ...]) -> str:
        form = Press(FORM, value, "1.0", given=given)
        return said(pressed(replace(request("", ADMIN, via="action"), press=form), company))

    basic = {"what": ("sales last week",), "when": ("every working day",), "at": ("09:15",)}
    assert "every working day at 09:15 · only when a figure has changed" in sent(
        "0", **basic, changes=("only when changed",), reps=("for each rep",)
    )
    (kept,) = book_of(company).active()
    assert (kept.terms.recipients, kept.terms.only_changes) == (Recipients.REPS, True)
    assert kept.terms.schedule == Schedule("workday", time(9, 15))
    edited = press(EDIT, kept.id, ADMIN, company)
    assert isinstance(edited, Modal)
    fields = {block["block_id"]: block["element"] for block in view_of(edited)["blocks"]}
    assert fields["when"]["initial_option"]["value"] == "every working day"
    assert fields["changes"]["initial_option"]["value"] == "only when changed"
    assert fields["reps"]["initial_option"]["value"] == "for each rep"
    both = sent("1.1", **basic, people=(ANNA,), reps=("for each rep",), changes=("always",))
    assert "Both doesn't work" in both
    told = sent("1.1", **basic, people=(ANNA, LIEN), reps=("one",), changes=("always",))
    assert f"<@{ANNA}>, <@{LIEN}>" in told
    (kept,) = book_of(company).active()
    assert (kept.terms.people, kept.terms.only_changes) == ((ANNA, LIEN), False)
    again = press(EDIT, kept.id, ADMIN, company)
    assert isinstance(again, Modal)
    fields = {block["block_id"]: block["element"] for block in view_of(again)["blocks"]}
    assert fields["people"]["initial_users"] == [ANNA, LIEN]


def test_what_is_stopped_can_be_set_up_again_with_all_it_had(tell: Ask, company: Services) -> None:
    """Undo carries whom it was for and that only changes are wanted."""
    tell(
        ADMIN, f"subscribe sales every 3rd working day of the quarter 9:00 to <@{ANNA}>, me only when changed"
    )
    (kept,) = book_of(company).active()
    stopped = press(STOP, kept.id, ADMIN, company)
    assert isinstance(stopped, Replacement)
    (line,) = [
        entry["value"]
        for block in in_slack(stopped.message).blocks
        if block.get("block_id") == "undo"
        for entry in block["elements"]
    ]
    tell(ADMIN, line)
    (again,) = book_of(company).active()
    assert again.terms == kept.terms


def test_the_lines_of_the_docs_are_read(company: Services) -> None:
    """Each example sets something up, and each rhythm of the table is one."""
    page = (Path(__file__).parents[3] / "docs" / "subscriptions.md").read_text(encoding="utf-8")
    mentions = {"#team": f"<#{TEAM_CHANNEL}>", "@anna": f"<@{ANNA}>", "@karim": f"<@{KARIM}>"}
    lines = re.findall(r"^/kpi ((?:subscribe|abonneer) .*)$", page, re.MULTILINE)
    rows = re.findall(r"^\| (`(?:every|daily).*?) \| (`.*?) \|", page, re.MULTILINE)
    phrases = [phrase for row in rows for cell in row for phrase in re.findall(r"`(.*?)`", cell)]
    assert (len(lines), len(rows)) == (8, 6)
    for line in (*lines, *(f"subscribe sales {phrase}" for phrase in phrases)):
        typed = re.sub(r"[#@]\w+", lambda name: mentions[name.group()], line)
        told = in_slack(dispatch(request(typed, ADMIN), company)).text
        assert re.match("You are (already )?subscribed|It is set up", told), line


def test_refusals_and_lists_are_dutch_for_who_speaks_dutch(lone: Services) -> None:
    """The words of errors, the list and the confirmation."""

    def told(line: str) -> str:
        return in_slack(dispatch(replace(request(line), language="nl"), lone)).text

    assert "Je bent geabonneerd." in told("abonneer omzet elke maandag")
    assert "elke maandag om 08:30 · je directe berichten · volgende op ma 23 nov 2026 08:30" in told(
        "abonnementen"
    )
    assert "Ik kan het hooguit één keer per dag sturen, niet “elk uur”." in told("abonneer omzet elk uur")
    assert "Niet elke maand heeft een 23rd werkdag." in told("abonneer omzet elke 23e werkdag")
    assert "Abonnement 1 is gestopt." in told("opzeggen")


def test_the_command_line_is_nobody_in_slack(demo_services: Services) -> None:
    """It says where to subscribe."""
    for line in ("subscribe weekly", "subscriptions", "settings"):
        assert "in Slack" in in_slack(dispatch(request(line, "", "", "cli"), demo_services)).text


def test_a_channel_keeps_its_language_and_a_person_gets_theirs(company: Services, store: StoreEngine) -> None:
    """Lien spoke Dutch when she subscribed the channel and herself, and English when they came."""
    for line in (f"subscribe weekly in <#{TEAM_CHANNEL}>", "subscribe sales last week"):
        dispatch(replace(request(line, LIEN), language="nl"), company)
    channels, people = Channels(), People(languages={LIEN: "en"})
    deliverer(company, store, channels, Hand(), people).tick()
    told = {channel: in_slack(message).text for channel, message in channels.posts}
    assert told[TEAM_CHANNEL].startswith("Week 47 (16–22 nov), Schelde: een vrij sterke week. November: ")
    assert "Ingesteld door" in told[TEAM_CHANNEL]
    assert "Set up by" in told[LIEN]


def test_a_button_shows_a_channels_name_and_carries_its_id(lone: Services) -> None:
    """Nobody reads ids."""
    message = dispatch(request("subscribe slaes every friday in <#C0ELSE|else>"), lone)
    (row,) = [block for block in in_slack(message).blocks if block["type"] == "actions"]
    (button, *_) = row["elements"]
    assert button["text"]["text"] == "subscribe sales every friday 08:30 in #else"
    assert button["value"] == "subscribe sales every friday 08:30 in <#C0ELSE|else>"
    assert "in #else" in in_slack(message).text
