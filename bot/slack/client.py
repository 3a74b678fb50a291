"""What we say to Slack: clients, posts, private answers, look-ups. Inbound is listeners.py.

Clients are made here and nowhere else: never with the SDK's retries, which post a message twice
when Slack reads it and then drops the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.render import block_kit
from bot.render.block_kit import Block, Payload
from bot.render.message import File, Files, Home, Message, Modal
from bot.render.texts import spoken
from bot.rights.access import Account, Membership
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError, Outcome
from bot.runtime.settings import SettingsError
from bot.slack.socket_mode import NotNowError
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

T = TypeVar("T")
Content = Mapping[str, Any]
"""Text and blocks, as the methods that post take them."""

CLIENT_SECONDS = 20
UPLOAD_SECONDS = 60
LOOKUP_SECONDS = 3
PERSON_FOR = timedelta(minutes=10)
PLAIN_FOR = timedelta(hours=24)

_BAD_TOKEN = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
    }
)
_UNKNOWN = frozenset(
    {"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
_PASSING = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited"})
_NO_PERSON = ("is_bot", "is_workflow_bot", "is_connector_bot")
"""What Slack says of users that are no people: https://docs.slack.dev/reference/objects/user-object."""
_UNFURLED: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_BLOCKS_REFUSED = ("invalid_blocks", "msg_blocks_too_long", "unsupported_block")
_FIXES = {
    "not_in_channel": "Invite the bot there with /invite and its name.",
    "channel_not_found": "Check the channel's id, and invite the bot if the channel is private.",
    "is_archived": "Unarchive the channel, or choose another one.",
    "missing_scope": "Install the app again with the scopes of config/slack-manifest.yaml.",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: its workspace, its own user, name and bot ids, what it may do (None: not told)."""

    workspace: str
    workspace_name: str
    enterprise: str | None
    bot_user: str
    bot: str | None
    scopes: frozenset[str] | None
    bot_name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says about someone; `language` None where it says nothing that we speak.

    `email` is empty without the scope users:read.email.
    """

    membership: Membership
    language: str | None = None
    email: str = ""


UNKNOWN_PERSON = Person(Membership.UNKNOWN)


def http_session(api_url: str) -> aiohttp.ClientSession:
    """Return the session of every call to Slack: the proxies of the environment, but none for loopback."""
    timeout = aiohttp.ClientTimeout(total=CLIENT_SECONDS, sock_connect=5)
    return aiohttp.ClientSession(timeout=timeout, trust_env=not is_loopback(api_url))


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class UnrenderedError(DeliveryError):
    """A message could not be turned into text and blocks, by a mistake of ours; nothing was sent."""


class Slack:
    """One workspace's Web API and response addresses. All its methods belong to one event loop."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession, clock: Clock) -> None:
        """Take the bot token, the Web API's address and the session; calls nothing yet."""
        self._token = token
        self._session = session
        self._clock = clock
        self._api_url = api_url
        self._client = self._new_client(token, api_url)
        self._people: dict[str, tuple[datetime, Person]] = {}
        self._may_look_up = True
        self._plain_until: datetime | None = None

    @property
    def bolt_client(self) -> AsyncWebClient:
        """A client without a token of its own, for Bolt, which sets one per request."""
        return self._new_client(None, self._api_url)

    @property
    def token(self) -> str:
        """The bot token, for Bolt's authorization."""
        return self._token

    def _new_client(self, token: str | None, api_url: str) -> AsyncWebClient:
        client = AsyncWebClient(
            token=token, base_url=api_url, session=self._session, retry_handlers=[], timeout=CLIENT_SECONDS
        )
        client.proxy = None
        return client

    async def identity(self) -> Identity:
        """Ask Slack who we are.

        Raises SettingsError where the token is refused for good, NotNowError where a later try may work.
        """
        try:
            answer = await self._client.auth_test()
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
            raise _at_start(wrong, "SLACK_BOT_TOKEN") from wrong
        scopes = answer.headers.get("x-oauth-scopes")
        return Identity(
            workspace=str(answer["team_id"]),
            workspace_name=str(answer.get("team") or answer["team_id"]),
            enterprise=answer.get("enterprise_id"),
            bot_user=str(answer["user_id"]),
            bot=answer.get("bot_id"),
            bot_name=str(answer.get("user") or ""),
            scopes=None if scopes is None else frozenset(scope.strip() for scope in scopes.split(",")),
        )

    async def socket_address(self, app_token: str) -> str:
        """Ask for a Socket Mode address, valid once and not for long. Raises like `identity`."""
        try:
            answer = await self._client.apps_connections_open(app_token=app_token)
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
            raise _at_start(wrong, "SLACK_APP_TOKEN") from wrong
        return str(answer["url"])

    # people

    async def person(self, user: str, identity: Identity) -> Person:
        """Return what Slack says about a user, asked at most every ten minutes.

        UNKNOWN_PERSON where the app may not ask (no users:read). Raises KpiError where Slack
        does not answer: a guest must not get in because a look-up failed.
        """
        if not self._may_look_up:
            return UNKNOWN_PERSON
        now = self._clock()
        known = self._people.get(user)
        if known and known[0] > now:
            return known[1]
        found = await self._look_up(user, identity)
        self._people = {name: entry for name, entry in self._people.items() if entry[0] > now}
        if self._may_look_up:
            self._people[user] = (now + PERSON_FOR, found)
        return found

    def remembered(self, user: str) -> Person | None:
        """Return what Slack said about a user, without asking: None where it wasn't asked of late."""
        if not self._may_look_up:
            return UNKNOWN_PERSON
        known = self._people.get(user)
        return known[1] if known and known[0] > self._clock() else None

    async def _look_up(self, user: str, identity: Identity) -> Person:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                answer = await self._client.users_info(user=user, include_locale=True)
        except SlackApiError as wrong:
            reason = _code(wrong)
            if reason in ("missing_scope", "not_allowed_token_type", "unknown_method"):
                self._may_look_up = False
                log.warning("without the scope users:read, only people listed in access.yaml get answers")
                return UNKNOWN_PERSON
            if reason in ("user_not_found", "user_not_visible"):
                return Person(Membership.EXTERNAL)
            raise _who_are_you() from wrong
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
            raise _who_are_you() from wrong
        return _person(answer["user"], identity)

    # messages

    async def post(self, channel: str, message: Message, *, thread: str | None = None) -> str:
        """Post to a channel (or, with a user's id, to their direct messages); return the message's ts.

        Raises DeliveryError. One attempt; a second one only where Slack refused the newer blocks.
        """
        return (await self._posted(channel, message, thread))[1]

    async def post_for_now(
        self, channel: str, message: Message, *, thread: str | None = None
    ) -> Callable[[Message], Awaitable[None]]:
        """Post like `post`; return what puts another message in its place. Both raise DeliveryError.

        Where there is no such place any more, that message is posted anew.
        """
        where, ts = await self._posted(channel, message, thread)

        async def replace(final: Message) -> None:
            try:
                return await self._surely_update(where, ts, final)
            except DeliveryError as refused:
                _go_on_after(refused, "the place of a message")
            await self.post(channel, final, thread=thread)
            return None

        return replace

    async def _posted(self, channel: str, message: Message, thread: str | None) -> tuple[str, str]:
        async def send(content: Content) -> tuple[str, str]:
            answer = await self._client.chat_postMessage(
                channel=channel, thread_ts=thread, **content, **_UNFURLED
            )
            return str(answer["channel"]), str(answer["ts"])

        return await self._with_plain(message, send)

    async def _surely_update(self, channel: str, ts: str, message: Message) -> None:
        """Update, and once more where Slack didn't say whether it did: twice the same changes nothing."""
        try:
            await self.update(channel, ts, message)
        except DeliveryError as refused:
            if refused.outcome != "unknown":
                raise
            await self.update(channel, ts, message)

    async def post_privately(self, channel: str, user: str, message: Message, thread: str | None) -> None:
        """Show a message to one person in a channel. Raises DeliveryError."""

        async def send(content: Content) -> str:
            answer = await self._client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, **content
            )
            return str(answer["message_ts"])

        await self._with_plain(message, send)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Put a message in the place of one of ours. Raises DeliveryError."""

        async def send(content: Content) -> str:
            await self._client.chat_update(channel=channel, ts=ts, **content)
            return ts

        await self._with_plain(message, send)

    # files

    async def direct_messages(self, user: str) -> str:
        """Return the channel of somebody's direct messages with the bot (scope im:write).

        Raises DeliveryError.
        """
        try:
            answer = await _outcome_of(self._client.conversations_open(users=user))
        except DeliveryError as refused:
            refused.needed = "im:write"  # Slack names every scope that opens some kind of conversation
            raise
        return str(answer["channel"]["id"])

    async def upload(self, files: Files, channel: str, *, thread: str | None = None) -> None:
        """Send files with their comment into a channel (scope files:write). Raises DeliveryError.

        One attempt: https://docs.slack.dev/messaging/working-with-files#uploading_files. What fails
        before the last call has sent nothing.
        """
        try:
            uploaded: list[dict[str, str | None]] = [
                {"id": await _outcome_of(self._put(file)), "title": file.title} for file in files.files
            ]
        except DeliveryError as refused:
            refused.outcome = "not_sent"
            raise
        await _outcome_of(
            self._client.files_completeUploadExternal(
                files=uploaded, channel_id=channel, initial_comment=block_kit.comment(files), thread_ts=thread
            )
        )

    async def _put(self, file: File) -> str:
        """Hand over what a file holds and return its id; nobody sees it yet."""
        found = await self._client.files_getUploadURLExternal(filename=file.name, length=len(file.content))
        async with self._session.post(
            str(found["upload_url"]),
            data=file.content,
            headers={"Content-Type": "application/octet-stream"},
            timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=5),
        ) as answer:
            if answer.status != 200:  # noqa: PLR2004
                raise _failed("not_sent", f"status {answer.status}")
        return str(found["file_id"])

    async def open_modal(self, trigger: str, modal: Modal) -> None:
        """Open a window, within three seconds of the press that `trigger` is of. Raises DeliveryError."""
        await _outcome_of(self._client.views_open(trigger_id=trigger, view=block_kit.modal_view(modal)))

    async def update_modal(self, view: str, modal: Modal) -> None:
        """Put a window in the place of an open one. Raises DeliveryError.

        Without the view's hash: of two choices in a row the second one's comes with the hash of before
        the first, and would be refused.
        """
        await _outcome_of(self._client.views_update(view_id=view, view=block_kit.modal_view(modal)))

    async def publish_home(self, user: str, home: Home) -> None:
        """Show somebody their Home tab. Raises DeliveryError."""
        view = await asyncio.to_thread(block_kit.home_view, home)
        await _outcome_of(self._client.views_publish(user_id=user, view=view))

    async def respond(
        self, response_url: str, message: Message, *, thread: str | None = None, replace: bool = False
    ) -> None:
        """Answer a command or a click, to the person alone; `replace`: in place of what was pressed.

        Raises DeliveryError.
        """
        client = AsyncWebhookClient(
            response_url, timeout=CLIENT_SECONDS, session=self._session, retry_handlers=[]
        )
        client.proxy = None

        async def send(content: Content) -> str:
            body = {**content, **_UNFURLED, "response_type": "ephemeral", "replace_original": replace}
            answer = await client.send_dict(body | ({"thread_ts": thread} if thread else {}))
            if answer.status_code != 200 or '"ok":false' in answer.body.replace(" ", ""):  # noqa: PLR2004
                raise _refused(answer.status_code, _webhook_code(answer.body), answer.headers)
            return ""

        await self._with_plain(message, send)

    async def answer_privately(
        self, response_url: str | None, channel: str, user: str, message: Message, thread: str | None = None
    ) -> None:
        """Answer one person: by the response address, else in the channel, else in a direct message.

        What is shown in private can't be replaced by us: only a press of a button in it brings an address
        that can (https://docs.slack.dev/messaging/modifying-messages).
        The next way is taken only where the one before certainly showed nothing. Raises
        DeliveryError where no way is left, or where one may have worked.
        """
        try:
            if response_url:
                return await self.respond(response_url, message, thread=thread)
        except DeliveryError as refused:
            _go_on_after(refused, "the response address")
        try:
            return await self.post_privately(channel, user, message, thread)
        except DeliveryError as refused:
            _go_on_after(refused, "the channel")
        await self.post(user, message)
        return None

    async def _with_plain(self, message: Message, send: Callable[[Content], Coroutine[Any, Any, T]]) -> T:
        """Render a message, off the loop, and send it; without the newer blocks where those are refused."""
        payload = await _rendered(message)
        plain = None if payload.plain is None else _content(payload.text, payload.plain)
        now = self._clock()
        is_plain = self._plain_until is not None and now < self._plain_until
        try:
            return await _outcome_of(
                send(plain if is_plain and plain else _content(payload.text, payload.blocks))
            )
        except DeliveryError as refused:
            if plain is None or is_plain or not refused.reason.startswith(_BLOCKS_REFUSED):
                raise
            log.info("this workspace refuses the newer blocks (%s); plain ones for a day", refused.reason)
            self._plain_until = now + PLAIN_FOR
        return await _outcome_of(send(plain))


class ThreadedSlack:
    """The same posts for code that runs on threads of its own: the deliveries."""

    def __init__(self, slack: Slack, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that `slack` belongs to."""
        self._slack = slack
        self._loop = loop

    def post(self, channel: str, message: Message) -> str:
        """Post to a channel and return the message's ts; never call it in the loop. Raises DeliveryError."""
        return self._in_loop(self._slack.post(channel, message))

    def language(self, user: str, identity: Identity) -> str | None:
        """Return the language of a user, None where Slack doesn't say; never call it in the loop."""
        try:
            return self._in_loop(self._slack.person(user, identity)).language
        except KpiError as unknown:
            log.info("the language of a person isn't known: %s", unknown)
            return None

    def account(self, user: str, identity: Identity) -> Account:
        """Return what Slack says of a user; never call it in the loop.

        Raises DeliveryError where Slack doesn't answer: nothing is posted for somebody unknown.
        """
        try:
            person = self._in_loop(self._slack.person(user, identity))
        except DeliveryError:
            raise
        except KpiError as unknown:
            raise DeliveryError(unknown.message, outcome="not_sent", reason="users.info") from unknown
        return Account(user, person.membership, person.email)

    def _in_loop(self, call: Coroutine[Any, Any, T]) -> T:
        """Run a call in the loop and wait for it. Raises DeliveryError."""
        try:
            waiting = asyncio.run_coroutine_threadsafe(call, self._loop)
        except RuntimeError as closed:
            call.close()
            raise DeliveryError("The bot is stopping.", outcome="not_sent", reason="stopping") from closed
        try:
            return waiting.result(2 * CLIENT_SECONDS + 5)
        except (TimeoutError, asyncio.CancelledError) as lost:
            waiting.cancel()
            raise DeliveryError(
                "Slack did not say whether it took the message.", outcome="unknown", reason="no answer"
            ) from lost


async def _rendered(message: Message) -> Payload:
    """Return a message as Slack takes it, made off the loop. Raises UnrenderedError."""
    try:
        return await asyncio.to_thread(block_kit.payload, message)
    except Exception as wrong:
        raise UnrenderedError(
            "The message could not be made.", outcome="not_sent", reason="rendering"
        ) from wrong


def _content(text: str, blocks: Sequence[Block]) -> Content:
    shown = [dict(block) for block in blocks]
    return {"text": text} | ({"blocks": shown} if shown else {})


def _person(user: Mapping[str, Any], identity: Identity) -> Person:
    locale = str(user.get("locale") or "")
    language = spoken(locale)
    email = str((user.get("profile") or {}).get("email") or "")
    return Person(_membership(user, identity), language, email)


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
    """Whether somebody is of another organisation; on Enterprise Grid it has several workspaces."""
    if user["team_id"] == identity.workspace:
        return False
    enterprise = (user.get("enterprise_user") or {}).get("enterprise_id")
    return enterprise is None or enterprise != identity.enterprise


def _who_are_you() -> KpiError:
    return KpiError("I couldn't check with Slack who you are.", hint="Try again in a minute.")


def _go_on_after(refused: DeliveryError, way: str) -> None:
    if refused.outcome == "unknown":
        raise refused
    log.info("a private answer was refused by %s (%s)", way, refused.reason)


def _code(wrong: SlackClientError) -> str:
    answer = getattr(wrong, "response", None)
    data = answer.data if isinstance(answer, AsyncSlackResponse) else None
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def _needed(wrong: SlackApiError) -> str:
    """Return the scope that a call needs and the token lacks."""
    data = wrong.response.data if isinstance(wrong.response, AsyncSlackResponse) else None
    return str(data.get("needed") or "") if isinstance(data, dict) else ""


def _webhook_code(body: str) -> str:
    """Return the error code in the answer of a response address: its JSON's `error`, or its first word."""
    known = next((code for code in (*_BLOCKS_REFUSED, "expired_url", "used_url") if code in body), None)
    return known or (
        body.split(maxsplit=1)[0][:40] if body.strip() and not body.startswith("{") else "refused"
    )


def _at_start(wrong: Exception, setting: str) -> SettingsError | NotNowError:
    code = _code(wrong) if isinstance(wrong, SlackClientError) else ""
    if code in _BAD_TOKEN:
        return SettingsError(
            f"Slack does not accept {setting} ({code}).",
            hint="Copy the token again from the app's pages on api.slack.com; see the README.",
        )
    answer = getattr(wrong, "response", None)
    headers = answer.headers if isinstance(answer, AsyncSlackResponse) else {}
    return NotNowError(code or type(wrong).__name__, _retry_after(headers) or 0)


async def _outcome_of(sending: Coroutine[Any, Any, T]) -> T:
    """Await a call and turn every failure into a DeliveryError that says whether it may have worked."""
    try:
        return await sending
    except SlackApiError as wrong:
        answer = wrong.response
        status = answer.status_code if isinstance(answer, AsyncSlackResponse) else 0
        headers = answer.headers if isinstance(answer, AsyncSlackResponse) else {}
        refused = _refused(status, _code(wrong), headers)
        refused.needed = _needed(wrong)
        raise refused from wrong
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as wrong:
        raise _failed("not_sent", type(wrong).__name__) from wrong
    except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
        raise _failed("unknown", type(wrong).__name__) from wrong


def _refused(status: int, code: str, headers: Mapping[str, str]) -> DeliveryError:
    if status == 429 or code in _PASSING:  # noqa: PLR2004
        wait = _retry_after(headers)
        return DeliveryError(
            "Slack takes no more messages for a moment.",
            outcome="not_sent",
            reason=code or "ratelimited",
            retry_after=wait,
        )
    if not code or status >= 500 or code in _UNKNOWN:  # noqa: PLR2004
        return _failed("unknown", code or f"status {status}")
    return DeliveryError(
        f"Slack refused the message ({code}).",
        hint=_FIXES.get(code, ""),
        outcome="not_sent",
        permanent=True,
        reason=code,
    )


def _failed(outcome: Outcome, reason: str) -> DeliveryError:
    words = {
        "not_sent": "Slack can't be reached.",
        "unknown": "Slack did not say whether it took the message.",
    }
    return DeliveryError(words[outcome], outcome=outcome, reason=reason)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = next((headers[name] for name in ("Retry-After", "retry-after") if name in headers), "")
    return float(value) if str(value).isdigit() else None
