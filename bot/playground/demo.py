"""The services over the demo company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.playground.company import demo_database
from bot.runtime.settings import Settings
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from kpi_engine.domain.access import People

Progress = Callable[[str, float], None]

DEMO_LEADS = {"U0DEMOLEAD": People(teams=("Leie", "Maas"))}
"""Who leads whom in the demo, by Slack user id: Sofie Maes leads her own team and that of François."""


def demo_services(settings: Settings, now: datetime, progress: Progress | None = None) -> Services:
    """Return the services over the demo company, whose data ends the day before `now`.

    Building it tells `progress` its stage and the share done. Raises KpiError.
    """
    end = now.astimezone(settings.zone).date() - timedelta(days=1)
    services = services_of(settings, f"sqlite:///{demo_database(end, progress=progress)}", demo=True)
    return replace(services, roles=replace(services.roles, told_leads=DEMO_LEADS))
