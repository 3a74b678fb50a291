"""A figure that was posted and has changed is told once: in the next post, and below the one that showed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.render.words.corrections import is_changed
from bot.rights import Roles
from bot.store.deliveries import CORRECTION, SUMMARY, State
from bot.store.post_tables import deliveries, posted_figures
from bot.store.subscriptions import SubscriptionTerms
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.posts import Schedule
from tests.bot.deliveries.late_shop import DUE, GONE, LateShop, Opened, at

NEXT, LATER = DUE + timedelta(days=7), DUE + timedelta(days=14)
OF_WEEK = "sold_on >= '2026-11-16' AND sold_on < '2026-11-21'"


def corrected(shop: LateShop) -> list[str]:
    """The lines about corrections of the last post."""
    return [line for line in shop.slack.texts[-1].splitlines() if line.startswith("Corrected")]


def test_rows_that_arrived_later_correct_the_post_before(shop: Opened) -> None:
    """With old, new and cause; a note stands below the earlier post; neither is said again."""
    late = shop(*GONE)
    late.tick(DUE)
    late.tick(at(11))
    earlier = late.rows(SUMMARY)[0].message_ts
    late.load(*GONE)
    late.tick(NEXT)
    post, note = late.slack.posts[-2:]
    lines = post[1].text
    told = "sales €600, now €1k; orders 60, now 100 (orders for Thu 19 and Fri 20 Nov arrived later)"
    assert f"Corrected: week 47 (16–22 Nov 2026): {told}" in lines
    assert "have arrived since" not in lines
    assert note[1].text == f"Corrected since this was posted: {told}"
    assert note[1].reply_to == earlier
    count = len(late.slack.posts)
    late.tick(NEXT + timedelta(minutes=10))
    assert len(late.slack.posts) == count
    late.tick(LATER + timedelta(hours=3))  # its own week has no rows
    assert corrected(late) == []
    assert len(late.rows(CORRECTION[SUMMARY])) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            f"UPDATE deals SET amount = 20 WHERE {OF_WEEK}",
            "sales €1k, now €2k (amounts of its rows were changed afterwards)",
        ),
        (
            "DELETE FROM deals WHERE sold_on LIKE '2026-11-18%' AND id % 2 = 0",
            "sales €1k, now €900 (10 rows are gone)",
        ),
    ],
)
def test_rows_that_were_changed_are_told_by_their_number(shop: Opened, change: str, told: str) -> None:
    late = shop()
    late.tick(DUE)
    late.run(change)
    late.tick(NEXT)
    (line, *_) = [line for line in late.slack.texts[-2].splitlines() if line.startswith("Corrected")]
    assert told in line


def test_another_definition_is_the_cause(shop: Opened) -> None:
    """The same rows, counted otherwise."""
    late = shop()
    late.tick(DUE)
    with late.store.begin() as connection:
        changed = posted_figures.c.metric == "sales"
        connection.execute(update(posted_figures).where(changed).values(definition="old", value=1.0))
    late.tick(NEXT)
    assert "sales €1, now €1k (its definition has changed)" in late.slack.texts[-2]


def test_it_is_corrected_again_when_it_changes_again(shop: Opened) -> None:
    """Beside what was told last; the note stands below the first post again."""
    late = shop(date(2026, 11, 19))
    late.tick(DUE)
    late.tick(at(11))
    late.load(date(2026, 11, 19))
    late.tick(NEXT)
    late.run(f"UPDATE deals SET amount = 20 WHERE {OF_WEEK}")
    late.load(*(date(2026, 11, 30) + timedelta(days=place) for place in range(5)))
    late.tick(LATER)
    post, note = late.slack.posts[-2:]
    assert "sales €1k, now €2k" in post[1].text
    assert "orders" not in note[1].text
    assert note[1].reply_to == late.rows(SUMMARY)[-1].message_ts


def test_a_change_within_rounding_is_none(shop: Opened) -> None:
    """Nothing is said of one amount in a hundred that changed by three."""
    late = shop()
    late.tick(DUE)
    late.run(
        "UPDATE deals SET amount = 14 WHERE id = (SELECT max(id) FROM deals WHERE sold_on < '2026-11-21')"
    )
    late.tick(NEXT)
    assert corrected(late) == []


def test_what_was_never_posted_is_not_corrected(shop: Opened) -> None:
    """Its figures are kept with the row of a delivery that failed."""
    late = shop(*GONE)
    late.tick(at(12))
    with late.store.begin() as connection:
        connection.execute(update(deliveries).values(state=State.FAILED))
    late.load(*GONE)
    late.tick(NEXT)
    assert corrected(late) == []


def test_a_subscription_is_corrected_too(shop: Opened) -> None:
    """In private, of the same question a week later."""
    late = shop(*GONE)
    assert late.services.subscriptions
    schedule = Schedule("week", DUE.time(), weekday=0)
    terms = SubscriptionTerms("U0BOSS", None, "sales last week", False, schedule, "Europe/Brussels", "nl")
    late.services.subscriptions.add(terms, DUE - timedelta(days=3))
    late.tick(at(11))
    late.load(*GONE)
    late.tick(NEXT)
    post, note = (text.replace("\xa0", " ") for text in late.slack.to("U0BOSS")[-2:])
    told = "omzet € 600, nu € 1k (bestellingen voor do 19 en vr 20 nov kwamen later binnen)"
    assert f"Gecorrigeerd: week 47 (16–22 nov 2026): {told}" in post
    assert note == f"Gecorrigeerd sinds dit bericht: {told}"


def test_readers_who_may_see_less_now_are_told_nothing_of_it(shop: Opened) -> None:
    """The figure of everybody isn't told to a channel that sees one rep's now."""
    late = shop(*GONE)
    late.tick(at(11))
    late.load(*GONE)
    with late.store.connect() as connection:
        kept = connection.execute(select(posted_figures.c.question)).scalars().all()
    assert kept == ["sales 2026-W47 vs none", "orders 2026-W47 vs none"]
    roles = Roles(AccessList(channels={"C0DEMOSALES": People((), ("Anna",))}), default="none")
    late.services = replace(late.services, roles=roles)
    late.tick(NEXT)
    assert corrected(late) == []


@pytest.mark.parametrize(
    ("before", "value", "unit", "is_other"),
    [
        (102_600.0, 103_400.0, "money", True),
        (103_499.0, 103_501.0, "money", False),
        (103_000.0, 105_000.0, "money", True),
        (40.0, 41.0, "count", True),
        (0.361, 0.364, "share", False),
        (0.364, 0.366, "share", False),
        (0.36, 0.37, "share", True),
        (35.0, 35.3, "score", False),
        (0.0, 1.0, "count", True),
        (0.0, 0.0, "count", False),
    ],
)
def test_what_is_beyond_rounding(before: float, value: float, unit: Unit, *, is_other: bool) -> None:
    """A change by half a percent, or half a point, at least."""
    assert is_changed(before, value, unit) is is_other
