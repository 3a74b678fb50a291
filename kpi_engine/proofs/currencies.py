"""Whether the amounts of a measure are of one currency: what is in several doesn't add up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Column, Measure, Model, Path
from kpi_engine.proofs.proof import Proof, dotted, wrong
from kpi_engine.proofs.schema import Schema
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.joins import Relation, model_behind

NUMERIC_AGGREGATES = frozenset({"sum", "avg", "min", "max", "median"})

_NAMES = ("currency", "currencycode", "currencyisocode", "currencyid", "valuta", "valutacode", "munt", "ccy")
"""Columns with a currency, without their underscores and in lower case; those before are preferred."""
_ENDS = ("currency", "currencycode", "currencyisocode", "valuta", "ccy")
"""How other columns with a currency end, such as order_currency."""
_OTHER_AMOUNTS = frozenset(
    {"base", "company", "converted", "consolidated", "reporting", "normalized", "target"}
)
"""Words in the name of a column about converted amounts."""
_RATE = re.compile(r"(^|[^a-z])\w*(rate|koers|fx)\w*", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_IN_TEXT = re.compile(r"[A-Za-z_]\w*")
_CODE_LENGTH = 3
_SHOWN = 5


def problems(proof: Proof, schema: Schema, model: Model, name: str) -> Iterator[Problem]:
    """Return what is wrong with the currency of a money measure: several, or another than the model says."""
    measure = model.measures[name]
    column = column_of(proof, schema, model, measure)
    if column is None:
        return
    found = _currencies(proof, model, column, measure)
    if len(found) > 1:
        said = ", ".join(f"{code} {rows:,}" for code, rows in list(found.items())[:_SHOWN])
        yield wrong(
            model,
            ("measures", name),
            f"measures.{name} adds up {len(found)} currencies (rows by {dotted(column)}: {said}).",
            _fix(measure, model, column),
        )
    elif is_another(list(found), model):
        (code,) = found
        yield wrong(
            model,
            ("currency",),
            f"measures.{name} is in {code} ({dotted(column)}), but answers would show {model.currency}.",
            f"Set currency: {code}.",
        )


def is_another(codes: Sequence[str], model: Model) -> bool:
    """Whether all amounts are in one currency that isn't the one that answers show."""
    return len(codes) == 1 and model.currency not in codes and len(codes[0]) == _CODE_LENGTH


def of_money(catalogue: Catalogue, model: Model) -> dict[str, Measure]:
    """Return the measures whose amounts some metric shows as money, but those said to be converted."""
    named = {
        ref.measure
        for metric in catalogue.metrics.values()
        if metric.unit == "money"
        for ref in metric.spec.measures()
        if ref.model == model.name
    }
    found = {}
    for name, measure in model.measures.items():
        if measure.agg not in NUMERIC_AGGREGATES or measure.of is None:
            continue
        entry = model_behind(catalogue.models, model, measure.of[:-1]).columns.get(measure.of[-1])
        is_money = name in named or (entry is not None and entry.type == "money")
        if is_money and not (entry is not None and entry.currency):
            found[name] = measure
    return found


def column_of(proof: Proof, schema: Schema, model: Model, measure: Measure) -> Path | None:
    """Return the column with the currency of a measure's rows; None where there is none, or it is converted.

    It is the one of the table that has the amount, else of the row, or of a header that the row always has.
    """
    headers: list[Path] = [(measure.of or ())[:-1], ()]
    headers += [(name,) for name, join in model.joins.items() if join.required]
    headers += [model.time[:-1]] if model.time else []
    for header in dict.fromkeys(headers):
        owner = model_behind(proof.models, model, header)
        for name in _named(schema, owner):
            is_there = name in owner.columns or name in schema.columns(owner)
            if is_there or proof.is_readable(model, (*header, name)):
                is_converted = _is_converted(proof, model, measure, name)
                return None if is_converted else (*header, name)
    return None


