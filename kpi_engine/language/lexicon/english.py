"""English. Also holds what every language types alike, such as "csv" and "ytd"."""

from __future__ import annotations

from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Baseline
from kpi_engine.language.lexicon.shape import (
    AlertWords,
    AmountWords,
    CommandWords,
    DoubtWords,
    Lexicon,
    Offered,
    PeriodWords,
    QuestionWords,
    ScheduleWords,
    SuggestionWords,
    numbered,
)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_OFFERED = Offered(
    last="last",
    units={
        Grain.DAY: "days",
        Grain.WEEK: "weeks",
        Grain.MONTH: "months",
        Grain.QUARTER: "quarters",
        Grain.YEAR: "years",
    },
    until_now=("this month", "this year", "all time"),
    fiscal={
        Grain.QUARTER: ("this fiscal quarter", "last fiscal quarter", "per fiscal quarter"),
        Grain.YEAR: ("this fiscal year", "last fiscal year", "per fiscal year"),
    },
    weekly="weekly",
    monthly="monthly",
    my_week="my week",
    team_week="team week",
    subscribe="subscribe",
    alert="alert",
    here="here",
    every_month="every month",
    every_weekday=tuple(f"every {day}" for day in _WEEKDAYS),
    working_day="every {nth} working day",
    every_day="every day",
    every_working_day="every working day",
    of_quarter="of the quarter",
    of_year="of the year",
    only_changes="only when changed",
    each_rep="for each rep",
    to_people="to {people}",
    me="me",
    choose_language="language",
    automatic="automatic",
    below="below",
    above="above",
    unusual="unusual",
    drop="drop",
    rise="rise",
    at_least="at least",
    cases="cases",
    change="by at least {amount}",
    quiet="quiet",
    any_time="any time",
)

_QUESTIONS = QuestionWords(
    by=frozenset({"by", "per"}),
    ranked_by=frozenset({"on", "in", "for"}),
    versus=frozenset({"vs", "versus", "against", "compared", "compare", "comparison"}),
    versus_links=frozenset({"to", "with"}),
    baselines={
        **dict.fromkeys(
            (("previous",), ("prev",), ("previous", "period"), ("last", "period")), Baseline.PREVIOUS
        ),
        **dict.fromkeys(
            (
                *(("last", "year"), ("previous", "year"), ("ly",), ("last", "yr"), ("yoy",)),
                *(("same", unit, "last", "year") for unit in ("period", "week", "month", "quarter")),
                *(("same", "fiscal", "quarter", "last", *year) for year in (("year",), ("fiscal", "year"))),
                ("same", "quarter", "last", "fiscal", "year"),
            ),
            Baseline.LAST_YEAR,
        ),
        **dict.fromkeys(
            (("target",), ("targets",), ("quota",), ("budget",), ("plan",), ("goal",), ("goals",)),
            Baseline.TARGET,
        ),
        **dict.fromkeys((("team",), ("my", "team")), Baseline.TEAM),
        **dict.fromkeys((("none",), ("nothing",)), Baseline.NONE),
    },
    year_on_year=(("yoy",), ("y/y",), ("year", "on", "year"), ("year", "over", "year")),
    top={"top": True, "best": True, "bottom": False, "worst": False},
    numbered_top=frozenset({"top", "bottom"}),
    every={
        "daily": Grain.DAY,
        "weekly": Grain.WEEK,
        "monthly": Grain.MONTH,
        "quarterly": Grain.QUARTER,
        "yearly": Grain.YEAR,
    },
    flags={
        "share": "share",
        "chart": "chart",
        "table": "table",
        "csv": "csv",
        "xlsx": "xlsx",
        "excel": "xlsx",
        "sql": "sql",
    },
    none=frozenset({"none"}),
    me=frozenset({"me"}),
    mine=frozenset({"my", "mine", "i"}),
    negations=frozenset(
        {
            *("don't", "doesn't", "isn't", "aren't", "not", "no", "without", "except", "excluding", "excl"),
        }
    ),
    conjunctions=frozenset({"and", "or"}),
    both=frozenset({"and"}),
    fillers=frozenset(
        {
            *("the", "in", "of", "for", "please", "pls", "plz", "show", "give", "our", "is", "are", "was"),
            *("were", "what", "how", "many", "much", "and", "or", "a", "an", "tell", "send", "see"),
            *("what's", "whats", "how's", "hows", "do", "does", "did", "we", "get", "got", "have", "had"),
            *("has", "can", "could", "you", "during", "total", "hi", "hey", "hello", "on", "over", "with"),
            *("at", "just", "only", "which", "currently", "then", "also", "thanks", "thx"),
        }
    ),
    openings=(
        *(("i", "want"), ("i", "need"), ("can", "i"), ("could", "i"), ("may", "i"), ("i", "would", "like")),
    ),
    number_of=frozenset({"number", "nr", "#"}),
    telling=frozenset({"show", "give", "send", "tell"}),
)

