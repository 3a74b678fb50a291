"""The whole summary: eight metrics over 24 months, of everything, by rep and by region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import fsum

from benchmarks.handwritten import Facts
from benchmarks.questions import MONTHS, facts_of_answer
from kpi_engine import Answer

NAME = "company"
"""The summary's name in benchmarks/config/summaries."""

_ALL = ("all", "0")
_SHOWN = MONTHS[34:58]
_WHOLE = "whole/2024-11"
_EARLIER = MONTHS[:34]


def facts_of_summary(answers: Sequence[Answer]) -> Facts:
    """Return the values of all answers by metric, split and member."""
    facts: Facts = {}
    for answer in answers:
        by = answer.by[0] if answer.by else "all"
        for name, value in facts_of_answer(answer).items():
            about = f"{by}/{name.removeprefix('group/')}" if name.startswith("group/") else f"all/0/{name}"
            facts[f"{answer.metric}/{about}"] = value
    return facts


@dataclass(frozen=True, slots=True)
class _Group:
    """Everything, a rep or a region, and the rows of the hand-written SQL."""

    by: str
    key: str
    rows: Facts

    @property
    def name(self) -> str:
        return f"{self.by}/{self.key}"

    def month(self, what: str, month: str, column: str) -> float:
        return self.rows.get(f"{what}/{self.name}/{month}/{column}", 0.0)

    def months(self, what: str, column: str, months: Sequence[str] = _SHOWN) -> list[float]:
        return [self.month(what, month, column) for month in months]

    def single(self, what: str, column: str) -> float:
        return self.rows.get(f"{what}/{self.name}/{column}", 0.0)

    def numbered(self, what: str, column: str, count: int = len(_SHOWN)) -> list[float]:
        return [self.single(what, f"{column}_{number}") for number in range(count)]


def complete(rows: Facts) -> Facts:
    """Return the values of the summary that follow from the rows of the hand-written SQL."""
    facts: Facts = {}
    for group in _groups(rows):
        for metric, values in _values_of(group).items():
            for about, figure in values.items():
                facts |= {f"{metric}/{group.name}/{about}/{name}": value for name, value in figure.items()}
    return facts | _findings(facts)


def _groups(rows: Facts) -> Iterator[_Group]:
    named = {tuple(name.split("/")[1:3]) for name in rows} | {_ALL}
    yield from (_Group(by, key, rows) for by, key in sorted(named))


Figures = Mapping[str, Mapping[str, float]]
"""The parts of a figure by name, by window."""


def _values_of(group: _Group) -> Mapping[str, Figures]:
    leads = _additive({"value": group.months("leads", "entered")})
    sales = _additive({"value": group.months("sold", "revenue")})
    values = {"leads": leads, "sales": sales, "conversion": _conversion(group), "upsell_rate": _upsell(group)}
    values |= {"profit": _profit(group), "churn": _churn(group), "nps": _score(group)}
    if group.by != "rep":
        values["cost_per_lead"] = _rates(_spent(group), group.months("leads", "entered"))
    return values


