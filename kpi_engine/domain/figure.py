"""One number and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and what it is made of.

    `value` None is "no data", never zero. Shares are 0..1. `interval` is the 95 % interval of a
    rate (Wilson). `parts` holds what the number is made of, by the names of the JSON contract.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    interval: tuple[float, float] | None = None
    parts: Mapping[str, float | None] | None = None


NO_DATA = Figure(None)
