"""People's own settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.errors import StoreError
from bot.store.tables import preferences

_REMEMBERED_FOR = timedelta(minutes=1)
"""How long a choice made in another process may stay unknown here."""
_PEOPLE = 5000
"""How many people's choices a process remembers, the latest ones."""


class Preferences:
    """The settings of the people of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose people these are."""
        self._engine = engine
        self._workspace = workspace
        self._known: dict[str, tuple[datetime, str | None]] = {}
        self._lock = Lock()

    def language(self, person: str, now: datetime) -> str | None:
        """Return the language that a person chose, None if they use the language of Slack.

        While the store is away, what was known last counts.
        """
        known = self._known.get(person)
        if known and known[0] > now:
            return known[1]
        statement = select(preferences.c.language).where(*self._of(person))
        try:
            with self._engine.connect() as connection:
                found = connection.execute(statement).scalar_one_or_none()
        except StoreError:
            return self.remembered(person)
        self._remember(person, found, now)
        return found

    def remembered(self, person: str) -> str | None:
        """Return the language that a person chose if it is in memory, else None."""
        return self._known.get(person, (None, None))[1]

    def choose_language(self, person: str, language: str | None, now: datetime) -> None:
        """Keep a person's language; None for the language of Slack."""
        values = {"language": language, "changed_at": now}
        change = update(preferences).where(*self._of(person)).values(values)
        with self._engine.begin() as connection:
            is_known = connection.execute(change).rowcount == 1
        if not is_known:
            row = {"workspace": self._workspace, "person": person, **values}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(preferences).values(row))
            except IntegrityError:  # another process was first
                with self._engine.begin() as connection:
                    connection.execute(change)
        self._remember(person, language, now)

    def _of(self, person: str) -> tuple[Any, Any]:
        return preferences.c.workspace == self._workspace, preferences.c.person == person

    def _remember(self, person: str, language: str | None, now: datetime) -> None:
        with self._lock:
            self._known.pop(person, None)
            self._known[person] = now + _REMEMBERED_FOR, language
            while len(self._known) > _PEOPLE:
                del self._known[next(iter(self._known))]
