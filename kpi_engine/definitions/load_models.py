"""Model files to models: each converted, then checked against the others."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_engine.definitions.config_files import ConfigFiles, did_you_mean
from kpi_engine.definitions.model_files import (
    ColumnFile,
    DimensionColumnFile,
    HistoryFile,
    MeasureFile,
    ModelFile,
)
from kpi_engine.definitions.yaml_with_lines import Document
from kpi_engine.domain.models import (
    Column,
    Dimension,
    DimensionColumn,
    First,
    History,
    Join,
    Mark,
    Measure,
    MemberTable,
    Model,
    Once,
    TargetColumns,
    named_paths,
)
from kpi_engine.domain.models import Path as ColumnPath
from kpi_engine.domain.titles import Place, Title


def load_models(files: ConfigFiles, dimensions: dict[str, Dimension]) -> dict[str, Model]:
    """Return the models by name; dimensions that only a model names are added to `dimensions`."""
    models: dict[str, Model] = {}
    documents: dict[str, Document] = {}
    for document in (*files.documents(files.own, "models"), *files.documents(files.shipped, "store")):
        file = files.parse(document, ModelFile)
        if file is None:
            continue
        if file.name in models:
            line = document.line(("name",))
            files.add_problem(
                Place(document.file, line), f'defines "{file.name}" a second time.', "Rename one."
            )
            continue
        models[file.name] = _model(file, document)
        documents[file.name] = document
    if all(model.is_own for model in models.values()) and not files.problems:
        place = Place(f"{files.own.name}/models", 1)
        files.add_problem(
            place,
            "doesn't contain any model files.",
            "Run kpi-bot init, or write one file per business table; see docs/models.md.",
        )
    for name, model in models.items():
        for dimension in (*model.dimensions, *model.members):
            dimensions.setdefault(
                dimension, Dimension(dimension, Title(dimension.replace("_", " ").capitalize()))
            )
        _check_paths(files, model, models, documents[name])
        _check_history(files, model)
    return models


def _check_paths(files: ConfigFiles, model: Model, models: Mapping[str, Model], document: Document) -> None:
    for join_name, join in model.joins.items():
        if join.model not in models:
            place = Place(document.file, document.line(("joins", join_name, "model")))
            files.add_problem(
                place, f'joins "{join.model}", but no file defines it.', did_you_mean(join.model, models)
            )
    for where, path in named_paths(model):
        problem = _broken_step(model, path, models)
        if problem:
            place = Place(document.file, document.line(where))
            files.add_problem(place, f"{'.'.join(path)}: {problem[0]}", problem[1])


def _check_history(files: ConfigFiles, model: Model) -> None:
    """Check that the model's history can tell what the `when` of its measures asks."""
    history = model.history
    if history and model.time is None:
        fix = "Add time:, which puts a customer's orders in sequence."
        files.add_problem(model.at("history"), "has history: but not time:.", fix)
    for name, measure in model.measures.items():
        when = measure.when
        if when is None or (history and (history.has_rule(when) or history.marks(when))):
            continue
        where = "category:" if when == "cross_sell" else "category: and level:"
        fix = f"Add {where} to history:, or mark: with the values of {when}:."
        if history is None:
            fix = "Add history: with the columns of the customer and the order; see docs/models.md."
        place = model.at("measures", name, "when")
        files.add_problem(place, f"measures.{name}: nothing says which lines are {when}.", fix)


def check_joins(files: ConfigFiles, models: Mapping[str, Model]) -> None:
    """Add a problem for each join that leads to another database; every joined model must be there."""
    for model in models.values():
        for name, join in model.joins.items():
            if models[join.model].database != model.database:
                files.add_problem(
                    model.place,
                    f'joins "{name}" in another database.',
                    "Models of two databases can't be joined; keep the columns in one.",
                )


def _broken_step(model: Model, path: ColumnPath, models: Mapping[str, Model]) -> tuple[str, str] | None:
    """Return what is wrong with a path and the fix, else None."""
    for step in path[:-1]:
        join = model.joins.get(step)
        if join is None:
            return f'"{step}" is not a join of {model.name}.', did_you_mean(step, model.joins)
        if join.model not in models:
            return None
        model = models[join.model]
    return None


def _path(dotted: str) -> ColumnPath:
    return tuple(dotted.split("."))


def _optional_path(dotted: str | None) -> ColumnPath | None:
    return None if dotted is None else _path(dotted)


def _column(name: str, entry: str | ColumnFile) -> Column:
    if isinstance(entry, str):
        return Column(name, entry, None)
    return Column(name, entry.column, entry.sql, entry.type, entry.currency)


def _measure(name: str, entry: MeasureFile) -> Measure:
    first = First(_path(entry.first.per), _path(entry.first.event)) if entry.first else None
    return Measure(
        name,
        entry.agg,
        _optional_path(entry.of),
        entry.where,
        _optional_path(entry.time),
        first,
        _optional_path(entry.since),
        _optional_path(entry.until),
        entry.when,
    )


def _history(file: HistoryFile) -> History:
    mark = file.mark
    return History(
        customer=_path(file.customer),
        order=_path(file.order),
        category=_optional_path(file.category),
        level=_optional_path(file.level),
        min_uplift=file.min_uplift,
        mark=Mark(_path(mark.column), mark.upsell, mark.cross_sell) if mark else None,
    )


def _dimension_column(entry: str | DimensionColumnFile) -> DimensionColumn:
    if isinstance(entry, str):
        return DimensionColumn(_path(entry))
    return DimensionColumn(_path(entry.path), entry.success_only)


def _model(file: ModelFile, document: Document) -> Model:
    return Model(
        name=file.name,
        database=file.database,
        table=file.table,
        schema=file.schema_name,
        query=file.query,
        key=file.key,
        columns={name: _column(name, entry) for name, entry in file.columns.items()},
        place=Place(document.file, document.line(("name",))),
        time=_optional_path(file.time),
        zone=file.zone,
        grain=file.grain,
        where=file.where,
        currency=file.currency,
        joins={
            name: Join(join.model, tuple(join.on.items()), join.required, join.complete)
            for name, join in file.joins.items()
        },
        dimensions={name: _dimension_column(entry) for name, entry in file.dimensions.items()},
        history=_history(file.history) if file.history else None,
        once=Once(tuple(map(_path, file.once.per)), _path(file.once.latest)) if file.once else None,
        measures={name: _measure(name, entry) for name, entry in file.measures.items()},
        members={
            name: MemberTable(entry.label, entry.active_from, entry.active_until, entry.user, entry.email)
            for name, entry in file.members.items()
        },
        targets=TargetColumns(file.targets.metric, file.targets.value) if file.targets else None,
        fresh=_optional_path(file.fresh),
        acquired=_optional_path(file.acquired),
        workspace=file.workspace,
        lines={tuple(map(str, path)): line for path, line in document.lines.items()},
    )
