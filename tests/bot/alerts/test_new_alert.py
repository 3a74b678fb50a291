"""What a typed line watches: English, Dutch, half right and wrong; and who may have what watched for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.alert_line import read_alert
from bot.conversation.dispatch import dispatch
from bot.conversation.registry import context_of, every_command
from bot.playground.slack_validators import message_violations
from bot.render.message import Message
from bot.rights import Membership, Roles
from bot.store import database
from bot.store.alerts import Alert, AlertBook
from bot.store.preferences import Preferences
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from kpi_engine.domain.alerts import USUAL_QUIET, QuietHours, Rule, Watch
from kpi_engine.domain.errors import QueryError
from tests.bot.conftest import MONDAY
from tests.bot.in_slack import in_slack
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    GUEST,
    LIEN,
    LISTED,
    MEMBERSHIP,
    OPEN_CHANNEL,
    TEAM_CHANNEL,
    UNMAPPED,
)
from tests.bot.world import SALES

ELSEWHERE = "C0ELSE"
NIGHT = QuietHours(time(22), time(6, 30))
BELOW, ABOVE, UNUSUAL, DROP, RISE = Rule


@pytest.fixture
def lone(demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with a store in a file, in which everybody sees everything."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'lone.sqlite'}")
    database.migrate(engine)
    book, preferences = AlertBook(engine, "T0"), Preferences(engine, "T0")
    yield replace(demo_services, alerts=book, preferences=preferences)
    engine.dispose()


@pytest.fixture
def company(lone: Services) -> Services:
    """The same with roles, as a customer would have them."""
    return replace(lone, demo=False, roles=Roles(LISTED))


def asked(
    line: str, services: Services, user: str = ANNA, channel: str = SALES, language: str = "en"
) -> Message:
    via: Via = "command"
    member = MEMBERSHIP.get(user, Membership.FULL)
    return dispatch(Request("T0", user, channel, line, via, MONDAY, language, member), services)


def said(line: str, services: Services, user: str = ANNA, channel: str = SALES, language: str = "en") -> str:
    return in_slack(asked(line, services, user, channel, language)).text


def kept(services: Services, user: str = ANNA) -> list[Alert]:
    assert services.alerts
    return list(services.alerts.shown(user))


LINES = [
    ("alert conversion rep:anna below 15%", 'conversion rep:"Anna de Vries"', "", Watch(BELOW, 0.15), None),
    ("alert sales last week below 50k", "sales last week", "", Watch(BELOW, 50_000.0), None),
    ("alert sales last week < 50k", "sales last week", "", Watch(BELOW, 50_000.0), None),
    ("alert leads last week>120", "leads last week", "", Watch(ABOVE, 120.0), None),
    ("alert sales under € 300 000", "sales", "", Watch(BELOW, 300_000.0), None),
    ("alert me when leads of last week exceed 120", "leads last week", "", Watch(ABOVE, 120.0), None),
    ("alert leads this month above 500", "leads this month", "", Watch(ABOVE, 500.0), None),
    ("alert sales in noord drops below 100k", "sales region:Noord", "", Watch(BELOW, 100_000.0), None),
    ("alert me when sales drop", "sales last week", "week", Watch(DROP), None),
    ("alert sales unusual", "sales last week", "week", Watch(UNUSUAL), None),
    ("alert sales unusual in <#C0ELSE|else>", "sales last week", "week", Watch(UNUSUAL), ELSEWHERE),
    ("alert sales last month unusual here", "sales last month", "month", Watch(UNUSUAL), SALES),
    ("alert if leads are unusually high", "leads last week", "week", Watch(RISE), None),
    ("alert conversion unusual", "conversion", "month", Watch(UNUSUAL), None),
    ("alert cost per lead rises", "cost_per_lead", "month", Watch(RISE), None),
    ("alert sales drops by at least 10k", "sales last week", "week", Watch(DROP, None, None, 10_000.0), None),
    ("alert win rate below 30% with at least 40 cases", "win_rate", "", Watch(BELOW, 0.3, 40), None),
    ("waarschuw me als omzet daalt", "sales last week", "week", Watch(DROP), None),
    ("waarschuw conversie onder 15%", "conversion", "", Watch(BELOW, 0.15), None),
    ("waarschuw mij wanneer de omzet vorige week onder 50k komt", "sales vorige week", "", Watch(BELOW, 5e4), None),
    ("waarschuw omzet vorige maand ongewoon in <#C0ELSE|else>", "sales vorige maand", "month", Watch(UNUSUAL), ELSEWHERE),
    ("waarschuw omzet stijgt met minstens 10k verschil", "sales last week", "week", Watch(RISE, None, None, 1e4), None),
]  # fmt: skip


@pytest.mark.parametrize(("line", "question", "grain", "watch", "channel"), LINES)
def test_a_line_sets_up_an_alert(
    line: str, question: str, grain: str, watch: Watch, channel: str | None, lone: Services
) -> None:
    """In words of either language, and the same line again finds the same alert."""
    text = said(line, lone)
    assert "Your alert is set up." in text, text
    (alert,) = kept(lone)
    terms = alert.terms
    assert (terms.line, terms.grain, terms.watch, terms.channel) == (question, grain, watch, channel)
    assert terms.quiet == USUAL_QUIET
    assert "You have that alert already." in said(line, lone)
    assert kept(lone) == [alert]


@pytest.mark.parametrize(
    ("words", "quiet"),
    [
        ("quiet 22:00-6:30", NIGHT),
        ("quiet 22 to 6.30", NIGHT),
        ("stil 22u tot 6u30", NIGHT),
        ("quiet 19-8", QuietHours(time(19), time(8))),
        ("any time", None),
        ("altijd", None),
        ("", USUAL_QUIET),
    ],
)
def test_a_line_names_its_quiet_hours(words: str, quiet: QuietHours | None, lone: Services) -> None:
    """Or none, and at night by default; the confirmation says them."""
    text = said(f"alert sales unusual {words}", lone)
    (alert,) = kept(lone)
    assert alert.terms.quiet == quiet
    assert ("quiet" in text) == (quiet is not None)


def test_quiet_hours_may_pass_midnight() -> None:
    """Its end is no longer quiet."""
    assert [NIGHT.hold(time(hour)) for hour in (21, 22, 0, 6, 7, 12)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    day = QuietHours(time(12), time(13))
    assert [day.hold(time(*at)) for at in ((11, 59), (12,), (12, 59), (13,))] == [False, True, True, False]


REFUSED = [
    ("alert", "What should I watch?", ["alert sales unusual", "alert leads unusual"]),
    ("alert below 10k", "What should I watch?", ["alert sales below 10k", "alert leads below 10k"]),
    ("alert sales", "What should I wait for?", ["alert sales unusual", "alert sales drop"]),
    ("alert sales below", "What should I wait for?", ["alert sales unusual", "alert sales drop"]),
    ("alert slaes unusual", "I don't know “slaes”", ["alert sales unusual"]),
    ("alert sales,leads unusual", "An alert watches one figure.", ["alert sales unusual", "alert leads unusual"]),
    ("alert sales by region below 10k", "An alert watches one figure.", ["alert sales below 10k"]),
    ("alert sales vs last year unusual", "An alert watches one figure.", ["alert sales unusual"]),
    ("alert pairs unusual", "this is a list", []),
    ("alert sales below 10k above 20k", "An alert waits for one thing.", []),
    ("alert sales drops rises", "An alert waits for one thing.", []),
    ("alert sales 2026-10 below 10k", "needs a period that moves on", ["alert sales below 10k last week", "alert sales below 10k last month"]),
    ("alert sales all time above 10k", "needs a period that moves on", ["alert sales above 10k last week", "alert sales above 10k last month"]),
    ("alert sales this month below 300k", "is always below that", ["alert sales below 300k last week", "alert sales below 300k last month"]),
    ("alert sales this month unusual", "Only the last week and the last month", ["alert sales unusual last week", "alert sales unusual last month"]),
    ("alert sales last quarter unusual", "Only the last week and the last month", ["alert sales unusual last week", "alert sales unusual last month"]),
    ("alert churn unusual", "Churn has no usual range", []),
    ("alert sales below 15%", "isn't a share", []),
    ("alert conversion below 150%", "between 0 and 100%", []),
    ("alert sales unusual in #sales", "which channel “#sales” is", []),
    ("alert sales unusual here to me", "You named both", []),
    ("alert sales unusual quiet", "When should it be quiet?", []),
    ("alert sales unusual quiet 25-7", "isn't a time of day", []),
    ("alert stop", "You have no alerts.", []),
    ("alert stop 7", "was stopped or changed", ["alerts"]),
    ("tell me when sales drop", "Did you mean one of these?", ["alert sales drop"]),
    ("let me know if leads go above 200", "Did you mean one of these?", ["alert leads go above 200"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "sentence", "offered"), REFUSED)
def test_a_wrong_line_says_what_to_type(line: str, sentence: str, offered: list[str], lone: Services) -> None:
    """What is offered can be sent as it is, and nothing is kept meanwhile."""
    message = asked(line, lone)
    seen = in_slack(message)
    assert sentence in seen.text
    assert message_violations(seen.payload) == ()
    found = _offered(seen.blocks)
    assert found[: len(offered)] == offered
    assert kept(lone) == []
    for suggestion in offered:
        assert _offered(in_slack(asked(suggestion, lone)).blocks) == [] or suggestion == "alerts", suggestion


def _offered(blocks: object) -> list[str]:
    assert isinstance(blocks, tuple)
    rows = [block for block in blocks if block.get("block_id") == "suggestions"]
    return [element["value"] for row in rows for element in row["elements"]]


IN_DUTCH = [
    ("waarschuw", "Wat moet ik volgen?", ["waarschuw omzet ongewoon", "waarschuw nieuwe leads ongewoon"]),
    ("waarschuw omzet", "Waarop moet ik wachten?", ["waarschuw sales ongewoon", "waarschuw sales daalt"]),
    ("meld me als omzet daalt", "Bedoelde je een van deze?", ["waarschuw omzet daalt"]),
]


@pytest.mark.parametrize(("line", "sentence", "offered"), IN_DUTCH)
def test_a_wrong_line_is_answered_in_dutch(
    line: str, sentence: str, offered: list[str], lone: Services
) -> None:
    """With lines in Dutch, which can be sent as they are."""
    message = asked(line, lone, language="nl")
    assert sentence in in_slack(message).text
    assert _offered(in_slack(message).blocks)[: len(offered)] == offered
    for suggestion in offered:
        assert "Je waarschuwing is ingesteld." in said(suggestion, lone, language="nl")


# who may have what watched


def test_a_rep_has_only_their_own_figures_watched(company: Services) -> None:
    """As they may ask them: a colleague is refused, and their own alert says whose figure it is."""
    assert "You don't have access to that rep's figures" in said(
        'alert sales rep:"Jan Peeters" below 10k', company
    )
    assert kept(company) == []
    assert "Your alert is set up." in said("alert sales rep:me below 10k", company)
    (alert,) = kept(company)
    assert alert.terms.line == 'sales rep:"Anna de Vries"'


@pytest.mark.parametrize("user", [GUEST, UNMAPPED])
def test_who_may_see_nothing_sets_up_nothing(user: str, company: Services) -> None:
    """Nor is shown any."""
    for line in ("alert sales unusual", "alerts"):
        assert "Your alert" not in said(line, company, user)
    assert kept(company, user) == []


def test_an_alert_about_one_person_goes_to_no_channel(company: Services) -> None:
    """A shortfall of somebody is no business of a channel: without the channel it can be sent at once."""
    line = 'alert sales rep:"Anna de Vries" below 10k in <#{}|board>'
    message = asked(line.format(OPEN_CHANNEL), company, ADMIN)
    assert "goes to a person, not to a channel" in in_slack(message).text
    (instead,) = _offered(in_slack(message).blocks)
    assert instead == 'alert sales rep:"Anna de Vries" below 10k'
    assert kept(company, ADMIN) == []
    assert "Your alert is set up." in said(instead, company, ADMIN)
    assert "Your alert is set up." in said(
        f"alert sales team:schelde below 10k in <#{TEAM_CHANNEL}|schelde>", company, LIEN
    )


def test_a_channel_is_told_nothing_that_its_readers_may_not_see(company: Services) -> None:
    """A channel that access.yaml doesn't list sees nothing."""
    message = asked(f"alert sales unusual in <#{ELSEWHERE}|else>", company, ADMIN)
    assert "the people in that channel aren't allowed to see it" in in_slack(message).text
    assert kept(company, ADMIN) == []


