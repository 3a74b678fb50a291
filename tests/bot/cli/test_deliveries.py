"""`kpi-bot deliveries`: what became of posts, by state, and sending one again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.store import database
from bot.store.audit import AuditRows
from bot.store.deliveries import DETAILS, SUMMARY, Deliveries, State, What
from bot.store.delivery_desk import DeliveryDesk
from bot.store.post_tables import deliveries
from tests.bot.cli.test_cli import Run, run  # noqa: F401 - a fixture
from tests.shop import BRUSSELS

DUE = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)


@pytest.fixture
def engine(run: Run, tmp_path: Path) -> Iterator[Engine]:  # noqa: F811 - the fixture
    """A store with one delivery in each state, and the thread of the first."""
    assert run("migrate").status == 0
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    planned = Deliveries(engine, "T0")
    for state in State:
        planned.plan(What("weekly", f"of {state}", "C0"), DUE, DUE, state=state)
    planned.plan(What("weekly", "of thread", "C0", DETAILS[SUMMARY]), DUE, DUE)
    with engine.begin() as connection:
        failed = update(deliveries).where(deliveries.c.state == State.FAILED)
        connection.execute(failed.values(reason="not_in_channel: Invite [the] bot."))
    yield engine
    engine.dispose()


def number(engine: Engine, state: State) -> int:
    return DeliveryDesk(engine, "T0").newest(1, (state,))[0].id


def test_they_are_listed_by_state(run: Run, engine: Engine) -> None:  # noqa: F811 - the fixture
    """All without an option; a thread is told from its post, and what a reason says stays as it is."""
    every = run("deliveries").out
    assert all(f"of {state}" in every for state in State)
    assert "weekly (summary details)" in every
    some = run("deliveries", "--state", "failed", "--state", "held").out
    assert [state for state in State if f"of {state}" in some] == [State.HELD, State.FAILED]
    assert "not_in_channel: Invite [the] bot." in some
    assert str(number(engine, State.FAILED)) in some
    wrong = run("deliveries", "--state", "lost")
    assert wrong.status == 2
    assert run("deliveries", "--workspace", "T1", "--state", "sent").out == "No delivery is in that state.\n"


@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.MISSED])
def test_one_is_sent_again_once(state: State, run: Run, engine: Engine) -> None:  # noqa: F811 - the fixture
    """The audit knows it; a second time says that there is nothing to do."""
    of = number(engine, state)
    first = run("deliveries", "send-again", str(of))
    assert first.status == 0
    assert first.out.startswith(f"Delivery {of} (weekly, of {state}) is sent again within a minute")
    again = DeliveryDesk(engine, "T0").of(of)
    assert again
    assert (again.state, again.reason) == (State.PENDING, None)
    (entry,) = AuditRows(engine, "T0").newest(9)
    assert (entry.via, entry.channel, entry.question) == ("cli", "C0", f"deliveries send-again {of}")
    second = run("deliveries", "send-again", str(of))
    assert (second.status, second.out) == (
        0,
        f"Delivery {of} is pending, so there is nothing to send again.\n",
    )
    assert len(AuditRows(engine, "T0").newest(9)) == 1


@pytest.mark.parametrize("state", [State.SENT, State.SENDING, State.HELD])
def test_what_was_sent_or_is_on_its_way_is_left_alone(state: State, run: Run, engine: Engine) -> None:  # noqa: F811 - the fixture
    of = number(engine, state)
    assert f"is {state}, so there is nothing" in run("deliveries", "send-again", str(of)).out
    left = DeliveryDesk(engine, "T0").of(of)
    assert left
    assert left.state is state


def test_an_unknown_id_says_where_to_look(run: Run, engine: Engine) -> None:  # noqa: F811 - the store
    wrong = run("deliveries", "send-again", "999")
    assert (wrong.status, wrong.err) == (1, "There is no delivery 999. List them with kpi-bot deliveries.\n")
