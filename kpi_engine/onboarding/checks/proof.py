"""What every check of a live database works with."""

from __future__ import annotations

from kpi_engine.proofs.proof import (
    EXAMPLES,
    MISLED,
    Proof,
    dotted,
    how_many,
    noted,
    odd,
    quoted,
    wrong,
)

__all__ = ["EXAMPLES", "MISLED", "Proof", "dotted", "how_many", "noted", "odd", "quoted", "wrong"]
