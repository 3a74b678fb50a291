"""Check that the amounts of a measure are of one currency."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import func, select

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Measure, Model, Path
from kpi_engine.onboarding.checks.profile import NUMERIC_AGGREGATES
from kpi_engine.onboarding.checks.proof import Proof, dotted, wrong
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.joins import Relation

_NAMES = ("currency", "currency_code", "valuta", "munt", "ccy", "CurrencyCode", "CurrencyIsoCode")
_CODE_LENGTH = 3
_SHOWN = 5


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the money measures whose rows are of several currencies, or of another than the model says."""
    measures = _of_money(proof.catalogue, model)
    if not measures:
        return
    column = next(filter(partial(proof.is_readable, model), _candidates(model)), None)
    if column is None:
        return
    for name, measure in measures.items():
        found = _currencies(proof, model, column, measure)
        if len(found) > 1:
            said = ", ".join(f"{code} {rows:,}" for code, rows in list(found.items())[:_SHOWN])
            yield wrong(
                model,
                ("measures", name),
                f"measures.{name} adds up {len(found)} currencies (rows by {dotted(column)}: {said}).",
                _fix(measure, model, column),
            )
        elif found and model.currency not in found and len(next(iter(found))) == _CODE_LENGTH:
            (code,) = found
            yield wrong(
                model,
                ("currency",),
                f"measures.{name} is in {code} ({dotted(column)}), but answers would show {model.currency}.",
                f"Set currency: {code}.",
            )


def _of_money(catalogue: Catalogue, model: Model) -> dict[str, Measure]:
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
        owner = model
        for step in measure.of[:-1]:
            owner = catalogue.models[owner.joins[step].model]
        entry = owner.columns.get(measure.of[-1])
        is_money = name in named or (entry is not None and entry.type == "money")
        if is_money and not (entry is not None and entry.currency):
            found[name] = measure
    return found


def _candidates(model: Model) -> list[Path]:
    """Return the columns that may hold a currency: the row's own, or those of a header it always has."""
    headers = [name for name, join in model.joins.items() if join.required]
    headers += [model.time[0]] if model.time and len(model.time) > 1 else []
    mapped = [name for name, entry in model.columns.items() if entry.physical in _NAMES]
    own: list[Path] = [(name,) for name in dict.fromkeys((*_NAMES, *mapped))]
    return own + [(header, name) for header in dict.fromkeys(headers) for name in _NAMES]


def _currencies(proof: Proof, model: Model, column: Path, measure: Measure) -> dict[str, int]:
    """Return the rows that a measure counts, by currency, the most frequent first."""
    flags = {"counts": measure.where} if measure.where else {}
    relation = Relation(proof.models, model, [column, (model.key,)], flags)
    value = relation.column(column)
    statement = select(value, func.count()).select_from(relation.source).group_by(exactly(value))
    if flags:
        statement = statement.where(relation.flag("counts") == 1)
    found: dict[str, int] = {}
    for stored, rows in proof.read(model, statement):
        code = str(stored or "").strip().upper()
        if code:
            found[code] = found.get(code, 0) + int(rows)
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))


def _fix(measure: Measure, model: Model, column: Path) -> str:
    amount = measure.of[-1] if measure.of else "amount"
    converted = f'{amount}: {{sql: "{amount} * rate", currency: {model.currency}}}'
    text = f"Map a converted amount under columns: {converted}"
    if len(column) == 1:
        text += f", or count one currency with where: \"{column[0]} = '{model.currency}'\""
    return f"{text}."