def test_only_its_owner_or_an_admin_changes_an_alert(company: Services) -> None:
    """Others aren't even told what it watches."""
    assert "Your alert is set up." in said("alert sales rep:me below 10k", company)
    for change in ("stop", "pause", "resume", "snooze"):
        assert "belongs to someone else" in said(f"alert {change} 1", company, LIEN)
    assert "You have no alerts" in said("alerts", company, LIEN)
    assert "Alert 1 is paused." in said("alert pause 1", company, ADMIN)
    assert "Alert 1 is stopped." in said("alert stop 1", company, ADMIN)
    assert kept(company) == []


def test_an_alert_is_paused_snoozed_and_stopped_by_line(lone: Services) -> None:
    """In both languages; a snooze says until when, and is taken back by resuming."""
    said("alert sales unusual", lone)
    assert "Alert 1 is paused." in said("alert pause 1", lone)
    assert "paused" in said("alerts", lone)
    assert "Waarschuwing 1 staat weer aan." in said("waarschuw hervat 1", lone, language="nl")
    assert "Alert 1 is snoozed until Thu 26 Nov 2026 07:00." in said("alert snooze 1 for 3 days", lone)
    assert "snoozed until Thu 26 Nov 2026 07:00" in said("alerts", lone)
    said("alert resume 1", lone)
    assert "snoozed" not in said("alerts", lone)
    assert "until Mon 7 Dec 2026 07:00" in said("alert mute #1 2 weeks", lone)
    assert "until Tue 24 Nov 2026 07:00" in said("alert snooze 1", lone)
    for wrong in ("alert snooze 1 for 0 days", "alert snooze 1 99 weeks", "alert snooze 1 soon"):
        assert "For how long?" in said(wrong, lone)
    assert "Give only its number." in said("alert stop 1 please now", lone)
    assert "Which alert?" in said("alert stop", lone)
    assert "Waarschuwing 1 is gestopt." in said("waarschuw stop nr 1", lone, language="nl")
    assert kept(lone) == []


def test_the_audit_has_the_line_in_canonical_words(lone: Services) -> None:
    """With names in full, no matter who typed it."""
    context = context_of(Request("T0", ANNA, SALES, "", "command", MONDAY, "en"), lone)
    verb = every_command().verbs["alert"]
    assert verb.kept
    assert verb.kept(context, "omzet rep:anna vorige week onder 50k in <#C0ELSE|else>") == (
        'sales rep:"Anna de Vries" vorige week below 50k in <#C0ELSE|else>'
    )


@given(st.text(alphabet=st.sampled_from(' abelow<>5%k"#:-\u20ac\n30quiet'), max_size=40))
def test_no_line_breaks_the_reader(line: str) -> None:
    """Whatever is typed is read or refused with a sentence, and reading what is left finds the same question."""
    try:
        read = read_alert(line)
    except QueryError:
        return
    assert read_alert(read.what).what == read.what or read.rule is not None
