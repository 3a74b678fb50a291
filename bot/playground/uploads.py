"""Upload files as in Slack: get an address, send the bytes, and complete the upload.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.playground.refusal import RefusedError
from bot.playground.workspace import Json, StoredFile, Workspace
from bot.slack_limits import MESSAGE_TEXT

_SCOPE = "files:write"
_LARGEST = 2**30


@dataclass(slots=True)
class _Upload:
    """A file that is being uploaded: its announced length, and its bytes once they have arrived."""

    file: str
    name: str
    length: int
    content: bytes | None = None


class Uploads:
    """The uploads of one workspace; `base` is the address at which the stand-in was asked."""

    def __init__(self, workspace: Workspace, scopes: str) -> None:
        """Take the workspace and the app's scopes (comma-separated)."""
        self._workspace = workspace
        self._scopes = scopes.split(",")
        self.base = ""
        self._by_secret: dict[str, _Upload] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: where bytes are sent to, and where a file is read."""
        return [
            web.post("/upload/{secret}", self._take),
            web.get("/files/{file}/{name}", self._read),
        ]

    def address(self, given: Json) -> Json:
        """files.getUploadURLExternal: return an address for a file of a length and name."""
        self._require_scope()
        name, length = str(given.get("filename") or ""), str(given.get("length") or "")
        if not name or not length.isdigit() or not int(length):
            raise RefusedError("missing_argument")
        if int(length) > _LARGEST:
            raise RefusedError("file_upload_size_restricted")
        secret, file = secrets.token_urlsafe(16), f"F{secrets.token_hex(5).upper()}"
        self._by_secret[secret] = _Upload(file, name, int(length))
        return {"upload_url": f"{self.base}/upload/{secret}", "file_id": file}

    def complete(self, given: Json) -> tuple[str, str | None, Sequence[Mapping[str, Any]], Json]:
        """files.completeUploadExternal: return channel, thread and files of the message, and the answer.

        Raises RefusedError; then nothing is shown, and each file can be completed later.
        """
        self._require_scope()
        found, wanted = [], given.get("files")
        if not isinstance(wanted, list) or not wanted:
            raise RefusedError("invalid_arguments")
        uploads = {upload.file: (secret, upload) for secret, upload in self._by_secret.items()}
        for entry in wanted:
            known = uploads.get(str(entry.get("id"))) if isinstance(entry, dict) else None
            if known is None or known[1].content is None:
                raise RefusedError("file_not_found")
            found.append((*known, str(entry.get("title") or known[1].name)))
        channel, thread = self._place(given)
        if len(str(given.get("initial_comment") or "")) > MESSAGE_TEXT:
            raise RefusedError("msg_too_long")
        shown = [self._kept(secret, upload, title) for secret, upload, title in found]
        return (
            channel,
            thread,
            shown,
            {"files": [{"id": file["id"], "title": file["title"]} for file in shown]},
        )

    def _require_scope(self) -> None:
        if _SCOPE not in self._scopes:
            raise RefusedError("missing_scope", needed=_SCOPE)

    def _place(self, given: Json) -> tuple[str, str | None]:
        """Return channel and thread; a person's id is no channel here, and a reply no thread."""
        named = str(given.get("channel_id") or "")
        place = None if self._workspace.person(named) else self._workspace.channel(named)
        if place is None:
            raise RefusedError("channel_not_found")
        if not place.has_bot:
            raise RefusedError("not_in_channel")
        if place.is_archived:
            raise RefusedError("posting_to_channel_denied")
        thread = given.get("thread_ts")
        parent = self._workspace.find(place.channel, str(thread)) if thread else None
        if thread and (parent is None or parent.thread not in (None, parent.ts)):
            raise RefusedError("invalid_arguments")
        return place.channel, thread

    def _kept(self, secret: str, upload: _Upload, title: str) -> Json:
        """Keep a file for good, and return what a message shows of it."""
        del self._by_secret[secret]
        self._workspace.files[upload.file] = StoredFile(upload.name, title, upload.content or b"")
        size = len(upload.content or b"")
        path = f"/files/{upload.file}/{quote(upload.name)}"
        return {"id": upload.file, "name": upload.name, "title": title, "size": size, "path": path}

    async def _take(self, request: web.Request) -> web.Response:
        upload = self._by_secret.get(request.match_info["secret"])
        content = await request.read()
        error = None
        if upload is None or upload.content is not None:
            error = "unknown address"
        elif len(content) != upload.length:
            error = f"wrong length: {len(content)} instead of {upload.length}"
        status = 400 if error else 200
        shown = {"bytes": len(content)}
        self._workspace.note("from_app", "upload", shown, error or "OK", status=status, error=error)
        if upload is not None and error is None:
            upload.content = content
        return web.Response(status=status, text=error or f"OK - {len(content)}")

    async def _read(self, request: web.Request) -> web.Response:
        file = self._workspace.files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404)
        shown = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = {"Content-Disposition": shown, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)
