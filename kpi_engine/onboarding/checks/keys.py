"""Check that every row has a key of its own: every count and every join depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import Proof
from kpi_engine.proofs.repeats import key_problems


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return what is wrong with the key of a model."""
    yield from key_problems(proof, model)
