"""Existing customers, upsells and cross-sells in plain Python: by walking through each customer's orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_SAME = 1e-6


@dataclass(frozen=True)
class Bought:
    """A line; `at` and `order` say which of a customer's orders is the earlier."""

    line: object
    customer: object
    order: int | None
    at: object
    category: object
    level: float | None
    mark: str | None = None
    amount: float = 0


def told(lines: Iterable[Bought], uplift: float, *, has_mark: bool = False) -> dict[str, list[Bought]]:
    """Return the lines that are existing, upsell and cross-sell; `uplift` in per cent."""
    found: dict[str, list[Bought]] = {"existing": [], "upsell": [], "cross-sell": []}
    for orders in _orders(lines):
        for place, order in enumerate(orders[1:], 1):
            for line in order:
                found["existing"].append(line)
                kind = line.mark if has_mark and line.mark else _kind(line, orders[:place], uplift)
                if kind in found:
                    found[kind].append(line)
    return found


def _orders(lines: Iterable[Bought]) -> Iterable[list[list[Bought]]]:
    """Return each customer's orders, the first one first."""
    held: dict[object, dict[int, list[Bought]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.customer is not None and line.order is not None and line.at is not None:
            held[line.customer][line.order].append(line)
    for orders in held.values():
        yield [orders[key] for key in sorted(orders, key=lambda key: (min(x.at for x in orders[key]), key))]  # type: ignore[type-var]


def _kind(line: Bought, earlier: list[list[Bought]], uplift: float) -> str | None:
    if line.category is None:
        return None
    before = [[entry for entry in order if entry.category == line.category] for order in earlier]
    before = [order for order in before if order]
    if not before:
        return "cross-sell"
    last = max((entry.level for entry in before[-1] if entry.level is not None), default=None)
    if line.level is None or last is None or line.level <= last + _SAME:
        return None
    return "upsell" if 100 * line.level >= (100 + uplift) * last - _SAME else None
