"""Subscriptions in words: what was set up, the list with its buttons, the form, what owners are told."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Ask, Button, plain_text
from bot.render.escape import marked_down
from bot.render.formats import ordinal
from bot.render.message import Block, Message, Modal
from bot.render.sentences import Sentences
from kpi_engine.domain.posts import Schedule
from kpi_engine.language.lexicon import offered_in

PAUSE, RESUME, STOP, SEND, EDIT, NEW, FORM = (
    f"subscription:{name}" for name in ("pause", "resume", "stop", "send", "edit", "new", "form")
)
"""The actions of the list's buttons, and of the form that is sent."""
WHAT, WHEN, AT, WHERE = "what", "when", "at", "where"
"""The fields of the form."""
SHOWN = 8
"""Subscriptions in one message, at most."""
_ROOM = 300
WORKING_DAYS = 5
"""Working days of the month that the form offers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A subscription as it is shown to somebody.

    `what` is its question or its summary's title in Slack's markup, `ask` the line that asks the same now:
    "" where they may not see what it asks, and `what` only says whose it is.
    `channel` is an id, None for the owner's direct messages. `next_at` is None while it is paused
    (`paused` says why). Buttons: `may_stop` for those who may pause and stop it, `may_edit` for its owner.
    """

    number: int
    what: str
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
    head = say("You are subscribed.") if is_new else say("You were subscribed to that already.")
    line = _line(entry, sentences)
    row = blocks.button_row(_buttons(entry, sentences), name="subscription")
    shown: list[Block] = [blocks.section(f"*{head}*\n{line}"), *([row] if row else [])]
    return Message(limits.shorten(f"{head}\n{_plain(line)}", limits.MESSAGE_TEXT), tuple(shown))


def list_message(
    entries: Sequence[Listed], sentences: Sentences, first: int = 0, *, beside: Sequence[str] = ()
) -> Message:
    """Return the list, from its place `first` on; `beside` are lines about what comes without any."""
    if not entries:
        text = sentences.say("You have no subscriptions.")
        shown: list[Block] = [blocks.section(text), *_new_row(sentences, examples=True)]
        return _with_lines(Message(text, tuple(shown)), beside)
    count = min(SHOWN, len(entries) - first)
    while count > 1 and not _fits(_with_lines(_page(entries, first, count, sentences), beside)):
        count -= 1
    return _with_lines(_page(entries, first, count, sentences), beside)


def _with_lines(message: Message, lines: Sequence[str]) -> Message:
    text = "\n".join([message.text, *map(_plain, lines)])
    return replace(message, text=text, blocks=(*message.blocks, *blocks.contexts(list(lines))))


def from_file(title: str, schedule: Schedule, sentences: Sentences) -> str:
    """Return the line about a summary that a channel gets because its file says so (Slack's markup)."""
    say = sentences.say("This channel gets the {title} as well, {rhythm}: whoever runs me set it up.")
    return say.format(title=marked_down(title), rhythm=rhythm(schedule, sentences))


def stopped_message(entry: Listed, rest: Message, sentences: Sentences, again: str = "") -> Message:
    """Return the list that is left, under what was stopped; `again` is the line that sets it up anew."""
    where = f"<#{entry.channel}>" if entry.channel else sentences.say("your direct messages")
    what = " · ".join((entry.what, rhythm(entry.schedule, sentences), where))
    line = sentences.say("Stopped: {what}.").format(what=what)
    row = blocks.asks([Ask(sentences.say("Undo"), again)], name="undo") if again else None
    shown: list[Block] = [blocks.section(line), *([row] if row else [])]
    return replace(rest, text=f"{_plain(line)}\n{rest.text}", blocks=(*shown, *rest.blocks))


def _page(entries: Sequence[Listed], first: int, count: int, sentences: Sentences) -> Message:
    """Return some of the list, from the place `first` on, with a button to the rest."""
    title, shown = sentences.say("Subscriptions"), entries[first : first + count]
    rest = _rest(len(entries) - first - count, first + count, sentences)
    text = "\n".join(
        [title, *(_plain(_line(entry, sentences)) for entry in shown), *(ask.label for ask in rest)]
    )
    row = blocks.asks(rest, name="more")
    body = [blocks.section(f"*{title}*"), *listed_blocks(shown, sentences), *([row] if row else [])]
    return Message(text, (*body, *_new_row(sentences)))


def _fits(message: Message) -> bool:
    """Whether a page keeps Slack's limits, with room for a mark at its end."""
    size = len(json.dumps(message.blocks, ensure_ascii=False))
    return size < limits.JSON_OF_BLOCKS - _ROOM and len(message.text) < limits.MESSAGE_TEXT - _ROOM


def _rest(more: int, place: int, sentences: Sentences) -> list[Ask]:
    label = sentences.say("{count} more").format(count=more)
    return [Ask(label, f"subscriptions {place + 1}")] if more > 0 else []


def listed_blocks(entries: Sequence[Listed], sentences: Sentences) -> list[Block]:
    """Return a line and a row of buttons for each subscription."""
    found: list[Block] = []
    for entry in entries:
        found.append(blocks.section(_line(entry, sentences)))
        row = blocks.button_row(_buttons(entry, sentences), name=f"subscription-{entry.number}")
        found += [row] if row else []
    return found


def home_blocks(entries: Sequence[Listed], sentences: Sentences) -> list[Block]:
    """Return what stands on somebody's Home tab."""
    row = blocks.asks(_rest(len(entries) - SHOWN, SHOWN, sentences), name="more")
    nothing = [] if entries else [blocks.context(sentences.say("You have no subscriptions."))]
    shown = listed_blocks(entries[:SHOWN], sentences)
    settings = blocks.asks([Ask(sentences.say("Settings"), "settings")], name="settings")
    rows = [entry for entry in (row, *_new_row(sentences), settings) if entry]
    return [*shown, *nothing, *rows]


