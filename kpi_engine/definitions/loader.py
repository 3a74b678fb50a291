"""YAML to Catalogue: reads and validates every file of a config directory; the only file reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from kpi_engine.definitions.access_file import AccessFile
from kpi_engine.definitions.model_files import (
    WEEKDAYS,
    ColumnFile,
    DimensionColumnFile,
    DimensionsFile,
    HistoryFile,
    MeasureFile,
    ModelFile,
    ScheduleFile,
    SummaryFile,
    SurveyFile,
)
from kpi_engine.definitions.yaml_with_lines import Document, read
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DefinitionError, Problem
from kpi_engine.domain.metrics import Kind, MeasureRef, Metric
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
from kpi_engine.domain.posts import Contact, Schedule, SummarySection, SummarySpec, SurveyList
from kpi_engine.domain.titles import Place, Title
from kpi_engine.kinds import metric_file, names
from kpi_engine.kinds.schema import MetricFile

FileType = TypeVar("FileType", bound=BaseModel)


def load(config_dir: Path, shipped: Path) -> Catalogue:
    """Read a config directory; what it lacks but for models comes from the `shipped` one.

    Raises DefinitionError with every problem found: file, line and what to write instead.
    """
    return _Loader(config_dir, shipped).catalogue()


def json_schemas() -> dict[str, object]:
    """Return the JSON Schema of each kind of file: model, metric, dimensions, summary, survey, access."""
    return {
        "model": ModelFile.model_json_schema(by_alias=True),
        "metric": metric_file().json_schema(),
        "dimensions": DimensionsFile.model_json_schema(),
        "summary": SummaryFile.model_json_schema(),
        "survey": SurveyFile.model_json_schema(),
        "access": AccessFile.model_json_schema(),
    }


class _Loader:
    """One reading of the two directories; collects problems instead of stopping at the first."""

    def __init__(self, config_dir: Path, shipped: Path) -> None:
        self._own, self._shipped = config_dir, shipped
        self._problems: list[Problem] = []
        self._aliases: dict[str, tuple[str, ...]] = {}

    def catalogue(self) -> Catalogue:
        dimensions = self._dimensions()
        models = self._models(dimensions)
        if not self._problems:
            self._check_joins(models)
        self._stop_if_wrong()
        metrics, unmapped = self._metrics(models, dimensions)
        summaries = self._summaries()
        surveys = self._surveys()
        access = self._access()
        self._stop_if_wrong()
        aliases = {name: self._aliases[name] for name in unmapped}
        return Catalogue(models, dimensions, metrics, unmapped, summaries, surveys, access, aliases)

    def _stop_if_wrong(self) -> None:
        if self._problems:
            raise DefinitionError(tuple(self._problems))

    def _wrong(self, place: Place, message: str, fix: str = "") -> None:
        self._problems.append(Problem(place.file, place.line, message, fix))

    # files

    def _documents(self, base: Path, folder: str) -> Iterable[Document]:
        for path in sorted((base / folder).glob("*.y*ml")):
            try:
                yield read(path, f"{base.name}/{folder}/{path.name}")
            except DefinitionError as wrong:
                self._problems.extend(wrong.problems)

    def _parse(self, document: Document, file_type: type[FileType]) -> FileType | None:
        try:
            return file_type.model_validate(document.content)
        except ValidationError as wrong:
            self._problems.extend(_problems_of(document, wrong, tuple(file_type.model_fields)))
            return None

    # dimensions

    def _dimensions(self) -> dict[str, Dimension]:
        found: dict[str, Dimension] = {}
        for base in dict.fromkeys((self._shipped, self._own)):
            path = base / "dimensions.yaml"
            if not path.exists():
                continue
            try:
                document = read(path, f"{base.name}/dimensions.yaml")
            except DefinitionError as wrong:
                self._problems.extend(wrong.problems)
                continue
            file = self._parse(document, DimensionsFile)
            for name, entry in file.dimensions.items() if file else ():
                found[name] = Dimension(name, entry.title.title(), entry.aliases)
        return found

    # models

    def _models(self, dimensions: dict[str, Dimension]) -> dict[str, Model]:
        models: dict[str, Model] = {}
        documents: dict[str, Document] = {}
        for document in (*self._documents(self._own, "models"), *self._documents(self._shipped, "store")):
            file = self._parse(document, ModelFile)
            if file is None:
                continue
            if file.name in models:
                line = document.line(("name",))
                self._wrong(
                    Place(document.file, line), f'defines "{file.name}" a second time.', "Rename one."
                )
                continue
            models[file.name] = _model(file, document)
            documents[file.name] = document
        if all(model.is_own for model in models.values()) and not self._problems:
            place = Place(f"{self._own.name}/models", 1)
            self._wrong(
                place,
                "holds no model files.",
                "Run kpi-bot init, or write one per business table; see docs/models.md.",
            )
        for name, model in models.items():
            for dimension in (*model.dimensions, *model.members):
                dimensions.setdefault(
                    dimension, Dimension(dimension, Title(dimension.replace("_", " ").capitalize()))
                )
            self._check_paths(model, models, documents[name])
            self._check_history(model)
        return models

    def _check_history(self, model: Model) -> None:
        """What a measure's `when` asks, the model's history must be able to tell."""
        history = model.history
        if history and model.time is None:
            fix = "Add time:, by which a customer's orders follow each other."
            self._wrong(model.at("history"), "has history: but no time:.", fix)
        for name, measure in model.measures.items():
            when = measure.when
            if when is None or (history and (history.has_rule(when) or history.marks(when))):
                continue
            where = "category:" if when == "cross_sell" else "category: and level:"
            fix = f"Add {where} to history:, or mark: with the values of {when}:."
            if history is None:
                fix = "Add history: with the columns of the customer and the order; see docs/models.md."
            place = model.at("measures", name, "when")
            self._wrong(place, f"measures.{name}: nothing tells which lines are {when}.", fix)

    def _check_paths(self, model: Model, models: Mapping[str, Model], document: Document) -> None:
        for join_name, join in model.joins.items():
            if join.model not in models:
                place = Place(document.file, document.line(("joins", join_name, "model")))
                self._wrong(
                    place, f'joins "{join.model}", which no file defines.', _did_you_mean(join.model, models)
                )
        for where, path in named_paths(model):
            problem = _broken_step(model, path, models)
            if problem:
                place = Place(document.file, document.line(where))
                self._wrong(place, f"{'.'.join(path)}: {problem[0]}", problem[1])

    def _check_joins(self, models: Mapping[str, Model]) -> None:
        for model in models.values():
            for name, join in model.joins.items():
                if models[join.model].database != model.database:
                    self._wrong(
                        model.place,
                        f'joins "{name}" in another database.',
                        "Models of two databases can't be joined; keep the columns in one.",
                    )

    # metrics

    def _metrics(
        self, models: Mapping[str, Model], dimensions: Mapping[str, Dimension]
    ) -> tuple[dict[str, Metric], dict[str, tuple[str, ...]]]:
        metrics: dict[str, Metric] = {}
        unmapped: dict[str, tuple[str, ...]] = {}
        own = self._own != self._shipped
        for base in dict.fromkeys((self._shipped, self._own)):
            seen: set[str] = set()
            for document in self._documents(base, "kpis"):
                file = self._metric_file(document)
                if file is None:
                    continue
                place = Place(document.file, document.line(("name",)))
                if file.name in seen:
                    self._wrong(place, f'defines "{file.name}" a second time.', "Rename one.")
                seen.add(file.name)
                unmapped.pop(file.name, None)
                self._aliases[file.name] = file.aliases
                metrics.pop(file.name, None)
                spec = file.spec_with(models)
                missing = (*_missing(spec.measures(), models), *file.lacks(models))
                if missing and own and base == self._shipped:
                    unmapped[file.name] = missing
                elif missing:
                    self._wrong(
                        place, f"{file.name} needs {', '.join(missing)}.", _did_you_mean(missing[0], models)
                    )
                else:
                    metrics[file.name] = self._metric(
                        file, spec, place, models, dimensions, is_shipped=own and base == self._shipped
                    )
        self._check_words(metrics)
        return metrics, unmapped

    def _metric_file(self, document: Document) -> MetricFile | None:
        try:
            return metric_file().validate_python(document.content)
        except ValidationError as wrong:
            self._problems.extend(_problems_of(document, wrong, tuple(MetricFile.model_fields)))
            return None

    def _metric(
        self,
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
            self._wrong(
                place,
                f'no model of {file.name} has the dimension "{unknown[0]}".',
                _did_you_mean(unknown[0], shared),
            )
        if spec.needs_whole_orders and any(
            models[ref.model].measures[ref.measure].when for ref in spec.measures()
        ):
            fix = "Name a measure without when:."
            self._wrong(place, f"{file.name} is a metric of whole orders, not of some lines.", fix)
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

    def _check_words(self, metrics: Mapping[str, Metric]) -> None:
        taken: dict[str, str] = {}
        for metric in metrics.values():
            for word in dict.fromkeys((metric.name, *metric.aliases)):
                folded = word.casefold().replace("_", " ")
                if taken.setdefault(folded, metric.name) != metric.name:
                    self._wrong(
                        metric.place, f'"{word}" already means {taken[folded]}.', "Use another alias."
                    )

    # summaries

    def _summaries(self) -> dict[str, SummarySpec]:
        """A shipped summary that the operator's directory lacks can be asked for, but is posted nowhere."""
        specs: dict[str, SummarySpec] = {}
        for base in dict.fromkeys((self._shipped, self._own)):
            for document in self._documents(base, "summaries"):
                file = self._parse(document, SummaryFile)
                if file is not None:
                    spec = _summary(file, Place(document.file, document.line(("name",))))
                    is_own = base == self._own or self._own.resolve() == self._shipped.resolve()
                    specs[file.name] = spec if is_own else replace(spec, channels=())
        return specs

    # surveys

    def _surveys(self) -> dict[str, SurveyList]:
        """Whom the operator wants to ask; nobody else's list fills in."""
        lists: dict[str, SurveyList] = {}
        for document in self._documents(self._own, "surveys"):
            file = self._parse(document, SurveyFile)
            if file is None:
                continue
            place = Place(document.file, document.line(("name",)))
            if file.name in lists:
                self._wrong(place, f'defines "{file.name}" a second time.', "Rename one.")
            contacts = tuple(
                Contact(entry.user, entry.customer, entry.rep, entry.segment, entry.region)
                for entry in file.contacts
            )
            lists[file.name] = SurveyList(file.name, file.title.title(), file.company, contacts, place)
        return lists

    # who may see what

    def _access(self) -> AccessList:
        """The operator's own list; the shipped directory has none."""
        path = self._own / "access.yaml"
        if not path.exists():
            return AccessList()
        try:
            document = read(path, f"{self._own.name}/{path.name}")
        except DefinitionError as wrong:
            self._problems.extend(wrong.problems)
            return AccessList()
        file = self._parse(document, AccessFile)
        lines = {tuple(map(str, where)): line for where, line in document.lines.items()}
        return replace(file.listed(), file=document.file, lines=lines) if file else AccessList()


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
            name: Join(join.model, tuple(join.on.items()), join.required) for name, join in file.joins.items()
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


