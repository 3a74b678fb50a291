"""Dutch, as it is spoken in the Netherlands and in Flanders."""

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

_WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

_OFFERED = Offered(
    last="laatste",
    units={
        Grain.DAY: "dagen",
        Grain.WEEK: "weken",
        Grain.MONTH: "maanden",
        Grain.QUARTER: "kwartalen",
        Grain.YEAR: "jaren",
    },
    until_now=("deze maand", "dit jaar", "alles"),
    fiscal={
        Grain.QUARTER: ("dit fiscaal kwartaal", "vorig fiscaal kwartaal", "per fiscaal kwartaal"),
        Grain.YEAR: ("dit boekjaar", "vorig boekjaar", "per boekjaar"),
    },
    weekly="wekelijks",
    monthly="maandelijks",
    my_week="mijn week",
    team_week="week van mijn team",
    subscribe="abonneer",
    alert="waarschuw",
    here="hier",
    every_month="elke maand",
    every_weekday=tuple(f"elke {day}" for day in _WEEKDAYS),
    working_day="elke {number}e werkdag",
    every_day="elke dag",
    every_working_day="elke werkdag",
    of_quarter="van het kwartaal",
    of_year="van het jaar",
    only_changes="alleen bij verandering",
    each_rep="voor elke verkoper",
    to_people="aan {people}",
    me="mij",
    choose_language="taal",
    automatic="automatisch",
    below="onder",
    above="boven",
    unusual="ongewoon",
    drop="daalt",
    rise="stijgt",
    at_least="minstens",
    cases="gevallen",
    change="minstens {amount} verschil",
    quiet="stil",
    any_time="altijd",
)

_QUESTIONS = QuestionWords(
    by=frozenset({"per", "door", "volgens"}),
    ranked_by=frozenset({"op", "in", "naar", "voor", "qua"}),
    versus=frozenset({"versus", "tov", "tgo", "tegenover", "vergeleken", "vergelijking", "vgl"}),
    versus_phrases=(("ten", "opzichte", "van"),),
    versus_links=frozenset({"met"}),
    baselines={
        **dict.fromkeys((("vorige",), ("vorige", "periode")), Baseline.PREVIOUS),
        **dict.fromkeys(
            (
                *(("vorig", "jaar"), ("vorige", "jaar")),
                *(("zelfde", unit, "vorig", "jaar") for unit in ("periode", "week", "maand", "kwartaal")),
                *(("dezelfde", unit, "vorig", "jaar") for unit in ("periode", "week", "maand")),
                *(("zelfde", unit, "vorig", "boekjaar") for unit in ("kwartaal", "boekkwartaal")),
                ("zelfde", "boekkwartaal", "vorig", "jaar"),
                ("zelfde", "fiscaal", "kwartaal", "vorig", "jaar"),
            ),
            Baseline.LAST_YEAR,
        ),
        **dict.fromkeys(
            (("doel",), ("doelen",), ("doelstelling",), ("doelstellingen",)),
            Baseline.TARGET,
        ),
        **dict.fromkeys((("mijn", "team"), ("ons", "team")), Baseline.TEAM),
        **dict.fromkeys((("niets",), ("geen",)), Baseline.NONE),
    },
    year_on_year=(("jaar", "op", "jaar"),),
    top={"top": True, "beste": True, "slechtste": False},
    every={
        "dagelijks": Grain.DAY,
        "wekelijks": Grain.WEEK,
        "maandelijks": Grain.MONTH,
        "driemaandelijks": Grain.QUARTER,
        "jaarlijks": Grain.YEAR,
    },
    flags={"deel": "share", "grafiek": "chart", "tabel": "table"},
    none=frozenset({"geen", "leeg"}),
    me=frozenset({"ik", "mij", "mezelf"}),
    mine=frozenset({"mijn"}),
    negations=frozenset({"niet", "geen", "zonder", "behalve", "exclusief", "excl"}),
    conjunctions=frozenset({"en"}),
    both=frozenset({"en"}),
    fillers=frozenset(
        {
            *("de", "het", "in", "of", "van", "voor", "aub", "alsjeblieft", "graag", "toon", "geef", "onze"),
            *("is", "was", "wat", "hoe", "hoeveel", "en", "een", "veel", "stuur", "zie", "zien", "wat's"),
            *("heb", "hebben", "heeft", "hadden", "krijgen", "kregen", "kan", "kunnen", "je", "laat"),
            *("tijdens", "totale", "totaal", "hallo", "hoi", "op", "over", "met", "gewoon", "alleen"),
            *("enkel", "welke", "welk", "momenteel", "ook", "bedankt", "dank", "merci"),
        }
    ),
    openings=(
        *(("ik", "wil"), ("wil", "ik"), ("kan", "ik"), ("mag", "ik"), ("ik", "zoek"), ("ik", "zou", "graag")),
    ),
    number_of=frozenset({"nr", "aantal"}),
    telling=frozenset({"toon", "geef", "stuur", "laat"}),
    abbreviations=frozenset({"t.o.v", "t.e.m"}),
)

