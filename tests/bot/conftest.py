"""The demo company on Monday before the summary is due, as the bot's tests ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import text

from bot.playground import demo
from bot.runtime.clock import Clock, fixed_clock
from bot.runtime.settings import Settings
from bot.store import database
from bot.store.tables import metadata
from bot.workspace.services import Services
from tests.shop import BRUSSELS

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of the machine it runs on."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def demo_services() -> Iterator[Services]:
    services = demo.demo_services(Settings.load(env_file=None), MONDAY)
    yield services
    services.engine.close()


@pytest.fixture
def monday() -> Clock:
    return fixed_clock(MONDAY, BRUSSELS)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreEngine]:
    """An empty store, as a file and on a server."""
    if request.param == "sqlite":
        engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    else:
        engine = database.open_store(request.getfixturevalue("postgresql_server"))
    database.migrate(engine)
    yield engine
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
