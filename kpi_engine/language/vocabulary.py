"""The words that a line may hold, English and Dutch, and the names that a catalogue adds to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Baseline, Flag
from kpi_engine.domain.titles import Title
from kpi_engine.language.folding import UNITS, fold
from kpi_engine.language.period_phrases import PERIOD_WORDS

LONGEST_PHRASE = 5
"""Words of the longest name of a metric or dimension."""

BY = frozenset({"by", "per", "door", "volgens"})
RANKED_BY = BY | {"op", "on", "in", "naar", "for", "voor", "qua"}
"""Words before the metric by which something is ranked."""
VERSUS = frozenset(
    {
        "vs",
        "versus",
        "tov",
        "tgo",
        "tegenover",
        "against",
        "compared",
        "compare",
        "comparison",
        "vergeleken",
        "vergelijking",
        "vgl",
    }
)
TEN_OPZICHTE_VAN = ("ten", "opzichte", "van")
"""What is also written "t.o.v."."""
TOP = {"top": True, "best": True, "beste": True, "bottom": False, "worst": False, "slechtste": False}
NONE = frozenset({"none", "geen", "leeg"})
ME = frozenset({"me", "ik", "mij", "mezelf"})
MINE = ME | {"my", "mine", "mijn", "i"}
NOT = frozenset(
    {
        "don't",
        "doesn't",
        "isn't",
        "aren't",
        "not",
        "no",
        "niet",
        "geen",
        "without",
        "zonder",
        "except",
        "behalve",
        "excluding",
        "exclusief",
        "excl",
    }
)
EVERY = {
    "daily": Grain.DAY,
    "dagelijks": Grain.DAY,
    "weekly": Grain.WEEK,
    "wekelijks": Grain.WEEK,
    "monthly": Grain.MONTH,
    "maandelijks": Grain.MONTH,
    "quarterly": Grain.QUARTER,
    "yearly": Grain.YEAR,
    "jaarlijks": Grain.YEAR,
}
FLAGS: dict[str, Flag] = {
    "share": "share",
    "deel": "share",
    "chart": "chart",
    "grafiek": "chart",
    "table": "table",
    "tabel": "table",
    "csv": "csv",
    "xlsx": "xlsx",
    "excel": "xlsx",
    "sql": "sql",
}
AND = frozenset({",", "and", "en", "or", "&", "+"})
FILLERS = frozenset(
    {
        *("the", "de", "het", "in", "of", "van", "for", "voor", "please", "pls"),
        *("plz", "aub", "alsjeblieft", "graag", "show", "toon", "give", "geef", "our", "onze"),
        *("is", "are", "was", "were", "what", "wat", "how", "hoe", "many", "much"),
        *(
            "hoeveel",
            "and",
            "en",
            "or",
            "&",
            "+",
            "a",
            "an",
            "een",
            "veel",
            "tell",
            "send",
            "stuur",
            "see",
            "zie",
            "zien",
        ),
        *(
            "what's",
            "whats",
            "how's",
            "hows",
            "wat's",
            "do",
            "does",
            "did",
            "we",
            "get",
            "got",
            "have",
            "had",
        ),
        *(
            "has",
            "heb",
            "hebben",
            "heeft",
            "hadden",
            "krijgen",
            "kregen",
            "can",
            "could",
            "kan",
            "kunnen",
            "you",
            "je",
        ),
        *("laat", "during", "tijdens", "total", "totale", "totaal", "hi", "hey", "hello", "hallo", "hoi"),
        *("on", "over", "with", "at", "op", "met", "gewoon", "just", "only", "alleen", "enkel"),
        *("which", "welke", "welk", "currently", "momenteel", "then", "ook", "also"),
        *("thanks", "thx", "bedankt", "dank", "merci"),
    }
)
OF_US = (
    *(("i", "want"), ("i", "need"), ("can", "i"), ("could", "i"), ("may", "i"), ("i", "would", "like")),
    *(("ik", "wil"), ("wil", "ik"), ("kan", "ik"), ("mag", "ik"), ("ik", "zoek"), ("ik", "zou", "graag")),
)
"""Ways to begin in which "I" is only who asks."""
COUNTED = frozenset({"number", "nr", "aantal", "#"})
"""Words that say no more before a metric that counts."""
TO_ME = frozenset({"show", "give", "send", "tell", "toon", "geef", "stuur", "laat"})
"""Words after which "me" only means: to the one who asks."""
BASELINES: dict[tuple[str, ...], Baseline] = {
    ("previous",): Baseline.PREVIOUS,
    ("prev",): Baseline.PREVIOUS,
    ("previous", "period"): Baseline.PREVIOUS,
    ("last", "period"): Baseline.PREVIOUS,
    ("vorige",): Baseline.PREVIOUS,
    ("vorige", "periode"): Baseline.PREVIOUS,
    ("last", "year"): Baseline.LAST_YEAR,
    ("previous", "year"): Baseline.LAST_YEAR,
    ("ly",): Baseline.LAST_YEAR,
    ("vorig", "jaar"): Baseline.LAST_YEAR,
    ("vorige", "jaar"): Baseline.LAST_YEAR,
    ("last", "yr"): Baseline.LAST_YEAR,
    ("yoy",): Baseline.LAST_YEAR,
    **{
        (same, unit, *year): Baseline.LAST_YEAR
        for same, units, year in (
            ("same", ("period", "week", "month", "quarter"), ("last", "year")),
            ("zelfde", ("periode", "week", "maand", "kwartaal"), ("vorig", "jaar")),
            ("dezelfde", ("periode", "week", "maand"), ("vorig", "jaar")),
        )
        for unit in units
    },
    ("target",): Baseline.TARGET,
    ("targets",): Baseline.TARGET,
    ("quota",): Baseline.TARGET,
    ("doel",): Baseline.TARGET,
    ("doelen",): Baseline.TARGET,
    ("doelstelling",): Baseline.TARGET,
    ("doelstellingen",): Baseline.TARGET,
    ("budget",): Baseline.TARGET,
    ("plan",): Baseline.TARGET,
    ("goal",): Baseline.TARGET,
    ("goals",): Baseline.TARGET,
    ("team",): Baseline.TEAM,
    ("my", "team"): Baseline.TEAM,
    ("mijn", "team"): Baseline.TEAM,
    ("ons", "team"): Baseline.TEAM,
    ("none",): Baseline.NONE,
    ("nothing",): Baseline.NONE,
    ("niets",): Baseline.NONE,
    ("geen",): Baseline.NONE,
}
YEARLY = (("yoy",), ("y/y",), ("year", "on", "year"), ("year", "over", "year"), ("jaar", "op", "jaar"))
"""What compares with last year by itself, without "vs"."""
LONGEST_FIRST = sorted(BASELINES.items(), key=lambda entry: -len(entry[0]))

_OWN = frozenset((*BY, *VERSUS, *TOP, *EVERY, *FLAGS, *AND, *FILLERS, *NOT, *UNITS, *PERIOD_WORDS)) | {
    word for phrase in BASELINES for word in phrase
}

Names = Mapping[tuple[str, ...], str]
"""What each phrase, cut into words, means."""


def parts(token: str) -> list[str]:
    """Cut a bare token into words: `cost_per_lead` and `cost-per-lead` are three, `2026-07` is one."""
    if token[:1].isdigit():
        return [token.casefold()]
    short = token.casefold().rstrip(".")
    if short in ("t.o.v", "tov", "vs", "t.e.m"):
        return [short.replace(".", "")]
    if numbered := re.fullmatch(r"(top|bottom)(\d{1,4})", short):
        return [*numbered.groups()]
    return [word.rstrip(".") or word for word in re.split(r"[_\s-]+", fold(token)) if word]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one catalogue, cut into words."""

    metrics: Names
    dimensions: Names
    unmapped: Names
    near: Mapping[str, str]
    """What a mistyped word may have meant, and how it is written."""
    words: frozenset[str]
    """Every word that means something by itself or in a phrase."""


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """Return the names of a catalogue; they are cut once for each catalogue."""
    return _made(_Same(catalogue))


