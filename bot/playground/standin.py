"""A stand-in for Slack's Web API and response URLs, as strict as Slack.

It takes the calls that the bot makes, refuses what Slack refuses with Slack's error codes
(docs.slack.dev), and knows nothing of the bot.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.playground.history import BOT, History
from bot.playground.refusal import RefusedError as RefusedError  # noqa: PLC0414 - part of the stand-in
from bot.playground.slack_validators import message_violations, view_violations
from bot.playground.uploads import Uploads
from bot.playground.workspace import Posted, Workspace

Json = dict[str, Any]

_RESPONSES = 5
_RESPONSE_FOR = timedelta(minutes=30)
_LOCAL = ("token",)
_EVENT_TYPE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(slots=True)
class _ResponseAddress:
    channel: str
    user: str
    thread: str | None
    until: datetime
    message: str | None
    used: int = 0


class StandIn:
    """The Web API of one workspace for one app, under `/api/`, and response addresses under `/response/`."""

    def __init__(self, workspace: Workspace, token: str, scopes: str) -> None:
        """Take the workspace, the app's bot token and its scopes (comma-separated)."""
        self.workspace = workspace
        self._token = token
        self._scopes = scopes
        self._addresses: dict[str, _ResponseAddress] = {}
        self._uploads = Uploads(workspace, scopes, token)
        self.history = History(workspace, scopes)
        self._methods: dict[str, Callable[[Json], Json]] = {
            "api.test": lambda _: {},
            "auth.test": self._auth_test,
            "bots.info": lambda _: _bot_info(workspace, scopes),
            "chat.delete": self.history.delete,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "conversations.history": self.history.history,
            "conversations.info": lambda given: _channel_info(workspace, self._scopes, given),
            "conversations.open": self._open,
            "conversations.replies": self.history.replies,
            "files.completeUploadExternal": self._complete_upload,
            "files.info": self._uploads.info,
            "files.getUploadURLExternal": self._uploads.address,
            "views.open": self._open_view,
            "views.update": self._update_view,
            "views.publish": self._publish_home,
            "users.info": lambda given: _user_info(workspace, scopes, given),
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to serve."""
        return [
            web.get("/api/{method}", self._call),
            web.post("/api/{method}", self._call),
            web.post("/response/{secret}", self._respond),
            *self._uploads.routes(),
        ]

    def dropped_file(self, name: str, content: bytes, base: str) -> tuple[Json, Json]:
        """Keep a file that a person drops; return what a message shows of it, and what the app is told."""
        return self._uploads.dropped(name, content, base)

    def response_url(
        self, base: str, channel: str, user: str, thread: str | None = None, message: str | None = None
    ) -> str:
        """Return a new address for answers to one command or click: five answers within thirty minutes.

        `message` is the ts of the message that was clicked, which an answer may replace. A command has none:
        Slack shows a second answer to it as a new message, whatever `replace_original` says.
        """
        secret = secrets.token_urlsafe(16)
        until = self.workspace.clock() + _RESPONSE_FOR
        self._addresses[secret] = _ResponseAddress(channel, user, thread, until, message)
        return f"{base}/response/{secret}"

    # requests

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self._uploads.base = str(request.url.origin())
        try:
            given = await _arguments(request)
            answer: Json = {"ok": True, **self._answer(method, request.headers.get("Authorization"), given)}
        except RefusedError as refused:
            answer = {"ok": False, "error": refused.code}
            if refused.needed:
                answer |= {"needed": refused.needed, "provided": self._scopes}
            if refused.details:
                answer["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in refused.details]}
            given = await _arguments(request, quietly=True)
        shown = {name: value for name, value in given.items() if name not in _LOCAL}
        self.workspace.note("from_app", method, shown, answer, error=answer.get("error"))
        return web.json_response(answer, headers={"x-oauth-scopes": self._scopes})

    def _answer(self, method: str, authorization: str | None, given: Json) -> Json:
        if authorization != f"Bearer {self._token}":
            raise RefusedError("invalid_auth" if authorization else "not_authed")
        if method not in self._methods:
            raise RefusedError("unknown_method")
        return self._methods[method](given)

    async def _respond(self, request: web.Request) -> web.Response:
        given = await _arguments(request, quietly=True)
        address = self._addresses.get(request.match_info["secret"])
        try:
            self._take_response(address, given)
        except RefusedError as refused:
            status = 404 if refused.code in ("expired_url", "used_url", "no_url") else 400
            body = {"ok": False, "error": refused.code}
            self.workspace.note("from_app", "response_url", given, body, status=status, error=refused.code)
            return web.json_response(body, status=status)
        self.workspace.note("from_app", "response_url", given, "ok")
        return web.Response(text="ok")

    def _take_response(self, address: _ResponseAddress | None, given: Json) -> None:
        if address is None:
            raise RefusedError("no_url")
        if self.workspace.clock() > address.until:
            raise RefusedError("expired_url")
        if address.used >= _RESPONSES:
            raise RefusedError("used_url")
        _refuse_violations(given)
        address.used += 1
        if given.get("replace_original") and address.message:
            pressed = self.workspace.find(address.channel, address.message)
            if pressed is not None:
                self.workspace.change(pressed, str(given.get("text") or ""), given.get("blocks") or ())
                return
        is_public = given.get("response_type") == "in_channel"
        self._add(
            address.channel,
            given,
            private_to=None if is_public else address.user,
            thread=given.get("thread_ts") or address.thread,
        )

    # methods

    def _auth_test(self, _: Json) -> Json:
        workspace = self.workspace
        return {
            "url": "https://demo.invalid/",
            "team": "Demo company",
            "team_id": workspace.team,
            "user": workspace.bot_name,
            "user_id": workspace.bot_user,
            "bot_id": BOT,
        }

    def _complete_upload(self, given: Json) -> Json:
        channel, thread, files, answer = self._uploads.complete(given)
        said = {"text": given.get("initial_comment")}
        self._add(channel, said, private_to=None, thread=thread, files=files)
        return answer

    def _post_message(self, given: Json) -> Json:
        if "chat:write" not in self._scopes.split(","):
            raise RefusedError("missing_scope", needed="chat:write")
        channel = self._open_channel(given)
        _refuse_violations(given)
        posted = self._add(channel, given, private_to=None, thread=given.get("thread_ts"))
        answer: Json = {
            "channel": channel,
            "ts": posted.ts,
            "message": {"text": posted.text, "ts": posted.ts},
        }
        if given.get("metadata") and not posted.metadata:
            answer["warning"] = "invalid_metadata_schema"
        return answer

    def _post_ephemeral(self, given: Json) -> Json:
        channel, user = self._channel(given), str(given.get("user") or "")
        if self.workspace.person(user) is None:
            raise RefusedError("user_not_in_channel")
        _refuse_violations(given)
        posted = self._add(channel, given, private_to=user, thread=given.get("thread_ts"))
        return {"message_ts": posted.ts}

    def _update(self, given: Json) -> Json:
        message = self.workspace.find(self._channel(given), str(given.get("ts") or ""))
        if message is None or message.private_to:
            raise RefusedError("message_not_found")
        if message.user != self.workspace.bot_user:
            raise RefusedError("cant_update_message")
        _refuse_violations(given)
        self.workspace.change(message, str(given.get("text") or ""), given.get("blocks") or ())
        return {"channel": message.channel, "ts": message.ts, "text": given.get("text")}

    def _open(self, given: Json) -> Json:
        if "im:write" not in self._scopes.split(","):
            raise RefusedError("missing_scope", needed="channels:manage,groups:write,im:write,mpim:write")
        user = str(given.get("users") or "").split(",")[0]
        if self.workspace.person(user) is None:
            raise RefusedError("user_not_found")
        return {"channel": {"id": self._channel({"channel": user})}}

    def _publish_home(self, given: Json) -> Json:
        view, user = _view(given), str(given.get("user_id") or "")
        if view.get("type") != "home" or self.workspace.person(user) is None:
            raise RefusedError("invalid_arguments")
        published = self.workspace.publish_home(user, view)
        return {"view": {**view, "id": published.id, "team_id": self.workspace.team}}

    def _open_view(self, given: Json) -> Json:
        view = _view(given)
        user = self.workspace.take_trigger(str(given.get("trigger_id") or ""))
        if user is None:
            raise RefusedError("expired_trigger_id")
        opened = self.workspace.open_view(user, view)
        return {"view": {**view, "id": opened.id, "hash": opened.hash, "team_id": self.workspace.team}}

    def _update_view(self, given: Json) -> Json:
        view, shown = _view(given), self.workspace.view(str(given.get("view_id") or ""))
        if shown is None:
            raise RefusedError("not_found")
        if given.get("hash") not in (None, shown.hash):
            raise RefusedError("hash_conflict")
        updated = self.workspace.update_view(shown, view)
        return {"view": {**view, "id": updated.id, "hash": updated.hash, "team_id": self.workspace.team}}

    def _channel(self, given: Json) -> str:
        found = self.workspace.channel(str(given.get("channel") or ""))
        if found is None:
            raise RefusedError("channel_not_found")
        if not found.has_bot:
            raise RefusedError("not_in_channel")
        return found.channel

    def _open_channel(self, given: Json) -> str:
        """Return a channel that the bot may post to."""
        channel = self._channel(given)
        found = self.workspace.channel(channel)
        if found is not None and found.is_archived:
            raise RefusedError("is_archived")
        return channel

    def _add(
        self,
        channel: str,
        given: Json,
        *,
        private_to: str | None,
        thread: str | None,
        files: Sequence[Mapping[str, Any]] = (),
    ) -> Posted:
        message = Posted(
            channel=channel,
            ts=self.workspace.next_ts(),
            user=self.workspace.bot_user,
            text=str(given.get("text") or ""),
            blocks=given.get("blocks") or (),
            private_to=private_to,
            thread=thread,
            metadata=_metadata(given),
            files=files,
        )
        return self.workspace.add(message)


def _bot_info(workspace: Workspace, scopes: str) -> Json:
    if "users:read" not in scopes.split(","):
        raise RefusedError("missing_scope", needed="users:read")
    return {"bot": {"id": BOT, "app_id": workspace.app}}


def _channel_info(workspace: Workspace, scopes: str, given: Json) -> Json:
    found = workspace.channel(str(given.get("channel") or ""))
    scope = "groups:read" if found is not None and found.is_private else "channels:read"
    if found is not None and found.kind == "direct":
        scope = "im:read"
    if scope not in scopes.split(","):
        raise RefusedError("missing_scope", needed=scope)
    if found is None or (found.is_private and not found.has_bot):
        raise RefusedError("channel_not_found")
    return {
        "channel": {
            "id": found.channel,
            "name": found.name,
            "is_private": found.is_private,
            "is_archived": found.is_archived,
            "is_member": found.has_bot,
        }
    }


def _user_info(workspace: Workspace, scopes: str, given: Json) -> Json:
    if "users:read" not in scopes.split(","):
        raise RefusedError("missing_scope")
    person = workspace.person(str(given.get("user") or ""))
    if person is None:
        raise RefusedError("user_not_found")
    return {
        "user": {
            "id": person.user,
            "team_id": workspace.team,
            "real_name": person.name,
            "is_restricted": person.is_guest,
            "is_stranger": person.is_external,
            "is_ultra_restricted": False,
            "deleted": person.has_left,
            "is_bot": person.is_bot,
            "locale": person.locale,
            "tz": person.zone,
            "profile": {"email": person.email} if "users:read.email" in scopes.split(",") else {},
        }
    }


def _view(given: Json) -> Json:
    view = given.get("view")
    if not isinstance(view, dict):
        raise RefusedError("invalid_arguments")
    found = view_violations(view)
    if found:
        raise RefusedError("invalid_arguments", tuple(f"{entry.problem} [{entry.where}]" for entry in found))
    return view


def _refuse_violations(given: Json) -> None:
    found = message_violations(given)
    if found:
        raise RefusedError(found[0].code, tuple(f"{entry.problem} [{entry.where}]" for entry in found))


def _metadata(given: Json) -> Json | None:
    """Return the metadata of a message; None if Slack would ignore it, and take the message without it.

    https://docs.slack.dev/messaging/message-metadata
    """
    metadata = given.get("metadata")
    is_taken = isinstance(metadata, dict) and _EVENT_TYPE.fullmatch(str(metadata.get("event_type")))
    return metadata if is_taken else None


async def _arguments(request: web.Request, *, quietly: bool = False) -> Json:
    """Return a call's arguments: JSON, or a query or form whose structured values are JSON texts."""
    if request.content_type == "application/json":
        try:
            found = await request.json()
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        if quietly:
            return {}
        raise RefusedError("invalid_json")
    form = {**request.query, **await request.post()}
    return {name: _structured(name, value) for name, value in form.items() if isinstance(value, str)}


def _structured(name: str, value: str) -> Any:
    if name not in ("blocks", "metadata", "attachments", "view", "files"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
