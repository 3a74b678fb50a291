"""Which dimensions say most about each metric's change: read behind the answers, never before one."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from bot.rights import access
from bot.rights.access import Viewer
from bot.runtime.background import Start, on_a_thread
from kpi_engine.domain.errors import ForbiddenError, KpiError, QueryError
from kpi_engine.domain.query import Baseline, Compare, Filter, Query, ScopedQuery
from kpi_engine.engine import Engine

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(days=1)
_AGAIN = timedelta(minutes=10)
"""After which it is tried again where the database didn't answer."""
_REMEMBERED = 2000
"""Metrics, each for everybody who sees the same of it."""

_Key = tuple[str, tuple[Filter, ...]]


@dataclass(frozen=True, slots=True)
class _Read:
    """The order of a metric's dimensions, and when it is read again."""

    order: tuple[str, ...]
    until: datetime


_NOTHING = _Read((), datetime.min.replace(tzinfo=UTC))


class DriverIndex:
    """The dimensions that concentrate the latest change of each metric that was asked for.

    Each order is read with the rights of those whom it is shown to: it tells nobody anything of figures
    that aren't theirs.
    """

    def __init__(self, engine: Engine, start: Start | None = None) -> None:
        """Read nothing yet. `start` runs a reading, by default on a thread of its own."""
        self._engine = engine
        self._start = start or on_a_thread("drivers")
        self._orders: OrderedDict[_Key, _Read] = OrderedDict()
        self._reading = Lock()

    def order(self, metric: str, viewer: Viewer, now: datetime) -> tuple[str, ...]:
        """Return the dimensions that say most about a metric's latest change, the most first.

        Nothing where that isn't known yet: then a reading is begun, one at a time, that nobody waits for.
        """
        query = Query((metric,), compare=(Compare(Baseline.PREVIOUS),))
        try:
            scoped = access.scope(query, viewer, self._engine.catalogue)
        except ForbiddenError:
            return ()
        key = (metric, scoped.scope.filters)
        if now >= self._orders.get(key, _NOTHING).until:
            self._begin(key, scoped, now)
        return self._orders.get(key, _NOTHING).order

    def _begin(self, key: _Key, scoped: ScopedQuery, now: datetime) -> None:
        if not self._reading.acquire(blocking=False):
            return
        try:
            self._start(lambda: self._read(key, scoped, now))
        except BaseException:
            self._reading.release()
            raise

    def _read(self, key: _Key, scoped: ScopedQuery, now: datetime) -> None:
        """Keep the order; of a change that isn't made of parts, that there is none."""
        try:
            self._keep(key, _Read(self._engine.drivers(scoped, now), now + FRESH_FOR))
        except QueryError:
            self._keep(key, _Read((), now + FRESH_FOR))
        except KpiError as wrong:
            log.warning("what says most about %s can't be read: %s", key[0], wrong)
            self._keep(key, replace(self._orders.get(key, _NOTHING), until=now + _AGAIN))
        finally:
            self._reading.release()

    def _keep(self, key: _Key, read: _Read) -> None:
        self._orders[key] = read
        while len(self._orders) > _REMEMBERED:
            self._orders.popitem(last=False)
