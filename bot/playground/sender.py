"""What Slack sends to an app, sent by the stand-in: commands, mentions, messages and clicks, signed."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.playground.choices import chosen
from bot.playground.standin import StandIn
from bot.playground.workspace import Json, Posted

ACK_SECONDS = 3
_FORM = "application/x-www-form-urlencoded"


class NotTakenError(Exception):
    """The app did not take a request; the message is what Slack would show."""


class Sender:
    """Sends people's doings to the app's request address, as Slack does."""

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
            "channel_id": channel,
            "channel_name": place.name if place else "",
            "user_id": user,
            "user_name": person.name if person else "",
            "command": name,
            "text": self._with_mentions(_escaped(text)),
            "response_url": self._standin.response_url(self._own_url, channel, user),
            "trigger_id": self._workspace.new_trigger(user),
        }
        await self._send(f"slash command {name}", urlencode(body), body, _FORM)

    async def message(self, channel: str, user: str, text: str, thread: str | None) -> None:
        """Write a message in a channel; a mention or a direct message is sent to the app."""
        workspace = self._workspace
        mention = f"@{workspace.bot_name}"
        written = self._with_mentions(_escaped(text)).replace(mention, f"<@{workspace.bot_user}>")
        posted = workspace.add(Posted(channel, workspace.next_ts(), user, written, thread=thread))
        place = workspace.channel(channel)
        if place is not None and place.kind == "direct":
            await self._event({"type": "message", "channel_type": "im"}, posted)
        elif mention in text:
            await self._event({"type": "app_mention"}, posted)

    async def click(self, channel: str, user: str, ts: str, block_id: str, action: Mapping[str, Any]) -> None:
        """Press a button or choose from a list of a message. Raises NotTakenError."""
        message = self._workspace.find(channel, ts)
        if message is None:
            raise NotTakenError("That message is gone.")
        pressed = {**action, "block_id": block_id, "action_ts": self._workspace.next_ts()}
        payload: Json = {
            "type": "block_actions",
            "team": {"id": self._workspace.team},
            "user": {"id": user},
            "channel": {"id": channel},
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": channel,
                "is_ephemeral": message.private_to is not None,
            },
            "trigger_id": self._workspace.new_trigger(user),
            "response_url": self._standin.response_url(self._own_url, channel, user, message.thread, ts),
            "actions": [pressed],
        }
        if message.private_to is None:
            payload["message"] = {"ts": ts, "text": message.text, "thread_ts": message.thread}
        await self._send("click", urlencode({"payload": json.dumps(payload)}), payload, _FORM)

    async def open_home(self, user: str) -> None:
        """Open somebody's Home tab. Raises NotTakenError."""
        ts = self._workspace.next_ts()
        direct = self._workspace.channel(user)
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": direct.channel if direct else "",
            "tab": "home",
            "event_ts": ts,
        }
        body = {
            "type": "event_callback",
            "team_id": self._workspace.team,
            "event_id": f"Ev{ts}",
            "event_time": int(float(ts)),
            "event": event,
        }
        await self._send("event app_home_opened", json.dumps(body), body, "application/json")

    async def click_home(self, user: str, block_id: str, action: Mapping[str, Any]) -> None:
        """Press a button of somebody's Home tab. Raises NotTakenError."""
        view = self._workspace.homes.get(user)
        if view is None:
            raise NotTakenError("Open the Home tab first.")
        payload: Json = {
            "type": "block_actions",
            "team": {"id": self._workspace.team},
            "user": {"id": user},
            "container": {"type": "view", "view_id": view.id},
            "view": {**view.content, "id": view.id},
            "trigger_id": self._workspace.new_trigger(user),
            "actions": [{**action, "block_id": block_id, "action_ts": self._workspace.next_ts()}],
        }
        await self._send("click", urlencode({"payload": json.dumps(payload)}), payload, _FORM)

    async def submit(self, user: str, values: Mapping[str, Mapping[str, str]]) -> None:
        """Send somebody's open modal; `values` by block and action. Raises NotTakenError."""
        view = self._workspace.views.get(user)
        if view is None:
            raise NotTakenError("That window is closed.")
        elements = {block.get("block_id"): block.get("element") for block in view.content.get("blocks") or ()}
        state = {
            block: {action: chosen(elements.get(block), typed) for action, typed in entry.items()}
            for block, entry in values.items()
        }
        payload: Json = {
            "type": "view_submission",
            "team": {"id": self._workspace.team},
            "user": {"id": user},
            "trigger_id": self._workspace.new_trigger(user),
            "view": {**view.content, "id": view.id, "state": {"values": state}},
        }
        await self._send("modal", urlencode({"payload": json.dumps(payload)}), payload, _FORM)
        self._workspace.close_view(user)

    def _with_mentions(self, text: str) -> str:
        """Return a text as Slack sends it: people and channels that are mentioned by their ids."""
        for person in self._workspace.people:
            text = text.replace(f"@{person.name}", f"<@{person.user}|{person.user.lower()}>")
        for place in self._workspace.channels:
            if place.kind == "channel":
                text = re.sub(
                    rf"(?<!\S)#{re.escape(place.name)}(?!\S)", f"<#{place.channel}|{place.name}>", text
                )
        return text

    async def _event(self, kind: Json, posted: Posted) -> None:
        event = {
            **kind,
            "user": posted.user,
            "text": posted.text,
            "channel": posted.channel,
            "ts": posted.ts,
            "event_ts": posted.ts,
        }
        if posted.thread:
            event["thread_ts"] = posted.thread
        body = {
            "type": "event_callback",
            "team_id": self._workspace.team,
            "event_id": f"Ev{posted.ts}",
            "event_time": int(float(posted.ts)),
            "event": event,
        }
        await self._send(f"event {kind['type']}", json.dumps(body), body, "application/json")

    async def _send(self, name: str, body: str, shown: Any, content_type: str) -> None:
        """Post a signed request and note it. Raises NotTakenError where it isn't acknowledged in time."""
        timestamp = str(int(self._workspace.clock().timestamp()))
        digest = hmac.new(self._secret.encode(), f"v0:{timestamp}:{body}".encode(), sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        status, answer = 0, ""
        try:
            timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
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


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