_PERIODS = PeriodWords(
    units={
        **dict.fromkeys(("dag", "dagen"), Grain.DAY),
        **dict.fromkeys(("week", "weken"), Grain.WEEK),
        **dict.fromkeys(("maand", "maanden", "mnd"), Grain.MONTH),
        **dict.fromkeys(("kwartaal", "kwartalen"), Grain.QUARTER),
        **dict.fromkeys(("jaar", "jaren"), Grain.YEAR),
    },
    plurals=frozenset({"dagen", "weken", "maanden", "kwartalen", "jaren"}),
    weeks=frozenset({"week", "weken"}),
    short_weeks=frozenset({"w", "wk", "week"}),
    quarters=frozenset({"kwartaal"}),
    months=numbered(
        1,
        ("januari", "jan"),
        ("februari", "feb"),
        ("maart", "mrt"),
        ("april", "apr"),
        ("mei",),
        ("juni", "jun"),
        ("juli", "jul"),
        ("augustus", "aug"),
        ("september", "sep", "sept"),
        ("oktober", "okt"),
        ("november", "nov"),
        ("december", "dec"),
    ),
    weekdays={day: number for number, day in enumerate(_WEEKDAYS)},
    near_days={"vandaag": 0, "gisteren": 1, "eergisteren": 2},
    this=frozenset({"deze", "dit", "huidige", "huidig", "lopende", "lopend"}),
    last=frozenset({"vorige", "vorig", "laatste", "afgelopen", "voorbije"}),
    year_before=frozenset({"vorig", "vorige"}),
    year=frozenset({"jaar"}),
    all_time=(("alles",), ("ooit",)),
    since=frozenset({"sinds", "vanaf"}),
    until=frozenset({"tot"}),
    start=frozenset({"van"}),
    between=frozenset({"tussen"}),
    to=frozenset({"t/m", "tem"}),
    through=(("tot", "en", "met"),),
    now=frozenset({"nu"}),
    now_phrases=(("nu", "toe"),),
    of=frozenset({"van"}),
    the=frozenset({"de", "het"}),
    one=frozenset({"een"}),
    counts=numbered(
        2,
        *zip(
            ("twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"),
            strict=True,
        ),
    ),
    ordinals=numbered(1, ("eerste",), ("tweede",), ("derde",), ("vierde",), ("vijfde",)),
    numbered_ordinals=numbered(1, ("1e", "1ste"), ("2e", "2de"), ("3e", "3de"), ("4e", "4de")),
    ordinal_endings=frozenset({"e", "de", "ste"}),
    number_signs=frozenset({"nr", "nummer"}),
    halves=frozenset({"half", "helft", "halfjaar", "semester"}),
    half=frozenset({"half"}),
    inflected_half=frozenset({"halve"}),
    ago=frozenset({"geleden", "terug"}),
    over=frozenset({"over"}),
    next=frozenset({"volgend", "volgende", "komend", "komende"}),
    fiscal=frozenset({"fiscaal", "fiscale"}),
    fiscal_years=(("fiscaal", "jaar"), ("fiscale", "jaren"), ("boekjaar",), ("boekjaren",)),
    fiscal_quarters=(
        *(("fiscaal", "kwartaal"), ("fiscale", "kwartalen"), ("boekkwartaal",), ("boekkwartalen",)),
    ),
    fiscal_plurals=frozenset({"jaren", "boekjaren", "kwartalen", "boekkwartalen"}),
    fiscal_signs=frozenset({"bj", "boekjaar"}),
)

