"""Incidents: what went wrong, to whom it is told, and whether it is over.

A trouble that goes on is one row. Each row is told in one notice, and its end in another one. A notice tells
everything that an audience hasn't been told yet; it is named before it is planned, so that two processes
never tell the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.deliveries import INCIDENT, State, What, new_row
from bot.store.post_tables import deliveries, incidents

_ROW = incidents.c
ADMINS = "admins"
"""The audience of what isn't one person's."""
DOWN, HELD, SURVEY = "down", "held", "survey"
"""Reasons besides those of deliveries: the bot was down, data was missing, a survey didn't arrive."""
_NOTICES = "incidents"
"""What the deliveries of notices belong to."""
_LONGEST_REASON = 60


class Kind(StrEnum):
    """The kinds of trouble."""

    REFUSED = "refused"
    """It can't be posted, or can't be made."""
    UNCLEAR = "unclear"
    """Nobody knows whether it was posted."""
    MISSED = "missed"
    """It wasn't posted while it was of use."""
    PAUSED = "paused"
    """A subscription was paused without its owner's wish."""
    WAITING = "waiting"
    """Posts have waited for long."""
    TOKEN = "token"  # noqa: S105 - not a password
    """Slack didn't accept the bot's token."""
    STORE = "store"
    """The bot's own store didn't answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong, as it was found at `at`.

    `audience` is a Slack user or ADMINS. `is_news`: where it is open already, it is told again.
    """

    kind: Kind
    subject: str
    reason: str
    audience: str
    at: datetime
    period: str = ""
    target: str = ""
    part: str = ""
    delivery: int | None = None
    count: int = 1
    is_news: bool = False

    @property
    def key(self) -> Key:
        """What tells it from other troubles."""
        return self.kind, self.subject, self.period, self.target, self.part


