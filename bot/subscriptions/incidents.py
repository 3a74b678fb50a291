"""Troubles with posts: whom each concerns, what its reader may see of it, and what may be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.render.document import Bold, Channel, Code, Line, Person, Span, filled
from bot.render.incidents import ShownIncident
from bot.render.sentences import Sentences
from bot.store.alerts import Alert
from bot.store.alerts import number_of as alert_number_of
from bot.store.deliveries import (
    ALERT,
    DETAILS,
    NOT_MADE,
    PROMPT,
    SHORTFALL,
    SUMMARY,
    UNREADABLE,
    Delivery,
    State,
    What,
)
from bot.store.incidents import SURVEY, Incident, Kind
from bot.store.subscriptions import Paused, Subscription, number_of
from bot.subscriptions.standing import why_paused
from bot.workspace.services import Services, subscriptions_of
from kpi_engine import parse_period
from kpi_engine.domain.errors import ForbiddenError, QueryError

_SENT_AGAIN = (Kind.REFUSED, Kind.UNCLEAR, Kind.MISSED)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads of a trouble: a person, or ("" as the user) everybody in the admins' channel."""

    user: str
    sees_everything: bool


def code_of(reason: str | None) -> str:
    """Return the code that a delivery's reason begins with, "" if it has none.

    Without a code it ended because nobody wanted it any more.
    """
    begin = (reason or "").partition(":")[0]
    return begin if begin and " " not in begin else ""


def words_after_code(reason: str | None) -> str:
    """Return what a delivery's reason says after its code."""
    return (reason or "").partition(": ")[2]


def is_wanted(what: What, services: Services) -> bool:
    """Whether a delivery would still be posted if it was sent again: it was neither stopped nor changed."""
    number = number_of(what.subscription)
    if number is not None:
        found = subscriptions_of(services).get(number)
        return found is not None and found.key == what.subscription
    if what.part == ALERT:
        alert = alert_of(what.subscription, services)
        return alert is not None and alert.key == what.subscription
    spec = services.catalogue.summaries.get(what.subscription)
    if what.part in (SUMMARY, DETAILS[SUMMARY]):
        return spec is not None and what.target in spec.channels
    return what.part != SHORTFALL or spec is not None


def alert_of(key: str, services: Services) -> Alert | None:
    """Return the alert whose deliveries are found by a key, None if it was stopped or isn't one."""
    number = alert_number_of(key)
    return None if number is None or services.alerts is None else services.alerts.get(number)


def require_mender(incident: Incident, user: str, *, sees_everything: bool) -> None:
    """Raise ForbiddenError for people who are neither the owner of a post nor see everything."""
    if incident.trouble.audience != user and not sees_everything:
        raise ForbiddenError(
            "That post belongs to someone else.", hint="Only its owner or an admin can send it again."
        )


def shown_incident(
    incident: Incident,
    delivery: Delivery | None,
    reader: Reader,
    services: Services,
    sentences: Sentences,
    today: date,
    words: Sequence[str] = (),
) -> ShownIncident:
    """Return a trouble as its reader is told it; `delivery` is the newest that it is about.

    `words` are what is known of it besides.
    """
    trouble = incident.trouble
    subscription = _subscription(trouble.subject, services)
    is_mine = subscription is not None and subscription.terms.owner == reader.user
    is_open, is_pause = incident.ended_at is None, trouble.kind is Kind.PAUSED
    return ShownIncident(
        number=incident.id,
        kind=trouble.kind,
        what=_what(incident, delivery, reader, services, sentences, today),
        place=_place(incident, reader, sentences),
        reason=why_paused(Paused(trouble.reason), sentences) if is_pause else trouble.reason,
        words=(*_words(trouble.reason, delivery, reader, sentences), *words),
        count=trouble.count,
        since=incident.first_at,
        until=incident.ended_at,
        is_sent=delivery is not None and delivery.state is State.SENT,
        may_send_again=is_open and delivery is not None and _may_send_again(incident, delivery, services),
        subscription=subscription.id if subscription is not None and is_mine else None,
    )


def _words(reason: str, delivery: Delivery | None, reader: Reader, sentences: Sentences) -> tuple[str, ...]:
    """Return what a delivery's reason says besides its code."""
    told = words_after_code(delivery.reason) if delivery is not None else ""
    if reason == NOT_MADE and told and reader.user:  # it may name people, so a channel doesn't read it
        return (sentences.said(told),)
    code, _, scope = told.partition(" ")
    if reason == UNREADABLE and code == "missing_scope" and scope:
        return (sentences.say("With the scope {scope} I would look there myself.").format(scope=scope),)
    return ()


