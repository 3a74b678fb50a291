"""How long one line takes to be read as a question: `make bench`.

Prints median, 95th and 99th percentile in milliseconds, over lines as people type them and over
mistyped ones, with the few names of the demo company and with 20,000 customers.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Mapping, Sequence
from itertools import product

from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import parse
from tests.kpi_engine.language.mistyped import lines
from tests.kpi_engine.language.typed_lines import ASKER, MEMBERS, READ, REFUSED, TODAY, VERBS
from tests.shop import SHIPPED

CUSTOMERS = 20_000
MISTYPED = 5_000
NAMED = (
    "sales customer:dubois",
    'sales customer:"brasserie leuven 77"',
    "sales customer:crèche mons 19",
    "sales customer:brasserei",
    "sales hotel gent 12",
    "slaes customer:hotle",
)


def _customers() -> Roster:
    kinds = ("Académie", "Bistro", "Brasserie", "Crèche", "Garage", "Hotel", "Kantoor", "Apotheek")
    towns = ("Aalst", "Arlon", "Brugge", "Gent", "Leuven", "Mons", "Namur", "Oostende", "Ieper", "Huy")
    names = (" ".join(name) for name in product(kinds, towns, (str(number) for number in range(1, 251))))
    return Roster(Member(key, name) for key, name in enumerate(names, start=1))


def _row(name: str, typed: Sequence[str], members: Mapping[str, Sequence[Member]]) -> None:
    catalogue = load(SHIPPED, SHIPPED)
    spent = []
    for line in (typed[0], *typed):
        started = time.perf_counter()
        with contextlib.suppress(QueryError):
            parse(line, catalogue, members, ASKER, TODAY, VERBS)
        spent.append((time.perf_counter() - started) * 1000)
    spent = sorted(spent[1:])
    high, highest = (spent[int(share * (len(spent) - 1))] for share in (0.95, 0.99))
    print(f"{name:<52} {statistics.median(spent):>9.2f} {high:>9.2f} {highest:>9.2f}")


def main() -> None:
    """Measure and print."""
    customers = _customers()
    started = time.perf_counter()
    customers.indexed()
    print(f"indexing {len(customers):,} customers: {(time.perf_counter() - started) * 1000:.0f} ms")
    few = {name: Roster(members) for name, members in MEMBERS.items()}
    many = few | {"customer": customers}
    print(f"{'milliseconds a line':<52} {'median':>9} {'p95':>9} {'p99':>9}")
    for label, members in (("", few), (f", {len(customers):,} customers", many)):
        _row(f"right lines{label}", [line for line, _ in READ], members)
        _row(f"wrong lines{label}", [line for line, _ in REFUSED], members)
        _row(f"mistyped lines{label}", list(lines(MISTYPED, seed=1)), members)
    for line in NAMED:
        _row(line, [line] * 30, many)


if __name__ == "__main__":
    main()
