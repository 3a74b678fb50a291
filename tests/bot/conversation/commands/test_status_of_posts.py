"""`status` lists what went wrong with posts, and its buttons send a post again or take it off the list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import update

from bot.conversation.dispatch import dispatch, pressed
from bot.playground.slack_validators import message_violations
from bot.render.incidents import AGAIN, DISMISS
from bot.render.message import Message
from bot.rights import Membership, Roles
from bot.store.deliveries import SUBSCRIPTION, Delivery, State, What
from bot.store.post_tables import subscriptions
from bot.workspace.request import Press, Request, Via
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList, People
from tests.bot.deliveries.test_deliverer import shop  # noqa: F401 - fixtures
from tests.bot.deliveries.test_incident_notices import (
    BOARD,
    BOSS,
    CHIEF,
    DUE,
    HOUR,
    MINUTE,
    NOT_IN,
    OTHER,
    OWNER,
    WEEKLY,
    Office,
)
from tests.bot.in_slack import in_slack
from tests.bot.store.test_audit import Noted
from tests.bot.world import SALES


@pytest.fixture
def office(shop: Services, store: StoreEngine) -> Office:  # noqa: F811 - the fixtures
    """A shop with two admins."""
    return Office(replace(shop, roles=Roles(AccessList(admins=frozenset({BOSS, CHIEF})))), store)


def asked(line: str, user: str, via: Via = "command", language: str = "en") -> Request:
    return Request("T0", user, SALES, line, via, DUE + HOUR, language, Membership.FULL)


def told(office: Office, line: str, user: str, via: Via = "command", language: str = "en") -> str:
    return in_slack(dispatch(asked(line, user, via, language), office.services)).text


def press(office: Office, action: str, number: int, user: str) -> str:
    request = replace(asked("", user, "action"), press=Press(action, str(number), "1.0"))
    reply = pressed(request, office.services)
    assert isinstance(reply, Message)
    return in_slack(reply).text


def refused(office: Office, number: int = 1) -> Delivery:
    """A subscription of OWNER that its channel refused."""
    kept = office.subscribed(f"sales last {number} weeks" if number > 1 else "sales")
    row = office.row(What(kept.key, "2026-W47", BOARD, SUBSCRIPTION), State.FAILED, DUE, NOT_IN)
    office.hear(DUE, 1)
    return row


def test_an_admin_reads_what_became_of_all_posts(office: Office) -> None:
    """Counted, and each trouble with its buttons; when there is none, that is seen as well."""
    assert "0 failed, 0 unclear, 0 missed." in told(office, "status", BOSS)
    office.row(WEEKLY, State.SENT, DUE)
    office.row(replace(WEEKLY, target="C1"), State.HELD, DUE, "orders are missing")
    office.row(replace(WEEKLY, period="2026-W40"), State.SENT, DUE - 8 * 24 * HOUR)
    refused(office)
    assert "No subscription is due in the next 24 hours." in told(office, "status", BOSS)
    with office.store.begin() as connection:
        due = DUE + 24 * HOUR - 30 * MINUTE
        connection.execute(update(subscriptions).values(next_due_at=due))
    shown = dispatch(asked("status", BOSS), office.services)
    seen = in_slack(shown)
    # the notice to the owner is a post as well
    counts = "Posts: 1 held, 0 on their way; in the last 7 days 2 sent, 1 failed, 0 unclear, 0 missed."
    assert counts in seen.text
    assert "Subscriptions in the next 24 hours: 1, the first on Tue 24 Nov 2026 08:00." in seen.text
    assert (
        f"Subscription 1 of <@{OWNER}> (sales), week 47 (16–22 Nov 2026) for <#{BOARD}> couldn't" in seen.text
    )
    labels = [
        entry["text"]["text"] for row in seen.blocks if row["type"] == "actions" for entry in row["elements"]
    ]
    assert labels == ["Send again", "Dismiss"]


def test_an_owner_reads_their_own_and_others_nothing(office: Office) -> None:
    """Neither how many posts there are; and in a channel nobody reads anything of it."""
    leads = {user: People(teams=("Schelde",)) for user in (OWNER, OTHER)}
    listed = AccessList(admins=frozenset({BOSS}), leads=leads, channels={SALES: People(everything=True)})
    office.services = replace(office.services, roles=Roles(listed))
    refused(office)
    assert "Your subscription 1 (sales), week 47" in told(office, "status", OWNER)
    assert "in the last 7 days" not in told(office, "status", OWNER)
    assert "ubscription" not in told(office, "status", OTHER)
    public = told(office, "status", BOSS, "mention")
    assert "Weekly sales summary: next on" in public
    assert "ubscription" not in public
    assert "ubscription" in told(office, "status", BOSS, "dm")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_many_troubles_are_read_page_by_page(office: Office, language: str) -> None:
    """Within Slack's limits, each once."""
    for number in range(2, 14):
        refused(office, number)
    line, seen = "status", []
    while line:
        shown = in_slack(dispatch(asked(line, BOSS, language=language), office.services))
        assert message_violations({"text": shown.text, "blocks": list(shown.blocks)}) == ()
        rows = [block for block in shown.blocks if str(block.get("block_id", "")).startswith("incident-")]
        seen += [row["elements"][0]["value"] for row in rows]
        more = [block for block in shown.blocks if block.get("block_id") == "more"]
        line = more[0]["elements"][0]["value"] if more else ""
    assert sorted(map(int, seen)) == list(range(1, 13))
    assert "Type “status” on its own" in told(office, "status of sales", BOSS)


