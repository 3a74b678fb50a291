"""Service contracts: some customers sign one for a year, and most sign again when it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.playground.company.draws import Draw
from bot.playground.company.purchases import Start
from bot.playground.company.tables import ServiceContract

_SIGNS = 0.3
"""The share of customers who ever sign a contract."""
_OPEN = 0.1
"""The share of contracts without an end."""
_RENEWS = 0.82
_WAITS = (20, 200)
"""Days from the first order to the contract."""


@dataclass(frozen=True, slots=True)
class _Term:
    started_on: date
    ends_on: date | None


def service_contracts(seed: int, starts: Iterable[Start], end: date) -> tuple[ServiceContract, ...]:
    """Return a row for each term that began by `end`; customers are numbered in the order of `starts`."""
    begun = sorted(
        (term.started_on, customer_id, term.ends_on)
        for customer_id, start in enumerate(starts, 1)
        for term in _terms(Draw(seed, "contract", start.key), start.placed_at.date(), end)
    )
    return tuple(
        ServiceContract(number, customer_id, started_on, ends_on)
        for number, (started_on, customer_id, ends_on) in enumerate(begun, 1)
    )


def _terms(draw: Draw, first_order: date, end: date) -> Iterator[_Term]:
    if not draw.chance(_SIGNS):
        return
    is_open, begin = draw.chance(_OPEN), first_order + timedelta(days=draw.whole(*_WAITS))
    while begin <= end:
        following = begin + timedelta(days=365)
        yield _Term(begin, None if is_open else following - timedelta(days=1))
        if is_open or not draw.chance(_RENEWS):
            return
        begin = following
