"""When alerts look, and what they plan: on new data, once each, in nobody's sleep, and within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import update

from bot.conversation.dispatch import dispatch, pressed
from bot.deliveries.alert_looks import COOLDOWN, EVERY, LATER, AlertLooks
from bot.deliveries.alert_posts import AlertPosts
from bot.deliveries.content import Ending
from bot.deliveries.troubles import Troubles
from bot.render.message import Message
from bot.rights import Account, Membership, Roles
from bot.store import database
from bot.store.alerts import Alert, AlertBook, AlertTerms, Judged, PausedAlert
from bot.store.deliveries import ALERT, NOT_MADE, Deliveries, Delivery, State
from bot.store.incidents import ADMINS
from bot.store.post_tables import deliveries as rows
from bot.store.preferences import Preferences
from bot.store.subscriptions import SubscriptionBook
from bot.subscriptions.incidents import is_wanted
from bot.workspace.request import Press, Request
from bot.workspace.services import Services
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.alerts import USUAL_QUIET, QuietHours, Rule, Standing, Watch
from kpi_engine.domain.errors import WarehouseError
from tests.bot.in_slack import in_slack
from tests.shop import BRUSSELS

OWNER, OTHER, CHANNEL = "U0OWNER", "U0OTHER", "C0SALES"
MONDAY = datetime(2026, 9, 28, 9, 0, tzinfo=BRUSSELS)
"""After a week with sales of €104,785; the next two have €83,951 and €110,598."""
FEW_LEADS = datetime(2026, 7, 27, 9, 0, tzinfo=BRUSSELS)
"""After a week with 66 leads, where chance explains fewer in five of a thousand weeks; the next is ordinary."""
LISTED = AccessList(
    admins=frozenset({OWNER}),
    reps={OTHER: "Anna de Vries"},
    channels={CHANNEL: People(everything=True)},
)
WEEK, HOUR = timedelta(days=7), timedelta(hours=1)


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[StoreEngine]:
    engine = database.open_store(f"sqlite:///{tmp_path / 'file.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


@dataclass
class Desk:
    """The alerts of a workspace with a clock that is turned by hand, and nobody else at work."""

    services: Services
    store: StoreEngine
    now: datetime = MONDAY
    woken: int = 0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.store, "T0")
        self.book = AlertBook(self.store, "T0")
        preferences = Preferences(self.store, "T0")
        self.services = replace(self.services, alerts=self.book, preferences=preferences, wake=self._wake)
        self.looks = AlertLooks(self.services, self.deliveries, self.account, lambda: self.now)
        self.posts = AlertPosts(self.services, self.deliveries, self.account, lambda _: None)

    def _wake(self) -> None:
        self.woken += 1

    def account(self, user: str) -> Account:
        return Account(user, Membership.FULL, "")

    def set_up(self, line: str, user: str = OWNER) -> Alert:
        """Type a line that sets up an alert."""
        assert "is set up" in self.say(line, user)
        return self.book.shown(user)[-1]

    def say(self, line: str, user: str = OWNER, channel: str = CHANNEL) -> str:
        request = Request("T0", user, channel, line, "command", self.now, "en", Membership.FULL)
        return in_slack(dispatch(request, self.services)).text

    def press(self, action: str, value: str, user: str = OWNER, channel: str = CHANNEL) -> Message:
        made = Press(action, value, "1.0")
        request = Request("T0", user, channel, "", "action", self.now, "en", Membership.FULL, made)
        reply = pressed(request, self.services)
        assert isinstance(reply, Message)
        return reply

    def look(self, after: timedelta = timedelta()) -> list[str]:
        """Turn the clock, look, and post what was planned; return what was posted, with where."""
        self.now += after
        self.looks.look()
        return self.post()

    def post(self) -> list[str]:
        posted = []
        for delivery in self.waiting():
            ending = self.posts.ending(delivery, self.now)
            if ending is None:
                told = in_slack(self.posts.message(delivery, self.now)).text
                posted.append(f"{delivery.what.target}: {told}")
                self.end(delivery, State.SENT)
            else:
                self.end(delivery, ending.state)
        return posted

    def waiting(self) -> list[Delivery]:
        planned = [entry for entry in self.deliveries.newest(50) if entry.what.part == ALERT]
        return [entry for entry in planned[::-1] if entry.state is State.PENDING]

    def end(self, delivery: Delivery, state: State) -> None:
        values = {"state": state, "changed_at": self.now}
        with self.store.begin() as connection:
            connection.execute(update(rows).where(rows.c.id == delivery.id).values(values))

    def alert(self, number: int = 1) -> Alert:
        found = self.book.get(number)
        assert found
        return found


@pytest.fixture
def desk(demo_services: Services, file_store: StoreEngine) -> Desk:
    return Desk(demo_services, file_store)


def test_it_tells_the_beginning_and_the_end_once(demo_services: Services, store: StoreEngine) -> None:
    """On both stores; nothing in between, whatever else happens."""
    desk = Desk(demo_services, store)
    desk.set_up("alert sales last week below 90k")
    assert desk.look() == []
    assert desk.alert().standing is Standing.CLEAR
    (begun,) = desk.look(WEEK)
    assert begun.startswith(f"{OWNER}: Alert: Sales, week 40 (28 Sept–4 Oct 2026): €83,951, below €90,000.")
    assert [desk.look(timedelta(hours=hours)) for hours in (1, 5, 24, 30)] == [[], [], [], []]
    (over,) = desk.look(WEEK - 60 * HOUR)
    assert "Over: Sales, week 41 (5–11 Oct 2026): €110,598, no longer below €90,000." in over
    assert "It was told on Mon 5 Oct 2026 09:00." in over
    assert desk.look(HOUR) == []
    assert len(desk.deliveries.newest(9)) == 2
    assert desk.woken == 2


def test_it_judges_only_what_is_new(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither new rows nor a new day: nothing is asked, and at most each ten minutes it is seen whether there are."""
    asked: list[str] = []
    engine = desk.services.engine
    answer, arrived = engine.answer, engine.arrived
    state = {"mark": "one"}
    monkeypatch.setattr(engine, "answer", lambda *given: asked.append("figure") or answer(*given))

    def mark(metric: str, now: datetime) -> str:
        asked.append(metric)
        return f"{state['mark']} {arrived(metric, now)[:9]}"

    monkeypatch.setattr(engine, "arrived", mark)
    desk.set_up("alert sales last week below 90k")
    asked.clear()
    desk.look()
    assert asked == ["sales", "figure"]
    desk.look(EVERY / 2)
    assert asked == ["sales", "figure"]
    desk.look(EVERY / 2)
    assert asked == ["sales", "figure", "sales"]
    state["mark"] = "two"
    desk.look(EVERY)
    assert asked[3:] == ["sales", "figure"]
    desk.look(timedelta(days=1))
    assert asked[5:] == ["sales", "figure"]


