"""Report what is right but good to know for readers of the numbers: notes, not warnings."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from sqlalchemy import String, and_, cast, func, not_, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Model, Path
from kpi_engine.language.folding import fold
from kpi_engine.proofs.proof import EXAMPLES, Proof, dotted, how_many, noted, quoted
from kpi_engine.sql.written_names import names_in

_REP = "rep"
_MOST_PEOPLE = 500
"""Among more people than this, some names are always alike."""
_BEGINNING = 3


def problems(proof: Proof) -> Iterator[Problem]:
    """Return what is good to know of members, owners and prices."""
    for model in proof.catalogue.mapped_models:
        if model.members and not model.is_own:
            yield from _never_named(proof, model)
            yield from _begin_alike(proof, model)
        if model.measures and not model.is_own:
            yield from _owner_of_today(proof, model)
            yield from _listed_otherwise(proof, model)


def _never_named(proof: Proof, table: Model) -> Iterator[Problem]:
    """Report members that no row names: reps without a deal, customers without orders."""
    for dimension, entry in table.members.items():
        members = proof.own_rows(table, [table.key, entry.label])
        key, label = members.c[table.key], members.c[entry.label]
        naming = list(_columns_of(proof, dimension, table))
        if not naming:
            continue
        named = []
        for owner, column in naming:
            rows = proof.own_rows(owner, [column])
            named.append(key.in_(select(rows.c[column]).where(rows.c[column].is_not(None))))
        idle = and_(key.is_not(None), *(not_(condition) for condition in named))
        statement = select(func.coalesce(cast(label, String), cast(key, String))).where(idle)
        try:
            count, all_members = proof.counts(table, members, how_many(idle), func.count(key))
            examples = [row[0] for row in proof.read(table, statement.order_by(label, key).limit(EXAMPLES))]
        except DataError:
            continue  # keys of two types, which members.problems reports
        if 0 < count < all_members:
            yield noted(
                table,
                ("members", dimension),
                f"{count:,} of {all_members:,} members of {dimension} occur in no row"
                f" ({quoted(examples)}); they are shown with 0.",
                "Exclude them with where: if they don't belong there.",
            )


def _columns_of(proof: Proof, dimension: str, table: Model) -> Iterator[tuple[Model, str]]:
    """Yield the columns, each with its model, that hold the keys of a dimension's members in other tables."""
    found: set[tuple[str, str]] = set()
    for model in proof.catalogue.mapped_models:
        entry = model.dimensions.get(dimension)
        if entry is None or model.targets or model.database != table.database:
            continue
        owner = proof.relation(model, [entry.path]).model_at(entry.path[:-1])
        place = (owner.name, entry.path[-1])
        if owner.name != table.name and place not in found:
            found.add(place)
            yield owner, entry.path[-1]


def _begin_alike(proof: Proof, table: Model) -> Iterator[Problem]:
    """Report names with the same beginning: typing only the beginning gives a choice."""
    entry = table.members.get(_REP)
    if entry is None:
        return
    label = proof.own_rows(table, [entry.label]).c[entry.label]
    rows = proof.read(table, select(label).where(label.is_not(None)).distinct().limit(_MOST_PEOPLE + 1))
    names = sorted((str(row[0]) for row in rows), key=fold)
    groups = [list(alike) for _, alike in groupby(names, key=lambda name: fold(name)[:_BEGINNING])]
    alike = [group for group in groups if len(group) > 1]
    if alike and len(names) <= _MOST_PEOPLE:
        said = "; ".join(" and ".join(group[:EXAMPLES]) for group in alike[:EXAMPLES])
        count = sum(map(len, alike))
        yield noted(
            table,
            ("members", _REP),
            f"{count:,} of {len(names):,} names of {_REP} start like another name ({said}).",
            "If people type only the start, the bot asks whom they mean.",
        )


def _owner_of_today(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report reps that are read from the customer: last year's sales go to today's rep."""
    entry = model.dimensions.get(_REP)
    if entry is None or len(entry.path) == 1:
        return
    owner = proof.relation(model, [entry.path]).model_at(entry.path[:-1])
    if owner.members and _REP not in owner.members:
        listed = next(iter(owner.members))
        yield noted(
            model,
            ("dimensions", _REP),
            f"{_REP} comes from {owner.name} ({dotted(entry.path)}): whoever has the {listed} today gets its"
            " past as well.",
            f"If {model.name} has a column that says who it was at the time, use that.",
            proof.subject("owner of today", model, entry.path),
        )


def _listed_otherwise(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report amounts that are made of the row's own price, where the product has another one."""
    for name, measure in model.measures.items():
        entry = model.columns.get(measure.of[-1]) if measure.of and len(measure.of) == 1 else None
        if entry is None or entry.sql is None:
            continue
        for join_name, join in model.joins.items():
            target = proof.models[join.model]
            if not target.members or join.required:
                continue
            for column in names_in(entry.sql):
                if column not in (own for own, _ in join.on):
                    yield from _differing(proof, model, name, join_name, column)


def _differing(proof: Proof, model: Model, measure: str, join: str, column: str) -> Iterator[Problem]:
    own, other = (column,), (join, column)
    if not all(_holds_numbers(proof, model, path) for path in (own, other)):
        return
    relation = proof.relation(model, [own, other])
    mine, theirs = relation.column(own), relation.column(other)
    both = and_(mine.is_not(None), theirs.is_not(None))
    count, rows = proof.counts(model, relation.source, how_many(and_(both, mine != theirs)), how_many(both))
    if count:
        target = proof.models[model.joins[join].model]
        yield noted(
            model,
            ("measures", measure),
            f"measures.{measure} takes {column} of its own rows, which differs from the one in"
            f" {target.name} in {count:,} of {rows:,} rows.",
            "That is right if prices change or are negotiated.",
            proof.subject(f"listed in {target.name}", model, own),
        )


def _holds_numbers(proof: Proof, model: Model, path: Path) -> bool:
    return proof.is_readable(model, path) and isinstance(proof.sample(model, path), int | float | Decimal)
