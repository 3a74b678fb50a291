"""What people type becomes one question or a helpful error, never a guess and never a crash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kpi_engine.definitions.loader import load
from kpi_engine.domain.errors import AmbiguousNameError, QueryError, UnknownNameError
from kpi_engine.domain.periods import ALL_TIME, Grain, Period, last_complete, period_of
from kpi_engine.domain.query import NONE_LABEL, Baseline, Compare, Filter, Member, Query, Sized, Top
from kpi_engine.language.folding import squash
from kpi_engine.language.member_names import Roster
from kpi_engine.language.parser import LONGEST_LINE, NOBODY, Asker, canonical, normalised, parse, understood
from kpi_engine.language.period_phrases import BEGINNING
from tests.shop import SHIPPED

MONDAY = date(2026, 11, 23)
"""Today in every line below: the first day of 2026-W48."""

CATALOGUE = load(SHIPPED, SHIPPED)


def _cast(*labels: str) -> tuple[Member, ...]:
    return tuple(Member(key, label) for key, label in enumerate(labels, start=1))


MEMBERS = {
    "rep": _cast("Anna Peeters", "Jan Claes", "Jan Mertens", "François Lemaître", "Zoë D'Hondt"),
    "team": _cast("Field", "Inside sales"),
    "region": _cast("Noord", "Zuid", "Oost", "Brussel"),
    "source": _cast("Website", "Referral", "Fairs", "Print ads"),
    "product": _cast("GTX Pro", "GTX Plus", "MG Pro", "Model X"),
    "customer": _cast("Bakker, Smit & Zn.", "O'Neill B.V.", "3M", "Geen", "“De Kroon” NV", "=Zero", "Inc."),
}
ANNA, ZOE = MEMBERS["rep"][0], MEMBERS["rep"][4]
ASKER = Asker(rep=ANNA, mentions={"U0ZOE": ZOE})
VERBS = ("why", "define", "alerts", "help")


def _read(line: str, asker: Asker = ASKER, today: date = MONDAY) -> Query:
    return parse(line, CATALOGUE, MEMBERS, asker, today, VERBS)


READ = [
    # the examples of the grammar, as far as the shipped metrics go
    ("conversion rep:anna", 'conversion rep:"Anna Peeters"'),
    ("leads by region last month vs target", "leads by region 2026-10 vs target"),
    (
        "cost_per_lead -source:referral last 6 months per month chart",
        "cost_per_lead -source:Referral per month 2026-05..2026-10 chart",
    ),
    ("omzet per regio deze maand t.o.v. vorig jaar", "sales by region 2026-11 vs last year"),
    ("sales by segment bottom 5", "sales by segment bottom 5"),
    ("conversion region:noord vs last year", "conversion region:Noord vs last year"),
    ('orders product:"Model X"', 'orders product:"Model X"'),
    # names without a key, where they can only be that
    ("sales anna", 'sales rep:"Anna Peeters"'),
    ("sales anna peeters", 'sales rep:"Anna Peeters"'),
    ('sales "anna peeters" 2026', 'sales rep:"Anna Peeters" 2026'),
    ("sales noord last month", "sales region:Noord 2026-10"),
    ("sales gtx pro", 'sales product:"GTX Pro"'),
    # metrics: names, aliases, several, anywhere in the line
    ("sales", "sales"),
    ("SALES", "sales"),
    ("revenue", "sales"),
    ("omzet", "sales"),
    ("turnover last month", "sales 2026-10"),
    ("cost per lead", "cost_per_lead"),
    ("cost-per-lead", "cost_per_lead"),
    ("CPL", "cost_per_lead"),
    ("kost per lead per bron", "cost_per_lead by source"),
    ("kost per klant", "cost_per_conversion"),
    ("nieuwe klanten per verkoper", "new_customers by rep"),
    ("new customers", "new_customers"),
    ("conversie", "conversion"),
    ("conversie in de periode", "conversion_period"),
    ("conversion rate by rep last month?", "conversion by rep 2026-10"),
    ("deals won", "won"),
    ("deals", "opportunities"),
    ("win rate by technique", "win_rate by technique"),
    ("win-rate", "win_rate"),
    ("gemiddelde orderwaarde", "average_order_value"),
    ("average order value by product category", "average_order_value by category"),
    ("gekwalificeerde leads", "prospects"),
    ("sales,conversion", "sales,conversion"),
    ("sales , conversion by rep", "sales,conversion by rep"),
    ("sales and leads", "sales,leads"),
    ("omzet en leads", "sales,leads"),
    ("sales, revenue, omzet", "sales"),
    ("last month sales", "sales 2026-10"),
    ("by region last month sales", "sales by region 2026-10"),
    ("rep:anna conversion", 'conversion rep:"Anna Peeters"'),
    # periods
    ("sales today", "sales 2026-11-23"),
    ("omzet vandaag", "sales 2026-11-23"),
    ("sales yesterday", "sales 2026-11-22"),
    ("omzet gisteren", "sales 2026-11-22"),
    ("sales this week", "sales 2026-W48"),
    ("sales last week", "sales 2026-W47"),
    ("omzet vorige week", "sales 2026-W47"),
    ("sales this month", "sales 2026-11"),
    ("sales mtd", "sales 2026-11"),
    ("sales qtd", "sales 2026-Q4"),
    ("sales ytd", "sales 2026"),
    ("sales this quarter", "sales 2026-Q4"),
    ("sales last quarter", "sales 2026-Q3"),
    ("omzet vorig kwartaal", "sales 2026-Q3"),
    ("sales last year", "sales 2025"),
    ("omzet dit jaar", "sales 2026"),
    ("sales last 3 months", "sales 2026-08..2026-10"),
    ("omzet laatste 3 maanden", "sales 2026-08..2026-10"),
    ("omzet afgelopen 2 kwartalen", "sales 2026-Q2..2026-Q3"),
    ("sales last 7 days", "sales 2026-11-16..2026-11-22"),
    ("sales last 4 weeks", "sales 2026-W44..2026-W47"),
    ("sales last 1 month", "sales 2026-10"),
    ("sales last 2 years", "sales 2024..2025"),
    ("sales 2026", "sales 2026"),
    ("sales 2026-09", "sales 2026-09"),
    ("sales 2026-9", "sales 2026-09"),
    ("sales 2026-Q3", "sales 2026-Q3"),
    ("sales 2026q3", "sales 2026-Q3"),
    ("sales 2026-W47", "sales 2026-W47"),
    ("sales 2026-w53", "sales 2026-W53"),
    ("sales 2024-02-29", "sales 2024-02-29"),
    ("sales september", "sales 2026-09"),
    ("sales in september", "sales 2026-09"),
    ("sales november", "sales 2026-11"),
    ("sales december", "sales 2025-12"),
    ("sales last september", "sales 2026-09"),
    ("sales last november", "sales 2025-11"),
    ("omzet vorige november", "sales 2025-11"),
    ("sales september 2025", "sales 2025-09"),
    ("omzet mei 2024", "sales 2024-05"),
    ("omzet okt", "sales 2026-10"),
    ("sales q3", "sales 2026-Q3"),
    ("sales q3 2025", "sales 2025-Q3"),
    ("sales week 47", "sales 2026-W47"),
    ("sales week 50", "sales 2025-W50"),
    ("sales week 1 2026", "sales 2026-W01"),
    ("sales 2026-01..2026-03", "sales 2026-01..2026-03"),
    ("sales 2026-01..2026-01", "sales 2026-01"),
    ("sales 2026-01-05..2026-01-09", "sales 2026-01-05..2026-01-09"),
    ("sales 2025-Q4..2026-Q1", "sales 2025-Q4..2026-Q1"),
    ("sales 2025..2026-03", "sales 2025-01..2026-03"),
    ("sales 2026-W02..2026-W05", "sales 2026-W02..2026-W05"),
    ("sales since 2026-06", "sales 2026-06..2026-11"),
    ("omzet sinds januari", "sales 2026-01..2026-11"),
    ("omzet vanaf vorige maand", "sales 2026-10..2026-11"),
    ("sales since 2026-11-20", "sales 2026-11-20..2026-11-23"),
    ("sales until 2026-06", "sales until 2026-06"),
    ("omzet tot 2025", "sales until 2025"),
    ("sales 2026-01..", "sales 2026-01..2026-11"),
    ("sales all time", "sales all time"),
    ("omzet alles", "sales all time"),
    ("omzet ooit", "sales all time"),
    # filters
    ("sales region:noord", "sales region:Noord"),
    ("sales region:NOORD", "sales region:Noord"),
    ("sales region:noord,zuid", "sales region:Noord,Zuid"),
    ("sales region: noord , zuid", "sales region:Noord,Zuid"),
    ("sales region:noord,noord", "sales region:Noord"),
    ("sales region:noord source:web", "sales region:Noord source:Website"),
    ("sales -region:noord", "sales -region:Noord"),
    ("sales –region:noord", "sales -region:Noord"),
    ("sales - last month", "sales 2026-10"),
    ("omzet regio:oost", "sales region:Oost"),
    ("omzet verkoper:anna bron:website", 'sales rep:"Anna Peeters" source:Website'),
    ("sales rep:peeters", 'sales rep:"Anna Peeters"'),
    ('sales rep:"anna peeters"', 'sales rep:"Anna Peeters"'),
    ("sales rep:“Anna Peeters”", 'sales rep:"Anna Peeters"'),
    ("sales rep:„anna peeters”", 'sales rep:"Anna Peeters"'),
    ("sales rep：anna", 'sales rep:"Anna Peeters"'),
    ("sales rep : anna", 'sales rep:"Anna Peeters"'),
    ("sales rep:@anna", 'sales rep:"Anna Peeters"'),
    ("sales rep:me", 'sales rep:"Anna Peeters"'),
    ("omzet verkoper:mij", 'sales rep:"Anna Peeters"'),
    ("sales rep:<@U0ZOE>", 'sales rep:"Zoë D\'Hondt"'),
    ("sales rep:<@U0ZOE|zoe>,me", 'sales rep:"Zoë D\'Hondt","Anna Peeters"'),
    ("sales rep:&lt;@U0ZOE&gt;", 'sales rep:"Zoë D\'Hondt"'),
    ("sales rep:francois", 'sales rep:"François Lemaître"'),
    ("sales rep:LEMAITRE", 'sales rep:"François Lemaître"'),
    ("sales rep:zoe", 'sales rep:"Zoë D\'Hondt"'),
    ("sales rep:D’Hondt", 'sales rep:"Zoë D\'Hondt"'),
    ("sales rep:janc", 'sales rep:"Jan Claes"'),
    ('sales rep:"jan m"', 'sales rep:"Jan Mertens"'),
    ("sales rep:jan claes 2026", 'sales rep:"Jan Claes" 2026'),
    ("sales product:gtx plus", 'sales product:"GTX Plus"'),
    ("sales product:gtxpro", 'sales product:"GTX Pro"'),
    ('sales product:"gtx   plus"', 'sales product:"GTX Plus"'),
    ("sales product:modelx", 'sales product:"Model X"'),
    ("sales source:print", 'sales source:"Print ads"'),
    ("sales source:none", "sales source:none"),
    ("omzet bron:geen", "sales source:none"),
    ("sales -source:none,web", "sales -source:none,Website"),
    ('sales customer:"geen"', 'sales customer:"Geen"'),
    ("sales customer:3m", "sales customer:3M"),
    ('sales customer:"bakker, smit &amp; zn."', 'sales customer:"Bakker, Smit & Zn."'),
    # compare
    ("sales vs previous", "sales vs previous"),
    ("sales vs last year", "sales vs last year"),
    ("sales vs target vs last year", "sales vs target vs last year"),
    ("sales last month versus 2025-10", "sales 2026-10 vs 2025-10"),
    ("sales compared to last year", "sales vs last year"),
    ("omzet tov vorige periode", "sales vs previous"),
    ("omzet T.O.V. doel", "sales vs target"),
    ("omzet deze maand t.o.v. vorige maand", "sales 2026-11 vs 2026-10"),
    ("sales vs none", "sales vs none"),
    ("sales this month vs previous month", "sales 2026-11 vs 2026-10"),
    ("sales vs last 3 months", "sales vs 2026-08..2026-10"),
    ("sales last year vs last year", "sales 2025 vs last year"),
    ("sales vs. target", "sales vs target"),
    # groups, grains, the best and the worst
    ("sales by rep", "sales by rep"),
    ("sales per rep", "sales by rep"),
    ("sales by reps", "sales by rep"),
    ("sales by sales rep", "sales by rep"),
    ("sales by rep,region", "sales by rep,region"),
    ("sales by rep , region", "sales by rep,region"),
    ("sales by rep and region", "sales by rep,region"),
    ("omzet per regio en verkoper", "sales by region,rep"),
    ("sales by region, leads", "sales,leads by region"),
    ("leads by lead source", "leads by source"),
    ("sales per month", "sales per month"),
    ("sales by month", "sales per month"),
    ("omzet per kwartaal 2026", "sales per quarter 2026"),
    ("sales by week last quarter", "sales per week 2026-Q3"),
    ("sales by rep per month", "sales by rep per month"),
    ("sales by product top 5", "sales by product top 5"),
    ("top 5 sales by product", "sales by product top 5"),
    ("top 3 omzet per klant 2026", "sales by customer top 3 2026"),
    ("omzet per verkoper slechtste 2", "sales by rep bottom 2"),
    # flags and typography
    ("sales by rep share chart", "sales by rep chart share"),
    ("omzet per bron deel", "sales by source share"),
    ("leads by source last month table csv", "leads by source 2026-10 csv table"),
    ("sales excel", "sales xlsx"),
    ("sales sql", "sales sql"),
    ("/kpi sales last month", "sales 2026-10"),
    ("  sales \t  last    month  ", "sales 2026-10"),
    ("sales last month!?", "sales 2026-10"),
    ("Please show the sales of last month.", "sales 2026-10"),
    ("toon de omzet van vorige maand", "sales 2026-10"),
    ("sales&nbsp;last month".replace("&nbsp;", "\xa0"), "sales 2026-10"),
    ("sales\nlast month", "sales 2026-10"),
    # everything at once
    (
        "top 3 omzet per verkoper vorige maand regio:noord,zuid -bron:referral t.o.v. doel grafiek",
        "sales region:Noord,Zuid -source:Referral by rep top 3 2026-10 vs target chart",
    ),
]


@pytest.mark.parametrize(("line", "question"), READ)
def test_a_line_becomes_its_canonical_question(line: str, question: str) -> None:
    """English, Dutch and sloppy lines end in the absolute words that the grammar gives them."""
    assert canonical(_read(line)) == question


@pytest.mark.parametrize("question", sorted({question for _, question in READ}))
def test_a_canonical_question_means_the_same_next_year(question: str) -> None:
    """Absolute words read back as themselves, whoever pastes them and whenever."""
    assert canonical(_read(question, NOBODY, date(2028, 2, 29))) == question


REFUSED = [
    # nearly right words
    ("conversoin", UnknownNameError, "conversion"),
    ("conversoin rep:anna", UnknownNameError, "conversion rep:anna"),
    ("slaes last month", UnknownNameError, "sales last month"),
    ("omzte deze maand", UnknownNameError, "omzet deze maand"),
    ("sales last moth", UnknownNameError, "sales last month"),
    ("sales lsat month", UnknownNameError, "sales last month"),
    ("sales yesterdya", UnknownNameError, "sales yesterday"),
    ("omzet vorge maand", UnknownNameError, "omzet vorige maand"),
    ("sales by regoin", UnknownNameError, "sales by region"),
    ("sales regoin:noord", UnknownNameError, "sales region:noord"),
    ("sales -regoin:noord", UnknownNameError, "sales -region:noord"),
    ("sales verkopr:anna", UnknownNameError, "sales rep:anna"),
    ("sales by rep chrat", UnknownNameError, "sales by rep chart"),
    ("wyh sales", UnknownNameError, "why sales"),
    # nearly right names, and names without a key
    ("sales rep:ana", UnknownNameError, 'sales rep:"Anna Peeters"'),
    ("sales rep:meertens", UnknownNameError, 'sales rep:"Jan Mertens"'),
    ("sales region:brussels", UnknownNameError, "sales region:Brussel"),
    ("sales source:refferal last month", UnknownNameError, "sales source:Referral last month"),
    ("my sales", UnknownNameError, "rep:me sales"),
    # more than one
    ("sales rep:jan", AmbiguousNameError, 'sales rep:"Jan Claes"'),
    ("sales rep:anna,jan 2026", AmbiguousNameError, 'sales rep:anna,"Jan Claes" 2026'),
    ("sales rep:janc,jan", AmbiguousNameError, 'sales rep:janc,"Jan Claes"'),
    ("sales product:gtx", AmbiguousNameError, 'sales product:"GTX Pro"'),
    ("sales product:pro", AmbiguousNameError, 'sales product:"GTX Pro"'),
    ("sales mertens jan", UnknownNameError, None),
    # no number asked for
    ("", QueryError, "sales"),
    ("/kpi", QueryError, "sales"),
    ("last month", QueryError, "sales last month"),
    ("by region", QueryError, "sales by region"),
    ("rep:anna", QueryError, "sales rep:anna"),
    ("?!", QueryError, "sales"),
    # periods that are none
    ("sales 2026-13", QueryError, None),
    ("sales 2025-W53", QueryError, None),
    ("sales 2026-02-30", QueryError, "sales 2026-02-28"),
    ("sales 2026-03..2026-01", QueryError, "sales 2026-01..2026-03"),
    ("sales last 0 months", QueryError, None),
    ("sales last ² months", QueryError, None),
    ("sales last 99999 days", QueryError, None),
    ("sales last 900 years", QueryError, None),
    ("sales since 2027", QueryError, "sales since 2026"),
    ("sales week 60", QueryError, None),
    ("sales 2026-01 2026-02", QueryError, None),
    ("sales last month this month", QueryError, None),
    # half a part
    ("sales by", QueryError, None),
    ("sales vs", QueryError, None),
    ("sales vs the best", QueryError, None),
    ("sales rep:", QueryError, None),
    ("sales top ²", UnknownNameError, None),
    ("sales by rep top 0", QueryError, None),
    ("sales rep:>5", QueryError, "sales by rep sales:>5"),
    ("sales rep:10..20", QueryError, "sales by rep sales:10..20"),
    ("sales region:-noord", QueryError, "sales -region:noord"),
    ("sales - region:noord", QueryError, "sales -region:noord"),
    ("sales region:me", QueryError, "sales rep:me"),
    ("sales region:antwerpen", UnknownNameError, None),
    ("sales rep:<@U0NOBODY>", QueryError, None),
    ("sales value:>5000", UnknownNameError, None),
    # not for this bot
    ("hello", QueryError, "sales"),
    ("what is the weather", UnknownNameError, None),
    ("sales 🚀", UnknownNameError, None),
    ("sales :rocket:", UnknownNameError, None),
    ("select * from deals", UnknownNameError, None),
    ("'; DROP TABLE reps; --", UnknownNameError, None),
    ('sales rep:"x\' OR 1=1 --"', UnknownNameError, None),
    ("https://example.com/?q=1", UnknownNameError, None),
    ("sales" * 2000, QueryError, None),
]


@pytest.mark.parametrize(("line", "error", "suggestion"), REFUSED)
def test_a_wrong_line_is_refused_with_the_line_to_send(
    line: str, error: type[QueryError], suggestion: str | None
) -> None:
    """The class of the error, and the first suggestion where the grammar promises one."""
    with pytest.raises(QueryError) as refused:
        _read(line)
    assert type(refused.value) is error
    assert refused.value.message
    if suggestion is not None:
        assert refused.value.suggestions[:1] == (suggestion,)
    assert len(refused.value.suggestions) <= (5 if error is AmbiguousNameError else 3)


@pytest.mark.parametrize("line", [line for line, _, suggestion in REFUSED if suggestion is not None])
def test_every_suggestion_is_a_line_that_can_be_read(line: str) -> None:
    """A button never leads to a second mistake; a verb's line is its own command's to read."""
    with pytest.raises(QueryError) as refused:
        _read(line)
    for suggestion in refused.value.suggestions:
        if suggestion.split(" ")[0] not in VERBS:
            assert _read(suggestion).metrics


def test_three_mistakes_are_mended_at_once_and_a_fourth_after_them() -> None:
    """The first suggestion mends three of four mistakes as far as it can; its own leads to a question."""
    line = "slaes rep:jan by regoin lst month"
    for _ in range(2):
        with pytest.raises(QueryError) as refused:
            _read(line)
        line = refused.value.suggestions[0]
    assert canonical(_read(line)) == 'sales rep:"Jan Claes" by region 2026-10'


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("sales by region last month", "sales by region 2026-10"),
        ("flurbs sales by region crazy last month", "sales by region 2026-10"),
        ("sales rep:nobody region:noord", "sales region:Noord"),
        ("sales vs", "sales"),
        ("hello", ""),
        ("x" * 10_000, ""),
        ("x " * 10_000, ""),
    ],
)
def test_what_can_be_read_of_a_line_is_understood(line: str, question: str) -> None:
    """The rest is left out, for a window that somebody still looks at."""
    assert canonical(understood(line, CATALOGUE, MEMBERS, ASKER, MONDAY)) == question


@given(st.text(max_size=40))
def test_any_text_can_be_understood(text: str) -> None:
    """Never raises; a whole question is understood whole."""
    found = understood(text, CATALOGUE, MEMBERS, ASKER, MONDAY)
    try:
        query = parse(text, CATALOGUE, MEMBERS, ASKER, MONDAY)
    except QueryError:
        return
    assert found == query


def test_me_needs_a_known_person() -> None:
    """Whom `me` can't be matched with a rep is told to type the name."""
    with pytest.raises(QueryError, match="I can't tell which sales rep"):
        _read("sales rep:me", NOBODY)


