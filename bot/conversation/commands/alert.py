"""`alert sales below 10k`: watches a figure; stops, pauses and snoozes an alert; and the form for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.alerts.new_alert import alert_meant, canonical_alert, read_terms, set_up
from bot.alerts.standing import alert_of, gone, require_reader, require_stopper, shown
from bot.conversation.command import CommandContext, Verb
from bot.render.alerts import done_message, kept_message
from bot.render.message import Message
from bot.store.alerts import Alert, AlertTerms, PausedAlert
from bot.workspace.services import alerts_of
from kpi_engine import ALERTS, COMMANDS, PERIODS, fold, one_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain

_Change = Literal["stop", "pause", "resume", "snooze"]
_NUMBER = re.compile(rf"(?:{one_of(COMMANDS.number_signs)})? ?(\d{{1,9}})")
_CHANGES: dict[str, _Change] = {
    **dict.fromkeys(ALERTS.stop, "stop"),
    **dict.fromkeys(ALERTS.pause, "pause"),
    **dict.fromkeys(ALERTS.resume, "resume"),
    **dict.fromkeys(ALERTS.snooze, "snooze"),
}
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7}
_USUAL_SNOOZE = timedelta(days=1)
_MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change of an alert that a line asks for; `length` of a snooze."""

    change: _Change
    alert: Alert
    length: timedelta = _USUAL_SNOOZE


def run(context: CommandContext, rest: str) -> Message:
    """Set up the alert that a line asks for, or change one by its number. Raises QueryError."""
    asked = _change_of(context, rest)
    if asked is not None:
        return _changed(context, asked)
    kept = set_up(context, rest)
    return kept_message(shown(kept.alert, context), context.sentences, is_new=kept.is_new)


def _read(context: CommandContext, rest: str) -> AlertTerms | _Asked:
    """Return what a line asks for. Raises QueryError."""
    alerts_of(context.services)
    return _change_of(context, rest) or read_terms(context, rest)


def _change_of(context: CommandContext, rest: str) -> _Asked | None:
    """Return the change that "stop 3" or "snooze 3 for 2 days" asks for, None for another line.

    Raises QueryError, with the asker's own alerts as suggestions.
    """
    words = fold(rest).split()
    change = _CHANGES.get(words[0]) if words else None
    if change is None:
        return None
    number = _NUMBER.match(" ".join(words[1:]))
    if number is None:
        verb, user = VERB.typed(context.language), context.request.user
        mine = [entry for entry in alerts_of(context.services).shown(user) if entry.terms.owner == user]
        raise QueryError(
            "Which alert?" if mine else "You have no alerts.",
            hint="Give its number:" if mine else "",
            suggestions=tuple(f"{verb} {words[0]} {entry.id}" for entry in mine),
        )
    found = alert_of(number.group(1), context.services)
    behind = " ".join(words[1:])[number.end() :].split()
    return _Asked(change, found, _length(behind) if change == "snooze" else _none_behind(behind))


def _none_behind(words: list[str]) -> timedelta:
    if words:
        raise QueryError("Give only its number.", hint="For example alert stop 3.")
    return _USUAL_SNOOZE


def _length(words: list[str]) -> timedelta:
    """Return how long a snooze lasts: "for 2 days", by default a day. Raises QueryError."""
    if words and words[0] in ALERTS.duration:
        words = words[1:]
    if not words:
        return _USUAL_SNOOZE
    count, unit = (words[0], words[1]) if len(words) == 2 else ("1", words[0])  # noqa: PLR2004
    grain = PERIODS.units.get(unit)
    days = _DAYS.get(grain, 0) * int(count) if grain and count.isdecimal() and len(count) < 4 else 0  # noqa: PLR2004
    if not 0 < days <= _MOST_DAYS:
        raise QueryError("For how long?", hint="At most 90 days, for example: for 3 days, for 2 weeks.")
    return timedelta(days=days)


def _changed(context: CommandContext, asked: _Asked) -> Message:
    """Change an alert and say so. Raises QueryError."""
    book, alert, say = alerts_of(context.services), asked.alert, context.sentences.say
    if asked.change == "snooze":
        return snoozed(context, alert, context.now + asked.length)
    require_stopper(context, alert)
    done: dict[str, tuple[Callable[[], bool], str]] = {
        "stop": (lambda: book.stop(alert), say("Alert {number} is stopped.")),
        "pause": (lambda: book.pause(alert, PausedAlert.ASKED), say("Alert {number} is paused.")),
        "resume": (lambda: resumed(context, alert), say("Alert {number} is on again.")),
    }
    change, told = done[asked.change]
    change()
    left = book.get(alert.id)
    entry = shown(left, context) if left else None
    return done_message(told.format(number=alert.id), context.sentences, entry)


def resumed(context: CommandContext, alert: Alert) -> bool:
    """Take back a pause or a snooze."""
    book = alerts_of(context.services)
    return book.resume(alert, context.now) if alert.paused else book.wake(alert)


def snoozed(context: CommandContext, alert: Alert, until: datetime) -> Message:
    """Snooze an alert until a moment and say so, in its channel to everybody. Raises QueryError."""
    require_reader(context, alert)
    book, sentences = alerts_of(context.services), context.sentences
    if not book.snooze(alert, until):
        raise gone()
    told = sentences.say("Alert {number} is snoozed until {moment}. If it still holds then, I tell it again.")
    line = told.format(number=alert.id, moment=sentences.formats.moment(until))
    left = book.get(alert.id)
    return done_message(line, sentences, shown(left, context) if left else None)


def _meant(context: CommandContext, line: str) -> str | None:
    return alert_meant(context, line) if context.services.alerts else None


VERB = Verb(
    "alert",
    ("waarschuw", "waarschuwing", "alarm"),
    "be told when a figure passes a number or is unusual",
    "alert sales last week below 50k",
    run,
    _read,
    meant=_meant,
    kept=canonical_alert,
)