def test_send_again_sends_once_and_the_audit_knows_who_asked(office: Office) -> None:
    """The owner may, and an admin; others may not."""
    noted, woken = Noted(), []
    office.services = replace(office.services, audit=noted, wake=lambda: woken.append(1))
    row = refused(office)
    (incident,) = office.book.open_ones()
    assert "belongs to someone else" in press(office, AGAIN, incident.id, OTHER)
    assert press(office, AGAIN, incident.id, OWNER) == f"It is on its way to <#{BOARD}>."
    assert press(office, AGAIN, incident.id, BOSS) == "It is on its way already."
    again = office.desk.of(row.id)
    assert again
    assert (again.state, again.wanted_at) == (State.PENDING, DUE + HOUR)
    assert woken == [1]
    assert [(entry.person, entry.channel, entry.question) for entry in noted.entries] == [
        (OWNER, BOARD, f"send again {row.what.subscription} 2026-W47")
    ]
    office.row(row.what, State.SENT, DUE + HOUR)
    assert press(office, AGAIN, incident.id, BOSS) == "It was sent already."


def test_what_was_stopped_is_not_sent_again(office: Office) -> None:
    """The button of an old message says so; so does that of a trouble that nobody knows."""
    row = refused(office)
    (incident,) = office.book.open_ones()
    assert office.subscriptions.stop(1)
    assert "was stopped or changed" in press(office, AGAIN, incident.id, OWNER)
    assert "no longer on the list" in press(office, AGAIN, 99, OWNER)
    found = office.desk.of(row.id)
    assert found
    assert found.state is State.FAILED


def test_what_is_dismissed_is_off_the_list_for_good(office: Office) -> None:
    """Another process, which sees the same row, doesn't tell it again."""
    office.row(WEEKLY, State.UNKNOWN, DUE, "TimeoutError")
    office.hear(DUE, 1)
    (incident,) = office.book.open_ones()
    assert press(office, DISMISS, incident.id, BOSS) == "It is off the list."
    assert "What went wrong" not in told(office, "status", BOSS)
    assert office.tick(DUE + HOUR, office.process()) == []
    assert office.tick(DUE + HOUR + MINUTE) == []
    assert office.book.open_ones() == []
