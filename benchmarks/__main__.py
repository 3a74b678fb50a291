"""Measure the engine beside hand-written SQL: `python -m benchmarks --size S --database duckdb`."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence

from benchmarks.company import SIZES
from benchmarks.databases import DATABASES, opened
from benchmarks.questions import QUESTIONS
from benchmarks.running import Result, measured


def main() -> None:
    """Build what is missing, compare the values, measure and print."""
    warnings.filterwarnings("ignore", module="platformdirs")
    known = [question.name for question in QUESTIONS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="S")
    parser.add_argument("--database", choices=DATABASES, default="duckdb")
    parser.add_argument("--question", choices=known, action="append", help="only this one; can be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    chosen = [question for question in QUESTIONS if question.name in (options.question or known)]
    database = opened(options.database, SIZES[options.size])
    print(_row(_HEAD))
    found = []
    for result in measured(database, chosen, options.rounds):
        print(_line(result), flush=True)
        found.append(result)
    sys.exit(any(result.wrong for result in found))


_WIDTHS = (18, 8, 6, 11, 11, 8, 11, 11, 8)
_HEAD = ("", "values", "sent", "CPU ms", "by hand", "ratio", "wall ms", "by hand", "ratio")


def _line(result: Result) -> str:
    if result.failed:
        return f"{result.name:<18}  {result.failed}"
    cells = [result.name, str(result.values), str(result.statements)]
    for product, by_hand in (
        (result.product.cpu, result.by_hand.cpu),
        (result.product.wall, result.by_hand.wall),
    ):
        cells += [f"{product * 1000:.2f}", f"{by_hand * 1000:.2f}", f"{product / by_hand:.2f}"]
    return "\n".join([_row(cells), *(f"    {wrong}" for wrong in result.wrong[:20])])


def _row(cells: Sequence[str]) -> str:
    name, *rest = (f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return cells[0].ljust(len(name)) + "".join(rest)


if __name__ == "__main__":
    main()
