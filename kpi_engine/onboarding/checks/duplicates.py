"""Check for rows that are there twice under two numbers: a load that ran again, or a form sent twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scipy.special import gammainc
from sqlalchemy import ColumnElement, FromClause, func, select

from kpi_engine.domain.errors import DataError, Problem, WarehouseTimeoutError
from kpi_engine.domain.models import Column, Model
from kpi_engine.onboarding.checks.profile import Profile
from kpi_engine.onboarding.checks.stored import column_names
from kpi_engine.proofs.proof import EXAMPLES, Proof, odd, quoted
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.joins import counted_rows
from kpi_engine.sql.mends import yaml_text

_MOST_ROWS = 500_000
"""Larger tables aren't compared with themselves."""
_FEWEST_COLUMNS = 3
_SAMPLE = 2_000
_MOST_COLUMNS = 60
_MOST_LEFT_OUT = 4
_BY_CHANCE = 0.01
_NUMBERED = "row_number"


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return a problem where rows of a model differ in their number alone, more than chance explains."""
    if model.table is None or model.is_own or model.targets or not model.measures:
        return
    key = model.columns.get(model.key, Column(model.key, model.key, None))
    if not _is_number(proof, model, key):
        return
    names = [name for name in column_names(proof, model) if name != key.physical]
    if not _FEWEST_COLUMNS <= len(names) <= _MOST_COLUMNS or profile.rows > _MOST_ROWS:
        return
    rows = counted_rows(model, [Column(name, name, None) for name in names], {}).subquery("stored_rows")
    try:
        groups, twice = _twice(proof, model, rows, names)
        if not twice or not _is_unlikely(proof, model, rows, names, groups):
            return
        examples = _examples(proof, model, names)
    except (DataError, WarehouseTimeoutError):
        return  # a column that can't be grouped, or more rows than can be grouped in time
    yield odd(
        model,
        ("key",),
        f"{twice:,} of {profile.rows:,} rows are the same as another row in every column but {model.key}"
        f" ({quoted(examples)}): they probably count twice.",
        _fix(proof, model, key, names),
        f"duplicates {model.database} {model.schema} {model.table}",
    )


def _is_number(proof: Proof, model: Model, key: Column) -> bool:
    """Whether the key only numbers rows."""
    if key.sql is not None:
        return _NUMBERED in key.sql.lower() or key.sql.lower().strip() in ("rowid", "ctid")
    sample = proof.sample(model, (model.key,))
    return isinstance(sample, int) and not isinstance(sample, bool)


def _twice(proof: Proof, model: Model, rows: FromClause, names: Sequence[str]) -> tuple[int, int]:
    """Return the pairs of equal rows, and the rows beyond the first of each."""
    columns = [rows.c[name] for name in names]
    size = func.count().label("size")
    groups = select(size).select_from(rows).group_by(*map(exactly, columns)).having(func.count() > 1)
    found = groups.subquery("equal_rows")
    pairs = func.sum(found.c.size * (found.c.size - 1))
    doubled, surplus = proof.counts(model, found, pairs, func.sum(found.c.size - 1))
    return doubled // 2, surplus


def _is_unlikely(proof: Proof, model: Model, rows: FromClause, names: Sequence[str], pairs: int) -> bool:
    """Whether chance alone hardly makes that many pairs of equal rows.

    Rows of few different values are equal by chance: leads of one day and one source. Then as many more
    pairs differ in one column alone as that column has values. So for each column the pairs that agree in
    all others are counted; of them those would agree in this one too, by chance, that two rows of a
    sample agree in it. The columns that vary most tell it best, so that a few of them do.
    """
    agreeing = _agreement(proof, model, rows, names)
    varied = sorted((name for name in names if agreeing[name] < 1), key=lambda name: agreeing[name])
    for left_out in varied[:_MOST_LEFT_OUT]:
        others = [name for name in names if name != left_out]
        near, _ = _twice(proof, model, rows, others)
        chance = agreeing[left_out]
        expected = (near - pairs) * chance / (1 - chance)
        if _tail(pairs, expected) > _BY_CHANCE:
            return False
    return bool(varied)


def _agreement(proof: Proof, model: Model, rows: FromClause, names: Sequence[str]) -> Mapping[str, float]:
    """Return the share of pairs of a sample's different rows that agree in each column."""
    columns: list[ColumnElement[Any]] = [rows.c[name] for name in names]
    sample = list(dict.fromkeys(proof.read(model, select(*columns).select_from(rows).limit(_SAMPLE))))
    every = len(sample) * (len(sample) - 1)
    found = {}
    for place, name in enumerate(names):
        counts: dict[object, int] = {}
        for row in sample:
            counts[row[place]] = counts.get(row[place], 0) + 1
        found[name] = sum(count * (count - 1) for count in counts.values()) / every if every else 1.0
    return found


def _tail(seen: int, expected: float) -> float:
    """Return the probability of at least `seen` events where `expected` are (Poisson)."""
    return float(gammainc(seen, expected)) if expected > 0 else 0.0


def _examples(proof: Proof, model: Model, names: Sequence[str]) -> list[object]:
    """Return the keys of some rows that another row equals, the later one of each pair."""
    key = model.columns.get(model.key, Column(model.key, model.key, None))
    rows = counted_rows(
        model, [*(Column(name, name, None) for name in names), Column("numbered", key.physical, key.sql)], {}
    ).subquery("numbered_rows")
    columns = [rows.c[name] for name in names]
    statement = (
        select(func.max(rows.c.numbered))
        .select_from(rows)
        .group_by(*map(exactly, columns))
        .having(func.count() > 1)
        .limit(EXAMPLES)
    )
    return [row[0] for row in proof.read(model, statement)]


def _fix(proof: Proof, model: Model, key: Column, names: Sequence[str]) -> str:
    """Return the query that keeps one row of each."""
    quote = quoting(proof.reader, model)
    listed = ", ".join(map(quote, names))
    source = ".".join(quote(part) for part in (model.schema, model.table) if part)
    query = f"select distinct {listed} from {source}"  # noqa: S608 - printed for the operator
    if key.physical is not None:
        one = f"min({quote(key.physical)}) as {quote(key.physical)}"
        query = f"select {one}, {listed} from {source} group by {listed}"  # noqa: S608 - as above
    return f"Delete them at the source, or put this in place of table: query: {yaml_text(query)}"
