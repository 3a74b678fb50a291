"""The window that builds a question: its pickers, the options of a live search, the button that opens it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot import question_draft as fields
from bot import slack_limits as limits
from bot.question_draft import NAMES_AT_ONCE, NO_CHOICE, SPLITS_AT_ONCE, Draft, Pickers, name_value, named
from bot.render.document import Actions, Button, Input, Menu, Notes, Option, Part, Search, Spoken, TextField
from bot.render.message import Message, Modal
from bot.render.sentences import Sentences
from kpi_engine import fold, parse_period, roster_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Member

BUILD = "build"
"""What the actions of the window and its button begin with; a field follows, and what its options hang on."""
OPEN, QUESTION = f"{BUILD}:open", f"{BUILD}:question"
"""The button that opens the window, and the window itself."""
EMPTY = "-"
"""What the button carries where there is no line to begin with."""

_TYPED_LENGTH = 60


def build_button(line: str, sentences: Sentences, *, label: str = "") -> Button:
    """Return the button that opens the window, filled in with what can be read of a line.

    A line that calls everybody isn't carried: nothing of ours ever holds such a word.
    """
    is_fit = 0 < len(line) <= limits.BUTTON_VALUE and "<!" not in line
    value = line if is_fit else EMPTY
    return Button(label or sentences.say("Build a question"), OPEN, value)


def edit_button(question: str, sentences: Sentences) -> Button:
    """Return the button under an answer that opens its question (canonical) in the window."""
    return build_button(question, sentences, label=sentences.say("Edit"))


def with_builder(message: Message, line: str, sentences: Sentences) -> Message:
    """Return a message with the button under it, and said in its text."""
    spoken = sentences.say("Or press “Build a question” and choose from lists.")
    actions = Actions(BUILD, (build_button(line, sentences),))
    return replace(message, parts=(*message.parts, Spoken((spoken,)), actions))


def question_modal(
    begun: Draft,
    pickers: Pickers,
    metrics: Sequence[str],
    members: Mapping[str, Sequence[Member]],
    where: str,
    today: date,
    sentences: Sentences,
    *,
    is_part: bool = False,
) -> Modal:
    """Return the window with what is chosen already; `where` says, when it is sent, where the answer goes.

    `metrics` are those that may be chosen, `members` the names that may be. With `is_part` a question was
    typed of which some has no picker.
    """
    form = _Form(begun, pickers, members, today, sentences)
    say = sentences.say
    shown: list[Part | None] = [form.metric(metrics), form.when(), form.typed()]
    if is_part:
        part = say("Some of what you typed can't be shown in these lists. Only what you see here is asked.")
        shown.insert(0, Notes((part,)))
    if pickers.is_split:
        shown += [form.by(), form.per()]
    shown += [form.names(fields.ONLY), form.names(fields.WITHOUT), form.compare(), form.top(), form.show()]
    return Modal(
        QUESTION,
        where,
        say("Ask a KPI"),
        say("Ask"),
        say("Cancel"),
        tuple(part for part in shown if part is not None),
    )


def name_options(
    typed: str, dimensions: Sequence[str], members: Mapping[str, Sequence[Member]], sentences: Sentences
) -> list[Option]:
    """Return the members of some dimensions whose names begin as typed, at most as many as Slack takes."""
    found = [(name, roster_of(members.get(name, ())).beginning(typed, limits.OPTIONS)) for name in dimensions]
    each = limits.OPTIONS // max(1, sum(bool(names) for _, names in found))
    room = limits.OPTIONS - sum(len(names[:each]) for _, names in found)
    choices: list[Option] = []
    for dimension, names in found:
        kept = names[: each + room]
        room -= max(0, len(kept) - each)
        choices += [_name_option(dimension, member, sentences) for member in kept]
    return choices


def metric_options(typed: str, metrics: Sequence[str], sentences: Sentences) -> list[Option]:
    """Return the metrics whose title, name or another word for them holds what was typed."""
    wanted, found = fold(typed), []
    for name in metrics:
        words = (name, sentences.metric(name), *sentences.catalogue.metrics[name].aliases)
        if any(wanted in fold(word) for word in words):
            found.append(_metric_option(name, sentences))
    return found[: limits.OPTIONS]


@dataclass(frozen=True, slots=True)
class _Form:
    """The pickers of one window, one method each."""

    draft: Draft
    pickers: Pickers
    members: Mapping[str, Sequence[Member]]
    today: date
    sentences: Sentences

    def metric(self, metrics: Sequence[str]) -> Input:
        say, chosen = self.sentences.say, _metric_option(self.draft.metric, self.sentences)
        menu = Menu(tuple(_metric_option(name, self.sentences) for name in metrics), (chosen.value,))
        field = _input(fields.METRIC, say("Which metric"), menu, placeholder=say("Type part of its name"))
        return replace(field, is_live=True, is_optional=False)

    def when(self) -> Input:
        say = self.sentences.say
        choices = [Option(self._period_words(words), words) for words in self.pickers.periods]
        usual = say("The default")
        menu = _single(choices, self.draft.when, usual)
        return self._input(fields.WHEN, say("Period"), menu, placeholder=usual)

    def typed(self) -> Input:
        say = self.sentences.say
        examples = say("2026-07, 2026-Q3, since june, 2026-01..2026-03")
        typed = TextField(self.draft.typed, _TYPED_LENGTH)
        return _input(fields.TYPED, say("Or type a period"), typed, placeholder=examples)

    def by(self) -> Input | None:
        say = self.sentences.say
        choices = tuple(Option(self.sentences.dimension(name), name) for name in self.pickers.dimensions)
        menu = Menu(choices, tuple(self.draft.by), max(SPLITS_AT_ONCE, len(self.draft.by)))
        return self._input(fields.BY, say("Split by"), menu, placeholder=say("No split")) if choices else None

    def per(self) -> Input:
        say = self.sentences.say
        words = {
            "day": say("per day"),
            "week": say("per week"),
            "month": say("per month"),
            "quarter": say("per quarter"),
            "year": say("per year"),
            "fiscal quarter": say("per fiscal quarter"),
            "fiscal year": say("per fiscal year"),
        }
        fiscal_year = self.sentences.catalogue.fiscal_year
        fiscal = () if fiscal_year.is_calendar_year else fields.fiscal_grains(fiscal_year)
        grains = dict.fromkeys((*map(str, (*fields.GRAINS, *fiscal)), *filter(None, [self.draft.per])))
        choices = [Option(words.get(grain, grain), grain) for grain in grains]
        total = say("One total")
        menu = _single(choices, self.draft.per, total)
        return _input(fields.PER, say("Over time"), menu, placeholder=total)

    def names(self, field: str) -> Input | None:
        say, only = self.sentences.say, field == fields.ONLY
        searched = self.pickers.dimensions if only else self.pickers.left_out
        if not searched:
            return None
        values = self.draft.only if only else self.draft.without
        found = named(values, self.members)
        chosen = tuple(
            _name_option(dimension, member, self.sentences)
            for dimension, member in (found[value] for value in values if value in found)
            if dimension in searched
        )
        search = Search(chosen, max(NAMES_AT_ONCE, len(chosen)))
        titles = ", ".join(self.sentences.dimension(name).lower() for name in searched)
        label = say("Only these") if only else say("Leave out")
        hint = say("Type the start of a name. You can choose from: {dimensions}.").format(dimensions=titles)
        return self._input(field, label, search, placeholder=say("Type a name"), hint=hint)

    def compare(self) -> Input:
        say = self.sentences.say
        words = {
            "previous": say("the previous period"),
            "last year": say("last year"),
            "target": say("the target"),
            "none": say("nothing"),
        }
        others = [value for value in self.draft.compare if value not in words]
        choices = [Option(words[value], value) for value in map(str, fields.BASELINES)]
        choices += [Option(self._period_name(value), value) for value in others]
        menu = Menu(tuple(choices), tuple(self.draft.compare), len(choices))
        return _input(fields.COMPARE, say("Compare with"), menu, placeholder=say("The defaults"))

    def top(self) -> Input:
        say = self.sentences.say
        ranks = dict.fromkeys((*fields.RANKS, *filter(None, [self.draft.top])))
        best, worst = say("the best {count}"), say("the worst {count}")
        choices = [
            Option((best if rank.startswith("top") else worst).format(count=rank.partition(" ")[2]), rank)
            for rank in ranks
        ]
        every = say("As many as fit")
        menu = _single(choices, self.draft.top, every)
        return _input(fields.TOP, say("Best or worst"), menu, placeholder=every)

    def show(self) -> Input:
        say = self.sentences.say
        words = {"chart": say("as a chart"), "table": say("as a table")}
        choices = [Option(words[flag], flag) for flag in fields.SHOWN]
        best = say("What fits best")
        return _input(fields.SHOW, say("Show it"), _single(choices, self.draft.show, best), placeholder=best)

    def _input(
        self, field: str, label: str, asked: Menu | Search, *, placeholder: str, hint: str = ""
    ) -> Input:
        """Return a picker whose options hang on the metric: another metric makes it another picker, whose
        choice Slack doesn't keep from the one before.
        """
        return _input(
            field, label, asked, placeholder=placeholder, hint=hint, action=f"{field}:{self.draft.metric}"
        )

    def _period(self, words: str) -> Period:
        return parse_period(words, self.today, self.sentences.catalogue.fiscal_year)

    def _period_words(self, words: str) -> str:
        shown = self.sentences.say(words)
        period = self._period(words)
        return shown if period.is_all_time else f"{shown}: {self.sentences.period(period)}"

    def _period_name(self, written: str) -> str:
        try:
            return self.sentences.period(self._period(written))
        except QueryError:
            return written


def _metric_option(name: str, sentences: Sentences) -> Option:
    return Option(sentences.metric(name), name, name)


def _name_option(dimension: str, member: Member, sentences: Sentences) -> Option:
    label = sentences.label(None if member.key is None else member.label)
    text = f"{sentences.dimension(dimension)}: {label}"
    return Option(text, name_value(dimension, member.key), str(member.key))


def _single(choices: Sequence[Option], chosen: str, none: str) -> Menu:
    """Return a menu of which one may be chosen, or nothing: `none` says what that means."""
    return Menu((Option(none, NO_CHOICE), *choices), (chosen,))


def _input(
    field: str,
    label: str,
    asked: Menu | Search | TextField,
    *,
    placeholder: str,
    hint: str = "",
    action: str = "",
) -> Input:
    return Input(
        f"{BUILD}:{action or field}", label, asked, placeholder=placeholder, hint=hint, is_optional=True
    )
