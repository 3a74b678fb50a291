"""The indexes that the questions about a catalogue's models could use, and that aren't there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from kpi_engine.database.index_reflection import IndexedTable
from kpi_engine.domain.models import Join, Location, Measure, Model, Path
from kpi_engine.onboarding.advice.questions import Names, Newest, Question, Totals
from kpi_engine.onboarding.advice.tables import StoredColumn, Tables, column_of
from kpi_engine.reading.members import MEMBER_LIMIT

FEWEST_ROWS = 10_000
"""A smaller table is read in no time."""
_BY_MEMBER = ("rep", "customer")
"""The dimensions that questions are filtered by, one member at a time, and that have many members."""
_MOST_INCLUDED = 5
"""An index with more columns than this besides its key is a second table."""
_SHORT = frozenset({"number", "date", "timestamp", "flag"})
_SUMMED = frozenset({"sum", "avg"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that isn't there: its columns, those it holds besides, and the questions that would use it.

    `owner` is a model of its table, `place` the key of the first question's model that it is about.
    """

    place: Location
    owner: Model
    table: IndexedTable
    columns: tuple[str, ...]
    included: tuple[str, ...]
    message: str
    questions: tuple[Question, ...]


def candidates(tables: Tables) -> tuple[Candidate, ...]:
    """Return the indexes that could help. Raises DataError and WarehouseError.

    Of two with the same first columns only the longer one is returned: it serves both.
    """
    found: dict[tuple[object, ...], list[Candidate]] = {}
    for model in tables.models:
        for candidate in _of_model(tables, model):
            place = (model.database, candidate.table.name, candidate.columns)
            found.setdefault(place, []).append(candidate)
    each = [_joined(same) for same in found.values()]
    return tuple(entry for entry in each if not _is_served(entry, each))


def _joined(same: Sequence[Candidate]) -> Candidate:
    """Return one index for several questions; those about its own table come first."""
    first, *others = sorted(same, key=lambda entry: entry.questions[0].model is not entry.owner)
    included = sorted({name for entry in same for name in entry.included})
    return replace(
        first,
        included=tuple(included) if len(included) <= _MOST_INCLUDED else first.included,
        questions=(*first.questions, *(question for entry in others for question in entry.questions)),
    )


def _is_served(entry: Candidate, others: Iterable[Candidate]) -> bool:
    return any(
        other.table == entry.table
        and len(other.columns) > len(entry.columns)
        and other.columns[: len(entry.columns)] == entry.columns
        for other in others
    )


def _of_model(tables: Tables, model: Model) -> Iterator[Candidate]:
    if model.targets:
        return
    by = {name: model.dimensions[name].path for name in _BY_MEMBER if name in model.dimensions}
    for time, place in times_of(model).items():
        at = tables.stored(model, time)
        if at is None:
            continue
        values = _values(model, time)
        yield from _of_time(tables, at, place, Totals(model, time, values))
        for name, path in by.items():
            yield from _of_member(tables, at, Totals(model, time, values, path, name))
        yield from _of_joins(tables, model, time, by)
    if model.fresh and model.fresh not in times_of(model):
        yield from _of_newest(tables, model, model.fresh)
    for member, table in model.members.items():
        yield from _of_names(tables, model, member, table.label)


def times_of(model: Model) -> Mapping[Path, Location]:
    """Return the times by which the rows of a model are chosen, with the key that names each."""
    found: dict[Path, Location] = {model.time: ("time",)} if model.time else {}
    for name, measure in model.measures.items():
        if measure.time:
            found.setdefault(measure.time, ("measures", name, "time"))
    return found


def _values(model: Model, time: Path) -> tuple[Path, ...]:
    """Return what measures add up over the rows chosen by a time."""
    return tuple(
        dict.fromkeys(
            measure.of
            for measure in _measures(model, time)
            if measure.of and measure.agg in _SUMMED and not measure.since
        )
    )


def _measures(model: Model, time: Path) -> list[Measure]:
    return [measure for measure in model.measures.values() if (measure.time or model.time) == time]


def _of_time(tables: Tables, at: StoredColumn, place: Location, question: Totals) -> Iterator[Candidate]:
    if _is_worth_one(at.table, (at.name,), tables, at.model):
        why = f"{_without(tables, at.model, (at.name,))}: a question about one month reads them all."
        yield Candidate(place, at.model, at.table, (at.name,), (), why, (question,))


def _of_member(tables: Tables, at: StoredColumn, question: Totals) -> Iterator[Candidate]:
    key = tables.stored(question.model, question.by) if question.by else None
    if key is None or key.steps != at.steps or key.name == at.name:
        return
    columns = (key.name, at.name)
    if not _is_worth_one(at.table, columns, tables, at.model):
        return
    included = _included(tables, question, at, set(columns))
    why = f"{_without(tables, at.model, columns)}: a question about one {question.member} reads those of all."
    place = ("dimensions", question.member)
    yield Candidate(place, at.model, at.table, columns, included, why, (question,))