def _schedule(file: ScheduleFile) -> Schedule:
    if file.every == "month":
        return Schedule("month", file.at, working_day=file.working_day)
    return Schedule("week", file.at, weekday=WEEKDAYS.index(file.every))


def _summary(file: SummaryFile, place: Place) -> SummarySpec:
    sections = tuple(
        SummarySection(part.name, part.title.title(), part.period, part.style, part.questions)
        for part in file.sections
    )
    return SummarySpec(
        name=file.name,
        title=file.title.title(),
        schedule=_schedule(file.schedule),
        channels=file.channels,
        sections=sections,
        grace_hours=file.grace_hours,
        language=file.language,
        place=place,
    )


def _broken_step(model: Model, path: ColumnPath, models: Mapping[str, Model]) -> tuple[str, str] | None:
    """Return what is wrong with a path and the fix, else None."""
    for step in path[:-1]:
        join = model.joins.get(step)
        if join is None:
            return f'"{step}" is no join of {model.name}.', _did_you_mean(step, model.joins)
        if join.model not in models:
            return None
        model = models[join.model]
    return None


def _missing(refs: Iterable[MeasureRef], models: Mapping[str, Model]) -> tuple[str, ...]:
    """Return the models or measures that a metric needs and nobody defines."""
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


def _did_you_mean(word: str, names: Iterable[str]) -> str:
    found = process.extractOne(word, list(names), score_cutoff=60)
    return f'Did you mean "{found[0]}"?' if found else ""


