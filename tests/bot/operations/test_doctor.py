"""What the doctor finds on this side: settings, the store, the sales database and its data."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import app
from bot.operations.doctor import (
    Finding,
    Status,
    database_findings,
    missing_rows,
    setting_findings,
    store_findings,
    worst,
)
from bot.playground.workspace import Channel
from bot.runtime.clock import fixed_clock, system_clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.subscriptions import SubscriptionBook, SubscriptionTerms
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from kpi_engine import Extent, SqlWarehouse
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import working_days_of
from tests.bot.world import ANNA, APP_TOKEN, BOT_TOKEN, DIRECT, SALES, SCOPES, stand_in
from tests.shop import BRUSSELS, write_config, write_tables

MODEL = """
name: sales
table: deals
key: id
time: sold_on
measures:
  value: {agg: sum, of: amount}
"""
SELDOM = MODEL.replace("name: sales", "name: fairs").replace("deals", "fairs")
LAST = date(2026, 11, 20)
"""A Friday: the last day that was loaded."""
LOADED = [LAST - timedelta(days=number) for number in range(200)]


def tables(last: date = LAST) -> Any:
    days = [day for day in LOADED if day.weekday() < 5 for _ in range(5)]
    moved = last - LAST
    deals = [(number, (day + moved).isoformat(), 100) for number, day in enumerate(days)]
    fairs = [(number, (last - timedelta(days=40 * number)).isoformat(), 1) for number in range(5)]
    columns = "id INTEGER, sold_on TEXT, amount NUMERIC"
    return {"deals": (columns, deals), "fairs": (columns, fairs)}


@contextmanager
def shop(folder: Path, url: str = "") -> Iterator[Services]:
    """A shop with five deals a working day, and a fair every 40 days."""
    url = url or write_tables(folder / "shop.sqlite", tables())
    config = write_config(folder / "config", {"sales": MODEL, "fairs": SELDOM})
    settings = Settings.load(env_file=None).model_copy(update={"kpi_config_dir": config})
    with closing(services_of(settings, url)) as services:
        yield services


def examined(services: Services, now: str) -> list[Finding]:
    moment = datetime.fromisoformat(now).replace(tzinfo=BRUSSELS)
    return list(database_findings(services, fixed_clock(moment, BRUSSELS)))


def told(findings: list[Finding], part: str) -> list[str]:
    return [f"{finding.status}: {finding.message}" for finding in findings if finding.part == part]


@pytest.mark.parametrize(
    ("now", "sales"),
    [
        ("2026-11-21T09:00", "ok: sales is loaded until 2026-11-20."),
        ("2026-11-24T23:00", "ok: sales is loaded until 2026-11-20."),  # one working day has gone by
        (
            "2026-11-26T09:00",
            "warning: sales is loaded until 2026-11-20; about 15 rows should have come since.",
        ),
    ],
)
def test_a_load_that_has_stopped(now: str, sales: str, tmp_path: Path) -> None:
    """By the rows that would have come by then: a model with few rows proves nothing."""
    with shop(tmp_path) as services:
        found = examined(services, now)
    assert told(found, "data") == ["ok: fairs is loaded until 2026-11-20.", sales]
    assert told(found, "rights") == ["ok: The database's user may only read, as far as the database tells."]


def test_rows_are_expected_on_working_days() -> None:
    """Armistice Day, 11 November, is none in Belgium."""
    belgium = working_days_of("BE")
    first, last = datetime(2026, 11, 2, tzinfo=BRUSSELS), datetime(2026, 11, 9, tzinfo=BRUSSELS)
    extent = Extent("sales", "deals", 60, first, last)  # six working days of ten rows each
    assert missing_rows(extent, date(2026, 11, 9), date(2026, 11, 13), belgium) == 20
    assert missing_rows(extent, date(2026, 11, 9), date(2026, 11, 13), None) == 30
    assert missing_rows(extent, date(2026, 11, 9), date(2026, 11, 9), belgium) == 0
    assert missing_rows(replace(extent, first=None), date(2026, 11, 9), date(2026, 11, 30), belgium) == 0


def test_models_that_can_not_be_read(tmp_path: Path) -> None:
    url = write_tables(tmp_path / "shop.sqlite", tables())
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("ALTER TABLE deals RENAME COLUMN sold_on TO day")
    with shop(tmp_path, url) as services:
        (data,) = [finding for finding in examined(services, "2026-11-24T09:00") if finding.part == "data"]
    assert (data.status, data.fix) == (Status.ERROR, "Run kpi-bot check.")


def test_a_database_that_is_down(tmp_path: Path) -> None:
    """Nothing of its address."""
    with shop(tmp_path) as services:
        down = SqlWarehouse("postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
        (found,) = examined(
            replace(services, engine=services.engine.beside("sales", down)), "2026-11-24T09:00"
        )
        down.close()
    assert (found.part, found.status) == ("database", Status.ERROR)
    assert "127.0.0.1" not in found.message + found.fix


@pytest.mark.postgresql
def test_a_user_who_may_do_more_than_read(postgresql_server: str, tmp_path: Path) -> None:
    engine = database.open_store(postgresql_server)
    with engine.begin() as connection:
        for name in ("deals", "fairs"):
            connection.execute(text(f"CREATE TABLE {name} (id integer, sold_on date, amount numeric)"))
    try:
        with shop(tmp_path, postgresql_server) as services:
            found = examined(services, "2026-11-24T09:00")
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE deals, fairs"))
        engine.dispose()
    rights = [finding for finding in found if finding.part == "rights"]
    assert rights
    assert {finding.status for finding in rights} == {Status.WARNING}
    assert told(found, "data") == ["warning: fairs has no rows.", "warning: sales has no rows."]


def store_at(path: Path) -> Settings:
    return Settings.load(None).model_copy(update={"kpi_store_url": SecretStr(f"sqlite:///{path}")})


def test_the_store(tmp_path: Path) -> None:
    """None yet, as it should be, an older one, and a newer one; nothing in it is changed."""
    path = tmp_path / "store.sqlite"
    settings = store_at(path)
    assert [finding.status for finding in store_findings(settings)] == [Status.NOTE]
    assert not path.exists()
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    (found,) = store_findings(settings)
    assert (found.status, found.message) == (
        Status.OK,
        f"The store can be read and written; revision {database.head()}.",
    )
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM seen")).scalar() == 0
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    (found,) = store_findings(settings)
    assert (found.status, found.fix) == (Status.NOTE, "Run kpi-bot migrate.")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    (found,) = store_findings(settings)
    assert found.status is Status.ERROR
    assert "written by a newer version" in found.message
    engine.dispose()


def test_a_store_that_can_not_be_written(tmp_path: Path) -> None:
    """Locked by another program; what can be read doesn't hide it."""
    path = tmp_path / "store.sqlite"
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    engine.dispose()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (found,) = store_findings(store_at(path))
    assert found.status is Status.ERROR
    assert "can be read but not written" in found.message


