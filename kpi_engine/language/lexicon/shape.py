"""What the lexicon of a language holds. A field that a language has no words for stays empty.

A word is in lower case and without accents, as typed words are compared. A phrase is a tuple of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Baseline, Flag

Words = frozenset[str]
Phrase = tuple[str, ...]
Phrases = tuple[Phrase, ...]

_NO_WORDS: Words = frozenset()


def numbered(first: int, *rows: Sequence[str]) -> dict[str, int]:
    """Return the number of each word: that of its row, the first row being number `first`."""
    return {word: number for number, words in enumerate(rows, start=first) for word in words}


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words around metrics, dimensions and names."""

    by: Words = _NO_WORDS
    """Before a split."""
    ranked_by: Words = _NO_WORDS
    """Before the metric of a ranking, besides `by`: "top 5 customers in sales"."""
    versus: Words = _NO_WORDS
    """Before what is compared with."""
    versus_phrases: Phrases = ()
    """The same in several words."""
    versus_links: Words = _NO_WORDS
    """Between "compared" and what is compared with."""
    baselines: Mapping[Phrase, Baseline] = field(default_factory=dict)
    """What is compared with."""
    year_on_year: Phrases = ()
    """What compares with last year without "vs"."""
    top: Mapping[str, bool] = field(default_factory=dict)
    """Words of a ranking; True for the best."""
    numbered_top: Words = _NO_WORDS
    """Those of `top` that a number may be written against: "top5"."""
    every: Mapping[str, Grain] = field(default_factory=dict)
    """How often: "weekly"."""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    """The form of an answer."""
    none: Words = _NO_WORDS
    """The lack of a member, as a filter's value."""
    me: Words = _NO_WORDS
    """The asker, as a filter's value."""
    mine: Words = _NO_WORDS
    """The asker in other grammatical forms."""
    negations: Words = _NO_WORDS
    """Words that leave out what follows them."""
    conjunctions: Words = _NO_WORDS
    """And, or."""
    both: Words = _NO_WORDS
    """And, between the ends of "between A and B"."""
    fillers: Words = _NO_WORDS
    """Words that change nothing."""
    openings: Phrases = ()
    """Phrases in which "I" is only the person who asks."""
    number_of: Words = _NO_WORDS
    """Words that change nothing before a metric that counts."""
    telling: Words = _NO_WORDS
    """Verbs after which "me" is only the person who is told."""
    abbreviations: Words = _NO_WORDS
    """Abbreviations with points between their letters; the last point may be missing."""


@dataclass(frozen=True, slots=True)
class PeriodWords:
    """The words that periods are made of."""

    units: Mapping[str, Grain] = field(default_factory=dict)
    plurals: Words = _NO_WORDS
    """Units in the plural: "last months" lacks its number."""
    weeks: Words = _NO_WORDS
    """Words before a week's number."""
    short_weeks: Words = _NO_WORDS
    """Those that the number may be written against: "w40"."""
    quarters: Words = _NO_WORDS
    """Words before a quarter's number."""
    months: Mapping[str, int] = field(default_factory=dict)
    weekdays: Mapping[str, int] = field(default_factory=dict)
    """Full names, Monday 0."""
    near_days: Mapping[str, int] = field(default_factory=dict)
    """Today and the days before it, by how many days back."""
    this: Words = _NO_WORDS
    last: Words = _NO_WORDS
    year_before: Words = _NO_WORDS
    """Those of `last` that may stand before "year" behind a name: "october last year"."""
    year: Words = _NO_WORDS
    """One year, not several."""
    to_date: Mapping[str, Grain] = field(default_factory=dict)
    """Abbreviations such as "ytd"."""
    so_far: Phrases = ()
    """Up to now, behind a period."""
    all_time: Phrases = ()
    since: Words = _NO_WORDS
    until: Words = _NO_WORDS
    start: Words = _NO_WORDS
    """From, before the first end of a range."""
    between: Words = _NO_WORDS
    to: Words = _NO_WORDS
    """Between the ends of a range, besides `until`."""
    through: Phrases = ()
    """Phrases for "to" that include the last end, each beginning with a word of `to` or `until`."""
    now: Words = _NO_WORDS
    now_phrases: Phrases = ()
    """Phrases for "now", each beginning with a word of `now`."""
    of: Words = _NO_WORDS
    the: Words = _NO_WORDS
    one: Words = _NO_WORDS
    counts: Mapping[str, int] = field(default_factory=dict)
    """Numbers in words, from two."""
    ordinals: Mapping[str, int] = field(default_factory=dict)
    """First to fifth, in words."""
    numbered_ordinals: Mapping[str, int] = field(default_factory=dict)
    """First to fourth, in digits: "1st"."""
    ordinal_endings: Words = _NO_WORDS
    """What is written against the digits of an ordinal."""
    number_signs: Words = _NO_WORDS
    """Number, before digits: "week nr 40"."""
    halves: Words = _NO_WORDS
    """Half a year, or half of something."""
    half: Words = _NO_WORDS
    """Those of `halves` that may stand before "year"."""
    inflected_half: Words = _NO_WORDS
    """Other forms of `half`, read only where it is asked what they mean."""
    ago: Words = _NO_WORDS
    onwards: Words = _NO_WORDS
    over: Words = _NO_WORDS
    """Over, in "over the last 6 months"."""
    next: Words = _NO_WORDS
    """Next, before a fiscal unit."""
    fiscal: Words = _NO_WORDS
    """Fiscal, before a quarter or a year in digits: "fiscal q2"."""
    fiscal_years: Phrases = ()
    """Fiscal year and fiscal years, the longest first."""
    fiscal_quarters: Phrases = ()
    fiscal_plurals: Words = _NO_WORDS
    """Last words of fiscal units in the plural."""
    fiscal_signs: Words = _NO_WORDS
    """What a fiscal year's number may be written against: "fy26"."""
    fiscal_quarter_signs: Words = _NO_WORDS
    """What a fiscal quarter's number may be written against: "fq2"."""
    fiscal_to_date: Mapping[str, Grain] = field(default_factory=dict)
    """Abbreviations such as "fytd"."""


