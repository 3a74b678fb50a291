"""Check the members of dimensions: one spelling each, listed in their own table, with names of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Location, Model
from kpi_engine.onboarding.checks.spelling import TOO_MANY, meant_by, variants
from kpi_engine.onboarding.derived import respelt, same_type_fix
from kpi_engine.proofs.proof import EXAMPLES, MISLED, Proof, how_many, odd, quoted, wrong
from kpi_engine.sql.exact_text import exactly

_MOST_RESPELT = 100
"""The values that one fix respells."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column with the keys of a dimension's members: `owner` has it, `model` names it at `location`."""

    model: Model
    location: Location
    dimension: str
    owner: str
    column: str


def problems(proof: Proof) -> Iterator[Problem]:
    """Return what is odd in the members of every dimension; each column is read once."""
    for model in proof.models.values():
        yield from _labels(proof, model)
        yield from _accounts(proof, model)
    for (owner, column), (model, location, dimension) in _keys(proof).items():
        if not isinstance(proof.sample(proof.models[owner], (column,)), str):
            yield from _unlisted_numbers(proof, model, location, dimension, owner, column)
            continue
        counts = _counts(proof, proof.models[owner], column)
        found = _Column(model, location, dimension, owner, column)
        yield from _variants(proof, found, counts)
        yield from _unlisted(proof, found, counts)


def _keys(proof: Proof) -> dict[tuple[str, str], tuple[Model, Location, str]]:
    """Return the columns that hold members' keys, by model and column, with a place that names them.

    A column that the model itself calls a dimension is named there; else the first model that
    reaches it over joins. Keys of a members' own table are what the others are compared with.
    """
    found: dict[tuple[str, str], tuple[Model, Location, str]] = {}
    declared = [
        (model, dimension, entry.path)
        for model in proof.models.values()
        for dimension, entry in model.dimensions.items()
        if not model.targets
    ]
    for model, dimension, path in sorted(declared, key=lambda entry: len(entry[2])):
        owner = proof.relation(model, [path]).model_at(path[:-1])
        if owner.members.get(dimension) is None or path[-1] != owner.key:
            found.setdefault((owner.name, path[-1]), (model, ("dimensions", dimension), dimension))
    return found


def _counts(proof: Proof, model: Model, column: str) -> Counter[str]:
    """Return how many rows hold each text; nothing where there are too many to compare."""
    relation = proof.relation(model, [(column,)])
    value = relation.column((column,))
    statement = (
        select(value, func.count()).select_from(relation.source).group_by(exactly(value)).limit(TOO_MANY + 1)
    )
    rows = proof.read(model, statement)
    if len(rows) > TOO_MANY:
        return Counter()
    return Counter({row[0]: int(row[1]) for row in rows if isinstance(row[0], str)})


def _variants(proof: Proof, found: _Column, counts: Counter[str]) -> Iterator[Problem]:
    """Report empty texts and values that are near each other, with one line that mends all of them."""
    blank = sum(rows for value, rows in counts.items() if not value.strip())
    owner, column = proof.models[found.owner], found.column
    groups = variants(counts, _listed(proof, found))
    meant = {value: group[0] for group in groups for value in group[1:]}
    fix = respelt(
        proof.reader,
        proof.models,
        owner,
        (column,),
        dict(list(meant.items())[:_MOST_RESPELT]),
        has_blanks=bool(blank),
        seen_from=found.model,
    )
    if blank:
        message = f"{column} is an empty text in {blank:,} rows: that is a member without a name, not (none)."
        subject = proof.subject("empty texts", owner, (column,))
        yield odd(found.model, found.location, message, fix, subject)
    if groups:
        said = "; ".join(
            ", ".join(f"{value!r} ({counts[value]:,} rows)" for value in group)
            + f": these count as {len(group)} members"
            for group in groups[:EXAMPLES]
        )
        more = f"; and {len(groups) - EXAMPLES:,} more such groups" if len(groups) > EXAMPLES else ""
        subject = proof.subject("spellings", owner, (column,))
        message = f"{column} holds {said}{more}."
        yield odd(found.model, found.location, message, f"If they are the same: {fix}", subject)


def _listed(proof: Proof, found: _Column) -> frozenset[object]:
    """Return the keys of the table that a column points at, whether its rows count or not."""
    owner = proof.models[found.owner]
    tables = [
        (proof.models[join.model], far)
        for join in owner.joins.values()
        for near, far in join.on
        if near == found.column and len(join.on) == 1
    ]
    tables += [
        (table, table.key)
        for table in proof.models.values()
        if found.dimension in table.members and table.database == owner.database
    ]
    keys: set[object] = set()
    for table, column in tables:
        every = proof.own_rows(replace(table, where=None), [column])
        rows = proof.read(table, select(every.c[column]).group_by(exactly(every.c[column])).limit(TOO_MANY))
        keys |= {row[0] for row in rows}
    return frozenset(keys)


def _unlisted(proof: Proof, found: _Column, counts: Counter[str]) -> Iterator[Problem]:
    """Report keys that the members' own table lacks, where no join reports them already."""
    model, location, owner, column = found.model, found.location, found.owner, found.column
    table = _table_of(proof, found.dimension, owner, column)
    if table is None or not counts:
        return
    keys = _member_keys(proof, table)
    if keys and not any(isinstance(key, str) for key in keys):
        yield _other_type(proof, model, location, owner, column, table, (next(iter(counts)), keys[0]))
        return
    lost = Counter({value: count for value, count in counts.items() if value not in set(keys)})
    if not keys or not lost:
        return
    worst = [value for value, _ in lost.most_common(EXAMPLES)]
    rows = f"{column}: {lost.total():,} of {counts.total():,} rows don't match a member of {table.name}"
    meant = meant_by(worst, keys)
    if meant:
        said = ", ".join(f"{value!r} for {likely!r}" for value, likely in meant.items())
        yield odd(
            model,
            location,
            f"{rows}: {said}?",
            respelt(proof.reader, proof.models, proof.models[owner], (column,), meant),
        )
    else:
        yield odd(model, location, f"{rows} ({quoted(worst)}).", "They are shown by that value.")


