"""The names that people may type and who they are, read once and then kept fresh.

A question never waits for a refresh: whoever finds the names old starts one and uses the old ones.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.rights.access import REP, TEAM, Staff
from bot.runtime.background import Start, on_a_thread
from kpi_engine.domain.cancellation import current
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.query import Member
from kpi_engine.engine import Engine
from kpi_engine.language.member_names import Roster

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(minutes=10)
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Names:
    """The members of each dimension, which one a Slack user is (by user id), and each rep's team."""

    members: Mapping[str, Roster]
    people: Mapping[str, Member]
    staff: Staff


class MemberIndex:
    """The names of one engine's databases."""

    def __init__(self, engine: Engine, start: Start | None = None) -> None:
        """Read nothing yet. `start` runs a refresh, by default on a thread of its own."""
        self._engine = engine
        self._start = start or on_a_thread("members")
        self._names: Names | None = None
        self._read_at: datetime | None = None
        self._reading = Lock()

    def names(self, now: datetime) -> Names:
        """Return the names, read now only where there are none yet. Raises KpiError."""
        names, read_at = self._names, self._read_at
        if names is None or read_at is None:
            while not self._reading.acquire(timeout=_LOOK_SECONDS):
                current().check()  # whoever waits for another's reading may be cancelled meanwhile
            try:
                return self._names or self._read(now)
            finally:
                self._reading.release()
        if now - read_at > FRESH_FOR and self._reading.acquire(blocking=False):
            try:
                self._start(lambda: self._refresh(now))
            except BaseException:
                self._reading.release()
                raise
        return names

    def remembered(self, now: datetime) -> Names | None:
        """Return the names as far as they were read, without waiting: None before the first reading.

        Where there are none yet, or old ones, a reading is begun in the background.
        """
        if self._names is not None:
            return self.names(now)
        if self._reading.acquire(blocking=False):
            try:
                self._start(lambda: self._refresh(now))
            except BaseException:
                self._reading.release()
                raise
        return None

    def _refresh(self, now: datetime) -> None:
        try:
            self._read(now)
        except KpiError as wrong:
            self._read_at = now
            log.warning("the names can't be read again: %s", wrong)
        finally:
            self._reading.release()

    def _read(self, now: datetime) -> Names:
        members = {name: Roster(known).indexed() for name, known in self._engine.members().items()}
        people, teams = self._engine.people(), self._engine.belonging(REP, TEAM)
        staff = Staff(
            tuple(members.get(REP, ())),
            tuple(members.get(TEAM, ())),
            teams,
            people,
            self._engine.addresses(),
        )
        names = Names(members, people, staff)
        self._names, self._read_at = names, now
        return names
