"""How often alerts are raised where nothing happens, and how soon where something does.

`python -m benchmarks.alarms` draws figures of companies in which nothing happens (counts, amounts and rates
of weeks with ups and downs in common), judges each of the last 52 weeks by those before it, and counts the
alerts that begin at places that watch 1, 5, 20 or 50 of them. Beside the product's rule it counts three
simpler ones on the same p-values. It then lets single figures fall for good, and counts how many of these are
told, and after how many weeks. `--write` puts the tables into docs/alerts.md. Everything is from fixed seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from kpi_engine.analysis.alarm_budget import alarms
from kpi_engine.analysis.anomalies import Kind, detect
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.analysis.scan import HONEST

Numbers = NDArray[np.float64]
Rule = Callable[[Sequence[float], int], list[bool]]
"""Returns which of the p-values that a place's figures have in one week are alarms; how many it watches."""

HISTORY, WEEKS = 104, 52
WATCHED = (1, 5, 20, 50)
FALLS = (0.2, 0.3, 0.5)
"""By how much a figure falls."""
_COMMON = 0.05
"""The standard deviation of the ups and downs that a company's figures of a week have in common."""
_DISPERSION = 1.5
_USUAL, _DISCOVERIES = 0.05, 0.10
_SOON = (1, 2, 4)
DOCS = Path(__file__).parent.parent / "docs" / "alerts.md"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure of each week, and what a rate is made of."""

    kind: Kind
    values: Numbers
    sizes: Numbers | None = None

    def p_value(self, week: int) -> float:
        """Return how unusual one week is beside those before it; 1 where it can't be judged."""
        first = max(0, week - HISTORY)
        sizes = None if self.sizes is None else self.sizes[first : week + 1].tolist()
        found = detect(self.values[first : week + 1].tolist(), "week", self.kind, sizes)
        return 1.0 if "reason" in found else found["p_value"]


def outside(p_values: Sequence[float], watched: int) -> list[bool]:
    """Every figure outside its usual range."""
    del watched
    return [p <= _USUAL for p in p_values]


def each_week(p_values: Sequence[float], watched: int) -> list[bool]:
    """At most a tenth of the alarms of a week are false: Benjamini and Hochberg."""
    return [rate <= HONEST * _DISCOVERIES for rate in q_values(p_values, tests=watched)]


def e_values(p_values: Sequence[float], watched: int) -> list[bool]:
    """The same by e-BH (Wang and Ramdas 2022), with the e-value 1/(2 sqrt p) of each p-value."""
    evidence = np.array([0.5 / np.sqrt(max(p, 1e-300)) for p in p_values])
    order = np.argsort(-evidence)
    bounds = watched / (HONEST * _DISCOVERIES * np.arange(1, len(p_values) + 1))
    passed = np.flatnonzero(evidence[order] >= bounds)
    found = set(order[: passed[-1] + 1].tolist()) if passed.size else set()
    return [place in found for place in range(len(p_values))]


def budget(p_values: Sequence[float], watched: int) -> list[bool]:
    """The product's rule: a budget for the year, spent week by week."""
    return alarms(p_values, [0] * len(p_values), "week", watched=watched)


RULES: dict[str, Rule] = {
    "outside the usual range (5 %)": outside,
    "Benjamini-Hochberg each week (10 %)": each_week,
    "e-BH each week (10 %)": e_values,
    "yearly budget": budget,
}


def company(rng: Generator, figures: int, falls: Sequence[float] = ()) -> list[Drawn]:
    """Return the figures of a company; each of `falls` is the part by which one falls in the last weeks."""
    length = HISTORY + WEEKS
    common = np.exp(rng.normal(0.0, _COMMON, length))
    found = []
    for place in range(figures):
        level = np.ones(length)
        if place < len(falls):
            level[HISTORY + WEEKS - max(_SOON) :] = 1 - falls[place]
        kind: Kind = ("count", "amount", "rate")[int(rng.integers(3))]  # type: ignore[assignment]
        mean = float(rng.choice([40.0, 100.0, 300.0]))
        cases = _counts(rng, mean * common * (1.0 if kind == "rate" else level))
        if kind == "rate":
            rate = float(rng.choice([0.1, 0.25, 0.45]))
            won = rng.binomial(cases.astype(int), rate * level).astype(float)
            found.append(Drawn(kind, won / np.maximum(cases, 1.0), cases))
        elif kind == "amount":
            sums = [float(rng.lognormal(5.0, 0.8, int(count)).sum()) for count in cases]
            found.append(Drawn(kind, np.array(sums)))
        else:
            found.append(Drawn(kind, cases))
    return found


