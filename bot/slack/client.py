"""Calls of Slack's Web API: posts, private answers, files, windows.

Clients are made only here, without the SDK's retries: those post a message twice if Slack reads it and then
drops the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliveries.outlet import CLIENT_SECONDS
from bot.render import block_kit
from bot.render.block_kit import Payload
from bot.render.message import Files, Home, Message, Modal
from bot.rights import Account
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.slack.dropped_files import DroppedFile, downloaded
from bot.slack.history import metadata_of
from bot.slack.in_loop import InLoop
from bot.slack.newer_blocks import Content, NewerBlocks
from bot.slack.own_identity import own_identity
from bot.slack.people import Identity, People
from bot.slack.refusals import (
    error_at_start,
    go_on_after,
    outcome_of,
)
from bot.slack.response_address import require_response_address, responded
from bot.slack.uploads import begin_upload, upload
from kpi_engine.domain.errors import KpiError

log = logging.getLogger(__name__)

T = TypeVar("T")

_CLIENT_SECONDS = CLIENT_SECONDS

UNFURLED: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}


def http_session(api_url: str, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
    """Return the session for calls to Slack, with the proxies of the environment except for loopback."""
    timeout = aiohttp.ClientTimeout(total=_CLIENT_SECONDS, sock_connect=5)
    return aiohttp.ClientSession(
        timeout=timeout, trust_env=not is_loopback(api_url), trace_configs=list(traces)
    )


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


ByEachWay = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Sends to a place with a function, which raises DeliveryError."""


async def once(place: str, send: Callable[[], Awaitable[Any]]) -> Any:
    """Send with one attempt."""
    del place
    return await send()


class UnrenderedError(DeliveryError):
    """A message could not be turned into text and blocks, by a mistake of ours; nothing was sent."""


class Slack:
    """The Web API and response URLs of one workspace. All its methods belong to one event loop."""

    def __init__(self, token: str, api_url: str, session: aiohttp.ClientSession, clock: Clock) -> None:
        """Take the bot token, the URL of the Web API and the session; call nothing yet.

        `client` calls its methods, `newer_blocks` knows which blocks it takes.
        """
        self._token = token
        self._clock = clock
        self._api_url = api_url
        self.session = session
        self.client = self._new_client(token, api_url)
        self.newer_blocks = NewerBlocks(clock)

    @property
    def bolt_client(self) -> AsyncWebClient:
        """A client without a token of its own, for Bolt, which sets one per request."""
        return self._new_client(None, self._api_url)

    def people(self, identity: Identity) -> People:
        """Return the users of the bot's workspace, none of them looked up yet."""
        return People(self.client, identity, self._clock)

    @property
    def token(self) -> str:
        """The bot token, for Bolt's authorization."""
        return self._token

    def _new_client(self, token: str | None, api_url: str) -> AsyncWebClient:
        client = AsyncWebClient(
            token=token, base_url=api_url, session=self.session, retry_handlers=[], timeout=_CLIENT_SECONDS
        )
        client.proxy = None
        return client

    async def identity(self) -> Identity:
        """Ask Slack who the bot is.

        Raises SettingsError if the token is refused for good, NotNowError if a later try may work.
        """
        return await own_identity(self.client)

    async def socket_address(self, app_token: str) -> str:
        """Ask for a Socket Mode URL, which is valid once and briefly. Raises like `identity`."""
        try:
            answer = await self.client.apps_connections_open(app_token=app_token)
        except (SlackClientError, aiohttp.ClientError, OSError, TimeoutError) as wrong:
            raise error_at_start(wrong, "SLACK_APP_TOKEN") from wrong
        return str(answer["url"])

    # messages

    async def post(self, channel: str, message: Message, *, thread: str | None = None) -> str:
        """Post to a channel (or, with a user's id, to their direct messages); return the message's ts.

        Raises DeliveryError. One attempt; a second one only if Slack refused the newer blocks.
        """
        return (await self.posted(channel, message, thread))[1]

    async def posted(
        self, channel: str, message: Message, thread: str | None, marker: str = ""
    ) -> tuple[str, str]:
        """Post like `post`; return the conversation and the message's ts.

        By its `marker` the message can be found in the history. Raises DeliveryError.
        """
        known: dict[str, Any] = {"metadata": metadata_of(marker)} if marker else {}

        async def send(content: Content) -> tuple[str, str]:
            answer = await self.client.chat_postMessage(
                channel=channel, thread_ts=thread, **known, **content, **UNFURLED
            )
            return str(answer["channel"]), str(answer["ts"])

        return await self._with_plain(message, send)

    async def post_privately(self, channel: str, user: str, message: Message, thread: str | None) -> None:
        """Show a message to one person in a channel. Raises DeliveryError."""

        async def send(content: Content) -> str:
            answer = await self.client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, **content
            )
            return str(answer["message_ts"])

        await self._with_plain(message, send)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace one of the bot's messages. Raises DeliveryError."""

        async def send(content: Content) -> str:
            await self.client.chat_update(channel=channel, ts=ts, **content)
            return ts

        await self._with_plain(message, send)

    # files

    async def direct_messages(self, user: str) -> str:
        """Return the channel of somebody's direct messages with the bot (scope im:write).

        Raises DeliveryError.
        """
        try:
            answer = await outcome_of(self.client.conversations_open(users=user), shows=False)
        except DeliveryError as refused:
            refused.needed = "im:write"  # Slack names every scope that opens some kind of conversation
            raise
        return str(answer["channel"]["id"])

    async def upload(self, files: Files, channel: str, *, thread: str | None = None) -> None:
        """Send files with their comment into a channel (scope files:write). Raises DeliveryError.

        One attempt, see https://docs.slack.dev/messaging/working-with-files#uploading_files. Nothing is
        visible before the last call.
        """
        uploaded: list[dict[str, str | None]] = []
        for file in files.files:
            to = await begin_upload(self.client, file)
            await upload(self.session, file, to)
            uploaded.append({"id": to.file, "title": file.title})
        await outcome_of(
            self.client.files_completeUploadExternal(
                files=uploaded, channel_id=channel, initial_comment=block_kit.comment(files), thread_ts=thread
            )
        )

    async def download(self, file: DroppedFile) -> bytes:
        """Return what a file holds that somebody dropped to the bot (scope files:read). Raises KpiError."""
        return await downloaded(file, self._token, self._api_url, self.session)

    async def open_modal(self, trigger: str, modal: Modal) -> None:
        """Open a window, within three seconds of the press that `trigger` is of. Raises DeliveryError."""
        await outcome_of(self.client.views_open(trigger_id=trigger, view=block_kit.modal_view(modal)))

    async def update_modal(self, view: str, modal: Modal) -> None:
        """Replace an open window. Raises DeliveryError."""
        # its hash isn't sent: of two quick choices the second has that from before the first, and is refused
        await outcome_of(self.client.views_update(view_id=view, view=block_kit.modal_view(modal)))

    async def publish_home(self, user: str, home: Home) -> None:
        """Show somebody their Home tab. Raises DeliveryError."""
        view = await asyncio.to_thread(block_kit.home_view, home)
        await outcome_of(self.client.views_publish(user_id=user, view=view))

    async def respond(
        self, response_url: str, message: Message, *, thread: str | None = None, replace: bool = False
    ) -> None:
        """Answer a command or a click in private; `replace`: instead of the message of the button.

        Raises DeliveryError, also for an address that isn't Slack's: nothing is sent there.
        """
        require_response_address(response_url, self._api_url)

        async def send(content: Content) -> str:
            body = {**content, **UNFURLED, "response_type": "ephemeral", "replace_original": replace}
            await responded(self.session, response_url, body | ({"thread_ts": thread} if thread else {}))
            return ""

        await self._with_plain(message, send)

    async def answer_privately(
        self,
        response_url: str | None,
        channel: str,
        user: str,
        message: Message,
        thread: str | None = None,
        *,
        by_each_way: ByEachWay = once,
    ) -> None:
        """Answer one person: by the response URL, else in the channel, else in a direct message.

        A private answer can't be replaced later: only a press of a button in it has a response URL for that
        (https://docs.slack.dev/messaging/modifying-messages). The next way is tried only if the one before
        certainly showed nothing. `by_each_way` sends to a place; by default once. Raises DeliveryError if no
        way is left, or if one may have worked.
        """
        try:
            if response_url:
                send = partial(self.respond, response_url, message, thread=thread)
                await by_each_way(response_url, send)
                return
        except DeliveryError as refused:
            go_on_after(refused, "the response address")
        try:
            privately = partial(self.post_privately, channel, user, message, thread)
            await by_each_way(f"{channel} {user}", privately)
        except DeliveryError as refused:
            go_on_after(refused, "the channel")
            await by_each_way(user, partial(self.post, user, message))

    async def _with_plain(self, message: Message, send: Callable[[Content], Coroutine[Any, Any, T]]) -> T:
        """Render a message, off the loop, and send it; without the newer blocks where those are refused."""
        return await self.newer_blocks.send(await _rendered(message), send)


