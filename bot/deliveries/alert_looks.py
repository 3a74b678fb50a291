"""Looks at what is watched when new data has come, and plans what its readers are to be told.

An alert is looked at when rows of its metric have arrived, when a day has begun (periods in relative words
then mean other days), and when it is new. What it finds is kept in the alert's row, so it makes no difference
which process looks, and none when a process is killed: what isn't told yet is planned at the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.alerts.judging import Look, look_at
from bot.alerts.standing import question_of, require_not_of_one
from bot.deliveries.subscription_posts import AccountOf
from bot.rights import answers_for
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.logs import log_unexpected
from bot.store.alerts import Alert, Judged, PausedAlert
from bot.store.deliveries import ALERT, Deliveries, State, What
from bot.store.errors import StoreError
from bot.subscriptions.standing import viewer_for
from bot.workspace.services import Services, alerts_of
from kpi_engine import alarms
from kpi_engine.domain.alerts import Standing
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import ForbiddenError, KpiError, QueryError, WarehouseError

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=10)
"""How often it is looked whether new data has come for an alert, at most."""
LATER = timedelta(minutes=5)
"""When it is tried again if the database or Slack doesn't answer."""
COOLDOWN = timedelta(hours=4)
"""The shortest time between two messages of an alert; what is over again meanwhile isn't told."""
_AT_ONCE = 50
"""Alerts that are looked at before what they found is kept and told."""
BEGUN, STILL, OVER, PAUSED = "begun", "still", "over", "paused"
"""What a delivery of an alert tells: its period begins with it."""


