"""Proofs of the rows kept fresh in the background: at the start, every night, and when a table changes.

No question waits for it. What is found wrong is written down once, and so is its end.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from bot.runtime.logs import log_unexpected
from bot.runtime.pool import RunInBackground, on_a_thread
from bot.store.proofs import MistakeBook
from kpi_engine import Engine
from kpi_engine.domain.errors import KpiError, Problem

log = logging.getLogger(__name__)

_NIGHT_HOUR = 4
"""The hour of the business zone from which a day's proofs are made: most loads have ended by then."""
_LOOK_EVERY = timedelta(hours=1)
"""How often it is looked whether a table has changed, and whether a mistake is mended."""


class KeptProofs:
    """What is proved of one engine's rows, and the mistakes among them."""

    def __init__(self, engine: Engine, book: MistakeBook, start: RunInBackground | None = None) -> None:
        """Prove nothing yet. `start` runs a proof, by default on a new thread."""
        self._engine = engine
        self._book = book
        self._start = start or on_a_thread("proofs")
        self._proved_on: date | None = None
        self._looked_at: datetime | None = None
        self._proving = Lock()

    def refresh(self, now: datetime) -> None:
        """Begin in the background what is due by now; nothing while that still runs. Never raises."""
        if not self._is_due(now) or not self._proving.acquire(blocking=False):
            return
        try:
            self._start(lambda: self._look(now))
        except BaseException:
            self._proving.release()
            raise

    def _is_due(self, now: datetime) -> bool:
        return self._looked_at is None or now - self._looked_at >= _LOOK_EVERY or self._is_night(now)

    def _is_night(self, now: datetime) -> bool:
        """Whether the day's proofs are still to be made."""
        local = now.astimezone(self._engine.zone)
        is_first = self._proved_on is None
        return is_first or (self._proved_on != local.date() and local.hour >= _NIGHT_HOUR)

    def _look(self, now: datetime) -> None:
        """Prove everything, or look whether anything has changed; write down what is wrong. Never raises."""
        try:
            if self._is_night(now) or self._engine.prover.is_changed():
                found = self._engine.prover.prove_all(now)
                self._proved_on = self._engine.today(now)
            else:
                found = self._engine.prover.mistakes(now)
            self._note(found, now)
        except (KpiError, SQLAlchemyError) as wrong:
            log.warning("the rows can't be proved: %s", wrong)
        except Exception as wrong:  # noqa: BLE001 - the next look tries again
            log_unexpected(log, "the rows can't be proved", wrong)
        finally:
            self._looked_at = now
            self._proving.release()

    def _note(self, found: tuple[Problem, ...], now: datetime) -> None:
        new, mended = self._book.found(found, now)
        for entry in new:
            log.error("a mistake in the data makes figures wrong: %s %s", entry.message, entry.fix)
        for entry in mended:
            log.info("a mistake in the data is mended: %s", entry.message)
