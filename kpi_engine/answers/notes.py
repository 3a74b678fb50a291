"""The last step of an answer: what its reader must know about the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kpi_engine.analysis.rates import trials_needed
from kpi_engine.answers.comparisons import Against
from kpi_engine.answers.figures import Figures
from kpi_engine.answers.findings.best_member import BestMember
from kpi_engine.answers.order import BOARD, differs_from_values, is_by_target, is_too_short
from kpi_engine.answers.question import Question
from kpi_engine.answers.size_filter import sized_note
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Note
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import ONE_DAY, FiscalGrain, Period, Window, whole_months
from kpi_engine.domain.query import Baseline, Compare
from kpi_engine.language.canonical import canonical


def notes(asked: Windows, made: Figures) -> tuple[Note, ...]:
    """Return the notes of an answer, in the order in which they are shown."""
    question = asked.question
    return (
        *_missing(question, made),
        *_unreadable(made),
        *sized_note(question.query, made.passed, made.every),
        *_order(asked, made),
        *_baselines(asked, made),
        *_fiscal(question),
        *_begun(question),
        *_maturing(made.figure),
        *_few(question, made),
        *_withheld(question),
        *_costs(question, made),
        *_load(question, made),
        *_history(question, made),
        *_nothing_found(question, made.figure),
        *_overlapping(question, made),
    )


def _order(asked: Windows, made: Figures) -> Iterator[Note]:
    question = asked.question
    is_by_value = is_by_target(question)
    if not is_by_value and differs_from_values(made.ranked, question, shown=len(made.groups)):
        is_board = asked.chosen is None and made.every <= BOARD
        yield Note("by_shrunken" if is_board else "by_bound")
    if question.query.top and len(question.query.by) == 1 and is_too_short(question):
        yield Note("too_short_to_rank")
    placed = [group.place for group in made.ranked if group.place is not None]
    shown = {group.place for group in made.groups if group.place is not None}
    is_told = any(isinstance(entry, BestMember) for entry in made.findings)
    if len(shown) == 1 and len(placed) > 1 and not is_told:
        yield Note("one_band", {"of": placed.count(*shown), "total": len(placed)})


# baselines that the question names, and that give nothing


def _baselines(asked: Windows, made: Figures) -> Iterator[Note]:
    question = asked.question
    compare = question.query.compare
    yield from _quotas(made, is_named=any(entry.baseline is Baseline.TARGET for entry in compare))
    named = {entry.baseline for entry in compare}
    if not made.are_targets_known:
        yield Note("targets_unknown")
    elif Baseline.TARGET in named:
        yield from _targets(asked, made)
    if {Baseline.PREVIOUS, Baseline.LAST_YEAR, Baseline.PERIOD} & named:
        if question.period.is_all_time:
            yield Note("all_time")
        elif question.is_today_alone and not question.metric.spec.matures:
            yield Note("today_alone")
    if any(entry.period and entry.period.is_all_time for entry in compare):
        yield Note("against_all_time")
    running = [entry for entry in asked.against if entry.runs_on and not entry.window.is_empty]
    yield from (Note("runs_on", {"line": _turned_round(question, entry)}) for entry in running[:1])


def _turned_round(question: Question, against: Against) -> str:
    """Return the line that asks for the running period, against as much of the answer's own."""
    compare = (Compare(Baseline.PERIOD, question.period),)
    return canonical(replace(question.query, period=against.period, compare=compare))


def _quotas(made: Figures, *, is_named: bool) -> Iterator[Note]:
    """Say where a target is a part of a quarter's, and where nobody said that it is a quarter's."""
    results = [made.target, *(group.target for group in made.groups)]
    if any(result and result.share for result in results):
        yield Note("target_share")
    if made.implied and (is_named or any(results)):
        yield Note("target_implied", {"grain": "year" if _is_year(made.implied.period) else "quarter"})


def _is_year(period: Period) -> bool:
    return whole_months(*period.bounds()) == 12  # noqa: PLR2004 - months


def _targets(asked: Windows, made: Figures) -> Iterator[Note]:
    have_one = any(group.target for group in made.groups)
    if asked.aim.months is None:
        yield Note("target_by_month")
    elif made.target is None and not have_one and not made.implied:
        yield Note("no_target")
    elif made.groups and not have_one:
        yield Note("no_group_target" if asked.aim.is_for_groups else "target_by_month")


# periods, cases, costs, how far the data reaches


def _fiscal(question: Question) -> Iterator[Note]:
    query = question.query
    compared = [entry.period.grain for entry in query.compare if entry.period]
    if any(isinstance(grain, FiscalGrain) for grain in (question.period.grain, query.per, *compared)):
        yield Note("fiscal_year")


