"""Subscriptions in words: what was set up, the list with its buttons, the form, what owners are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    PeoplePicker,
    Person,
    Span,
    TextField,
    TimePicker,
    filled,
    joined,
)
from bot.render.message import Message, Modal
from bot.render.schedule_words import day_words, often, order_words, rhythm
from bot.render.sentences import Sentences
from bot.render.texts import LANGUAGE_NAMES
from kpi_engine.domain.posts import Rhythm, Schedule

PAUSE, RESUME, STOP, SEND, EDIT, NEW, FORM, LEAVE, TAKE = (
    f"subscription:{name}"
    for name in ("pause", "resume", "stop", "send", "edit", "new", "form", "leave", "take")
)
"""The actions of the list's buttons, and of the form that is sent."""
WHAT, WHEN, AT, WHERE, CHANGES, REPS, PEOPLE = "what", "when", "at", "where", "changes", "reps", "people"
"""The fields of the form."""
EVERY_TIME, ONE_PLACE = "always", "one"
"""What the form carries for a post whether or not a figure has changed, and for no rep but the asker."""
SHOWN = 8
"""Subscriptions in one message, at most."""
_LONGEST_QUESTION = 400
_MOST_PEOPLE = 20
_WORKING_DAYS: Mapping[Rhythm, int] = {"month": 5, "quarter": 3, "year": 3}
"""How many working days of a month, a quarter and a year the form offers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as it is shown to somebody.

    `what` is its question or its summary's title, `ask` the line that asks the same now:
    "" where they may not see what it asks, and `what` only says whose it is.
    `channel` is an id, None for direct messages: the owner's, those of `people` (ids), or each rep's
    (`to_reps`). `zone` is the schedule's time zone and `language` what a channel is written in. `next_at` is
    None while it is paused (`paused` says why). Buttons: `may_stop` for those who may pause and stop it,
    `may_edit` for its owner, `may_leave` for its other recipients, `may_take` for who can take it over.
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
    zone: str
    language: str
    only_changes: bool = False
    people: tuple[str, ...] = ()
    to_reps: bool = False
    may_leave: bool = False
    may_take: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form when it opens: `when` in typed words.

    `number` is that of the subscription which is changed, 0 for a new one. With `may_send_to_others` it asks
    to whom as well.
    """

    number: int
    what: str
    when: str
    at: time
    channel: str | None
    people: tuple[str, ...] = ()
    to_reps: bool = False
    only_changes: bool = False
    may_send_to_others: bool = False


def kept_message(entry: Listed, sentences: Sentences, *, is_new: bool) -> Message:
    """Return what was set up, its time zone and language, with the buttons to see, change and stop it."""
    say = sentences.say
    head = say("You are subscribed.") if is_new else say("You are already subscribed to that.")
    if not entry.channel and (entry.people or entry.to_reps):
        head = say("It is set up.") if is_new else say("That is set up already.")
        language = say("each person's own")
    else:
        language = LANGUAGE_NAMES.get(entry.language, entry.language)
    zone = say("Time zone: {zone}").format(zone=entry.zone)
    place = f"{zone} · {say('Language: {language}').format(language=language)}"
    actions = Actions("subscription", _buttons(entry, sentences))
    shown = Paragraph(((Bold(head),), _line(entry, sentences), place))
    return Message((shown, actions), sentences.language)


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
    what = joined((entry.what, _rhythm(entry, sentences), _where(entry, sentences)), " · ")
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


def introduced(message: Message, entry: Listed, sentences: Sentences, command: str) -> Message:
    """Return the first message of a subscription, which says whose it is and how to stop it."""
    is_shared = not entry.channel and (entry.people or entry.to_reps)
    line = filled(
        sentences.say("Set up by {owner}; sent {rhythm}. Send {line} to get it no longer.")
        if is_shared
        else sentences.say("Set up by {owner}; sent {rhythm}. They or an admin can stop it with {line}."),
        owner=Person(entry.owner),
        rhythm=_rhythm(entry, sentences),
        line=Code(f"{command} unsubscribe {entry.number}"),
    )
    return replace(message, foot=(*message.foot, line))


def notice_message(what: Line, reasons: Sequence[str], entry: Listed | None, sentences: Sentences) -> Message:
    """Return what the owner of a subscription is told in private: what happened, and what to do."""
    shown: list[Part] = [Paragraph((what, *(reason for reason in reasons if reason)))]
    if entry:
        actions = Actions("subscription", _buttons(entry, sentences))
        shown += [Paragraph((_line(entry, sentences),)), actions]
    return Message(tuple(shown), sentences.language)


