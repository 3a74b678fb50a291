"""Subscriptions in words: what was set up, the list with its buttons, the form, what owners are told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal

from bot.render.document import (
    Actions,
    Ask,
    Bold,
    Button,
    Channel,
    ChannelPicker,
    Code,
    Input,
    Item,
    Line,
    Menu,
    Notes,
    Option,
    Page,
    Paragraph,
    Part,
    Person,
    Span,
    TextField,
    TimePicker,
    filled,
    joined,
)
from bot.render.formats import ordinal
from bot.render.message import Message, Modal
from bot.render.sentences import Sentences
from kpi_engine import offered_in
from kpi_engine.domain.posts import Schedule

PAUSE, RESUME, STOP, SEND, EDIT, NEW, FORM = (
    f"subscription:{name}" for name in ("pause", "resume", "stop", "send", "edit", "new", "form")
)
"""The actions of the list's buttons, and of the form that is sent."""
WHAT, WHEN, AT, WHERE = "what", "when", "at", "where"
"""The fields of the form."""
SHOWN = 8
"""Subscriptions in one message, at most."""
_LONGEST_QUESTION = 400
_WORKING_DAYS = 5
"""Working days of the month that the form offers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as it is shown to somebody.

    `what` is its question or its summary's title, `ask` the line that asks the same now:
    "" where they may not see what it asks, and `what` only says whose it is.
    `channel` is an id, None for the owner's direct messages. `next_at` is None while it is paused
    (`paused` says why). Buttons: `may_stop` for those who may pause and stop it, `may_edit` for its owner.
    """

    number: int
    what: Line
    ask: str
    schedule: Schedule
    owner: str
    channel: str | None
    next_at: datetime | None
    paused: str
    may_stop: bool
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form when it opens: `when` in typed words.

    `number` is that of the subscription which is changed, 0 for a new one.
    """

    number: int
    what: str
    when: str
    at: time
    channel: str | None


@dataclass(frozen=True, slots=True)
class OrderWords:
    """The words of an order in the lines that people of one language are offered."""

    subscribe: str
    here: str
    every_month: str
    weekdays: tuple[str, ...]
    working_day: str

    def day(self, schedule: Schedule) -> str:
        """Return a schedule's day as it is typed: "every monday"."""
        if schedule.every == "week":
            return self.weekdays[schedule.weekday or 0]
        return self.nth(schedule.working_day or 1)

    def nth(self, number: int) -> str:
        """Return a working day of the month as it is typed: "every 2nd working day"."""
        return self.working_day.format(nth=ordinal(number), number=number)


def order_words(language: str) -> OrderWords:
    """Return the words that people of a language are offered."""
    words = offered_in(language)
    return OrderWords(
        words.subscribe, words.here, words.every_month, tuple(words.every_weekday), words.working_day
    )


def rhythm(schedule: Schedule, sentences: Sentences) -> str:
    """Return how often something comes: "every Monday at 08:30"."""
    say, at = sentences.say, f"{schedule.at:%H:%M}"
    if schedule.every == "week":
        day = sentences.formats.weekday(schedule.weekday or 0)
        return say("every {day} at {time}").format(day=day, time=at)
    nth = sentences.formats.ordinal(schedule.working_day or 1)
    return say("every {nth} working day of the month at {time}").format(nth=nth, time=at)


def kept_message(entry: Listed, sentences: Sentences, *, is_new: bool) -> Message:
    """Return what was set up, with the buttons to see, change and stop it."""
    say = sentences.say
    head = say("You are subscribed.") if is_new else say("You are already subscribed to that.")
    actions = Actions("subscription", _buttons(entry, sentences))
    return Message((Paragraph(((Bold(head),), _line(entry, sentences))), actions), sentences.language)


def list_message(
    entries: Sequence[Listed], sentences: Sentences, first: int = 0, *, beside: Sequence[Line] = ()
) -> Message:
    """Return the list, from its place `first` on; `beside` are lines about what comes without any."""
    notes = Notes(tuple(beside))
    if not entries:
        nothing = Paragraph((sentences.say("You have no subscriptions."),))
        return Message((nothing, *_new_rows(sentences, examples=True), notes), sentences.language)
    page = _page(entries, first, sentences, title=sentences.say("Subscriptions"))
    return Message((page, *_new_rows(sentences), notes), sentences.language)


def from_file(title: str, schedule: Schedule, sentences: Sentences) -> Line:
    """Return the line about a summary that a channel gets because its file says so."""
    say = sentences.say(
        "This channel also gets the {title}, {rhythm}; the person who runs this bot set it up."
    )
    return say.format(title=title, rhythm=rhythm(schedule, sentences))


def stopped_message(entry: Listed, rest: Message, sentences: Sentences, again: str = "") -> Message:
    """Return the list that is left, under what was stopped; `again` is the line that sets it up again."""
    what = joined((entry.what, rhythm(entry.schedule, sentences), _where(entry, sentences)), " · ")
    line = filled(sentences.say("Stopped: {what}."), what=what)
    undo = Actions("undo", (Ask(sentences.say("Undo"), again),))
    return replace(rest, parts=(Paragraph((line,)), undo, *rest.parts))


def _page(entries: Sequence[Listed], first: int, sentences: Sentences, *, title: str = "") -> Page:
    """Return some of the list, from the place `first` on, with a button to the rest."""
    shown = entries[first : first + SHOWN]
    return Page(
        title=title,
        items=tuple(
            Item(
                _line(entry, sentences),
                Actions(f"subscription-{entry.number}", _buttons(entry, sentences)),
            )
            for entry in shown
        ),
        first=first,
        after=len(entries) - first - len(shown),
        more=sentences.say("{count} more"),
        more_line="subscriptions {place}",
    )


