"""Days whose rows were missing, and where it was said that they have arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.tables import arrivals_told, missing_days

ModelDay = tuple[str, date]
"""The name of a model, and a day."""

_REMEMBERED_FOR = timedelta(minutes=1)
"""How long what another process wrote may stay unknown here."""
_KEPT = timedelta(days=92)
"""How long a day is of interest."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Days of a model that were missing, and the moment at which their rows were first seen."""

    model: str
    days: tuple[date, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Hole:
    """Since when a day is known to be missing, and when it was seen to have arrived."""

    seen_at: datetime
    arrived_at: datetime | None


class MissingDayBook:
    """The missing days of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace
        self._known: tuple[datetime, Mapping[ModelDay, Hole]] | None = None

    def holes(self, now: datetime) -> Mapping[ModelDay, Hole]:
        """Return the days that were missing, of the last three months."""
        if self._known and self._known[0] - _REMEMBERED_FOR <= now < self._known[0]:
            return self._known[1]
        table = missing_days.c
        statement = select(table.model, table.day, table.seen_at, table.arrived_at).where(
            table.workspace == self._workspace, table.seen_at > now - _KEPT
        )
        with self._engine.connect() as connection:
            found = {(row[0], row[1]): Hole(row[2], row[3]) for row in connection.execute(statement)}
        self._known = now + _REMEMBERED_FOR, found
        return found

    def missing(self, days: Iterable[ModelDay], now: datetime) -> None:
        """Write down that the rows of some days are missing."""
        for model, day in days:
            values = {"seen_at": now, "arrived_at": None}
            row = {"workspace": self._workspace, "model": model, "day": day, **values}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(missing_days).values(row))
            except IntegrityError:  # an old one, or another process was first
                self._change(model, day, values)
            self._known = None

    def arrived(self, days: Iterable[ModelDay], now: datetime) -> None:
        """Write down that the rows of some days have arrived."""
        for model, day in days:
            self._change(model, day, {"arrived_at": now})
            self._known = None

    def told(self, place: str) -> frozenset[ModelDay]:
        """Return the days whose arrival was told in a channel, or to a person."""
        table = arrivals_told.c
        statement = select(table.model, table.day).where(
            table.workspace == self._workspace, table.place == place
        )
        with self._engine.connect() as connection:
            return frozenset((row[0], row[1]) for row in connection.execute(statement))

    def tell(self, place: str, days: Iterable[ModelDay], now: datetime) -> None:
        """Write down that the arrival of some days is told; what was told long ago is forgotten."""
        with self._engine.begin() as connection:
            connection.execute(delete(arrivals_told).where(arrivals_told.c.told_at < now - _KEPT))
        for model, day in days:
            row = {"workspace": self._workspace, "place": place, "model": model, "day": day, "told_at": now}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(arrivals_told).values(row))
            except IntegrityError:  # another process was first
                pass

    def _change(self, model: str, day: date, values: Mapping[str, object]) -> None:
        table = missing_days.c
        is_it = (table.workspace == self._workspace, table.model == model, table.day == day)
        with self._engine.begin() as connection:
            connection.execute(update(missing_days).where(*is_it).values(values))