_DOUBTS = DoubtWords(
    few=frozenset({"paar", "enkele", "aantal"}),
    until_now=(("tot", "nu", "toe"), ("tot", "op", "heden"), ("tot", "nu")),
    up_to=(("t/m",), ("tem",)),
    after=(("na",),),
    begin=frozenset({"begin", "vroeg"}),
    middle=frozenset({"midden", "half", "halverwege"}),
    end=frozenset({"eind", "einde"}),
    quarter_or_week=frozenset({"kw"}),
)

_SUGGESTIONS = SuggestionWords(
    meant={
        "groei": ("vs previous", "vs last year"),
        **dict.fromkeys(("evolutie", "verloop"), ("per month chart",)),
        "wie": ("by rep",),
        "verkocht": ("sales",),
        **dict.fromkeys(("meeste", "meest", "hoogste", "grootste"), ("top",)),
        **dict.fromkeys(("minste", "minst", "laagste", "kleinste"), ("bottom",)),
        **dict.fromkeys(("ivm", "i.v.m"), ("vs",)),
    },
    whence={"volgende": ("deze ",)},
    after_negation=frozenset({"van", "of", "uit", "toon", "dan"}),
    negations=(("anders", "dan"), ("andere", "dan"), ("buiten",)),
    everybody=frozenset({"alle", "elke", "iedere", "ieder", "elk"}),
    before=frozenset({"ervoor", "daarvoor"}),
    on=frozenset({"over", "op"}),
    counting_back=("laatste", "afgelopen"),
    relative_periods=(
        *("vandaag", "gisteren", "deze week", "vorige week", "deze maand", "vorige maand", "dit kwartaal"),
        *("vorig kwartaal", "dit jaar", "vorig jaar", "dit boekjaar", "vorig boekjaar"),
        *("dit fiscaal kwartaal", "vorig fiscaal kwartaal"),
    ),
    month_names=("januari", "februari", "maart", "juni", "juli", "augustus", "oktober"),
    plural_units=tuple(_OFFERED.units.values()),
    single_units=("dag", "week", "maand", "kwartaal", "jaar"),
)

_SCHEDULES = ScheduleWords(
    every=frozenset({"elke", "elk", "iedere", "ieder"}),
    on=frozenset({"op"}),
    at=frozenset({"om"}),
    of=frozenset({"in"}),
    short_weekdays=numbered(0, ("ma",), ("di",), ("wo",), ("do",), ("vr",), ("za",), ("zo",)),
    plural_weekdays={f"{day}en": number for number, day in enumerate(_WEEKDAYS)},
    week=frozenset({"week"}),
    month=frozenset({"maand"}),
    quarter=frozenset({"kwartaal"}),
    year=frozenset({"jaar"}),
    day=frozenset({"dag"}),
    weekday=frozenset({"weekdag", "weekdagen"}),
    other_units=frozenset({"uur", "minuut"}),
    working_day=(("werkdag",),),
    working_days=(("werkdagen",),),
    only_changes=(
        *(
            (only, "bij", change)
            for only in ("alleen", "enkel")
            for change in ("verandering", "veranderingen", "wijziging", "wijzigingen")
        ),
        *(
            (only, when, "er", "iets", *change)
            for only in ("alleen", "enkel")
            for when in ("als", "wanneer")
            for change in (
                ("verandert",),
                ("wijzigt",),
                ("veranderd", "is"),
                ("gewijzigd", "is"),
                ("is", "veranderd"),
                ("is", "gewijzigd"),
            )
        ),
    ),
    recipients=frozenset({"aan", "naar"}),
    rep=frozenset({"verkoper", "vertegenwoordiger"}),
    last=frozenset({"laatste"}),
    hour_signs=frozenset({"u", "uur"}),
    hour=frozenset({"uur", "u"}),
    towards=frozenset({"in", "naar", "op", "voor", "aan"}),
    into=frozenset({"in", "naar"}),
    myself=frozenset({"mij", "mezelf"}),
    here=frozenset({"hier"}),
)