def test_new_rows_change_the_mark(desk: Desk) -> None:
    """Of the rows of another metric's tables it knows nothing."""
    engine = desk.services.engine
    morning, evening = MONDAY, MONDAY + 9 * HOUR
    assert engine.arrived("sales", morning) == engine.arrived("sales", morning)
    assert engine.arrived("sales", evening) != engine.arrived("sales", morning)
    assert engine.arrived("sales", morning) != engine.arrived("leads", morning)


def test_what_is_incomplete_is_not_judged(desk: Desk) -> None:
    """Orders of two days are missing in week 46: its €31,975 are no fall below anything."""
    desk.now = datetime(2026, 11, 9, 9, 0, tzinfo=BRUSSELS)
    desk.set_up("alert sales last week below 90k")
    assert desk.look() == []
    assert desk.look(WEEK) == []
    assert (desk.alert().standing, desk.alert().period) == (Standing.CLEAR, "2026-W45")


def test_a_share_of_few_is_not_judged(desk: Desk) -> None:
    """Fewer than twenty cases, or than the alert asks for; with enough, it is told."""
    desk.set_up("alert conversion rep:anna below 90% with at least 500 cases")
    desk.set_up("alert conversion below 90%")
    (told,) = desk.look()
    assert "Conversion, " in told
    assert [desk.alert(number).standing for number in (1, 2)] == [Standing.UNKNOWN, Standing.FIRING]


