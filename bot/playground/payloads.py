"""The payloads that Slack sends to an app for what people do.

https://docs.slack.dev/interactivity/handling-user-interaction, https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.playground.workspace import Json, Posted, View, Workspace


def typed_text(workspace: Workspace, text: str) -> str:
    """Return a text as Slack sends it: escaped, with the people and channels it mentions by their ids."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for person in workspace.people:
        text = text.replace(f"@{person.name}", f"<@{person.user}|{person.user.lower()}>")
    for place in workspace.channels:
        if place.kind == "channel":
            mention = f"<#{place.channel}|{place.name}>"
            text = re.sub(rf"(?<!\S)#{re.escape(place.name)}(?!\S)", mention, text)
    return text


def sent_by(workspace: Workspace, user: str) -> Json:
    """Return the keys that say who did something."""
    person = workspace.person(user)
    named = {"id": user, "name": person.name if person else "", "team_id": workspace.team}
    return {"team": {"id": workspace.team}, "api_app_id": workspace.app, "user": named}


def triggered_by(workspace: Workspace, user: str) -> Json:
    """Return the same with a trigger, by which the app may open a modal."""
    trigger = {"trigger_id": workspace.new_trigger(user), "action_ts": workspace.next_ts()}
    return sent_by(workspace, user) | trigger


def view(workspace: Workspace, shown: View) -> Json:
    """Return an open modal."""
    return {**shown.content, "id": shown.id, "hash": shown.hash, "team_id": workspace.team}


def click(
    workspace: Workspace, message: Posted, user: str, action: Mapping[str, Any], response_url: str
) -> Json:
    """Return the press of a button of a message."""
    pressed = {**action, "action_ts": workspace.next_ts()}
    payload: Json = {
        "type": "block_actions",
        **sent_by(workspace, user),
        "channel": {"id": message.channel},
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.private_to is not None,
        },
        "trigger_id": workspace.new_trigger(user),
        "response_url": response_url,
        "actions": [pressed],
    }
    if message.thread:
        payload["container"]["thread_ts"] = message.thread
    if message.private_to is None:
        payload["message"] = {"ts": message.ts, "text": message.text, "thread_ts": message.thread}
    return payload


def home_opened(workspace: Workspace, user: str) -> Json:
    """Return the event that somebody opened their Home tab."""
    ts = workspace.next_ts()
    direct = workspace.channel(user)
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": direct.channel if direct else "",
        "tab": "home",
        "event_ts": ts,
    }
    return _event(workspace, event, ts)


def message_event(workspace: Workspace, posted: Posted, kind: Mapping[str, Any]) -> Json:
    """Return the event of a message; `kind` holds the keys that say which event it is."""
    channel = workspace.channel(posted.channel)
    event: Json = {
        **kind,
        "user": posted.user,
        "text": posted.text,
        "channel": posted.channel,
        "ts": posted.ts,
        "event_ts": posted.ts,
    }
    if posted.thread:
        event["thread_ts"] = posted.thread
    is_shared = channel is not None and channel.is_shared
    return {**_event(workspace, event, posted.ts), "is_ext_shared_channel": is_shared}


def _event(workspace: Workspace, event: Json, ts: str) -> Json:
    return {
        "type": "event_callback",
        "team_id": workspace.team,
        "api_app_id": workspace.app,
        "authorizations": [
            {"enterprise_id": None, "team_id": workspace.team, "user_id": workspace.bot_user, "is_bot": True}
        ],
        "event_id": f"Ev{ts}",
        "event_time": int(float(ts)),
        "event": event,
    }