def _included(tables: Tables, question: Totals, at: StoredColumn, key: set[str]) -> tuple[str, ...]:
    """Return the columns that an index needs besides its key, so that the table itself isn't read.

    Nothing where they are many, or where the database's indexes can't hold them.
    """
    model, dialect = question.model, tables.dialect(question.model)
    if dialect == "duckdb":
        return ()
    names = [path[-1] for path in question.values if path[:-1] == at.steps]
    conditions: list[str | None] = []
    if at.steps:
        names += [other for _, other in _last_join(tables, model, at.steps).on]
    else:
        names += [own for join in model.joins.values() if join.required for own, _ in join.on]
        conditions += [measure.where for measure in _measures(model, question.time)]
    needed = sorted(tables.behind(at.model, names, conditions) - key)
    is_short = all(at.table.columns[name].kind in _SHORT for name in needed)
    if len(needed) > _MOST_INCLUDED or not (is_short or dialect in ("postgresql", "sqlite")):
        return ()
    return tuple(needed)


def _last_join(tables: Tables, model: Model, steps: Path) -> Join:
    """Return the last join of some steps."""
    for step in steps[:-1]:
        model = tables.reader.models[model.joins[step].model]
    return model.joins[steps[-1]]


def _of_joins(tables: Tables, model: Model, time: Path, by: Mapping[str, Path]) -> Iterator[Candidate]:
    """Yield the indexes of the joins that lead to the time and to the members of a question."""
    values = _values(model, time)
    if len(time) > 1:
        yield from _of_join(tables, time[0], Totals(model, time, values))
    for member, path in by.items():
        for name in sorted({other[0] for other in (time, path) if len(other) > 1}):
            yield from _of_join(tables, name, Totals(model, time, values, path, member))


def _of_join(tables: Tables, name: str, question: Totals) -> Iterator[Candidate]:
    model, place = question.model, ("joins", name)
    join = model.joins[name]
    partner = tables.reader.models[join.model]
    own, other = tables.of(model), tables.of(partner)
    near = _physical(model, [column for column, _ in join.on], own)
    far = _physical(partner, [column for _, column in join.on], other)
    if _is_worth_one(other, far, tables, partner):
        why = f"{_without(tables, partner, far)}: {model.name} is joined to it by reading them all."
        yield Candidate(place, partner, other, far, (), why, (question,))
    if _is_worth_one(own, near, tables, model):
        why = f"{_without(tables, model, near)}: those of a few {partner.name} are found by reading them all."
        yield Candidate(place, model, own, near, (), why, (question,))


def _of_newest(tables: Tables, model: Model, fresh: Path) -> Iterator[Candidate]:
    at = tables.stored(model, fresh)
    if at and _is_worth_one(at.table, (at.name,), tables, at.model):
        why = f"{_without(tables, at.model, (at.name,))}: to see how far it is loaded, all are read."
        question = Newest(at.model, fresh[-1])
        yield Candidate(("fresh",), at.model, at.table, (at.name,), (), why, (question,))


def _of_names(tables: Tables, model: Model, member: str, label: str) -> Iterator[Candidate]:
    named = tables.stored(model, (label,))
    if named is None or named.table.columns[named.name].kind != "text":
        return
    columns = (named.name,)
    if tables.rows(model) > MEMBER_LIMIT and _is_worth_one(named.table, columns, tables, model):
        why = f"{_without(tables, model, columns)}: names of {member} that people type are looked up there."
        yield Candidate(("members", member), model, named.table, columns, (), why, (Names(model, label),))


def _is_worth_one(
    table: IndexedTable | None, columns: tuple[str, ...], tables: Tables, model: Model
) -> TypeGuard[IndexedTable]:
    """Whether a table is large and has no index that begins with some columns."""
    return (
        table is not None
        and bool(columns)
        and not table.leads(*columns)
        and tables.rows(model) >= FEWEST_ROWS
    )


def _without(tables: Tables, model: Model, columns: tuple[str, ...]) -> str:
    return (
        f"The table {model.table} has {tables.rows_in_words(model)} and no index that begins with "
        f"{', '.join(columns)}"
    )


def _physical(model: Model, names: Iterable[str], table: IndexedTable | None) -> tuple[str, ...]:
    """Return the columns of a table behind those of a model; none where one of them is computed."""
    columns = [column_of(model, name) for name in names]
    found = tuple(column.physical or column.name for column in columns if column.sql is None)
    known = table.columns if table else {}
    return found if len(found) == len(columns) and all(name in known for name in found) else ()
