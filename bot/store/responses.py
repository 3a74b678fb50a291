"""Who was asked for a score and what they answered: one row per person and wave.

A person is claimed before they are asked, by a conditional write of when they were last asked. So nobody is
asked twice if two people press Send at the same moment, also in two processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Engine, Function, and_, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.deliveries import PROMPT, What, new_row
from bot.store.post_tables import Moment, deliveries
from bot.store.survey_records import EDIT_FOR, OPEN_FOR, Response, Wave
from bot.store.tables import survey_contacts, survey_responses
from kpi_engine.domain.posts import Contact

_ROW = survey_responses.c
_CONTACT = survey_contacts.c


class ResponseBook:
    """The survey responses of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose responses these are."""
        self._engine = engine
        self._workspace = workspace

    def asked_since(self, people: Sequence[str], since: datetime) -> Mapping[str, datetime]:
        """Return who of `people` was asked after `since`, and when."""
        statement = select(_CONTACT.person, _CONTACT.asked_at).where(
            _CONTACT.workspace == self._workspace, _CONTACT.person.in_(people), _CONTACT.asked_at > since
        )
        with self._engine.connect() as connection:
            return {row.person: row.asked_at for row in connection.execute(statement)}

    def ask(self, wave: Wave, contacts: Sequence[Contact], now: datetime, quiet: timedelta) -> Sequence[str]:
        """Plan a delivery for each of these people; return who will be asked.

        People who were asked within `quiet`, or are in this wave already, are left out.
        """
        return [contact.user for contact in contacts if self._ask_one(wave, contact, now, quiet)]

    def _ask_one(self, wave: Wave, contact: Contact, now: datetime, quiet: timedelta) -> bool:
        row = {
            "workspace": self._workspace,
            "wave": wave.name,
            "person": contact.user,
            "company": wave.company[:200],
            "customer": contact.customer,
            "rep": contact.rep,
            "segment": contact.segment,
            "region": contact.region,
            "asked_by": wave.asked_by,
            "asked_at": now,
        }
        what = new_row(self._workspace, _delivery_of(wave.name, contact.user), now, now)
        try:
            with self._engine.begin() as connection:
                if not self._take(connection, contact.user, now, quiet):
                    return False
                connection.execute(insert(survey_responses).values(row))
                connection.execute(insert(deliveries).values(what))
        except IntegrityError:
            return False
        return True

    def _take(self, connection: Connection, person: str, now: datetime, quiet: timedelta) -> bool:
        """Claim a person for one wave; False if another wave asked them within the quiet time.

        If two processes insert the same new person at once, one of them gets IntegrityError.
        """
        mine = and_(_CONTACT.workspace == self._workspace, _CONTACT.person == person)
        is_free = or_(_CONTACT.asked_at.is_(None), _CONTACT.asked_at <= now - quiet)
        taken = connection.execute(update(survey_contacts).where(mine, is_free).values(asked_at=now)).rowcount
        if taken:
            return True
        if connection.execute(select(_CONTACT.person).where(mine)).first():
            return False
        row = {"workspace": self._workspace, "person": person, "asked_at": now}
        connection.execute(insert(survey_contacts).values(row))
        return True

    def speaks(self, wave: str, person: str, language: str) -> None:
        """Note in which language a person is asked."""
        self._change(wave, person, {"language": language})

    def delivered(self, wave: str, person: str, now: datetime) -> None:
        """Note that Slack took the question."""
        self._change(wave, person, {"delivered_at": _first(_ROW.delivered_at, now)})

    def not_delivered(self, wave: str, person: str) -> None:
        """Note that the question certainly didn't reach a person, so that they can be asked again."""
        response = select(_ROW.asked_at).where(*self._is(wave, person)).scalar_subquery()
        mine = and_(_CONTACT.workspace == self._workspace, _CONTACT.person == person)
        with self._engine.begin() as connection:
            connection.execute(
                update(survey_contacts).where(mine, _CONTACT.asked_at == response).values(asked_at=None)
            )

    def sender_of(self, wave: str) -> str | None:
        """Return who sent a wave, None if it isn't known."""
        mine = and_(_ROW.workspace == self._workspace, _ROW.wave == wave)
        with self._engine.connect() as connection:
            return connection.execute(select(_ROW.asked_by).where(mine).limit(1)).scalar()

    def find(self, wave: str, person: str) -> Response | None:
        """Return what a person was asked in a wave, None if they weren't."""
        statement = select(survey_responses).where(*self._is(wave, person))
        with self._engine.connect() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else _response(row)

    def answer(
        self, wave: str, person: str, score: int, now: datetime, within: timedelta = OPEN_FOR
    ) -> Response | None:
        """Store a score unless there is one already, if the question is younger than `within`.

        Return what is stored.
        """
        values = {
            "score": score,
            "answered_at": now,
            "changed_at": now,
            "delivered_at": _first(_ROW.delivered_at, now),
        }
        asked = func.coalesce(_ROW.delivered_at, _ROW.asked_at)
        self._change(wave, person, values, _ROW.score.is_(None), asked > now - within)
        return self.find(wave, person)

    def change(self, wave: str, person: str, score: int, now: datetime, within: timedelta) -> Response | None:
        """Replace a score that is younger than `within`; return what is stored.

        The time of the first score stays.
        """
        self._change(wave, person, {"score": score, "changed_at": now}, _ROW.answered_at > now - within)
        return self.find(wave, person)

    def give_reason(self, wave: str, person: str, reason: str, now: datetime) -> Response | None:
        """Store the reason of a score; return what is stored.

        A first one is taken while the question is open, another one in its place for a day after that. The
        time of the first one stays.
        """
        values = {
            "reason": reason or None,
            "reason_at": _first(_ROW.reason_at, now),
            "changed_at": now,
        }
        asked = func.coalesce(_ROW.delivered_at, _ROW.asked_at)
        given = func.coalesce(_ROW.reason_at, _ROW.answered_at)
        is_first = and_(_ROW.reason.is_(None), _ROW.reason_at.is_(None), asked > now - OPEN_FOR)
        is_again = and_(or_(_ROW.reason.is_not(None), _ROW.reason_at.is_not(None)), given > now - EDIT_FOR)
        self._change(wave, person, values, _ROW.score.is_not(None), or_(is_first, is_again))
        return self.find(wave, person)

    def _is(self, wave: str, person: str) -> tuple[Any, ...]:
        return _ROW.workspace == self._workspace, _ROW.wave == wave, _ROW.person == person

    def _change(self, wave: str, person: str, values: Mapping[str, Any], *further: Any) -> None:
        statement = update(survey_responses).where(*self._is(wave, person), *further).values(dict(values))
        with self._engine.begin() as connection:
            connection.execute(statement)


def _delivery_of(wave: str, person: str) -> What:
    """Return what the delivery of a survey question is identified by."""
    return What("nps", wave, person, PROMPT)


def _first(column: Column[datetime], now: datetime) -> Function[datetime]:
    """Return a moment that is there, else now; as a Moment, or it would be stored in the zone of `now`."""
    return func.coalesce(column, literal(now, Moment()))


def _response(row: Any) -> Response:
    return Response(
        wave=row["wave"],
        person=row["person"],
        company=row["company"],
        language=row["language"],
        score=row["score"],
        answered_at=row["answered_at"],
        reason=row["reason"],
        asked_at=row["asked_at"],
        delivered_at=row["delivered_at"],
        reason_at=row["reason_at"],
    )
