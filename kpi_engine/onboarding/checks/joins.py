"""Check joins: each must lead to one row at most, and rows without a partner are odd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Join, Model, Path
from kpi_engine.onboarding.checks.profile import Profile
from kpi_engine.onboarding.checks.spelling import TOO_MANY, meant_by
from kpi_engine.onboarding.derived import respelt, same_type_fix
from kpi_engine.onboarding.proposals.words import ID_WORDS, stems
from kpi_engine.proofs.proof import EXAMPLES, MISLED, Proof, how_many, noted, odd, quoted, wrong
from kpi_engine.proofs.repeats import join_problems
from kpi_engine.sql.exact_text import exactly, same_bytes
from kpi_engine.sql.joins import Relation

_DENSE = 3
"""Numbers that fill more than a third of their range are counted from a start."""


def multiplying(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the joins of a model that lead to several rows."""
    for name in model.joins:
        yield from join_problems(proof, model, name)


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return the joins of a model that compare different types, or leave rows without a partner."""
    for name, join in model.joins.items():
        if join.complete:
            yield from _incomplete(proof, model, name, join)
        other_types = list(_other_types(proof, model, name, join))
        if other_types:
            yield from other_types
        elif join.required:
            yield from _left_out(proof, model, name, join)
        elif profile.orphans[name]:
            named = profile.filled[join.on[0][0],]
            yield _orphans(proof, model, name, join, profile.orphans[name], named)


def _other_types(proof: Proof, model: Model, name: str, join: Join) -> Iterator[Problem]:
    target = proof.models[join.model]
    for own, other in join.on:
        here, there = proof.sample(_alone(model), (own,)), proof.sample(_alone(target), (other,))
        if here is None or there is None or isinstance(here, str) == isinstance(there, str):
            continue
        kinds = ["text" if isinstance(value, str) else "no text" for value in (here, there)]
        yield wrong(
            model,
            ("joins", name),
            f"joins.{name} compares two types: {own} is {kinds[0]} ({here!r}), {target.name}.{other} is"
            f" {kinds[1]} ({there!r}).",
            same_type_fix(proof.reader, proof.models, model, own, target, other),
        )


def _orphans(proof: Proof, model: Model, name: str, join: Join, count: int, named: int) -> Problem:
    target = proof.models[join.model]
    message = f"joins.{name}: {count:,} of {named:,} rows don't match a row of {target.name}"
    is_own_key = any(own == model.key for own, _ in join.on)
    if (is_own_key or count > named * MISLED) and (met := _met(proof, model, join)):
        found, others = met
        if is_own_key:
            text = f"{message}; {found:,} of the {others:,} rows of {target.name} have their row here."
            fix = "That is right if not every row has one."
            return noted(model, ("joins", name), text, fix, proof.subject("unmatched", model, (model.key,)))
    elif count > named * MISLED:
        message += f" ({quoted(_examples(proof, proof.models, model, name, join))})"
        fix = "Correct on: or the model it joins."
        return wrong(model, ("joins", name), f"{message}: these columns don't belong together.", fix)
    examples = _examples(proof, proof.models, model, name, join)
    subject = proof.subject(f"orphans of {target.name}", model, (join.on[0][0],))
    meant = _meant(proof, target, join, examples)
    if meant:
        said = ", ".join(f"{value!r} for {likely!r}" for value, likely in meant.items())
        fix = respelt(proof.reader, proof.models, model, (join.on[0][0],), meant)
        return odd(model, ("joins", name), f"{message}: {said}?", fix, subject)
    return odd(
        model,
        ("joins", name),
        f"{message} ({quoted(examples)}).",
        "They are shown by that value, and as (none) in joined columns; if misspelt, derive a column.",
        subject,
    )


def _met(proof: Proof, model: Model, join: Join) -> tuple[int, int] | None:
    """Return how many rows of the other model have a row here, and of how many, where that shows that the
    columns belong together; None where it doesn't.

    A lead has a deal or hasn't, but each deal has its lead. Numbers that both tables just count from 1
    meet as well, so that they prove nothing where neither name says what they number.
    """
    target = proof.models[join.model]
    own = proof.own_rows(replace(model, where=None), [near for near, _ in join.on])
    others = proof.own_rows(target, [far for _, far in join.on])
    known = and_(*(others.c[far].is_not(None) for _, far in join.on))
    partner: Select[Any] = select(literal_column("1")).select_from(own)
    partner = partner.where(*(same_bytes(own.c[near], others.c[far]) for near, far in join.on))
    key = others.c[join.on[0][1]]
    asked = (how_many(and_(known, partner.exists())), how_many(known))
    found, rows = proof.counts(target, others, *asked)
    if found <= rows * MISLED:
        return None
    if any(far == target.key for _, far in join.on) and not _names(model, target, join):
        low, high = proof.read(target, select(func.min(key), func.max(key)).select_from(others))[0]
        if isinstance(low, int) and isinstance(high, int) and high - low < rows * _DENSE:
            return None
    return found, rows


def _names(model: Model, target: Model, join: Join) -> bool:
    """Whether the columns of a join say what they identify: rep_id and the table of reps."""
    near, far = join.on[0]
    stored = [
        entry.physical if (entry := side.columns.get(name)) and entry.physical else name
        for side, name in ((model, near), (target, far))
    ]
    here, there = (set(stems(name)) - ID_WORDS for name in stored)
    tables = [set(stems(side.name)) | set(stems(side.table or "")) for side in (model, target)]
    return bool(here & (there | tables[1]) or there & tables[0])


def _left_out(proof: Proof, model: Model, name: str, join: Join) -> Iterator[Problem]:
    """Report a required join that leaves out rows whose key has no partner at all."""
    target = proof.models[join.model]
    alone = replace(_alone(model), joins={name: replace(join, required=False)})
    models = {**proof.models, target.name: _alone(replace(target, where=None))}
    own, other = (join.on[0][0],), (name, join.on[0][1])
    relation = Relation(models, alone, [own, other], {})
    lost = relation.column(other).is_(None)
    count, rows = proof.counts(model, relation.source, how_many(lost), func.count())
    if not count:
        return
    examples = _examples(proof, models, alone, name, join)
    shown = f" ({quoted(examples)})" if examples else ""
    message = f"joins.{name}: {count:,} of {rows:,} rows have no row in {target.name}{shown} and are left out"
    if count > rows * MISLED:
        yield wrong(
            model,
            ("joins", name),
            f"{message}: these columns don't belong together.",
            "Correct on: or the model it joins.",
        )
    else:
        yield odd(model, ("joins", name), f"{message}.", "Set required: false to keep them.")


def _incomplete(proof: Proof, model: Model, name: str, join: Join) -> Iterator[Problem]:
    """Report rows of the other model without a row here, where the join says that there are none."""
    target = proof.models[join.model]
    own = proof.own_rows(model, [near for near, _ in join.on])
    others = proof.own_rows(target, [far for _, far in join.on])
    partner: Select[Any] = select(literal_column("1")).select_from(own)
    partner = partner.where(*(same_bytes(own.c[near], others.c[far]) for near, far in join.on))
    count, rows = proof.counts(target, others, how_many(~partner.exists()), func.count())
    if count:
        yield wrong(
            model,
            ("joins", name),
            f"joins.{name} isn't complete: {count:,} of {rows:,} rows of {target.name} have no row here.",
            "Set complete: false, or correct the other model's where:.",
        )


def _alone(model: Model) -> Model:
    """Return the model without the joins that would leave rows out."""
    return replace(model, joins={})


def _examples(proof: Proof, models: Mapping[str, Model], model: Model, name: str, join: Join) -> list[object]:
    """Return values without a partner, the most frequent first."""
    own: Path = (join.on[0][0],)
    other: Path = (name, join.on[0][1])
    relation = Relation(models, model, [own, other], {})
    column = relation.column(own)
    count = func.count().label("rows_count")
    statement = (
        select(column, count)
        .select_from(relation.source)
        .where(and_(column.is_not(None), relation.column(other).is_(None)))
        .group_by(exactly(column))
        .order_by(count.desc(), column)
        .limit(EXAMPLES)
    )
    return [row[0] for row in proof.read(model, statement)]


def _meant(proof: Proof, target: Model, join: Join, lost: list[object]) -> dict[str, str]:
    """Return which key of the target each lost value was probably meant to be."""
    if len(join.on) > 1 or not any(isinstance(value, str) for value in lost):
        return {}
    other = join.on[0][1]
    column = proof.own_rows(target, [other]).c[other]
    rows = proof.read(
        target, select(column).where(column.is_not(None)).group_by(exactly(column)).limit(TOO_MANY)
    )
    return meant_by(lost, [row[0] for row in rows])
