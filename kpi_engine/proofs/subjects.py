"""What has to hold for a figure to be right: which joins, amounts, moments and keys its measures rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Kind, MeasureRef, Need
from kpi_engine.domain.models import Measure, Model, Path
from kpi_engine.proofs.currencies import of_money
from kpi_engine.sql.joins import model_behind

_ANY_DAY = date(2000, 1, 1)
"""Which columns a metric reads doesn't depend on the day."""
_NUMERIC = frozenset({"sum", "avg", "median", "min", "max"})

Aspect = Literal["join", "currency", "numbers", "offsets", "key", "classes"]


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to prove: of a model, its join `name`, its measure `name`, or the column at `path`.

    Of the classes of a score, `name` is the measure of one and `path` that of the other.
    """

    aspect: Aspect
    model: str
    name: str
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One measure of a metric, with everything that its rows rest on, split and filtered by `dimensions`.

    `paths` are the columns that are read, `time` is the one that places its rows. `looks_back` where rows
    from before a period count in it.
    """

    measure: MeasureRef
    paths: tuple[Path, ...]
    time: Path | None
    looks_back: bool
    subjects: tuple[Subject, ...]


def uses_of(catalogue: Catalogue, spec: Kind, dimensions: Collection[str]) -> tuple[Use, ...]:
    """Return the measures that a kind reads from the customer's databases, by some dimensions."""
    found: dict[Use, None] = {}
    named = set()
    for need in spec.needs(_ANY_DAY):
        named.add(need.measure)
        found |= dict.fromkeys(_use(catalogue, need, dimensions))
    classes = {first: second for first, second in spec.exclusive() if first.model == second.model}
    for measure in spec.measures():  # a kind without needs of its own, such as pairs
        if measure not in named:
            found |= dict.fromkeys(_use(catalogue, Need("", measure), dimensions))
    for first, second in classes.items():
        for use in [use for use in found if use.measure == first]:
            subject = Subject("classes", first.model, first.measure, (second.measure,))
            del found[use]
            found[replace(use, subjects=(*use.subjects, subject))] = None
    return tuple(found)


def every_use(catalogue: Catalogue) -> tuple[Use, ...]:
    """Return the uses of all metrics by all dimensions that they have."""
    found: dict[Use, None] = {}
    for metric in catalogue.metrics.values():
        found |= dict.fromkeys(uses_of(catalogue, metric.spec, metric.dimensions))
    return tuple(found)


def _use(catalogue: Catalogue, need: Need, dimensions: Collection[str]) -> Iterator[Use]:
    model = catalogue.models[need.measure.model]
    if model.is_own:
        return
    measure = model.measures[need.measure.measure]
    by = (model.path_of(name) for name in dimensions)
    paths = _paths(model, measure, need, (path for path in by if path))
    time = measure.time or model.time
    yield Use(
        need.measure,
        paths,
        time,
        bool(need.lookback or need.on or need.acquisition or measure.first or measure.when or measure.until),
        tuple(dict.fromkeys(_subjects(catalogue, model, measure, need, paths))),
    )


def _paths(model: Model, measure: Measure, need: Need, by: Iterable[Path]) -> tuple[Path, ...]:
    """Return the columns that a measure's statement reads."""
    asked: list[Path | None] = [measure.of, measure.time or model.time, measure.since, measure.until, *by]
    if measure.first:
        asked += [measure.first.per, measure.first.event]
    if model.once:
        asked += [*model.once.per, model.once.latest]
    if measure.when and model.history:
        asked += model.history.named().values()
    if need.within:
        asked.append(need.within.succeeded)
    if need.acquisition:
        asked += [model.acquired, model.path_of(need.acquisition.by)]
    asked += [(name, join.on[0][1]) for name, join in model.joins.items() if join.required]
    return tuple(dict.fromkeys(path for path in asked if path))


def _subjects(
    catalogue: Catalogue, model: Model, measure: Measure, need: Need, paths: Iterable[Path]
) -> Iterator[Subject]:
    models = catalogue.models
    # what is counted apart isn't counted twice; keys and first events are counted by their rows
    is_apart = measure.agg == "count_distinct" and measure.of != (model.key,) and measure.first is None
    if not is_apart:
        yield from (joined for path in paths for joined in joins_on(models, model, path))
        yield Subject("key", model.name, model.key)
    if measure.of and measure.since is None and measure.agg in _NUMERIC:
        yield Subject("numbers", model.name, measure.name, measure.of)
        if measure.name in of_money(catalogue, model):
            yield Subject("currency", model.name, measure.name, measure.of)
    moments = [measure.time or model.time, measure.until, need.within.succeeded if need.within else None]
    yield from (Subject("offsets", model.name, ".".join(path), path) for path in moments if path)


def joins_on(models: Mapping[str, Model], model: Model, path: Path) -> Iterator[Subject]:
    """Yield the joins that a path of a model takes, each of the model that has it."""
    for length in range(1, len(path)):
        owner = model_behind(models, model, path[: length - 1])
        if path[length - 1] in owner.joins:
            yield Subject("join", owner.name, path[length - 1])
