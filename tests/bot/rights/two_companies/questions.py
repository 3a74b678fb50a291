"""Random questions, as people of a small company type them, in English and Dutch."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from kpi_engine.domain.catalogue import Catalogue
from tests.bot.rights.two_companies.company import REPS

WayIn = Literal["command", "mention", "dm", "home", "share", "press", "window", "subscription", "posted"]
WayOut = Literal["text", "blocks", "terminal", "json", "csv", "xlsx"]

PERIODS = (
    "last month", "this month", "last week", "this week", "this year", "last year", "q3 2026", "yesterday",
    "today", "last 90 days", "2026-10", "2026-11-12", "2026", "all time", "last 6 months", "since 2026-02-01",
    "vorige maand", "deze maand", "dit jaar",
)  # fmt: skip
COMPARED = ("vs last year", "vs target", "vs previous", "vs 2026-09", "vs team", "vs vorig jaar")
FORMS = ("csv", "xlsx", "chart", "table", "sql", "share")
VERBS = (
    "status", "status", "status", "targets", "targets", "doelen", "targets last month", "my targets", "list", "list metrics", "list rep", "list team",
    "list customer", "help", "settings", "subscriptions", "define sales", "define profit", "define cac",
    "", "target sales", "instellingen", "doelen",
)  # fmt: skip
SUMMARIES = (
    "summary weekly", "summary monthly", "summary my week", "summary team week", "summary weekly details",
    "summary monthly details", "overzicht week",
)  # fmt: skip
TYPED = (
    "quinten",
    "lotte smets",
    "karim haddad",
    "jan",
    "zoe",
    "customer 71",
    "wes",
    "south",
    "nord",
    "quint",
)
"""Names as they are typed in a question without saying what they name."""


@dataclass(frozen=True)
class Question:
    """A line, how it comes in and how its answer goes out, in a language.

    `asks_for_team`: a rep may get a total of their team, which depends on colleagues' rows by its own rule.
    """

    line: str
    way_in: WayIn
    way_out: WayOut
    language: Literal["en", "nl"]

    @property
    def asks_for_team(self) -> bool:
        return any(word in self.line for word in ("team", "by rep", "ploeg"))


class Questions:
    """Draws questions about the metrics and dimensions of a catalogue."""

    def __init__(self, catalogue: Catalogue, random: Random) -> None:
        self._catalogue, self._random = catalogue, random
        self._metrics = tuple(catalogue.metrics)
        self._dimensions = tuple(catalogue.dimensions)

    def draw(self) -> Question:
        """Return a random question."""
        random = self._random
        way_in: WayIn = random.choices(
            ("command", "mention", "dm", "home", "share", "press", "window", "subscription", "posted"),
            (400, 140, 100, 15, 100, 80, 40, 80, 3),
        )[0]
        way_out: WayOut = random.choices(
            ("text", "blocks", "terminal", "json", "csv", "xlsx"), (25, 25, 10, 25, 10, 5)
        )[0]
        is_verb = way_in in ("command", "mention", "dm") and random.random() < 0.18
        verbs = SUMMARIES if self._maybe(0.05) else VERBS
        line = random.choice(verbs) if is_verb else self._question()
        return Question(line, way_in, way_out, random.choice(("en", "en", "nl")))

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    def _question(self) -> str:
        random, words = self._random, [self._metric()]
        if self._maybe(0.08):
            words[0] += f",{self._metric()}"
        is_split = self._maybe(0.45)
        if is_split:
            words.append(f"by {random.choice(self._dimensions)}")
            if self._maybe(0.1):
                words.append(f"by {random.choice(self._dimensions)}")
        if self._maybe(0.1):
            words.append("per " + random.choice(("month", "week", "quarter")))
        words += [self._filter() for _ in range(random.choices((0, 1, 2), (6, 4, 1))[0])]
        if self._maybe(0.75):
            words.append(random.choice(PERIODS))
        if self._maybe(0.2):
            words.append(random.choice(COMPARED))
        if is_split and self._maybe(0.2):
            words.append(random.choice(("top 3", "bottom 2", "top 1")))
        if is_split and self._maybe(0.12):
            words.append(f"{self._metric()}:>{random.choice((0, 1, 500))}")
        if self._maybe(0.18):
            words.append(random.choice(FORMS))
        if self._maybe(0.12):
            words = [random.choice(("why", "waarom")), *words]
        return " ".join(words)

    def _metric(self) -> str:
        metric = self._catalogue.metrics[self._random.choice(self._metrics)]
        aliases = [alias for alias in metric.aliases if self._maybe(0.1)]
        return aliases[0] if aliases else metric.name

    def _filter(self) -> str:
        random = self._random
        named = [f'rep:"{name}"' for name, _ in list(REPS.values())[:7]]
        choices = (
            (*named, "rep:me", "rep:kar", "rep:quinten", "rep:lotte", "team:north", "team:south", "team:wes"),
            ("source:website", "source:fairs", "-source:referral", "technique:visit", "segment:large"),
            (f'customer:"Customer {random.choice(tuple(REPS)) * 10 + random.randrange(4)}"',),
            ('product:"Product 1"', "category:boards", "region:coast", "region:inland", "campaign:spring"),
            ('-rep:"Jan Claes"', "-team:south", "-rep:me", random.choice(TYPED)),
        )
        return random.choice(random.choices(choices, (5, 4, 2, 2, 2))[0])
