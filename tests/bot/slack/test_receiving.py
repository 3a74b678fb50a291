"""What comes in over HTTP and Socket Mode: for whom it is, and whether it can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.playground.workspace import Json
from bot.runtime.clock import Clock
from bot.workspace.services import Services
from tests.bot.slack.signed import FORM, JSON, sent
from tests.bot.slack.test_body import UNREADABLE
from tests.bot.world import ANNA, SALES, Mode, SocketStandIn, World, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


def mention(**changes: Any) -> Json:
    event = {"type": "app_mention", "user": ANNA, "channel": SALES, "text": "sales", "ts": "7.1"}
    return {"type": "event_callback", "team_id": "T0DEMO", "event_id": "Ev7", "event": event} | changes


def press(**changes: Any) -> Json:
    found = {
        "type": "block_actions",
        "team": {"id": "T0DEMO"},
        "user": {"id": ANNA},
        "channel": {"id": SALES},
        "container": {"type": "message", "message_ts": "7.2", "channel_id": SALES},
        "trigger_id": "7.3",
        "actions": [{"type": "button", "action_id": "ask:0", "value": "sales", "action_ts": "7.4"}],
    }
    return found | changes


def seen_by(team: str, enterprise: str | None = None) -> list[Json]:
    return [{"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": False}]


FOREIGN: dict[str, tuple[str, Json]] = {
    "a command elsewhere": ("slash_commands", {"team_id": "T0OTHER"}),
    "a command in another organisation": ("slash_commands", {"enterprise_id": "E0OTHER"}),
    "a command to another app": ("slash_commands", {"api_app_id": "A0OTHER"}),
    "a mention elsewhere": ("events_api", mention(team_id="T0OTHER")),
    "a mention seen by another installation": ("events_api", mention(authorizations=seen_by("T0OTHER"))),
    "a mention to another app": ("events_api", mention(api_app_id="A0OTHER")),
    "a press elsewhere": ("interactive", press(team={"id": "T0OTHER"})),
    "a press in another organisation": ("interactive", press(enterprise={"id": "E0OTHER", "name": "x"})),
    "a window opened by another installation": (
        "interactive",
        {
            "type": "view_submission",
            "team": {"id": "T0DEMO"},
            "user": {"id": ANNA},
            "view": {"app_installed_team_id": "T0OTHER", "callback_id": "x", "private_metadata": "a b c"},
        },
    ),
}


async def handed_over(slack: World, mode: Mode, kind: str, body: Json) -> tuple[int, dict[str, str]]:
    """Send a body as Slack does; return the status over HTTP, and 200 if Socket Mode acknowledged it."""
    if mode == "socket":
        ack, _ = await slack.standin.send(kind, body)
        return 200, ack
    if kind == "slash_commands":
        raw, content_type = urlencode(body).encode(), FORM
    elif kind == "interactive":
        raw, content_type = urlencode({"payload": json.dumps(body)}).encode(), FORM
    else:
        raw, content_type = json.dumps(body).encode(), JSON
    status, headers, _ = await sent(slack, raw, content_type)
    return status, headers


@BOTH
async def test_a_request_for_another_installation_is_refused(
    mode: Mode,
    demo_services: Services,
    monday: Clock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Signed or over our own connection, it isn't answered; Slack is told not to send it again."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        for name, (kind, body) in FOREIGN.items():
            own = slack.command_payload("sales last month") if kind == "slash_commands" else {}
            status, answer = await handed_over(slack, mode, kind, own | body)
            if mode == "http":
                assert (status, answer.get("X-Slack-No-Retry")) == (403, "1"), name
            else:
                assert not answer.get("payload"), name
        await slack.say("help")
        assert len(slack.workspace.messages) == 1
        people_asked = [call for call in slack.workspace.calls if call.method == "users.info"]
        assert len(people_asked) == 1, "nobody but the one who asked for help was looked up"
    assert caplog.text.count("for another installation was refused") == len(FOREIGN)


@BOTH
async def test_an_event_of_a_shared_channel_is_for_whoever_it_is_seen_by(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """It happened at the other company (team_id), and is ours all the same."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        body = mention(
            team_id="T0OTHER",
            enterprise_id="E0OTHER",
            is_ext_shared_channel=True,
            authorizations=seen_by("T0DEMO"),
        )
        await handed_over(slack, mode, "events_api", body)
        assert (await slack.message_after(0)).thread == "7.1"


