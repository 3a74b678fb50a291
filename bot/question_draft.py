"""A question as it is put together from pickers: what was chosen and typed, and what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from bot.slack_limits import OPTION_VALUE
from kpi_engine import LONGEST_LINE, canonical, canonical_period, parse_period, reached, roster_of
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import AnyGrain, FiscalGrain, FiscalYear, Grain, Period
from kpi_engine.domain.query import NONE_LABEL, Baseline, Compare, Filter, Flag, Key, Member, Query, Top
from kpi_engine.domain.translatable import said

METRIC, WHEN, TYPED, BY, PER, ONLY, WITHOUT, COMPARE, TOP, SHOW = (
    *("metric", "when", "typed", "by", "per", "only", "without", "compare", "top", "show"),
)
"""The pickers, as fields of a draft."""

PERIODS = (
    *("today", "yesterday", "this week", "last week", "this month", "last month", "this quarter"),
    *("last quarter", "this year", "last year", "last 3 months", "last 12 months", "all time"),
)
"""The usual periods, in the words of a line."""
FISCAL_PERIODS = ("this fiscal quarter", "last fiscal quarter", "this fiscal year", "last fiscal year")
"""Further periods where fiscal years aren't calendar years."""
_ALL_TIME_WORDS = "all time"
GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER)
BASELINES = (Baseline.PREVIOUS, Baseline.LAST_YEAR, Baseline.TARGET, Baseline.NONE)
RANKS = ("top 3", "top 5", "top 10", "bottom 3", "bottom 5", "bottom 10")
SHOWN: tuple[Flag, ...] = ("chart", "table")
NO_CHOICE = "-"
"""The option that takes a choice back: Slack need not let a menu of one choice be cleared."""
SPLITS_AT_ONCE, NAMES_AT_ONCE = 3, 20
_OLDER = said("That choice is from an older window.")


