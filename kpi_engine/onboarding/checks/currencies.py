"""Check that the amounts of a measure are of one currency."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.proofs import currencies
from kpi_engine.proofs.proof import Proof
from kpi_engine.proofs.schema import Schema


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the money measures whose rows are of several currencies, or of another than the model says."""
    schema = Schema(proof.reader)
    for name in currencies.of_money(proof.catalogue, model):
        yield from currencies.problems(proof, schema, model, name)