def alarm(proof: Proof, schema: Schema, model: Model, name: str) -> tuple[Select[Any], ...]:
    """Return two statements of one value each, which is the same in one currency; none where none is told."""
    measure = model.measures[name]
    column = column_of(proof, schema, model, measure)
    if column is None:
        return ()
    relation, conditions = _counted(proof, model, column, measure)
    value = relation.column(column)
    filled = [*conditions, value.is_not(None)]
    return tuple(
        select(end).select_from(relation.source).where(*filled) for end in (func.min(value), func.max(value))
    )


def rings(model: Model, values: Sequence[Any]) -> bool:
    """Whether the values of an alarm's statements tell of several currencies, or another than the model's."""
    codes = {str(value).strip().upper() for value in values if value is not None}
    return len(codes) > 1 or is_another(list(codes), model)


def codes_of(rows: Sequence[tuple[Any, int]]) -> dict[str, int]:
    """Return the rows by currency, the most frequent first, of rows by the text that is stored."""
    found: dict[str, int] = {}
    for stored, number in rows:
        code = str("" if stored is None else stored).strip().upper()
        if code:
            found[code] = found.get(code, 0) + int(number)
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))


def _named(schema: Schema, owner: Model) -> list[str]:
    """Return the columns of a model that may hold a currency, the likeliest first."""
    mapped = {name: entry.physical or name for name, entry in owner.columns.items() if entry.sql is None}
    stored = {name: name for name in schema.columns(owner)}
    if owner.query:
        stored = {name: name for name in _IN_TEXT.findall(owner.query)}
        if "*" in owner.query:
            stored |= {name: name for name in ("currency", "currency_code")}
    derived = {name: name for name in owner.columns if _flat(name) in _NAMES}
    every = {**stored, **mapped, **derived}
    exact = sorted(
        (name for name, written in every.items() if _flat(written) in _NAMES),
        key=lambda name: _NAMES.index(_flat(every[name])),
    )
    others = [
        name
        for name, written in every.items()
        if _flat(written).endswith(_ENDS) and name not in exact and not _OTHER_AMOUNTS & _words(written)
    ]
    return [*exact, *others]


def _is_converted(proof: Proof, model: Model, measure: Measure, currency: str) -> bool:
    """Whether the amount says by its name, or by what it is made of, that it is in the model's currency."""
    path = measure.of or ()
    owner = model_behind(proof.models, model, path[:-1])
    entry = owner.columns.get(path[-1], Column(path[-1], path[-1], None))
    if entry.sql is not None:
        return bool(_RATE.search(entry.sql)) or currency in _IN_TEXT.findall(entry.sql)
    words = _words(entry.physical or entry.name)
    return bool(words & _OTHER_AMOUNTS) or model.currency.lower() in words


def _flat(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(name)}


def _counted(
    proof: Proof, model: Model, column: Path, measure: Measure
) -> tuple[Relation, list[ColumnElement[bool]]]:
    flags = {"counts": measure.where} if measure.where else {}
    relation = Relation(proof.models, model, [column, (model.key,)], flags)
    return relation, [relation.flag("counts") == 1] if flags else []


def _currencies(proof: Proof, model: Model, column: Path, measure: Measure) -> dict[str, int]:
    """Return the rows that a measure counts, by currency, the most frequent first."""
    relation, conditions = _counted(proof, model, column, measure)
    value = relation.column(column)
    statement = (
        select(value, func.count()).select_from(relation.source).where(*conditions).group_by(exactly(value))
    )
    return codes_of([(row[0], row[1]) for row in proof.read(model, statement)])


def _fix(measure: Measure, model: Model, column: Path) -> str:
    amount = measure.of[-1] if measure.of else "amount"
    converted = f'{amount}: {{sql: "{amount} * rate", currency: {model.currency}}}'
    text = f"Map a converted amount under columns: {converted}"
    if len(column) == 1:
        text += f", or count one currency with where: \"{column[0]} = '{model.currency}'\""
    return f"{text}."