def test_it_sleeps_in_its_quiet_hours(desk: Desk) -> None:
    """What begins at night is told in the morning; what is over by then is never told."""
    desk.set_up("alert sales last week below 90k quiet 20:00-07:00")
    desk.set_up("alert sales last week below 90k any time")
    desk.look()
    assert len(desk.look(WEEK - 9 * HOUR + timedelta(minutes=1))) == 1
    assert desk.alert(2).is_firing
    assert not desk.alert(1).is_firing
    assert desk.alert(1).standing is Standing.FIRING
    assert desk.look(6 * HOUR) == []
    (morning,) = desk.look(HOUR)
    assert "Alert: Sales, week 40" in morning
    assert desk.alert(1).is_firing


def test_what_is_over_before_it_could_be_told_is_not_told(desk: Desk) -> None:
    """Neither its beginning nor its end."""
    desk.set_up("alert sales last week below 90k")
    desk.look()
    desk.say("alert snooze 1 2 weeks")
    assert desk.look(WEEK) == []
    assert desk.alert().standing is Standing.FIRING
    assert desk.look(WEEK) == []
    assert desk.look(WEEK) == []
    assert desk.deliveries.newest(9) == []


def test_two_messages_are_hours_apart(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that goes to and fro is told once, not each time."""
    desk.set_up("alert sales last week below 90k any time")
    desk.look()
    monkeypatch.setattr(desk.services.engine, "arrived", lambda *_: "the same")
    assert len(desk.look(WEEK)) == 1
    _stand(desk, Standing.CLEAR)
    assert desk.look(COOLDOWN / 2) == []
    _stand(desk, Standing.FIRING)
    assert desk.look(COOLDOWN) == []
    _stand(desk, Standing.CLEAR)
    (over,) = desk.look(COOLDOWN)
    assert "Over: " in over


def _stand(desk: Desk, standing: Standing) -> None:
    """Note that an alert's figure was judged otherwise since."""
    alert = desk.alert()
    desk.book.judged([Judged(alert, standing, alert.period, alert.mark)])


def test_a_snoozed_one_is_told_again_if_it_still_holds(desk: Desk) -> None:
    """Until then nothing is; and the end of what was told is told after it."""
    desk.set_up("alert sales last week below 90k")
    desk.look()
    desk.look(WEEK)
    assert "snoozed until Wed 7 Oct 2026 09:00" in desk.say("alert snooze 1 for 2 days")
    assert desk.look(timedelta(days=1)) == []
    (still,) = desk.look(timedelta(days=1, minutes=1))
    assert "Still so: Sales, week 40 (28 Sept–4 Oct 2026): €83,951, below €90,000." in still
    (over,) = desk.look(WEEK)
    assert "Over: " in over
    assert len(desk.deliveries.newest(9)) == 3


def test_who_has_seen_it_is_said(desk: Desk) -> None:
    """In the channel, in the list and at its end; only the last message can be acknowledged, by its readers."""
    desk.set_up(f"alert sales last week below 90k in <#{CHANNEL}|sales>")
    desk.look()
    (begun,) = desk.look(WEEK)
    assert begun.startswith(f"{CHANNEL}: Alert: ")
    seen = desk.press("alert:seen", "1 1.2", OTHER)
    assert seen.shared
    assert f"<@{OTHER}> acknowledged alert 1." in in_slack(seen.shared).text
    assert seen.shared.reply_to == "1.0"
    again = desk.press("alert:seen", "1 1.2", OWNER)
    assert again.shared is None
    assert f"<@{OTHER}> acknowledged it already." in in_slack(again).text
    assert f"acknowledged by <@{OTHER}>" in desk.say("alerts")
    assert "That is over, or was told again since." in in_slack(desk.press("alert:seen", "1 1.9", OTHER)).text
    (over,) = desk.look(WEEK)
    assert f"Acknowledged by <@{OTHER}>." in over
    assert "That is over" in in_slack(desk.press("alert:seen", "1 1.2", OTHER)).text


def test_the_buttons_of_an_alert_are_its_readers(desk: Desk) -> None:
    """Whoever reads the channel may snooze it there; somebody else's own alert is theirs."""
    desk.services = replace(desk.services, roles=Roles(LISTED))
    desk.set_up(f"alert sales last week below 90k in <#{CHANNEL}|sales>")
    desk.set_up("alert leads last week below 90")
    assert "snoozed until" in in_slack(desk.press("alert:snooze:7", "1 1.1", OTHER)).text
    assert "belongs to someone else" in in_slack(desk.press("alert:snooze:7", "1 1.1", OTHER, "C0ELSE")).text
    assert "belongs to someone else" in in_slack(desk.press("alert:snooze:1", "2 1.1", OTHER)).text
    assert "belongs to someone else" in in_slack(desk.press("alert:seen", "2 1.1", OTHER)).text


# the usual range


def test_an_unusual_week_is_told_and_the_next_ordinary_one_ends_it(desk: Desk) -> None:
    """With its usual range; a rise isn't what a drop waits for."""
    desk.now = FEW_LEADS - WEEK
    desk.set_up("alert leads drop")
    desk.set_up("alert leads rise")
    assert desk.look() == []
    (low,) = desk.look(WEEK)
    assert "Alert: New leads, week 30 (20–26 Jul 2026): 66, unusually low (usually 75." in low
    assert [desk.alert(number).standing for number in (1, 2)] == [Standing.FIRING, Standing.CLEAR]
    (over,) = desk.look(WEEK)
    assert "Over: New leads, week 31 (27 Jul–2 Aug 2026): " in over
    assert "as usual (usually " in over


@pytest.mark.parametrize(("others", "is_told"), [(0, True), (4, False)])
def test_more_watched_figures_have_the_same_budget(others: int, is_told: bool, desk: Desk) -> None:
    """Five figures of one reader share what one alone may spend; another reader's figures cost nothing."""
    desk.now = FEW_LEADS
    for region in ("Brussel", "Noord", "Oost", "Zuid"):
        desk.set_up(f"alert orders region:{region} unusual", OWNER if others else OTHER)
    desk.set_up("alert leads unusual")
    assert any("New leads" in message for message in desk.look()) == is_told
    assert desk.book.watched(OWNER, "week") == others + 1


def test_a_change_below_the_floor_is_no_news(desk: Desk) -> None:
    """66 leads are some 30 fewer than expected."""
    desk.now = FEW_LEADS
    desk.set_up("alert leads drops by at least 60")
    desk.set_up("alert leads drops by at least 20")
    assert len(desk.look()) == 1
    assert [desk.alert(number).standing for number in (1, 2)] == [Standing.CLEAR, Standing.FIRING]


# rights, and what goes wrong


def test_who_lost_their_access_is_told_once_and_nothing_is_posted(desk: Desk) -> None:
    """The alert is paused; back in their role they resume it."""
    desk.set_up(f"alert sales last week below 90k in <#{CHANNEL}|sales>")
    everyone = desk.services.roles
    nobody = Roles(AccessList(admins=frozenset({"U0BOSS"})))
    desk.services = replace(desk.services, demo=False, roles=nobody)
    desk.looks = AlertLooks(desk.services, desk.deliveries, desk.account, lambda: desk.now)
    desk.posts = AlertPosts(desk.services, desk.deliveries, desk.account, lambda _: None)
    (notice,) = desk.look(WEEK)
    assert notice.startswith(f"{OWNER}: Your alert 1 is paused: its readers no longer have access to it.")
    assert "€" not in notice.replace("€90,000", "")
    assert desk.alert().paused is PausedAlert.ROLE
    assert desk.look(WEEK) == []
    desk.services = replace(desk.services, roles=everyone)
    assert "is on again" in desk.say("alert resume 1")


def test_a_rep_who_moves_is_judged_with_their_own_figures(desk: Desk) -> None:
    """At each look what its owner may see then: here a team's sales are no longer theirs."""
    lead = AccessList(admins=frozenset({"U0BOSS"}), leads={OWNER: People(teams=("Schelde",))})
    desk.services = replace(desk.services, demo=False, roles=Roles(lead))
    desk.set_up('alert sales team:"Schelde" below 900k any time')
    terms = desk.alert().terms
    assert terms.line == "sales team:Schelde"
    rep = AccessList(admins=frozenset({"U0BOSS"}), leads={OWNER: People(teams=("Maas",))})
    desk.services = replace(desk.services, roles=Roles(rep))
    desk.looks = AlertLooks(desk.services, desk.deliveries, desk.account, lambda: desk.now)
    desk.posts = AlertPosts(desk.services, desk.deliveries, desk.account, lambda _: None)
    (notice,) = desk.look()
    assert "You don't have access to that team's figures." in notice
    assert desk.alert().paused is PausedAlert.ROLE


def test_a_line_that_can_t_be_read_any_more_is_paused(desk: Desk) -> None:
    """Its owner is told why; the others are judged."""
    watch = Watch(Rule.BELOW, 1.0)
    gone = AlertTerms(
        OWNER, None, "sales region:Nergens", "sales", "", watch, USUAL_QUIET, "Europe/Brussels", "en"
    )
    desk.book.add(gone, desk.now)
    desk.book.add(replace(gone, line="footfall", metric="footfall"), desk.now)
    desk.set_up("alert sales last week below 200k")
    told = desk.look()
    assert len(told) == 3
    assert sum("is paused: I no longer understand its question" in message for message in told) == 2
    assert [desk.alert(number).paused for number in (1, 2, 3)] == [PausedAlert.LINE, PausedAlert.LINE, None]


def test_a_database_that_is_away_is_asked_again_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told of it, and nothing is lost."""
    desk.set_up("alert sales last week below 200k")
    engine = desk.services.engine

    def away(*_: object) -> None:
        raise WarehouseError("The database doesn't answer.")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "answer", away)
        assert desk.look() == []
        assert desk.alert().look_after == desk.now + LATER
    with monkeypatch.context() as patch:
        patch.setattr(engine, "arrived", away)
        assert desk.look(LATER) == []
        assert desk.alert().paused is None
    assert len(desk.look(EVERY)) == 1


def test_a_defect_at_one_look_leaves_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged; the others are told."""
    first = desk.set_up("alert orders last week below 900")
    desk.set_up("alert sales last week below 200k")
    engine, answer = desk.services.engine, desk.services.engine.answer

    def broken(scoped: object, now: datetime) -> object:
        if "orders" in str(scoped):
            raise ZeroDivisionError
        return answer(scoped, now)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "answer", broken)
    (told,) = desk.look()
    assert "Alert: Sales" in told
    assert desk.alert(first.id).standing is Standing.UNKNOWN


