"""Measure the engine beside hand-written SQL: `python -m benchmarks --size S --database duckdb`."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.company import SIZES
from benchmarks.databases import DATABASES, opened
from benchmarks.memory import over_the_driver
from benchmarks.results import Result, keep
from benchmarks.running import BY_HAND, NAMES, PRODUCT, measured


def main() -> None:
    """Build what is missing, compare the values, measure and print."""
    warnings.filterwarnings("ignore", module="platformdirs")
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="S")
    parser.add_argument("--database", choices=DATABASES, default="duckdb")
    parser.add_argument("--question", choices=NAMES, action="append", help="only this one; can be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", metavar="PYTHON", help="a Python with the peers, to measure them too")
    parser.add_argument("--memory", action="store_true", help="measure memory too")
    parser.add_argument("--keep", action="store_true", help="keep the results for docs/performance.md")
    options = parser.parse_args()
    database = opened(options.database, SIZES[options.size])
    print(_row(_HEAD))
    found = []
    for measuring in measured(database, options.question or NAMES, options.rounds, options.peers):
        result = measuring
        if options.memory and not result.failed:
            result = replace(measuring, memory=over_the_driver(database, result.name))
        print(_line(result), flush=True)
        if options.keep:
            keep(database, result)
        found.append(result)
    sys.exit(any(result.wrong for result in found))


_WIDTHS = (18, 8, 6, 11, 11, 8, 11, 11, 8, 6)
_HEAD = ("", "values", "sent", "CPU ms", "by hand", "ratio", "wall ms", "by hand", "ratio", "MB")


def _line(result: Result) -> str:
    by_hand, product = result.spent[BY_HAND], result.spent.get(PRODUCT)
    if product is None:
        hand = f"{by_hand.cpu * 1000:.2f} ms of CPU by hand"
        return f"{result.name:<18}  {hand}; {result.failed}"
    cells = [result.name, str(result.values), str(result.statements)]
    for ours, theirs in ((product.cpu, by_hand.cpu), (product.wall, by_hand.wall)):
        cells += [f"{ours * 1000:.2f}", f"{theirs * 1000:.2f}", f"{ours / theirs:.2f}"]
    cells.append("" if result.memory is None else f"{result.memory:.0f}")
    peers = (
        f"    {peer}: CPU {spent.cpu * 1000:.2f} ms, ratio {product.cpu / spent.cpu:.2f}"
        for peer, spent in result.spent.items()
        if peer not in (PRODUCT, BY_HAND)
    )
    return "\n".join([_row(cells), *peers, *(f"    {wrong}" for wrong in result.wrong[:20])])


def _row(cells: Sequence[str]) -> str:
    name, *rest = (f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return cells[0].ljust(len(name)) + "".join(rest)


if __name__ == "__main__":
    main()
