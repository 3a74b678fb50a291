"""Check that refunds are taken off: many systems keep them with a positive amount and a type of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, true

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Model, Path
from kpi_engine.onboarding.checks.stored import column_names, is_one_of, is_shadowed, where_fix
from kpi_engine.onboarding.derived import derived
from kpi_engine.onboarding.proposals.refunds import may_hold_types, refunded_among, refunds_among
from kpi_engine.proofs.proof import Proof, dotted, how_many, odd, quoted
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.mends import sql_text, yaml_text

_MOST_VALUES = 60
"""A column with more values than this doesn't say of which type a row is."""


@dataclass(frozen=True, slots=True)
class _Types:
    """A column that says which rows are refunds: credit notes of their own, or (`taken_back`) sales that were
    given back. `owner` has the column.
    """

    path: Path
    owner: Model
    refunds: tuple[str, ...]
    taken_back: tuple[str, ...]


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the sums of a model to which refunds are added."""
    sums = {
        name: measure.of
        for name, measure in model.measures.items()
        if measure.agg == "sum" and measure.of is not None and measure.since is None
    }
    if not sums or model.targets or model.is_own:
        return
    for types in _typed(proof, model):
        yield from _added(proof, model, sums, types)


def _typed(proof: Proof, model: Model) -> Iterator[_Types]:
    """Yield the columns that say of some rows that they are refunds: the row's own, or its header's."""
    headers = [name for name, join in model.joins.items() if join.required]
    headers += [model.time[0]] if model.time and len(model.time) > 1 else []
    places: list[Path] = [(), *((name,) for name in dict.fromkeys(headers))]
    for steps in places:
        owner = proof.relation(model, [(model.key,)]).model_at(steps)
        for name in column_names(proof, owner):
            if not may_hold_types(name) or is_shadowed(owner, name):
                continue
            values = _values(proof, owner, name)
            refunds, taken_back = refunds_among(values), refunded_among(values)
            if refunds or taken_back:
                yield _Types((*steps, name), owner, refunds, taken_back)


def _values(proof: Proof, owner: Model, name: str) -> Sequence[str]:
    """Return the different texts of a column among the rows that count; none where it holds too many."""
    value: ColumnElement[str] = proof.own_rows(owner, [name]).c[name]
    try:
        rows = proof.read(owner, select(value).where(value.is_not(None)).distinct().limit(_MOST_VALUES + 1))
    except DataError:
        return ()
    texts = [row[0] for row in rows if isinstance(row[0], str)]
    return texts if len(rows) <= _MOST_VALUES else ()


def _added(proof: Proof, model: Model, sums: dict[str, Path], types: _Types) -> Iterator[Problem]:
    flags = {f"{name}_counts": where for name in sums if (where := model.measures[name].where)}
    relation = Relation(proof.models, model, [types.path, *sums.values()], flags)
    named = relation.column(types.path)
    asked: list[ColumnElement[int]] = []
    for name, of in sums.items():
        counts = relation.flag(f"{name}_counts") == 1 if f"{name}_counts" in flags else true()
        amount = relation.column(of)
        for values in (types.refunds, types.taken_back):
            is_one = named.in_(values)
            asked += [how_many(and_(counts, is_one, amount > 0)), how_many(and_(counts, is_one, amount < 0))]
        asked.append(how_many(counts))
    try:
        found = iter(proof.counts(model, relation.source, *asked))
    except DataError:
        return  # amounts that are no numbers, which others report
    for name, of in sums.items():
        added, taken_off, kept, kept_off, rows = (next(found) for _ in range(5))
        subject = proof.subject(f"refunds by {dotted(types.path)}", model, of)
        if taken_off < added < rows:
            yield _problem(proof, model, name, types, added, rows, subject)
        elif kept_off < kept < rows:
            yield _taken_back(proof, model, name, types, kept, rows, subject)


def _problem(
    proof: Proof, model: Model, name: str, types: _Types, added: int, rows: int, subject: str
) -> Problem:
    of = model.measures[name].of or ()
    message = (
        f"measures.{name} adds up {added:,} of {rows:,} rows whose {dotted(types.path)} is"
        f" {quoted(types.refunds)}, with positive amounts: refunds are added instead of taken off."
    )
    column = quoting(proof.reader, model)(types.path[-1])
    if len(types.path) > 1 or len(of) > 1:
        keep = yaml_text(_kept(proof, types.owner, types.path[-1], types.refunds))
        fix = (
            f"Leave them out in {types.owner.place.file} with where: {keep}, or give {model.name} a query:"
            " in which their amounts are negative."
        )
        return odd(model, ("measures", name), message, fix, subject)
    listed = ", ".join(map(sql_text, types.refunds))
    line = derived(
        proof.reader,
        proof.models,
        model,
        of,
        lambda stored, _: f"case when {column} in ({listed}) then -abs({stored}) else {stored} end",
    )
    fix = f"Take them off: derive the amount {line}."
    counted = [
        where_fix(model, other, is_one_of(proof, model, types.path[-1], types.refunds, negated=True))
        for other, measure in model.measures.items()
        if measure.agg in ("count", "count_distinct")
    ]
    if counted:
        fix += f" They are no orders: set {' and '.join(counted)}."
    return odd(model, ("measures", name), message, fix, subject)


def _taken_back(
    proof: Proof, model: Model, name: str, types: _Types, kept: int, rows: int, subject: str
) -> Problem:
    message = (
        f"measures.{name} adds up {kept:,} of {rows:,} rows whose {dotted(types.path)} is"
        f" {quoted(types.taken_back)}: what was given back still counts."
    )
    keep = yaml_text(_kept(proof, types.owner, types.path[-1], types.taken_back))
    place = types.owner.place.file
    fix = f"Unless a row of its own takes them off, leave them out in {place} with where: {keep}."
    return odd(model, ("measures", name), message, fix, subject)


def _kept(proof: Proof, owner: Model, name: str, values: Sequence[str]) -> str:
    condition = is_one_of(proof, owner, name, values, negated=True)
    return f"({owner.where}) and {condition}" if owner.where else condition