def test_a_name_without_its_key_is_not_offered_to_who_has_no_members() -> None:
    """Suggestions name only the members that the asker may use."""
    with pytest.raises(UnknownNameError) as refused:
        parse("sales peeters", CATALOGUE, {"region": MEMBERS["region"]}, NOBODY, MONDAY)
    assert not any("Anna" in line for line in refused.value.suggestions)


def test_a_long_word_is_repeated_shortly() -> None:
    """A message holds at most forty characters of what was typed."""
    with pytest.raises(UnknownNameError) as refused:
        _read("sales " + "x" * 300)
    assert "x" * 39 + "…" in refused.value.message
    assert "x" * 41 not in str(refused.value)


def test_the_longest_line_is_still_read() -> None:
    """Five hundred characters after tidying are a question, one more are not."""
    line = "sales " + "de " * 163 + "2026"
    assert canonical(_read(line.ljust(2000))) == "sales 2026"
    assert len(line) <= LONGEST_LINE
    with pytest.raises(QueryError, match="too long"):
        _read("de " + line + "-01")


def test_an_exact_name_wins_over_those_that_fold_to_it() -> None:
    """Names that differ only by case or spaces stay apart when they are typed exactly."""
    twins = _cast("GTK Pro", "GTKPro", "gtk pro")
    roster = Roster(twins)
    assert [roster.matches(twin.label) for twin in twins] == [[twin] for twin in twins]
    assert len(roster.matches("gtkpro")) == 3