@dataclass(frozen=True, slots=True)
class DoubtWords:
    """Words of periods that are asked about, because they can mean several."""

    few: Words = _NO_WORDS
    """An unknown number: "a few weeks"."""
    until_now: Phrases = ()
    up_to: Phrases = ()
    before: Phrases = ()
    after: Phrases = ()
    begin: Words = _NO_WORDS
    middle: Words = _NO_WORDS
    end: Words = _NO_WORDS
    quarter_or_week: Words = _NO_WORDS
    """Abbreviations that are a quarter in one language and a week in another."""


@dataclass(frozen=True, slots=True)
class SuggestionWords:
    """Words that are no part of a question, and what is suggested for them."""

    meant: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What people mean by a word, in words that can be read."""
    whence: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The same for words before a period."""
    after_negation: Words = _NO_WORDS
    """Words that may stand between "not" and the name that it leaves out, besides fillers."""
    negations: Phrases = ()
    """Phrases that leave out what follows them."""
    everybody: Words = _NO_WORDS
    """Every, before a dimension."""
    before: Words = _NO_WORDS
    """Behind a unit, the one before it: "the month before"."""
    on: Words = _NO_WORDS
    """Between two units: "month on month"."""
    counting_back: Sequence[str] = ()
    """Words that a mistyped "last" before a number is compared with."""
    relative_periods: Sequence[str] = ()
    """Periods that a mistyped one is compared with."""
    month_names: Sequence[str] = ()
    """Full names of months that a mistyped one is compared with."""
    plural_units: Sequence[str] = ()
    """Units that a mistyped one behind a number is compared with."""
    single_units: Sequence[str] = ()
    """Units that a mistyped one behind "this" or "last" is compared with."""


@dataclass(frozen=True, slots=True)
class AmountWords:
    """The words of numbers."""

    times: Mapping[str, int] = field(default_factory=dict)
    """What is written behind a number that it multiplies."""


@dataclass(frozen=True, slots=True)
class ScheduleWords:
    """When something is sent and where to, besides the words of periods."""

    every: Words = _NO_WORDS
    on: Words = _NO_WORDS
    at: Words = _NO_WORDS
    of: Words = _NO_WORDS
    """Of, before "the month", besides the one of periods."""
    short_weekdays: Mapping[str, int] = field(default_factory=dict)
    plural_weekdays: Mapping[str, int] = field(default_factory=dict)
    week: Words = _NO_WORDS
    month: Words = _NO_WORDS
    quarter: Words = _NO_WORDS
    year: Words = _NO_WORDS
    day: Words = _NO_WORDS
    weekday: Words = _NO_WORDS
    """Any weekday, or weekdays."""
    other_units: Words = _NO_WORDS
    """Units in which nothing is sent."""
    working_day: Phrases = ()
    working_days: Phrases = ()
    """The plural."""
    only_changes: Phrases = ()
    """What leaves out a post without a changed figure."""
    recipients: Words = _NO_WORDS
    """Before people whom something is sent to."""
    rep: Words = _NO_WORDS
    """A rep, as one of all who get something."""
    last: Words = _NO_WORDS
    """Counted from the end of the month."""
    hour_signs: Words = _NO_WORDS
    """What is written between hours and minutes: "14u30"."""
    hour: Words = _NO_WORDS
    """What is written behind an hour: "9 uur"."""
    towards: Words = _NO_WORDS
    """Before a channel or a person."""
    into: Words = _NO_WORDS
    """Those of `towards` that may stand before a channel without its sign."""
    myself: Words = _NO_WORDS
    here: Words = _NO_WORDS
    """The channel where a line is typed."""


