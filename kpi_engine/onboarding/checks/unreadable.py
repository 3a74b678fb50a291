"""Report values that can't be read: no dates where dates are kept, no numbers where amounts are.

They count as not known, so such a row is in no period, or adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model, Path
from kpi_engine.proofs.proof import EXAMPLES, Proof, dotted, how_many, odd
from kpi_engine.sql.readable import NumberForm, is_no_moment, is_no_number
from kpi_engine.sql.time_columns import EPOCHS, TEXTS, TimeColumn, TimeForm


def moments(
    proof: Proof, model: Model, path: Path, location: Location, stored: TimeColumn
) -> Iterator[Problem]:
    """Report the values of a time column that are no dates or moments."""
    if stored.form not in TEXTS and stored.form not in EPOCHS and _means_open(model, path):
        return  # an end at infinity is none
    relation = proof.relation(model, [path])
    column = relation.column(path)
    strange = is_no_moment(column, stored)
    count, rows = proof.counts(model, relation.source, how_many(strange), func.count(column))
    if not count:
        return
    values = select(column).select_from(relation.source).where(strange).distinct().limit(EXAMPLES)
    examples = ", ".join(str(row[0]) for row in proof.read(model, values))
    lost = _lost(model, path)
    place = model.at(*location)
    yield Problem(
        place.file,
        place.line,
        f"{dotted(path)} holds {stored.form}, but {count:,} of {rows:,} values can't be read ({examples}):"
        f" {lost}.",
        _mend(path, stored),
        subject=proof.subject("unreadable", model, path),
    )


def _means_open(model: Model, path: Path) -> bool:
    """Whether a column holds ends, which may lie at infinity."""
    ends = {measure.until for measure in model.measures.values()}
    return path in ends or any(path == (table.active_until,) for table in model.members.values())


def _lost(model: Model, path: Path) -> str:
    if _means_open(model, path):
        return "such a row counts as one without an end"
    times = {model.time, *(measure.time for measure in model.measures.values())}
    return "such a row is in no period" if path in times else "it counts as not known"


def _mend(path: Path, stored: TimeColumn) -> str:
    if stored.form in TEXTS:
        shape = "2026-10" if stored.form is TimeForm.TEXT_MONTH else "2026-10-01 or 2026-10-01 08:30:00"
        return f"Correct them at the source, or use sql: to give all rows one form, such as {shape}."
    if stored.form in EPOCHS:
        return f"Correct them at the source, or use sql: to turn them into {stored.form}."
    return f"Correct them at the source; where no date is known, {path[-1]} should be NULL."


def amounts(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report the values of measures and targets that are no numbers.

    Text in a measure's column has a check of its own (`values.text_for_numbers`).
    """
    named: dict[Path, Location] = {}
    for name, measure in model.measures.items():
        if measure.of and measure.has_numbers:
            named.setdefault(measure.of, ("measures", name, "of"))
    if model.targets:
        named.setdefault((model.targets.value,), ("targets",))
    for path, location in named.items():
        try:
            form = proof.reader.number_form(model, path)
        except DataError:
            continue  # live_schema.problems reports it
        if form is NumberForm.FLOATING or (form is not NumberForm.PLAIN and model.targets):
            yield from _amounts(proof, model, path, location, form)


def _amounts(
    proof: Proof, model: Model, path: Path, location: Location, form: NumberForm
) -> Iterator[Problem]:
    relation = proof.relation(model, [path])
    column = relation.column(path)
    strange = is_no_number(column, form)
    count, rows = proof.counts(model, relation.source, how_many(strange), func.count(column))
    if not count:
        return
    values = select(column).select_from(relation.source).where(strange).distinct().limit(EXAMPLES)
    examples = ", ".join(str(row[0]) for row in proof.read(model, values))
    yield odd(
        model,
        location,
        f"{dotted(path)} is no number in {count:,} of {rows:,} rows ({examples}): they add nothing.",
        "Correct them at the source, or use sql: to derive a number.",
        proof.subject("no number", model, path),
    )