@pytest.mark.parametrize(
    "label",
    [
        "“De Kroon” NV", 'Say "cheese"', "Inc.", "=Zero", "<3 Flowers", "1..2", "me", "None", "Ik", "A,B", "A: B",
        "Smith, Jones", "Koop&registratie", "Q3", "last month", "-50 %", "@home", "(none)", "Straße", "x" * 60,
        "acme.com", "https://acme.com/x", "www.acme.com/", "jan@acme.be",
    ],
)  # fmt: skip
def test_an_odd_name_survives_the_canonical_words(label: str) -> None:
    """Quotes, commas, colons, operators and reserved words in a customer's name read back as that name."""
    members = {
        "customer": (*MEMBERS["customer"][:3], Member("odd", label), Member("other", "Unlike the odd"))
    }
    query = Query(("sales",), filters=(Filter("customer", (members["customer"][3],)),))
    assert parse(canonical(query), CATALOGUE, members, NOBODY, MONDAY) == query


@pytest.mark.parametrize(
    "line",
    [
        "sales customer:<http://acme.com|acme.com> last month",
        "sales customer:&lt;http://acme.com|acme.com&gt; last month",
        "sales <http://acme.com|acme.com> last month",
        "sales <http://acme.com> last month",
        "last month sales https://acme.com/",
        "sales customer:https://acme.com last month",
        "sales acme.com last month",
    ],
)
def test_a_name_that_slack_turns_into_a_link_is_a_name(line: str) -> None:
    """A customer called acme.com arrives as a link with a label."""
    acme, other = Member(1, "acme.com"), Member(2, "jan@acme.be")
    query = parse(line, CATALOGUE, {"customer": (acme, other)}, NOBODY, MONDAY)
    assert query.filters == (Filter("customer", (acme,)),)
    mailed = parse(
        "sales <mailto:jan@acme.be|jan@acme.be>", CATALOGUE, {"customer": (acme, other)}, NOBODY, MONDAY
    )
    assert mailed.filters == (Filter("customer", (other,)),)


