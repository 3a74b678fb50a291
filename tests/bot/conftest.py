"""The demo company on Monday before the summary is due, as the bot's tests ask about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.playground import demo
from bot.runtime.clock import Clock, fixed_clock
from bot.runtime.settings import Settings
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
