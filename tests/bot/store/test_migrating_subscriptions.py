"""Upgrading a store whose subscriptions don't say yet when they are due next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import text

from bot.store import database
from bot.store.subscriptions import SubscriptionBook
from bot.store.tables import metadata

SINCE = datetime(2026, 11, 1, 9, 0)
LAST = datetime(2026, 11, 23, 7, 30)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreEngine]:
    """A store as it was before."""
    if request.param == "sqlite":
        engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    else:
        engine = database.open_store(request.getfixturevalue("postgresql_server"))
    _to(engine, _before())
    yield engine
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()


def _before() -> str:
    """Return the revision before the one that is tested."""
    known = ScriptDirectory.from_config(database._config()).walk_revisions()
    (tested,) = (script for script in known if script.path.endswith("_schedules.py"))
    return str(tested.down_revision)


def _to(engine: StoreEngine, revision: str, *, down: bool = False) -> None:
    config = database._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def _subscribe(engine: StoreEngine, owner: str, paused: str | None = None) -> None:
    row = {"owner": owner, "since": SINCE, "paused": paused, "no": False}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO subscriptions (workspace, owner, line, is_summary, every, weekday, at, zone, "
                "language, revision, since, created_at, paused) VALUES ('T0', :owner, 'sales', :no, 'week', "
                "0, '08:30', 'Europe/Brussels', 'en', 2, :since, :since, :paused)"
            ),
            row,
        )


def _deliver(engine: StoreEngine, key: str, period: str, due_at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (workspace, subscription, period, target, part, state, due_at, "
                "not_before, changed_at) VALUES ('T0', :key, :period, 'U0', 'subscription', 'sent', :at, "
                ":at, :at)"
            ),
            {"key": key, "period": period, "at": due_at},
        )


def test_each_goes_on_from_its_last_delivery(store: StoreEngine) -> None:
    """Not from its beginning: old rows are deleted, and would be recorded as missed. Send now doesn't count."""
    for owner, paused in (("U1", None), ("U2", None), ("U3", "asked")):
        _subscribe(store, owner, paused)
    _deliver(store, "subscription 1.2", "2026-W46", LAST - timedelta(days=7))
    _deliver(store, "subscription 1.2", "2026-W47", LAST)
    _deliver(store, "subscription 1.2", "now 2026-11-25 10:00:00", LAST + timedelta(days=2))
    _deliver(store, "subscription 2.1", "2026-W47", LAST)
    _to(store, "head")
    book = SubscriptionBook(store, "T0")
    found = [book.get(number) for number in (1, 2, 3)]
    assert [entry and entry.next_due_at for entry in found] == [
        LAST.replace(tzinfo=UTC),
        SINCE.replace(tzinfo=UTC),
        None,
    ]


def test_a_number_stays_unique_up_and_down(store: StoreEngine) -> None:
    """Whichever way the tables were changed, a stopped subscription's number isn't given to a new one."""
    _to(store, "head")
    _to(store, _before(), down=True)
    _to(store, "head")
    for owner in ("U1", "U2"):
        _subscribe(store, owner)
        with store.begin() as connection:
            connection.execute(text("DELETE FROM subscriptions WHERE owner = :owner"), {"owner": owner})
    _subscribe(store, "U3")
    with store.connect() as connection:
        assert connection.execute(text("SELECT id FROM subscriptions")).scalars().all() == [3]
