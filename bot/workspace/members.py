"""The names that people may type, read from the database once and then refreshed in the background.

A question never waits for a refresh: it starts one if the names are old, and uses the old ones.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.rights import REP, TEAM, Staff
from bot.runtime.pool import RunInBackground, on_a_thread
from kpi_engine import Engine, Roster
from kpi_engine.domain.cancellation import current
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.query import Member

log = logging.getLogger(__name__)

_FRESH_FOR = timedelta(minutes=10)
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class MemberNames:
    """The members of each dimension, the member that each Slack user is, and the reps and teams."""

    members: Mapping[str, Roster]
    people: Mapping[str, Member]
    staff: Staff


class MemberIndex:
    """The names of one engine's databases."""

    def __init__(self, engine: Engine, start: RunInBackground | None = None) -> None:
        """Read nothing yet. `start` runs a refresh, by default on a new thread."""
        self._engine = engine
        self._start = start or on_a_thread("members")
        self._names: MemberNames | None = None
        self._read_at: datetime | None = None
        self._reading = Lock()

    def names(self, now: datetime) -> MemberNames:
        """Return the names; the first call reads them and waits for it. Raises KpiError.

        Each dimension's names are then indexed when a name is looked up that isn't typed exactly.
        """
        names, read_at = self._names, self._read_at
        if names is None or read_at is None:
            while not self._reading.acquire(timeout=_LOOK_SECONDS):
                current().check()  # the question that waits may be cancelled meanwhile
            try:
                return self._names or self._read(now)
            finally:
                self._reading.release()
        if now - read_at > _FRESH_FOR and self._reading.acquire(blocking=False):
            try:
                self._start(lambda: self._refresh(now))
            except BaseException:
                self._reading.release()
                raise
        return names

    def read_again(self, since: datetime, now: datetime) -> None:
        """Read the names and wait for it, unless they were read at `since` or later. Raises KpiError."""
        while not self._reading.acquire(timeout=_LOOK_SECONDS):
            current().check()
        try:
            if self._read_at is None or self._names is None or not since <= self._read_at <= now:
                self._read(now)
        finally:
            self._reading.release()

    def remembered(self, now: datetime) -> MemberNames | None:
        """Return the names without waiting, None before they were read for the first time.

        If there are none yet, or they are old, a reading is started in the background.
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
            for known in self._read(now).members.values():
                known.indexed()  # here nobody waits for it
        except KpiError as wrong:
            self._read_at = now
            log.warning("the names can't be read again: %s", wrong)
        finally:
            self._reading.release()

    def _read(self, now: datetime) -> MemberNames:
        known = self._names.members if self._names else {}
        members = {
            name: known[name] if _is_same(known.get(name), found) else found
            for name, found in self._engine.members().items()
        }
        people, teams = self._engine.people(), self._engine.belonging(REP, TEAM)
        staff = Staff(
            tuple(members.get(REP, ())),
            tuple(members.get(TEAM, ())),
            teams,
            people,
            self._engine.addresses(),
        )
        names = MemberNames(members, people, staff)
        self._names, self._read_at = names, now
        return names


def _is_same(known: Roster | None, found: Roster) -> bool:
    """Whether names that were read again are the known ones, whose indexes are built already."""
    return known is not None and type(known) is type(found) and known == found