def _begun(question: Question) -> Iterator[Note]:
    if question.window.is_empty:
        yield Note("begun_today" if question.window.start == question.today else "not_begun")


def _maturing(figure: Figure) -> Iterator[Note]:
    parts = figure.parts or {}
    maturing, mature = parts.get("maturing"), parts.get("mature")
    if maturing:
        yield Note("maturing", {"count": int(maturing), "share": maturing / (maturing + (mature or 0.0))})


def _few(question: Question, made: Figures) -> Iterator[Note]:
    """Say how many would be needed where not even a halving could be seen."""
    figure = made.figure
    if not question.metric.spec.is_share or not figure.denominator or not made.comparisons:
        return
    base = next((entry.figure.value for entry in made.comparisons if entry.figure.value), figure.value)
    if not base:
        return
    needed = trials_needed(base, -base / 2)
    if figure.denominator < needed:
        yield Note("few", {"n": int(figure.denominator), "needed": needed})


def _withheld(question: Question) -> Iterator[Note]:
    if question.withholds_parts and question.is_about_one_figure:
        yield Note("withheld")


def _costs(question: Question, made: Figures) -> Iterator[Note]:
    window = question.window
    if not made.coverage.has_costs or window.start is None or window.end is None:
        return
    if not window.is_empty and not whole_months(window.start, window.end):
        yield Note("spread_costs")
    unbooked = {month for read in _windows(question, made) if (month := made.coverage.unbooked(read))}
    yield from (Note("provisional_costs", {"month": month}) for month in sorted(unbooked))


def _load(question: Question, made: Figures) -> Iterator[Note]:
    until = made.coverage.missing_since(question.window)
    if until:
        yield Note("partial_load", {"until": until, "is_sum": _is_sum(question)})


def _is_sum(question: Question) -> bool:
    """Whether missing rows make a figure too low, which isn't known of a rate, a mean or a median."""
    models, spec = question.catalogue.models, question.metric.spec
    aggregates = {models[ref.model].measures[ref.measure].agg for ref in spec.measures()}
    return not spec.is_fraction and aggregates <= {"sum", "count", "count_distinct"}


def _missing(question: Question, made: Figures) -> Iterator[Note]:
    """Say which rows haven't arrived; which days, the answer holds."""
    coverage, window = made.coverage, question.window
    model = coverage.unloaded(window)
    own = coverage.missing_of([window])
    if model and window.end is not None and window.end >= question.today:
        until = coverage.loaded.get(model)
        loaded = until.date() if until else None
        yield Note("not_loaded", {"model": model, "day": window.end - ONE_DAY, "until": loaded})
        own = tuple(entry for entry in own if entry.model != model)
    yield from (Note("missing_days", {"model": entry.model}) for entry in own)
    compared = coverage.missing_of(entry.window for entry in made.comparisons)
    yield from (Note("missing_compared", {"model": entry.model}) for entry in compared)


def _unreadable(made: Figures) -> Iterator[Note]:
    """Say how many rows are left out because their date can't be read, or add nothing."""
    for model, found in made.coverage.unreadable:
        if found.dates:
            yield Note("unreadable_dates", {"model": model, "count": found.dates, "of": found.rows})
        if found.amounts:
            yield Note("unreadable_amounts", {"model": model, "count": found.amounts, "of": found.rows})


def _history(question: Question, made: Figures) -> Iterator[Note]:
    if any(made.coverage.begins_after(window) for window in _windows(question, made)):
        yield Note("no_history", {"since": made.coverage.begin})


def _windows(question: Question, made: Figures) -> tuple[Window, ...]:
    return question.window, *(entry.window for entry in made.comparisons)


def _nothing_found(question: Question, figure: Figure) -> Iterator[Note]:
    maturing = (figure.parts or {}).get("maturing")
    if question.filters and not (figure.value or figure.denominator or figure.numerator or maturing):
        yield Note("no_rows")


def _overlapping(question: Question, made: Figures) -> Iterator[Note]:
    query = question.query
    if made.groups and not (query.top or query.sizes) and _overlaps(question, made):
        yield Note("not_additive")


def _overlaps(question: Question, made: Figures) -> bool:
    """Whether the groups' parts add up to something else than the total's."""
    is_fraction = question.metric.spec.is_fraction
    total = made.figure.denominator if is_fraction else made.figure.value
    parts = [group.figure.denominator if is_fraction else group.figure.value for group in made.groups]
    if total is None or not (is_fraction or question.metric.unit in ("count", "money")):
        return False
    return abs(sum(part or 0.0 for part in parts) - total) > max(0.01, abs(total) * 1e-9)
