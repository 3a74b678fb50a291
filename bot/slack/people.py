"""Who somebody is, as Slack says, and who the bot is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.texts import spoken
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.slack.refusals import error_code
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

_LOOKUP_SECONDS = 3
_PERSON_FOR = timedelta(minutes=10)

_NO_PERSON = ("is_bot", "is_workflow_bot", "is_connector_bot")
"""Slack sets one of these for users that are not people: https://docs.slack.dev/reference/objects/user-object."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: its workspace, ids and name, and its scopes (None if Slack didn't say).

    `app` is the id of its Slack app, None if Slack didn't say. `is_org_wide`: it is installed in a whole
    organisation (`enterprise`) instead of one workspace.
    """

    workspace: str
    workspace_name: str
    enterprise: str | None
    bot_user: str
    bot: str | None
    scopes: frozenset[str] | None
    bot_name: str = ""
    app: str | None = None
    is_org_wide: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says about a user; `language` is None for languages that the bot doesn't speak.

    `email` is empty without the scope users:read.email, and `zone` (a time zone's name) if Slack doesn't say.
    """

    membership: Membership
    language: str | None = None
    email: str = ""
    zone: str = ""


UNKNOWN_PERSON = Person(Membership.UNKNOWN)


class People:
    """The users of one workspace, looked up in Slack. All its methods belong to one event loop."""

    def __init__(self, client: AsyncWebClient, identity: Identity, clock: Clock) -> None:
        """Look up nobody yet. `identity` says which workspace is the bot's own."""
        self.identity = identity
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[datetime, Person]] = {}
        self._asking: dict[str, asyncio.Task[Person]] = {}
        self._may_look_up = True

    async def person(self, user: str) -> Person:
        """Return what Slack says about a user, asked at most every ten minutes and once at a time.

        UNKNOWN_PERSON if the app may not ask (no users:read). Raises KpiError if Slack doesn't answer: a
        guest must not get in because a look-up failed.
        """
        if not self._may_look_up:
            return UNKNOWN_PERSON
        known = self._known.get(user)
        if known and known[0] > self._clock():
            return known[1]
        if user not in self._asking:
            asking = asyncio.create_task(self._ask(user))
            asking.add_done_callback(lambda _: self._asking.pop(user, None))
            self._asking[user] = asking
        return await asyncio.shield(self._asking[user])  # others may wait for it too

    async def _ask(self, user: str) -> Person:
        now = self._clock()
        found = await self._look_up(user)
        self._known = {name: entry for name, entry in self._known.items() if entry[0] > now}
        if self._may_look_up:
            self._known[user] = (now + _PERSON_FOR, found)
        return found

    def remembered(self, user: str) -> Person | None:
        """Return what Slack said about a user in the last ten minutes, None if it wasn't asked."""
        if not self._may_look_up:
            return UNKNOWN_PERSON
        known = self._known.get(user)
        return known[1] if known and known[0] > self._clock() else None

    async def _look_up(self, user: str) -> Person:
        try:
            async with asyncio.timeout(_LOOKUP_SECONDS):
                answer = await self._client.users_info(user=user, include_locale=True)
        except SlackApiError as wrong:
            reason = error_code(wrong)
            if reason in ("missing_scope", "not_allowed_token_type", "unknown_method"):
                self._may_look_up = False
                log.warning("without the scope users:read, only people listed in access.yaml get answers")
                return UNKNOWN_PERSON
            if reason in ("user_not_found", "user_not_visible"):
                return Person(Membership.EXTERNAL)
            raise _who_are_you() from wrong
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
            raise _who_are_you() from wrong
        return person_of(answer["user"], self.identity)


def person_of(user: Mapping[str, Any], identity: Identity) -> Person:
    """Return what a user object of Slack says."""
    locale = str(user.get("locale") or "")
    language = spoken(locale)
    email = str((user.get("profile") or {}).get("email") or "")
    return Person(_membership(user, identity), language, email, str(user.get("tz") or ""))


def _membership(user: Mapping[str, Any], identity: Identity) -> Membership:
    if user.get("deleted") or any(user.get(kind) for kind in _NO_PERSON):
        return Membership.GONE
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Membership.GUEST
    if not user.get("team_id"):
        return Membership.UNKNOWN
    if user.get("is_stranger") or _is_of_elsewhere(user, identity):
        return Membership.EXTERNAL
    return Membership.FULL


def _is_of_elsewhere(user: Mapping[str, Any], identity: Identity) -> bool:
    """Whether a user belongs to another organisation; on Enterprise Grid one has several workspaces."""
    if user["team_id"] == identity.workspace:
        return False
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    return enterprise is None or enterprise != identity.enterprise


def _who_are_you() -> KpiError:
    return KpiError("I couldn't check with Slack who you are.", hint="Try again in a minute.")
