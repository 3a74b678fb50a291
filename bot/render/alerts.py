"""Alerts in words: what was set up, and the list with its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.render.document import (
    Actions,
    Ask,
    Bold,
    Button,
    Channel,
    Code,
    Item,
    Line,
    Notes,
    Page,
    Paragraph,
    Part,
    Person,
    Span,
    filled,
    joined,
)
from bot.render.message import Message
from bot.render.sentences import Sentences
from kpi_engine.domain.alerts import QuietHours, Rule, Standing, Watch
from kpi_engine.domain.metrics import Unit

PAUSE, RESUME, STOP, EDIT, NEW, FORM, SEEN, SNOOZE = (
    f"alert:{name}" for name in ("pause", "resume", "stop", "edit", "new", "form", "seen", "snooze")
)
"""The actions of the list's and the messages' buttons, and of the form that is sent."""
SHOWN = 8
"""Alerts in one message, at most."""
SNOOZE_DAYS = (1, 7)
"""How many days the buttons of an alert snooze it for."""


@dataclass(frozen=True, slots=True)
class AlertListed:
    """An alert as it is shown to somebody.

    `what` is its question, `ask` the line that asks the same now and `again` the line that sets it up again:
    both "", and `watch` None, where they may not see what it watches, and `what` only says whose it is.
    `cases` is how many cases its figure must rest on, 0 for any. `channel` is an id, None for the owner's
    direct messages. `since` is when its readers were told of what still holds.
    """

    number: int
    what: Line
    ask: str
    again: str
    watch: Watch | None
    unit: Unit
    currency: str | None
    cases: int
    quiet: QuietHours | None
    owner: str
    channel: str | None
    standing: Standing
    since: datetime | None
    snoozed_until: datetime | None
    seen_by: str | None
    paused: str
    is_paused: bool
    may_stop: bool
    may_edit: bool


def watched(watch: Watch, unit: Unit, currency: str | None, sentences: Sentences) -> str:
    """Return what an alert waits for: "below 15%", "unusually low"."""
    say, value = sentences.say, sentences.formats.value
    match watch.rule:
        case Rule.BELOW:
            said = say("below {bound}").format(bound=value(watch.bound, unit, currency))
        case Rule.ABOVE:
            said = say("above {bound}").format(bound=value(watch.bound, unit, currency))
        case Rule.UNUSUAL:
            said = say("unusual")
        case Rule.DROP:
            said = say("unusually low")
        case Rule.RISE:
            said = say("unusually high")
    if watch.least_change is None:
        return said
    amount = value(watch.least_change, unit, currency)
    return say("{what} by at least {amount}").format(what=said, amount=amount)


def kept_message(entry: AlertListed, sentences: Sentences, *, is_new: bool) -> Message:
    """Return what was set up, with the buttons to see, change and stop it."""
    say = sentences.say
    head = say("Your alert is set up.") if is_new else say("You have that alert already.")
    how = say("I look when new data has come, and tell it once when it begins and once when it is over.")
    floor = say("A figure of fewer than {count} cases isn't judged.").format(
        count=sentences.formats.number(entry.cases)
    )
    notes = Notes((how, *([floor] if entry.cases else [])))
    actions = Actions("alert", _buttons(entry, sentences))
    head_lines = Paragraph(((Bold(head),), _line(entry, sentences)))
    return Message((head_lines, actions, notes), sentences.language)


def list_message(entries: Sequence[AlertListed], sentences: Sentences, first: int = 0) -> Message:
    """Return the list, from its place `first` on."""
    say = sentences.say
    if not entries:
        nothing = Paragraph((say("You have no alerts."),))
        lines = (say("alert sales unusual"), say("alert me when sales drop"))
        asks = Actions("examples", tuple(Ask(line, line) for line in lines))
        return Message((nothing, _new_row(sentences), asks), sentences.language)
    page = alert_page(entries, sentences, first, title=say("Alerts"))
    return Message((page, _new_row(sentences)), sentences.language)


def alert_page(
    entries: Sequence[AlertListed], sentences: Sentences, first: int = 0, *, title: str = ""
) -> Page:
    """Return some of the list, from the place `first` on, with a button to the rest."""
    shown = entries[first : first + SHOWN]
    return Page(
        title=title,
        items=tuple(
            Item(_line(entry, sentences), Actions(f"alert-{entry.number}", _buttons(entry, sentences)))
            for entry in shown
        ),
        first=first,
        after=len(entries) - first - len(shown),
        more=sentences.say("{count} more"),
        more_line="alerts {place}",
    )


def home_alerts(entries: Sequence[AlertListed], sentences: Sentences) -> list[Part]:
    """Return what stands about alerts on somebody's Home tab."""
    nothing = [] if entries else [Notes((sentences.say("You have no alerts."),))]
    return [alert_page(entries, sentences), *nothing, _new_row(sentences)]


