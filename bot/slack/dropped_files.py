"""Files that people drop in their direct messages with the bot, and how they are downloaded.

https://docs.slack.dev/reference/events/message/file_share, https://docs.slack.dev/reference/objects/file-object
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.workspace.target_sheets import LARGEST_FILE, too_large
from kpi_engine.domain.errors import KpiError, QueryError

log = logging.getLogger(__name__)

_SECONDS = 30
_OK = 200


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file of a message: its name, its bytes as Slack says, and its address ("" where Slack hides it)."""

    name: str
    size: int
    url: str


def dropped_in(event: Mapping[str, Any]) -> tuple[DroppedFile, ...]:
    """Return the files of a message event (subtype file_share)."""
    if event.get("subtype") != "file_share":
        return ()
    return tuple(
        DroppedFile(
            str(file.get("name") or file.get("title") or "file"),
            int(file.get("size") or 0),
            str(file.get("url_private_download") or ""),
        )
        for file in event.get("files") or ()
        if isinstance(file, dict)
    )


def only_one(files: Sequence[DroppedFile]) -> DroppedFile:
    """Return the only file of a message. Raises QueryError for more."""
    if len(files) > 1:
        raise QueryError("Those are several files.", hint="Drop one file of targets at a time.")
    return files[0]


async def downloaded(file: DroppedFile, token: str, api_url: str, session: aiohttp.ClientSession) -> bytes:
    """Return what a file holds. Raises KpiError with what to do.

    The bot's token is sent only to the host of the Web API and to its files host, and never along a redirect.
    """
    if file.size > LARGEST_FILE:
        raise too_large()
    if not file.url:
        raise _not_allowed()
    if not is_of_slack(file.url, api_url):
        log.warning("a file is kept at %s, where no token is sent", urlsplit(file.url).hostname)
        raise KpiError("That file isn't kept by Slack.", hint="Upload the file itself, not a link to it.")
    try:
        return await _content(file.url, token, session)
    except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
        raise KpiError("Slack didn't hand over that file.", hint="Drop it again in a minute.") from wrong


async def _content(url: str, token: str, session: aiohttp.ClientSession) -> bytes:
    timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5)
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(url, headers=headers, timeout=timeout, allow_redirects=False) as answer:
        # without the scope Slack answers with its sign-in page, or sends there
        if answer.status != _OK or answer.content_type == "text/html":
            log.warning("a file was not handed over (status %s, %s)", answer.status, answer.content_type)
            raise _not_allowed()
        content = bytearray()
        async for piece in answer.content.iter_chunked(2**16):
            content += piece
            if len(content) > LARGEST_FILE:
                raise too_large()
        return bytes(content)


def is_of_slack(url: str, api_url: str) -> bool:
    """Whether an address is on the host of the Web API, or on its files host, by the same scheme."""
    found, api = urlsplit(url), urlsplit(api_url)
    if found.scheme != api.scheme:
        return False
    if found.netloc == api.netloc:
        return True
    host = (api.hostname or "").removeprefix("www.")
    return found.hostname == f"files.{host}" and found.port is None and "@" not in found.netloc


def _not_allowed() -> KpiError:
    return KpiError(
        "I can't read files here: my Slack app doesn't have the scope files:read.",
        hint="The person who runs this bot can add it as in config/slack-manifest.yaml and "
        "reinstall the app.",
    )
