"""Check what a model's history needs: keys of orders and customers, and levels that are numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model, Path
from kpi_engine.onboarding.checks.profile import Profile
from kpi_engine.onboarding.checks.values import empty, reached, text_for_numbers
from kpi_engine.proofs.proof import Proof, dotted, odd
from kpi_engine.sql.order_history import Past, history_paths, with_history

_WITHOUT = {
    "customer": "their customers never count as existing",
    "order": "they belong to no order and are ignored",
    "category": "they are neither upsell nor cross-sell by the rule",
    "level": "they are no upsell by the rule",
}


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return what is wrong or odd in the columns of a model's history, and what it never says of any line."""
    history = model.history
    if history is None:
        return
    for key, path in history.named().items():
        yield from _missing(proof, model, profile, key, path)
    if history.level and isinstance(_greatest(proof, model, history.level), str):
        yield from text_for_numbers(proof, model, ("history", "level"), history.level, is_added=False)
    else:
        yield from _never(proof, model, profile)


def _missing(proof: Proof, model: Model, profile: Profile, key: str, path: Path) -> Iterator[Problem]:
    rows = reached(model, profile, path)
    missing = rows - profile.filled[path]
    if missing and missing == rows:
        message = f"history.{key}: {dotted(path)} is empty in all {rows:,} rows."
        yield odd(
            model,
            ("history", key),
            message,
            "Use another column, or remove the key.",
            empty(proof, model, path),
        )
    elif missing and key in _WITHOUT:
        message = f"history.{key}: {dotted(path)} is empty in {missing:,} of {rows:,} rows; {_WITHOUT[key]}."
        yield odd(
            model,
            ("history", key),
            message,
            "Fill them in at the source, or use another column.",
            empty(proof, model, path),
        )


def _greatest(proof: Proof, model: Model, path: Path) -> object:
    """Return the largest value, which is text where SQLite's column holds any."""
    relation = proof.relation(model, [path])
    return proof.read(model, select(func.max(relation.column(path))).select_from(relation.source))[0][0]


def _never(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Report a measure whose lines never occur, so that it is always 0, such as a misspelt mark."""
    named = {name: measure.when for name, measure in model.measures.items() if measure.when}
    whens = tuple(dict.fromkeys(named.values()))
    if not whens or model.history is None or model.time is None:
        return
    paths = history_paths(model, whens)
    relation = proof.relation(model, list(paths.values()))
    columns = [relation.column(path).label(label) for label, path in paths.items()]
    rows = select(*columns).select_from(relation.source).subquery("source_rows")
    stored = proof.reader.time_column(model, model.time)
    past = Past(proof.reader.models, model, stored, proof.now)
    told = with_history(rows, model.history, whens, past)
    counts = proof.counts(model, told, *(func.sum(told.c[f"is_{when}"]) for when in whens))
    found = dict(zip(whens, counts, strict=True))
    for name, when in named.items():
        if not found[when]:
            yield odd(
                model,
                ("measures", name, "when"),
                f"measures.{name}: none of {profile.rows:,} rows is {when}: it is always 0.",
                "Check the columns and marks in history:.",
                f"never {when} in {model.name}",
            )
