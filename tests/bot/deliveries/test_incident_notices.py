"""Each trouble is told once to who can mend it, and so is its end: who, what, how often, in which words."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import update

from bot.deliveries.incident_notices import IncidentNotices
from bot.deliveries.troubles import Troubles
from bot.playground.slack_validators import message_violations
from bot.render.incidents import _FIXES, _MISSED, _WAITS
from bot.render.texts import translations
from bot.rights import Account, Membership, Roles
from bot.store.alerts import AlertBook, AlertTerms
from bot.store.deliveries import (
    ALERT,
    DETAILS,
    INCIDENT,
    PROMPT,
    SHORTFALL,
    SUBSCRIPTION,
    SUMMARY,
    Deliveries,
    Delivery,
    State,
    What,
)
from bot.store.delivery_desk import DeliveryDesk
from bot.store.errors import StoreAwayError
from bot.store.incidents import IncidentBook, Kind
from bot.store.post_tables import deliveries as delivery_rows
from bot.store.subscriptions import Paused, Subscription, SubscriptionBook, SubscriptionTerms
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.alerts import Rule, Watch
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.posts import Schedule
from tests.bot.deliveries.test_deliverer import shop  # noqa: F401 - fixtures
from tests.bot.in_slack import in_slack
from tests.bot.world import SALES
from tests.shop import BRUSSELS

DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
BOSS, CHIEF, OWNER, OTHER = "U0BOSS", "U0CHIEF", "U0OWNER", "U0OTHER"
ADMIN_CHANNEL, BOARD = "C0ADMINS", "C0BOARD"
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WEEKLY = What("weekly", "2026-W47", SALES)
NOT_IN = "not_in_channel: Invite the bot."


@dataclass
class Office:
    """A workspace whose rows are set by hand, and what its people are told."""

    services: Services
    store: StoreEngine
    languages: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Who can't be reached."""

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.store, "T0")
        self.desk = DeliveryDesk(self.store, "T0")
        self.book = IncidentBook(self.store, "T0")
        self.subscriptions = SubscriptionBook(self.store, "T0")
        self.services = replace(
            self.services, incidents=self.book, desk=self.desk, subscriptions=self.subscriptions
        )
        self.notices = self.process()

    def process(self) -> IncidentNotices:
        """What one process has of it."""
        troubles = Troubles(self.services, self._account, lambda _: OTHER)
        return IncidentNotices(self.services, self.deliveries, troubles, self.languages.get)

    def _account(self, user: str) -> Account:
        return Account(user, Membership.GONE if user in self.gone else Membership.FULL)

    def subscribed(self, line: str = "sales", channel: str | None = BOARD) -> Subscription:
        schedule = Schedule("week", time(8, 30), weekday=0)
        terms = SubscriptionTerms(OWNER, channel, line, False, schedule, "Europe/Brussels", "en")
        return self.subscriptions.add(terms, DUE - WEEK)

    def row(
        self, what: What, state: State, now: datetime, reason: str | None = None, due: datetime | None = None
    ) -> Delivery:
        """Bring a delivery into a state."""
        self.deliveries.plan(what, due or now, now)
        found = self.deliveries.of(what)
        assert found
        values = {"state": state, "reason": reason, "changed_at": now}
        with self.store.begin() as connection:
            connection.execute(update(delivery_rows).where(delivery_rows.c.id == found.id).values(values))
        return replace(found, state=state, reason=reason)

    def tick(self, now: datetime, notices: IncidentNotices | None = None) -> list[tuple[str, str]]:
        """Look once, and send what is planned then; return to whom what was told."""
        looking, told = notices or self.notices, []
        looking.plan(now)
        for delivery in self.desk.newest(99, (State.PENDING,)):
            if delivery.what.part != INCIDENT:
                continue
            ending = looking.ending(delivery, now)
            if ending is not None:
                self.row(delivery.what, ending.state, now, ending.reason)
            elif delivery.what.target in self.refused:
                self.row(delivery.what, State.FAILED, now, "user_not_found")
            else:
                try:
                    seen = in_slack(looking.message(delivery, now))
                except ForbiddenError as wrong:
                    self.row(delivery.what, State.FAILED, now, f"not_made: {wrong.message}")
                    continue
                assert message_violations({"text": seen.text, "blocks": list(seen.blocks)}) == ()
                self.row(delivery.what, State.SENT, now)
                looking.sent(delivery, now)
                told.append((delivery.what.target, seen.text))
        return told[::-1]

    def hear(self, since: datetime, *minutes: float) -> list[tuple[str, str]]:
        """Look at some minutes after a moment; return all that was told."""
        return [told for minute in minutes for told in self.tick(since + minute * MINUTE)]


