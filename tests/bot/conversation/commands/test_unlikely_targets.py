"""A target that is far from the one before is asked about before it is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.dispatch import answers_of, dispatch, pressed
from bot.render.document import Actions, Button
from bot.render.message import Message, Replacement, Reply
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.workspace.members import MemberIndex
from bot.workspace.opening import STORE, with_store
from bot.workspace.request import Press, Request, Via
from bot.workspace.services import Services
from tests.bot.in_slack import in_slack

ANNA, LEAD = "U0ANNA", "U0LEAD"


@pytest.fixture
def services(demo_services: Services, tmp_path: Path) -> Iterator[Services]:
    """The demo company with an empty store."""
    store = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(store)
    made = with_store(demo_services, Settings.load(env_file=None), store, "T0DEMO")
    yield replace(made, index=MemberIndex(made.engine, lambda refresh: refresh()))
    made.engine.close_database(STORE)
    store.dispose()


def _request(clock: Clock, line: str = "", *, via: Via = "command", language: str = "en") -> Request:
    return Request("T0DEMO", ANNA, "C0", line, via, clock(), language, Membership.FULL)


def _asked(line: str, services: Services, clock: Clock, **how: str) -> Message:
    return dispatch(_request(clock, line, **how), services)  # type: ignore[arg-type]


def _buttons(message: Message) -> dict[str, Button]:
    rows = [part for part in message.parts if isinstance(part, Actions)]
    return {entry.label: entry for row in rows for entry in row.buttons if isinstance(entry, Button)}


def _pressed(
    button: Button, services: Services, clock: Clock, user: str = ANNA, later: timedelta = timedelta()
) -> Reply:
    request = replace(_request(clock, via="action"), user=user, now=clock() + later)
    return pressed(replace(request, press=Press(button.action, button.value, "1.2")), services)


def _text(reply: Reply) -> str:
    message = reply.message if isinstance(reply, Replacement) else reply
    assert isinstance(message, Message)
    return in_slack(message).text


def _target(services: Services, clock: Clock, line: str = "sales this month vs target") -> float | None:
    (answer,) = answers_of(_request(clock, line), services)
    return answer.target.value if answer.target else None


def test_ten_times_the_target_is_asked_about(services: Services, monday: Clock) -> None:
    """Nothing is set until Set it is pressed; then the question gives way to what was set."""
    before = _target(services, monday)
    assert before is not None
    question = _asked(f"target sales {before * 10:.0f}", services, monday)
    assert "That is 10 times the target of November 2026 (€" in in_slack(question).text
    assert "Set the target for Sales, November 2026 to €" in in_slack(question).text
    assert _target(services, monday) == before
    reply = _pressed(_buttons(question)["Set it"], services, monday)
    assert isinstance(reply, Replacement)
    assert "Target for Sales, November 2026:" in _text(reply)
    assert _target(services, monday) == before * 10


def test_a_fifth_is_asked_about_and_cancel_sets_nothing(services: Services, monday: Clock) -> None:
    before = _target(services, monday)
    assert before is not None
    question = _asked(f"target sales {before / 5:.0f}", services, monday)
    assert "That is only 20.0% of the target of November 2026" in in_slack(question).text
    assert "Nothing was set." in _text(_pressed(_buttons(question)["Cancel"], services, monday))
    assert _target(services, monday) == before


def test_between_a_fifth_and_five_times_is_set_at_once(services: Services, monday: Clock) -> None:
    before = _target(services, monday)
    assert before is not None
    for value in (round(before * 4.9), round(before * 1.1)):
        assert not _buttons(_asked(f"target sales {value}", services, monday))
        assert _target(services, monday) == value


def test_a_month_without_one_is_compared_with_the_newest_before(services: Services, monday: Clock) -> None:
    """And one that nothing comes before is set at once."""
    _asked('target sales product:"Model X" 1000', services, monday)
    question = _asked('target sales product:"Model X" 50000 2027-03', services, monday)
    assert "That is 50 times the target of November 2026 (€1,000)." in in_slack(question).text
    assert not _buttons(_asked('target sales product:"Milk Station" 50000 2027-03', services, monday))


def test_only_the_one_who_typed_it_and_only_for_a_day(services: Services, monday: Clock) -> None:
    before = _target(services, monday)
    button = _buttons(_asked("target sales 99m", services, monday))["Set it"]
    assert "Only the person who typed this target" in _text(_pressed(button, services, monday, LEAD))
    late = _pressed(button, services, monday, later=timedelta(hours=25))
    assert "more than a day old" in _text(late)
    assert _target(services, monday) == before


def test_a_month_by_its_name_stays_the_month_that_was_meant(services: Services, monday: Clock) -> None:
    """The button has the month by its date: next month is another one a day later."""
    button = _buttons(_asked("target sales 99m next month", services, monday))["Set it"]
    assert "2026-12" in button.value
    assert "December 2026" in _text(_pressed(button, services, monday, later=timedelta(hours=23)))


def test_yes_behind_the_line_sets_it(services: Services, monday: Clock) -> None:
    """On the command line there is nothing to press, so the line to type is offered."""
    told = in_slack(_asked("target sales 99m", services, monday, via="cli")).text
    assert "times the target of November 2026" in told
    assert "target sales 2026-11 99m yes" in told
    assert "Target for Sales" in in_slack(_asked("target sales 99m yes", services, monday, via="cli")).text
    assert _target(services, monday) == 99_000_000
    assert "Doel van Omzet" in in_slack(_asked("doel omzet 5m ja", services, monday, language="nl")).text


def test_the_question_in_dutch(services: Services, monday: Clock) -> None:
    message = _asked("doel omzet 99m", services, monday, language="nl")
    assert "keer het doel van november 2026" in in_slack(message).text
    assert set(_buttons(message)) == {"Instellen", "Annuleren"}


def test_scores_are_not_asked_about(services: Services, monday: Clock) -> None:
    """From 5 to 30 is no six times: a score's zero means nothing."""
    _asked("target nps 5", services, monday)
    assert not _buttons(_asked("target nps 30", services, monday))
