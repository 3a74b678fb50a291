"""Targets out of the databases' own target tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import literal, select

from kpi_engine.analysis.targets import TargetRow
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.periods import Grain, start_of
from kpi_engine.reading.reader import Reader, between
from kpi_engine.sql.joins import Relation


class Targets(Protocol):
    """Where targets come from; the bot may put its own in front of the database's."""

    def rows(self, metric: str, start: date, end: date, now: datetime) -> Sequence[tuple[date, TargetRow]]:
        """Return the targets of a metric for the months that begin in `[start, end)`, each with its month."""
        ...


class TableTargets:
    """Targets from every model that has `targets:`; the first model with rows for the metric wins."""

    def __init__(self, catalogue: Catalogue, reader: Reader) -> None:
        self._models = catalogue.models
        self._sources = [model for model in catalogue.models.values() if model.targets]
        self._reader = reader

    def rows(self, metric: str, start: date, end: date, now: datetime) -> Sequence[tuple[date, TargetRow]]:  # noqa: ARG002 - a table has no history of changes
        """Return the targets of a metric for the months that begin in `[start, end)`, each with its month."""
        for model in self._sources:
            if model.targets is None or model.time is None:
                continue
            names = list(model.dimensions)
            paths = [model.dimensions[name].path for name in names]
            fixed = [model.time, (model.targets.metric,), (model.targets.value,)]
            relation = Relation(self._models, model, [*fixed, *paths], {})
            at, named, value = (relation.column(path) for path in fixed)
            stored = self._reader.time_column(model, model.time)
            statement = (
                select(at, value, *(relation.column(path) for path in paths))
                .select_from(relation.source)
                .where(named == literal(metric), between(at, stored, start, end), value.is_not(None))
            )
            found = []
            for month, amount, *keys in self._reader.warehouse(model).read(statement):
                moment = stored.read(month)
                members = {name: key for name, key in zip(names, keys, strict=True) if key is not None}
                level = {name: key for name, key in members.items() if len(model.dimensions[name].path) == 1}
                if moment is not None:
                    found.append(
                        (start_of(Grain.MONTH, moment.date()), TargetRow(level, members, float(amount)))
                    )
            if found:
                return found
        return []