def _problems_of(document: Document, wrong: ValidationError, keys: tuple[str, ...]) -> Iterable[Problem]:
    """Turn pydantic's findings into sentences with the line of the key."""
    for error in wrong.errors():
        path = tuple(step for step in error["loc"] if step in _steps(document))
        line = document.line(path)
        named = ".".join(str(step) for step in path) or "the file"
        match error["type"]:
            case "extra_forbidden":
                word = str(error["loc"][-1])
                yield Problem(document.file, line, f'has an unknown key "{word}".', _did_you_mean(word, keys))
            case "missing":
                yield Problem(document.file, line, f'lacks "{error["loc"][-1]}:".', f"Add it to {named}.")
            case "value_error":
                yield Problem(document.file, line, f"{named}: {error['ctx']['error']}.")
            case "union_tag_invalid":
                expected = error["ctx"]["expected_tags"]
                yield Problem(
                    document.file,
                    document.line(("kind",)),
                    "has an unknown kind.",
                    f"Write one of {expected}.",
                )
            case "union_tag_not_found":
                *others, last = names()
                yield Problem(document.file, 1, 'lacks "kind:".', f"Write {', '.join(others)} or {last}.")
            case _:
                yield Problem(document.file, line, f"{named}: {error['msg']}.")


def _steps(document: Document) -> frozenset[str | int]:
    return frozenset(step for path in document.lines for step in path)
