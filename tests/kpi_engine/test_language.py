"""What people type, and which question it is: clean, sloppy, Dutch, mixed and wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.definitions import load
from kpi_engine.errors import AmbiguousNameError, QueryError, UnknownNameError
from kpi_engine.language import Asker, canonical, parse, parse_period
from kpi_engine.period_words import canonical_period
from kpi_engine.periods import ALL_TIME, Grain, period_of
from kpi_engine.query import NONE_LABEL, Baseline, Compare, Filter, Member, Query, Top
from tests.shop import SHIPPED

TODAY = date(2026, 11, 23)
VERBS = ("help", "list", "summary", "status")
CATALOGUE = load(SHIPPED, SHIPPED)


def _named(*names: str) -> tuple[Member, ...]:
    return tuple(Member(key, name) for key, name in enumerate(names, 1))


MEMBERS = {
    "rep": _named(
        "Anna de Vries", "Jan Peeters", "Jan Willems", "François Lemaître", "Zoë D'Hondt", "Bríd O'Neill"
    ),
    "region": _named("Noord", "Zuid", "Oost", "Brussel"),
    "source": _named("Website", "Referral", "Fairs", "Google Ads", "Cold calls"),
    "product": _named("Model X", "Model XL", "GTX Pro", "Milk Station"),
    "category": _named("Machines", "Coffee & tea", "me", "none"),
    "customer": _named("Bakker & Zoon", "Dupont <SA>", "2026", "a,b:c"),
}
ASKER = Asker(MEMBERS["rep"][0], {"U1": MEMBERS["rep"][1]})


def _read(line: str) -> Query:
    return parse(line, CATALOGUE, MEMBERS, ASKER, TODAY, VERBS)


GOOD = [
    ("sales", "sales"),
    ("  SALES  ", "sales"),
    ("omzet", "sales"),
    ("sales last month", "sales 2026-10"),
    ("sales this month", "sales 2026-11"),
    ("omzet deze maand", "sales 2026-11"),
    ("omzet vorige maand", "sales 2026-10"),
    ("sales today", "sales 2026-11-23"),
    ("sales gisteren", "sales 2026-11-22"),
    ("sales this week", "sales 2026-W48"),
    ("sales last week", "sales 2026-W47"),
    ("sales last 7 days", "sales 2026-11-16..2026-11-22"),
    ("sales last 4 weeks", "sales 2026-W44..2026-W47"),
    ("sales laatste 4 weken", "sales 2026-W44..2026-W47"),
    ("sales last 3 months", "sales 2026-08..2026-10"),
    ("sales afgelopen 3 maanden", "sales 2026-08..2026-10"),
    ("sales mtd", "sales 2026-11"),
    ("sales qtd", "sales 2026-Q4"),
    ("sales ytd", "sales 2026"),
    ("sales dit jaar", "sales 2026"),
    ("sales vorig jaar", "sales 2025"),
    ("sales last quarter", "sales 2026-Q3"),
    ("sales vorig kwartaal", "sales 2026-Q3"),
    ("sales 2026", "sales 2026"),
    ("sales 2026-9", "sales 2026-09"),
    ("sales 2026-Q3", "sales 2026-Q3"),
    ("sales Q3 2025", "sales 2025-Q3"),
    ("sales q3", "sales 2026-Q3"),
    ("sales 2026-W47", "sales 2026-W47"),
    ("sales week 47", "sales 2026-W47"),
    ("sales week 50", "sales 2025-W50"),
    ("sales september", "sales 2026-09"),
    ("sales in september 2025", "sales 2025-09"),
    ("sales december", "sales 2025-12"),
    ("sales maart 2026", "sales 2026-03"),
    ("sales 2026-01..2026-03", "sales 2026-01..2026-03"),
    ("sales 2026-01-05..2026-01-09", "sales 2026-01-05..2026-01-09"),
    ("sales since 2026-01", "sales 2026-01..2026-11"),
    ("sales sinds maart", "sales 2026-03..2026-11"),
    ("sales until 2026-06", "sales until 2026-06"),
    ("sales all time", "sales all time"),
    ("sales ooit", "sales all time"),
    ("sales 2026-11-20", "sales 2026-11-20"),
    ("conversion rep:anna", 'conversion rep:"Anna de Vries"'),
    ("conversion rep : anna", 'conversion rep:"Anna de Vries"'),
    ("conversion rep：anna", 'conversion rep:"Anna de Vries"'),
    ("conversion rep:“Anna de Vries”", 'conversion rep:"Anna de Vries"'),
    ("conversion rep:vries", 'conversion rep:"Anna de Vries"'),
    ("conversion rep:francois", 'conversion rep:"François Lemaître"'),
    ("conversion rep:zoe", 'conversion rep:"Zoë D\'Hondt"'),
    ("conversion rep:d'hondt", 'conversion rep:"Zoë D\'Hondt"'),
    ('conversion rep:"O’Neill"', 'conversion rep:"Bríd O\'Neill"'),
    ("conversion rep:me", 'conversion rep:"Anna de Vries"'),
    ("conversion verkoper:ik", 'conversion rep:"Anna de Vries"'),
    ("conversion rep:<@U1>", 'conversion rep:"Jan Peeters"'),
    ("conversion rep:<@U1|jan>", 'conversion rep:"Jan Peeters"'),
    ("conversie verkoper:anna vorige maand", 'conversion rep:"Anna de Vries" 2026-10'),
    ("rep:anna conversion last month", 'conversion rep:"Anna de Vries" 2026-10'),
    ("last month conversion rep:anna", 'conversion rep:"Anna de Vries" 2026-10'),
    ("conversion rep:anna,francois", 'conversion rep:"Anna de Vries","François Lemaître"'),
    ("conversion rep:anna region:noord", 'conversion rep:"Anna de Vries" region:Noord'),
    ("conversion region:noord,zuid", "conversion region:Noord,Zuid"),
    ("conversion -region:noord", "conversion -region:Noord"),
    ("leads -source:fairs,website", "leads -source:Fairs,Website"),
    ("leads bron:geen", "leads source:none"),
    ('leads source:"google ads"', 'leads source:"Google Ads"'),
    ("leads source:coldcalls", 'leads source:"Cold calls"'),
    ('sales product:"Model X"', 'sales product:"Model X"'),
    ("sales product:modelx", 'sales product:"Model X"'),
    ("sales product:GTXPro", 'sales product:"GTX Pro"'),
    ('sales category:"Coffee &amp; tea"', 'sales category:"Coffee & tea"'),
    ("sales by rep", "sales by rep"),
    ("sales per verkoper", "sales by rep"),
    ("sales by rep, region", "sales by rep,region"),
    ("sales per rep en regio", "sales by rep,region"),
    ("sales by region per month", "sales by region per month"),
    ("sales per maand", "sales per month"),
    ("sales per week last 8 weeks", "sales per week 2026-W40..2026-W47"),
    ("sales by quarter 2026", "sales per quarter 2026"),
    ("omzet per regio deze maand t.o.v. vorig jaar", "sales by region 2026-11 vs last year"),
    ("sales vs previous", "sales vs previous"),
    ("sales tov vorige periode", "sales vs previous"),
    ("sales vs doel", "sales vs target"),
    ("sales vs 2025-01", "sales vs 2025-01"),
    ("sales vs 2026-01 2026-03", "sales 2026-03 vs 2026-01"),
    ("sales compared to last year", "sales vs last year"),
    ("sales vs none", "sales vs none"),
    ("sales by rep top 5", "sales by rep top 5"),
    ("sales top 5 by rep", "sales by rep top 5"),
    ("sales by rep top", "sales by rep top 10"),
    ("sales by rep worst 2", "sales by rep bottom 2"),
    ("sales,leads", "sales,leads"),
    ("sales en leads", "sales,leads"),
    ("sales, leads by region", "sales,leads by region"),
    ("cost per lead", "cost_per_lead"),
    ("cost-per-lead", "cost_per_lead"),
    ("CPL by source", "cost_per_lead by source"),
    ("kost per lead per bron", "cost_per_lead by source"),
    ("nieuwe klanten", "new_customers"),
    ("win rate rep:anna", 'win_rate rep:"Anna de Vries"'),
    ("sales chart per month", "sales per month chart"),
    ("sales by region tabel", "sales by region table"),
    ("sales csv", "sales csv"),
    ("/kpi sales", "sales"),
    ("sales?", "sales"),
    ("please show the sales of last month", "sales 2026-10"),
    ("toon de omzet van vorige maand", "sales 2026-10"),
]

BAD = [
    ("conversoin", UnknownNameError, "conversion"),
    ("hlep", UnknownNameError, "help"),
    ("slaes last month", UnknownNameError, "sales last month"),
    ("sales lst month", UnknownNameError, "sales last month"),
    ("sales last mnth", UnknownNameError, "sales last month"),
    ("omzet vorge maand", UnknownNameError, "omzet vorige maand"),
    ("sales by regoin", UnknownNameError, "sales by region"),
    ("conversion rep:ana", UnknownNameError, 'conversion rep:"Anna de Vries"'),
    ("conversion rep:jan", AmbiguousNameError, 'conversion rep:"Jan Peeters"'),
    ("sales repp:anna", UnknownNameError, "sales rep:anna"),
    ("sales anna", UnknownNameError, 'sales rep:"Anna de Vries"'),
    ("sales noord", UnknownNameError, "sales region:Noord"),
    ("last month", QueryError, "sales last month"),
    ("", QueryError, "sales"),
    ("sales planet:mars", UnknownNameError, ""),
    ("sales rep:zzzz", UnknownNameError, ""),
    ("sales rep:", QueryError, ""),
    ("sales by", QueryError, ""),
    ("sales by qqqq", UnknownNameError, ""),
    ("sales vs", QueryError, ""),
    ("sales vs team", QueryError, ""),
    ("conversion rep:<@U9>", QueryError, ""),
    ("sales 2026-13", UnknownNameError, ""),
    ("sales 2026-W60", UnknownNameError, ""),
    ("sales 2026-02-30", UnknownNameError, ""),
    ("sales last 0 months", QueryError, ""),
    ("sales last 99999 months", QueryError, ""),
    ("sales last month last year", QueryError, ""),
    ("sales customer:>5", QueryError, ""),
    ("DROP TABLE reps", UnknownNameError, ""),
    ("1=1; --", UnknownNameError, ""),
    ("🦄", UnknownNameError, ""),
    ("<!channel>", UnknownNameError, ""),
]


@pytest.mark.parametrize(("line", "question"), GOOD)
def test_a_line_is_its_question(line: str, question: str) -> None:
    """The canonical words, which read back as the same question."""
    assert canonical(_read(line)) == question
    assert _read(question) == _read(line)


@pytest.mark.parametrize(("line", "error", "suggestion"), BAD)
def test_a_doubtful_line_is_never_guessed(line: str, error: type[QueryError], suggestion: str) -> None:
    """A sentence, and the whole line to send instead where one is near; a lone suggestion can be sent as it is."""
    with pytest.raises(error) as wrong:
        _read(line)
    assert type(wrong.value) is error
    assert wrong.value.message
    if suggestion:
        assert wrong.value.suggestions[0] == suggestion
        if suggestion != "help" and not suggestion.endswith("anna"):
            assert _read(suggestion)


PERIODS = st.builds(
    lambda grain, day, count: period_of(grain, day, count),
    st.sampled_from(list(Grain)),
    st.dates(date(1999, 12, 20), date(2040, 2, 1)),
    st.integers(1, 40),
)


@st.composite
def questions(draw: st.DrawFn) -> Query:
    """Any question that the language can say."""
    dimensions = st.sampled_from(sorted(MEMBERS))

    def filter_of(dimension: str) -> st.SearchStrategy[Filter]:
        members = st.sampled_from([*MEMBERS[dimension], Member(None, NONE_LABEL)])
        return st.builds(
            Filter,
            st.just(dimension),
            st.lists(members, min_size=1, max_size=3, unique=True).map(tuple),
            st.booleans(),
        )

    compares = st.one_of(
        st.sampled_from([Compare(base) for base in Baseline if base is not Baseline.PERIOD]),
        PERIODS.map(lambda period: Compare(Baseline.PERIOD, period)),
    )
    names = st.sampled_from(sorted(CATALOGUE.metrics))
    return Query(
        metrics=tuple(draw(st.lists(names, min_size=1, max_size=3, unique=True))),
        period=draw(st.none() | PERIODS | st.just(ALL_TIME)),
        filters=tuple(draw(st.lists(dimensions.flatmap(filter_of), max_size=3))),
        compare=tuple(draw(st.lists(compares, max_size=2, unique=True))),
        by=tuple(draw(st.lists(st.sampled_from(sorted(CATALOGUE.dimensions)), max_size=3, unique=True))),
        per=draw(st.none() | st.sampled_from(list(Grain))),
        top=draw(st.none() | st.builds(Top, st.integers(1, 500), st.booleans())),
        flags=frozenset(draw(st.sets(st.sampled_from(["share", "chart", "table", "csv", "xlsx", "sql"])))),
    )


@given(questions())
def test_the_canonical_words_read_back(query: Query) -> None:
    """Whatever is asked, line 1 of the reply asks the same."""
    assert _read(canonical(query)) == query


WORDS = st.sampled_from(
    re.findall(r"\S+", " ".join(line for line, _ in GOOD) + " ".join(line for line, *_ in BAD))
)
LINES = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=9).map(" ".join),
    st.tuples(st.sampled_from([line for line, _ in GOOD]), st.text(max_size=4), st.integers(0, 40)).map(
        lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
    ),
)


@given(LINES)
def test_any_line_ends_in_a_question_or_a_sentence(line: str) -> None:
    """Never another exception, and every suggestion is a whole line."""
    try:
        query = _read(line)
    except QueryError as wrong:
        assert wrong.message
        assert all(suggestion.strip() for suggestion in wrong.suggestions)
    else:
        assert _read(canonical(query)) == query


@pytest.mark.parametrize("line", ["x" * 10_000, "sales " * 5000, '"' * 9000, "rep:" * 3000, "a" * 10_000_000])
def test_a_line_that_is_too_long_is_refused_at_once(line: str) -> None:
    """With how long a question is."""
    with pytest.raises(QueryError, match="too long"):
        _read(line)


@given(PERIODS)
def test_a_period_reads_back(period: object) -> None:
    """Alone, as summaries' files have it."""
    assert parse_period(canonical_period(period), TODAY) == period  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "someday", "last month and more"])
def test_what_is_no_period_is_said(text: str) -> None:
    """With examples."""
    with pytest.raises(QueryError, match="is no period"):
        parse_period(text, TODAY)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_relative_periods_end_before_today(today: date) -> None:
    """Complete units only; the running one holds today."""
    for unit in ("day", "week", "month", "quarter", "year"):
        last, this = parse_period(f"last {unit}", today), parse_period(f"this {unit}", today)
        assert last.end == this.start
        assert last.end is not None
        assert last.end <= today < (this.end or date.max)
    assert parse_period("yesterday", today).start == today - timedelta(days=1)