# any question, any text

CALM = settings(deadline=None, max_examples=150)
GRAINS = st.sampled_from(list(Grain))
DAYS = st.dates(date(1971, 1, 1), date(2098, 12, 31))


@st.composite
def _periods(draw: st.DrawFn) -> Period:
    kind = draw(st.sampled_from(("all", "whole", "until")))
    if kind == "all":
        return ALL_TIME
    whole = period_of(draw(GRAINS), draw(DAYS), draw(st.integers(1, 12)))
    assume(whole.end is not None and whole.end.year < 2100)
    return whole if kind == "whole" else Period(BEGINNING, whole.end, whole.grain)


@st.composite
def _filters(draw: st.DrawFn) -> Filter:
    dimension = draw(st.sampled_from(sorted(MEMBERS)))
    values = st.sampled_from((*MEMBERS[dimension], Member(None, NONE_LABEL)))
    members = draw(st.lists(values, min_size=1, max_size=3, unique=True))
    return Filter(dimension, tuple(members), draw(st.booleans()))


COMPARES = st.one_of(
    st.sampled_from([Compare(baseline) for baseline in Baseline if baseline is not Baseline.PERIOD]),
    _periods().map(lambda period: Compare(Baseline.PERIOD, period)),
)
FLAGS = ["share", "chart", "table", "csv", "xlsx", "sql"]