@dataclass(frozen=True, slots=True)
class CommandWords:
    """Words behind a command's name. The names themselves are with each command."""

    changed: Words = _NO_WORDS
    """Words for the change that `why` explains anyway."""
    rising: Words = _NO_WORDS
    """Words behind `why` that take for granted that a figure rose."""
    falling: Words = _NO_WORDS
    """Words behind `why` that take for granted that a figure fell."""
    everything: Words = _NO_WORDS
    """What may be listed without saying more: all of it."""
    numbers: Words = _NO_WORDS
    """The metrics, as something to list."""
    about: Words = _NO_WORDS
    """Before what help is asked for."""
    no_target: Words = _NO_WORDS
    """In place of a target's number, to take it back."""
    sure: Words = _NO_WORDS
    """Behind a target that is set whatever it was before."""
    summary: Words = _NO_WORDS
    """A summary, beside its name."""
    summaries: Mapping[str, str] = field(default_factory=dict)
    """What the shipped summaries are called, of one word or more, and their names."""
    details: Words = _NO_WORDS
    """Behind a summary's name, for everything that stands in its thread."""
    language: Words = _NO_WORDS
    """Language, before one that is chosen."""
    choosing: Words = _NO_WORDS
    """Before a language that is chosen."""
    speak: Words = _NO_WORDS
    """Verbs before a language that is chosen."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """What languages are called, with their codes."""
    automatic: Words = _NO_WORDS
    """The language that Slack is set to."""
    number_signs: Words = _NO_WORDS
    """Number, before a subscription's."""


@dataclass(frozen=True, slots=True)
class AlertWords:
    """What a figure is watched for, besides the words of schedules and commands."""

    below: Phrases = ()
    above: Phrases = ()
    """Before the bound of a figure."""
    unusual: Words = _NO_WORDS
    moving: Words = _NO_WORDS
    """Verbs around what is waited for: "is below", "onder 15% komt"."""
    when: Words = _NO_WORDS
    """Before the figure: "when sales drop"."""
    warning: Phrases = ()
    """What begins such a line in place of the command's name: "tell me"."""
    least: Phrases = ()
    """At least, before a floor."""
    cases: Words = _NO_WORDS
    """Behind a floor that counts cases."""
    by: Words = _NO_WORDS
    """Before a floor, and behind one that is a difference."""
    quiet: Words = _NO_WORDS
    """Before the hours in which nothing is sent."""
    until: Words = _NO_WORDS
    """Between two hours."""
    anytime: Phrases = ()
    """Without quiet hours."""
    stop: Words = _NO_WORDS
    pause: Words = _NO_WORDS
    resume: Words = _NO_WORDS
    snooze: Words = _NO_WORDS
    duration: Words = _NO_WORDS
    """Before how long: "for 2 days"."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The words of the lines that are offered to people who type in a language.

    `working_day` holds `{nth}` (2nd) or `{number}` (2), and `to_people` holds `{people}`.
    """

    last: str
    units: Mapping[Grain, str]
    """Units in the plural."""
    until_now: Sequence[str]
    """Periods that run until now, the shortest first."""
    fiscal: Mapping[Grain, Sequence[str]]
    """What may be meant by a fiscal quarter or year alone: the running one, the last, and a series."""
    weekly: str
    monthly: str
    my_week: str
    team_week: str
    subscribe: str
    alert: str
    here: str
    every_month: str
    every_weekday: Sequence[str]
    working_day: str
    every_day: str
    every_working_day: str
    of_quarter: str
    of_year: str
    only_changes: str
    each_rep: str
    to_people: str
    me: str
    choose_language: str
    automatic: str
    below: str
    above: str
    unusual: str
    drop: str
    rise: str
    at_least: str
    cases: str
    change: str
    """A floor that is a difference, with `{amount}`."""
    quiet: str
    any_time: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words of one language. `code` is its ISO 639 code."""

    code: str
    offered: Offered
    questions: QuestionWords = field(default_factory=QuestionWords)
    periods: PeriodWords = field(default_factory=PeriodWords)
    doubts: DoubtWords = field(default_factory=DoubtWords)
    suggestions: SuggestionWords = field(default_factory=SuggestionWords)
    amounts: AmountWords = field(default_factory=AmountWords)
    schedules: ScheduleWords = field(default_factory=ScheduleWords)
    commands: CommandWords = field(default_factory=CommandWords)
    alerts: AlertWords = field(default_factory=AlertWords)
