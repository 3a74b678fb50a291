"""What people are told of troubles with posts: what happened, what they can do, and that it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.render.document import Actions, Bold, Button, Item, Line, Page, Paragraph, Span, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.subscription_list import EDIT, RESUME, STOP
from bot.store.deliveries import DATABASE, ENDED, NOT_MADE, SLACK, STORE, UNEXPECTED, State
from bot.store.incidents import DOWN, HELD, SURVEY, Kind

AGAIN, DISMISS = "incident:again", "incident:dismiss"
"""The actions of the buttons."""
SHOWN = 8
"""Troubles in one message, at most."""
_FIXES: Mapping[str, str] = {
    "not_in_channel": "I'm not in that channel: type /invite and my name there. Then press Send again.",
    "channel_not_found": "The channel no longer exists or is private. If it is private, invite me there. "
    "Then press Send again.",
    "is_archived": "The channel is archived. Unarchive it, or choose another one.",
    "restricted_action": "Slack lets only some people post in that channel. An owner of the workspace can "
    "change that.",
    "no_permission": "Slack lets only some people post in that channel. An owner of the workspace can change "
    "that.",
    "msg_too_long": "The message is too long for Slack. Ask for less, for example with top 10.",
    "user_not_found": "Slack doesn't know that person any more.",
    "cannot_dm_bot": "Slack delivers no messages to other apps.",
    "user_disabled": "That person's account is deactivated.",
    "messages_tab_disabled": "The app takes no direct messages: switch on the Messages tab on its page App "
    "Home.",
    "missing_scope": "Install the app again with the scopes of config/slack-manifest.yaml. Then press Send "
    "again.",
    SURVEY: "Send the survey once more: who got it isn't asked again.",
}
"""What can be done about a refusal, by its code."""
_MISSED: Mapping[str, str] = {
    DATABASE: "the sales database didn't answer in time",
    DOWN: "I wasn't running when it was due",
}
_WAITS: Mapping[str, str] = {
    SLACK: "Slack doesn't answer",
    STORE: "my own store doesn't answer",
    UNEXPECTED: "something is wrong on my side; my log says what",
    DATABASE: "the sales database doesn't answer",
    HELD: "their data isn't complete",
}


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """A trouble as it is told to somebody.

    `what` was to be posted in `place` ("" where that isn't said). `reason` is a code, of a pause the words
    for it. `words` are what is known of a failure besides its code. `until` is when it was over, None while
    it goes on; `is_sent`: the post that had failed was sent since. `subscription` is the number of the
    subscription that its reader may change, else None.
    """

    number: int
    kind: Kind
    what: Line
    place: Line
    reason: str
    words: tuple[str, ...]
    count: int
    since: datetime
    until: datetime | None = None
    is_sent: bool = False
    may_send_again: bool = False
    subscription: int | None = None


def incidents_message(entries: Sequence[ShownIncident], sentences: Sentences) -> Message:
    """Return what is wrong, what can be done, and what is over."""
    if len(entries) > 1:
        return Message((incident_page(entries, 0, sentences),), sentences.language)
    parts = [
        part
        for entry in entries
        for part in (
            Paragraph((_line(entry, sentences),)),
            Actions(f"incident-{entry.number}", _buttons(entry, sentences, in_list=False)),
        )
    ]
    return Message(tuple(parts), sentences.language)


def deliveries_line(counts: Mapping[State, int], sentences: Sentences) -> Line:
    """Return how many posts wait, and what became of those of the last seven days."""
    say, number = sentences.say, sentences.formats.number
    waiting = sum(counts.get(state, 0) for state in State if state not in (*ENDED, State.HELD))
    return say(
        "Posts: {held} held, {waiting} on their way; in the last 7 days {sent} sent, {failed} failed, "
        "{unknown} unclear, {missed} missed."
    ).format(
        held=number(counts.get(State.HELD, 0)),
        waiting=number(waiting),
        **{str(state): number(counts.get(state, 0)) for state in ENDED},
    )


def coming_line(count: int, first: datetime | None, sentences: Sentences) -> Line:
    """Return how many subscriptions are due in the next 24 hours."""
    if first is None:
        return sentences.say("No subscription is due in the next 24 hours.")
    told = sentences.say("Subscriptions in the next 24 hours: {count}, the first on {moment}.")
    return told.format(count=sentences.formats.number(count), moment=sentences.formats.moment(first))


def incident_page(
    entries: Sequence[ShownIncident], first: int, sentences: Sentences, *, in_list: bool = False
) -> Page:
    """Return some of many troubles, from place `first` on; `in_list`: each can be taken off the list."""
    shown = entries[first : first + SHOWN]
    return Page(
        sentences.say("What went wrong") if entries else "",
        tuple(
            Item(
                _line(entry, sentences),
                Actions(f"incident-{entry.number}", _buttons(entry, sentences, in_list=in_list)),
            )
            for entry in shown
        ),
        first,
        len(entries) - first - len(shown),
        more=sentences.say("{count} more"),
        more_line="status {place}",
    )


def _line(entry: ShownIncident, sentences: Sentences) -> Line:
    if entry.until is not None:
        return _end(entry, sentences)
    match entry.kind:
        case Kind.REFUSED:
            return _and(_refused(entry, sentences), _fixes(entry, sentences))
        case Kind.UNCLEAR:
            return _unclear(entry, sentences)
        case Kind.MISSED:
            return _missed(entry, sentences)
        case Kind.PAUSED:
            return _and(_paused(entry, sentences), entry.words)
        case Kind.WAITING | Kind.TOKEN | Kind.STORE:
            return _waiting(entry, sentences)


def _end(entry: ShownIncident, sentences: Sentences) -> Line:
    """Return that something is over."""
    say = sentences.say
    match entry.kind:
        case Kind.TOKEN:
            told = say(
                "From {since} until {until} Slack didn't accept my token ({code}), so nothing was posted. "
                "What was waiting is being sent now."
            )
            return _from_until(told, entry, sentences)
        case Kind.STORE:
            told = say(
                "From {since} until {until} my own store didn't answer, so nothing was posted. What was "
                "waiting is being sent now."
            )
            return _from_until(told, entry, sentences)
        case Kind.WAITING:
            why = _why_it_waits(entry, sentences)
            return filled(say("No post waits any more. The reason was: {why}."), why=why)
    if entry.is_sent:
        return _about(say("{what} was sent."), entry, sentences)
    again = say("{what} is posted again. What failed before isn't sent by itself.")
    return _about(again, entry, sentences)


def _from_until(sentence: str, entry: ShownIncident, sentences: Sentences) -> Line:
    moment = sentences.formats.moment
    since, until = moment(entry.since), moment(entry.until or entry.since)
    return filled(sentence, since=since, until=until, code=entry.reason)


def _refused(entry: ShownIncident, sentences: Sentences) -> tuple[Span, ...]:
    say = sentences.say
    if entry.reason == SURVEY:
        many, one = (
            say("{what} didn't reach {count} people."),
            say("{what} didn't reach one person."),
        )
        return _about(one if entry.count == 1 else many, entry, sentences, count=entry.count)
    if entry.reason == NOT_MADE:
        return _about(say("{what} couldn't be made."), entry, sentences)
    return _about(say("{what} couldn't be posted."), entry, sentences)


def _fixes(entry: ShownIncident, sentences: Sentences) -> tuple[str, ...]:
    if entry.reason in _FIXES:
        return (sentences.say(_FIXES[entry.reason]),)
    if entry.reason == NOT_MADE:
        return entry.words
    return (sentences.say("Slack refused it ({code}).").format(code=entry.reason),)


def _paused(entry: ShownIncident, sentences: Sentences) -> tuple[Span, ...]:
    return _about(sentences.say("{what} is paused: {why}."), entry, sentences, why=entry.reason)


def _unclear(entry: ShownIncident, sentences: Sentences) -> Line:
    say = sentences.say
    told = _about(say("{what}: Slack didn't say whether it took the message."), entry, sentences)
    todo = say("Look there: if it is missing, press Send again; if it is there, press It arrived.")
    return _and(told, (todo, *entry.words))


def _missed(entry: ShownIncident, sentences: Sentences) -> Line:
    say = sentences.say
    told = _about(
        say("{what} was missed: {why}."), entry, sentences, why=_why_it_was_missed(entry, sentences)
    )
    newest = say("{count} in a row were missed; Send again sends the newest.").format(count=entry.count)
    return _and(told, (newest,) if entry.count > 1 else ())


def _why_it_was_missed(entry: ShownIncident, sentences: Sentences) -> str:
    return sentences.say(_MISSED.get(entry.reason, "it couldn't be sent in time"))


def _waiting(entry: ShownIncident, sentences: Sentences) -> Line:
    say, since = sentences.say, sentences.formats.moment(entry.since)
    if entry.kind is Kind.TOKEN:
        told = say("Slack hasn't accepted my token since {since} ({code}), so nothing is posted.")
        return filled(told, since=since, code=entry.reason)
    many = say("{count} posts have waited since {since}: {why}.")
    one = say("A post has waited since {since}: {why}.")
    told = one if entry.count == 1 else many
    return filled(told, count=entry.count, since=since, why=_why_it_waits(entry, sentences))


def _why_it_waits(entry: ShownIncident, sentences: Sentences) -> str:
    why = sentences.say(_WAITS.get(entry.reason, "Slack doesn't take them ({code})"))
    return why.format(code=entry.reason)


def _about(
    sentence: str, entry: ShownIncident, sentences: Sentences, **values: str | int
) -> tuple[Span, ...]:
    """Return a sentence with what it is about, and where that was to be posted."""
    what: tuple[Span, ...] = entry.what if isinstance(entry.what, tuple) else (Bold(entry.what),)
    if entry.place:
        place = entry.place if isinstance(entry.place, tuple) else (entry.place,)
        what = filled(sentences.say("{what} for {place}"), what=what, place=place)
    return filled(sentence, what=what, **values)


def _and(told: tuple[Span, ...], further: Sequence[str]) -> tuple[Span, ...]:
    return (*told, *(f" {line}" for line in further if line))


def _buttons(entry: ShownIncident, sentences: Sentences, *, in_list: bool) -> tuple[Button, ...]:
    say = sentences.say
    if entry.until is not None:
        return ()
    spoken = say("{label}: trouble {number}")

    def button(
        label: str, action: str, value: int, style: Literal["primary", "danger"] | None = None
    ) -> Button:
        return Button(label, action, str(value), style, spoken.format(label=label, number=entry.number))

    found = []
    if entry.may_send_again:
        found.append(button(say("Send again"), AGAIN, entry.number, "primary"))
    if entry.kind is Kind.UNCLEAR:
        found.append(button(say("It arrived"), DISMISS, entry.number))
    if entry.subscription is not None:
        if entry.kind is Kind.PAUSED:
            found.append(button(say("Resume"), RESUME, entry.subscription))
        found.append(button(say("Edit"), EDIT, entry.subscription))
        if entry.kind is Kind.PAUSED:
            found.append(button(say("Stop"), STOP, entry.subscription, "danger"))
    if in_list and entry.kind in (Kind.REFUSED, Kind.MISSED):
        found.append(button(say("Dismiss"), DISMISS, entry.number))
    return tuple(found)
