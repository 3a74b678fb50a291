"""The two steps of an upload before anybody sees the file: ask for an address, and send the bytes.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deliveries.outlet import Upload
from bot.render.message import File
from bot.slack.refusals import failed_post, outcome_of

_UPLOAD_SECONDS = 60


async def begin_upload(client: AsyncWebClient, file: File) -> Upload:
    """Ask where a file may be uploaded to. Raises DeliveryError, for nothing was sent."""
    found = await outcome_of(
        client.files_getUploadURLExternal(filename=file.name, length=len(file.content)), shows=False
    )
    return Upload(str(found["upload_url"]), str(found["file_id"]))


async def upload(session: aiohttp.ClientSession, file: File, to: Upload) -> None:
    """Send the bytes of a file. Raises DeliveryError; nobody sees the file yet, whatever happens."""
    await outcome_of(_put(session, file, to), shows=False)


async def _put(session: aiohttp.ClientSession, file: File, to: Upload) -> None:
    async with session.post(
        to.address,
        data=file.content,
        headers={"Content-Type": "application/octet-stream"},
        timeout=aiohttp.ClientTimeout(total=_UPLOAD_SECONDS, sock_connect=5),
    ) as answer:
        if answer.status != 200:  # noqa: PLR2004
            raise failed_post("not_sent", f"status {answer.status}")