@pytest.fixture
def office(shop: Services, store: StoreEngine) -> Office:  # noqa: F811 - the fixtures
    """A shop with two admins."""
    return Office(replace(shop, roles=Roles(AccessList(admins=frozenset({BOSS, CHIEF})))), store)


# whom, and how often


def test_a_summary_that_fails_is_told_to_each_admin_once_and_so_is_its_end(office: Office) -> None:
    """Not at later ticks, and not next week for the same reason; when it works again, that is told."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    told = office.hear(DUE, 1, 2, 60, 600)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    what = f"Weekly sales summary, week 47 (16–22 Nov 2026) for <#{SALES}>"
    assert told[0][1] == (
        f"{what} couldn't be posted. I'm not in that channel: type /invite and my name there. Then press "
        "Send again."
    )
    office.row(replace(WEEKLY, period="2026-W48"), State.FAILED, DUE + WEEK, NOT_IN)
    assert office.hear(DUE + WEEK, 1, 60) == []
    office.row(replace(WEEKLY, period="2026-W49"), State.SENT, DUE + 2 * WEEK)
    over = office.hear(DUE + 2 * WEEK, 1, 2, 60)
    assert sorted(target for target, _ in over) == [BOSS, CHIEF]
    assert "is posted again. What failed before isn't sent by itself." in over[0][1]
    assert office.book.open_ones() == []


def test_another_reason_is_another_trouble(office: Office) -> None:
    """The fix is another one."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    assert len(office.hear(DUE, 1)) == 2
    office.row(replace(WEEKLY, period="2026-W48"), State.FAILED, DUE + WEEK, "is_archived")
    told = office.hear(DUE + WEEK, 1, 60)
    assert len(told) == 2
    assert "The channel is archived." in told[0][1]


def test_the_admins_channel_is_told_instead_of_each_admin(office: Office) -> None:
    """Once; if it can't be reached, each of them in private."""
    office.services = replace(office.services, admin_channel=ADMIN_CHANNEL)
    office.notices = office.process()
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    assert [target for target, _ in office.hear(DUE, 1, 5)] == [ADMIN_CHANNEL]
    office.refused.add(ADMIN_CHANNEL)
    office.row(replace(WEEKLY, period="2026-W48"), State.FAILED, DUE + HOUR, "made_up")
    told = office.hear(DUE + HOUR, 1, 2, 3, 10)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    assert "Slack refused it (made_up)." in told[0][1]


def test_an_owner_is_told_of_their_subscription_and_nobody_else(office: Office) -> None:
    """In their language, with what it is called in their list."""
    office.languages[OWNER] = "nl"
    kept = office.subscribed()
    office.row(What(kept.key, "2026-W47", BOARD, SUBSCRIPTION), State.FAILED, DUE, "is_archived")
    ((target, text),) = office.hear(DUE, 1, 2)
    assert target == OWNER
    assert text == (
        f"Je abonnement 1 (sales), week 47 (16–22 nov 2026) voor <#{BOARD}> kon niet gepost worden. Het kanaal "
        "is gearchiveerd. Haal het uit het archief, of kies een ander."
    )


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_an_owner_cannot_be_told_the_admins_are(office: Office, is_gone: bool) -> None:
    """A deactivated account, or one that Slack takes no message for; admins see what the subscription asks."""
    (office.gone if is_gone else office.refused).add(OWNER)
    kept = office.subscribed()
    office.row(What(kept.key, "2026-W47", BOARD, SUBSCRIPTION), State.FAILED, DUE, NOT_IN)
    told = office.hear(DUE, 1, 2, 3, 10)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    assert told[0][1].startswith(f"Subscription 1 of <@{OWNER}> (sales), week 47")


def test_in_the_admins_channel_nobodys_question_is_read(office: Office) -> None:
    """It can name a colleague."""
    office.services = replace(office.services, admin_channel=ADMIN_CHANNEL)
    office.notices = office.process()
    office.gone.add(OWNER)
    kept = office.subscribed("sales rep:anna")
    office.row(What(kept.key, "now 08:30", BOARD, SUBSCRIPTION), State.FAILED, DUE, "not_made: No rep Anna.")
    ((target, text),) = office.hear(DUE, 1, 2, 3)
    assert target == ADMIN_CHANNEL
    assert "anna" not in text.lower()
    assert f"Subscription 1 of <@{OWNER}>" in text


