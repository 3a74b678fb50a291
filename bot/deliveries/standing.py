"""Looks at the deliveries and at the data now and then, so that measurements cost their reader nothing."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Engine as StoreEngine

from bot.runtime.clock import Clock
from bot.runtime.logs import log_unexpected
from bot.runtime.measurements import Backlog, Measurements
from bot.store.delivery_counts import count_by_state, oldest_due
from bot.store.errors import StoreError
from bot.store.incidents import IncidentBook, Kind
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

STORE_SECONDS, DATA_SECONDS = 15.0, 300.0
"""How often the store is looked at, and the sales database."""


@dataclass(frozen=True, slots=True)
class StandingLook:
    """Reads what `Measurements` shows of the store and of the data, for one workspace."""

    store: StoreEngine
    workspace: str
    services: Services
    measurements: Measurements
    clock: Clock

    def look_at_store(self) -> None:
        """Count the deliveries and what is wrong with them. Never raises."""
        try:
            counts = count_by_state(self.store, self.workspace)
            oldest = oldest_due(self.store, self.workspace, self.clock())
            book = IncidentBook(self.store, self.workspace)
            troubles = Counter(one.trouble.kind for one in book.open_ones())
        except StoreError:
            self.measurements.backlog = None
        except Exception as wrong:  # noqa: BLE001 - logged; the next look is still to come
            log_unexpected(log, "the deliveries can't be counted", wrong)
            self.measurements.backlog = None
        else:
            self.measurements.backlog = Backlog(counts, oldest, {kind: troubles[kind] for kind in Kind})

    def look_at_data(self) -> None:
        """Ask how far each model is loaded. Never raises."""
        try:
            found = self.services.engine.data_until(self.clock())
        except KpiError as wrong:
            log.warning("how far the data is loaded can't be read: %s", wrong.message)
            self.measurements.data_until = None
        except Exception as wrong:  # noqa: BLE001 - logged; the next look is still to come
            log_unexpected(log, "how far the data is loaded can't be read", wrong)
            self.measurements.data_until = None
        else:
            known = {name: until for name, until in found.items() if until is not None}
            self.measurements.data_until = known