def _some_of(
    values: Sequence[object], least: int = 0, most: int = 3
) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def _sizes(draw: st.DrawFn) -> Sized:
    name = draw(
        st.sampled_from(sorted(name for name, metric in CATALOGUE.metrics.items() if metric.dimensions))
    )
    is_share = CATALOGUE.metrics[name].unit == "share"
    low, high = sorted(draw(st.tuples(*[st.floats(0, 1) if is_share else st.floats(-1e9, 1e9)] * 2)))
    return draw(
        st.sampled_from(
            [
                Sized(name, is_share, low, high),
                Sized(name, is_share, low=low, includes_low=False),
                Sized(name, is_share, low=low),
                Sized(name, is_share, high=high),
                Sized(name, is_share, high=high, includes_high=False),
            ]
        )
    )


QUERIES = st.builds(
    Query,
    metrics=_some_of(sorted(CATALOGUE.metrics), 1),
    period=st.none() | _periods(),
    filters=st.lists(_filters(), max_size=3, unique_by=lambda entry: (entry.dimension, entry.exclude)).map(
        tuple
    ),
    sizes=st.lists(_sizes(), max_size=2, unique=True).map(tuple),
    compare=st.lists(COMPARES, max_size=3, unique=True).map(tuple),
    by=_some_of(sorted(CATALOGUE.dimensions), most=2),
    per=st.none() | GRAINS,
    top=st.none() | st.builds(Top, st.integers(1, 9999), st.booleans()),
    flags=st.frozensets(st.sampled_from(FLAGS)),
)