def stopped_message(entry: AlertListed, rest: Message, sentences: Sentences, again: str = "") -> Message:
    """Return the list that is left, under what was stopped; `again` is the line that sets it up again."""
    what = joined((_what(entry), *_rule(entry, sentences), _where(entry, sentences)), " · ")
    line = filled(sentences.say("Stopped: {what}."), what=what)
    undo = Actions("undo", (Ask(sentences.say("Undo"), again),))
    parts: tuple[Part, ...] = (Paragraph((line,)), *([undo] if again else []), *rest.parts)
    return replace(rest, parts=parts)


def done_message(line: Line, sentences: Sentences, entry: AlertListed | None = None) -> Message:
    """Return a sentence about something that was done, with the alert as it stands now."""
    if entry is None:
        return Message((Paragraph((line,)),), sentences.language)
    actions = Actions("alert", _buttons(entry, sentences))
    return Message((Paragraph((line, _line(entry, sentences))), actions), sentences.language)


def _what(entry: AlertListed) -> Line:
    return (Code(entry.what),) if isinstance(entry.what, str) else entry.what


def _rule(entry: AlertListed, sentences: Sentences) -> tuple[str, ...]:
    if entry.watch is None:
        return ()
    return (watched(entry.watch, entry.unit, entry.currency, sentences),)


def _where(entry: AlertListed, sentences: Sentences) -> Line:
    return (Channel(entry.channel),) if entry.channel else sentences.say("your direct messages")


def _line(entry: AlertListed, sentences: Sentences) -> Line:
    """Return an alert as one line."""
    say = sentences.say
    parts: list[Line] = [(Bold(str(entry.number)),), _what(entry), *_rule(entry, sentences)]
    parts.append(_where(entry, sentences))
    if entry.quiet:
        hours = f"{entry.quiet.start:%H:%M}–{entry.quiet.end:%H:%M}"
        parts.append(say("quiet {hours}").format(hours=hours))
    if entry.channel and entry.ask and not entry.may_edit:
        parts.append(filled(say("set up by {owner}"), owner=Person(entry.owner)))
    return joined((*parts, _state(entry, sentences)), " · ")


def _state(entry: AlertListed, sentences: Sentences) -> Line:
    """Return how an alert stands: paused, snoozed, the case since a moment, or not."""
    say, moment = sentences.say, sentences.formats.moment
    if entry.is_paused:
        why: list[Span] = [f" ({entry.paused})"] if entry.paused else []
        return (Bold(say("paused")), *why)
    if entry.snoozed_until:
        return (Bold(say("snoozed until {moment}").format(moment=moment(entry.snoozed_until))),)
    if entry.since:
        told = say("told on {moment}, not over yet").format(moment=moment(entry.since))
        seen: list[Span] = []
        if entry.seen_by:
            seen = [", ", *filled(say("acknowledged by {person}"), person=Person(entry.seen_by))]
        return (Bold(told), *seen)
    if entry.standing is Standing.UNKNOWN:
        return say("not judged yet")
    return say("nothing to tell")


def _buttons(entry: AlertListed, sentences: Sentences) -> tuple[Button, ...]:
    say, number = sentences.say, str(entry.number)

    def button(label: str, action: str, style: Literal["danger"] | None = None) -> Button:
        spoken = say("{label}: alert {number}").format(label=label, number=number)
        return Button(label, action, number, style, spoken)

    found = []
    if entry.ask:
        spoken = button(say("Figure now"), "").spoken
        found.append(Button(say("Figure now"), f"ask:{number}", entry.ask, None, spoken))
    if entry.may_stop:
        turn = (say("Resume"), RESUME) if entry.is_paused or entry.snoozed_until else (say("Pause"), PAUSE)
        found += [button(*turn), button(say("Stop"), STOP, "danger")]
    if entry.may_edit:
        found.append(button(say("Edit"), EDIT))
    return tuple(found)


def _new_row(sentences: Sentences) -> Actions:
    return Actions("new-alert", (Button(sentences.say("New alert"), NEW, "", "primary"),))