class WrongEntryError(QueryError):
    """What was chosen or typed in one picker (`field`) makes no question."""

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the pickers, each value as its option carries it.

    `when` is one of PERIODS, `typed` a period of the grammar, `compare` baselines or periods; names in
    `only` and `without` are written by `name_value`.
    """

    metric: str
    when: str = ""
    typed: str = ""
    by: tuple[str, ...] = ()
    per: str = ""
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    top: str = ""
    show: str = ""


@dataclass(frozen=True, slots=True)
class Pickers:
    """What can be chosen for a metric: nothing that could not be answered."""

    metric: str
    dimensions: tuple[str, ...]
    left_out: tuple[str, ...]
    is_split: bool
    has_all_time: bool
    has_fiscal_years: bool = False

    @property
    def periods(self) -> tuple[str, ...]:
        """The usual periods that the metric takes."""
        fiscal = FISCAL_PERIODS if self.has_fiscal_years else ()
        return (*(words for words in PERIODS if self.has_all_time or words != _ALL_TIME_WORDS), *fiscal)


def pickers_of(catalogue: Catalogue, name: str) -> Pickers:
    """Return what can be chosen for a metric of the catalogue."""
    metric = catalogue.metrics[name]
    dimensions = reached(catalogue, metric)
    return Pickers(
        metric=name,
        dimensions=dimensions,
        left_out=dimensions,
        is_split=not metric.spec.lists_groups,
        has_all_time=not metric.spec.compares_ends,
        has_fiscal_years=not catalogue.fiscal_year.is_calendar_year,
    )


def drafted(given: Mapping[str, Sequence[str]]) -> Draft:
    """Return what was given, by field; empty where nothing was."""

    def one(field: str) -> str:
        value = next(iter(given.get(field, ())), "").strip()
        return "" if value == NO_CHOICE else value

    def many(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(given.get(field, ())))

    return Draft(
        metric=one(METRIC),
        when=one(WHEN),
        typed=one(TYPED),
        by=many(BY),
        per=one(PER),
        only=many(ONLY),
        without=many(WITHOUT),
        compare=many(COMPARE),
        top=one(TOP),
        show=one(SHOW),
    )


def draft_of(query: Query, metric: str) -> Draft:
    """Return the draft that makes a question; `metric` where the question names none.

    Of several metrics the first one is taken, and of flags those that the pickers have.
    """
    return Draft(
        metric=next(iter(query.metrics), metric),
        typed=canonical_period(query.period) if query.period else "",
        by=query.by,
        per=str(query.per or ""),
        only=_kept(query.filters),
        without=tuple(dict.fromkeys(_values(entry for entry in query.filters if entry.exclude))),
        compare=tuple(_compared(entry) for entry in query.compare),
        top=_rank(query.top) if query.top else "",
        show=next((flag for flag in SHOWN if flag in query.flags), ""),
    )


def question_of(
    draft: Draft, catalogue: Catalogue, members: Mapping[str, Sequence[Member]], today: date
) -> Query:
    """Return the question that a draft makes, with names looked up among `members`.

    Doesn't check whether the asker may ask it; the answer does. Raises WrongEntryError.
    """
    if draft.metric not in catalogue.metrics:
        raise WrongEntryError(METRIC, said("Choose a metric first."))
    pickers = pickers_of(catalogue, draft.metric)
    if draft.top and pickers.is_split and not draft.by:
        raise WrongEntryError(
            TOP, said("There is nothing to rank yet."), hint=said("Choose a split, or clear this.")
        )
    query = Query(
        metrics=(draft.metric,),
        period=_period(draft, pickers, today, catalogue.fiscal_year),
        filters=(
            *_filters(ONLY, draft.only, members),
            *_filters(WITHOUT, draft.without, members, exclude=True),
        ),
        compare=_comparisons(draft.compare, today, catalogue.fiscal_year),
        by=_dimensions(draft.by, catalogue),
        per=_grain(draft.per, catalogue.fiscal_year),
        top=_top(draft.top),
        flags=_flags(draft.show),
    )
    if len(canonical(query)) > LONGEST_LINE:
        field = ONLY if len(draft.only) >= len(draft.without) else WITHOUT
        raise WrongEntryError(
            field, said("That is too many names for one question."), hint=said("Remove some of them.")
        )
    return query


# names


def name_value(dimension: str, key: Key) -> str:
    """Return what an option for a member carries: dimension and key (of a long one, a digest)."""
    written = f"{dimension}={_kind(key)}{'' if key is None else key}"
    if len(written) <= OPTION_VALUE:
        return written
    return f"{dimension}=h{blake2b(str(key).encode(), digest_size=16).hexdigest()}"


def named(values: Iterable[str], members: Mapping[str, Sequence[Member]]) -> dict[str, tuple[str, Member]]:
    """Return the dimension and member that each value stands for; those that stand for none are left out."""
    wanted: dict[str, set[str]] = {}
    for value in values:
        wanted.setdefault(value.partition("=")[0], set()).add(value)
    found: dict[str, tuple[str, Member]] = {}
    for dimension, asked in wanted.items():
        missing = f"{dimension}=n"
        if missing in asked and dimension in members:
            found[missing] = (dimension, Member(None, NONE_LABEL))
        keys = [value.partition("=")[2][1:] for value in asked]
        known = members.get(dimension, ())
        for member in (*known, *roster_of(known).others(keys)):
            value = name_value(dimension, member.key)
            if value in asked:
                found[value] = (dimension, member)
    return found


def _kind(key: Key) -> str:
    return "n" if key is None else "i" if isinstance(key, int) else "f" if isinstance(key, float) else "s"


def _filters(
    field: str, values: Sequence[str], members: Mapping[str, Sequence[Member]], *, exclude: bool = False
) -> tuple[Filter, ...]:
    found = named(values, members)
    by_dimension: dict[str, list[Member]] = {}
    for value in values:
        if value not in found:
            raise WrongEntryError(
                field, said("One of these names no longer exists."), hint=said("Choose it again.")
            )
        dimension, member = found[value]
        by_dimension.setdefault(dimension, []).append(member)
    return tuple(Filter(dimension, tuple(kept), exclude) for dimension, kept in by_dimension.items())


def _kept(filters: Sequence[Filter]) -> tuple[str, ...]:
    """Return the names that filters keep: of two of one dimension those in both, as both must hold."""
    kept: dict[str, tuple[str, ...]] = {}
    for entry in filters:
        if not entry.exclude:
            values = _values([entry])
            earlier = kept.get(entry.dimension, values)
            kept[entry.dimension] = tuple(value for value in earlier if value in values)
    return tuple(value for values in kept.values() for value in values)


def _values(filters: Iterable[Filter]) -> tuple[str, ...]:
    return tuple(name_value(entry.dimension, member.key) for entry in filters for member in entry.members)


# the other parts


def _period(draft: Draft, pickers: Pickers, today: date, fiscal_year: FiscalYear) -> Period | None:
    if draft.when and draft.typed:
        raise WrongEntryError(
            TYPED,
            said("You chose one period and typed another."),
            hint=said("Clear one of them."),
        )
    if not (draft.when or draft.typed):
        return None
    field = TYPED if draft.typed else WHEN
    try:
        period = parse_period(draft.typed or draft.when, today, fiscal_year)
    except QueryError as wrong:
        raise WrongEntryError(field, wrong.message, hint=wrong.hint) from wrong
    if period.is_all_time and not pickers.has_all_time:
        raise WrongEntryError(
            field,
            said("This metric compares the start and end of a period, and all time has neither."),
            hint=said("Ask for a month or a year."),
        )
    return period


def _comparisons(values: Sequence[str], today: date, fiscal_year: FiscalYear) -> tuple[Compare, ...]:
    if Baseline.NONE in values and len(values) > 1:
        raise WrongEntryError(
            COMPARE,
            said("You chose to compare with nothing and with something."),
            hint=said("Remove one of them."),
        )
    return tuple(_comparison(value, today, fiscal_year) for value in values)


def _comparison(value: str, today: date, fiscal_year: FiscalYear) -> Compare:
    if value in tuple(Baseline) and value != Baseline.PERIOD:
        return Compare(Baseline(value))
    try:
        return Compare(Baseline.PERIOD, parse_period(value, today, fiscal_year))
    except QueryError as wrong:
        raise WrongEntryError(COMPARE, _OLDER) from wrong


def _compared(entry: Compare) -> str:
    return canonical_period(entry.period) if entry.period else str(entry.baseline)


def _dimensions(names: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    if not all(name in catalogue.dimensions for name in names):
        raise WrongEntryError(BY, _OLDER)
    return tuple(names)


def _grain(value: str, fiscal_year: FiscalYear) -> AnyGrain | None:
    fiscal = {str(grain): grain for grain in fiscal_grains(fiscal_year)}
    if value and value not in (*Grain, *fiscal):
        raise WrongEntryError(PER, _OLDER)
    return fiscal.get(value) or (Grain(value) if value else None)


def fiscal_grains(fiscal_year: FiscalYear) -> tuple[FiscalGrain, FiscalGrain]:
    """Return the units of a company's fiscal years."""
    return FiscalGrain(Grain.QUARTER, fiscal_year), FiscalGrain(Grain.YEAR, fiscal_year)


def _top(value: str) -> Top | None:
    if not value:
        return None
    which, _, count = value.partition(" ")
    if which not in ("top", "bottom") or not count.isdecimal() or not 1 <= int(count) <= 9999:  # noqa: PLR2004
        raise WrongEntryError(TOP, _OLDER)
    return Top(int(count), best=which == "top")


def _rank(top: Top) -> str:
    return f"{'top' if top.best else 'bottom'} {top.count}"


def _flags(value: str) -> frozenset[Flag]:
    if value and value not in SHOWN:
        raise WrongEntryError(SHOW, _OLDER)
    return frozenset(flag for flag in SHOWN if flag == value)