@CALM
@given(st.text(min_size=1, max_size=30), st.sampled_from(("", " last month vs target", " chart")))
def test_any_name_reads_back_from_its_canonical_words(label: str, rest: str) -> None:
    """A name with a letter or digit in it is found again, whatever else it holds."""
    assume(squash(label) and "&" not in label)
    named = Member("odd", label)
    assume(not any(squash(label) == squash(member.label) for member in MEMBERS["customer"]))
    members = {"customer": (*MEMBERS["customer"], named)}
    line = canonical(Query(("sales",), filters=(Filter("customer", (named,), exclude=True),))) + rest
    assert parse(line, CATALOGUE, members, NOBODY, MONDAY).filters == (
        Filter("customer", (named,), exclude=True),
    )


@CALM
@given(QUERIES, DAYS)
def test_any_question_reads_back_from_its_canonical_words(query: Query, today: date) -> None:
    """Whatever is asked, its canonical line is the same question on any day and for anybody."""
    line = canonical(query)
    assume(len(normalised(line)) <= LONGEST_LINE)
    assume(query.by or not (query.sizes or (query.top and "pairs" not in query.metrics)))
    names_rep = any(entry.dimension == "rep" for entry in query.filters)
    assume(names_rep or Compare(Baseline.TEAM) not in query.compare)
    assert _read(line, NOBODY, today) == query
    assert canonical(_read(line, NOBODY, today)) == line


