"""Half-right lines that begin with a verb, or should: what is said, and the lines that are offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation.dispatch import dispatch
from bot.conversation.registry import every_command
from bot.playground.slack_validators import message_violations
from bot.render.message import Message
from bot.rights import Membership, Roles
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.preferences import Preferences
from bot.store.subscriptions import SubscriptionBook
from bot.workspace.members import MemberIndex
from bot.workspace.opening import STORE, with_store
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList
from tests.bot.in_slack import in_slack

ANNA, OTHER = "U0DEMOANNA", "U0WHO"

Tell = Callable[..., Message]


@pytest.fixture
def services(demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with an empty store, in which everybody sees everything."""
    store = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(store)
    made = with_store(demo_services, Settings.load(env_file=None), store, "T0DEMO")
    yield replace(
        made,
        index=MemberIndex(made.engine, lambda refresh: refresh()),
        subscriptions=SubscriptionBook(store, "T0DEMO"),
        preferences=Preferences(store, "T0DEMO"),
    )
    made.engine.close_database(STORE)
    store.dispose()


@pytest.fixture
def tell(services: Services, monday: Clock) -> Tell:
    """Type a line as somebody, in a language; the answer."""

    def told(line: str, language: str = "en", user: str = OTHER) -> Message:
        asked = Request("T0DEMO", user, "C0", line, "command", monday(), language, Membership.FULL)
        return dispatch(asked, services)

    return told


def _offered(message: Message) -> list[str]:
    rows = [block for block in in_slack(message).blocks if block.get("block_id") == "suggestions"]
    return [element["value"] for row in rows for element in row["elements"]]