def test_a_store_without_a_driver_or_a_server() -> None:
    for url in ("nonsense", "postgresql+psycopg://nobody:secret@127.0.0.1:9/none"):
        settings = Settings.load(None).model_copy(update={"kpi_store_url": SecretStr(url)})
        (found,) = store_findings(settings)
        assert found.status is Status.ERROR
        assert "secret" not in found.message + found.fix


def test_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert [finding.status for finding in setting_findings()] == [Status.OK]
    monkeypatch.setenv("KPI_LANGAGE", "nl")
    (tmp_path / ".env").write_text("KPI_LANGUAGE=nl\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    unknown, readable = setting_findings()
    assert (unknown.message, unknown.fix) == (
        "KPI_LANGAGE isn't a setting, so it does nothing.",
        "Did you mean KPI_LANGUAGE?",
    )
    assert readable.fix.startswith("Run chmod 600 ")


def test_the_worst_counts() -> None:
    def of(*found: Status) -> Status:
        return worst([Finding("x", status, "") for status in found])

    assert of() is of(Status.OK) is Status.OK
    assert of(Status.OK, Status.WARNING, Status.NOTE) is Status.WARNING
    assert of(Status.ERROR, Status.WARNING) is Status.ERROR


Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Doctor:
    """Run the command on a shop that is loaded until today; return its exit status and what it prints."""
    today = system_clock(BRUSSELS)().date()
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "KPI_DATABASE_URL": write_tables(tmp_path / "shop.sqlite", tables(today)),
        "KPI_CONFIG_DIR": str(write_config(tmp_path / "config", {"sales": MODEL, "fairs": SELDOM})),
        "KPI_STORE_URL": f"sqlite:///{tmp_path / 'store.sqlite'}",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
    }.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(app.app, ["doctor", *words])
        return found.exit_code, found.output

    return run


async def test_the_exit_status_is_that_of_the_worst(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """0, 1 and 2, as monitoring expects; a subscription's channel is looked up too."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    now = system_clock(BRUSSELS)
    async with stand_in(now, f"{SCOPES},channels:read") as (slack, base):
        monkeypatch.setenv("SLACK_API_URL", f"{base}/api/")
        slack.workspace.channels += (Channel("C0OUT", "out", has_bot=False),)
        code, output = await asyncio.to_thread(doctor, "--format", "json")
        found = json.loads(output)
        wrong = [entry for entry in found["findings"] if entry["status"] in ("warning", "error")]
        assert [entry["message"] for entry in wrong if SALES not in entry["message"]] == []
        assert (code, found["status"]) == (0, "note")
        monkeypatch.setenv("KPI_LANGAGE", "nl")
        code, output = await asyncio.to_thread(doctor)
        assert code == 1
        assert "WARNING settings" in output
        for channel in (DIRECT, "C0OUT"):
            terms = SubscriptionTerms(
                owner=ANNA,
                channel=channel,
                line="sales",
                is_summary=False,
                schedule=Schedule("week", now().time(), 0),
                zone="UTC",
                language="en",
            )
            SubscriptionBook(engine, "T0DEMO").add(terms, now())
        code, output = await asyncio.to_thread(doctor)
        assert code == 2
        assert "The bot isn't in C0OUT (a subscription)." in output
        monkeypatch.setenv("KPI_ADMIN_CHANNEL", "C0ADMINS")
        _, output = await asyncio.to_thread(doctor)
        assert "C0ADMINS (KPI_ADMIN_CHANNEL) doesn't exist" in output
    engine.dispose()


def test_without_anything_it_says_what_to_set(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is looked at, whatever is wrong with the others."""
    monkeypatch.delenv("KPI_DATABASE_URL")
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    code, output = doctor()
    assert code == 2
    assert "KPI_DATABASE_URL isn't set" in output
    assert "SLACK_BOT_TOKEN isn't set" in output
    assert "There is no store yet" in output
    assert "Traceback" not in output