def test_what_was_stopped_changed_or_is_over_is_not_posted(desk: Desk) -> None:
    """Though it was planned; and where its beginning wasn't posted, its end isn't."""
    desk.set_up("alert sales last week below 200k")
    desk.looks.look()
    (planned,) = desk.waiting()
    assert desk.posts.ending(planned, desk.now) is None
    _stand(desk, Standing.CLEAR)
    assert desk.posts.ending(planned, desk.now) == Ending(State.FAILED, "it is over")
    desk.end(planned, State.FAILED)
    desk.looks.look()
    assert desk.waiting() == []
    assert desk.alert().told is Standing.CLEAR
    _stand(desk, Standing.FIRING)
    desk.now += COOLDOWN
    desk.looks.look()
    (again,) = desk.waiting()
    alert = desk.alert()
    assert desk.book.pause(alert, PausedAlert.ASKED)
    assert desk.posts.ending(again, desk.now) == Ending(State.FAILED, "it is paused")
    changed = desk.book.change(alert, replace(alert.terms, watch=Watch(Rule.BELOW, 5.0)), desk.now)
    assert changed
    assert desk.posts.ending(again, desk.now) == Ending(State.FAILED, "it was stopped or changed")
    assert desk.book.stop(changed)
    assert desk.posts.ending(again, desk.now) == Ending(State.FAILED, "it was stopped or changed")