def form(given: Form, value: str, sentences: Sentences) -> Modal:
    """Return the form of a subscription; `value` comes back with it."""
    say = sentences.say
    title = say("Change subscription") if given.number else say("New subscription")
    asked = TextField(given.what, _LONGEST_QUESTION)
    changes = (
        Option(say("every time"), EVERY_TIME),
        Option(say("only when a figure has changed"), order_words("en").only_changes),
    )
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
            CHANGES,
            say("How often"),
            Menu(changes, (changes[given.only_changes].value,)),
            is_optional=True,
        ),
        Input(
            WHERE,
            say("In which channel"),
            ChannelPicker(given.channel or ""),
            hint=say("Leave empty to get it in your direct messages."),
            is_optional=True,
        ),
        *(_others(given, sentences) if given.may_send_to_others else ()),
    )
    return Modal(FORM, value, title, say("Save"), say("Cancel"), fields)


def _others(given: Form, sentences: Sentences) -> tuple[Input, ...]:
    """Return the fields for those who may have something sent to others."""
    say = sentences.say
    reps = (
        Option(say("no, only to me, the channel or these people"), ONE_PLACE),
        Option(say("yes, each rep gets their own figures"), order_words("en").each_rep),
    )
    people = PeoplePicker(given.people, _MOST_PEOPLE)
    hint = say("Each of them gets what they may see, in a direct message.")
    return (
        Input(PEOPLE, say("To these people"), people, hint=hint, is_optional=True),
        Input(REPS, say("To each rep"), Menu(reps, (reps[given.to_reps].value,)), is_optional=True),
    )


def _options(given: Form, sentences: Sentences) -> tuple[Option, ...]:
    at, chosen = given.at, _working_day_of(given.when)
    offered = [
        Schedule("workday", at),
        Schedule("day", at),
        *(Schedule("week", at, weekday=day) for day in range(7)),
        *(
            Schedule(every, at, working_day=number)
            for every, most in _WORKING_DAYS.items()
            for number in sorted({*range(1, most + 1), *chosen})
        ),
    ]
    return tuple(Option(often(every, sentences), day_words(every)) for every in offered)


def _working_day_of(chosen: str) -> list[int]:
    number = re.match(r"every (\d+)", chosen)
    return [int(number.group(1))] if number else []


def _rhythm(entry: Listed, sentences: Sentences) -> str:
    """Return how often a subscription comes; in another time zone than the company's with that zone."""
    often = rhythm(entry.schedule, sentences)
    return often if entry.zone == sentences.formats.zone.key else f"{often} ({entry.zone})"


def _where(entry: Listed, sentences: Sentences) -> Line:
    if entry.channel:
        return (Channel(entry.channel),)
    if entry.to_reps:
        return sentences.say("each rep, their own figures")
    if entry.people:
        return joined([(Person(person),) for person in entry.people], ", ")
    return sentences.say("your direct messages")


def _moment(entry: Listed, moment: datetime, sentences: Sentences) -> str:
    """Return a moment in the time zone of a subscription, or of the company if that isn't known."""
    try:
        formats = replace(sentences.formats, zone=ZoneInfo(entry.zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        formats = sentences.formats
    return formats.moment(moment)


def _line(entry: Listed, sentences: Sentences) -> Line:
    """Return a subscription as one line."""
    say = sentences.say
    parts: list[Line] = [
        (Bold(str(entry.number)),),
        entry.what,
        _rhythm(entry, sentences),
        *([say("only when a figure has changed")] if entry.only_changes else []),
        _where(entry, sentences),
    ]
    is_shared = entry.channel or entry.people or entry.to_reps
    if is_shared and entry.ask and not entry.may_edit:
        parts.append(filled(say("set up by {owner}"), owner=Person(entry.owner)))
    if entry.next_at:
        parts.append(say("next on {moment}").format(moment=_moment(entry, entry.next_at, sentences)))
    else:
        why: list[Span] = [f" ({entry.paused})"] if entry.paused else []
        parts.append((Bold(say("paused")), *why))
    return joined(parts, " · ")


def _buttons(entry: Listed, sentences: Sentences) -> tuple[Button, ...]:
    say, number = sentences.say, str(entry.number)

    def button(label: str, action: str, style: Literal["danger", "primary"] | None = None) -> Button:
        spoken = say("{label}: subscription {number}").format(label=label, number=number)
        return Button(label, action, number, style, spoken)

    found = []
    if entry.ask:
        preview = button(say("Preview"), "").spoken
        found.append(Button(say("Preview"), f"ask:{number}", entry.ask, None, preview))
    if entry.may_take:
        found.append(button(say("Take over"), TAKE, "primary"))
    if entry.may_stop:
        turn = (say("Pause"), PAUSE) if entry.next_at else (say("Resume"), RESUME)
        found += [button(say("Send now"), SEND), button(*turn), button(say("Stop"), STOP, "danger")]
    if entry.may_edit:
        found.append(button(say("Edit"), EDIT))
    if entry.may_leave:
        found.append(button(say("Stop sending me this"), LEAVE))
    return tuple(found)


def _new_rows(sentences: Sentences, *, examples: bool = False) -> list[Actions]:
    say = sentences.say
    new = Actions("new-subscription", (Button(say("New subscription"), NEW, "new", "primary"),))
    lines = (say("subscribe weekly"), say("subscribe monthly"))
    asks = Actions("examples", tuple(Ask(line, line) for line in lines))
    return [new, asks] if examples else [new]