@pytest.mark.parametrize(
    "size", sorted(name for name in CATALOGUE.metrics if CATALOGUE.metrics[name].dimensions)
)
def test_a_size_behind_any_metric_stays_a_size_of_its_own(size: str) -> None:
    """`nps response_rate:>=0%` is the NPS of the groups, although "nps response rate" is one name."""
    split = CATALOGUE.metrics[size].dimensions[0]
    bound = Sized(size, CATALOGUE.metrics[size].unit == "share", low=0.0)
    for name in CATALOGUE.metrics:
        query = Query((name,), sizes=(bound,), by=(split,))
        assert _read(canonical(query), NOBODY, MONDAY) == query


@CALM
@given(st.integers(1, 1200), GRAINS, DAYS)
def test_last_n_is_refused_or_reads_back(count: int, grain: Grain, today: date) -> None:
    """However far back `last N` goes, the answer's own line can be pasted again."""
    line = f"sales last {count} {grain}s"
    try:
        query = _read(line, today=today)
    except QueryError:
        assert last_complete(grain, today, 1).bounds()[0].year - count < 1900
        return
    assert query.period == last_complete(grain, today, count)
    assert _read(canonical(query), today=today + timedelta(days=400)) == query


def _refused_or_read(line: str) -> None:
    try:
        query = _read(line)
    except QueryError as refused:
        assert refused.message
        assert all(isinstance(suggestion, str) for suggestion in refused.suggestions)
    else:
        assert _read(canonical(query), NOBODY) == query


