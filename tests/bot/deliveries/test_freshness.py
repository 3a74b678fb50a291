"""A post is held while rows of its own days are missing, says so once, and is sent late or incomplete."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot.runtime.errors import DeliveryError
from bot.store.deliveries import HELD, SUBSCRIPTION, SUMMARY, State
from bot.store.subscriptions import Subscription, SubscriptionTerms
from kpi_engine.domain.posts import Schedule
from tests.bot.deliveries.late_shop import DUE, GONE, MONTHLY, SALES, WEEKLY, LateShop, Opened, at

COMPLETE = "Week 47 (16–22 Nov)"


def subscribed(shop: LateShop, line: str, schedule: Schedule, **terms: Any) -> Subscription:
    """Subscribe to a question for oneself, before the post of Monday is due."""
    assert shop.services.subscriptions
    kept = SubscriptionTerms("U0BOSS", terms.get("channel"), line, False, schedule, "Europe/Brussels", "en")
    return shop.services.subscriptions.add(kept, DUE - timedelta(days=3))


EVERY_MONDAY = Schedule("week", DUE.time(), weekday=0)


def test_it_is_held_and_says_so_once_and_is_sent_when_the_rows_arrive(shop: Opened) -> None:
    """Looked at again after five minutes, and not before."""
    late = shop(*GONE)
    late.tick(DUE)
    (notice,) = late.slack.texts
    assert notice == (
        "Weekly sales summary is held: orders stop on Wed 18 Nov; Thu 19 and Fri 20 Nov are missing"
        " (usual 20 a day). Sent when they arrive, at 11:00 at the latest."
    )
    (row,) = late.rows(SUMMARY)
    assert (row.state, row.held_until) == (State.HELD, at(11))
    assert row.reason == "waits for sales of 2026-11-19, 2026-11-20"
    for minute in (31, 32, 36, 41):
        late.tick(at(8, minute))
    assert len(late.slack.posts) == 1
    late.load(*GONE)
    late.tick(at(8, 45))
    assert len(late.slack.posts) == 1
    late.tick(at(8, 46))
    assert late.slack.texts[1].startswith(COMPLETE)
    assert "missing" not in late.slack.texts[1]
    assert "Incomplete" not in late.slack.texts[1]
    late.tick(at(12))
    assert len(late.slack.posts) == 2


def test_one_of_two_days_is_not_enough(shop: Opened) -> None:
    late = shop(*GONE)
    late.tick(DUE)
    late.load(GONE[0])
    late.tick(at(8, 35))
    assert late.rows(SUMMARY)[0].reason == "waits for sales of 2026-11-20"
    assert len(late.slack.posts) == 1


def test_at_the_limit_it_is_sent_incomplete_and_judges_nothing_of_it(shop: Opened) -> None:
    """The post says that days are missing and that it waited; no word is said on its figures."""
    late = shop(*GONE)
    late.tick(DUE)
    late.tick(at(10, 59))
    assert len(late.slack.posts) == 1
    late.tick(at(11))
    text = late.slack.texts[1]
    assert "days are missing, so it can't be judged yet" in text
    assert "no orders for Thu 19 and Fri 20 Nov" in text
    assert "Incomplete: it waited until 11:00, and rows are still missing." in text
    assert not [
        word for word in ("ordinary", "weak", "strong", "usual range", "under", "over") if word in text
    ]
    assert late.rows(SUMMARY)[0].state is State.SENT


def test_what_is_complete_is_sent_at_once(shop: Opened) -> None:
    """A holiday (11 November) and a weekend have no rows, and a hole of an earlier week was waited for."""
    late = shop(date(2026, 11, 11), date(2026, 11, 12))
    late.tick(DUE)
    assert late.slack.texts[0].startswith(COMPLETE)
    assert late.rows(HELD[SUMMARY]) == []


def test_a_summary_has_its_own_patience(shop: Opened) -> None:
    """None at all, or another one; both are said in its file."""
    eager = shop(*GONE, summaries=[WEEKLY + "wait_hours: 0\n"])
    eager.tick(DUE)
    assert eager.slack.texts[0].startswith(COMPLETE)
    assert "it waited" not in eager.slack.texts[0]
    patient = shop(*GONE, summaries=[WEEKLY + "wait_hours: 1\nlook_again_minutes: 20\n"])
    patient.tick(DUE)
    assert "at 09:30 at the latest" in patient.slack.texts[0]
    patient.load(*GONE)
    patient.tick(at(8, 49))
    assert len(patient.slack.posts) == 1
    patient.tick(at(8, 50))
    assert len(patient.slack.posts) == 2


def test_after_the_limit_it_is_not_held_any_more(shop: Opened) -> None:
    """The bot was down until noon: one post, which says that days are missing, and no notice."""
    late = shop(*GONE)
    late.tick(at(12))
    (text,) = late.slack.texts
    assert "days are missing" in text


def test_a_notice_that_comes_too_late_is_not_sent(shop: Opened) -> None:
    """Slack took nothing for five minutes; meanwhile the rows have come."""
    late = shop(*GONE)
    late.slack.failure = DeliveryError("slow", outcome="not_sent", reason="ratelimited", retry_after=600)
    late.tick(DUE)
    late.slack.failure = None
    late.load(*GONE)
    late.tick(at(8, 41))
    assert [text[:19] for text in late.slack.texts] == [COMPLETE]
    (notice,) = late.rows(HELD[SUMMARY])
    assert notice.state is State.SKIPPED
    late.tick(DUE + timedelta(days=7))
    assert "was missed" not in late.slack.texts[-1]


def test_costs_that_are_not_booked_hold_a_monthly_summary(shop: Opened) -> None:
    """Sales are complete; the costs of October aren't there, those of September are."""
    day = date(2026, 11, 3)
    late = shop(summaries=[MONTHLY], costs_until=9)
    late.tick(at(8, 30, day))
    assert late.slack.texts == [
        (
            "Monthly sales summary is held: no marketing costs for October 2026 yet. Sent when they arrive, at 11:00"
            " at the latest."
        )
    ]
    late.tick(at(11, 0, day))
    text = late.slack.texts[1]
    assert "the costs of October 2026 aren't booked yet; what rests on them isn't judged" in text
    assert "Cost per lead" not in text
    booked = shop(summaries=[MONTHLY])
    booked.tick(at(8, 30, day))
    assert booked.slack.texts[0].startswith("October 2026")


