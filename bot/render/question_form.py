"""The window that builds a question: its pickers, the options of a live search, the button that opens it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot import question_draft as fields
from bot import slack_limits as limits
from bot.question_draft import NAMES_AT_ONCE, NO_CHOICE, SPLITS_AT_ONCE, Draft, Pickers, name_value, named
from bot.render import blocks
from bot.render.blocks import Button, plain_text
from bot.render.escape import escaped
from bot.render.message import Block, Message, Modal
from bot.render.sentences import Sentences
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.language.folding import fold
from kpi_engine.language.member_names import roster_of
from kpi_engine.language.parser import parse_period

BUILD = "build"
"""What the actions of the window and its button begin with; a field follows, and what its options hang on."""
OPEN, QUESTION = f"{BUILD}:open", f"{BUILD}:question"
"""The button that opens the window, and the window itself."""
EMPTY = "-"
"""What the button carries where there is no line to begin with."""

Option = Mapping[str, Any]

_TYPED_LENGTH = 60
_KEY_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Choice:
    """An option before it is cut to Slack's limits; `key` tells it apart from others of its name."""

    text: str
    value: str
    key: str = ""


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
    row = blocks.button_row([build_button(line, sentences)], name=BUILD)
    spoken = sentences.say("Or press “Build a question” and choose from lists.")
    text = f"{message.text}\n{escaped(spoken)}"
    return replace(
        message,
        text=text if len(text) <= limits.MESSAGE_TEXT else message.text,
        blocks=(*message.blocks, *([row] if row else [])),
    )


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
    shown: list[Block | None] = [form.metric(metrics), form.when(), form.typed()]
    if is_part:
        part = say("Some of what was typed has no list here. What you see is what is asked.")
        shown.insert(0, blocks.context(part))
    if pickers.is_split:
        shown += [form.by(), form.per()]
    shown += [form.names(fields.ONLY), form.names(fields.WITHOUT), form.compare(), form.top(), form.show()]
    return Modal(
        QUESTION,
        where,
        say("Ask a KPI"),
        say("Ask"),
        say("Cancel"),
        tuple(block for block in shown if block is not None),
    )


def name_options(
    typed: str, dimensions: Sequence[str], members: Mapping[str, Sequence[Member]], sentences: Sentences
) -> list[Option]:
    """Return the members of some dimensions whose names begin as typed, at most as many as Slack takes."""
    found = [(name, roster_of(members.get(name, ())).beginning(typed, limits.OPTIONS)) for name in dimensions]
    each = limits.OPTIONS // max(1, sum(bool(names) for _, names in found))
    room = limits.OPTIONS - sum(len(names[:each]) for _, names in found)
    choices: list[_Choice] = []
    for dimension, names in found:
        kept = names[: each + room]
        room -= max(0, len(kept) - each)
        choices += [_name_choice(dimension, member, sentences) for member in kept]
    return _options(choices)


def metric_options(typed: str, metrics: Sequence[str], sentences: Sentences) -> list[Option]:
    """Return the metrics whose title, name or another word for them holds what was typed."""
    wanted, found = fold(typed), []
    for name in metrics:
        words = (name, sentences.metric(name), *sentences.catalogue.metrics[name].aliases)
        if any(wanted in fold(word) for word in words):
            found.append(_metric_choice(name, sentences))
    return _options(found[: limits.OPTIONS])