def _additive(parts: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Return figures by month and over all months, from the values of each month."""
    figures = {f"month/{m}": {n: values[at] for n, values in parts.items()} for at, m in enumerate(_SHOWN)}
    return figures | {_WHOLE: {name: fsum(values) for name, values in parts.items()}}


def _rates(numerators: Sequence[float], denominators: Sequence[float]) -> dict[str, dict[str, float]]:
    return _with_value(_additive({"numerator": numerators, "denominator": denominators}))


def _with_value(figures: dict[str, dict[str, float]], scale: float = 1) -> dict[str, dict[str, float]]:
    for figure in figures.values():
        if figure["denominator"]:
            figure["value"] = scale * figure["numerator"] / figure["denominator"]
    return figures


def _spent(group: _Group) -> list[float]:
    if group.by == "region":
        return group.months("spent", "amount")
    regions = {name.split("/")[2] for name in group.rows if name.startswith("spent/region/")}
    every = [_Group("region", key, group.rows).months("spent", "amount") for key in sorted(regions)]
    return [fsum(values) for values in zip(*every, strict=True)]


def _conversion(group: _Group) -> Figures:
    entered, mature = group.months("leads", "entered"), group.months("leads", "mature")
    maturing = [all_of - judged for all_of, judged in zip(entered, mature, strict=True)]
    parts = {"numerator": group.months("leads", "converted"), "denominator": mature}
    return _with_value(_additive({**parts, "mature": mature, "maturing": maturing}))


def _upsell(group: _Group) -> Figures:
    figures = _rates(group.numbered("bought", "upsold"), group.numbered("bought", "existing"))
    whole = {"numerator": group.single("bought", "upsold"), "denominator": group.single("bought", "existing")}
    return _with_value(figures | {_WHOLE: whole})


def _score(group: _Group) -> Figures:
    counts = {name: group.months("scored", name) for name in ("n", "promoters", "detractors")}
    counts |= {name: group.months("sent", name) for name in ("delivered", "answered")}
    figures = _additive(counts)
    for figure in figures.values():
        figure["passives"] = figure["n"] - figure["promoters"] - figure["detractors"]
        figure |= {"numerator": figure["promoters"] - figure["detractors"], "denominator": figure["n"]}
    return _with_value(figures, 100)


def _churn(group: _Group) -> Figures:
    active, lost = group.numbered("active", "active", 25), group.numbered("active", "lost")
    new = group.numbered("active", "new")
    ever = list(accumulate(new, initial=group.single("active", "before")))
    figures = {
        f"month/{month}": _lost(active[at : at + 2], lost[at], new[at], 0.0, ever[at + 1])
        for at, month in enumerate(_SHOWN)
    }
    gone = group.single("active", "gone")
    whole = _lost((active[0], active[24]), group.single("active", "lost"), fsum(new), gone, ever[-1])
    return figures | {_WHOLE: whole}


def _lost(active: Sequence[float], lost: float, new: float, gone: float, ever: float) -> dict[str, float]:
    start, end = active
    figure = {"numerator": lost, "denominator": start, "active_start": start, "lost": lost, "new": new}
    figure |= {"gone": gone, "returned": end - start + lost - new + gone, "active_end": end, "ever": ever}
    figure |= {"value": lost / start} if start else {}
    return figure | ({"inactive": (ever - end) / ever} if ever else {})


def _profit(group: _Group) -> Figures:
    revenue, cost = group.months("sold", "revenue"), group.months("sold", "cost")
    service = group.months("served", "amount")
    cm1 = [earned - spent for earned, spent in zip(revenue, cost, strict=True)]
    cm2 = [margin - served for margin, served in zip(cm1, service, strict=True)]
    figures = _additive({"value": cm2, "revenue": revenue, "cm1": cm1, "cm2": cm2})
    names = (("sold", "known_revenue"), ("sold", "known_cost"), ("served", "known_amount"))
    names += (("won", "cost"), ("won", "customers"), ("unallocated", "cost"))
    ever = [_so_far(group, what, column) for what, column in names]
    for at, (earned, goods, served, spent, acquired, lost) in enumerate(zip(*ever, strict=True)):
        known = {"revenue_so_far": earned, "acquisition": spent, "acquired": acquired}
        known["cm3"] = earned - goods - served - spent
        if group.by == "all":
            known["unallocated"] = lost
        figures[f"month/{_SHOWN[at]}"] |= known
        figures[_WHOLE] |= known  # so far: as of the last month
    return figures


def _so_far(group: _Group, what: str, column: str) -> list[float]:
    return list(accumulate(group.months(what, column, _EARLIER + _SHOWN)))[-len(_SHOWN) :]


def _findings(facts: Facts) -> Facts:
    def shown(metric: str, finding: str, names: Mapping[str, str]) -> Facts:
        return {
            f"{metric}/all/0/{finding}/{name}": facts[f"{metric}/all/0/{_WHOLE}/{part}"]
            for name, part in names.items()
        }

    same = {name: name for name in ("revenue", "cm1", "cm2")}
    cost = {"customers": "acquired", "cost": "acquisition", "revenue": "revenue_so_far", "cm3": "cm3"}
    parts = ("active_start", "lost", "new", "returned", "gone", "active_end", "inactive")
    return (
        shown("profit", "ProfitLayers", same)
        | shown("profit", "AcquisitionCost", {**cost, "unallocated": "unallocated"})
        | shown("churn", "Reconciliation", {name: name for name in parts})
        | shown("nps", "Responses", {"answered": "answered", "delivered": "delivered"})
    )