def done_message(text: str) -> Message:
    """Return a sentence about something that was done; its own words are ours, ids are Slack's markup."""
    return Message(text, (blocks.section(text),))


def introduced(
    message: Message, number: int, owner: str, schedule: Schedule, sentences: Sentences, command: str
) -> Message:
    """Return the first message of a subscription, which says whose it is and how to stop it."""
    line = sentences.say(
        "Set up by {owner}; it comes {rhythm}. To stop it, they or an admin type {line}."
    ).format(
        owner=f"<@{owner}>", rhythm=rhythm(schedule, sentences), line=f"`{command} unsubscribe {number}`"
    )
    text = limits.shorten(message.text, limits.MESSAGE_TEXT - len(line) - 1) + "\n" + _plain(line)
    shown = (*message.blocks, blocks.context(line)) if message.blocks else ()
    plain = introduced(message.plain, number, owner, schedule, sentences, command) if message.plain else None
    return replace(message, text=text, blocks=shown, plain=plain)


def notice_message(what: str, reasons: Sequence[str], entry: Listed | None, sentences: Sentences) -> Message:
    """Return what the owner of a subscription is told in private: what happened, and what to do."""
    lines = [what, *(reason for reason in reasons if reason)]
    shown: list[Block] = [blocks.section("\n".join(lines))]
    text = "\n".join(lines)
    if entry:
        line = _line(entry, sentences)
        shown.append(blocks.section(line))
        row = blocks.button_row(_buttons(entry, sentences), name="subscription")
        shown += [row] if row else []
        text += "\n" + _plain(line)
    return Message(limits.shorten(text, limits.MESSAGE_TEXT), tuple(shown))


def form(given: Form, value: str, sentences: Sentences) -> Modal:
    """Return the form of a subscription; `value` comes back with it."""
    say = sentences.say
    title = say("Change subscription") if given.number else say("New subscription")
    asked: dict[str, Any] = {"type": "plain_text_input", "action_id": WHAT, "max_length": 400}
    if given.what:
        asked["initial_value"] = given.what
    options = _options(given, sentences)
    chosen = next(entry for entry in options if entry["value"] == given.when)
    day = {"type": "static_select", "action_id": WHEN, "options": options, "initial_option": chosen}
    clock = {"type": "timepicker", "action_id": AT, "initial_time": f"{given.at:%H:%M}"}
    where: dict[str, Any] = {
        "type": "conversations_select",
        "action_id": WHERE,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if given.channel:
        where["initial_conversation"] = given.channel
    fields = (
        _field(WHAT, say("What"), asked, say("A question like sales by region, or: weekly, monthly.")),
        _field(WHEN, say("When"), day),
        _field(AT, say("At what time"), clock),
        _field(WHERE, say("In which channel"), where, say("Empty: in your direct messages."), optional=True),
    )
    return Modal(FORM, value, title, say("Keep"), say("Cancel"), fields)


def _options(given: Form, sentences: Sentences) -> list[dict[str, Any]]:
    say, formats = sentences.say, sentences.formats
    weekly = (Schedule("week", given.at, weekday=day) for day in range(7))
    days = [
        (day_words(every), say("every {day}").format(day=formats.weekday(every.weekday or 0)))
        for every in weekly
    ]
    nth = say("every {nth} working day of the month")
    numbers = sorted({*range(1, WORKING_DAYS + 1), *_working_day_of(given.when)})
    months = [
        (
            day_words(Schedule("month", given.at, working_day=number)),
            nth.format(nth=formats.ordinal(number)),
        )
        for number in numbers
    ]
    return [
        {"text": plain_text(label, limits.OPTION_TEXT), "value": value} for value, label in (*days, *months)
    ]


def day_words(schedule: Schedule) -> str:
    """Return a schedule's day as it is typed, and as the form carries it: "every monday"."""
    return order_words("en").day(schedule)


def _working_day_of(chosen: str) -> list[int]:
    number = re.match(r"every (\d+)", chosen)
    return [int(number.group(1))] if number else []


def _field(
    name: str, label: str, element: dict[str, Any], hint: str = "", *, optional: bool = False
) -> Block:
    block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(label),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain_text(hint)} if hint else {})


def _line(entry: Listed, sentences: Sentences) -> str:
    """Return a subscription as one line of Slack's markup."""
    say = sentences.say
    where = f"<#{entry.channel}>" if entry.channel else say("your direct messages")
    parts = [f"*{entry.number}*", entry.what, rhythm(entry.schedule, sentences), where]
    if entry.channel and entry.ask and not entry.may_edit:
        parts.append(say("set up by {owner}").format(owner=f"<@{entry.owner}>"))
    if entry.next_at:
        parts.append(say("next on {moment}").format(moment=sentences.formats.moment(entry.next_at)))
    else:
        parts.append(f"*{say('paused')}*" + (f" ({marked_down(entry.paused)})" if entry.paused else ""))
    return " · ".join(parts)


def _plain(line: str) -> str:
    return line.replace("*", "").replace("`", "")


def _buttons(entry: Listed, sentences: Sentences) -> list[Button]:
    say, number = sentences.say, str(entry.number)

    def button(label: str, action: str, style: str | None = None) -> Button:
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
    return found


def _new_row(sentences: Sentences, *, examples: bool = False) -> list[Block]:
    say = sentences.say
    new = Button(say("New subscription"), NEW, "new", "primary")
    row = blocks.button_row([new], name="new-subscription")
    lines = (say("subscribe weekly"), say("subscribe monthly"))
    asks = blocks.asks([Ask(line, line) for line in lines], name="examples")
    return [entry for entry in (row, asks if examples else None) if entry]
