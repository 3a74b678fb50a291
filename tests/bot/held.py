"""A database of the demo company whose statements are held until a test lets them go, or never end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from threading import Event, current_thread
from typing import Any

from sqlalchemy import Select, event, literal_column, select

from bot.playground.company import demo_database
from bot.runtime.clock import Clock
from bot.workspace.services import Services
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.engine import Engine

ENDLESS = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + pause() FROM n) SELECT count(*) FROM n)"
LONGEST = 30


def pause() -> int:
    """Let an endless statement rest between its rows, so that it leaves the processor to the bot."""
    time.sleep(0.01)
    return 1


class HeldWarehouse(SqlWarehouse):
    """Once `held`, each statement waits for `released`; once `endless`, it never ends but by cancelling.

    What no answer waits for, the reading of the drivers in the background, is neither.
    """

    def __init__(self, url: str, timeout: float = 60) -> None:
        super().__init__(url, timeout=timeout)
        event.listen(self._engine, "connect", lambda raw, _: raw.create_function("pause", 0, pause))
        self.held = self.endless = False
        self.released = Event()
        self.waiting = self.answered = self.for_answers = 0

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        is_asked = current_thread().name != "drivers"
        is_held, is_endless = self.held and is_asked, self.endless and is_asked
        if is_held or is_endless:
            self.waiting += 1
        if is_endless:
            super().read(select(literal_column(ENDLESS)))
        if is_held:
            assert self.released.wait(LONGEST)
        rows = super().read(statement)
        self.answered += 1
        self.for_answers += is_asked
        return rows


def held_services(services: Services, clock: Clock, timeout: float = 60) -> tuple[Services, HeldWarehouse]:
    """Return the demo company over a database that can be held; its names were read before."""
    warehouse = HeldWarehouse(f"sqlite:///{demo_database(clock().date().replace(day=22))}", timeout)
    engine = Engine(
        services.catalogue, {"sales": warehouse}, zone=services.zone, is_working_day=services.calendar
    )
    services.index.names(clock())
    return replace(services, engine=engine), warehouse