def home_parts(
    entries: Sequence[Listed], sentences: Sentences, *, offers_own_week: bool = False
) -> list[Part]:
    """Return what stands on somebody's Home tab; a rep is offered to have their own week sent."""
    nothing = [] if entries else [Notes((sentences.say("You have no subscriptions."),))]
    own = [Ask(sentences.say("My week every Monday"), "subscribe my week")] if offers_own_week else []
    settings = Actions("settings", (*own, Ask(sentences.say("Settings"), "settings")))
    return [_page(entries, 0, sentences), *nothing, *_new_rows(sentences), settings]


def done_message(line: Line) -> Message:
    """Return a sentence about something that was done."""
    return Message((Paragraph((line,)),))


def introduced(
    message: Message, number: int, owner: str, schedule: Schedule, sentences: Sentences, command: str
) -> Message:
    """Return the first message of a subscription, which says whose it is and how to stop it."""
    line = filled(
        sentences.say("Set up by {owner}; sent {rhythm}. They or an admin can stop it with {line}."),
        owner=Person(owner),
        rhythm=rhythm(schedule, sentences),
        line=Code(f"{command} unsubscribe {number}"),
    )
    return replace(message, foot=(*message.foot, line))


def form(given: Form, value: str, sentences: Sentences) -> Modal:
    """Return the form of a subscription; `value` comes back with it."""
    say = sentences.say
    title = say("Change subscription") if given.number else say("New subscription")
    asked = TextField(given.what, _LONGEST_QUESTION)
    fields = (
        Input(
            WHAT,
            say("What"),
            asked,
            hint=say("A question such as sales by region, or weekly or monthly."),
            is_optional=False,
        ),
        Input(WHEN, say("When"), Menu(_options(given, sentences), (given.when,)), is_optional=False),
        Input(AT, say("At what time"), TimePicker(f"{given.at:%H:%M}"), is_optional=False),
        Input(
            WHERE,
            say("In which channel"),
            ChannelPicker(given.channel or ""),
            hint=say("Leave empty to get it in your direct messages."),
            is_optional=True,
        ),
    )
    return Modal(FORM, value, title, say("Save"), say("Cancel"), fields)


def _options(given: Form, sentences: Sentences) -> tuple[Option, ...]:
    say, formats = sentences.say, sentences.formats
    weekly = (Schedule("week", given.at, weekday=day) for day in range(7))
    days = [
        Option(say("every {day}").format(day=formats.weekday(every.weekday or 0)), day_words(every))
        for every in weekly
    ]
    nth = say("every {nth} working day of the month")
    numbers = sorted({*range(1, _WORKING_DAYS + 1), *_working_day_of(given.when)})
    months = [
        Option(
            nth.format(nth=formats.ordinal(number)),
            day_words(Schedule("month", given.at, working_day=number)),
        )
        for number in numbers
    ]
    return (*days, *months)


def day_words(schedule: Schedule) -> str:
    """Return a schedule's day as it is typed, and as the form carries it: "every monday"."""
    return order_words("en").day(schedule)


def _working_day_of(chosen: str) -> list[int]:
    number = re.match(r"every (\d+)", chosen)
    return [int(number.group(1))] if number else []


def _where(entry: Listed, sentences: Sentences) -> Line:
    return (Channel(entry.channel),) if entry.channel else sentences.say("your direct messages")


def _line(entry: Listed, sentences: Sentences) -> Line:
    """Return a subscription as one line."""
    say = sentences.say
    parts: list[Line] = [
        (Bold(str(entry.number)),),
        entry.what,
        rhythm(entry.schedule, sentences),
        _where(entry, sentences),
    ]
    if entry.channel and entry.ask and not entry.may_edit:
        parts.append(filled(say("set up by {owner}"), owner=Person(entry.owner)))
    if entry.next_at:
        parts.append(say("next on {moment}").format(moment=sentences.formats.moment(entry.next_at)))
    else:
        why: list[Span] = [f" ({entry.paused})"] if entry.paused else []
        parts.append((Bold(say("paused")), *why))
    return joined(parts, " · ")


def _buttons(entry: Listed, sentences: Sentences) -> tuple[Button, ...]:
    say, number = sentences.say, str(entry.number)

    def button(label: str, action: str, style: Literal["danger"] | None = None) -> Button:
        spoken = say("{label}: subscription {number}").format(label=label, number=number)
        return Button(label, action, number, style, spoken)

    found = []
    if entry.ask:
        preview = button(say("Preview"), "").spoken
        found.append(Button(say("Preview"), f"ask:{number}", entry.ask, None, preview))
    if entry.may_stop:
        turn = (say("Pause"), PAUSE) if entry.next_at else (say("Resume"), RESUME)
        found += [button(say("Send now"), SEND), button(*turn), button(say("Stop"), STOP, "danger")]
    if entry.may_edit:
        found.append(button(say("Edit"), EDIT))
    return tuple(found)


def _new_rows(sentences: Sentences, *, examples: bool = False) -> list[Actions]:
    say = sentences.say
    new = Actions("new-subscription", (Button(say("New subscription"), NEW, "new", "primary"),))
    lines = (say("subscribe weekly"), say("subscribe monthly"))
    asks = Actions("examples", tuple(Ask(line, line) for line in lines))
    return [new, asks] if examples else [new]