def longest(names: Names, texts: Sequence[str], at: int) -> int:
    """Return how many words the longest name has that stands at a place, 0 where none does."""
    for length in range(min(LONGEST_PHRASE, len(texts) - at), 0, -1):
        if tuple(texts[at : at + length]) in names:
            return length
    return 0


def typed_name(catalogue: Catalogue, dimension: str) -> Title:
    """Return the one word that people may type for a dimension: in Dutch its title, where that is read."""
    name = catalogue.titled(dimension).nl.lower()
    is_read = " " not in name and vocabulary_of(catalogue).dimensions.get(tuple(parts(name))) == dimension
    return Title(dimension, name if is_read else "")


def typed_metric(catalogue: Catalogue, metric: str) -> Title:
    """Return what people may type for a metric: in Dutch its title, where that is read."""
    name = catalogue.metrics[metric].title.nl.lower()
    is_read = vocabulary_of(catalogue).metrics.get(tuple(parts(name))) == metric
    return Title(metric, name if is_read else "")


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A catalogue that equals only itself, so that it can be remembered."""

    catalogue: Catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.catalogue is self.catalogue


@lru_cache(maxsize=16)
def _made(same: _Same) -> Vocabulary:
    catalogue = same.catalogue
    metrics = _phrases((name, entry.aliases) for name, entry in catalogue.metrics.items())
    dimensions = _phrases((name, entry.aliases) for name, entry in catalogue.dimensions.items())
    near = {" ".join(phrase): name for names in (metrics, dimensions) for phrase, name in names.items()}
    return Vocabulary(
        metrics,
        dimensions,
        _phrases((name, catalogue.unmapped_aliases.get(name, ())) for name in catalogue.unmapped),
        near | {flag: flag for flag in FLAGS},
        _OWN | {word for names in (metrics, dimensions) for phrase in names for word in phrase},
    )


def _phrases(entries: Iterable[tuple[str, Sequence[str]]]) -> Names:
    found: dict[tuple[str, ...], str] = {}
    for name, aliases in entries:
        for phrase in (name, *aliases):
            found.setdefault(tuple(parts(phrase)), name)
    return found
