"""Check the values of columns: none, too few, or text where numbers are added up."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import and_, func, literal, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Location, Measure, Model, Path
from kpi_engine.onboarding.checks.conditions import misnamed
from kpi_engine.onboarding.checks.profile import Profile, succeeded_paths
from kpi_engine.onboarding.derived import number_fix
from kpi_engine.proofs import numbers
from kpi_engine.proofs.currencies import NUMERIC_AGGREGATES
from kpi_engine.proofs.proof import Proof, dotted, how_many, noted, odd, quoted, wrong
from kpi_engine.proofs.schema import Schema
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.number_texts import TEXTS_READ, Style, is_plain, numbers_told

_MANY = 0.1
"""The share of rows without a value from which a dimension is reported."""
_MOST = 0.5
"""The share from which it probably is the wrong column."""


def no_rows(proof: Proof, model: Model) -> Iterator[Problem]:
    """Yield a problem where no row of a model counts, with what leaves the rows out."""
    source = proof.own_rows(model, [model.key])
    (own,) = proof.counts(model, source, func.count())
    if own:
        required = next(name for name, join in model.joins.items() if join.required)
        message = f"none of its {own:,} rows has a partner in the required joins."
        yield wrong(model, ("joins", required), message, "Correct on:, or the other model's where:.")
    elif model.where:
        told = "".join(f" {said}" for said in misnamed(proof, model, model.where))
        yield odd(
            model, ("where",), f"where: leaves no row.{told}", "Correct the condition, or load the rows."
        )
    else:
        yield odd(model, ("name",), "holds no row.", "Load the rows, or correct table: or query:.")


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return the columns of a model that hold too little, or text that is no number."""
    told = [
        problem
        for name, measure in model.measures.items()
        for problem in _measure(proof, model, name, measure, profile)
    ]
    said = {problem.subject for problem in told}
    yield from _dimensions(proof, model, profile, said)
    yield from told
    for path in succeeded_paths(proof, model):
        if not profile.filled[path]:
            yield odd(
                model,
                ("columns", path[-1]),
                f"{dotted(path)} is empty in all {profile.rows:,} rows: nothing ever succeeded.",
                "Map the column that says when a row succeeded.",
                empty(proof, model, path),
            )


def _dimensions(proof: Proof, model: Model, profile: Profile, said: Collection[str]) -> Iterator[Problem]:
    """Report empty values of dimensions; they are shown as (none), which often is right.

    `said` are the subjects of other problems: an empty column is reported once.
    """
    for name, entry in model.dimensions.items() if not model.targets else ():
        rows = reached(model, profile, entry.path)
        missing = rows - profile.filled[entry.path]
        if missing and missing == rows:
            message = f"{dotted(entry.path)} is empty in all {rows:,} rows: everything is (none)."
            fix, subject = "Use another column, or remove the dimension.", empty(proof, model, entry.path)
            yield odd(model, ("dimensions", name), message, fix, subject)
        elif missing > _MANY * rows and empty(proof, model, entry.path) not in said:
            judged = odd if missing > _MOST * rows else noted
            yield judged(
                model,
                ("dimensions", name),
                f"{name} is empty in {missing:,} of {rows:,} rows ({dotted(entry.path)}); these are shown"
                " as (none).",
                "If that is too many, use another column.",
                f"{name} is empty",
            )


def empty(proof: Proof, model: Model, path: Path) -> str:
    """Return the subject of a column without values: whatever reads it, it is one problem."""
    return proof.subject("empty", model, path)


def reached(model: Model, profile: Profile, path: Path) -> int:
    """Return how many rows could have a value: those that a path's first join leads anywhere.

    Rows that the join itself doesn't find are reported by `joins.problems`.
    """
    if len(path) == 1:
        return profile.rows
    return profile.filled[path[0], model.joins[path[0]].on[0][1]]


