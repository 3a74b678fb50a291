"""Check the model files against a live database: every table, column, condition and moment is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, false, func, select

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError, Problem, StatementRefusedError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Location, Model, Path, named_paths, time_paths
from kpi_engine.onboarding.derived import derived, number_fix, quoting
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.day_numbers import moment_of
from kpi_engine.sql.exact_text import exact
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.mends import stored_sql
from kpi_engine.sql.number_texts import TEXTS_READ, numbers_told

_ANY_DAY = date(2000, 1, 1)
"""Which columns a metric reads doesn't depend on the day."""


def problems(catalogue: Catalogue, reader: Reader) -> tuple[Problem, ...]:
    """Return what the database can't give to the models, each with file, line and fix.

    Raises WarehouseError where the database doesn't answer at all.
    """
    found: list[Problem] = []
    for model in catalogue.mapped_models:
        found += _model_problems(catalogue.models, model, reader)
    return tuple(found) or tuple(_metric_problems(catalogue, reader))


def unread(catalogue: Catalogue, reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """Return the shipped metrics that need a column which isn't there, with that column in words.

    They are left out like those whose models aren't mapped; needs no problems.
    """
    lacking = _lacking(catalogue, reader)
    return {
        metric.name: (f"column {'.'.join(path)} of model {model.name}",)
        for metric, model, path in lacking
        if metric.is_shipped
    }


def _model_problems(models: Mapping[str, Model], model: Model, reader: Reader) -> list[Problem]:
    failure = _failure(models, model, [(model.key,)], {}, reader)
    if failure:
        source = f"the table {model.table}" if model.table else "the query"
        return [_source_problem(models, model, source, failure, reader)]
    declared = [(("columns", name), (name,)) for name in model.columns]
    found = [
        _failed(
            model,
            location,
            failure,
            f"{'.'.join(location)}: {'.'.join(path)} can't be read.",
            "Correct the column's name, its sql: or the join's on:.",
        )
        for location, path in dict.fromkeys([*declared, *named_paths(model)])
        if (failure := _failure(models, model, [path], {}, reader))
    ]
    found += [
        _failed(
            model,
            ("measures", name, "where"),
            failure,
            f"measures.{name}.where can't be evaluated.",
            "Correct the condition; it can only use columns of the model's own table.",
        )
        for name, measure in model.measures.items()
        if measure.where and (failure := _failure(models, model, [], {"counts": measure.where}, reader))
    ]
    return found or [
        *_aggregate_problems(models, model, reader),
        *_history_problems(models, model, reader),
        *_moment_problems(models, model, reader),
    ]


def _source_problem(
    models: Mapping[str, Model], model: Model, source: str, failure: DataError, reader: Reader
) -> Problem:
    """Tell a wrong condition from a wrong table or key."""
    if model.where and not _failure(models, replace(model, where=None), [(model.key,)], {}, reader):
        message = "where: can't be evaluated."
        fix = "Correct the condition; it can only use columns of the model's own table."
        return _failed(model, ("where",), failure, message, fix)
    message = f"can't read {model.key} from {source}."
    place = ("query",) if isinstance(failure, StatementRefusedError) else ("name",)
    return _failed(model, place, failure, message, "Correct table:, query:, schema: or key:.")


def _aggregate_problems(models: Mapping[str, Model], model: Model, reader: Reader) -> Iterator[Problem]:
    """Try every aggregate: a database with strict types refuses to add up text."""
    for name, measure in model.measures.items():
        if measure.of is None or measure.since or measure.agg not in ("sum", "avg", "median"):
            continue
        relation = Relation(models, model, [measure.of], {})
        statement = select(func.sum(relation.column(measure.of))).select_from(relation.source).where(false())
        try:
            reader.warehouse(model).read(statement)
        except DataError:
            yield _problem(
                model,
                ("measures", name),
                f"measures.{name}: {'.'.join(measure.of)} holds no numbers, so agg: {measure.agg} can't "
                "use it.",
                _number_fix(models, model, measure.of, reader),
            )


def _number_fix(models: Mapping[str, Model], model: Model, of: Path, reader: Reader) -> str:
    """Return how to make numbers of a column's texts, as far as some of them tell."""
    relation = Relation(models, model, [of], {})
    column = relation.column(of)
    some = select(column).select_from(relation.source).where(column.is_not(None)).distinct()
    texts = [row[0] for row in reader.warehouse(model).read(some.limit(TEXTS_READ))]
    if not texts or not all(isinstance(text, str) for text in texts):
        return "Use another column, or derive a number with sql:."
    return f"Use another column. {number_fix(reader, models, model, of, numbers_told(texts))}"


def _history_problems(models: Mapping[str, Model], model: Model, reader: Reader) -> Iterator[Problem]:
    """Try a history's columns: levels compare as numbers, marks with the values that the file names."""
    history = model.history
    if history is None:
        return
    named = history.named()
    relation = Relation(models, model, list(named.values()), {})
    tried: dict[str, ColumnElement[Any]] = {}
    if history.level:
        tried["level"] = func.sum(relation.column(history.level))
    if history.mark:
        values = (*history.mark.upsell, *history.mark.cross_sell)
        tried["mark"] = func.count(case((exact(relation.column(history.mark.column)).in_(values), 1)))
    said = {
        "level": ("holds no numbers, so levels can't be compared.", "Use a column with a tier or a price."),
        "mark": ("can't be compared with these values.", "Write text in quotes and numbers without."),
    }
    for key, asked in tried.items():
        try:
            reader.warehouse(model).read(select(asked).select_from(relation.source).where(false()))
        except DataError:
            message, fix = said[key]
            yield _problem(model, ("history", key), f"history.{key}: {'.'.join(named[key])} {message}", fix)


def _metric_problems(catalogue: Catalogue, reader: Reader) -> Iterator[Problem]:
    for metric, model, path in _lacking(catalogue, reader):
        if not metric.is_shipped:
            yield Problem(
                metric.place.file,
                metric.place.line,
                f"{'.'.join(path)} can't be read from {model.name}.",
                f"Correct the name here, or add the column in {model.place.file}.",
            )


def _lacking(catalogue: Catalogue, reader: Reader) -> Iterator[tuple[Metric, Model, Path]]:
    """Yield the metrics that name a column which isn't there: when a row succeeded."""
    for metric in catalogue.metrics.values():
        for need in metric.spec.needs(_ANY_DAY):
            model = catalogue.models[need.measure.model]
            path = need.within.succeeded if need.within else None
            if path and _failure(catalogue.models, model, [path], {}, reader):
                yield metric, model, path
                break


def _moment_problems(models: Mapping[str, Model], model: Model, reader: Reader) -> list[Problem]:
    """Check that every time column holds dates or moments."""
    found = []
    for path, location in time_paths(model).items():
        try:
            reader.time_column(model, path)
        except DataError as wrong:
            fix = _moment_fix(models, model, path, reader) or wrong.hint
            found.append(_problem(model, location, f"{'.'.join(path)}: {wrong.message}", fix))
    return found


def _moment_fix(models: Mapping[str, Model], model: Model, path: Path, reader: Reader) -> str:
    """Return how to make moments of the form that a column has, "" where some of its values don't tell."""
    relation = Relation(models, model, [path], {})
    column = relation.column(path)
    some = select(column).select_from(relation.source).where(column.is_not(None)).distinct()
    values = [row[0] for row in reader.warehouse(model).read(some.limit(TEXTS_READ))]
    owner = relation.model_at(path[:-1])
    stored = stored_sql(owner, path[-1], quoting(reader, owner))
    found = moment_of(values, stored, reader.warehouse(owner).dialect_name)
    if found is None:
        return ""
    line = derived(reader, models, model, path, lambda _sql, _dialect: found.sql, found.kind)
    return f"It holds {found.form}: derive a date {line}. {found.caution}".strip()


def _failure(
    models: Mapping[str, Model], model: Model, paths: list[Path], flags: Mapping[str, str], reader: Reader
) -> DataError | None:
    """Return why some columns and conditions of a model can't be read; None where they can."""
    relation = Relation(models, model, [*paths, (model.key,)], flags)
    columns = [relation.column(path) for path in paths] + [relation.flag(name) for name in flags]
    try:
        reader.warehouse(model).read(select(*columns).select_from(relation.source).limit(1))
    except DataError as failure:
        return failure
    return None


def _failed(model: Model, location: Location, failure: DataError, message: str, fix: str) -> Problem:
    """Return a problem, which tells SQL that would do more than read."""
    if isinstance(failure, StatementRefusedError):
        return _problem(model, location, failure.message, failure.hint)
    return _problem(model, location, message, fix)


def _problem(model: Model, location: Location, message: str, fix: str) -> Problem:
    place = model.at(*location)
    return Problem(place.file, place.line, message, fix)