Key = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble that was written down. `ended_at` None: it goes on."""

    id: int
    trouble: Trouble
    first_at: datetime
    notice: str | None
    told_at: datetime | None
    ended_at: datetime | None


class IncidentBook:
    """The incidents of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def note(
        self, troubles: Iterable[Trouble], since: datetime, *, margin: timedelta = timedelta(0)
    ) -> Sequence[Trouble]:
        """Write down what is wrong; return what is new.

        What is known already, also of an incident that is over, isn't written down again. `since` is how far
        back the troubles go, `margin` by how much two processes may differ on when one was found.
        """
        found = _newest(troubles)
        if not found:
            return ()
        known, new = self._known(since), []
        for key, trouble in found.items():
            incident = known.get(key)
            if incident is None:
                new.append(trouble)
            elif trouble.at <= incident.trouble.at + margin:
                continue
            elif incident.ended_at is None:
                self._goes_on(incident, trouble)
            else:
                new.append(trouble)
        return self._begin(new)

    def end(self, ids: Collection[int], now: datetime, *, is_told: bool) -> int:
        """Note that incidents are over; `is_told`: so are the people who were told of them.

        Return how many were open.
        """
        values = {"ended_at": now, "is_open": None, "is_end_told": is_told}
        wanted = and_(self._own, _ROW.id.in_(list(ids)), _ROW.is_open.is_(True))
        with self._engine.begin() as connection:
            return connection.execute(update(incidents).where(wanted).values(values)).rowcount

    def open_ones(self, audience: str | None = None) -> Sequence[Incident]:
        """Return what is wrong now, for one audience or all, the newest first."""
        wanted = _ROW.is_open.is_(True)
        return self._read(wanted if audience is None else and_(wanted, _ROW.audience == audience))

    def of(self, number: int) -> Incident | None:
        """Return an incident by its number, None if there is none."""
        return next(iter(self._read(_ROW.id == number)), None)

    def sent_since(self) -> Mapping[int, bool]:
        """Return the open incidents of which something was sent since they were last seen.

        True where that is the delivery that had failed, False where it is a later one to the same place.
        """
        sent = deliveries.c
        is_later = and_(
            sent.workspace == _ROW.workspace,
            sent.subscription == _ROW.subject,
            sent.target == _ROW.target,
            sent.part == _ROW.part,
            sent.state == State.SENT,
            sent.changed_at >= _ROW.last_at,
        )
        wanted = select(_ROW.id, sent.id == _ROW.delivery).where(self._own, _ROW.is_open.is_(True), is_later)
        found: dict[int, bool] = {}
        with self._engine.connect() as connection:
            for number, is_own in connection.execute(wanted):
                found[number] = found.get(number, False) or bool(is_own)
        return found

    def anything_sent(self, since: datetime) -> bool:
        """Whether Slack took anything after a moment."""
        row = deliveries.c
        is_later = and_(row.workspace == self._workspace, row.state == State.SENT, row.changed_at > since)
        with self._engine.connect() as connection:
            return connection.execute(select(row.id).where(is_later).limit(1)).first() is not None

    # notices

    def untold(self, most: int) -> Mapping[str, datetime | None]:
        """Return the audiences that have something to be told, and when each was last told anything.

        The admins come first; there are `most` at most.
        """
        told = select(_ROW.audience, func.max(_ROW.told_at)).where(self._own).group_by(_ROW.audience)
        with self._engine.connect() as connection:
            waiting = set(connection.execute(select(_ROW.audience).where(self._own, _UNTOLD)).scalars())
            waiting |= set(connection.execute(select(_ROW.audience).where(self._own, _END_UNTOLD)).scalars())
            if not waiting:
                return {}
            first = sorted(waiting, key=lambda audience: (audience != ADMINS, audience))[:most]
            last = {str(row[0]): row[1] for row in connection.execute(told.where(_ROW.audience.in_(first)))}
        return {audience: last.get(audience) for audience in first}

    def plan_notices(self, audience: str, name: str, targets: Collection[str], now: datetime) -> bool:
        """Plan one message to each target about what an audience wasn't told yet.

        Return whether there was anything to tell that no other process has taken.
        """
        mine = and_(self._own, _ROW.audience == audience)
        with self._engine.begin() as connection:
            count = connection.execute(update(incidents).where(mine, _UNTOLD).values(notice=name)).rowcount
            ends = update(incidents).where(mine, _END_UNTOLD).values(end_notice=name)
            count += connection.execute(ends).rowcount
            if count:
                rows = [new_row(self._workspace, notice_of(name, target), now, now) for target in targets]
                connection.execute(insert(deliveries), rows)
        return bool(count)

    def of_notice(self, name: str) -> Sequence[Incident]:
        """Return what a notice tells: what is wrong still, and what is over; the newest first."""
        still = and_(_ROW.notice == name, _ROW.is_open.is_(True))
        return self._read(or_(still, _ROW.end_notice == name))

    def told(self, name: str, now: datetime) -> None:
        """Note that a notice was sent."""
        wanted = and_(self._own, _ROW.notice == name, _ROW.told_at.is_(None))
        with self._engine.begin() as connection:
            connection.execute(update(incidents).where(wanted).values(told_at=now))

    def hand_over(self, name: str, audience: str) -> int:
        """Have what a notice should have told be told to another audience; return how much that is."""
        wanted = and_(self._own, _ROW.notice == name, _ROW.told_at.is_(None), _ROW.is_open.is_(True))
        values = {"audience": audience, "notice": None}
        with self._engine.begin() as connection:
            return connection.execute(update(incidents).where(wanted).values(values)).rowcount

    # rows

    @property
    def _own(self) -> Any:
        return _ROW.workspace == self._workspace

    def _known(self, since: datetime) -> Mapping[Key, Incident]:
        """Return the incidents that are open or were seen since a moment; of each trouble the newest."""
        rows = self._read(or_(_ROW.is_open.is_(True), _ROW.last_at >= since))
        return {incident.trouble.key: incident for incident in reversed(rows)}

    def _begin(self, troubles: Sequence[Trouble]) -> Sequence[Trouble]:
        """Write down new troubles; return those that no other process has written down meanwhile."""
        if not troubles:
            return ()
        rows = [self._row(trouble) for trouble in troubles]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(incidents), rows)
        except IntegrityError:
            return tuple(trouble for trouble in troubles if self._begin_one(trouble))
        return tuple(troubles)

    def _begin_one(self, trouble: Trouble) -> bool:
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(incidents).values(self._row(trouble)))
        except IntegrityError:
            return False
        return True

    def _goes_on(self, incident: Incident, found: Trouble) -> None:
        """Note that a trouble was seen again. One that is news is told again."""
        is_news = found.is_news or found.reason[:_LONGEST_REASON] != incident.trouble.reason
        values: dict[str, Any] = {
            "last_at": found.at,
            "reason": found.reason[:_LONGEST_REASON],
            "delivery": found.delivery,
            "count": incident.trouble.count + found.count,
        }
        if is_news:
            values |= {"notice": None, "told_at": None}
        seen = and_(self._own, _ROW.id == incident.id, _ROW.last_at == incident.trouble.at)
        with self._engine.begin() as connection:
            connection.execute(update(incidents).where(seen).values(values))

    def _row(self, trouble: Trouble) -> dict[str, Any]:
        return {
            "workspace": self._workspace,
            "kind": trouble.kind,
            "subject": trouble.subject,
            "period": trouble.period,
            "target": trouble.target,
            "part": trouble.part,
            "reason": trouble.reason[:_LONGEST_REASON],
            "audience": trouble.audience,
            "delivery": trouble.delivery,
            "count": trouble.count,
            "first_at": trouble.at,
            "last_at": trouble.at,
            "is_end_told": False,
            "is_open": True,
        }

    def _read(self, wanted: Any) -> Sequence[Incident]:
        statement = select(incidents).where(self._own, wanted).order_by(_ROW.id.desc())
        with self._engine.connect() as connection:
            return [_incident(row) for row in connection.execute(statement).mappings()]


