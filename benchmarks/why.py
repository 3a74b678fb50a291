"""Measure whether `why` names what moved: `python -m benchmarks.why [--quick]`.

In made-up companies one member moves, or everything moves alike. Counted is how often that member is named
first, and how often it is said that everywhere is alike. Random questions about the demo company tell
whether the parts of each split add up to the change.
"""

from __future__ import annotations

import argparse
import tempfile
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import exp, fsum
from pathlib import Path
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text

from bot.playground.company import demo_database
from kpi_engine import Engine, SqlWarehouse, load, parse, working_days_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import Baseline, Compare, Query, Scope, ScopedQuery
from kpi_engine.language.parser import NOBODY

Metric = Literal["sales", "leads", "win_rate"]
METRICS: tuple[Metric, ...] = ("sales", "leads", "win_rate")

_SHIPPED = Path(__file__).parents[1] / "config"
_ZONE = ZoneInfo("Europe/Brussels")
_MONTHS = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(22)]
"""January 2025 to October 2026."""
_NOW = datetime(2026, 11, 2, 9, tzinfo=_ZONE)
_MEMBERS = {"rep": 16, "region": 4, "source": 7, "segment": 5, "product": 10}
_TEAMS = 4
_EVENTS = 600
"""Lines, leads or deals of a month."""
_WON = 0.3
"""The usual part of the deals that is won."""
_MOVING = (0.12, 0.40)
"""How much of the base belongs to a member that moves."""
_MODEL = """
name: {model}
table: events
key: id
time: day
dimensions: {{rep: rep, team: team, region: region, source: source, segment: segment, product: product}}
measures:
  {measures}
"""
_ROOM = 2.5
"""The largest factor."""
_MEASURES: Mapping[Metric, tuple[str, str]] = {
    "sales": ("sales", "value: {agg: sum, of: amount}\n  quantity: {agg: sum, of: quantity}"),
    "leads": ("leads", "created: {agg: count}"),
    "win_rate": ("opportunities", "won: {agg: count, where: 'won = 1'}\n  closed: {agg: count}"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """What happens in the last month: a factor on the events (of a rate, on its successes).

    Of one member of a dimension, or of all without one.
    """

    factor: float
    dimension: str | None = None
    member: int | None = None

    def of(self, event: Mapping[str, int]) -> float:
        """Return the factor on one event."""
        is_moved = self.dimension is None or event[self.dimension] == self.member
        return self.factor if is_moved else 1.0


def explained(metric: Metric, seed: int, *, is_alike: bool) -> tuple[Explanation, Move]:
    """Return why the last month of a made-up company differs from last year's, and what happened."""
    random = Random(seed)
    shares = {name: _shares(random, count) for name, count in _MEMBERS.items()}
    move = _alike(random, metric) if is_alike else _moved(random, shares, metric)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/company.sqlite"
        _write(url, _rows(random, shares, metric, move))
        model, measures = _MEASURES[metric]
        config = Path(folder) / "config" / "models"
        config.mkdir(parents=True)
        (config / f"{model}.yaml").write_text(_MODEL.format(model=model, measures=measures), encoding="utf-8")
        engine = _engine(url, config.parent)
        try:
            query = Query((metric,), compare=(Compare(Baseline.LAST_YEAR),))
            return engine.explain(ScopedQuery(query, Scope()), _NOW), move
        finally:
            engine.close()


def outcome(metric: Metric, seed: int, *, is_alike: bool) -> str:
    """Return what was told: "right", "wrong", or "unclear" where nothing clearly changed."""
    found, move = explained(metric, seed, is_alike=is_alike)
    if not found.is_clear:
        return "unclear"
    first = found.driver or found.mix_driver
    if is_alike:
        return "wrong" if first else "right"
    named = first.leaders[0].key if first and first.leaders else None
    return "right" if first and (first.dimension, named) == (move.dimension, move.member) else "wrong"


def added_up(count: int, seed: int = 1) -> tuple[int, float]:
    """Return how many random questions about the demo company have parts, and by how much the sum is off.

    The largest difference, as a part of the figures or of the parts without their signs, the larger of both.
    """
    engine = _engine(f"sqlite:///{demo_database(_NOW.date())}", _SHIPPED)
    worst, told = 0.0, 0
    try:
        members = engine.members()
        for line in _lines(engine, Random(seed), count):
            query = parse(line, engine.catalogue, members, NOBODY, engine.today(_NOW))
            try:
                found = engine.explain(ScopedQuery(query, Scope()), _NOW)
            except QueryError:
                continue
            figures = (found.answer.figure.value or 0.0, found.comparison.figure.value or 0.0)
            change = figures[0] - figures[1]  # where days are missing, the comparison has none
            for entry in found.breakdowns:
                size = max(fsum(abs(part.part) for part in entry.parts), *map(abs, figures))
                worst = max(worst, abs(entry.total - change) / size if size else 0.0)
            told += bool(found.breakdowns)
    finally:
        engine.close()
    return told, worst


def _lines(engine: Engine, random: Random, count: int) -> Iterator[str]:
    """Yield random questions: a metric, a period, perhaps a filter and another comparison."""
    metrics = [name for name, metric in engine.catalogue.metrics.items() if metric.spec.pairs is None]
    for _ in range(count):
        name = random.choice(metrics)
        month = f"{random.choice((2025, 2026))}-{random.randint(1, 10):02}"
        period = random.choice((month, f"2026-Q{random.randint(1, 3)}", f"2026-W{random.randint(2, 44):02}"))
        narrowed = ""
        reached = [
            entry
            for entry in ("region", "source", "segment")
            if entry in engine.catalogue.metrics[name].dimensions
        ]
        if reached and random.random() < 0.4:  # noqa: PLR2004 - two in five questions
            dimension = random.choice(reached)
            label = random.choice([member.label for member in engine.members_of(dimension)])
            narrowed = f' {random.choice(("", "-"))}{dimension}:"{label}"'
        yield f"{name}{narrowed} {period}{random.choice(('', ' vs last year', ' vs 2025-06'))}"


def _engine(url: str, config: Path) -> Engine:
    return Engine(
        load(config, _SHIPPED),
        {"sales": SqlWarehouse(url)},
        zone=_ZONE,
        is_working_day=working_days_of("BE"),
    )


def _alike(random: Random, metric: Metric) -> Move:
    return Move(random.choice((0.6, 1.5) if metric == "win_rate" else (0.6, 0.8, 1.3, 1.6)))


def _moved(random: Random, shares: Mapping[str, list[float]], metric: Metric) -> Move:
    """Return the move of a member that is large enough to matter, and isn't nearly everything."""
    low, high = _MOVING
    fit = [
        (name, member)
        for name, weights in shares.items()
        for member, weight in enumerate(weights)
        if low <= weight <= high and (metric == "sales" or name != "product")
    ]
    dimension, member = random.choice(fit)
    return Move(random.choice((0.3, 0.45, 1.8, _ROOM)), dimension, member)


def _shares(random: Random, count: int) -> list[float]:
    weights = [random.gammavariate(3, 1) for _ in range(count)]
    return [weight / fsum(weights) for weight in weights]


def _rows(
    random: Random, shares: Mapping[str, list[float]], metric: Metric, move: Move
) -> Iterator[dict[str, object]]:
    """Yield the events of every month; the common level strays a little from month to month."""
    prices = [100 * exp(random.gauss(0, 0.8)) for _ in range(_MEMBERS["product"])]
    bounds = {name: list(accumulate(weights)) for name, weights in shares.items()}
    for month in _MONTHS:
        is_last, days = month == _MONTHS[-1], monthrange(month.year, month.month)[1]
        for _ in range(round(_EVENTS * exp(random.gauss(0, 0.06)) * (_ROOM if is_last else 1))):
            event = {
                name: random.choices(range(len(edge)), cum_weights=edge)[0] for name, edge in bounds.items()
            }
            factor = move.of(event) if is_last else 1.0
            # more events are drawn in the last month than happened, so that a factor above 1 is possible
            if is_last and random.random() > (factor if metric != "win_rate" else 1.0) / _ROOM:
                continue
            quantity = 1 + int(random.expovariate(0.8))
            yield {
                **event,
                "team": event["rep"] % _TEAMS,
                "day": (month + timedelta(days=random.randrange(days))).isoformat(),
                "quantity": quantity,
                "amount": round(quantity * prices[event["product"]] * exp(random.gauss(0, 0.5)), 2),
                "won": int(random.random() < _WON * factor),
            }


def _write(url: str, rows: Iterator[dict[str, object]]) -> None:
    columns = ("day", "rep", "team", "region", "source", "segment", "product", "quantity", "amount", "won")
    database = create_engine(url)
    with database.begin() as connection:
        connection.execute(text(f"CREATE TABLE events (id INTEGER PRIMARY KEY, {', '.join(columns)})"))
        marks = ", ".join(f":{name}" for name in columns)
        connection.execute(text(f"INSERT INTO events ({', '.join(columns)}) VALUES ({marks})"), list(rows))
    database.dispose()


def counted(metric: Metric, count: int, *, is_alike: bool) -> Counter[str]:
    """Return how often each was told in so many companies."""
    return Counter(outcome(metric, seed, is_alike=is_alike) for seed in range(count))


def main() -> None:
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.why", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer companies and questions")
    options = parser.parse_args()
    companies, questions = (20, 40) if options.quick else (200, 1000)
    print("| what moved | metric | told right | clear changes | not clear |\n|---|---|---|---|---|")
    titles: tuple[tuple[str, bool], ...] = (("one member", False), ("everything alike", True))
    for title, is_alike in titles:
        for metric in METRICS:
            found = counted(metric, companies, is_alike=is_alike)
            clear = found["right"] + found["wrong"]
            share = found["right"] / clear if clear else 0.0
            print(f"| {title} | {metric} | {share:.0%} | {clear} | {found['unclear']} |", flush=True)
    told, worst = added_up(questions)
    print(f"\n{told} of {questions} random questions have parts; the sums are off by at most {worst:.1e}.")


if __name__ == "__main__":
    main()