def test_a_shortfall_that_does_not_arrive_names_nobody(office: Office) -> None:
    """That there is a message for somebody says whose sales fell short."""
    office.row(What("weekly", "2026-10", OTHER, SHORTFALL), State.FAILED, DUE, "user_not_found")
    told = office.hear(DUE, 1)
    assert [target for target, _ in told] == [BOSS, CHIEF]
    assert OTHER not in told[0][1]
    assert told[0][1].startswith(
        "A private message about Weekly sales summary, October 2026 couldn't be posted."
    )


def test_an_alert_is_told_to_its_owner(office: Office) -> None:
    """With its number and question; a message that nobody needs any more is no trouble."""
    book = AlertBook(office.store, "T0")
    office.services = replace(office.services, alerts=book)
    office.notices = office.process()
    terms = AlertTerms(OWNER, BOARD, "sales", "sales", "", Watch(Rule.BELOW, 5.0), None, "UTC", "en")
    alert = book.add(terms, DUE - WEEK)
    office.row(What(alert.key, "begun 1", BOARD, ALERT), State.FAILED, DUE, "is_archived")
    office.row(What(alert.key, "over 2", BOARD, ALERT), State.FAILED, DUE, "it is paused")
    ((target, text),) = office.hear(DUE, 1, 2)
    assert target == OWNER
    assert text.startswith(
        f"Your alert 1 (sales) for <#{BOARD}> couldn't be posted. The channel is archived."
    )
    assert book.stop(alert)
    assert office.hear(DUE, 10, 20) == []
    assert office.book.open_ones() == []


def test_a_note_about_a_post_is_told_as_one(office: Office) -> None:
    """Such as that its figures have changed."""
    office.row(replace(WEEKLY, part="summary correction"), State.FAILED, DUE, "msg_too_long")
    assert office.hear(DUE, 1)[0][1].startswith("A note about Weekly sales summary, week 47")


def test_a_thread_is_told_as_one(office: Office) -> None:
    office.row(replace(WEEKLY, part=DETAILS[SUMMARY]), State.FAILED, DUE, "msg_too_long")
    assert office.hear(DUE, 1)[0][1].startswith("The thread below Weekly sales summary, week 47")


def test_a_survey_that_reaches_some_people_not_is_one_trouble(office: Office) -> None:
    """Its sender is told how many."""
    for number in range(3):
        office.row(What("nps", "w1", f"U{number}", PROMPT), State.FAILED, DUE, "user_not_found")
    ((target, text),) = office.hear(DUE, 1, 2, 3)
    assert target == OTHER
    assert text.startswith("The survey of 23 Nov 2026 didn't reach 3 people. Send the survey once more")


@pytest.mark.parametrize(
    "reason", ["it was stopped or changed", "it is no longer set up", "its summary is gone"]
)
def test_what_nobody_wanted_any_more_is_no_trouble(office: Office, reason: str) -> None:
    """Neither is what came too late to be of use, such as that a mistake is mended, or what stands beside a post."""
    office.row(WEEKLY, State.FAILED, DUE, reason)
    office.row(replace(WEEKLY, part="summary held"), State.FAILED, DUE, NOT_IN)
    office.row(What("mistake 1", "found", BOSS, "mistake"), State.MISSED, DUE, "it is mended")
    assert office.hear(DUE, 1, 2) == []


def test_what_is_long_past_is_told_to_nobody(office: Office) -> None:
    """A store that is upgraded holds failures of years."""
    office.row(WEEKLY, State.FAILED, DUE - 3 * DAY, NOT_IN)
    office.row(replace(WEEKLY, target=BOARD), State.UNKNOWN, DUE - 300 * DAY, "TimeoutError")
    assert office.hear(DUE, 1, 2) == []


# unclear and missed


