"""Whether what the rows contradict touches the rows that a question counts.

A mistake in last year's rows, or in those of another region, makes no figure of this month wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, literal, literal_column, or_, select

from kpi_engine.database.time_limit import at_most
from kpi_engine.domain.errors import WarehouseTimeoutError
from kpi_engine.domain.models import Column, Model, Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.domain.statements import sent_for
from kpi_engine.proofs import classes, currencies, numbers, offsets
from kpi_engine.proofs.proof import Proof
from kpi_engine.proofs.prover import PATIENCE, PURPOSE, Prover
from kpi_engine.proofs.subjects import Subject, Use
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.expressions import kept
from kpi_engine.sql.first_event import within
from kpi_engine.sql.joins import Relation, model_behind
from kpi_engine.sql.number_texts import TEXTS_READ

_OPERAND = "kpi_operand"
"""The name under which a part of an amount is read."""
_MOST_EDGES = 40
"""The beginnings and ends of windows around which moments are looked for; of more, every moment is."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows that a question counts: those that pass its filters, in one window.

    `points` are windows of its own that are told apart, such as those of a series.
    """

    filters: tuple[Filter, ...]
    window: Window
    points: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """A subject that rows of a question contradict, with examples of what they hold: texts or currencies."""

    subject: Subject
    use: Use
    examples: tuple[str, ...] = ()


def breach_of(prover: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    """Return how the rows that a question counts contradict a subject; None where they don't.

    What can't be told in time is contradicted, as other rows do. Raises DataError and WarehouseError.
    """
    look = {
        "join": _repeats,
        "key": _repeats,
        "currency": _currencies,
        "numbers": _numbers,
        "offsets": _offsets,
        "classes": _classes,
    }[subject.aspect]
    try:
        with at_most(PATIENCE), sent_for(PURPOSE, (subject.model,)):
            return look(prover, use, subject, counted, proof)
    except WarehouseTimeoutError:
        return Breach(subject, use)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that a measure counts in a question, and their conditions."""

    relation: Relation
    conditions: tuple[ColumnElement[bool], ...]

    def of(self, *columns: ColumnElement[Any]) -> Any:
        """Return the statement that reads some columns of the rows."""
        return select(*columns).select_from(self.relation.source).where(*self.conditions)


def _rows(
    proof: Proof, use: Use, counted: Counted, further: Sequence[Path] = (), *, in_time: bool = True
) -> _Rows:
    """Return the rows that a measure counts, with all its columns and `further` ones."""
    return _rows_of(proof, proof.models, use, counted, (*use.paths, *further), in_time=in_time)


def _rows_of(
    proof: Proof,
    models: Mapping[str, Model],
    use: Use,
    counted: Counted,
    paths: Sequence[Path],
    *,
    in_time: bool = True,
    flags: Mapping[str, str] | None = None,
) -> _Rows:
    """Return the rows of a measure, read with `models`; with `flags` whatever its own condition is."""
    model = models[use.measure.model]
    measure = model.measures[use.measure.measure]
    filters = [(entry, path) for entry in counted.filters if (path := model.path_of(entry.dimension))]
    own = {"counts": measure.where} if measure.where and flags is None else {}
    named = [*paths, *(path for _, path in filters), (model.key,), *([use.time] if use.time else [])]
    relation = Relation(models, model, named, own if flags is None else flags)
    conditions = [kept(relation.column(path), entry) for entry, path in filters]
    if own:
        conditions.append(relation.flag("counts") == 1)
    if use.time and in_time:
        conditions += _in_time(
            proof, proof.models[model.name], use, relation.column(use.time), counted.window
        )
    return _Rows(relation, tuple(conditions))


def _in_time(
    proof: Proof, model: Model, use: Use, at: ColumnElement[Any], window: Window
) -> list[ColumnElement[bool]]:
    stored = proof.reader.time_column(model, use.time or ())
    happened = at < literal(stored.before(proof.now), stored.sql_type())
    start = None if use.looks_back else window.start
    if start is None and window.end is None:
        return [or_(at.is_(None), happened)]
    return [*within(at, stored, ((start, window.end),)), happened]


