"""A number and its components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its components.

    `value` None means "no data", never zero. Shares are 0..1. `interval` is the 95 % Wilson interval
    of a rate. `parts` maps the component names of the JSON contract to their values. `rows` is how many
    rows or cases an amount or a mean rests on, by which a change of it is judged; None where it isn't known.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    interval: tuple[float, float] | None = None
    parts: Mapping[str, float | None] | None = None
    rows: float | None = field(default=None, compare=False)


NO_DATA = Figure(None)


def is_without_yield(figure: Figure) -> bool:
    """Whether something was spent and nothing counted: an amount above the line, and 0 below it."""
    return figure.value is None and (figure.numerator or 0) > 0 and figure.denominator == 0