def test_a_question_is_held_as_well(shop: Opened) -> None:
    """In a direct message, with the line that was subscribed to; the first post still introduces itself."""
    late = shop(*GONE)
    subscribed(late, "sales last week", EVERY_MONDAY)
    late.tick(DUE)
    own = [
        text for (place, _), text in zip(late.slack.posts, late.slack.texts, strict=True) if place[0] == "U"
    ]
    assert own == [
        (
            "sales last week is held: orders stop on Wed 18 Nov; Thu 19 and Fri 20 Nov are missing"
            " (usual 20 a day). Sent when they arrive, at 11:00 at the latest."
        )
    ]
    late.tick(at(11))
    (text,) = [text for text in late.slack.texts if "sales 2026-W47" in text]
    assert "Incomplete: no orders for Thu 19 and Fri 20 Nov" in text
    assert "Incomplete: it waited until 11:00, and rows are still missing." in text
    assert "Set up by" in text


def test_the_running_month_does_not_wait_for_an_old_hole(shop: Opened) -> None:
    """The post a week ago did; and a hole of its own week holds it."""
    old = shop(date(2026, 11, 12))
    subscribed(old, "sales this month", EVERY_MONDAY)
    old.tick(DUE)
    assert [row.state for row in old.rows(SUBSCRIPTION)] == [State.SENT]
    new = shop(date(2026, 11, 17))
    subscribed(new, "sales this month", EVERY_MONDAY)
    new.tick(DUE)
    assert [row.state for row in new.rows(SUBSCRIPTION)] == [State.HELD]


def test_what_somebody_sends_now_is_not_held(shop: Opened) -> None:
    """Whoever presses the button wants what there is."""
    late = shop(*GONE)
    kept = subscribed(late, "sales last week", Schedule("week", DUE.time(), weekday=4))
    assert late.services.subscriptions
    late.services.subscriptions.send_now(kept, DUE)
    late.tick(DUE)
    (pressed,) = [row for row in late.rows(SUBSCRIPTION) if row.what.is_pressed]
    assert pressed.state is State.SENT


def test_readers_who_see_a_part_are_told_no_counts(shop: Opened) -> None:
    """How many orders a day has is the whole company's."""
    access = f"leads:\n  U0BOSS: {{reps: [Anna]}}\nchannels:\n  {SALES}: everything\n"
    late = shop(*GONE, access=access)
    subscribed(late, "sales last week", EVERY_MONDAY)
    late.tick(DUE)
    (own,) = [
        text for (place, _), text in zip(late.slack.posts, late.slack.texts, strict=True) if place[0] == "U"
    ]
    assert "are missing. Sent when they arrive" in own


def test_names_are_read_again(shop: Opened) -> None:
    """A rep who was added a moment before is in the post, though names are kept for ten minutes."""
    late = shop()
    late.services.index.names(at(8, 29))
    late.run("INSERT INTO reps VALUES (3, 'Chloe')")
    late.run("UPDATE deals SET rep = 3 WHERE rep = 2")
    subscribed(late, "sales rep:Chloe last week", EVERY_MONDAY)
    late.tick(DUE)
    assert any("Chloe" in text for text in late.slack.texts)
