"""The survey of one workspace: who may send it, whom it asks, and what people answered."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import process

from bot.store.responses import ResponseBook
from bot.store.survey_records import EDIT_FOR, OPEN_FOR, Plan, Response, Wave
from kpi_engine import fold
from kpi_engine.domain.errors import ForbiddenError, QueryError, UnknownNameError
from kpi_engine.domain.posts import Contact, SurveyList
from kpi_engine.domain.translatable import said

_PEOPLE = 100
"""How many people one line may ask; more of them belong in a list."""

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True)
class Surveys:
    """One workspace's survey.

    `senders` are the Slack users who may send it; `quiet` is how long a person isn't asked again;
    `wake` sends what is due now.
    """

    responses: ResponseBook
    lists: Mapping[str, SurveyList]
    senders: frozenset[str]
    quiet: timedelta
    company: str
    bot_user: str
    wake: Callable[[], None]

    def plan(self, line: str, sender: str, now: datetime) -> Plan:
        """Return whom a line would ask: the people mentioned, or those of a list. Raises QueryError."""
        self._require_sender(sender)
        company, contacts = self._chosen(line)
        recent = self.responses.asked_since([contact.user for contact in contacts], now - self.quiet)
        left = tuple(contact for contact in contacts if contact.user not in recent)
        return Plan(line, company, left, recent)

    def send(self, line: str, wave: str, sender: str, now: datetime) -> Sequence[str]:
        """Ask the people of a line and return who will be asked. Raises QueryError.

        Each person is asked once in a `wave`, however often it is sent.
        """
        plan = self.plan(line, sender, now)
        asked = self.responses.ask(Wave(wave, plan.company, sender), plan.contacts, now, self.quiet)
        self.wake()
        return asked

    def new_wave(self, now: datetime) -> str:
        """Return a name for a sending that isn't confirmed yet."""
        return f"{now.date().isoformat()}-{secrets.token_hex(4)}"

    def answer(self, wave: str, person: str, score: int, now: datetime) -> Response:
        """Store a score; a later one doesn't replace it.

        Raises QueryError if this person wasn't asked; the answer has no score if the question has expired.
        """
        return _addressed(self.responses.answer(wave, person, score, now))

    def change(self, wave: str, person: str, score: int, now: datetime) -> Response:
        """Replace the score. Raises QueryError, also if it is too late."""
        self.editable(wave, person, now)
        return _addressed(self.responses.change(wave, person, score, now, EDIT_FOR))

    def editable(self, wave: str, person: str, now: datetime) -> Response:
        """Return an answer that may still be changed. Raises QueryError if it may not."""
        found = self.given(wave, person)
        if found.answered_at is not None and not self.is_editable(found, now):
            raise QueryError("You can no longer change your answer: you gave it more than a day ago.")
        return found

    def is_editable(self, response: Response, now: datetime) -> bool:
        """Whether a score may still be changed."""
        return response.answered_at is not None and now - response.answered_at < EDIT_FOR

    def is_explainable(self, response: Response, now: datetime) -> bool:
        """Whether the reason of a score may be given, or changed."""
        given = response.reason_at or (response.answered_at if response.reason else None)
        if given is not None:
            return now - given < EDIT_FOR
        return now - (response.delivered_at or response.asked_at) < OPEN_FOR

    def explainable(self, wave: str, person: str, now: datetime) -> Response:
        """Return an answer whose reason may be given or changed. Raises QueryError if it may not."""
        found = self.given(wave, person)
        if self.is_explainable(found, now):
            return found
        if found.reason_at or found.reason:
            raise QueryError("You can no longer change your reason: you gave it more than a day ago.")
        raise QueryError("You can no longer give a reason: this question was asked more than two weeks ago.")

    def given(self, wave: str, person: str) -> Response:
        """Return what was asked and answered. Raises QueryError if this person wasn't asked."""
        return _addressed(self.responses.find(wave, person))

    def explain(self, wave: str, person: str, reason: str, now: datetime) -> Response:
        """Store the reason of a score. Raises QueryError, also if it is too late."""
        self.explainable(wave, person, now)
        given = self.responses.give_reason(wave, person, reason.strip(), now)
        return _addressed(given)

    def _require_sender(self, sender: str) -> None:
        if sender not in self.senders:
            raise ForbiddenError(
                "You aren't allowed to send surveys."
                if self.senders
                else "No one is allowed to send surveys yet.",
                hint="The person who runs this bot can add your Slack id to KPI_SURVEY_SENDERS.",
            )

    def _chosen(self, line: str) -> tuple[str, tuple[Contact, ...]]:
        people = dict.fromkeys(_MENTION.findall(line))
        words = _MENTION.sub(" ", line).replace(",", " ").split()
        if people and words:
            raise QueryError(
                "Name people or a list, not both.", hint="Mention people with @, or name one list."
            )
        people.pop(self.bot_user, None)
        if len(people) > _PEOPLE:
            raise QueryError(
                said("That line names {count} people; it may name {most}.", count=len(people), most=_PEOPLE),
                hint=said("Put them in a list, a file in surveys/, and name it: nps send customers."),
                suggestions=tuple(f"nps send {name}" for name in self.lists),
            )
        if people:
            return self.company, tuple(Contact(user) for user in people)
        chosen = self._list(words)
        return chosen.company or self.company, chosen.contacts

    def _list(self, words: Sequence[str]) -> SurveyList:
        every = [f"nps send {name}" for name in self.lists]
        if not words:
            hint = "Mention people with @, or name a list:" if every else "Mention people with @."
            raise QueryError("Who should I ask?", hint=hint, suggestions=tuple(every))
        wanted = fold(" ".join(words))
        names = {fold(name): entry for name, entry in self.lists.items()}
        if wanted in names:
            return names[wanted]
        close = [name for name, *_ in process.extract(wanted, list(names), limit=3, score_cutoff=60)]
        raise UnknownNameError(
            said("There is no list “{typed}”.", typed=" ".join(words)[:60]),
            hint="Mention people with @, or name a list:" if every else "Mention people with @.",
            suggestions=tuple(f"nps send {names[name].name}" for name in close) or tuple(every),
        )


def _addressed(found: Response | None) -> Response:
    if found is None:
        raise QueryError("This question wasn't meant for you, so nothing was stored.")
    return found
