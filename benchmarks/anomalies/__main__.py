"""Measure how well unusual values are found: `python -m benchmarks.anomalies [--quick] [--data FOLDER]`.

`python -m benchmarks.anomalies calibrate [--data FOLDER]` measures the null of the product and writes it into
kpi_engine/analysis/usual_range/quantiles.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.anomalies import measures
from benchmarks.anomalies.calibrate import calibrate
from benchmarks.anomalies.measures import FalseAlarms, Family
from benchmarks.anomalies.methods import METHODS
from benchmarks.anomalies.series import Case, half_of, read_series

_SEED = 5


def main() -> None:
    """Read the options, measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anomalies", description=__doc__)
    parser.add_argument("action", nargs="?", choices=("measure", "calibrate"), default="measure")
    parser.add_argument("--quick", action="store_true", help="fewer series, for a look while you change it")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="real series, as *.jsonl.gz")
    half = "measure on this half of the real sources, calibrate without it"
    parser.add_argument("--half", type=int, choices=(0, 1), help=half)
    options = parser.parse_args()
    count = 200 if options.quick else 1200
    if options.action == "calibrate":
        calibrate(50 if options.quick else 250, options.data, options.half)
        return
    real = list(read_series(options.data)) if options.data else []
    real = [case for case in real if options.half in (None, half_of(case))]
    if options.half is None:
        _print_all("generated series", list(measures.generated(count, _SEED)))
        _print_false_alarms(measures.false_alarms(count // 2, _SEED + 1))
        _print_boards(count // 6)
    if real:
        _print_all("real series", list(measures.grouped(real)))
        _print_false_alarms(_real_false_alarms([case for case in real if not case.departure]))


def _print_all(title: str, families: Sequence[Family]) -> None:
    print(f"\n### Detection, {title}\n")
    _print_detection(families)
    _print_departures(families)
    _print_scans(families)
    print(f"\n{measures.milliseconds(families[0].changed[:300]):.1f} ms a series.")


def _print_detection(families: Sequence[Family]) -> None:
    names = [family.name for family in families]
    head = ["at 5 % / 1 % false alarms", *names, "mean", "false alarms at its own limit"]
    rows = []
    for method in METHODS:
        every = [measures.found(family, method) for family in families]
        means = [sum(entry.found[place] for entry in every) / len(every) for place in (0, 1)]
        own = " / ".join(f"{entry.own:.1%}" for entry in every)
        rows.append([method, *(_pair(entry.found) for entry in every), _pair(means), own])
    if families[-1].name == "rates":
        best = measures.found(families[-1], "known rate")
        rows.append(["who knows the true rate", *("" for _ in names[1:]), _pair(best.found), "", ""])
    _print_table(head, rows)


def _print_departures(families: Sequence[Family]) -> None:
    print("\nOf this product, at 5 % false alarms, by departure:\n")
    every = {family.name: measures.found(family, "this product").by for family in families}
    kinds = list(dict.fromkeys(kind for by in every.values() for kind in by))
    _print_table(
        ["", *kinds],
        [[name, *(f"{by[kind]:.2f}" if kind in by else "" for kind in kinds)] for name, by in every.items()],
    )


def _print_scans(families: Sequence[Family]) -> None:
    print("\nScans of 300 series, 30 of them changed:\n")
    rows = []
    for family in families:
        scanned = measures.scanned(family, 200, _SEED)
        rows.append([family.name, f"{scanned.false_discoveries:.1%}", f"{scanned.power:.2f}"])
    _print_table(["", "false discoveries", "power"], rows)


def _real_false_alarms(clean: Sequence[Case]) -> Iterator[FalseAlarms]:
    for period in ("month", "week"):
        own = [case for case in clean if case.period == period]
        for length in sorted({len(case.values) for case in own}):
            cases = [case for case in own if len(case.values) == length]
            yield measures.alarms_of(f"{period}s, {length} points", cases)
        if own:
            yield measures.alarms_of(f"{period}s, all", own)


def _print_false_alarms(measured: Iterable[FalseAlarms]) -> None:
    print("\n### False alarms of this product\n")
    head = ["series", "how many", "nominal 5 %", "nominal 1 %"]
    _print_table(head, [_alarm_row(entry) for entry in measured])


def _alarm_row(entry: FalseAlarms) -> list[str]:
    return [entry.name, str(entry.count), f"{entry.rates[0]:.1%}", f"{entry.rates[1]:.1%}"]


def _print_boards(count: int) -> None:
    rows = measures.flagged_boards(count, _SEED)
    print("\n### Boards of equal reps with any flag\n")
    _print_table(
        ["reps", "alike", "with natural spread"],
        [[str(reps), f"{alike:.1%}", f"{spread:.1%}"] for reps, alike, spread in rows],
    )


def _pair(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.3f}" for value in islice(values, 2))


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    main()
