"""Open windows that build a question or a subscription: live search, and the errors of what is submitted.

Slack waits for these answers, so they come from memory, except for who asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.conversation.commands.alert_form import wrong_alert_field
from bot.conversation.commands.build import field_of, line_of, suggested
from bot.conversation.commands.subscribe import wrong_field
from bot.conversation.dispatch import refusal
from bot.question_draft import METRIC, WrongEntryError
from bot.render import block_kit
from bot.render.alerts import FORM as ALERT_FORM
from bot.render.plain_text import text_of
from bot.render.subscription_list import FORM
from bot.runtime.clock import Clock
from bot.slack.people import UNKNOWN_PERSON, People, Person
from bot.workspace.context import RequestContext
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]
"""A payload of Slack, or a part of one."""

_SEARCH_SECONDS = 0.35
"""How long a live search may wait for Slack to say who types; Slack waits 0.5 for the answer."""
_CHECKS = {FORM: wrong_field, ALERT_FORM: wrong_alert_field}
"""What finds the wrong field of a form, by the form."""
_SENT_SECONDS = 2.0
"""How long a submitted window may wait for that; Slack waits 3 for the answer."""


@dataclass(frozen=True, slots=True)
class BuiltQuestion:
    """A canonical line that was built, by whom, in which window, and where it is answered.

    `channel` is the person's own id if the answer is a direct message.
    """

    line: str
    user: str
    view: str
    channel: str
    thread: str | None


class QuestionWindow:
    """The windows of one workspace. All its methods belong to one event loop."""

    def __init__(self, people: People, services: Services, clock: Clock) -> None:
        """Take what the windows are answered with; call nothing yet."""
        self._people = people
        self._services = services
        self._clock = clock
        self._asking: set[asyncio.Task[Person]] = set()

    async def options(self, body: Payload) -> Sequence[Payload]:
        """Return the options for what is typed into a menu (a block_suggestion payload)."""
        user = str(body["user"]["id"])
        context = self._context(user, await self._soon_known(user, _SEARCH_SECONDS))
        typed = str(body.get("value") or "")
        # names of a large dimension are looked up in the database
        found = await asyncio.to_thread(suggested, str(body["action_id"]), typed, context)
        return block_kit.options(found)

    async def question(self, body: Payload) -> BuiltQuestion:
        """Return the question of a submitted window (view_submission). Raises WrongEntryError."""
        user, view = str(body["user"]["id"]), body["view"]
        context = self._context(user, await self._soon_known(user, _SENT_SECONDS))
        line = await asyncio.to_thread(line_of, given_in(view), context)
        channel, _, thread = str(view["private_metadata"]).partition(" ")
        return BuiltQuestion(line, user, str(view["id"]), channel, thread or None)

    def errors(self, body: Payload, wrong: Exception) -> dict[str, str]:
        """Return the errors of a submitted window, by the block of their picker."""
        user = str(body["user"]["id"])
        language = self._language(user, self._known(user))
        field = wrong.field if isinstance(wrong, WrongEntryError) else METRIC
        inputs = [block for block in body["view"]["blocks"] if block["type"] == "input"]
        of_field = [block for block in inputs if field_of(block["element"]["action_id"]) == field]
        if isinstance(wrong, KpiError):
            sentences = self._services.sentences(language)
            told = f"{sentences.said(wrong.message)} {sentences.said(wrong.hint)}".strip()
        else:
            told = text_of(refusal(wrong, language, self._services))
        return {str(block["block_id"]): told for block in (of_field or inputs)[:1]}

    async def order_errors(self, body: Payload) -> dict[str, str]:
        """Return the errors of a submitted form of a subscription or alert, by the block of their field.

        Empty if Slack hasn't said yet who submitted it, or if names take too long to look up; a message then
        says what is wrong.
        """
        user, view = str(body["user"]["id"]), body["view"]
        person = self._people.remembered(user)
        if person is None:
            return {}
        context = self._context(user, person)
        try:
            wrong_in = _CHECKS[str(view["callback_id"])]
            reading = asyncio.to_thread(wrong_in, given_in(view), context)
            found = await asyncio.wait_for(reading, _SENT_SECONDS)
        except TimeoutError:
            return {}
        if found is None:
            return {}
        field, wrong = found
        sentences = context.sentences
        told = [sentences.said(wrong.message), sentences.said(wrong.hint), ", ".join(wrong.suggestions)]
        return {field: " ".join(part for part in told if part)}

    def _known(self, user: str) -> Person:
        return self._people.remembered(user) or UNKNOWN_PERSON

    def _language(self, user: str, person: Person) -> str:
        """Return a person's language from memory, which has it since they opened the window."""
        preferences = self._services.preferences
        chosen = preferences.remembered(user) if preferences else None
        return chosen or person.language or self._services.language

    async def _soon_known(self, user: str, seconds: float) -> Person:
        """Return what Slack says about a user, UNKNOWN_PERSON if it takes longer than `seconds`."""
        known = self._people.remembered(user)
        if known is not None:
            return known
        asking = asyncio.create_task(self._people.person(user))
        self._asking.add(asking)
        asking.add_done_callback(self._asked)
        done, _ = await asyncio.wait({asking}, timeout=seconds)
        return asking.result() if done and asking.exception() is None else UNKNOWN_PERSON

    def _asked(self, asking: asyncio.Task[Person]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled() and asking.exception() is not None:
            log.info("a person could not be looked up for a search: %s", asking.exception())

    def _context(self, user: str, person: Person) -> RequestContext:
        request = Request(
            workspace=self._people.identity.workspace,
            user=user,
            channel="",
            text="",
            via="action",
            now=self._clock(),
            language=self._language(user, person),
            membership=person.membership,
            email=person.email,
            zone=person.zone,
        )
        return RequestContext.of(request, self._services)


def given_in(view: Payload) -> dict[str, tuple[str, ...]]:
    """Return the values of a view's inputs by action: texts, and the values of chosen options."""
    values = (view.get("state") or {}).get("values") or {}
    return {action: _values_of(entry) for block in values.values() for action, entry in block.items()}


def _values_of(entry: Payload) -> tuple[str, ...]:
    chosen = entry.get("selected_options") or [entry.get("selected_option")]
    picked = (entry.get(name) for name in ("value", "selected_time", "selected_conversation"))
    people = entry.get("selected_users") or ()
    values = [
        *picked,
        *people,
        *(option.get("value") for option in chosen if option),
    ]
    return tuple(str(value) for value in values if value)
