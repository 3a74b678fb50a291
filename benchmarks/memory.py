"""How much memory an answer takes: the peak of a process that asks once, above one with the driver alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.company import SIZES
from benchmarks.databases import Database, opened
from benchmarks.handwritten import connected, statements
from benchmarks.measuring import alone

_PRODUCT, _BY_HAND = "product", "by-hand"


def over_the_driver(database: Database, name: str) -> float:
    """Return the megabytes by which the product's peak is above that of the hand-written SQL.

    Each side asks once in a process of its own; the product's has its code and what it keeps, the other
    one the driver and the rows. Memory of a server isn't in either.
    """
    return _peak(database, name, _PRODUCT) - _peak(database, name, _BY_HAND)


def _peak(database: Database, name: str, side: str) -> float:
    called = [sys.executable, "-W", "ignore", "-m", "benchmarks.memory"]
    asked = [database.size.name, database.kind, name, side]
    done = subprocess.run([*called, *asked], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _ask(database: Database, name: str) -> None:
    from benchmarks.running import opened_sides  # noqa: PLC0415 - the other side mustn't load the product
    from kpi_engine import KpiError  # noqa: PLC0415

    with opened_sides(database) as sides:
        try:
            sides.asking(name).asked()
        except KpiError as refused:
            print(refused, file=sys.stderr)


def _read_by_hand(database: Database, name: str) -> None:
    with connected(database) as run:
        rows = [run(text) for text in statements(name, database.kind)]
        del rows


def main() -> None:
    """Ask one question in one way, and print the peak of this process in megabytes."""
    size, kind, name, side = sys.argv[1:]
    database = opened(kind, SIZES[size])
    with alone(database.server):
        (_ask if side == _PRODUCT else _read_by_hand)(database, name)
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    print(int(peak) / 1024)


if __name__ == "__main__":
    main()