_COMMANDS = CommandWords(
    changed=frozenset({"zo", "verandert", "veranderde", "veranderd"}),
    rising=frozenset(
        {
            *("stijgt", "stijgen", "steeg", "stegen", "stijging", "gestegen", "hoger", "hoog", "meer"),
            *("omhoog", "groeit", "groeien", "groeide", "gegroeid"),
        }
    ),
    falling=frozenset(
        {
            *("daalt", "dalen", "daalde", "daalden", "daling", "gedaald", "lager", "laag", "minder"),
            *("zakt", "zakken", "zakte", "zakten", "gezakt", "omlaag"),
        }
    ),
    everything=frozenset({"alle", "namen"}),
    numbers=frozenset({"kpi", "kpis", "cijfers", "getallen"}),
    about=frozenset({"met", "over", "bij"}),
    no_target=frozenset({"geen"}),
    sure=frozenset({"ja"}),
    details=frozenset({"details", "alles"}),
    summary=frozenset({"overzicht", "samenvatting"}),
    summaries={
        "wekelijks": "weekly",
        "week": "weekly",
        "maandelijks": "monthly",
        "maand": "monthly",
        **dict.fromkeys(("mijn week", "mijn maandag"), "my_week"),
        **dict.fromkeys(("teamweek", "mijn teamweek", "week van mijn team", "mijn team"), "team_week"),
    },
    language=frozenset({"taal"}),
    choosing=frozenset({"in", "naar", "het"}),
    speak=frozenset({"spreek", "praat"}),
    languages={
        "engels": "en",
        **dict.fromkeys(("nederlands", "vlaams"), "nl"),
    },
    automatic=frozenset({"automatisch"}),
    number_signs=frozenset({"nr", "nr.", "nummer"}),
)

_ALERTS = AlertWords(
    below=(("onder",), ("beneden",), ("minder", "dan"), ("lager", "dan"), ("kleiner", "dan")),
    above=(("boven",), ("meer", "dan"), ("hoger", "dan"), ("groter", "dan")),
    unusual=frozenset({"ongewoon", "ongewone", "abnormaal", "vreemd", "afwijkend", "afwijkt", "afwijken"}),
    moving=frozenset(
        {"is", "zijn", "komt", "komen", "gaat", "gaan", "valt", "vallen", "wordt", "worden", "ligt", "liggen"}
    ),
    when=frozenset({"als", "wanneer", "zodra", "indien"}),
    warning=(
        *(("zeg", "me"), ("zeg", "mij"), ("meld", "me"), ("meld", "mij"), ("laat", "me", "weten")),
        ("verwittig", "me"),
        ("verwittig", "mij"),
    ),
    least=(("minstens",), ("minimaal",), ("ten", "minste")),
    cases=frozenset({"gevallen", "geval"}),
    by=frozenset({"met", "vanaf", "verschil"}),
    quiet=frozenset({"stil"}),
    until=frozenset({"tot"}),
    anytime=(("altijd",), ("op", "elk", "uur")),
    stop=frozenset({"stop", "verwijder", "wis"}),
    pause=frozenset({"pauzeer", "pauze"}),
    resume=frozenset({"hervat"}),
    snooze=frozenset({"sluimer", "demp"}),
    duration=frozenset({"voor"}),
)

DUTCH = Lexicon(
    "nl",
    _OFFERED,
    _QUESTIONS,
    _PERIODS,
    _DOUBTS,
    _SUGGESTIONS,
    AmountWords({"miljoen": 1_000_000, "mln": 1_000_000, "mio": 1_000_000}),
    _SCHEDULES,
    _COMMANDS,
    _ALERTS,
)
