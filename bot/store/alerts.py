"""Alerts: figures that people have watched for them, what was judged of each, and what was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, delete, func, insert, or_, select, update

from bot.store.deliveries import ALERT
from bot.store.post_tables import alerts
from kpi_engine.domain.alerts import QuietHours, Rule, Standing, Watch

_MANY = 500
"""Ids in one statement, at most."""


class PausedAlert(StrEnum):
    """Why an alert is paused."""

    ASKED = "asked"
    """Its owner, or an admin, paused it."""
    ROLE = "role"
    """Its owner, or the channel, may no longer see the figure."""
    LINE = "line"
    """Its question can no longer be read."""


@dataclass(frozen=True, slots=True)
class AlertTerms:
    """What an alert watches, for whom, and when they aren't disturbed.

    `line` is a question about one figure, `metric` its metric and `grain` "week" or "month" where it is
    judged by its usual range, else "". `owner` is a Slack user id; `channel` a channel's id, None for the
    owner's direct messages. `zone` is the name of the time zone of the quiet hours.
    """

    owner: str
    channel: str | None
    line: str
    metric: str
    grain: str
    watch: Watch
    quiet: QuietHours | None
    zone: str
    language: str

    @property
    def target(self) -> str:
        """The channel, or the person, that it goes to."""
        return self.channel or self.owner


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that was kept, as its row stands (see `bot.store.post_tables.alerts`)."""

    id: int
    terms: AlertTerms
    revision: int
    created_at: datetime
    paused: PausedAlert | None
    look_after: datetime
    mark: str = ""
    standing: Standing = Standing.UNKNOWN
    period: str = ""
    looks: int = 0
    told: Standing = Standing.UNKNOWN
    episode: int = 0
    told_at: datetime | None = None
    snoozed_until: datetime | None = None
    reminds: bool = False
    seen_by: str | None = None
    seen_at: datetime | None = None

    @property
    def key(self) -> str:
        """What its deliveries are found by; each change of the terms has its own key."""
        return f"{ALERT} {self.id}.{self.revision}"

    @property
    def is_firing(self) -> bool:
        """Whether its readers were told, and not yet of the end."""
        return self.told is Standing.FIRING


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look at an alert's figure found: `standing` None where it couldn't be judged.

    `period` is canonical, and `mark` stands for the data that was looked at.
    """

    alert: Alert
    standing: Standing | None
    period: str
    mark: str


class AlertBook:
    """The alerts of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose alerts these are."""
        self._engine = engine
        self._workspace = workspace

    def add(self, terms: AlertTerms, now: datetime) -> Alert:
        """Keep an alert and return it with its number."""
        row = _row(terms) | _unjudged(now) | {"revision": 1, "created_at": now, "workspace": self._workspace}
        with self._engine.begin() as connection:
            key = connection.execute(insert(alerts).values(row)).inserted_primary_key
        return Alert(int(key[0]) if key else 0, terms, 1, now, None, now)

    def change(self, alert: Alert, terms: AlertTerms, now: datetime) -> Alert | None:
        """Change the terms and resume it; None if it is gone or was changed meanwhile."""
        values = _row(terms) | _unjudged(now) | {"revision": alert.revision + 1}
        return self.get(alert.id) if self._update(alert, values) else None

    def pause(self, alert: Alert, reason: PausedAlert) -> bool:
        """Pause an alert; False if it is paused already, changed or gone."""
        return self._update(alert, {"paused": reason}, alerts.c.paused.is_(None))

    def resume(self, alert: Alert, now: datetime) -> bool:
        """Resume an alert, which is then judged at once; False if it isn't paused, was changed or is gone."""
        values = {"paused": None, "look_after": now, "mark": ""}
        return self._update(alert, values, alerts.c.paused.is_not(None))

    def stop(self, alert: Alert) -> bool:
        """Delete an alert; False if it is gone already."""
        with self._engine.begin() as connection:
            return connection.execute(delete(alerts).where(self._mine(alert.id))).rowcount == 1

    def snooze(self, alert: Alert, until: datetime) -> bool:
        """Tell nothing of an alert until a moment; what was told and still holds then is told again."""
        return self._update(alert, {"snoozed_until": until, "reminds": alert.is_firing})

    def wake(self, alert: Alert) -> bool:
        """Take back a snooze."""
        return self._update(alert, {"snoozed_until": None, "reminds": False})

    def seen(self, alert: Alert, person: str, now: datetime) -> bool:
        """Note who acknowledged the last message; False if somebody did already."""
        return self._update(alert, {"seen_by": person, "seen_at": now}, alerts.c.seen_by.is_(None))

    def get(self, number: int) -> Alert | None:
        """Return an alert by its number, None if there is none."""
        found = self._rows(alerts.c.id == number)
        return found[0] if found else None

    def shown(self, person: str, channel: str | None = None) -> Sequence[Alert]:
        """Return a person's alerts, and all that go to a channel, ordered by number."""
        wanted = alerts.c.owner == person
        if channel is not None:
            wanted = or_(wanted, alerts.c.channel == channel)
        return self._rows(wanted)

    def due(self, now: datetime, limit: int) -> Sequence[Alert]:
        """Return alerts that may be looked at now, those that have waited longest first."""
        wanted = and_(alerts.c.paused.is_(None), alerts.c.look_after <= now)
        return self._rows(wanted, alerts.c.look_after, limit)

    def put_off(self, found: Sequence[Alert], until: datetime) -> None:
        """Look at some alerts again at a moment."""
        for first in range(0, len(found), _MANY):
            ids = [alert.id for alert in found[first : first + _MANY]]
            wanted = and_(alerts.c.workspace == self._workspace, alerts.c.id.in_(ids))
            with self._engine.begin() as connection:
                connection.execute(update(alerts).where(wanted).values(look_after=until))

    def claim(self, alert: Alert, until: datetime) -> bool:
        """Take an alert to look at it; False if another process did, or it was changed."""
        return self._update(alert, {"look_after": until}, alerts.c.look_after == alert.look_after)

    def judged(self, found: Iterable[Judged]) -> None:
        """Note what looks at some alerts found."""
        for entry in found:
            alert, is_same = entry.alert, entry.period == entry.alert.period
            values: dict[str, Any] = {"mark": entry.mark}
            if entry.standing is not None:
                looks = alert.looks + 1 if is_same else 1
                values |= {"standing": entry.standing, "period": entry.period, "looks": looks}
            self._update(alert, values)

    def watched(self, target: str, grain: str) -> int:
        """Return how many alerts of usual ranges of a grain go to a channel or a person."""
        owner = and_(alerts.c.channel.is_(None), alerts.c.owner == target)
        wanted = and_(
            alerts.c.workspace == self._workspace,
            alerts.c.paused.is_(None),
            alerts.c.grain == grain,
            or_(alerts.c.channel == target, owner),
        )
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(alerts).where(wanted)).scalar_one()

    def untold(self) -> Sequence[Alert]:
        """Return the alerts whose readers don't know how they stand, or are to be reminded."""
        news = and_(alerts.c.standing != Standing.UNKNOWN, alerts.c.standing != alerts.c.told)
        wanted = and_(alerts.c.paused.is_(None), or_(news, alerts.c.reminds))
        return self._rows(wanted)

    def told(self, alert: Alert, now: datetime, *, is_message: bool = True) -> bool:
        """Note that its readers were told how it stands; False if another process did.

        Without a message only what they know is noted: nothing was the case before, either.
        """
        values: dict[str, Any] = {"told": alert.standing, "reminds": False, "episode": alert.episode + 1}
        if is_message:
            values |= {"told_at": now, "snoozed_until": None}
        if is_message and alert.standing is Standing.FIRING:
            values |= {"seen_by": None, "seen_at": None}
        return self._update(alert, values, alerts.c.episode == alert.episode)

    def _mine(self, number: int) -> Any:
        return and_(alerts.c.workspace == self._workspace, alerts.c.id == number)

    def _update(self, alert: Alert, values: dict[str, Any], *seen: Any) -> bool:
        wanted = and_(self._mine(alert.id), alerts.c.revision == alert.revision, *seen)
        with self._engine.begin() as connection:
            return connection.execute(update(alerts).where(wanted).values(values)).rowcount == 1

    def _rows(self, wanted: Any, first: Any = alerts.c.id, limit: int | None = None) -> Sequence[Alert]:
        of_ours = and_(alerts.c.workspace == self._workspace, wanted)
        statement = select(alerts).where(of_ours).order_by(first, alerts.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [_alert(row) for row in connection.execute(statement).mappings()]


def number_of(key: str) -> int | None:
    """Return the number of the alert with this key, None if the key is something else's."""
    name, _, rest = key.partition(" ")
    number = rest.partition(".")[0]
    return int(number) if name == ALERT and number.isdecimal() else None


def _unjudged(now: datetime) -> dict[str, Any]:
    """Return the columns of an alert whose figure wasn't judged yet."""
    return {
        "paused": None,
        "look_after": now,
        "mark": "",
        "standing": Standing.UNKNOWN,
        "period": "",
        "looks": 0,
        "told": Standing.UNKNOWN,
        "episode": 0,
        "told_at": None,
        "snoozed_until": None,
        "reminds": False,
        "seen_by": None,
        "seen_at": None,
    }


def _row(terms: AlertTerms) -> dict[str, Any]:
    watch, quiet = terms.watch, terms.quiet
    return {
        "owner": terms.owner,
        "channel": terms.channel,
        "line": terms.line,
        "metric": terms.metric,
        "grain": terms.grain,
        "rule": watch.rule,
        "bound": watch.bound,
        "least_cases": watch.least_cases,
        "least_change": watch.least_change,
        "quiet_from": f"{quiet.start:%H:%M}" if quiet else None,
        "quiet_until": f"{quiet.end:%H:%M}" if quiet else None,
        "zone": terms.zone,
        "language": terms.language,
    }


def _alert(row: Any) -> Alert:
    quiet = (
        QuietHours(time.fromisoformat(row["quiet_from"]), time.fromisoformat(row["quiet_until"]))
        if row["quiet_from"] and row["quiet_until"]
        else None
    )
    watch = Watch(Rule(row["rule"]), row["bound"], row["least_cases"], row["least_change"])
    terms = AlertTerms(
        row["owner"],
        row["channel"],
        row["line"],
        row["metric"],
        row["grain"],
        watch,
        quiet,
        row["zone"],
        row["language"],
    )
    return Alert(
        id=row["id"],
        terms=terms,
        revision=row["revision"],
        created_at=row["created_at"],
        paused=PausedAlert(row["paused"]) if row["paused"] else None,
        look_after=row["look_after"],
        mark=row["mark"],
        standing=Standing(row["standing"]),
        period=row["period"],
        looks=row["looks"],
        told=Standing(row["told"]),
        episode=row["episode"],
        told_at=row["told_at"],
        snoozed_until=row["snoozed_until"],
        reminds=bool(row["reminds"]),
        seen_by=row["seen_by"],
        seen_at=row["seen_at"],
    )