def test_each_unclear_post_is_told_with_what_to_do(office: Office) -> None:
    """Two weeks are two troubles; what was looked after isn't told again by another process."""
    office.row(WEEKLY, State.UNKNOWN, DUE, "TimeoutError")
    told = office.hear(DUE, 1, 2)
    assert "Slack didn't say whether it took the message. Look there: if it is missing" in told[0][1]
    assert "With the scope" not in told[0][1]
    reason = "history_unreadable: missing_scope channels:history"
    office.row(replace(WEEKLY, period="2026-W48"), State.UNKNOWN, DUE + WEEK, reason)
    told = office.hear(DUE + WEEK, 1, 2)
    assert len(told) == 2
    assert told[0][1].endswith("With the scope channels:history I would look there myself.")
    opened = office.book.open_ones()
    assert [entry.trouble.period for entry in opened] == ["2026-W48", "2026-W47"]
    assert office.book.end([opened[0].id], DUE + WEEK, is_told=False) == 1
    assert office.tick(DUE + WEEK + HOUR, office.process()) == []
    assert len(office.book.open_ones()) == 1


def test_what_was_sent_again_is_told_when_it_was_sent(office: Office) -> None:
    """Only that post ends an unclear one, not a later one."""
    row = office.row(WEEKLY, State.UNKNOWN, DUE, "TimeoutError")
    office.hear(DUE, 1)
    office.row(replace(WEEKLY, period="2026-W48"), State.SENT, DUE + HOUR)
    assert office.hear(DUE + HOUR, 1) == []
    assert len(office.book.open_ones()) == 1
    assert office.desk.send_again(row.id, DUE + 2 * HOUR)
    office.row(WEEKLY, State.SENT, DUE + 2 * HOUR + MINUTE)
    told = office.hear(DUE + 2 * HOUR, 2, 3)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    assert told[0][1] == f"Weekly sales summary, week 47 (16–22 Nov 2026) for <#{SALES}> was sent."


def test_what_fails_again_when_it_is_sent_again_is_told_again(office: Office) -> None:
    """Whoever pressed the button waits for it."""
    row = office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    assert len(office.hear(DUE, 1)) == 2
    assert office.desk.send_again(row.id, DUE + HOUR)
    office.row(WEEKLY, State.FAILED, DUE + HOUR + MINUTE, NOT_IN)
    assert len(office.hear(DUE + HOUR, 2, 3)) == 2


def test_missed_posts_are_told_as_one(office: Office) -> None:
    """How many and why; the next post, which says what was missed, ends it without a word."""
    kept = office.subscribed(channel=None)
    for day in range(3):
        what = What(kept.key, f"2026-11-{20 + day}", OWNER, SUBSCRIPTION)
        office.row(what, State.MISSED, DUE, due=DUE - (3 - day) * DAY)
    ((target, text),) = office.hear(DUE, 1, 2)
    assert target == OWNER
    assert text.startswith("Your subscription 1 (sales)")
    assert "for you was missed: I wasn't running when it was due. 3 in a row were missed" in text
    office.row(What(kept.key, "2026-11-23", OWNER, SUBSCRIPTION), State.SENT, DUE + DAY)
    assert office.hear(DUE + DAY, 1, 2) == []
    assert office.book.open_ones() == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("database: It isn't responding.", "the sales database didn't answer in time"),
        ("too late", "I wasn't running"),
        ("ratelimited", "it couldn't be sent in time"),
    ],
)
def test_why_it_was_missed(office: Office, reason: str, told: str) -> None:
    office.row(WEEKLY, State.MISSED, DUE, reason)
    assert told in office.hear(DUE, 1)[0][1]


def test_a_stopped_subscription_has_no_troubles(office: Office) -> None:
    """They are over without a word; so are those of a changed one."""
    kept = office.subscribed()
    office.row(What(kept.key, "2026-W47", BOARD, SUBSCRIPTION), State.FAILED, DUE, NOT_IN)
    office.hear(DUE, 1)
    assert office.subscriptions.stop(kept.id)
    assert office.hear(DUE, 10, 20) == []
    assert office.book.open_ones() == []


def test_a_pause_is_told_once_and_after_a_resume_again(office: Office) -> None:
    """Not beside the failure that it comes from; a pause that its owner asked for is no trouble."""
    office.services = replace(office.services, roles=replace(office.services.roles, default="admin"))
    office.notices = office.process()
    kept, asked = office.subscribed("turnover_of_old"), office.subscribed()
    assert office.subscriptions.pause(asked.id, Paused.ASKED)
    assert office.subscriptions.pause(kept.id, Paused.LINE)
    what = What(kept.key, "2026-W47", BOARD, SUBSCRIPTION)
    office.row(what, State.FAILED, DUE, "not_made: I don't know it.")
    ((target, text),) = office.hear(DUE, 1, 2, 600, 60 * 24 * 30)
    assert target == OWNER
    assert "is paused: I no longer understand its question. I don't know “turnover_of_old”." in text
    assert "couldn't be made" not in text
    assert office.subscriptions.resume(kept.id, DUE + 31 * DAY)
    assert office.hear(DUE + 31 * DAY, 1) == []
    assert office.book.open_ones() == []
    assert office.subscriptions.pause(kept.id, Paused.LINE)
    assert len(office.hear(DUE + 31 * DAY, 10, 20)) == 1