def in_organisation(standin: SocketStandIn) -> None:
    """Let the app be installed in a whole organisation."""
    given = standin._methods["auth.test"]
    standin._methods["auth.test"] = lambda arguments: {
        **given(arguments),
        "team_id": "E0OWN",
        "enterprise_id": "E0OWN",
        "is_enterprise_install": True,
    }


async def test_installed_in_an_organisation_it_answers_its_workspaces(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """And none of another organisation."""
    path = tmp_path / "store.sqlite"
    async with world("http", demo_services, monday, path, prepare=in_organisation) as slack:
        own = slack.command_payload("help") | {"enterprise_id": "E0OWN", "is_enterprise_install": "true"}
        assert (await handed_over(slack, "http", "slash_commands", own))[0] == 200
        await slack.message_after(0)
        other = slack.command_payload("help") | {"enterprise_id": "E0OTHER", "team_id": "T0OTHER"}
        assert (await handed_over(slack, "http", "slash_commands", other))[0] == 403


async def test_a_signed_body_that_is_no_mapping_is_400(
    demo_services: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """null, a list, a key that stands twice, deep nesting: refused for good, without a traceback."""
    odd = {
        "authorizations of another shape": (
            json.dumps(mention(authorizations={"team_id": 1})).encode(),
            JSON,
        ),
        "a user of another shape": (json.dumps(press(user=7)).encode(), JSON),
    }
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        for age, (name, (raw, content_type)) in enumerate(UNREADABLE.items()):
            status, headers, _ = await sent(slack, raw, content_type, age=age)
            assert (status, headers.get("X-Slack-No-Retry")) == (400, "1"), name
        for name, (raw, content_type) in odd.items():
            assert (await sent(slack, raw, content_type))[0] in (400, 403), name
        assert "Sales, October 2026" in (await slack.say("sales last month")).text
        assert len(slack.workspace.messages) == 1
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("depth", [200, 900])
async def test_a_mapping_of_any_depth_breaks_nothing(
    depth: int, demo_services: Services, monday: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nested as far as it can be read, in an event that is ours."""
    nested = "[" * depth + "]" * depth
    body = json.dumps(mention(blocks="deep")).replace('"deep"', nested).encode()
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert (await sent(slack, body))[0] in (200, 400)
        await slack.say("help")
    assert "Traceback" not in caplog.text


async def test_frames_of_socket_mode_that_can_not_be_read_lose_no_connection(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Deep nesting, other values, bytes: the next question comes over the same connection."""
    frames = ["null", "[]", "7", "{", "[" * 100_000 + "]" * 100_000, '{"envelope_id": 7}', '{"type": []}']
    frames += [
        '{"envelope_id": "a", "payload": [1]}',
        '{"envelope_id": "b"}',
        '{"envelope_id": "c", "payload": {}}',
    ]
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
        for frame in frames:
            await slack.standin.sockets[-1].send_str(frame)
        await slack.standin.sockets[-1].send_bytes(b"\xff\xfe")
        assert "Sales, October 2026" in (await slack.say("sales last month")).text
        assert slack.standin.connections == 1


async def test_what_was_signed_is_taken_once(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """A copy of a right request is refused by its headers."""
    body = urlencode({"team_id": "T0DEMO", "command": "/other", "user_id": ANNA}).encode()
    async with world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert (await sent(slack, body, FORM))[0] == 404  # Bolt knows no such command
        assert (await sent(slack, body, FORM))[0] == 401
