"""Count the rows of each model, and find its first and last moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import Proof
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.readable import is_moment
from kpi_engine.sql.time_columns import TimeColumn


@dataclass(frozen=True, slots=True)
class Extent:
    """The rows of a model that count, with the first and last moment of its time (business zone).

    `source` is its table, or "query". `moments` says how its time is stored, and which zone is
    assumed where the stored values carry none. `is_dated`: the stored values are days.
    """

    model: str
    source: str
    rows: int
    first: datetime | None = None
    last: datetime | None = None
    moments: str = ""
    is_dated: bool = False


def extents(catalogue: Catalogue, reader: Reader, now: datetime) -> tuple[Extent, ...]:
    """Return the extent of every model, one statement each; rows to come are among them."""
    proof = Proof(catalogue, reader, now)
    return tuple(_known_extent(proof, model) for model in catalogue.mapped_models)


def _known_extent(proof: Proof, model: Model) -> Extent:
    """Return the extent of a model, without its moments where these can't be read."""
    try:
        return _extent(proof, model)
    except DataError:
        return _extent(proof, replace(model, time=None))


def _extent(proof: Proof, model: Model) -> Extent:
    source = ".".join(part for part in (model.schema, model.table) if part) or "query"
    relation = proof.relation(model, [(model.key,), *([model.time] if model.time else [])])
    if model.time is None:
        (rows,) = proof.counts(model, relation.source, func.count())
        return Extent(model.name, source, rows)
    at = relation.column(model.time)
    stored = proof.reader.time_column(model, model.time)
    known = case((is_moment(at, stored.form), at))
    asked: list[ColumnElement[Any]] = [func.count(), func.min(known), func.max(known)]
    rows, first, last = proof.read(model, select(*asked).select_from(relation.source))[0]
    is_dated = not stored.takes_zone and not stored.is_zoned
    ends = stored.read_known(first), stored.read_known(last)
    owner = relation.model_at(model.time[:-1])
    return Extent(model.name, source, int(rows), *ends, _moments(stored, owner), is_dated)


def _moments(stored: TimeColumn, owner: Model) -> str:
    if stored.is_zoned:
        return "with zone"
    if not stored.takes_zone:
        return "days"
    return stored.own_zone.key if owner.zone else f"{stored.own_zone.key}, assumed"