def _may_send_again(incident: Incident, delivery: Delivery, services: Services) -> bool:
    trouble = incident.trouble
    return trouble.kind in _SENT_AGAIN and trouble.reason != SURVEY and is_wanted(delivery.what, services)


def _subscription(subject: str, services: Services) -> Subscription | None:
    number = number_of(subject)
    return None if number is None else subscriptions_of(services).get(number)


def _what(
    incident: Incident,
    delivery: Delivery | None,
    reader: Reader,
    services: Services,
    sentences: Sentences,
    today: date,
) -> Line:
    """Return what was to be posted: a summary, a subscription or something of theirs, and its period."""
    say, trouble = sentences.say, incident.trouble
    if trouble.kind in (Kind.WAITING, Kind.TOKEN, Kind.STORE):
        return ""
    if trouble.part == PROMPT:
        return (Bold(say("The survey of {day}").format(day=sentences.formats.day(incident.first_at.date()))),)
    if trouble.part == ALERT:
        return _of_alert(alert_of(trouble.subject, services), trouble.subject, reader, sentences)
    number = number_of(trouble.subject)
    spec = services.catalogue.summaries.get(trouble.subject)
    if trouble.part == ALERT:
        return (Bold(say("Alert {number}").format(number=alert_number_of(trouble.subject))),)
    if number is not None:
        what = _of_subscription(number, _subscription(trouble.subject, services), reader, services, sentences)
    else:
        what = (Bold(spec.title.in_language(sentences.language) if spec else trouble.subject),)
    period = _period(delivery, sentences, today)
    return _of_part((*what, f", {period}") if period else what, trouble.part, sentences)


def _of_part(what: tuple[Span, ...], part: str, sentences: Sentences) -> tuple[Span, ...]:
    """Return a post, or what belongs to it, such as its thread."""
    say = sentences.say
    if part == SHORTFALL:  # whom it was for would say whose sales fell short
        return filled(say("A private message about {what}"), what=what)
    if part in DETAILS.values():
        return filled(say("The thread below {what}"), what=what)
    if " " in part:  # such as that figures have changed since
        return filled(say("A note about {what}"), what=what)
    return what


def _of_subscription(
    number: int,
    found: Subscription | None,
    reader: Reader,
    services: Services,
    sentences: Sentences,
) -> tuple[Span, ...]:
    say = sentences.say
    if found is None:
        return (Bold(say("Subscription {number}").format(number=number)),)
    terms, spec = found.terms, services.catalogue.summaries.get(found.terms.line)
    asked: tuple[Span, ...] = (
        (spec.title.in_language(sentences.language),) if terms.is_summary and spec else (Code(terms.line),)
    )
    if terms.owner == reader.user:
        return filled(say("Your subscription {number} ({what})"), number=number, what=asked)
    if reader.user and reader.sees_everything:
        return filled(
            say("Subscription {number} of {owner} ({what})"),
            number=number,
            owner=Person(terms.owner),
            what=asked,
        )
    return filled(say("Subscription {number} of {owner}"), number=number, owner=Person(terms.owner))


def _of_alert(found: Alert | None, key: str, reader: Reader, sentences: Sentences) -> tuple[Span, ...]:
    say, number = sentences.say, alert_number_of(key) or 0
    if found is not None and found.terms.owner == reader.user:
        asked = Code(found.terms.line)
        return filled(say("Your alert {number} ({what})"), number=number, what=asked)
    if found is not None and reader.user and reader.sees_everything:
        owner, asked = Person(found.terms.owner), Code(found.terms.line)
        return filled(say("Alert {number} of {owner} ({what})"), number=number, owner=owner, what=asked)
    return (Bold(say("Alert {number}").format(number=number)),)


def _period(delivery: Delivery | None, sentences: Sentences, today: date) -> str:
    """Return the name of the period that a delivery is about, "" if it isn't about one."""
    if delivery is None:
        return ""
    try:
        return sentences.period(parse_period(delivery.what.period, today))
    except QueryError:
        return ""


def _place(incident: Incident, reader: Reader, sentences: Sentences) -> Line:
    target, part = incident.trouble.target, incident.trouble.part
    if not target or part == SHORTFALL:
        return ""
    if target == reader.user:
        return sentences.say("you")
    return (Channel(target),) if target.startswith(("C", "G")) else (Person(target),)