@dataclass(frozen=True, slots=True)
class _Form:
    """The pickers of one window, one method each."""

    draft: Draft
    pickers: Pickers
    members: Mapping[str, Sequence[Member]]
    today: date
    sentences: Sentences

    def metric(self, metrics: Sequence[str]) -> Block:
        say, chosen = self.sentences.say, _metric_choice(self.draft.metric, self.sentences)
        choices = [_metric_choice(name, self.sentences) for name in metrics]
        element = (
            _menu(choices, [chosen.value])
            if len(choices) <= limits.OPTIONS
            else {"type": "external_select", "min_query_length": 1, "initial_option": _options([chosen])[0]}
        )
        block = _input(fields.METRIC, say("Which number"), element, placeholder=say("Type a word of it"))
        return {**block, "dispatch_action": True, "optional": False}

    def when(self) -> Block:
        say = self.sentences.say
        choices = [_Choice(self._period_words(words), words) for words in self.pickers.periods]
        return self._input(
            fields.WHEN, say("Period"), **_single(choices, self.draft.when, say("The usual one"))
        )

    def typed(self) -> Block:
        say = self.sentences.say
        element: dict[str, Any] = {"type": "plain_text_input", "max_length": _TYPED_LENGTH}
        if self.draft.typed:
            element["initial_value"] = self.draft.typed[:_TYPED_LENGTH]
        examples = say("2026-07, 2026-Q3, since june, 2026-01..2026-03")
        return _input(fields.TYPED, say("Or type a period"), element, placeholder=examples)

    def by(self) -> Block | None:
        say = self.sentences.say
        choices = [_Choice(self.sentences.dimension(name), name) for name in self.pickers.dimensions]
        most = max(SPLITS_AT_ONCE, len(self.draft.by))
        element = _menu(choices, self.draft.by, most=most)
        return (
            self._input(fields.BY, say("Split by"), element, placeholder=say("Not split"))
            if choices
            else None
        )

    def per(self) -> Block:
        say = self.sentences.say
        words = {
            "day": say("per day"),
            "week": say("per week"),
            "month": say("per month"),
            "quarter": say("per quarter"),
            "year": say("per year"),
        }
        grains = dict.fromkeys((*map(str, fields.GRAINS), *filter(None, [self.draft.per])))
        choices = [_Choice(words.get(grain, grain), grain) for grain in grains]
        return _input(fields.PER, say("Over time"), **_single(choices, self.draft.per, say("One total")))

    def names(self, field: str) -> Block | None:
        say, only = self.sentences.say, field == fields.ONLY
        searched = self.pickers.dimensions if only else self.pickers.left_out
        if not searched:
            return None
        values = self.draft.only if only else self.draft.without
        found = named(values, self.members)
        chosen = [
            _name_choice(dimension, member, self.sentences)
            for dimension, member in (found[value] for value in values if value in found)
            if dimension in searched
        ]
        most = max(NAMES_AT_ONCE, len(chosen))
        element: dict[str, Any] = {
            "type": "multi_external_select",
            "min_query_length": 1,
            "max_selected_items": min(most, limits.OPTIONS),
        }
        if chosen:
            element["initial_options"] = _options(chosen)[: limits.OPTIONS]
        titles = ", ".join(self.sentences.dimension(name).lower() for name in searched)
        label = say("Only these") if only else say("Leave out")
        hint = say("Type the beginning of a name of: {dimensions}.").format(dimensions=titles)
        return self._input(field, label, element, placeholder=say("Type a name"), hint=hint)

    def compare(self) -> Block:
        say = self.sentences.say
        words = {
            "previous": say("the period before"),
            "last year": say("last year"),
            "target": say("the target"),
            "none": say("nothing"),
        }
        others = [value for value in self.draft.compare if value not in words]
        choices = [_Choice(words[value], value) for value in map(str, fields.BASELINES)]
        choices += [_Choice(self._period_name(value), value) for value in others]
        element = _menu(choices, self.draft.compare, most=len(choices))
        return _input(fields.COMPARE, say("Compare with"), element, placeholder=say("The usual ones"))

    def top(self) -> Block:
        say = self.sentences.say
        ranks = dict.fromkeys((*fields.RANKS, *filter(None, [self.draft.top])))
        best, worst = say("the {count} best"), say("the {count} worst")
        choices = [
            _Choice((best if rank.startswith("top") else worst).format(count=rank.partition(" ")[2]), rank)
            for rank in ranks
        ]
        every = say("All, as far as they fit")
        return _input(fields.TOP, say("Best or worst"), **_single(choices, self.draft.top, every))

    def show(self) -> Block:
        say = self.sentences.say
        words = {"chart": say("as a chart"), "table": say("as a table")}
        choices = [_Choice(words[flag], flag) for flag in fields.SHOWN]
        return _input(fields.SHOW, say("Show it"), **_single(choices, self.draft.show, say("What fits best")))

    def _input(
        self, field: str, label: str, element: Mapping[str, Any], *, placeholder: str, hint: str = ""
    ) -> Block:
        """Return a picker whose options hang on the metric: another metric makes it another picker, whose
        choice Slack doesn't keep from the one before.
        """
        return _input(
            field, label, element, placeholder=placeholder, hint=hint, action=f"{field}:{self.draft.metric}"
        )

    def _period_words(self, words: str) -> str:
        shown = self.sentences.say(words)
        period = parse_period(words, self.today)
        return shown if period.is_all_time else f"{shown}: {self.sentences.period(period)}"

    def _period_name(self, written: str) -> str:
        try:
            return self.sentences.period(parse_period(written, self.today))
        except QueryError:
            return written


