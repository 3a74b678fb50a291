"""Incidents as deliveries: each trouble is told once to who can mend it, and so is its end.

The troubles are read from the rows of the store at every tick, so that a process which was killed leaves
nothing untold.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.deliveries.troubles import Troubles
from bot.render.incidents import incidents_message
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.rights import Membership, require_visible
from bot.store.deliveries import INCIDENT, MISTAKE, Deliveries, Delivery, State, What
from bot.store.delivery_desk import DeliveryDesk, Waiting
from bot.store.errors import StoreError
from bot.store.incidents import ADMINS, Incident, IncidentBook, Kind, Trouble, notice_of
from bot.store.subscriptions import Paused, Subscription, number_of
from bot.subscriptions.incidents import Reader, code_of, is_wanted, shown_incident
from bot.subscriptions.standing import question_of, viewer_for
from bot.workspace.admins import admin_targets, is_admin_target
from bot.workspace.services import Services, desk_of, incidents_of, subscriptions_of
from kpi_engine.domain.errors import ForbiddenError, QueryError

log = logging.getLogger(__name__)

_LOOKED_BACK = timedelta(days=2)
"""How far back a process looks for troubles when it starts."""
_OVERLAP = timedelta(minutes=10)
"""How far back it looks at each tick: another process may have a slow clock, or commit late."""
_LATE = timedelta(minutes=30)
"""How long after it was due a post that waits is a trouble."""
_BETWEEN = timedelta(minutes=2)
"""How long nobody is told more, so that many troubles at once make few messages."""
_AT_ONCE = 200
"""How many people are told in one tick at most; Slack takes about as many messages in that time."""
_LOGGED = 20
"""How many new troubles of one tick have a line in the log."""
_LONG_OUTAGE = timedelta(minutes=5)
"""How long the store must have been away for that to be told."""
_STALE = timedelta(days=14)
"""How long after it was last seen a trouble is of interest."""


@dataclass(frozen=True, slots=True)
class IncidentNotices(OrdinaryContent):
    """The troubles of one workspace: which are open, who is told, and what.

    `stopped_for` returns Slack's error code for which nothing is sent, None while everything is.
    """

    services: Services
    deliveries: Deliveries
    troubles: Troubles
    language_of: LanguageOf
    stopped_for: Callable[[], str | None] = lambda: None
    _looked: dict[str, datetime] = field(default_factory=dict)

    @property
    def book(self) -> IncidentBook:
        """What went wrong."""
        return incidents_of(self.services)

    @property
    def desk(self) -> DeliveryDesk:
        """The deliveries as they are."""
        return desk_of(self.services)

    def plan(self, now: datetime) -> None:
        """Write down what is wrong and what is over, and plan the messages that tell it."""
        try:
            self._plan(now)
            self._note_outage(now)
        except StoreError:
            self._looked.setdefault("away", now)
            raise

    def _plan(self, now: datetime) -> None:
        since = self._looked.get("until", now - _LOOKED_BACK)
        rows = self.desk.troubled(since)
        paused = {entry.key: entry for entry in subscriptions_of(self.services).paused_by_themselves()}
        opened = self.book.open_ones()
        waits = self._waits(opened, now)
        known = frozenset(entry.trouble.subject for entry in opened if entry.trouble.kind is Kind.PAUSED)
        found = [
            *self.troubles.of_deliveries(rows, paused),
            *self.troubles.of_pauses(paused.values(), known),
            *self.troubles.of_waits(waits),
            *self._of_token(now),
        ]
        _log(self.book.note(found, now - _LOOKED_BACK))
        self._looked["until"] = now - _OVERLAP
        waiting = {trouble.subject for trouble in found if trouble.kind is Kind.WAITING}
        if opened:
            self._end(opened, paused, waiting, now)
        self._hand_over(rows, now)
        self._plan_notices(now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:  # noqa: ARG002 - the protocol's signature
        """Return how a message ends of which everything is over already; None if it is sent."""
        return None if self.book.of_notice(delivery.what.period) else Ending(State.MISSED, "it is over")

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what its reader is told. Raises KpiError."""
        target, services = delivery.what.target, self.services
        found = [
            entry for entry in self.book.of_notice(delivery.what.period) if _is_for(entry, target, services)
        ]
        if not found:
            raise ForbiddenError("There is nothing that they may be told.")
        is_person = target != services.admin_channel
        if is_person and self.troubles.account_of(target).membership is Membership.GONE:
            raise ForbiddenError("That account is deactivated.")  # the admins are told instead
        reader = Reader(target if is_person else "", is_admin_target(target, services))
        sentences = services.sentences(self._language(target, found))
        entries = [
            shown_incident(
                entry,
                self.desk.of_incident(entry),
                reader,
                services,
                sentences,
                services.engine.today(now),
                self._reasons(entry, sentences, now),
            )
            for entry in found
        ]
        return services.marked(incidents_message(entries, sentences), sentences)

    def repeats_unclear(self, delivery: Delivery) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return True: rather told twice than never."""
        return True

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Note that it was told."""
        self.book.told(delivery.what.period, now)

    def _end(
        self, opened: Iterable[Incident], paused: Collection[str], waiting: Collection[str], now: datetime
    ) -> None:
        """Note which troubles are over."""
        sent, standing = self.book.sent_since(), subscriptions_of(self.services).keys()
        told, silent = [], []
        for entry in opened:
            match entry.trouble.kind:
                case Kind.PAUSED if entry.trouble.subject not in paused:
                    silent.append(entry.id)  # its owner resumed, changed or stopped it
                case Kind.WAITING if entry.trouble.subject not in waiting:
                    told.append(entry.id)
                case Kind.TOKEN if self._is_accepted(entry):
                    told.append(entry.id)
                case Kind.REFUSED | Kind.UNCLEAR | Kind.MISSED:
                    if _is_mended(entry, sent.get(entry.id)):
                        told.append(entry.id)
                    elif _is_past(entry, sent.get(entry.id), now) or not self._stands(entry, standing):
                        silent.append(entry.id)
        if told:
            self.book.end(told, now, is_told=True)
        if silent:
            self.book.end(silent, now, is_told=False)

    def _waits(self, opened: Iterable[Incident], now: datetime) -> list[Waiting]:
        """Return what waits for long, but for the token: that is a trouble of its own."""
        refused = {entry.trouble.reason for entry in opened if entry.trouble.kind is Kind.TOKEN}
        refused |= {code for code in (self.stopped_for(),) if code}
        waits = self.desk.waiting(now - _LATE, (INCIDENT, MISTAKE))
        return [wait for wait in waits if code_of(wait.reason) not in refused]

    def _of_token(self, now: datetime) -> list[Trouble]:
        """Return that Slack doesn't accept the token, if it doesn't."""
        code = self.stopped_for()
        if code is None:
            return []
        self._looked["refused"] = now
        return [Trouble(Kind.TOKEN, "token", code, ADMINS, now)]

    def _is_accepted(self, entry: Incident) -> bool:
        """Whether Slack accepts the token again: as this process saw, or because it took something since."""
        if self.stopped_for() is not None:
            return False
        return self._looked.pop("refused", None) is not None or self.book.anything_sent(entry.trouble.at)

    def _note_outage(self, now: datetime) -> None:
        """Write down that the store was away for long, once it is there again; each process saw it."""
        since = self._looked.get("away")
        if since is not None and now - since >= _LONG_OUTAGE:
            outage = Trouble(Kind.STORE, "store", str(Kind.STORE), ADMINS, since)
            if self.book.note([outage], since - _LOOKED_BACK, margin=_BETWEEN):
                opened = [
                    entry.id for entry in self.book.open_ones(ADMINS) if entry.trouble.kind is Kind.STORE
                ]
                self.book.end(opened, now, is_told=True)
        self._looked.pop("away", None)

    def _stands(self, entry: Incident, standing: frozenset[str]) -> bool:
        """Whether what a trouble is about is still set up."""
        trouble = entry.trouble
        if number_of(trouble.subject) is not None:
            return trouble.subject in standing
        what = What(trouble.subject, trouble.period, trouble.target, trouble.part)
        return is_wanted(what, self.services)

    def _hand_over(self, rows: Iterable[Delivery], now: datetime) -> None:
        """Have the admins told what an owner can't be told, and each of them what their channel can't be."""
        for row in rows:
            if row.what.part != INCIDENT or row.state is not State.FAILED:
                continue
            name, target = row.what.period, row.what.target
            if target == self.services.admin_channel:
                for admin in sorted(self.services.roles.listed.admins):
                    self.deliveries.plan(notice_of(name, admin), now, now)
            elif target not in self.services.roles.listed.admins and self.book.hand_over(name, ADMINS):
                log.warning("an owner can't be told of a trouble (%s); the admins are", row.reason)

    def _plan_notices(self, now: datetime) -> None:
        for audience, told_at in self.book.untold(_AT_ONCE).items():
            targets = admin_targets(self.services) if audience == ADMINS else (audience,)
            if not targets:
                if self._is_new("nobody", now):
                    log.warning("there is nobody to tell of troubles: set KPI_ADMIN_CHANNEL, or list admins")
            elif told_at is None or now - told_at >= _BETWEEN:
                self.book.plan_notices(audience, secrets.token_hex(8), targets, now)

    def _is_new(self, what: str, now: datetime) -> bool:
        """Whether this process says something for the first time."""
        return self._looked.setdefault(what, now) == now

    def _language(self, target: str, found: list[Incident]) -> str:
        """Return a person's language, else that of their subscription, else the bot's."""
        if target == self.services.admin_channel:
            return self.services.language
        subscription = next(filter(None, map(self._subscription, found)), None)
        kept = subscription.terms.language if subscription else ""
        return self.language_of(target) or kept or self.services.language

    def _subscription(self, entry: Incident) -> Subscription | None:
        number = number_of(entry.trouble.subject)
        return None if number is None else subscriptions_of(self.services).get(number)

    def _reasons(self, entry: Incident, sentences: Sentences, now: datetime) -> list[str]:
        """Return the sentences that say what is wrong with a paused subscription now."""
        subscription = self._subscription(entry) if entry.trouble.kind is Kind.PAUSED else None
        if subscription is None:
            return []
        if subscription.paused is Paused.ZONE:
            return [sentences.say("Press Edit and then Save: it gets the time zone of your Slack profile.")]
        terms = subscription.terms
        try:
            rights = self.services.rights_of(self.troubles.account_of(terms.owner), now)
            viewer = viewer_for(rights, terms.channel)
            if not terms.is_summary:
                require_visible(question_of(terms, now, self.services), viewer, self.services.catalogue)
        except QueryError as wrong:
            return [sentences.said(wrong.message), sentences.said(wrong.hint)]
        return []


def _log(new: Sequence[Trouble]) -> None:
    for trouble in new[:_LOGGED]:
        log.warning("trouble with %s: %s (%s)", trouble.subject, trouble.kind, trouble.reason)
    if len(new) > _LOGGED:
        log.warning("and %d more; see kpi-bot deliveries", len(new) - _LOGGED)


def _is_for(entry: Incident, target: str, services: Services) -> bool:
    audience = entry.trouble.audience
    return is_admin_target(target, services) if audience == ADMINS else audience == target


def _is_mended(entry: Incident, sent: bool | None) -> bool:
    """Whether what failed was sent since (`sent`), or what was refused is posted again (False)."""
    return bool(sent) or (sent is not None and entry.trouble.kind is Kind.REFUSED)


def _is_past(entry: Incident, sent: bool | None, now: datetime) -> bool:
    """Whether a trouble is of no interest any more: the next post says what was missed."""
    return (sent is not None and entry.trouble.kind is Kind.MISSED) or now - entry.trouble.at > _STALE