@dataclass(frozen=True, slots=True)
class AlertLooks:
    """The alerts of one workspace, as they are looked at."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    clock: Clock
    _marks: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Look at every alert that new data has come for, and plan what is to be told. Never raises."""
        try:
            self._marks.clear()
            now = self.clock()
            while due := alerts_of(self.services).due(now, _AT_ONCE):
                self._look(due, now)
            if self._tell(now):
                self.services.wake()
        except StoreError:
            log.info("the alerts wait for the store")
        except Exception as wrong:  # noqa: BLE001 - logged; the next look tries again
            log_unexpected(log, "the alerts can't be looked at; trying again at the next look", wrong)

    def _look(self, due: Sequence[Alert], now: datetime) -> None:
        """Look at some alerts, unless nothing has arrived since the last look."""
        book, same, taken = alerts_of(self.services), [], []
        for alert in due:
            mark = self._mark(alert, now)
            if mark is None or mark == alert.mark:
                same.append(alert)
            elif book.claim(alert, now + EVERY):
                taken.append((alert, mark))
        book.put_off(same, now + EVERY)
        looks = [(alert, mark, found) for alert, mark in taken if (found := self._found(alert, now))]
        book.judged(self._decided(looks))

    def _mark(self, alert: Alert, now: datetime) -> str | None:
        """Return what stands for the day and the data behind an alert; None if that can't be read now."""
        metric = alert.terms.metric
        if metric not in self.services.catalogue.metrics:
            return "gone"
        if metric not in self._marks:
            try:
                self._marks[metric] = self.services.engine.arrived(metric, now)
            except KpiError as wrong:
                log.warning("what has arrived of %s can't be read: %s", metric, wrong)
                return None
        return f"{self.services.engine.today(now):%y%m%d} {self._marks[metric]}"[:64]

    def _found(self, alert: Alert, now: datetime) -> Look | None:
        """Return how the figure of an alert stands; None where nothing can be said now.

        If it may not be seen, or can't be read any more, the alert is paused first.
        """
        try:
            answer = answer_of(alert, self.services, self.account_of, now)
            return look_at(answer, alert.terms.watch, self.services.calendar)
        except (WarehouseError, DeliveryError) as wrong:
            log.warning("the look at %s waits: %s", alert.key, wrong)
            alerts_of(self.services).put_off([alert], now + LATER)
        except StoreError:
            raise
        except QueryError as wrong:
            self._pause(alert, wrong, now)
        except KpiError as wrong:
            log.warning("%s can't be looked at (%s)", alert.key, type(wrong).__name__)
        except Exception as wrong:  # noqa: BLE001 - logged; the other alerts are still to be looked at
            log_unexpected(log, f"the look at {alert.key} failed", wrong)
        return None

    def _decided(self, looks: Sequence[tuple[Alert, str, Look]]) -> Iterable[Judged]:
        """Yield what each look found; unusual figures are alarms as far as their place's budget allows."""
        together: dict[tuple[str, str], list[int]] = {}
        for place, (alert, _, found) in enumerate(looks):
            if found.p_value is not None:
                together.setdefault((alert.terms.target, alert.terms.grain), []).append(place)
        fired = set()
        for (target, grain), places in together.items():
            watched = alerts_of(self.services).watched(target, grain)
            before = [_looks_before(looks[place][0], looks[place][2]) for place in places]
            p_values = [looks[place][2].p_value or 0.0 for place in places]
            worth = alarms(p_values, before, "week" if grain == "week" else "month", watched=watched)
            fired |= {place for place, is_alarm in zip(places, worth, strict=True) if is_alarm}
        for place, (alert, mark, look) in enumerate(looks):
            standing = look.standing
            if look.p_value is not None:
                standing = _outside(alert, is_alarm=place in fired)
            yield Judged(alert, standing, look.period, mark)

    def _tell(self, now: datetime) -> bool:
        """Plan what readers don't know yet; return whether anything was."""
        planned = [self._told(alert, now) for alert in alerts_of(self.services).untold()]
        return any(planned)

    def _told(self, alert: Alert, now: datetime) -> bool:
        """Plan the message of an alert, unless it is to be quiet now; return whether there is one."""
        book, is_firing = alerts_of(self.services), alert.standing is Standing.FIRING
        if not is_firing and not self._was_sent(alert):
            return not book.told(alert, now, is_message=False)  # nobody knows of what is over
        if _is_quiet(alert, now):
            return False
        kind = BEGUN if is_firing and not alert.reminds else STILL if is_firing else OVER
        what = What(alert.key, f"{kind} {alert.episode + 1}", alert.terms.target, ALERT)
        self.deliveries.plan(what, now, now)
        return book.told(alert, now)

    def _was_sent(self, alert: Alert) -> bool:
        """Whether readers were told that what is over had begun."""
        if alert.told is not Standing.FIRING:
            return False
        kinds = (f"{kind} {alert.episode}" for kind in (BEGUN, STILL))
        rows = [self.deliveries.of(What(alert.key, kind, alert.terms.target, ALERT)) for kind in kinds]
        found = [row.state for row in rows if row is not None]
        return not found or any(state is not State.FAILED for state in found)  # old rows are deleted

    def _pause(self, alert: Alert, wrong: QueryError, now: datetime) -> None:
        """Plan the owner's notice and then pause; if the bot is killed in between, both happen later."""
        reason = PausedAlert.ROLE if isinstance(wrong, ForbiddenError) else PausedAlert.LINE
        log.warning("%s is paused (%s, %s)", alert.key, reason, type(wrong).__name__)
        what = What(alert.key, f"{PAUSED} {now:%Y-%m-%d}", alert.terms.owner, ALERT)
        self.deliveries.plan(what, now, now)
        alerts_of(self.services).pause(alert, reason)


def answer_of(alert: Alert, services: Services, account_of: AccountOf, now: datetime) -> Answer:
    """Return the answer that an alert watches, as far as its owner and its readers may see it now.

    Raises KpiError.
    """
    terms = alert.terms
    query = question_of(terms, now, services)
    viewer = viewer_for(services.rights_of(account_of(terms.owner), now), terms.channel)
    if terms.channel is not None:
        require_not_of_one(query, viewer, services, now)
    (answer,) = answers_for(services.engine, query, viewer, services.totals, now)
    return answer


def _outside(alert: Alert, *, is_alarm: bool) -> Standing | None:
    """Return how a figure outside its usual range stands.

    It takes an alarm to begin, and a figure inside the range to end; in between nothing changes.
    """
    if is_alarm:
        return Standing.FIRING
    return Standing.CLEAR if alert.standing is Standing.UNKNOWN else alert.standing


def _looks_before(alert: Alert, found: Look) -> int:
    return alert.looks if alert.period == found.period else 0


def _is_quiet(alert: Alert, now: datetime) -> bool:
    """Whether an alert is to tell nothing now: it is snoozed, told something lately, or sleeps."""
    terms = alert.terms
    if alert.snoozed_until is not None and now < alert.snoozed_until:
        return True
    if alert.told_at is not None and now < alert.told_at + COOLDOWN:
        return True
    return terms.quiet is not None and terms.quiet.hold(now.astimezone(ZoneInfo(terms.zone)).time())