REFUSED = [
    # words behind a verb that takes none
    ("list foo", "I can't list “foo”", ["list"]),
    ("list rgeions", "I can't list “rgeions”", ["list region"]),
    ("list sales", "I can't list “sales”", ["define sales", "sales"]),
    ("list subscriptions", "I can't list “subscriptions”", ["subscriptions"]),
    ("status foo", "Type “status” on its own, without “foo”", ["status"]),
    ("status subscriptions", "Type “status” on its own", ["subscriptions", "status"]),
    ("subscriptions foo", "Type “subscriptions” on its own", ["subscriptions"]),
    ("help sales", "Type “help” on its own", ["define sales", "sales", "help"]),
    ("help with targets", "With “targets”: this month's targets", ["targets"]),
    ("help subscribe", "With “subscribe”: have a question or a summary sent", []),
    ("settings taal foo nl", "I don't speak “foo nl”", ["settings language automatic", "settings language en", "settings language nl"]),
    # a definition
    ("define", "Which metric should I explain?", ["define sales", "define leads", "define conversion"]),
    ("define conversoin", "I don't know a metric called “conversoin”", ["define conversion"]),
    ("define anna", "I don't know a metric called “anna”", ["define sales", "define leads", "define conversion", "list"]),
    ("define conversion last month", "covers only the metric", ["define conversion", "conversion last month"]),
    ("define conversion anna", "covers only the metric", ["define conversion", "conversion anna"]),
    # a why
    ("why slaes", "I don't know “slaes”", ["why sales"]),
    # a target
    ("target", "The target's value is missing", ["targets"]),
    ("target sales", "The target's value is missing", ["targets sales", "sales vs target"]),
    ("target anna", "The target's value is missing", ["targets anna", "sales anna vs target"]),
    ("target slaes rep:anna", "The target's value is missing", ["targets sales rep:anna"]),
    ("target slaes rep:anna 300k", "I don't know “slaes”", ["target sales rep:anna 300k"]),
    ('target sales product:"Model Z" 300k', "There is no product “Model Z”", None),
    ("target sales rep:anna -5", "Sales: a target can't be negative", ['target sales rep:"Anna de Vries" 5']),
    ("target leads 2,5", "New leads: a target must be a whole number", ["target leads 2", "target leads 3"]),
    ("target sales 300k last november", "That month is over", []),
    ("targets slaes", "I don't know “slaes”", ["targets sales"]),
    ("targets foo", "I don't know “foo”", ["targets"]),
    # a subscription
    ("subscribe sales every monday 08:30 in sales", "Write a channel as #sales", ["subscribe sales every monday 08:30", "subscribe sales every monday 08:30 here"]),
    ("subscribe leads in sales every monday", "Is “sales” a channel", ["subscribe leads every monday 08:30", "subscribe leads every monday 08:30 here", "subscribe leads,sales every monday 08:30"]),
    ("subscribe sales every last working day", "I can't count days back from the end of a month", ["subscribe sales every 20th working day", "subscribe sales every month"]),
    ("subscribe sales on the last day of the month", "from the end of a month", ["subscribe sales every 20th working day", "subscribe sales every month"]),
    ("subscribe sales every 1st of the month", "on a working day, not on a date", ["subscribe sales every 1st working day", "subscribe sales every month"]),
    ("subscribe sales on the first of the month", "not on a date", ["subscribe sales every 1st working day", "subscribe sales every month"]),
    ("subscribe sales every month on the 15th", "not on a date", ["subscribe sales every 11th working day", "subscribe sales every month"]),
    ("subscribe sales every month on monday", "not on a day of the week", ["subscribe sales every monday", "subscribe sales every 1st working day"]),
    ("subscribe sales every second friday of the month 9:00", "not on a day of the week", ["subscribe sales every friday 9:00", "subscribe sales every 6th working day 9:00"]),
    ("subscribe sales every hour", "once a day or less often, not “every hour”", ["subscribe sales every day", "subscribe sales every working day"]),
    ("subscribe sales elk uur", "once a day or less often", ["subscribe sales every day", "subscribe sales every working day"]),
    ("subscribe sales every quarter on the 15th", "not on a date", ["subscribe sales every 11th working day", "subscribe sales every month"]),
    ("subscribe sales every monday 25", "“25” isn't a time of day", []),
    ("subscribe me to sales", "I don't know “me”", None),
    # a verb that is meant
    ("my targets", "Did you mean one of these?", ["targets"]),
    ("my subscriptions", "Did you mean one of these?", ["subscriptions"]),
    ("mijn abonnementen", "Did you mean one of these?", ["abonnementen"]),
    ("show subscriptions", "Did you mean one of these?", ["subscriptions"]),
    ("toon doelen", "Did you mean one of these?", ["doelen"]),
    ("what is my target", "Did you mean one of these?", ["targets"]),
    ("sales every monday", "Did you mean one of these?", ["subscribe sales every monday 08:30"]),
    ("omzet elke maandag 9 uur", "Did you mean one of these?", ["subscribe omzet every monday 09:00"]),
    ("stuur mij elke maandag de omzet", "Did you mean one of these?", ["subscribe omzet every monday 08:30"]),
    ("taal nederlands", "Did you mean one of these?", ["settings language nl"]),
    ("language nl", "Did you mean one of these?", ["settings language nl"]),
    ("spreek nederlands", "Did you mean one of these?", ["settings language nl"]),
    # a verb that is mistyped
    ("lsit reps", "I don't know “lsit”", ["list reps"]),
    ("subscirbe weekly", "I don't know “subscirbe”", ["subscribe weekly"]),
]  # fmt: skip

