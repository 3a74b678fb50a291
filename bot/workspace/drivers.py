"""Which dimensions explain each metric's latest change best, read on a background thread."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from bot.rights import Viewer, scope
from bot.runtime.pool import RunInBackground, on_a_thread
from kpi_engine import Engine
from kpi_engine.domain.errors import ForbiddenError, KpiError, QueryError
from kpi_engine.domain.query import Baseline, Compare, Filter, Query, ScopedQuery

log = logging.getLogger(__name__)

_FRESH_FOR = timedelta(days=1)
_AGAIN = timedelta(minutes=10)
"""How long to wait after the database didn't answer."""
_REMEMBERED = 2000
"""How many orders are kept: one for each metric and scope."""

_Key = tuple[str, tuple[Filter, ...]]


@dataclass(frozen=True, slots=True)
class _Read:
    """The order of a metric's dimensions, and when it is read again."""

    order: tuple[str, ...]
    until: datetime


_NOTHING = _Read((), datetime.min.replace(tzinfo=UTC))


class DriverIndex:
    """The dimensions that concentrate the latest change of each metric that was asked for.

    Each order is read with the rights of the people it is shown to, so that it reveals nothing else.
    """

    def __init__(self, engine: Engine, start: RunInBackground | None = None) -> None:
        """Read nothing yet. `start` runs a reading, by default on a new thread."""
        self._engine = engine
        self._start = start or on_a_thread("drivers")
        self._orders: OrderedDict[_Key, _Read] = OrderedDict()
        self._reading = Lock()

    def order(self, metric: str, viewer: Viewer, now: datetime) -> tuple[str, ...]:
        """Return the dimensions that explain a metric's latest change best, best first.

        Empty if they aren't known yet: then one reading is started in the background, if none is running.
        """
        query = Query((metric,), compare=(Compare(Baseline.PREVIOUS),))
        try:
            scoped = scope(query, viewer, self._engine.catalogue)
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
        """Read and keep the order; an empty one for a change that can't be split into parts."""
        try:
            self._keep(key, _Read(self._engine.drivers(scoped, now), now + _FRESH_FOR))
        except QueryError:
            self._keep(key, _Read((), now + _FRESH_FOR))
        except KpiError as wrong:
            log.warning("what says most about %s can't be read: %s", key[0], wrong)
            self._keep(key, replace(self._orders.get(key, _NOTHING), until=now + _AGAIN))
        finally:
            self._reading.release()

    def _keep(self, key: _Key, read: _Read) -> None:
        self._orders[key] = read
        while len(self._orders) > _REMEMBERED:
            self._orders.popitem(last=False)
