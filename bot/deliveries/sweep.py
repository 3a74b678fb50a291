"""What is kept long enough is deleted once a day."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine as StoreEngine

from bot.runtime.clock import Clock
from bot.runtime.logs import log_unexpected
from bot.runtime.settings import Retention
from bot.store.errors import StoreError
from bot.store.retention import sweep

log = logging.getLogger(__name__)

_MONTH = timedelta(days=30.4375)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Deletes old rows of a store, as long as the settings say."""

    store: StoreEngine
    kept: Retention
    clock: Clock

    def run(self) -> None:
        """Delete what is old. Never raises: the next day's sweep finds it as well."""
        try:
            count = sweep(
                self.store,
                self.clock(),
                audit=timedelta(days=self.kept.audit_days),
                delivery=timedelta(days=self.kept.delivery_days),
                reason=self.kept.reason_months * _MONTH,
            )
        except StoreError:
            log.warning("what is kept long enough can't be deleted: the store is away; I try again tomorrow")
        except Exception as wrong:  # noqa: BLE001 - logged; the bot goes on
            log_unexpected(log, "what is kept long enough can't be deleted", wrong)
        else:
            log.info("%d rows were kept long enough and are deleted", count)