IN_DUTCH = [
    ("lijst foo", "“foo” kan ik niet oplijsten", ["lijst"]),
    ("hulp omzet", "Achter “hulp” komt niets", ["definitie omzet", "omzet", "hulp"]),
    ("definitie", "Welk cijfer zal ik uitleggen?", ["definitie omzet", "definitie nieuwe leads", "definitie conversie"]),
    ("waarom slaes", "“slaes” ken ik niet", ["waarom sales"]),
    ("doel anna", "Het doel zelf ontbreekt", ["doelen anna", "omzet anna t.o.v. doel"]),
    ("doel slaes rep:anna 300k", "“slaes” ken ik niet", ["doel sales rep:anna 300k"]),
    ("wat is mijn doel", "Bedoelde je een van deze?", ["doelen"]),
    ("omzet elke maandag", "Bedoelde je een van deze?", ["abonneer omzet elke maandag 08:30"]),
    ("abonneer elke vrijdag", "Wat moet ik sturen?", ["abonneer wekelijks elke vrijdag 08:30", "abonneer omzet elke vrijdag 08:30"]),
    ("abonneer omzet elke mandag", "hoe vaak “elke mandag” is", ["abonneer omzet elke maandag", "abonneer omzet elke maand"]),
    ("abonneer omzet elke woensdg", "hoe vaak “elke woensdg” is", ["abonneer omzet elke woensdag"]),
    ("abonneer omzet elke 1e van de maand", "niet op een datum", ["abonneer omzet elke 1e werkdag", "abonneer omzet elke maand"]),
    ("abonneer wekelijks elke maand", "het komt elke week", ["abonneer wekelijks elke maandag 08:30"]),
    ("overzicht foo", "Er is geen overzicht “foo”", ["overzicht maandelijks", "overzicht wekelijks"]),
    ("taal engels", "Bedoelde je een van deze?", ["instellingen taal en"]),
    ("doelne", "“doelne” ken ik niet", ["doelen"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sentence", "offered", "language"),
    [(*entry, "en") for entry in REFUSED] + [(*entry, "nl") for entry in IN_DUTCH],
)
def test_a_half_right_line_is_answered_with_lines_of_its_verb(
    line: str, sentence: str, offered: list[str] | None, language: str, tell: Tell, services: Services
) -> None:
    """The sentence fits, and what is offered can be sent as it is; nothing is set or kept meanwhile."""
    message = tell(line, language)
    assert sentence in in_slack(message).text
    assert (
        message_violations({"text": in_slack(message).text, "blocks": list(in_slack(message).blocks)}) == ()
    )
    found = _offered(message)
    if offered is not None:
        assert found[: max(1, len(offered))] == offered
    assert services.subscriptions
    assert services.subscriptions.shown(OTHER) == []
    for suggestion in found:
        again = tell(suggestion, language)
        assert not _offered(again), suggestion


READ = [
    ("list reps", "Rep: Anna de Vries, Bart Goossens"),
    ("list reps", "and 6 more\nsales by rep"),
    ("list all regions", "Region: Brussel, Noord, Oost, Zuid\nsales by region"),
    ("lijst metrics", "sales: Sales."),
    ("help me please", "Ask me for a metric in your own words."),
    ("status please", "contracts: data until"),
    ("define conversion rate", "Conversion: The share of the leads created"),
    ("targets anna", "New leads, Anna de Vries: "),
    ("targets rep:anna 2026-12", "Targets for December 2026"),
    ("targets next month", "Targets for December 2026"),
    ("targets region:noord 2025-12", "Targets for December 2025"),
    ("target sales rep:anna to 30k", "Target for Sales, Anna de Vries, November 2026: €30,000"),
    ("target omzet region:noord 0,2 mio", "Target for Sales, Noord, November 2026: €200,000"),
    ("target sales rep:anna 30k next month", "Target for Sales, Anna de Vries, December 2026: €30,000"),
    ("doel omzet verkoper:anna 30k volgende maand", "December 2026: €30,000"),
    ("target sales rep:anna 30k december", "December 2026: €30,000"),
    ("target sales rep:anna 30k this december", "December 2026: €30,000"),
    ("doel omzet verkoper:anna 30k januari", "January 2027: €30,000"),
    ("target sales rep:anna 30k november", "November 2026: €30,000"),
    ("target sales rep:anna 30k november 2027", "November 2027: €30,000"),
    ("target sales rep:anna € 30 000 dec", "December 2026: €30,000 (you typed € 30 000)"),
    ("target profit -5k", "Target for Profit, November 2026: −€5,000"),
    ("target nps -5", "Target for Net Promoter Score, November 2026: −5"),
    ("target leads 1.5k", "Target for New leads, November 2026: 1,500"),
    ("subscribe sales every monday 8", "every Monday at 08:00"),
    ("subscribe sales every monday 8 uur", "every Monday at 08:00"),
    ("abonneer omzet elke dinsdag 9 uur", "every Tuesday at 09:00"),
    ("subscribe sales every monday 8 pm", "every Monday at 20:00"),
    ("subscribe sales every monday 8u30", "every Monday at 08:30"),
    ("subscribe sales every monday at 8.30", "every Monday at 08:30"),
    ("subscribe sales every monday last 3 months", "every Monday at 08:30"),
    ("subscribe sales on the 2nd working day of the month", "every 2nd working day of the month at 08:30"),
    ("subscribe sales in noord every monday", "sales region:Noord"),
    ("settings taal naar nederlands", "Taal: Nederlands"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "told"), READ)
def test_a_line_of_a_verb_is_read_as_it_is_meant(line: str, told: str, tell: Tell) -> None:
    """Months ahead, amounts and times as people write them."""
    assert told in in_slack(tell(line)).text


@pytest.mark.parametrize("line", ["prestaties anna", "largest foo", "lost foo"])
def test_no_verb_is_suggested_that_doesn_t_take_what_follows(line: str, tell: Tell) -> None:
    """A mistyped first word is a verb's only where the rest could be that verb's."""
    assert not [entry for entry in _offered(tell(line)) if every_command().verb_of(entry)]


def test_a_rep_is_listed_only_the_names_they_may_see(services: Services, monday: Clock) -> None:
    """Of the reps their own; somebody without a role sees none at all."""
    company = replace(services, roles=Roles(AccessList(reps={ANNA: "Anna de Vries"})))

    def said(user: str, line: str) -> str:
        asked = Request("T0DEMO", user, "C0", line, "command", monday(), "en", Membership.FULL)
        return in_slack(dispatch(asked, company)).text

    assert "Rep: Anna de Vries\n" in said(ANNA, "list reps")
    assert "Bart" not in said(ANNA, "list reps")
    assert "You have no role yet" in said(OTHER, "list customers")


@pytest.mark.parametrize("line", ["all", "weekly", "2nd", "1 2", "alles"])
def test_unsubscribing_without_a_number_lists_the_subscriptions(line: str, tell: Tell) -> None:
    """None of them is gone; what can't be told apart stays."""
    tell("subscribe weekly")
    message = tell(f"unsubscribe {line}")
    assert "Which subscription? Give its number:" in in_slack(message).text
    assert _offered(message) == ["unsubscribe 1"]
    assert _offered(tell(f"stop {line}", "nl")) == ["stop 1"]


@pytest.mark.parametrize("line", ["unsubscribe nr 1", "unsubscribe #1", "stop nummer 1", "unsubscribe"])
def test_a_subscription_is_stopped_by_its_number(line: str, tell: Tell) -> None:
    """However the number is written, and without one where there is only one."""
    tell("subscribe weekly")
    assert "Subscription 1 is stopped." in in_slack(tell(line)).text


def test_help_in_dutch_shows_dutch_lines(tell: Tell) -> None:
    """Of every verb that has a Dutch name, which is what its example begins with."""
    text = in_slack(tell("help", "nl")).text
    shown = {
        verb.name: verb.typed("nl")
        for verb in every_command().each_verb()
        if verb.name not in ("help", "nps send")
    }
    assert shown["subscribe"] == "abonneer"
    for name, dutch in shown.items():
        assert f"/kpi {dutch}" in text, name