def _unlisted_numbers(
    proof: Proof, model: Model, location: Location, dimension: str, owner: str, column: str
) -> Iterator[Problem]:
    """Compare numbers by type and look them up in the table; a number isn't a misspelling."""
    table = _table_of(proof, dimension, owner, column)
    if table is None:
        return
    holder = proof.models[owner]
    sample, key = proof.sample(holder, (column,)), proof.sample(table, (table.key,))
    if sample is None or key is None:
        return
    if isinstance(key, str):
        yield _other_type(proof, model, location, owner, column, table, (sample, key))
        return
    source, listed = proof.own_rows(holder, [column]), proof.own_rows(table, [table.key])
    value = source.c[column]
    is_lost = value.not_in(select(listed.c[table.key]).where(listed.c[table.key].is_not(None)))
    count, rows = proof.counts(holder, source, how_many(is_lost), func.count(value))
    if not count:
        return
    strange = select(value).where(is_lost).distinct().order_by(value).limit(EXAMPLES)
    examples = quoted([row[0] for row in proof.read(holder, strange)])
    message = f"{column}: {count:,} of {rows:,} rows don't match a member of {table.name} ({examples})"
    if count > rows * MISLED:
        fix = "Use the column with that table's keys."
        yield wrong(model, location, f"{message}: its keys are different ones.", fix)
    else:
        yield odd(model, location, f"{message}.", "They are shown by that value.")


def _other_type(
    proof: Proof,
    model: Model,
    location: Location,
    owner: str,
    column: str,
    table: Model,
    values: tuple[object, object],
) -> Problem:
    here, there = values
    kinds = ["text" if isinstance(value, str) else "no text" for value in (here, there)]
    return wrong(
        model,
        location,
        f"{column} is {kinds[0]} ({here!r}), the key of {table.name} is {kinds[1]} ({there!r}):"
        " members don't get their names.",
        same_type_fix(proof.reader, proof.models, proof.models[owner], column, table, table.key),
    )


def _table_of(proof: Proof, dimension: str, owner: str, column: str) -> Model | None:
    """Return the model that lists a dimension's members, unless a join from the column leads there."""
    for table in proof.models.values():
        if dimension in table.members and table.database == proof.models[owner].database:
            joined = any(
                join.model == table.name and (column, table.key) in join.on
                for join in proof.models[owner].joins.values()
            )
            return None if joined else table
    return None


def _member_keys(proof: Proof, table: Model) -> list[object]:
    relation = proof.relation(table, [(table.key,)])
    statement = select(relation.column((table.key,))).select_from(relation.source).limit(TOO_MANY)
    return [row[0] for row in proof.read(table, statement) if row[0] is not None]


def _labels(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report members that share a name, and members that have none and are shown by their key."""
    for dimension, table in model.members.items():
        relation = proof.relation(model, [(model.key,), (table.label,)])
        key, label = relation.column((model.key,)), relation.column((table.label,))
        asked: list[ColumnElement[Any]] = [func.count(), func.min(key)]
        nameless = select(*asked).select_from(relation.source).where(label.is_(None))
        count, first = proof.read(model, nameless)[0]
        if count:
            yield odd(
                model,
                ("members", dimension),
                f"{count:,} members of {dimension} have no {table.label} ({first!r}).",
                "They are shown by their key.",
            )
        shared = (
            select(label.label("name"), func.count().label("size"), func.min(key), func.max(key))
            .select_from(relation.source)
            .where(label.is_not(None))
            .group_by(exactly(label))
            .having(func.count() > 1)
        )
        named = shared.subquery("shared_names")
        names, members = proof.counts(model, named, func.count(), func.sum(named.c.size))
        if not names:
            continue
        rows = proof.read(model, shared.order_by(func.count().desc(), label).limit(EXAMPLES))
        said = ", ".join(f"{name!r} ({first!r}, {last!r})" for name, _, first, last in rows)
        message = (
            f"{members:,} members of {dimension} are called {said}."
            if names == 1
            else f"{members:,} members of {dimension} share {names:,} names, such as {said}."
        )
        fix = "They are shown with their key after the name."
        yield odd(model, ("members", dimension), message, fix)


def _accounts(proof: Proof, model: Model) -> Iterator[Problem]:
    """Report Slack user ids and addresses that several members share: they don't tell who asks."""
    for dimension, table in model.members.items():
        if not (table.user or table.email):
            continue
        rows = proof.reader.members(dimension)
        users = [(row.user, row.member.label) for row in rows if row.user]
        emails = [(row.email.strip().casefold(), row.member.label) for row in rows if row.email]
        for column, accounts in ((table.user, users), (table.email, emails)):
            times = Counter(account for account, _ in accounts)
            shared = [account for account, count in times.items() if count > 1]
            for account in shared[:EXAMPLES]:
                names = quoted([label for name, label in accounts if name == account])
                yield odd(
                    model,
                    ("members", dimension),
                    f"{times[account]:,} members of {dimension} share the {column} {account!r} ({names}).",
                    "It is ignored, so none of them gets answers by it: give each their own.",
                )