_TOLD_AFTERWARDS = (Kind.TOKEN, Kind.STORE)
"""While these go on, nobody can be told."""
_UNTOLD = and_(_ROW.notice.is_(None), _ROW.is_open.is_(True), _ROW.kind.not_in(_TOLD_AFTERWARDS))
_END_UNTOLD = and_(
    _ROW.end_notice.is_(None),
    _ROW.is_end_told.is_(True),
    or_(_ROW.told_at.is_not(None), _ROW.kind.in_(_TOLD_AFTERWARDS)),
)
"""Ends that are to be told: of what was told, and of what can only be told when it is over."""


def notice_of(name: str, target: str) -> What:
    """Return what the delivery of a notice is identified by."""
    return What(_NOTICES, name, target, INCIDENT)


def _newest(troubles: Iterable[Trouble]) -> Mapping[Key, Trouble]:
    """Return the newest trouble of each kind about the same, which counts all of them."""
    found: dict[Key, Trouble] = {}
    for trouble in troubles:
        other = found.get(trouble.key)
        if other is None:
            found[trouble.key] = trouble
        else:
            newest = max(other, trouble, key=lambda entry: entry.at)
            found[trouble.key] = replace(newest, count=other.count + trouble.count)
    return found


def _incident(row: Any) -> Incident:
    trouble = Trouble(
        kind=Kind(row["kind"]),
        subject=row["subject"],
        reason=row["reason"],
        audience=row["audience"],
        at=row["last_at"],
        period=row["period"],
        target=row["target"],
        part=row["part"],
        delivery=row["delivery"],
        count=row["count"],
    )
    return Incident(row["id"], trouble, row["first_at"], row["notice"], row["told_at"], row["ended_at"])