def test_two_processes_tell_it_once(desk: Desk) -> None:
    """Each looks and plans; one of them is first at each step."""
    desk.set_up("alert sales last week below 200k")
    other = AlertLooks(desk.services, Deliveries(desk.store, "T0"), desk.account, lambda: desk.now)
    alert = desk.alert()
    assert desk.book.claim(alert, desk.now + EVERY)
    assert not desk.book.claim(alert, desk.now + EVERY)
    desk.book.put_off([alert], desk.now)
    for looks in (desk.looks, other, desk.looks):
        looks.look()
    assert len(desk.waiting()) == 1
    known = desk.alert()
    stale = replace(known, told=Standing.UNKNOWN, episode=known.episode - 1)
    assert not desk.book.told(stale, desk.now)
    assert desk.alert() == known


def test_a_killed_process_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between planning and noting it, or before either: the next look goes on, and plans nothing twice."""
    desk.set_up("alert sales last week below 200k")

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    for step in ("told", "judged"):
        desk.book.put_off([desk.alert()], desk.now)
        with monkeypatch.context() as patch:
            patch.setattr(AlertBook, step, killed)
            with pytest.raises(KilledError):
                desk.looks.look()
        if step == "told":
            assert len(desk.waiting()) == 1
    desk.looks.look()
    assert len(desk.waiting()) == 1
    assert desk.alert().is_firing


def test_old_deliveries_may_be_gone(desk: Desk) -> None:
    """What held for months is still told to be over after the row of its beginning was deleted."""
    desk.set_up("alert sales last week below 90k")
    desk.look()
    desk.look(WEEK)
    with desk.store.begin() as connection:
        connection.execute(rows.delete())
    (over,) = desk.look(WEEK)
    assert "Over: Sales, week 41" in over
    assert "It was told on" not in over


def test_quiet_hours_are_those_of_the_alert(desk: Desk) -> None:
    """In its own time zone."""
    alert = desk.set_up("alert sales last week below 200k")
    away = replace(alert.terms, zone="America/New_York", quiet=QuietHours(USUAL_QUIET.start, USUAL_QUIET.end))
    assert desk.book.change(alert, away, desk.now)
    assert desk.look() == []  # three in the morning
    assert len(desk.look(4 * HOUR)) == 1


def test_what_is_over_when_it_is_made_is_not_posted(desk: Desk) -> None:
    """Rows came between the look and the post: the message is made, and then not wanted any more."""
    desk.set_up("alert sales last week below 90k")
    desk.look()
    desk.now += WEEK
    desk.looks.look()
    (planned,) = desk.waiting()
    desk.now += WEEK
    assert desk.posts.ending(planned, desk.now) is None
    desk.posts.message(planned, desk.now)
    assert desk.posts.ending(planned, desk.now) == Ending(State.FAILED, "it is over")


def test_a_trouble_with_an_alert_is_its_owner_s(desk: Desk) -> None:
    """Slack's refusals are told to the owner, with the alert's number; a pause and what is over aren't troubles."""
    services = replace(desk.services, subscriptions=SubscriptionBook(desk.store, "T0"))
    troubles = Troubles(services, desk.account, lambda _: None)
    desk.set_up(f"alert sales last week below 200k in <#{CHANNEL}|sales>")
    desk.looks.look()
    (planned,) = desk.waiting()

    def told(reason: str) -> list[tuple[str, str]]:
        row = replace(planned, state=State.FAILED, reason=reason)
        return [(entry.audience, entry.reason) for entry in troubles.of_deliveries([row], ())]

    assert told("not_in_channel: Invite me.") == [(OWNER, "not_in_channel")]
    assert told("it is over") == []
    assert told(f"{NOT_MADE}: It can't be read.") == [(OWNER, NOT_MADE)]
    assert is_wanted(planned.what, desk.services)
    assert desk.book.pause(desk.alert(), PausedAlert.ROLE)
    assert told(f"{NOT_MADE}: It can't be read.") == []
    assert desk.book.stop(desk.alert())
    assert not is_wanted(planned.what, desk.services)
    assert told("not_in_channel: Invite me.") == [(ADMINS, "not_in_channel")]


