"""What is kept long enough is deleted each day, in every workspace, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bot.deliveries.sweep import Sweep
from bot.runtime.settings import Retention, Settings, SettingsError
from bot.store import database
from bot.store.audit import AuditRows, Entry
from bot.store.deliveries import ENDED, Deliveries, State, What
from bot.store.missing_days import MissingDayBook
from bot.store.posted import PostedFigure, PostedFigures
from bot.store.responses import ResponseBook
from bot.store.seen import Seen
from bot.store.survey_records import Wave
from bot.store.told import Finding, ToldFindings
from kpi_engine.domain.posts import Contact

NOW = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store with its tables, on a file and on a server."""
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 's.sqlite'}" if is_file else request.getfixturevalue("postgresql_server")
    engine = database.open_store(url)
    database.migrate(engine)
    yield engine
    with engine.begin() as connection:
        for table in reversed(_names(engine)):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    engine.dispose()


def _names(engine: Engine) -> list[str]:
    from bot.store.tables import metadata

    return ["alembic_version", *(table.name for table in metadata.sorted_tables)]


def _fill(store: Engine, workspace: str, moment: datetime) -> None:
    AuditRows(store, workspace).write(Entry("U1", "C1", "dm", "sales", "answered", 1, 1, moment))
    planned = Deliveries(store, workspace)
    for state in State:
        what = What("weekly", f"{moment.date()} {state}", "C1")
        assert planned.plan(what, moment, moment, state=state)
    for delivery in planned.newest(99):
        ToldFindings(store, workspace).note(
            delivery.id, [Finding("sales", None, None, "up", 1.0, is_told=True)]
        )
        figure = PostedFigure("sales 2026-W47", "sales", 1.0, "money", "EUR", None, "digest")
        PostedFigures(store, workspace).note(delivery.id, [figure])
    MissingDayBook(store, workspace).missing([("sales", moment.date())], moment)
    assert Seen(store, workspace).is_first(f"k{moment}", moment)
    book, wave = ResponseBook(store, workspace), f"w{moment.date()}"
    person = f"U{moment:%Y%m%d}"
    book.ask(Wave(wave, "Acme", "U0"), [Contact(person)], moment, DAY)
    book.answer(wave, person, 3, moment)
    book.give_reason(wave, person, "too slow", moment)


def _count(store: Engine, what: str) -> int:
    with store.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {what}")).scalar_one())


def test_only_what_is_old_goes(store: Engine) -> None:
    """Each kind after its own time; of a survey answer the reason alone, and what isn't sent yet never."""
    kept = Retention(audit_days=400, delivery_days=100, reason_months=24)
    sweep = Sweep(store, kept, lambda: NOW)
    ages = (800 * DAY, 401 * DAY, 399 * DAY, 101 * DAY, 99 * DAY)
    for workspace in ("T1", "T2"):
        for age in ages:
            _fill(store, workspace, NOW - age)
    sweep.run()
    assert _count(store, "audit") == 2 * 3
    waiting = len(State) - len(ENDED)
    assert _count(store, "deliveries where part = 'summary'") == 2 * (len(ages) * waiting + len(ENDED))
    assert _count(store, "told_findings where delivery not in (select id from deliveries)") == 0
    assert _count(store, "posted_figures where delivery not in (select id from deliveries)") == 0
    assert _count(store, "posted_figures") > 0
    assert _count(store, "survey_responses where score = 3") == 2 * len(ages)
    assert _count(store, "survey_responses where reason is null") == 2
    assert _count(store, "missing_days") == 0
    assert _count(store, "seen") == 0
    before = _count(store, "audit"), _count(store, "deliveries")
    sweep.run()
    assert (_count(store, "audit"), _count(store, "deliveries")) == before


def test_a_sweep_of_a_broken_store_raises_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The next one finds the rows as well."""
    engine = database.open_store(f"sqlite:///{tmp_path / 's.sqlite'}")
    Sweep(engine, Retention(1, 62, 1), lambda: NOW).run()
    engine.dispose()
    assert "I try again tomorrow" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KPI_KEEP_AUDIT_DAYS", "0"),
        ("KPI_KEEP_AUDIT_DAYS", "-3"),
        ("KPI_KEEP_AUDIT_DAYS", "forever"),
        ("KPI_KEEP_DELIVERY_DAYS", "30"),
        ("KPI_KEEP_DELIVERY_DAYS", "99999"),
        ("KPI_KEEP_REASON_MONTHS", "0"),
        ("KPI_KEEP_REASON_MONTHS", "1.5"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_at_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the setting's name and what to write."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings.load(env_file=None)


def test_what_is_kept_by_default() -> None:
    """As docs/access.md says."""
    assert Settings.load(env_file=None).retention == Retention(400, 400, 24)
