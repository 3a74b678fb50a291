"""Read only the table that a measure needs: orders and their customers, without the lines.

A measure of a model of lines whose columns all lie behind one required join is read on that other table
alone, where the join says that each of its rows has rows in the model (Join.complete). Nothing that counts
or adds up the model's own rows may be read so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kpi_engine.domain.models import DimensionColumn, First, Join, Model, Path
from kpi_engine.sql.scan import Ask, Output

_ROWS_DONT_COUNT = frozenset({"count_distinct", "min", "max"})


def pruned(models: Mapping[str, Model], ask: Ask, output: Output) -> tuple[Model, Output] | None:
    """Return the model and output to read an ask with, without the rows that it doesn't need.

    None where the ask needs its model's own rows.
    """
    model, measure = models[ask.need.measure.model], output.measure
    time = measure.time or model.time
    name = time[0] if time and len(time) > 1 else None
    join = model.joins.get(name) if name else None
    if name is None or join is None or not join.complete or not _can_leave(model, output):
        return None
    table = _Behind(name, join)
    first = measure.first
    needed = [time, measure.of, output.within.succeeded if output.within else None]
    needed += [first.per, first.event] if first else []
    needed += [model.acquired, model.path_of(output.known.by)] if output.known else []
    needed += [model.path_of(one) for one in (*ask.by, *(entry.dimension for entry in ask.where))]
    if not all(table.has(path) for path in needed if path):
        return None
    made = replace(
        measure,
        time=table.path(time),
        of=table.path(measure.of),
        first=First(table.must(first.per), table.must(first.event)) if first else None,
    )
    within = replace(output.within, succeeded=table.must(output.within.succeeded)) if output.within else None
    return _root(models, model, table), Output(made, within, output.known)


def _can_leave(model: Model, output: Output) -> bool:
    measure = output.measure
    is_plain = not (model.where or model.once or measure.where or measure.when)
    is_plain = is_plain and not (measure.since or measure.until)
    required = [join for join in model.joins.values() if join.required]
    return is_plain and measure.agg in _ROWS_DONT_COUNT and len(required) == 1


class _Behind:
    """The columns behind a join, also those of the model's own that hold the same."""

    def __init__(self, name: str, join: Join) -> None:
        self._name = name
        self.model = join.model
        self._same = dict(join.on)

    def has(self, path: Path) -> bool:
        return self.path(path) is not None

    def path(self, path: Path | None) -> Path | None:
        """Return a path of the model as one of the other model; None where it has none."""
        if path and path[0] == self._name:
            return path[1:]
        return (self._same[path[0]],) if path and len(path) == 1 and path[0] in self._same else None

    def must(self, path: Path) -> Path:
        """Return a path that is known to lie behind the join."""
        found = self.path(path)
        if found is None:
            raise ValueError(f"{path} doesn't lie behind {self._name}")
        return found


def _root(models: Mapping[str, Model], model: Model, table: _Behind) -> Model:
    """Return the other model with the dimensions of the first."""
    own = ((name, table.path(entry.path), entry.success_only) for name, entry in model.dimensions.items())
    return replace(
        models[table.model],
        name=f"{model.name}_{table.model}",
        dimensions={name: DimensionColumn(path, only) for name, path, only in own if path},
        acquired=table.path(model.acquired),
        history=None,
        measures={},
    )