def _metric_choice(name: str, sentences: Sentences) -> _Choice:
    return _Choice(sentences.metric(name), name, name)


def _name_choice(dimension: str, member: Member, sentences: Sentences) -> _Choice:
    label = sentences.label(None if member.key is None else member.label)
    text = f"{sentences.dimension(dimension)}: {label}"
    return _Choice(text, name_value(dimension, member.key), str(member.key))


def _single(choices: Sequence[_Choice], chosen: str, none: str) -> dict[str, Any]:
    """Return a menu of which one may be chosen, or nothing: `none` says what that means."""
    return {"element": _menu([_Choice(none, NO_CHOICE), *choices], [chosen]), "placeholder": none}


def _menu(choices: Sequence[_Choice], chosen: Sequence[str], *, most: int = 0) -> dict[str, Any]:
    """Return a menu with what is chosen of it; with `most`, as many may be."""
    options, menu = _options(choices[: limits.OPTIONS]), dict[str, Any]()
    first = [option for option in options if option["value"] in chosen]
    if not most:
        menu |= {"type": "static_select", "options": options}
        return menu | ({"initial_option": first[0]} if first else {})
    menu |= {"type": "multi_static_select", "options": options}
    menu["max_selected_items"] = min(most, limits.OPTIONS)
    return menu | ({"initial_options": first} if first else {})


def _input(
    field: str, label: str, element: Mapping[str, Any], *, placeholder: str, hint: str = "", action: str = ""
) -> Block:
    name = f"{BUILD}:{action or field}"
    block: dict[str, Any] = {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": plain_text(label),
        "element": {**element, "action_id": name, "placeholder": plain_text(placeholder, limits.PLACEHOLDER)},
    }
    return block | ({"hint": plain_text(hint)} if hint else {})


def _options(choices: Sequence[_Choice]) -> list[Option]:
    """Return options whose texts fit; those that are alike when they are cut end in their keys."""
    texts = [limits.shorten(choice.text, limits.OPTION_TEXT) for choice in choices]
    alike = {text for text, count in Counter(texts).items() if count > 1}
    shown: list[Option] = []
    taken: set[str] = set()
    for choice, cut in zip(choices, texts, strict=True):
        text = cut
        if cut in alike:
            text = _told_apart(choice, taken)
        taken.add(text)
        shown.append({"text": plain_text(text, limits.OPTION_TEXT), "value": choice.value})
    return shown


def _told_apart(choice: _Choice, taken: set[str]) -> str:
    key = choice.key if len(choice.key) <= _KEY_SHOWN else f"…{choice.key[1 - _KEY_SHOWN :]}"
    number = 1
    while True:
        end = f" ({key})" if number == 1 else f" ({key}, {number})"
        text = limits.shorten(choice.text, limits.OPTION_TEXT - len(end)) + end
        if text not in taken:
            return text
        number += 1