_PERIODS = PeriodWords(
    units={
        **dict.fromkeys(("day", "days", "daily"), Grain.DAY),
        **dict.fromkeys(("week", "weeks", "weekly", "wk", "wks"), Grain.WEEK),
        **dict.fromkeys(("month", "months", "monthly", "mth", "mths"), Grain.MONTH),
        **dict.fromkeys(("quarter", "quarters", "quarterly", "qtr"), Grain.QUARTER),
        **dict.fromkeys(("year", "years", "yearly", "yr", "yrs"), Grain.YEAR),
    },
    plurals=frozenset({"days", "weeks", "wks", "months", "mths", "quarters", "years", "yrs"}),
    weeks=frozenset({"week", "wk", "weeks"}),
    short_weeks=frozenset({"w", "wk", "week"}),
    quarters=frozenset({"quarter", "qtr"}),
    months=numbered(
        1,
        ("january", "jan"),
        ("february", "feb"),
        ("march", "mar"),
        ("april", "apr"),
        ("may",),
        ("june", "jun"),
        ("july", "jul"),
        ("august", "aug"),
        ("september", "sep", "sept"),
        ("october", "oct"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    weekdays={day: number for number, day in enumerate(_WEEKDAYS)},
    near_days={"today": 0, "yesterday": 1},
    this=frozenset({"this", "current"}),
    last=frozenset({"last", "past", "previous", "prev"}),
    year_before=frozenset({"last", "previous", "prev"}),
    year=frozenset({"year", "yr"}),
    to_date={"mtd": Grain.MONTH, "qtd": Grain.QUARTER, "ytd": Grain.YEAR, "wtd": Grain.WEEK},
    so_far=(("to", "date"), ("so", "far")),
    all_time=(("all", "time"), ("ever",), ("alltime",)),
    since=frozenset({"since"}),
    until=frozenset({"until", "till"}),
    start=frozenset({"from"}),
    between=frozenset({"between"}),
    to=frozenset({"to", "through", "thru"}),
    now=frozenset({"now", "date"}),
    of=frozenset({"of"}),
    the=frozenset({"the"}),
    one=frozenset({"a", "an", "one"}),
    counts=numbered(
        2,
        *zip(
            ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
            strict=True,
        ),
    ),
    ordinals=numbered(1, ("first",), ("second",), ("third",), ("fourth",), ("fifth",)),
    numbered_ordinals=numbered(1, ("1st",), ("2nd",), ("3rd",), ("4th",)),
    ordinal_endings=frozenset({"st", "nd", "rd", "th"}),
    number_signs=frozenset({"nr", "no", "number"}),
    halves=frozenset({"half", "semester"}),
    half=frozenset({"half"}),
    ago=frozenset({"ago"}),
    onwards=frozenset({"onwards", "onward"}),
    over=frozenset({"over"}),
    next=frozenset({"next", "coming", "upcoming"}),
    fiscal=frozenset({"fiscal"}),
    fiscal_years=(
        *(("fiscal", "year"), ("fiscal", "years"), ("fiscal", "yr"), ("financial", "year")),
        *(("financial", "years"), ("fy",), ("fys",)),
    ),
    fiscal_quarters=(
        *(("fiscal", "quarter"), ("fiscal", "quarters"), ("fiscal", "qtr"), ("financial", "quarter")),
        *(("financial", "quarters"), ("fq",)),
    ),
    fiscal_plurals=frozenset({"years", "quarters", "fys"}),
    fiscal_signs=frozenset({"fy"}),
    fiscal_quarter_signs=frozenset({"fq"}),
    fiscal_to_date={"fytd": Grain.YEAR, "fqtd": Grain.QUARTER},
)

_DOUBTS = DoubtWords(
    few=frozenset({"few", "couple", "several", "some"}),
    until_now=(
        *(("to", "date"), ("up", "to", "now"), ("up", "to", "date"), ("until", "now"), ("till", "now")),
        ("so", "far"),
    ),
    up_to=(("up", "to"), ("through",), ("thru",), ("to",)),
    before=(("before",), ("prior", "to")),
    after=(("after",),),
    begin=frozenset({"begin", "beginning", "start", "early"}),
    middle=frozenset({"mid", "middle", "half", "halfway"}),
    end=frozenset({"end", "late"}),
)

_SUGGESTIONS = SuggestionWords(
    meant={
        **dict.fromkeys(("mom", "m/m"), ("vs previous", "per month")),
        **dict.fromkeys(("wow", "w/w"), ("vs previous", "per week")),
        **dict.fromkeys(("qoq", "q/q"), ("vs previous", "per quarter")),
        "growth": ("vs previous", "vs last year"),
        **dict.fromkeys(("trend", "evolution"), ("per month chart",)),
        "who": ("by rep",),
        **dict.fromkeys(("sold", "sell"), ("sales",)),
        **dict.fromkeys(("most", "highest", "biggest", "largest"), ("top",)),
        **dict.fromkeys(("least", "lowest", "smallest"), ("bottom",)),
        **dict.fromkeys(("rolling", "trailing"), ("last",)),
        "lm": ("last month",),
        "lw": ("last week",),
        "lq": ("last quarter",),
        "ly": ("last year",),
        "yday": ("yesterday",),
        "tdy": ("today",),
    },
    whence={"from": ("", "since "), "next": ("this ",)},
    after_negation=frozenset({"from", "of", "include", "including", "show", "than"}),
    negations=(("other", "than"), ("apart", "from")),
    everybody=frozenset({"all", "every", "each"}),
    before=frozenset({"before", "earlier"}),
    on=frozenset({"on", "over"}),
    counting_back=("last",),
    relative_periods=(
        *("today", "yesterday", "this week", "last week", "this month", "last month", "this quarter"),
        *("last quarter", "this year", "last year", "all time", "this fiscal year", "last fiscal year"),
        *("this fiscal quarter", "last fiscal quarter", "fiscal year to date"),
    ),
    month_names=(
        *("january", "february", "march", "april", "june", "july", "august", "september", "october"),
        *("november", "december"),
    ),
    plural_units=tuple(_OFFERED.units.values()),
    single_units=("day", "week", "month", "quarter", "year"),
)

_SCHEDULES = ScheduleWords(
    every=frozenset({"every", "each"}),
    on=frozenset({"on"}),
    at=frozenset({"at", "@"}),
    of=frozenset({"in"}),
    short_weekdays=numbered(
        0,
        ("mon",),
        ("tue", "tues"),
        ("wed",),
        ("thu", "thur", "thurs"),
        ("fri",),
        ("sat",),
        ("sun",),
    ),
    plural_weekdays={f"{day}s": number for number, day in enumerate(_WEEKDAYS)},
    week=frozenset({"week", "wk"}),
    month=frozenset({"month"}),
    quarter=frozenset({"quarter"}),
    year=frozenset({"year"}),
    day=frozenset({"day"}),
    weekday=frozenset({"weekday", "weekdays"}),
    other_units=frozenset({"hour", "minute"}),
    working_day=(("working", "day"), ("business", "day"), ("workday",)),
    working_days=(("working", "days"), ("business", "days"), ("workdays",)),
    only_changes=(
        *(("only", when, "changed") for when in ("when", "if")),
        *(
            ("only", when, what, change)
            for when in ("when", "if")
            for what in ("it", "something", "anything")
            for change in ("changed", "changes")
        ),
        *(
            ("only", when, what, "has", "changed")
            for when in ("when", "if")
            for what in ("it", "something", "anything")
        ),
        ("only", "changes"),
        ("only", "on", "change"),
    ),
    recipients=frozenset({"to"}),
    rep=frozenset({"rep", "salesperson", "seller"}),
    last=frozenset({"last"}),
    hour_signs=frozenset({"h"}),
    hour=frozenset({"h", "o'clock", "oclock"}),
    towards=frozenset({"in", "to", "into", "on", "for"}),
    into=frozenset({"in", "into", "to"}),
    myself=frozenset({"me", "myself"}),
    here=frozenset({"here"}),
)

_COMMANDS = CommandWords(
    changed=frozenset({"change", "changed", "so"}),
    rising=frozenset(
        {
            *("up", "rise", "rises", "rising", "rose", "risen", "higher", "high", "more"),
            *(
                "increase",
                "increased",
                "increases",
                "increasing",
                "grow",
                "grows",
                "grew",
                "grown",
                "growing",
            ),
        }
    ),
    falling=frozenset(
        {
            *("drop", "dropped", "drops", "dropping", "down", "lower", "less", "low", "fall", "falls"),
            *("falling", "fell", "fallen", "dip", "decline", "declined", "declining", "decrease"),
            *("decreased", "decreases", "decreasing"),
        }
    ),
    everything=frozenset({"all", "every", "names"}),
    numbers=frozenset({"metrics", "numbers", "kpi", "kpis"}),
    about=frozenset({"with", "about", "on"}),
    no_target=frozenset({"none"}),
    sure=frozenset({"yes"}),
    details=frozenset({"details", "detail", "all"}),
    summary=frozenset({"summary"}),
    summaries={
        "weekly": "weekly",
        "week": "weekly",
        "monthly": "monthly",
        "month": "monthly",
        **dict.fromkeys(("my week", "personal week", "my monday"), "my_week"),
        **dict.fromkeys(("team week", "my team week", "my team's week", "team's week"), "team_week"),
    },
    language=frozenset({"language", "lang"}),
    choosing=frozenset({"to", "in", "the", "="}),
    speak=frozenset({"speak", "talk"}),
    languages={
        **dict.fromkeys(("en", "english"), "en"),
        **dict.fromkeys(("nl", "dutch"), "nl"),
    },
    automatic=frozenset({"auto", "automatic", "slack"}),
    number_signs=frozenset({"#", "nr", "nr.", "no.", "number"}),
)

_ALERTS = AlertWords(
    below=(
        *(("below",), ("under",), ("beneath",), ("less", "than"), ("fewer", "than"), ("lower", "than")),
        ("smaller", "than"),
    ),
    above=(
        *(("above",), ("over",), ("more", "than"), ("higher", "than"), ("greater", "than")),
        *(("larger", "than"), ("exceeds",), ("exceed",)),
    ),
    unusual=frozenset({"unusual", "unusually", "odd", "strange", "abnormal", "anomalous", "weird"}),
    moving=frozenset(
        {
            *("is", "are", "be", "get", "gets", "go", "goes", "come", "comes", "become", "becomes"),
            *("look", "looks", "turn", "turns"),
        }
    ),
    when=frozenset({"when", "if", "once", "whenever"}),
    warning=(("tell", "me"), ("warn", "me"), ("notify", "me"), ("let", "me", "know"), ("ping", "me")),
    least=(("at", "least"), ("min",), ("minimum",)),
    cases=frozenset({"cases", "case"}),
    by=frozenset({"by", "with", "from"}),
    quiet=frozenset({"quiet"}),
    until=frozenset({"to", "until", "till"}),
    anytime=(("any", "time"), ("anytime",), ("at", "any", "time"), ("at", "any", "hour")),
    stop=frozenset({"stop", "delete", "remove"}),
    pause=frozenset({"pause"}),
    resume=frozenset({"resume"}),
    snooze=frozenset({"snooze", "mute"}),
    duration=frozenset({"for"}),
)

ENGLISH = Lexicon(
    "en",
    _OFFERED,
    _QUESTIONS,
    _PERIODS,
    _DOUBTS,
    _SUGGESTIONS,
    AmountWords({"million": 1_000_000, "m": 1_000_000, "k": 1_000}),
    _SCHEDULES,
    _COMMANDS,
    _ALERTS,
)