def test_a_stale_list_is_looked_at_by_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes read the same due alerts; the second one asks nothing."""
    desk.set_up("alert sales last week below 200k")
    due = desk.book.due(desk.now, 9)
    assert len(desk.look()) == 1
    asked: list[object] = []
    answer = desk.services.engine.answer
    monkeypatch.setattr(desk.services.engine, "answer", lambda *given: asked.append(given) or answer(*given))
    desk.looks._look(due, desk.now)
    assert asked == []


def test_at_each_look_an_alert_in_a_channel_must_be_about_several_people(desk: Desk) -> None:
    """As a team may shrink to one: the alert is paused, and the channel is told nothing."""
    watch = Watch(Rule.BELOW, 9e9)
    line = 'sales rep:"Anna de Vries" last week'
    terms = AlertTerms(OWNER, CHANNEL, line, "sales", "", watch, None, "Europe/Brussels", "en")
    desk.book.add(terms, desk.now)
    (notice,) = desk.look()
    assert notice.startswith(f"{OWNER}: Your alert 1 is paused")
    assert desk.alert().paused is PausedAlert.ROLE


def test_an_end_isn_t_told_where_its_beginning_wasn_t(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack was away for hours: both wait, and neither is news any more."""
    desk.set_up("alert sales last week below 200k any time")
    monkeypatch.setattr(desk.services.engine, "arrived", lambda *_: "the same")
    desk.looks.look()
    _stand(desk, Standing.CLEAR)
    desk.now += COOLDOWN
    desk.looks.look()
    assert len(desk.waiting()) == 2
    assert desk.post() == []