@CALM
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is typed alone or after a metric, nothing but QueryError comes out."""
    _refused_or_read(text)
    _refused_or_read(f"sales {text}")
    _refused_or_read(f"sales customer:{text}")


PIECES = sorted(
    {piece for line, _ in READ for piece in line.split(" ")}
    | {",", "-", ":", '"', "..", "<@", "²", "٣", "-1"}
)


@CALM
@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_good_words_in_any_order_are_read_or_refused(pieces: list[str]) -> None:
    """Shuffled pieces of right lines give a question that reads back, or a refusal."""
    _refused_or_read(" ".join(pieces))


@CALM
@given(st.sampled_from(READ), st.integers(0, 60), st.sampled_from("xé ²:,\"-.'<>@&;0\x00🚀"), st.booleans())
def test_a_mistyped_line_is_read_or_refused(row: tuple[str, str], at: int, character: str, add: bool) -> None:
    """One character too many, too few or wrong never breaks the reading."""
    line = row[0]
    _refused_or_read(line[:at] + character + line[at if add else at + 1 :])


@pytest.mark.parametrize(
    "character", ["a", "🚀", '"', ":", ",", "-", "<@", "rep:", "²", "&amp;", "\x00", " ", "\n", "1"]
)
def test_ten_thousand_characters_are_read_or_refused(character: str) -> None:
    """Long nonsense is refused at once, without a look at its words."""
    _refused_or_read("sales " + character * (10_000 // len(character)))
    _refused_or_read("sales " + character * (480 // len(character)))


def test_what_is_quoted_stays_as_it_is_written() -> None:
    """A dash between months and a short year are only put right outside a name."""
    line = 'sales customer:"Jan - Mar BV Jan-25" jan - mar'
    assert normalised(line) == 'sales customer:"Jan - Mar BV Jan-25" jan..mar'
