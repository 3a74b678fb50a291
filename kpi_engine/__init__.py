"""The KPI engine: metrics computed from a SQL database that it only reads.

This module names what the engine offers. Everything else is internal, except `kpi_engine.domain`, which holds
the plain values that questions, answers and definitions are made of. docs/engine.md shows how to use it.

Engine and database
    `load` reads a config directory into a catalogue, and `json_schemas` describes its files. `Engine` answers
    questions about a catalogue from its databases, each a `SqlWarehouse`. `working_days_of` is the calendar
    of a country. `Targets`, `TargetsOf`, `TargetIndex` and `TargetRow` are for targets that aren't kept in
    the database; `UNKNOWN_TARGETS` stands for those that can't be read right now.

Questions and answers
    A `ScopedQuery` is a `Query` with the `Scope` of rows that the asker may see; its answer is an `Answer`
    per metric. `Catalogue` holds what is defined, and `define` returns the `Definition` of a metric.

Files and frames
    `answer_frame` and `parts_frame` return data frames; `csv_text`, `parts_csv` and `workbook` return files.
    `WorkbookLabels` are a workbook's words, `FIGURES` the columns of figures, `dimensions_of` those of the
    split; `count_rows` returns how many rows there are. A `CsvForm` is what stands between cells and in
    numbers.

Reading text
    `parse` reads a question, `parse_lasting` one that is asked again later, `parse_period` a period, and
    `understood` the part of a line that is right. An `Asker` is who asks (`NOBODY` for no one in particular),
    a `Roster` holds the names that can be typed. `canonical`, `canonical_period` and `canonical_value` write
    out what was read. `normalised`, `fold`, `short`, `parts` and `near_names` work on words; `typed_metric`
    and `typed_name` are what people type for a metric or dimension; `vocabulary_of` is every name of a
    catalogue. `read_number` reads an amount, which looks like `NUMBER`, and
    `written_number` writes one. `roster_of` indexes names. A line has
    at most `LONGEST_LINE` characters, and a refusal at most `SUGGESTIONS` lines to send instead. `FILLERS`,
    `ME` and `MINE` are words that say little.

Words that people type
    `ALERTS`, `COMMANDS`, `PERIODS`, `QUESTIONS` and `SCHEDULES` hold the words of all languages; `offered_in`
    returns those that people of one language are offered. `one_of`, `phrase_end` and `is_in` find phrases.

Rules of answers that messages repeat
    `splits`, `reached`, `against_team` and `kept_answer`; `SERIES_LENGTH` and `FEW_ANSWERS`. `alarms` says
    which of the figures that are watched are worth an alarm.

Connecting a database
    An `Inspection` looks at its tables; `propose` makes a `Proposal` of model files with each `Doubt`;
    `model_file` and `doubt_text` write them out. An `Extent` is how many rows a model has, and an `Advice`
    what would make questions faster, with what was `Measured`.

Errors
    `KpiError` is the base. `DefinitionError`, `QueryError`, `DataError` and `WarehouseError` tell who can fix
    it. A `Problem` is one mistake in a file.

Names are imported on first use (PEP 562), so that `import kpi_engine` and `import kpi_engine.domain` load
neither SQLAlchemy nor pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpi_engine.analysis.alarm_budget import alarms as alarms
    from kpi_engine.analysis.score import FEW_ANSWERS as FEW_ANSWERS
    from kpi_engine.analysis.targets import UNKNOWN_TARGETS as UNKNOWN_TARGETS
    from kpi_engine.analysis.targets import TargetIndex as TargetIndex
    from kpi_engine.analysis.targets import TargetRow as TargetRow
    from kpi_engine.answers.beside_team import against_team as against_team
    from kpi_engine.answers.kept_totals import kept_answer as kept_answer
    from kpi_engine.answers.reach import reached as reached
    from kpi_engine.answers.setting import SERIES_LENGTH as SERIES_LENGTH
    from kpi_engine.answers.unexplained import splits as splits
    from kpi_engine.database.warehouse import SqlWarehouse as SqlWarehouse
    from kpi_engine.definitions.explained import Definition as Definition
    from kpi_engine.definitions.explained import define as define
    from kpi_engine.definitions.loader import json_schemas as json_schemas
    from kpi_engine.definitions.loader import load as load
    from kpi_engine.domain.answer import Answer as Answer
    from kpi_engine.domain.catalogue import Catalogue as Catalogue
    from kpi_engine.domain.errors import DataError as DataError
    from kpi_engine.domain.errors import DefinitionError as DefinitionError
    from kpi_engine.domain.errors import KpiError as KpiError
    from kpi_engine.domain.errors import Problem as Problem
    from kpi_engine.domain.errors import QueryError as QueryError
    from kpi_engine.domain.errors import WarehouseError as WarehouseError
    from kpi_engine.domain.query import Query as Query
    from kpi_engine.domain.query import Scope as Scope
    from kpi_engine.domain.query import ScopedQuery as ScopedQuery
    from kpi_engine.domain.workdays import working_days_of as working_days_of
    from kpi_engine.engine import Engine as Engine
    from kpi_engine.exports.csv_text import CsvForm as CsvForm
    from kpi_engine.exports.csv_text import csv_text as csv_text
    from kpi_engine.exports.csv_text import parts_csv as parts_csv
    from kpi_engine.exports.frame import answer_frame as answer_frame
    from kpi_engine.exports.frame import parts_frame as parts_frame
    from kpi_engine.exports.rows import FIGURES as FIGURES
    from kpi_engine.exports.rows import count_rows as count_rows
    from kpi_engine.exports.rows import dimensions_of as dimensions_of
    from kpi_engine.exports.workbook import WorkbookLabels as WorkbookLabels
    from kpi_engine.exports.workbook import workbook as workbook
    from kpi_engine.language.amounts import NUMBER as NUMBER
    from kpi_engine.language.amounts import read_number as read_number
    from kpi_engine.language.amounts import written_number as written_number
    from kpi_engine.language.canonical import canonical as canonical
    from kpi_engine.language.canonical import canonical_value as canonical_value
    from kpi_engine.language.folding import fold as fold
    from kpi_engine.language.lexicon import ALERTS as ALERTS
    from kpi_engine.language.lexicon import COMMANDS as COMMANDS
    from kpi_engine.language.lexicon import PERIODS as PERIODS
    from kpi_engine.language.lexicon import QUESTIONS as QUESTIONS
    from kpi_engine.language.lexicon import SCHEDULES as SCHEDULES
    from kpi_engine.language.lexicon import offered_in as offered_in
    from kpi_engine.language.line import Asker as Asker
    from kpi_engine.language.member_names import Roster as Roster
    from kpi_engine.language.member_names import roster_of as roster_of
    from kpi_engine.language.near_spelling import near_names as near_names
    from kpi_engine.language.parser import LONGEST_LINE as LONGEST_LINE
    from kpi_engine.language.parser import NOBODY as NOBODY
    from kpi_engine.language.parser import parse as parse
    from kpi_engine.language.parser import parse_lasting as parse_lasting
    from kpi_engine.language.parser import parse_period as parse_period
    from kpi_engine.language.parser import understood as understood
    from kpi_engine.language.period_phrases import canonical_period as canonical_period
    from kpi_engine.language.phrases import is_in as is_in
    from kpi_engine.language.phrases import one_of as one_of
    from kpi_engine.language.phrases import phrase_end as phrase_end
    from kpi_engine.language.suggestions import SUGGESTIONS as SUGGESTIONS
    from kpi_engine.language.vocabulary import FILLERS as FILLERS
    from kpi_engine.language.vocabulary import ME as ME
    from kpi_engine.language.vocabulary import MINE as MINE
    from kpi_engine.language.vocabulary import parts as parts
    from kpi_engine.language.vocabulary import typed_metric as typed_metric
    from kpi_engine.language.vocabulary import typed_name as typed_name
    from kpi_engine.language.vocabulary import vocabulary_of as vocabulary_of
    from kpi_engine.language.words_of_line import normalised as normalised
    from kpi_engine.language.words_of_line import short as short
    from kpi_engine.onboarding.advice.advised import Advice as Advice
    from kpi_engine.onboarding.advice.advised import Measured as Measured
    from kpi_engine.onboarding.checks.row_counts import Extent as Extent
    from kpi_engine.onboarding.inspection import Inspection as Inspection
    from kpi_engine.onboarding.proposals import propose as propose
    from kpi_engine.onboarding.proposals.page import doubt_text as doubt_text
    from kpi_engine.onboarding.proposals.page import model_file as model_file
    from kpi_engine.onboarding.proposals.proposal import Doubt as Doubt
    from kpi_engine.onboarding.proposals.proposal import Proposal as Proposal
    from kpi_engine.reading.target_table import Targets as Targets
    from kpi_engine.reading.wanted import TargetsOf as TargetsOf

_MODULE_OF = {
    # engine and database
    "Engine": "engine",
    "SqlWarehouse": "database.warehouse",
    "TargetIndex": "analysis.targets",
    "UNKNOWN_TARGETS": "analysis.targets",
    "TargetRow": "analysis.targets",
    "Targets": "reading.target_table",
    "TargetsOf": "reading.wanted",
    "json_schemas": "definitions.loader",
    "load": "definitions.loader",
    "working_days_of": "domain.workdays",
    # questions and answers
    "Answer": "domain.answer",
    "Catalogue": "domain.catalogue",
    "Definition": "definitions.explained",
    "Query": "domain.query",
    "Scope": "domain.query",
    "ScopedQuery": "domain.query",
    "define": "definitions.explained",
    # files and frames
    "CsvForm": "exports.csv_text",
    "FIGURES": "exports.rows",
    "WorkbookLabels": "exports.workbook",
    "answer_frame": "exports.frame",
    "count_rows": "exports.rows",
    "csv_text": "exports.csv_text",
    "dimensions_of": "exports.rows",
    "parts_csv": "exports.csv_text",
    "parts_frame": "exports.frame",
    "workbook": "exports.workbook",
    # reading text
    "Asker": "language.line",
    "FILLERS": "language.vocabulary",
    "LONGEST_LINE": "language.parser",
    "ME": "language.vocabulary",
    "MINE": "language.vocabulary",
    "NOBODY": "language.parser",
    "NUMBER": "language.amounts",
    "Roster": "language.member_names",
    "SUGGESTIONS": "language.suggestions",
    "canonical": "language.canonical",
    "canonical_period": "language.period_phrases",
    "canonical_value": "language.canonical",
    "fold": "language.folding",
    "near_names": "language.near_spelling",
    "normalised": "language.words_of_line",
    "parse": "language.parser",
    "parse_lasting": "language.parser",
    "parse_period": "language.parser",
    "parts": "language.vocabulary",
    "read_number": "language.amounts",
    "written_number": "language.amounts",
    "roster_of": "language.member_names",
    "short": "language.words_of_line",
    "typed_metric": "language.vocabulary",
    "typed_name": "language.vocabulary",
    "understood": "language.parser",
    "vocabulary_of": "language.vocabulary",
    # words that people type, in every language
    "ALERTS": "language.lexicon",
    "COMMANDS": "language.lexicon",
    "PERIODS": "language.lexicon",
    "QUESTIONS": "language.lexicon",
    "SCHEDULES": "language.lexicon",
    "is_in": "language.phrases",
    "offered_in": "language.lexicon",
    "one_of": "language.phrases",
    "phrase_end": "language.phrases",
    # rules of answers that messages repeat
    "FEW_ANSWERS": "analysis.score",
    "SERIES_LENGTH": "answers.setting",
    "against_team": "answers.beside_team",
    "alarms": "analysis.alarm_budget",
    "kept_answer": "answers.kept_totals",
    "reached": "answers.reach",
    "splits": "answers.unexplained",
    # connecting a database
    "Advice": "onboarding.advice.advised",
    "Doubt": "onboarding.proposals.proposal",
    "Extent": "onboarding.checks.row_counts",
    "Inspection": "onboarding.inspection",
    "Measured": "onboarding.advice.advised",
    "Proposal": "onboarding.proposals.proposal",
    "doubt_text": "onboarding.proposals.page",
    "model_file": "onboarding.proposals.page",
    "propose": "onboarding.proposals",
    # errors
    "DataError": "domain.errors",
    "DefinitionError": "domain.errors",
    "KpiError": "domain.errors",
    "Problem": "domain.errors",
    "QueryError": "domain.errors",
    "WarehouseError": "domain.errors",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
