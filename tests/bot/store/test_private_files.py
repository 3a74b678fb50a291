"""The store's files are their owner's alone, and neither an error nor a log shows what people typed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.printing import log_to_stderr
from bot.conversation import dispatch as dispatching
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings, readable_secrets
from bot.store import database
from bot.store.audit import AuditRows, Entry
from bot.store.responses import ResponseBook
from bot.store.survey_records import Wave
from bot.store.tables import metadata
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.posts import Contact

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def generous() -> Iterator[None]:
    """New files and folders can be read by everybody, as on many machines."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.usefixtures("generous")
def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    """With what SQLite and the migrations put beside it; the folder too, and no folder above it."""
    path = tmp_path / "there" / "made" / "store.sqlite"
    path.parent.parent.mkdir()
    engine = database.open_store(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("create table private (answer text)"))
        found = modes(path.parent)
    database.migrate(engine)
    engine.dispose()
    with engine.connect():
        found |= modes(path.parent)
    engine.dispose()
    assert set(found) >= {"store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.sqlite.lock"}
    assert set(found.values()) == {0o600}
    assert S_IMODE(path.parent.stat().st_mode) == 0o700
    assert S_IMODE(path.parent.parent.stat().st_mode) == 0o777


@pytest.mark.usefixtures("generous")
def test_an_older_store_is_closed_to_others(tmp_path: Path) -> None:
    """Its folder is the operator's and stays as it is."""
    path = tmp_path / "store.sqlite"
    path.touch(0o666)
    tmp_path.chmod(0o755)
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    engine.dispose()
    assert set(modes(tmp_path).values()) == {0o600}
    assert S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize(("mode", "warns"), [(0o644, True), (0o600, False), (0o640, False), (0o666, True)])
def test_passwords_that_everybody_can_read(
    mode: int, warns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning that says what to type, when a command starts and in `check`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("KPI_LANGUAGE=en\n", encoding="utf-8")
    (tmp_path / ".env").chmod(mode)
    assert ("chmod 600 .env" in readable_secrets()) == warns
    found = CliRunner().invoke(app.app, ["ask", "define sales"])
    assert ("chmod 600 .env" in found.output) == warns


@pytest.mark.parametrize("url", ["sqlite:///{}", "postgresql"])
def test_an_error_of_the_store_hides_what_was_written(
    url: str, tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the database quotes the row, as PostgreSQL does."""
    address = (
        url.format(tmp_path / "s.sqlite") if "{}" in url else request.getfixturevalue("postgresql_server")
    )
    engine = database.open_store(address)
    database.migrate(engine)
    book = ResponseBook(engine, "T")
    book.ask(Wave("w", "Acme", "U0"), [Contact("U1")], NOW, timedelta(days=1))
    book.answer("w", "U1", 3, NOW)
    with engine.begin() as connection:
        connection.execute(text("drop index ix_survey_responses_answered_at"))
        connection.execute(text("alter table survey_responses rename to gone"))
    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match="isn't available") as wrong:
        book.give_reason("w", "U1", "the boss shouts", NOW)
    with engine.begin() as connection:
        connection.execute(text("alter table gone rename to survey_responses"))
    shown = caplog.text + str(wrong.value) + repr(wrong.value.__cause__)
    assert "shouts" not in shown
    assert "a statement of the store failed" in caplog.text
    with engine.begin() as connection:
        connection.execute(text("drop table alembic_version"))
        metadata.drop_all(connection)
    engine.dispose()


def test_every_engine_hides_its_values(tmp_path: Path) -> None:
    """Of the store, of the customer's database and of a server."""
    store = database.open_store(f"sqlite:///{tmp_path / 's.sqlite'}")
    server = database.open_store("postgresql+psycopg://nobody@127.0.0.1:1/x")
    (tmp_path / "s.sqlite").touch()
    warehouse = SqlWarehouse(f"sqlite:///{tmp_path / 's.sqlite'}")
    assert all(engine.hide_parameters for engine in (store, server, warehouse._engine))


def test_no_level_of_the_log_shows_rows_or_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even debug, at which SQLAlchemy would write out each statement and each row."""
    settings = Settings.load(env_file=None).model_copy(update={"kpi_log_level": "debug"})
    before = logging.root.handlers[:], logging.root.level
    try:
        log_to_stderr(settings)
        engine = database.open_store(f"sqlite:///{tmp_path / 's.sqlite'}")
        database.migrate(engine)
        rows = AuditRows(engine, "T")
        rows.write(Entry("U1", "C1", "dm", 'sales rep:"Anna de Vries"', "answered", 1, 1, NOW))
        assert rows.newest(9)[0].person == "U1"
        engine.dispose()
        logging.getLogger("bot.somewhere").debug("own words")
    finally:
        logging.root.handlers[:] = before[0]
        logging.root.setLevel(before[1])
        for name in ("bot", "kpi_engine"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    shown = capsys.readouterr().err
    assert "own words" in shown
    assert "Anna" not in shown
    assert "INSERT" not in shown


def test_an_unexpected_error_is_logged_without_its_words(
    demo_services: Services, monday: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's messages quote values: the kind of the error and its place are enough to find it."""

    name, reason = "Anna de Vries", "too slow"  # no frame of the traceback is at this line

    def broken(*_: object) -> None:
        try:
            {}[name]
        except KeyError as missing:
            raise ValueError(reason) from missing

    monkeypatch.setattr(dispatching, "_answered", broken)
    asked = Request("T", "U1", "C1", "sales rep:anna", "command", monday(), "en")
    with caplog.at_level(logging.INFO):
        dispatching.dispatch(asked, replace(demo_services, audit=None))
    assert "ValueError" in caplog.text
    assert "KeyError" in caplog.text
    assert "test_private_files:" in caplog.text
    assert not any(word in caplog.text for word in (name, reason, "rep:anna"))
