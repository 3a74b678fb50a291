"""How many members dimensions have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from kpi_engine.domain.errors import DataError, WarehouseError
from kpi_engine.domain.models import Model
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.member_tables import own_table, value_columns
from kpi_engine.reading.sources import Sources, one_row

_DAY = 86_400.0
_SIZES = "number of members"
"""What the statements are for."""


class MemberCounts:
    """The sizes of a catalogue's dimensions, counted up to a limit and kept for a day."""

    def __init__(self, sources: Sources, elapsed: Elapsed, limit: int) -> None:
        self._sources = sources
        self._limit = limit
        self._kept: Kept[str, int] = Kept(_DAY, elapsed)

    def known(self, dimension: str) -> int | None:
        """Return how many members a dimension has if that is known already."""
        return self._kept.get(dimension)

    def put(self, dimension: str, count: int) -> None:
        """Keep how many members a dimension has."""
        self._kept.put(dimension, min(count, self._limit + 1))

    def sizes(self, dimensions: Iterable[str]) -> Mapping[str, int]:
        """Return how many members each dimension has; one more than the limit stands for any more.

        If several columns hold a dimension's keys, it has at most so many. All that aren't known yet are
        counted in one statement per database. Raises DataError and WarehouseError.
        """
        names = tuple(dict.fromkeys(dimensions))
        known = {name: count for name in names if (count := self._kept.get(name)) is not None}
        note_kept(_SIZES, known)
        counted = self._count([name for name in names if name not in known])
        for name, count in counted.items():
            self.put(name, count)
        return {name: min((known | counted)[name], self._limit + 1) for name in names}

    def _count(self, dimensions: Iterable[str]) -> dict[str, int]:
        totals = dict.fromkeys(dimensions, 0)
        together: dict[str, dict[tuple[str, str], tuple[Model, Select[Any]]]] = {}
        for name in totals:
            for model, statement in self._statements(name):
                together.setdefault(model.database, {})[name, model.name] = model, statement
        for counts in together.values():
            model = next(iter(counts.values()))[0]
            statements = {place: statement for place, (_, statement) in counts.items()}
            try:
                with sent_for(_SIZES, (name for name, _ in counts)):
                    found = one_row(self._sources.warehouse(model), statements)
            except (DataError, WarehouseError):
                if not model.is_own:
                    raise
                continue  # the bot's own tables add few members, if any
            for (name, _), count in found.items():
                totals[name] += int(count or 0)
        return totals

    def _statements(self, dimension: str) -> Iterable[tuple[Model, Select[Any]]]:
        """Yield the statements whose counts add up to a dimension's, each with its model."""
        models, limit = self._sources.models, self._limit + 1
        table = own_table(models, dimension)
        if table is not None:
            source, *_ = table.source(models)
            each: Select[Any] = select(literal_column("1").label("one")).select_from(source).limit(limit)
            yield table.model, select(func.count()).select_from(each.subquery("members"))
            return
        for column in value_columns(models, dimension, models):
            each = column.distinct(limit)
            yield column.model, select(func.count()).select_from(each.subquery("members"))
