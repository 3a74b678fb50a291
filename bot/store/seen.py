"""Requests that were already handled: Slack repeats events, and people press twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, Executable, delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.errors import StoreError
from bot.store.tables import seen

_REMEMBERED_FOR = timedelta(hours=1)
_KEYS = 10_000
"""How many keys of its own a process keeps in memory."""


class Seen:
    """The keys of one workspace that are claimed.

    While the store is away, a process knows only the keys that it claimed itself.
    """

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose keys these are."""
        self._engine = engine
        self._workspace = workspace
        self._own: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def is_first(
        self, key: str, now: datetime, hold: timedelta | None = None, beside: Executable | None = None
    ) -> bool:
        """Claim a key: True for the first caller in any process, False for all others.

        The key is free again after `hold`, by default an hour. The first caller also writes `beside`, in the
        same transaction.
        """
        key, until = key[:200], now + (hold or _REMEMBERED_FOR)
        if not self._is_first_here(key, now, until):
            return False
        row = {"workspace": self._workspace, "key": key, "until": until}
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(seen).where(seen.c.until <= now))
                connection.execute(insert(seen).values(row))
                if beside is not None:
                    connection.execute(beside)
        except IntegrityError:
            return False
        except StoreError:
            return True
        return True

    def taken_of(self, keys: Collection[str], now: datetime) -> frozenset[str]:
        """Return those of some keys that are claimed now, by any process."""
        with self._lock:
            own = {key for key in keys if self._own.get(key, now) > now}
        is_one = (seen.c.workspace == self._workspace, seen.c.key.in_(keys), seen.c.until > now)
        try:
            with self._engine.connect() as connection:
                return frozenset(own.union(connection.execute(select(seen.c.key).where(*is_one)).scalars()))
        except StoreError:
            return frozenset(own)

    def _is_first_here(self, key: str, now: datetime, until: datetime) -> bool:
        """Claim a key in this process."""
        with self._lock:
            if self._own.get(key, now) > now:
                return False
            self._own[key] = until
            self._own.move_to_end(key)
            while len(self._own) > _KEYS:
                self._own.popitem(last=False)
        return True
