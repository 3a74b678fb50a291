"""YAML to Catalogue: read and validate every file of a config directory; the only reader of files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kpi_engine.definitions.access_file import AccessFile
from kpi_engine.definitions.config_files import ConfigFiles
from kpi_engine.definitions.load_metrics import load_metrics, metric_schema
from kpi_engine.definitions.load_models import check_joins, load_models
from kpi_engine.definitions.load_posts import load_summaries, load_surveys
from kpi_engine.definitions.model_files import DimensionsFile, ModelFile, SummaryFile, SurveyFile
from kpi_engine.domain.access import AccessList
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.models import Dimension
from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalYear
from kpi_engine.language.parser import is_read_as


def load(config_dir: Path, shipped: Path, fiscal_year: FiscalYear = UNKNOWN_FISCAL_YEAR) -> Catalogue:
    """Read a config directory; what it lacks but for models comes from the `shipped` one.

    `fiscal_year` says how the company's fiscal years run.
    Raises DefinitionError with every problem found: file, line and what to write instead.
    """
    files = ConfigFiles(config_dir, shipped)
    dimensions = _dimensions(files)
    models = load_models(files, dimensions)
    if not files.problems:
        check_joins(files, models)
    files.raise_problems()
    metrics = load_metrics(files, models, dimensions)
    summaries, surveys, access = load_summaries(files), load_surveys(files), _access(files)
    aliases = {name: metrics.aliases[name] for name in metrics.unmapped}
    catalogue = Catalogue(
        models,
        dimensions,
        metrics.mapped,
        metrics.unmapped,
        summaries,
        surveys,
        access,
        aliases,
        fiscal_year,
    )
    _check_typed_names(files, catalogue)
    files.raise_problems()
    return catalogue


def json_schemas() -> dict[str, object]:
    """Return the JSON Schema of each kind of file: model, metric, dimensions, summary, survey, access."""
    return {
        "model": ModelFile.model_json_schema(by_alias=True),
        "metric": metric_schema(),
        "dimensions": DimensionsFile.model_json_schema(),
        "summary": SummaryFile.model_json_schema(),
        "survey": SurveyFile.model_json_schema(),
        "access": AccessFile.model_json_schema(),
    }


def _check_typed_names(files: ConfigFiles, catalogue: Catalogue) -> None:
    """Check that people can type each own metric's name and aliases, and that they mean that metric."""
    for metric in catalogue.metrics.values():
        for word in () if metric.is_shipped else dict.fromkeys((metric.name, *metric.aliases)):
            if not is_read_as(word, metric.name, catalogue):
                what = "the name" if word == metric.name else "an alias"
                files.add_problem(
                    metric.place,
                    f'"{word}" can\'t be {what} of a metric: in a question it means something else.',
                    "Choose another word, or two words.",
                )


def _dimensions(files: ConfigFiles) -> dict[str, Dimension]:
    found: dict[str, Dimension] = {}
    for base in files.bases:
        document = files.document(base, "dimensions.yaml")
        file = files.parse(document, DimensionsFile) if document else None
        for name, entry in file.dimensions.items() if file else ():
            found[name] = Dimension(name, entry.title.title(), entry.aliases)
    return found


def _access(files: ConfigFiles) -> AccessList:
    """Return the operator's own list of who may see what; the shipped directory has none."""
    document = files.document(files.own, "access.yaml")
    file = files.parse(document, AccessFile) if document else None
    if document is None or file is None:
        return AccessList()
    lines = {tuple(map(str, where)): line for where, line in document.lines.items()}
    return replace(file.listed(), file=document.file, lines=lines)
