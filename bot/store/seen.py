"""Requests that were already handled: Slack repeats events, and people press twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.tables import seen

_REMEMBERED_FOR = timedelta(hours=1)


class Seen:
    """The keys of one workspace that are claimed."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose keys these are."""
        self._engine = engine
        self._workspace = workspace

    def is_first(self, key: str, now: datetime, hold: timedelta | None = None) -> bool:
        """Claim a key: True for the first caller in any process, False for all others.

        The key is free again after `hold`, by default an hour.
        """
        row = {"workspace": self._workspace, "key": key[:200], "until": now + (hold or _REMEMBERED_FOR)}
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(seen).where(seen.c.until <= now))
                connection.execute(insert(seen).values(row))
        except IntegrityError:
            return False
        return True

    def is_taken(self, key: str, now: datetime) -> bool:
        """Whether a key is claimed now, by any process."""
        is_it = (seen.c.workspace == self._workspace, seen.c.key == key[:200], seen.c.until > now)
        with self._engine.connect() as connection:
            return connection.execute(select(seen.c.key).where(*is_it)).first() is not None
