"""Write the tables and the plot of docs/performance.md from what was kept: `python -m benchmarks.report`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path

import duckdb

from benchmarks.company import SIZES
from benchmarks.databases import opened
from benchmarks.growth_plot import Line, svg
from benchmarks.results import Result, kept
from benchmarks.running import BY_HAND, NAMES, PRODUCT

_DOCS = Path(__file__).parents[1] / "docs"
_PAGE, _PLOT = _DOCS / "performance.md", _DOCS / "images" / "performance.svg"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
_TITLES = {"duckdb": "DuckDB", "postgresql": "PostgreSQL", "sqlite": "SQLite"}
_PEERS = {
    "ibis": "Ibis",
    "boring_semantic_layer": "Boring Semantic Layer",
    "metricflow": "MetricFlow",
    "pandas": "pandas",
}

Kept = Mapping[tuple[str, str], Mapping[str, Result]]


def main() -> None:
    """Replace what stands between the marks, and the plot."""
    found = {place: results for place, results in kept().items() if place[0] != "XS"}
    rows = {size: _rows(size) for size in dict.fromkeys(size for size, _ in found)}
    before, rest = _PAGE.read_text(encoding="utf-8").split(_BEGIN)
    after = rest.split(_END)[1]
    written = "\n".join([_BEGIN, *_written(found, rows), _END])
    _PAGE.write_text(before + written + after, encoding="utf-8")
    if lines := _lines(found, rows):
        _PLOT.write_text(svg(lines), encoding="utf-8")


def _rows(size: str) -> int:
    """Return how many rows the company has."""
    with duckdb.connect(opened("duckdb", SIZES[size]).path, read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        counts = (connection.execute(f"SELECT count(*) FROM {name}").fetchall() for (name,) in tables)
        return sum(count for ((count,),) in counts)


def _written(found: Kept, rows: Mapping[str, int]) -> Iterator[str]:
    for (size, kind), results in found.items():
        yield f"\n### {_TITLES[kind]}, size {size} ({rows[size]:,} rows)\n"
        yield from _table(results)
    yield from _peers(found)
    yield from _growth(found, rows)


def _table(results: Mapping[str, Result]) -> Iterator[str]:
    yield "| question | values | statements | CPU, ms | by hand, ms | CPU ratio | wall ratio | memory, MB |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for result in (results[name] for name in NAMES if name in results):
        by_hand, product = result.spent[BY_HAND], result.spent.get(PRODUCT)
        name = f"`{result.name}`"
        if product is None:
            yield f"| {name} | | | no answer: {result.failed} | {_ms(by_hand.cpu)} | | | |"
            continue
        memory = "" if result.memory is None else f"{result.memory:.0f}"
        counts = f"{result.values:,} | {result.statements} (by hand {result.by_hand})"
        ratios = f"{product.cpu / by_hand.cpu:.2f} | {product.wall / by_hand.wall:.2f}"
        yield f"| {name} | {counts} | {_ms(product.cpu)} | {_ms(by_hand.cpu)} | {ratios} | {memory} |"


def _peers(found: Kept) -> Iterator[str]:
    measured = {
        size: results["reduced"]
        for (size, kind), results in found.items()
        if kind == "duckdb" and set(_PEERS) & set(results.get("reduced", _NOTHING).spent)
    }
    if not measured:
        return
    yield "\n### The reduced summary beside other tools (DuckDB)\n"
    yield "| size | tool | CPU, ms | wall, ms | CPU of kpi-bot / tool |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for size, result in measured.items():
        ours = result.spent.get(PRODUCT)
        for side, title in {PRODUCT: "kpi-bot", BY_HAND: "hand-written SQL", **_PEERS}.items():
            spent = result.spent.get(side)
            if spent:
                ratio = f"{ours.cpu / spent.cpu:.2f}" if ours and side != PRODUCT else ""
                yield f"| {size} | {title} | {_ms(spent.cpu)} | {_ms(spent.wall)} | {ratio} |"


_EXACT = 100
"""Milliseconds below which a tenth is shown."""

_NOTHING = Result("", 0, 0, 0, {})


def _growth(found: Kept, rows: Mapping[str, int]) -> Iterator[str]:
    lines = _lines(found, rows)
    if not lines:
        return
    yield "\n### Growth\n"
    yield "CPU grows as the number of rows to the power of:\n"
    yield "| database | question | kpi-bot | by hand |"
    yield "| --- | --- | ---: | ---: |"
    ours = {(line.panel, line.name): line for line in lines if line.is_product}
    for line in lines:
        if not line.is_product:
            product = ours.get((line.panel, line.name))
            shown = f"{product.exponent:.2f}" if product else "no answer"
            yield f"| {line.panel} | `{line.name}` | {shown} | {line.exponent:.2f} |"
    yield f"\n![CPU time by number of rows](images/{_PLOT.name})\n"


def _lines(found: Kept, rows: Mapping[str, int]) -> Sequence[Line]:
    """Return the lines of what was measured at two sizes or more."""
    lines = []
    for kind, title in _TITLES.items():
        sizes = [size for size, measured in found if measured == kind]
        for name in NAMES:
            for side in (PRODUCT, BY_HAND):
                points = tuple(
                    (rows[size], results[name].spent[side].cpu)
                    for size in sizes
                    if name in (results := found[size, kind]) and side in results[name].spent
                )
                if len(points) > 1:
                    (first, least), (last, most) = points[0], points[-1]
                    exponent = log(most / least) / log(last / first)
                    lines.append(Line(title, name, side == PRODUCT, points, exponent))
    return lines


def _ms(seconds: float) -> str:
    milliseconds = seconds * 1000
    return f"{milliseconds:,.{1 if milliseconds < _EXACT else 0}f}"


if __name__ == "__main__":
    main()
