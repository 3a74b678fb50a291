"""Metric files to metrics, those that this database's models can't answer apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kpi_engine.definitions.config_files import ConfigFiles, did_you_mean
from kpi_engine.domain.metrics import Kind, MeasureRef, Metric
from kpi_engine.domain.models import Dimension, DimensionColumn, Model
from kpi_engine.domain.titles import Place
from kpi_engine.kinds import metric_file
from kpi_engine.kinds.schema import MetricFile


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics by name; the shipped ones that lack models or measures, with those; all aliases."""

    mapped: dict[str, Metric]
    unmapped: dict[str, tuple[str, ...]]
    aliases: dict[str, tuple[str, ...]]


def load_metrics(
    files: ConfigFiles, models: Mapping[str, Model], dimensions: Mapping[str, Dimension]
) -> Metrics:
    """Return what the metric files of both directories define; an own metric replaces a shipped one."""
    found = Metrics({}, {}, {})
    for base in files.bases:
        is_shipped = base == files.shipped and files.own != files.shipped
        seen: set[str] = set()
        for document in files.documents(base, "kpis"):
            file = files.parse_union(document, metric_file(), MetricFile)
            if file is None:
                continue
            place = Place(document.file, document.line(("name",)))
            if file.name in seen:
                files.add_problem(place, f'defines "{file.name}" a second time.', "Rename one.")
            seen.add(file.name)
            found.unmapped.pop(file.name, None)
            found.aliases[file.name] = file.aliases
            found.mapped.pop(file.name, None)
            spec = file.spec_with(models)
            missing = (*_missing(spec.measures(), models), *file.lacks(models))
            if missing and is_shipped:
                found.unmapped[file.name] = missing
            elif missing:
                fix = did_you_mean(missing[0], models)
                files.add_problem(place, f"{file.name} needs {', '.join(missing)}.", fix)
            else:
                metric = _metric(files, file, spec, place, models, dimensions, is_shipped=is_shipped)
                found.mapped[file.name] = metric
    _check_words(files, found.mapped)
    return found


def metric_schema() -> dict[str, object]:
    """Return the JSON Schema of a metric file, whatever its kind."""
    return metric_file().json_schema()


def _metric(
    files: ConfigFiles,
    file: MetricFile,
    spec: Kind,
    place: Place,
    models: Mapping[str, Model],
    dimensions: Mapping[str, Dimension],
    *,
    is_shipped: bool,
) -> Metric:
    shared = _shared_dimensions(spec, models)
    unknown = [name for name in file.dimensions or () if name not in shared]
    if unknown and not is_shipped:
        files.add_problem(
            place,
            f'none of the models of {file.name} has the dimension "{unknown[0]}".',
            did_you_mean(unknown[0], shared),
        )
    if spec.needs_whole_orders and any(
        models[ref.model].measures[ref.measure].when for ref in spec.measures()
    ):
        fix = "Use a measure without when:."
        files.add_problem(place, f"{file.name} counts whole orders, not single lines.", fix)
    wanted = file.dimensions if file.dimensions is not None else tuple(dimensions)
    return Metric(
        name=file.name,
        title=file.title.title(),
        description=file.description.title(),
        spec=spec,
        unit=file.unit,
        better=file.better,
        dimensions=tuple(name for name in wanted if name in shared),
        place=place,
        aliases=file.aliases,
        owner=file.owner,
        source=file.source,
        is_shipped=is_shipped,
    )


def _check_words(files: ConfigFiles, metrics: Mapping[str, Metric]) -> None:
    """Check that no word names two metrics."""
    taken: dict[str, str] = {}
    for metric in metrics.values():
        for word in dict.fromkeys((metric.name, *metric.aliases)):
            folded = word.casefold().replace("_", " ")
            if taken.setdefault(folded, metric.name) != metric.name:
                files.add_problem(
                    metric.place, f'"{word}" already means {taken[folded]}.', "Choose another alias."
                )


def _missing(refs: Iterable[MeasureRef], models: Mapping[str, Model]) -> tuple[str, ...]:
    """Return the models or measures that a metric needs and no file defines."""
    missing = []
    for ref in refs:
        if ref.model not in models:
            missing.append(f"model {ref.model}")
        elif ref.measure not in models[ref.model].measures:
            missing.append(f"measure {ref.measure} of model {ref.model}")
    return tuple(dict.fromkeys(missing))


def _shared_dimensions(spec: Kind, models: Mapping[str, Model]) -> tuple[str, ...]:
    """Return the dimensions that every model of a metric has under one name, or of one set of models."""

    def of(ref: MeasureRef) -> Mapping[str, DimensionColumn]:
        return models[ref.model].dimensions

    shared: dict[str, None] = {}
    for first, *others in spec.beside():
        shared |= dict.fromkeys(name for name in of(first) if all(name in of(other) for other in others))
    return tuple(shared)