# waiting


def test_what_waits_for_half_an_hour_is_told_and_when_it_waits_no_more(office: Office) -> None:
    """Once for all that waits for the same; what waits for its turn has no reason and isn't meant."""
    for number in range(5):
        what = replace(WEEKLY, target=f"C{number}")
        office.row(what, State.PENDING, DUE, "database: The sales database isn't responding.")
    office.row(replace(WEEKLY, target="C0TURN"), State.PENDING, DUE)
    assert office.hear(DUE, 1, 29) == []
    told = office.hear(DUE, 31, 40, 300)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    assert told[0][1] == "5 posts have waited since Mon 23 Nov 2026 08:30: the sales database doesn't answer."
    for number in range(5):
        office.row(replace(WEEKLY, target=f"C{number}"), State.SENT, DUE + 6 * HOUR)
    over = office.hear(DUE + 6 * HOUR, 1, 2, 60)
    assert sorted(target for target, _ in over) == [BOSS, CHIEF]
    assert over[0][1] == "No post waits any more. The reason was: the sales database doesn't answer."


def test_what_is_over_before_it_was_told_is_not_told(office: Office) -> None:
    """Neither that it began nor that it ended."""
    office.row(WEEKLY, State.PENDING, DUE, "ratelimited")
    office.notices.plan(DUE + HOUR)
    office.row(WEEKLY, State.SENT, DUE + HOUR)
    assert office.hear(DUE + HOUR, 1, 2, 60) == []


# what can only be told when it is over


def test_a_refused_token_is_told_when_it_works_again(office: Office) -> None:
    """Once, with from when until when; that posts wait for it isn't told beside."""
    code: list[str | None] = ["token_revoked"]
    office.notices = replace(office.notices, stopped_for=lambda: code[0])
    office.row(WEEKLY, State.READY, DUE, "token_revoked")
    assert office.hear(DUE, 1, 2, 60, 119) == []
    assert [entry.trouble.kind for entry in office.book.open_ones()] == [Kind.TOKEN]
    code[0] = None
    office.row(WEEKLY, State.SENT, DUE + 2 * HOUR)
    told = office.hear(DUE + 2 * HOUR, 0, 1, 2, 60)
    assert sorted(target for target, _ in told) == [BOSS, CHIEF]
    assert told[0][1] == (
        "From Mon 23 Nov 2026 08:31 until Mon 23 Nov 2026 10:30 Slack didn't accept my token (token_revoked), so "
        "nothing was posted. What was waiting is being sent now."
    )


def test_a_process_that_did_not_see_the_refusal_waits_for_a_post(office: Office) -> None:
    """The one that saw it may have died; nothing else says that the token works."""
    office.notices = replace(office.notices, stopped_for=lambda: "invalid_auth")
    office.hear(DUE, 1, 2)
    other = office.process()
    assert office.tick(DUE + 3 * MINUTE, other) == []
    assert len(office.book.open_ones()) == 1
    office.row(WEEKLY, State.SENT, DUE + 4 * MINUTE)
    assert len(office.tick(DUE + 5 * MINUTE, other)) == 2
    assert office.book.open_ones() == []