def _counts(rng: Generator, means: Numbers) -> Numbers:
    """Return counts whose variance is larger than their mean, as those of real days are."""
    shape = means / (_DISPERSION - 1)
    return rng.poisson(rng.gamma(shape, _DISPERSION - 1)).astype(float)


def begun(p_values: Numbers, rule: Rule) -> int:
    """Return how many alerts begin at a place (figures by weeks); each lasts until its figure is as usual."""
    count, firing = 0, np.zeros(len(p_values), dtype=bool)
    for week in p_values.T:
        flagged = np.array(rule(week.tolist(), len(week)))
        count += int((flagged & ~firing).sum())
        firing = (flagged | firing) & (week <= _USUAL)
    return count


def quiet_year(seed: int, places: int) -> list[tuple[str, ...]]:
    """Return the rows of the first table: alerts a year at a place, by rule and by figures watched."""
    rng = np.random.default_rng(seed)
    counts: dict[str, list[float]] = {name: [] for name in RULES}
    for watched in WATCHED:
        years = max(4, places // watched)
        total = dict.fromkeys(RULES, 0)
        for _ in range(years):
            figures = company(rng, watched)
            p_values = np.array(
                [[figure.p_value(week) for week in range(HISTORY, HISTORY + WEEKS)] for figure in figures]
            )
            for name, rule in RULES.items():
                total[name] += begun(p_values, rule)
        for name in RULES:
            counts[name].append(total[name] / years)
    return [(name, *(f"{count:.2f}" for count in found)) for name, found in counts.items()]


def told_falls(seed: int, trials: int) -> list[tuple[str, ...]]:
    """Return the rows of the second table: falls that are told within some weeks, by figures watched."""
    found = []
    for fall in FALLS:
        for watched in (1, 10):
            rng = np.random.default_rng(seed)
            hits = {name: dict.fromkeys(_SOON, 0) for name in RULES}
            for _ in range(trials):
                figures = company(rng, watched, (fall,))
                first = HISTORY + WEEKS - max(_SOON)
                weeks = [
                    [figure.p_value(week) for figure in figures] for week in range(first, first + max(_SOON))
                ]
                for name, rule in RULES.items():
                    told = next((at for at, week in enumerate(weeks, 1) if rule(week, watched)[0]), None)
                    for soon in _SOON:
                        hits[name][soon] += told is not None and told <= soon
            found += [
                (f"{fall:.0%}", str(watched), name, *(f"{hits[name][soon] / trials:.0%}" for soon in _SOON))
                for name in RULES
            ]
    return found


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, with numbers to the right."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def main() -> None:
    """Draw, count and print; with --write into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=400, help="places that watch one figure")
    parser.add_argument("--trials", type=int, default=150, help="figures that fall, of each kind")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/alerts.md")
    given = parser.parse_args()
    tables = {
        "quiet": table(["rule", *(f"{count} watched" for count in WATCHED)], quiet_year(1, given.places)),
        "falls": table(
            ["fall", "watched", "rule", *(f"told after {soon}" for soon in _SOON)],
            told_falls(2, given.trials),
        ),
    }
    for name, shown in tables.items():
        print(f"{name}\n{shown}\n")
        if given.write:
            before, _, rest = DOCS.read_text("utf-8").partition(f"<!-- {name}: begin -->\n")
            _, end, after = rest.partition(f"<!-- {name}: end -->")
            DOCS.write_text(f"{before}<!-- {name}: begin -->\n{shown}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
