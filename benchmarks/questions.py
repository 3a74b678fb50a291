"""The questions that are measured, and what of an answer is compared with the hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import fsum
from numbers import Real

from benchmarks.handwritten import Facts
from kpi_engine.domain.answer import Answer, Comparison, SeriesPoint
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.figure import Figure

_SHOWN = 3
"""How many customers of a change, or of a loss, are compared by name."""

MONTHS = tuple(f"{year}-{month:02}" for year in (2022, 2023, 2024, 2025, 2026) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class Question:
    """A line as people type it, and how the rows of its hand-written SQL become the same values.

    `is_why` asks why; `complete` adds to the hand-written values those that follow from them.
    """

    name: str
    line: str
    complete: Callable[[Facts], Facts]
    is_why: bool = False


# what an answer says


def facts_of_answer(answer: Answer) -> Facts:
    """Return the values of an answer by name: figures, comparisons, target, groups, series and findings."""
    facts: Facts = {}
    _add_whole(facts, "", answer.figure, answer.period.start, answer.comparisons)
    _add_series(facts, "", answer.series)
    if answer.target:
        facts["target/value"] = answer.target.value
    for group in answer.groups:
        about = f"group/{'+'.join(str(key) for key in group.keys)}/"
        _add_whole(facts, about, group.figure, answer.period.start, group.comparisons)
        _add_series(facts, about, group.series)
        if group.target:
            facts[f"{about}target/value"] = group.target.value
    for finding in answer.findings:
        _add_finding(facts, finding)
    return facts


def _add_whole(
    facts: Facts, about: str, figure: Figure, start: object, comparisons: Sequence[Comparison]
) -> None:
    _add_figure(facts, f"{about}whole/{start:%Y-%m}", figure)
    for entry in comparisons:
        _add_figure(facts, f"{about}whole/{entry.period.start:%Y-%m}", entry.figure)


def _add_series(facts: Facts, about: str, series: Iterable[SeriesPoint]) -> None:
    for point in series:
        _add_figure(facts, f"{about}month/{point.period.start:%Y-%m}", point.figure)


def _add_figure(facts: Facts, about: str, figure: Figure) -> None:
    named = {"value": figure.value, "numerator": figure.numerator, "denominator": figure.denominator}
    for name, value in {**named, **(figure.parts or {})}.items():
        if value is not None:
            facts[f"{about}/{name}"] = float(value)


def _add_finding(facts: Facts, finding: object) -> None:
    about = type(finding).__name__
    if not is_dataclass(finding):
        return
    for entry in fields(finding):
        value = getattr(finding, entry.name)
        if isinstance(value, Real):
            facts[f"{about}/{entry.name}"] = float(value)
        elif isinstance(value, tuple):
            facts.update({f"{about}/{entry.name}/{key}": float(part) for key, part in value})


def facts_of_why(found: Explanation) -> Facts:
    """Return the values of an explanation by name: those of its answer, and the parts of each dimension."""
    facts = facts_of_answer(found.answer)
    for breakdown in found.breakdowns:
        parts = tuple(part for part in breakdown.parts if part.members == 1)
        if breakdown.dimension == "customer":
            parts = tuple(sorted(parts, key=lambda part: -abs(part.part)))[:_SHOWN]
        for part in parts:
            about = f"{breakdown.dimension}/{part.key}"
            for month, figure in (("2026-10", part.figure), ("2026-09", part.base)):
                if figure.value is not None:
                    facts[f"{about}/{month}/value"] = figure.value
    if found.sold:
        facts |= {"sold/pieces": found.sold.pieces, "sold/pieces_before": found.sold.pieces_before}
    if found.season:
        facts |= {f"season/{name}": value for name, value in facts_of_answer(found.season).items()}
    return facts


# what follows from the rows of the hand-written SQL


def _as_read(facts: Facts) -> Facts:
    return facts


def _ratio(facts: Facts) -> Facts:
    """Add the values of rates; a month in which nothing was counted above the line counts 0."""
    for name in [name for name in facts if name.endswith("/denominator")]:
        about = name.removesuffix("/denominator")
        if facts[name]:
            numerator = facts.setdefault(f"{about}/numerator", 0.0)
            facts[f"{about}/value"] = numerator / facts[name]
    return facts


_TWO_YEARS = {"2024-11": MONTHS[34:58], "2023-11": MONTHS[22:46], "2022-11": MONTHS[10:34]}
"""The months of the last two years, of those a year earlier and of those two years before, by the first."""


def _over_two_years(facts: Facts, names: Sequence[str]) -> Facts:
    for start, months in _TWO_YEARS.items():
        for name in names:
            facts[f"whole/{start}/{name}"] = fsum(facts.get(f"month/{month}/{name}", 0.0) for month in months)
    return facts


def _conversion(facts: Facts) -> Facts:
    facts = _over_two_years(facts, ("numerator", "denominator", "entered"))
    for name in [name for name in facts if name.endswith("/entered")]:
        about = name.removesuffix("/entered")
        facts[f"{about}/mature"] = facts[f"{about}/denominator"]
        facts[f"{about}/maturing"] = facts[name] - facts[f"{about}/denominator"]
    return _ratio(facts)


def _series(facts: Facts) -> Facts:
    return _over_two_years(facts, ("value",))


def _score(facts: Facts) -> Facts:
    for name in [name for name in facts if name.endswith("/n")]:
        about = name.removesuffix("/n")
        promoters, detractors = facts[f"{about}/promoters"], facts[f"{about}/detractors"]
        facts[f"{about}/passives"] = facts[name] - promoters - detractors
        facts |= {f"{about}/numerator": promoters - detractors, f"{about}/denominator": facts[name]}
        facts[f"{about}/value"] = 100 * (promoters - detractors) / facts[name]
    facts["Responses/answered"] = facts["whole/2026-07/answered"]
    facts["Responses/delivered"] = facts["whole/2026-07/delivered"]
    return facts


def _top_customers(facts: Facts) -> Facts:
    months = {"now": "2026-07", "previous": "2026-04", "year_ago": "2025-07"}
    for name, value in list(facts.items()):
        part, *rest = name.split("/")
        if part == "all":
            facts[f"whole/{months[rest[1]]}/value"] = value
        elif part == "customer":
            facts[f"group/{rest[0]}/whole/{months[rest[1]]}/value"] = value
    for name in [name for name in facts if name.startswith("group/")]:
        for month in months.values():
            facts.setdefault(f"group/{name.split('/')[1]}/whole/{month}/value", 0.0)
    return facts


def _churn(facts: Facts) -> Facts:
    for month in ("2026-10", "2026-09", "2025-10"):
        about = f"whole/{month}"
        start, lost, new, end, ever = (
            facts[f"{about}/{name}"] for name in ("active_start", "lost", "new", "active_end", "ever")
        )
        facts |= {f"{about}/numerator": lost, f"{about}/denominator": start, f"{about}/value": lost / start}
        facts |= {f"{about}/returned": end - start + lost - new, f"{about}/gone": 0.0}
        facts[f"{about}/inactive"] = (ever - end) / ever
    for name in ("active_start", "lost", "new", "returned", "gone", "active_end", "inactive"):
        facts[f"Reconciliation/{name}"] = facts[f"whole/2026-10/{name}"]
    after = facts["waits/p80"]
    silent = {int(name.split("/")[1]): count for name, count in facts.items() if name.startswith("at_risk/")}
    facts |= {f"ProposedWindow/{name}": facts[f"waits/{name}"] for name in ("p80", "p90", "waits")}
    facts |= {
        "ProposedWindow/within": 365.0,
        "AtRisk/after": after,
        "AtRisk/active": facts["whole/2026-10/active_end"],
    }
    facts["AtRisk/count"] = fsum(count for days, count in silent.items() if days > after)
    return facts


def _why(facts: Facts) -> Facts:
    for name, value in list(facts.items()):
        part, *rest = name.split("/")
        if part in ("segment", "source"):  # one row with both months
            facts[f"{part}/{rest[0]}/2026-09/value"] = facts.get(f"{part}/{rest[0]}/2026-10/pieces", 0.0)
        elif part == "changed":
            month = "2026-10" if rest[-1] == "value" else "2026-09"
            facts[f"customer/{rest[1]}/{month}/value"] = value
    for part in ("rep", "region", "team", "product", "category"):  # nothing sold in one of the months
        for name in [name for name in facts if name.startswith(f"{part}/")]:
            for month in ("2026-10", "2026-09"):
                facts.setdefault(f"{part}/{name.split('/')[1]}/{month}/value", 0.0)
    for name, month in (("sold/pieces", "2026-10"), ("sold/pieces_before", "2026-09")):
        facts[name] = fsum(
            value
            for key, value in facts.items()
            if key.startswith("product/") and key.endswith(f"{month}/pieces")
        )
    facts |= {
        f"season/whole/{month}/value": facts[f"whole/{month}/value"] for month in ("2025-10", "2025-09")
    }
    return facts


_QUARTERS = {"2025-07": (1, (0, 1)), "2026-04": (3, (0, 1, 2, 3)), "2026-07": (4, (0, 1, 2, 3, 4))}
"""The quarters: their place among the periods of the SQL, and the periods until their end."""
_ENDS = {"2025-07": "2025-10", "2026-04": "2026-07", "2026-07": "2026-10"}


def _profit(facts: Facts) -> Facts:
    def total(part: str, column: str, known: Sequence[str], periods: Sequence[int]) -> float:
        return fsum(facts.get(f"{part}/{kind}/{at}/{column}", 0.0) for kind in known for at in periods)

    everyone, won = ("won", "unknown"), ("won",)
    for start, (place, until) in _QUARTERS.items():
        about = f"whole/{start}"
        earned, cost = (total("sold", name, everyone, (place,)) for name in ("revenue", "cost"))
        service, so_far = total("served", "amount", everyone, (place,)), total("sold", "revenue", won, until)
        spent_so_far = total("sold", "cost", won, until) + total("served", "amount", won, until)
        spent, acquired = _acquired(facts, start)
        facts |= {
            f"{about}/value": earned - cost - service,
            f"{about}/revenue": earned,
            f"{about}/cm1": earned - cost,
            f"{about}/cm2": earned - cost - service,
            f"{about}/revenue_so_far": so_far,
            f"{about}/acquisition": spent,
            f"{about}/acquired": acquired,
            f"{about}/cm3": so_far - spent_so_far - spent,
            f"{about}/unallocated": _unallocated(facts, _ENDS[start]),
        }
    now = "whole/2026-07"
    facts |= {f"ProfitLayers/{name}": facts[f"{now}/{name}"] for name in ("revenue", "cm1", "cm2")}
    renamed = {"customers": "acquired", "cost": "acquisition", "revenue": "revenue_so_far"}
    for name in ("customers", "cost", "revenue", "cm3", "unallocated"):
        facts[f"AcquisitionCost/{name}"] = facts[f"{now}/{renamed.get(name, name)}"]
    return facts | _losses(facts)


def _losses(facts: Facts) -> Facts:
    tenths = range(1, 11)

    def total(column: str) -> float:
        return fsum(facts.get(f"tenth/{tenth}/{column}", 0.0) for tenth in tenths)

    made = {"LossMakers/count": total("losses"), "LossMakers/total": total("lost")}
    made |= dict.fromkeys(("LossMakers/customers", "Concentration/customers"), total("customers"))
    made["Concentration/best"] = 0.2
    for name, value in facts.items():
        if name.startswith("worst/") and name.endswith("/profit"):
            made[f"LossMakers/worst/{name.split('/')[1]}"] = value
    reached = 0.0
    for tenth in tenths:
        reached += facts.get(f"tenth/{tenth}/profit", 0.0)
        made[f"Concentration/curve/{tenth / 10}"] = reached / total("profit")
    return made | {"Concentration/part": made["Concentration/curve/0.2"]}


def _acquired(facts: Facts, start: str) -> tuple[float, float]:
    """Return what it cost to win the customers of a quarter's end, and how many they are."""
    column = f"by_{start.replace('-', '_')}"
    spent = acquired = 0.0
    for name, count in facts.items():
        if name.startswith("won/") and name.endswith(column):
            about = name.removeprefix("won/").removesuffix(f"/{column}")
            share = facts.get(f"spent/{about}/amount", 0.0) / facts[f"won/{about}/customers"]
            spent, acquired = spent + share * count, acquired + count
    return spent, acquired


def _unallocated(facts: Facts, end: str) -> float:
    """Return the costs before a month of the sources and months whose leads became no customer."""
    return fsum(
        cost
        for name, cost in facts.items()
        if name.startswith("spent/")
        and name.split("/")[2] < end
        and f"won/{name.removeprefix('spent/').removesuffix('/amount')}/customers" not in facts
    )


QUESTIONS = (
    Question("leads", 'leads rep:"Anna Aerts" last month', _as_read),
    Question("sales", 'sales rep:"Anna Aerts" last month', _as_read),
    Question("conversion", 'conversion rep:"Anna Aerts" per month last 24 months', _conversion),
    Question("cost_per_lead", "cost_per_lead last month", _ratio),
    Question("upsell_rate", "upsell_rate last month", _ratio),
    Question("cross_sell_rate", "cross_sell_rate last month", _ratio),
    Question("profit", "profit last quarter", _profit),
    Question("churn", "churn last month", _churn),
    Question("nps", "nps last quarter", _score),
    Question("top_customers", "sales by customer top 10 last quarter", _top_customers),
    Question("series", "sales per month last 24 months", _series),
    Question("why", "sales last month", _why, is_why=True),
)
