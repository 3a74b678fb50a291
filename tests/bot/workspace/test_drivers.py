"""The splits that are offered first are those that say most about the change, for whoever is offered them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.dispatch import dispatch
from bot.render.message import Message
from bot.rights import EVERYTHING, Membership, Viewer
from bot.runtime.clock import Clock
from bot.workspace.drivers import DriverIndex
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import WarehouseError
from kpi_engine.domain.query import Query, Scope, ScopedQuery
from kpi_engine.engine import Engine
from kpi_engine.language.parser import NOBODY, parse
from tests.bot.conversation.test_sharing import ADMIN, OPEN_CHANNEL, asked, cast, labels, pressed
from tests.bot.in_slack import in_slack
from tests.bot.world import world


def at_once(reading: Callable[[], None]) -> None:
    reading()


def ranked(services: Services, metric: str, monday: Clock) -> tuple[str, ...]:
    """Return the dimensions as why tells them, of which some member goes beyond a change alike."""
    found = services.engine.explain(ScopedQuery(Query((metric,)), Scope()), monday())
    return tuple(entry.dimension for entry in found.breakdowns if entry.leading)


def splits(message: Message) -> list[str]:
    row = next(block for block in in_slack(message).blocks if block["type"] == "actions")["elements"]
    found: Sequence[str] = [entry["text"]["text"] for entry in row]
    return [label.removeprefix("By ") for label in found if label.startswith("By ")]


@pytest.mark.parametrize("metric", ["sales", "leads", "conversion", "cost_per_lead", "churn"])
def test_the_order_is_that_of_why(metric: str, demo_services: Services, monday: Clock) -> None:
    """Both look at the same change, and rank by what goes beyond a change alike."""
    index = DriverIndex(demo_services.engine, at_once)
    order = index.order(metric, EVERYTHING, monday())
    assert order == ranked(demo_services, metric, monday)
    assert order


def test_an_answer_offers_the_rep_and_the_two_that_say_most(demo_services: Services, monday: Clock) -> None:
    """Before that is known the usual ones; nobody waits for the reading."""
    waiting: list[Callable[[], None]] = []
    services = replace(demo_services, drivers=DriverIndex(demo_services.engine, waiting.append))
    request = Request("T0", "", "C0", "sales last month", "command", monday(), "en", Membership.FULL)
    assert splits(dispatch(request, services)) == ["rep", "region", "source"]
    assert len(waiting) == 1
    assert splits(dispatch(request, services)) == ["rep", "region", "source"]
    assert len(waiting) == 1, "one reading at a time"
    waiting.pop()()
    expected = [name for name in ranked(demo_services, "sales", monday) if name != "rep"]
    assert splits(dispatch(request, services)) == ["rep", *expected[:2]]
    assert expected[:2] != ["region", "source"]
    assert not waiting, "it is known for a day"


def test_it_is_read_again_the_next_day(demo_services: Services, monday: Clock) -> None:
    """Old orders are used while the new one is read."""
    waiting: list[Callable[[], None]] = []
    index = DriverIndex(demo_services.engine, waiting.append)
    index.order("sales", EVERYTHING, monday())
    waiting.pop()()
    known = index.order("sales", EVERYTHING, monday() + timedelta(hours=23))
    assert known
    assert not waiting
    assert index.order("sales", EVERYTHING, monday() + timedelta(hours=25)) == known
    assert len(waiting) == 1


def test_a_rep_is_offered_what_their_own_figures_say(demo_services: Services, monday: Clock) -> None:
    """Read under their rights: the order tells nothing about the others."""
    staff = demo_services.staff(monday())
    anna = next(rep for rep in staff.reps if rep.label == "Anna de Vries")
    index = DriverIndex(demo_services.engine, at_once)
    own = index.order("sales", Viewer(people=(anna,), own=anna), monday())
    asked_as_admin = demo_services.engine.explain(
        ScopedQuery(*_narrowed(demo_services, anna.label, monday)), monday()
    )
    assert own == tuple(entry.dimension for entry in asked_as_admin.breakdowns if entry.leading)
    assert own != index.order("sales", EVERYTHING, monday())


def _narrowed(services: Services, label: str, monday: Clock) -> tuple[Query, Scope]:
    line = f'sales rep:"{label}"'
    engine = services.engine
    return parse(
        line, services.catalogue, services.members(monday()), NOBODY, engine.today(monday())
    ), Scope()


def test_a_change_without_parts_is_not_tried_again_and_again(demo_services: Services, monday: Clock) -> None:
    """A mean has none; a metric that the viewer can't be shown isn't read at all."""
    readings: list[Callable[[], None]] = []

    def count(reading: Callable[[], None]) -> None:
        readings.append(reading)
        reading()

    index = DriverIndex(demo_services.engine, count)
    assert index.order("pairs", EVERYTHING, monday()) == ()
    assert index.order("pairs", EVERYTHING, monday()) == ()
    assert len(readings) == 1
    nobody = Viewer()
    assert index.order("sales", nobody, monday()) == ()
    assert len(readings) == 1


def test_a_database_that_does_not_answer_is_asked_again_later(
    demo_services: Services, monday: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was known stays; the index goes on after a failure."""
    index = DriverIndex(demo_services.engine, at_once)
    known = index.order("sales", EVERYTHING, monday())
    tomorrow = monday() + timedelta(days=1)

    def fail(*_: object) -> tuple[str, ...]:
        raise WarehouseError("The database doesn't answer.")

    with monkeypatch.context() as broken:
        broken.setattr(Engine, "drivers", fail)
        assert index.order("sales", EVERYTHING, tomorrow) == known
        assert index.order("leads", EVERYTHING, tomorrow) == ()
    assert index.order("leads", EVERYTHING, tomorrow + timedelta(minutes=5)) == ()
    assert index.order("leads", EVERYTHING, tomorrow + timedelta(minutes=11))


async def test_in_slack_the_buttons_come_in_that_order_and_work(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The bot reads behind the first answer; a later one offers what it found."""
    expected = [name for name in ranked(demo_services, "sales", monday) if name != "rep"][:2]
    async with world("http", demo_services, monday, tmp_path / "store.sqlite", prepare=cast) as slack:
        for _ in range(100):
            shown = await asked(slack, OPEN_CHANNEL, ADMIN, "sales last month")
            if f"By {expected[1]}" in labels(shown) and f"By {expected[0]}" in labels(shown):
                break
        assert [label for label in labels(shown) if label.startswith("By ")] == [
            "By rep",
            *(f"By {name}" for name in expected),
        ]
        (split,) = await pressed(slack, shown, f"By {expected[0]}", ADMIN)
        assert f"sales by {expected[0]} 2026-10" in split.text