def test_nothing_is_noted_of_terms_that_were_changed(desk: Desk) -> None:
    """What a process knew of them is old: neither a look, nor a press of an old button counts."""
    old = desk.set_up("alert sales last week below 200k")
    changed = desk.book.change(old, replace(old.terms, watch=Watch(Rule.BELOW, 5.0)), desk.now)
    assert changed
    desk.book.judged([Judged(old, Standing.FIRING, "2026-W39", "mark")])
    assert not desk.book.pause(old, PausedAlert.ASKED)
    assert not desk.book.snooze(old, desk.now + WEEK)
    assert not desk.book.seen(old, OWNER, desk.now)
    assert not desk.book.told(old, desk.now)
    assert desk.alert() == changed


def test_looks_at_the_same_period_are_counted(desk: Desk) -> None:
    """They share its part of the budget; the next period has its own."""
    desk.now = FEW_LEADS
    desk.set_up("alert orders unusual")
    desk.set_up("alert leads unusual")
    desk.look()
    desk.book.put_off([desk.alert(1), desk.alert(2)], desk.now)
    desk.look(timedelta(days=1))
    assert (desk.alert(2).period, desk.alert(2).looks) == ("2026-W30", 2)
    desk.look(WEEK)
    assert (desk.alert(2).period, desk.alert(2).looks) == ("2026-W31", 1)
    assert desk.book.watched(OWNER, "week") == 2
    assert desk.book.pause(desk.alert(1), PausedAlert.ASKED)
    assert desk.book.watched(OWNER, "week") == 1