def _repeats(_: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    """Whether any row comes more than once after the joins."""
    rows = _rows(proof, use, counted)
    key = rows.relation.column((proof.models[use.measure.model].key,))
    twice = rows.of(literal_column("1")).where(key.is_not(None)).group_by(exactly(key))
    found = proof.read(proof.models[use.measure.model], twice.having(func.count() > 1).limit(1))
    return Breach(subject, use) if found else None


def _currencies(prover: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    model = proof.models[subject.model]
    column = currencies.column_of(proof, prover.schema, model, model.measures[subject.name])
    if column is None:
        return None
    rows = _rows(proof, use, counted, [column])
    value = rows.relation.column(column)
    read = proof.read(model, rows.of(value, func.count()).group_by(exactly(value)))
    codes = tuple(currencies.codes_of([(row[0], row[1]) for row in read]))
    is_wrong = len(codes) > 1 or currencies.is_another(codes, model)
    return Breach(subject, use, codes) if is_wrong else None


def _numbers(prover: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    model = proof.models[subject.model]
    steps = subject.path[:-1]
    for operand in numbers.operands(proof, prover.schema, model, subject.path):
        entry = Column(_OPERAND, operand.column.physical, operand.column.sql)
        owner = model_behind(proof.models, model, steps)
        models = {
            **proof.models,
            owner.name: replace(owner, columns={**owner.columns, _OPERAND: entry}),
        }
        paths = (*use.paths, (*steps, _OPERAND))
        rows = _rows_of(proof, models, use, counted, paths)
        value = rows.relation.column((*steps, _OPERAND))
        texts = rows.of(value).where(value >= literal("")).group_by(exactly(value))
        read = proof.read(model, texts.limit(TEXTS_READ))
        if broken := tuple(str(row[0]) for row in read if numbers.is_misread(str(row[0]))):
            return Breach(subject, use, broken)
    return None


def _classes(_: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    """Whether answers are in two classes, which has no examples, or beside the classes, which has."""
    model = proof.models[subject.model]
    conditions = classes.conditions_of(model, subject.name, *subject.path)
    column = classes.score_column(proof, model, conditions)
    if column is None:
        return None
    rows = _rows_of(proof, proof.models, use, counted, (*use.paths, (column,)), flags=conditions)
    both = rows.of(literal_column("1")).where(classes.in_both(rows.relation, conditions)).limit(1)
    if proof.read(model, both):
        return Breach(subject, use)
    found = proof.read(model, classes.by_score(rows.relation, conditions, column, rows.conditions))
    strange = classes.strays([(row[0], row[1]) for row in found])
    return Breach(subject, use, tuple(f"{value:g}" for value in strange)) if strange else None


def _offsets(_: Prover, use: Use, subject: Subject, counted: Counted, proof: Proof) -> Breach | None:
    """Whether rows count in another window than the one that they happened in."""
    model = proof.models[use.measure.model]
    stored = offsets.stored_as_text(proof, model, subject.path)
    if stored is None:
        return None
    rows = _rows(proof, use, counted, [subject.path], in_time=False)
    column = rows.relation.column(subject.path)
    windows = counted.points or (counted.window,)
    bounds = {day for window in windows for day in (window.start, window.end) if day}
    if not bounds:
        return None
    near = [offsets.near(column, bounds)] if len(bounds) <= _MOST_EDGES else []
    found = offsets.astray(proof, model, rows.relation.source, column, stored, [*rows.conditions, *near])
    crossing = [
        entry for entry in found if any(entry.crosses(window.start, window.end) for window in windows)
    ]
    return (
        Breach(subject, use, tuple(dict.fromkeys(entry.offset for entry in crossing))) if crossing else None
    )
