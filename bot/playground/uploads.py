"""Upload files as in Slack: get an address, send the bytes, and complete the upload; and hand files over.

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

_SCOPE, _READ_SCOPE = "files:write", "files:read"
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

    def __init__(self, workspace: Workspace, scopes: str, token: str) -> None:
        """Take the workspace, the app's scopes (comma-separated) and its bot token."""
        self._workspace = workspace
        self._token = token
        self._scopes = scopes.split(",")
        self.base = ""
        self._by_secret: dict[str, _Upload] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: where bytes are sent to, and where a file is read."""
        return [
            web.post("/upload/{secret}", self._take),
            web.get("/files/{file}/{name}", self._read),
            web.get("/files-pri/{file}/download/{name}", self._hand_over),
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

    def info(self, given: Json) -> Json:
        """files.info: return what is known of a file, and the messages that show it (`shares`).

        https://docs.slack.dev/reference/methods/files.info
        """
        if _READ_SCOPE not in self._scopes:
            raise RefusedError("missing_scope", needed=_READ_SCOPE)
        file = str(given.get("file") or "")
        kept = self._workspace.files.get(file)
        if kept is None:
            raise RefusedError("file_not_found")
        shares: dict[str, dict[str, list[Json]]] = {}
        for message in self._workspace.messages:
            if file not in [shown["id"] for shown in message.files]:
                continue
            channel = self._workspace.channel(message.channel)
            is_public = channel is not None and channel.kind == "channel" and not channel.is_private
            share = {"ts": message.ts, **({"thread_ts": message.thread} if message.thread else {})}
            places = shares.setdefault("public" if is_public else "private", {})
            places.setdefault(message.channel, []).append(share)
        known = {"id": file, "name": kept.name, "title": kept.title, "size": len(kept.content)}
        return {"file": {**known, "shares": shares}}

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

    def dropped(self, name: str, content: bytes, base: str) -> tuple[Json, Json]:
        """Keep a file that a person drops; return what a message shows of it, and what the app is told."""
        file, size = f"F{secrets.token_hex(5).upper()}", len(content)
        self._workspace.files[file] = StoredFile(name, name, content)
        known = {"id": file, "name": name, "title": name, "size": size}
        shown = {**known, "path": f"/files/{file}/{quote(name)}"}
        if _READ_SCOPE not in self._scopes:
            return shown, {"id": file, "file_access": "check_file_info"}
        private = f"{base}/files-pri/{file}"
        address = {
            "url_private": f"{private}/{quote(name)}",
            "url_private_download": f"{private}/download/{quote(name)}",
        }
        return shown, {**known, **address}

    async def _hand_over(self, request: web.Request) -> web.Response:
        """Hand a file to the app; without its token, answer as Slack does: with the page to sign in."""
        file = self._workspace.files.get(request.match_info["file"])
        is_app = request.headers.get("Authorization") == f"Bearer {self._token}"
        is_allowed = file is not None and is_app and _READ_SCOPE in self._scopes
        shown = {"file": request.match_info["name"]}
        error = None if is_allowed else "not_allowed"
        self._workspace.note("from_app", "download", shown, error or "OK", error=error)
        if file is None or not is_allowed:
            return web.Response(text="<html>Sign in</html>", content_type="text/html")
        return web.Response(body=file.content, content_type="application/octet-stream")

    async def _read(self, request: web.Request) -> web.Response:
        file = self._workspace.files.get(request.match_info["file"])
        if file is None:
            return web.Response(status=404)
        shown = f"attachment; filename*=UTF-8''{quote(file.name)}"
        headers = {"Content-Disposition": shown, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)
