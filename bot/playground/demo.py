"""The services over the demo company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.playground.company import demo_database
from bot.runtime.settings import Settings
from bot.workspace.opening import services_of
from bot.workspace.services import Services

Progress = Callable[[str, float], None]


def demo_services(settings: Settings, now: datetime, progress: Progress | None = None) -> Services:
    """Return the services over the demo company, whose data ends the day before `now`.

    Building it tells `progress` its stage and the share done. Raises KpiError.
    """
    end = now.astimezone(settings.zone).date() - timedelta(days=1)
    return services_of(settings, f"sqlite:///{demo_database(end, progress=progress)}", demo=True)