def _measure(proof: Proof, model: Model, name: str, measure: Measure, profile: Profile) -> Iterator[Problem]:
    counted = profile.counted[name]
    if not counted:
        message = f"measures.{name}.where is true for none of {profile.rows:,} rows: it is always 0."
        told = " ".join(misnamed(proof, model, measure.where))
        fix = f"Correct the condition: {told or 'is a value misspelt, or text compared with a number?'}"
        yield odd(model, ("measures", name, "where"), message, fix)
        return
    if measure.time and not profile.filled[measure.time]:
        message = f"measures.{name}: {dotted(measure.time)} is empty in all {profile.rows:,} rows."
        yield odd(
            model,
            ("measures", name, "time"),
            f"{message} No period has any rows.",
            "Use another column.",
            empty(proof, model, measure.time),
        )
    if measure.of is None:
        return
    missing = counted - profile.measured[name]
    if missing == counted:
        message = f"measures.{name}: {dotted(measure.of)} is empty in all {counted:,} rows that count."
        yield odd(
            model, ("measures", name, "of"), message, "Use another column.", empty(proof, model, measure.of)
        )
    elif missing and len(measure.of) == 1:
        yield odd(
            model,
            ("measures", name, "of"),
            f"measures.{name}: {dotted(measure.of)} is empty in {missing:,} of {counted:,} rows;"
            f" {_lost(measure)}.",
            "Fill them in at the source, or exclude them with where:.",
            empty(proof, model, measure.of),
        )
    if measure.since is None and isinstance(profile.greatest.get(name), str):
        is_added = measure.agg in ("sum", "avg")
        yield from text_for_numbers(proof, model, ("measures", name, "of"), measure.of, is_added=is_added)
    elif measure.since is None and measure.agg in NUMERIC_AGGREGATES:
        yield from numbers.problems(proof, Schema(proof.reader), model, ("measures", name, "of"), measure.of)


def _lost(measure: Measure) -> str:
    match measure.agg:
        case "sum":
            return "they add nothing"
        case "count_distinct":
            return "they are counted nowhere"
        case _:
            return "they are left out"


def text_for_numbers(
    proof: Proof, model: Model, location: Location, of: Path, *, is_added: bool
) -> Iterator[Problem]:
    """Report text in a column of numbers, which is added up (`is_added`) or compared.

    SQLite and MySQL do so silently: '12,50' as 12, 'n/a' as 0.
    """
    relation = proof.relation(model, [of])
    column = relation.column(of)
    is_text = column >= literal("")  # any text is; SQLite orders numbers before
    texts = and_(is_text, column != literal(""))
    count, blank = proof.counts(model, relation.source, how_many(texts), how_many(column == literal("")))
    if not count:
        if blank:
            message = f"{dotted(of)} is an empty text in {blank:,} rows: they count as empty."
            yield odd(model, location, message, "Fill them in at the source, or exclude them with where:.")
        return
    statement = (
        select(column).select_from(relation.source).where(texts).group_by(exactly(column)).limit(TEXTS_READ)
    )
    found = [str(row[0]) for row in proof.read(model, statement)]
    broken = [text for text in found if text.strip() and not is_plain(text)]
    told = numbers_told(found)
    lost = _read_as_decimals(proof, model, of) if told.style is Style.COMMA else 0
    fix = (
        f"Import the column as text again: {lost:,} rows of it became numbers such as 1.234, which may have"
        " been 1234."
        if lost
        else number_fix(proof.reader, proof.models, model, of, told)
    )
    name = dotted(of)
    if broken:
        yield wrong(
            model,
            location,
            f"{name} holds text in {count:,} rows, some of it not a number ({quoted(broken)}): such values"
            " count as not known.",
            fix,
        )
    elif is_added:
        yield odd(model, location, f"{name} holds numbers as text in {count:,} rows.", fix)
    else:
        message = f"{name} holds numbers as text in {count:,} rows: as text, 9 comes after 10."
        yield wrong(model, location, message, fix)


def _read_as_decimals(proof: Proof, model: Model, of: Path) -> int:
    """Return how many numbers SQLite may have made of a text such as 1.234, where it stands for 1234."""
    if proof.reader.warehouse(model).dialect_name != "sqlite":
        return 0
    relation = proof.relation(model, [of])
    column = relation.column(of)
    is_number = func.typeof(column) == "real"
    has_three = (func.round(column, 3) == column) & (func.round(column, 2) != column)
    return proof.counts(model, relation.source, how_many(and_(is_number, has_three)))[0]
