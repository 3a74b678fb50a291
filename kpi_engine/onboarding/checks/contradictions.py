"""Check that the model files don't contradict themselves: keys added up, one column for two dimensions."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model, Path
from kpi_engine.proofs.proof import Proof, dotted, odd, wrong

_ADDED = frozenset({"sum", "avg", "median"})


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the contradictions in one model's file."""
    yield from _keys_added_up(model)
    yield from _twice(model)
    yield from _joined_elsewhere(proof, model)
    yield from _always_first(model)
    yield from _named_by_numbers(proof, model)


def _keys_added_up(model: Model) -> Iterator[Problem]:
    """Report sums of keys, which mean nothing."""
    keys: set[Path] = {(model.key,)}
    keys |= {(own,) for join in model.joins.values() for own, _ in join.on}
    keys |= {entry.path for entry in model.dimensions.values()}
    for name, measure in model.measures.items():
        if measure.agg in _ADDED and measure.since is None and measure.of in keys:
            yield wrong(
                model,
                ("measures", name, "of"),
                f"measures.{name}: {dotted(measure.of)} is a key, and keys don't add up.",
                "Use the column with the amount, or count with agg: count_distinct.",
            )


def _twice(model: Model) -> Iterator[Problem]:
    """Report two dimensions of one column: one of them gets the members of the other."""
    seen: dict[Path, str] = {}
    for name, entry in model.dimensions.items():
        other = seen.setdefault(entry.path, name)
        if other != name:
            yield odd(
                model,
                ("dimensions", name),
                f"the dimensions {other} and {name} use the same column ({dotted(entry.path)}).",
                "Give each its own column.",
            )


def _joined_elsewhere(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report a column that holds the keys of one table's members and is joined to another table."""
    listed = {
        dimension: table
        for table in proof.catalogue.mapped_models
        for dimension in table.members
        if table.database == model.database
    }
    for dimension, entry in model.dimensions.items():
        table = listed.get(dimension)
        if table is None or len(entry.path) > 1:
            continue
        for name, join in model.joins.items():
            target = proof.models[join.model]
            if join.on == ((entry.path[0], target.key),) and target.members and not _same(target, table):
                yield odd(
                    model,
                    ("joins", name),
                    f"joins.{name} leads by {entry.path[0]} to {target.name}, but dimensions.{dimension} says"
                    f" that it is a key of {table.name}.",
                    "Correct on:, or the dimension's column.",
                )


def _same(one: Model, other: Model) -> bool:
    return one.name == other.name or (one.table is not None and one.table == other.table)


def _always_first(model: Model) -> Iterator[Problem]:
    """Report `first:` per row: every row is the first of itself."""
    for name, measure in model.measures.items():
        if measure.first and measure.first.per == (model.key,):
            yield odd(
                model,
                ("measures", name, "first", "per"),
                f"measures.{name}: every row is the first of its own {model.key}, so all rows count as new.",
                "Put the column with the customer in first: {per: ...}.",
            )


def _named_by_numbers(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report members that are labelled by a number: people type names."""
    for dimension, table in model.members.items():
        if table.label != model.key:
            continue
        sample = proof.sample(model, (model.key,))
        if sample is not None and not isinstance(sample, str):
            yield odd(
                model,
                ("members", dimension),
                f"members of {dimension} are called by their key ({sample!r}).",
                "Put the column with their names in label:, or remove members:.",
            )