@pytest.mark.parametrize(("minutes", "count"), [(3, 0), (20, 2)])
def test_a_store_that_was_away_is_told_once_by_all_processes(
    minutes: int, count: int, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is there again, and only if it was away for long."""
    processes = [office.process() for _ in range(3)]

    def away(*_: object) -> None:
        raise StoreAwayError

    with monkeypatch.context() as patch:
        patch.setattr(DeliveryDesk, "troubled", away)
        for minute in range(minutes):
            for number, process in enumerate(processes):
                with pytest.raises(StoreAwayError):
                    process.plan(DUE + minute * MINUTE + timedelta(seconds=20 * number))
    back = DUE + minutes * MINUTE
    told = [
        entry
        for minute in (0, 1, 5)
        for process in processes
        for entry in office.tick(back + minute * MINUTE, process)
    ]
    assert len(told) == count
    if told:
        assert told[0][1].startswith(
            "From Mon 23 Nov 2026 08:30 until Mon 23 Nov 2026 08:50 my own store didn't answer"
        )


# once


def test_eight_processes_tell_it_once(office: Office) -> None:
    """Also where they look at the same moment."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    for minute in (1, 2):
        processes = [office.process() for _ in range(8)]
        threads = [
            threading.Thread(target=process.plan, args=(DUE + minute * MINUTE,)) for process in processes
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    planned = [row for row in office.desk.newest(99) if row.what.part == INCIDENT]
    assert sorted(row.what.target for row in planned) == [BOSS, CHIEF]
    assert len(office.book.open_ones()) == 1


def test_a_process_that_dies_after_writing_it_down_leaves_it_to_be_told(office: Office) -> None:
    """Nothing that has to be told is in a process alone."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    trouble = next(office.process().troubles.of_deliveries(office.desk.troubled(DUE), ()))
    assert office.book.note([trouble], DUE - DAY)
    assert len(office.tick(DUE + MINUTE, office.process())) == 2


def test_many_troubles_make_few_messages(office: Office) -> None:
    """A channel that is archived fails a post a second; the first is told at once, the others together."""
    kept = [office.subscribed(f"sales last {number + 2} weeks") for number in range(100)]
    told = []
    for second, subscription in enumerate(kept):
        now = DUE + timedelta(seconds=second)
        office.row(What(subscription.key, "2026-W47", BOARD, SUBSCRIPTION), State.FAILED, now, "is_archived")
        if second % 20 == 0:
            told += office.tick(now)
    told += office.hear(DUE, 2, 3, 4, 5)
    assert len(told) == 2
    assert told[1][1].startswith("What went wrong\n")
    assert told[1][1].count("The channel is archived.") == 8
    assert len(office.book.open_ones()) == 100


def test_only_those_whom_it_concerns_get_a_notice(office: Office) -> None:
    """An admin who was one when it was planned, and isn't any more, is told nothing."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    office.notices.plan(DUE + MINUTE)
    (planned, *_) = office.desk.newest(9, (State.PENDING,))
    less = replace(office.services, roles=Roles(AccessList(admins=frozenset({OTHER}))))
    with pytest.raises(ForbiddenError):
        replace(office.notices, services=less).message(planned, DUE + MINUTE)


def test_nobody_to_tell_is_in_the_log_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """And it is told as soon as there is somebody."""
    admins = office.services.roles
    office.services = replace(office.services, roles=Roles())
    office.notices = office.process()
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    assert office.hear(DUE, 1, 2, 3) == []
    assert [line for line in caplog.messages if "KPI_ADMIN_CHANNEL" in line] == [
        "there is nobody to tell of troubles: set KPI_ADMIN_CHANNEL, or list admins"
    ]
    office.services = replace(office.services, roles=admins)
    office.notices = office.process()
    assert len(office.hear(DUE, 4)) == 2


def test_sending_again_sends_once_however_often_it_is_asked(office: Office) -> None:
    """What was sent or is on its way isn't; three days later it isn't too late for it."""
    row = office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    later = DUE + 3 * DAY
    assert [office.desk.send_again(row.id, later) for _ in range(3)] == [True, False, False]
    again = office.desk.of(row.id)
    assert again
    assert (again.state, again.reason, again.wanted_at, again.due_at) == (State.PENDING, None, later, DUE)
    office.row(WEEKLY, State.SENT, later)
    assert not office.desk.send_again(row.id, later)
    assert not DeliveryDesk(office.store, "T1").send_again(row.id, later)


def test_a_trouble_is_known_by_its_kind(office: Office) -> None:
    """What the metrics and the status count."""
    office.row(WEEKLY, State.FAILED, DUE, NOT_IN)
    office.row(replace(WEEKLY, period="2026-W46"), State.UNKNOWN, DUE, "TimeoutError")
    office.hear(DUE, 1)
    assert sorted(entry.trouble.kind for entry in office.book.open_ones()) == [Kind.REFUSED, Kind.UNCLEAR]


def test_every_fix_is_said_in_dutch() -> None:
    """They are looked up by their codes, where the other test of words doesn't see them."""
    for text in (
        *_FIXES.values(),
        *_MISSED.values(),
        *_WAITS.values(),
        "Slack doesn't take them ({code})",
        "it couldn't be sent in time",
    ):
        assert translations("nl").gettext(text) != text, text
