"""What the rows of a live database say about the model files: keys, joins, moments.

Every sum is right only if keys are unique and joins lead to one row at most; both are proved
here, not assumed. What is merely odd (rows without a partner, moments to come) is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal, select

from kpi_engine.catalogue import Catalogue, Join, Model, Path
from kpi_engine.errors import DataError, Problem
from kpi_engine.kinds.cohort import Cohort
from kpi_engine.reader import Reader
from kpi_engine.relations import Relation

_EXAMPLES = 3


def findings(catalogue: Catalogue, reader: Reader, now: datetime) -> tuple[Problem, ...]:
    """Return what the rows contradict, each with file, line and fix; columns must be there already.

    Raises WarehouseError where the database doesn't answer.
    """
    proof = _Proof(catalogue, reader, now)
    found: list[Problem] = []
    for model in catalogue.mapped_models:
        found += proof.key(model)
        found += proof.moments(model)
        for name, join in model.joins.items():
            found += proof.join(model, name, join)
    found += proof.cohorts()
    return tuple(found)


class _Proof:
    """The checks of one database."""

    def __init__(self, catalogue: Catalogue, reader: Reader, now: datetime) -> None:
        self._catalogue, self._models, self._reader, self._now = catalogue, catalogue.models, reader, now

    def key(self, model: Model) -> Iterator[Problem]:
        """The key must be there and tell rows apart."""
        relation = Relation(self._models, model, [(model.key,)], {})
        key = relation.column((model.key,))
        rows, keys, distinct = self._one(
            model,
            select(func.count(), func.count(key), func.count(key.distinct())).select_from(relation.source),
        )
        if keys < rows:
            yield _problem(
                model,
                f"{rows - keys:,} of {rows:,} rows have no {model.key}.",
                "Name a key that every row has.",
            )
        if distinct < keys:
            examples = self._repeated(model, relation, key)
            yield _problem(
                model,
                f"{model.key} isn't unique: {keys:,} rows have {distinct:,} values ({examples} repeat).",
                "Name a column that tells rows apart, or let query: keep one row of each.",
            )

    def join(self, model: Model, name: str, join: Join) -> Iterator[Problem]:
        """A join must lead to one row at most; rows that find none are odd."""
        target = self._models[join.model]
        others = [other for _, other in join.on]
        relation = Relation(self._models, target, [(other,) for other in others], {})
        columns = [relation.column((other,)) for other in others]
        twice = (
            select(*columns).select_from(relation.source).where(*(column.is_not(None) for column in columns))
        )
        repeated = twice.group_by(*columns).having(func.count() > 1).subquery("repeated")
        (count,) = self._one(target, select(func.count()).select_from(repeated))
        if count:
            yield _problem(
                model,
                f"joins.{name} multiplies rows: {count:,} values of {', '.join(others)} stand in several rows"
                f" of {target.name}.",
                f"Join on a column that is unique in {target.name}.",
            )
            return
        yield from self._orphans(model, name, join)

    def _orphans(self, model: Model, name: str, join: Join) -> Iterator[Problem]:
        target = self._models[join.model]
        if target.database != model.database or join.required:
            return
        path: Path = (name, join.on[0][1])
        relation = Relation(self._models, model, [*((own,) for own, _ in join.on), path], {})
        own, other = relation.column((join.on[0][0],)), relation.column(path)
        lost = and_(own.is_not(None), other.is_(None))
        rows, orphans = self._one(
            model, select(func.count(own), func.count(own) - func.count(other)).select_from(relation.source)
        )
        if not orphans:
            return
        values = select(own).select_from(relation.source).where(lost).distinct().limit(_EXAMPLES)
        examples = ", ".join(repr(row[0]) for row in self._reader.warehouse(model).read(values))
        yield _problem(
            model,
            f"joins.{name}: {orphans:,} of {rows:,} rows point to no row of {target.name} ({examples}).",
            "They are shown by that value, and as (none) for what lies behind; derive a column if misspelt.",
            is_warning=True,
        )

    def moments(self, model: Model) -> Iterator[Problem]:
        """Rows without a time fall in no period; rows to come aren't counted yet."""
        if model.time is None or model.targets:
            return
        relation = Relation(self._models, model, [model.time], {})
        at = relation.column(model.time)
        stored = self._reader.time_column(model, model.time)
        (rows, timed) = self._one(model, select(func.count(), func.count(at)).select_from(relation.source))
        later = at >= literal(stored.before(self._now), stored.sql_type())
        (coming,) = self._one(model, select(func.count()).select_from(relation.source).where(later))
        time = ".".join(model.time)
        own = [measure for measure in model.measures.values() if measure.time is None]
        if timed < rows and any(measure.where is None for measure in own):
            yield _problem(
                model,
                f"{rows - timed:,} of {rows:,} rows have no {time}: they count in all time only.",
                "Choose another time: if that is too many.",
                is_warning=True,
            )
        if coming and model.grain == "day":
            yield _problem(
                model,
                f"{coming:,} rows have a {time} that is still to come.",
                "They count once it has come; correct zone: if they shouldn't be there.",
                is_warning=True,
            )

    def cohorts(self) -> Iterator[Problem]:
        """A success before its entry never counts."""
        for metric in self._catalogue.metrics.values():
            if not isinstance(metric.spec, Cohort):
                continue
            try:
                count = self._too_early(metric.spec)
            except DataError:
                continue  # schema.problems says which column is missing
            if count:
                rows = f"{count:,} rows of {metric.spec.entered.model}"
                yield Problem(
                    metric.place.file,
                    metric.place.line,
                    f"{rows} succeeded ({metric.spec.succeeded}) before they began; they never count.",
                    "Look at those rows: one of the two columns is wrong, or another one is meant.",
                    is_warning=True,
                )

    def _too_early(self, spec: Cohort) -> int:
        """Return how many rows succeeded before they began; 0 where the two are stored in different ways."""
        model = self._models[spec.entered.model]
        succeeded = tuple(spec.succeeded.split("."))
        time = model.measures[spec.entered.measure].time or model.time
        if (
            time is None
            or len({self._reader.time_column(model, path).form for path in (time, succeeded)}) > 1
        ):
            return 0
        relation = Relation(self._models, model, [time, succeeded], {})
        before = relation.column(succeeded) < relation.column(time)
        return self._one(model, select(func.count()).select_from(relation.source).where(before))[0]

    def _repeated(self, model: Model, relation: Relation, key: Any) -> str:
        statement = (
            select(key)
            .select_from(relation.source)
            .where(key.is_not(None))
            .group_by(key)
            .having(func.count() > 1)
            .limit(_EXAMPLES)
        )
        return ", ".join(repr(row[0]) for row in self._reader.warehouse(model).read(statement))

    def _one(self, model: Model, statement: Any) -> tuple[int, ...]:
        """Return the one row of counts."""
        return tuple(int(value or 0) for value in self._reader.warehouse(model).read(statement)[0])


def _problem(model: Model, message: str, fix: str, *, is_warning: bool = False) -> Problem:
    return Problem(model.place.file, model.place.line, message, fix, is_warning=is_warning)