class ThreadedSlack:
    """Posts and look-ups for code that runs on other threads: the deliveries."""

    def __init__(self, slack: Slack, people: People, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that `slack` and `people` belong to."""
        self._slack = slack
        self._people = people
        self._in_loop = InLoop(loop, 2 * _CLIENT_SECONDS + 5)

    def post(self, channel: str, message: Message) -> str:
        """Post to a channel and return the message's ts; never call it in the loop. Raises DeliveryError."""
        return self._in_loop(self._slack.post(channel, message, thread=message.reply_to))

    def answer(
        self,
        message: Message,
        *,
        person: str,
        channel: str,
        thread: str | None,
        is_open: bool,
        response_url: str,
    ) -> None:
        """Answer a person; `is_open`: in the channel, where others read it. Never call it in the loop.

        Raises DeliveryError.
        """
        if is_open:
            self._in_loop(self._slack.post(channel, message, thread=thread))
        else:
            privately = self._slack.answer_privately
            self._in_loop(privately(response_url or None, channel, person, message, thread))

    def language(self, user: str) -> str | None:
        """Return the language of a user, None if Slack doesn't say; never call it in the loop."""
        try:
            return self._in_loop(self._people.person(user)).language
        except KpiError as unknown:
            log.info("the language of a person isn't known: %s", unknown)
            return None

    def account(self, user: str) -> Account:
        """Return what Slack says of a user; never call it in the loop.

        Raises DeliveryError if Slack doesn't answer: nothing is posted for somebody unknown.
        """
        try:
            person = self._in_loop(self._people.person(user))
        except DeliveryError:
            raise
        except KpiError as unknown:
            raise DeliveryError(unknown.message, outcome="not_sent", reason="users.info") from unknown
        return Account(user, person.membership, person.email)


async def _rendered(message: Message) -> Payload:
    """Return a message as Slack takes it, made off the loop. Raises UnrenderedError."""
    try:
        return await asyncio.to_thread(block_kit.payload, message)
    except Exception as wrong:
        raise UnrenderedError(
            "The message could not be made.", outcome="not_sent", reason="rendering"
        ) from wrong
