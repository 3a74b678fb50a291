"""Send to the app what Slack sends it: commands, mentions, messages and clicks, signed."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.playground import payloads
from bot.playground.slack_validators import suggestion_violations
from bot.playground.standin import StandIn
from bot.playground.state import Given, WrongInputError, inputs_of, missing, state_of
from bot.playground.workspace import Json, Posted, View

_ACK_SECONDS = 3
_FORM = "application/x-www-form-urlencoded"


class NotTakenError(Exception):
    """The app did not take a request; the message is what Slack would show."""


class Sender:
    """Sends what people do to the app's request address, as Slack does."""

    def __init__(
        self,
        standin: StandIn,
        session: aiohttp.ClientSession,
        app_url: str,
        own_url: str,
        secret: str,
        command: str,
    ) -> None:
        """Take the app's request address, our own base address and the app's signing secret."""
        self._standin = standin
        self._workspace = standin.workspace
        self._session = session
        self._app_url = app_url
        self._own_url = own_url
        self._secret = secret
        self._command = command

    async def command(self, channel: str, user: str, line: str) -> None:
        """Send a slash command. Raises NotTakenError."""
        name, _, text = line.partition(" ")
        if name != self._command:
            raise NotTakenError(f"{name} is not a valid command. Try {self._command} help.")
        place = self._workspace.channel(channel)
        person = self._workspace.person(user)
        body = {
            "team_id": self._workspace.team,
            "api_app_id": self._workspace.app,
            "channel_id": channel,
            "channel_name": place.name if place else "",
            "user_id": user,
            "user_name": person.name if person else "",
            "command": name,
            "text": payloads.typed_text(self._workspace, text),
            "response_url": self._standin.response_url(self._own_url, channel, user),
            "trigger_id": self._workspace.new_trigger(user),
        }
        await self._send(f"slash command {name}", urlencode(body), body, _FORM)

    async def message(self, channel: str, user: str, text: str, thread: str | None) -> None:
        """Write a message in a channel; a mention or a direct message is sent to the app."""
        workspace = self._workspace
        mention = f"@{workspace.bot_name}"
        written = payloads.typed_text(workspace, text).replace(mention, f"<@{workspace.bot_user}>")
        posted = workspace.add(Posted(channel, workspace.next_ts(), user, written, thread=thread))
        place = workspace.channel(channel)
        if place is not None and place.kind == "direct":
            await self._event({"type": "message", "channel_type": "im"}, posted)
        elif mention in text:
            await self._event({"type": "app_mention"}, posted)

    async def drop(self, channel: str, user: str, name: str, content: bytes, text: str = "") -> None:
        """Drop a file into a channel, with a text beside it; the app is told in its direct messages."""
        workspace = self._workspace
        shown, told = self._standin.dropped_file(name, content, self._own_url)
        written = payloads.typed_text(workspace, text)
        posted = workspace.add(Posted(channel, workspace.next_ts(), user, written, files=[shown]))
        place = workspace.channel(channel)
        if place is not None and place.kind == "direct":
            kind = {"type": "message", "subtype": "file_share", "channel_type": "im"}
            await self._event({**kind, "files": [told]}, posted)

    async def click(self, channel: str, user: str, ts: str, block_id: str, action: Mapping[str, Any]) -> None:
        """Press a button or choose from a list of a message. Raises NotTakenError."""
        message = self._workspace.find(channel, ts)
        if message is None:
            raise NotTakenError("That message no longer exists.")
        address = self._standin.response_url(self._own_url, channel, user, message.thread, ts)
        payload = payloads.click(self._workspace, message, user, {**action, "block_id": block_id}, address)
        await self._send("click", urlencode({"payload": json.dumps(payload)}), payload, _FORM)

    async def open_home(self, user: str) -> None:
        """Open somebody's Home tab. Raises NotTakenError."""
        body = payloads.home_opened(self._workspace, user)
        await self._send("event app_home_opened", json.dumps(body), body, "application/json")

    async def click_home(self, user: str, block_id: str, action: Mapping[str, Any]) -> None:
        """Press a button of somebody's Home tab. Raises NotTakenError."""
        view = self._workspace.homes.get(user)
        if view is None:
            raise NotTakenError("Open the Home tab first.")
        payload: Json = {
            "type": "block_actions",
            **payloads.sent_by(self._workspace, user),
            "container": {"type": "view", "view_id": view.id},
            "view": {**view.content, "id": view.id},
            "trigger_id": self._workspace.new_trigger(user),
            "actions": [{**action, "block_id": block_id, "action_ts": self._workspace.next_ts()}],
        }
        await self._send("click", urlencode({"payload": json.dumps(payload)}), payload, _FORM)

    async def shortcut(self, user: str, callback: str) -> None:
        """Use a global shortcut. Raises NotTakenError."""
        who = payloads.triggered_by(self._workspace, user)
        payload = {"type": "shortcut", **who, "callback_id": callback}
        await self._interact("shortcut", payload)

    async def message_shortcut(self, channel: str, user: str, ts: str, callback: str) -> None:
        """Use a shortcut of a message's menu; messages that one person sees have none."""
        message, place = self._workspace.find(channel, ts), self._workspace.channel(channel)
        if message is None or message.private_to or place is None:
            raise NotTakenError("That message doesn't have a menu.")
        shown: Json = {"type": "message", "user": message.user, "ts": ts, "text": message.text}
        if message.thread:
            shown["thread_ts"] = message.thread
        payload = {
            "type": "message_action",
            **payloads.triggered_by(self._workspace, user),
            "callback_id": callback,
            "channel": {"id": channel, "name": place.name},
            "message_ts": ts,
            "message": shown,
            "response_url": self._standin.response_url(self._own_url, channel, user, message.thread),
        }
        await self._interact("message shortcut", payload)

    async def suggest(self, user: str, block_id: str, action_id: str, typed: str) -> list[Json]:
        """Type into an external menu of somebody's open modal; return the options. Raises NotTakenError."""
        view = self._open_view(user)
        payload = {
            "type": "block_suggestion",
            **payloads.sent_by(self._workspace, user),
            "container": {"type": "view", "view_id": view.id},
            "view": payloads.view(self._workspace, view),
            "block_id": block_id,
            "action_id": action_id,
            "value": typed,
        }
        answer = await self._interact("block_suggestion", payload)
        found = suggestion_violations(answer)
        if found:
            raise NotTakenError(f"The options were refused: {found[0].problem} [{found[0].where}]")
        view.offered.setdefault(action_id, {}).update({entry["value"]: entry for entry in answer["options"]})
        return list(answer["options"])

    async def choose(self, user: str, block_id: str, given: Given) -> None:
        """Tell the app of a choice in somebody's open modal, where the block wants that (dispatch_action)."""
        view = self._open_view(user)
        state = _state(view, given)
        block = next((entry for entry in inputs_of(view) if entry["block_id"] == block_id), None)
        if block is None or not block.get("dispatch_action"):
            raise NotTakenError("That input tells the app nothing before the window is sent.")
        action = block["element"]["action_id"]
        payload = {
            "type": "block_actions",
            **payloads.triggered_by(self._workspace, user),
            "container": {"type": "view", "view_id": view.id},
            "view": {**payloads.view(self._workspace, view), "state": {"values": state}},
            "actions": [
                {
                    **state[block_id][action],
                    "block_id": block_id,
                    "action_id": action,
                    "action_ts": self._workspace.next_ts(),
                }
            ],
        }
        await self._interact("choice", payload)

    async def submit(self, user: str, given: Given) -> dict[str, str]:
        """Send somebody's open modal; `given` by block and action. Return what the app finds wrong, by block:
        then the window stays open. Raises NotTakenError.
        """
        view = self._open_view(user)
        state = _state(view, given)
        empty = missing(view, state)
        if empty:
            return dict.fromkeys(empty, "Please complete this required field.")
        payload = {
            "type": "view_submission",
            **payloads.triggered_by(self._workspace, user),
            "view": {**payloads.view(self._workspace, view), "state": {"values": state}},
            "response_urls": [],
        }
        answer = await self._interact("modal", payload)
        action = answer.get("response_action")
        if action == "errors":
            return _errors(view, answer.get("errors"))
        if action not in (None, "clear"):
            raise NotTakenError(f"The playground doesn't know the response_action {action}.")
        self._workspace.close_view(user)
        return {}

    def _open_view(self, user: str) -> View:
        view = self._workspace.views.get(user)
        if view is None:
            raise NotTakenError("That window is closed.")
        return view

    async def _interact(self, name: str, payload: Json) -> Json:
        """Send an interaction and return what the app answered. Raises NotTakenError."""
        return await self._send(name, urlencode({"payload": json.dumps(payload)}), payload, _FORM)

    async def _event(self, kind: Json, posted: Posted) -> None:
        body = payloads.message_event(self._workspace, posted, kind)
        await self._send(f"event {kind['type']}", json.dumps(body), body, "application/json")

    async def _send(self, name: str, body: str, shown: Any, content_type: str) -> Json:
        """Post a signed request, note it and return the JSON of its acknowledgement.

        Raises NotTakenError where it isn't acknowledged in time.
        """
        timestamp = str(int(self._workspace.clock().timestamp()))
        digest = hmac.new(self._secret.encode(), f"v0:{timestamp}:{body}".encode(), sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        status, answer = 0, ""
        try:
            timeout = aiohttp.ClientTimeout(total=_ACK_SECONDS)
            async with self._session.post(
                self._app_url, data=body, headers=headers, timeout=timeout
            ) as response:
                status, answer = response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError):
            answer = "operation_timeout"
        error = None if status == 200 else answer[:80] or f"status {status}"  # noqa: PLR2004
        self._workspace.note("to_app", name, shown, answer or "(acknowledged)", status=status, error=error)
        if error:
            raise NotTakenError(f"The app did not answer in time or refused it ({error}).")
        return _as_json(answer)


def _as_json(answer: str) -> Json:
    try:
        found = json.loads(answer or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _state(view: View, given: Given) -> Json:
    try:
        return state_of(view, given)
    except WrongInputError as wrong:
        raise NotTakenError(str(wrong)) from wrong


def _errors(view: View, errors: Any) -> dict[str, str]:
    """Return the errors of a modal that was sent; Slack takes them of its input blocks only."""
    known = {block["block_id"] for block in inputs_of(view)}
    if not isinstance(errors, dict) or not errors or not set(errors) <= known:
        raise NotTakenError("The errors of the window aren't of its inputs.")
    return {str(block): str(text) for block, text in errors.items()}
