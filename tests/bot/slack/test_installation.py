"""Whether a request is for the bot's own installation, by every place in which Slack says whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.slack.installation import stranger
from bot.slack.people import Identity

OWN = Identity("T0OWN", "Own", None, "U0BOT", "B0BOT", None, app="A0OWN")
IN_ORGANISATION = replace(OWN, enterprise="E0OWN")
ORG_WIDE = replace(OWN, workspace="E0OWN", enterprise="E0OWN", is_org_wide=True)

COMMAND = {"command": "/kpi", "text": "sales"}


def event(team: str, *seen_by: Any, **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": team, "authorizations": list(seen_by), "event": {}} | more


def seen(team: str | None, enterprise: str | None = None) -> dict[str, Any]:
    return {"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": team is None}


PRESS = {"type": "block_actions", "user": {"id": "U1", "team_id": "T0OWN"}}

TAKEN: dict[str, tuple[Identity, dict[str, Any]]] = {
    "a command": (OWN, COMMAND | {"team_id": "T0OWN"}),
    "a command to our app": (OWN, COMMAND | {"team_id": "T0OWN", "api_app_id": "A0OWN"}),
    "a command, where our app isn't known": (
        replace(OWN, app=None),
        COMMAND | {"team_id": "T0OWN", "api_app_id": "A0ANY"},
    ),
    "a command in our organisation": (
        IN_ORGANISATION,
        COMMAND | {"team_id": "T0OWN", "enterprise_id": "E0OWN", "is_enterprise_install": "false"},
    ),
    "an event": (OWN, event("T0OWN", seen("T0OWN"))),
    "an event without authorizations": (OWN, {"type": "event_callback", "team_id": "T0OWN", "event": {}}),
    "an event of a shared channel that happened at the other company": (
        OWN,
        event("T0OTHER", seen("T0OWN"), enterprise_id="E0OTHER", is_ext_shared_channel=True),
    ),
    "a press": (OWN, PRESS | {"team": {"id": "T0OWN", "domain": "own"}, "enterprise": None}),
    "a press by a stranger in a shared channel": (
        OWN,
        {"type": "block_actions", "team": {"id": "T0OWN"}, "user": {"id": "U9", "team_id": "T0OTHER"}},
    ),
    "a press without a team": (OWN, PRESS | {"team": None}),
    "a window that was opened elsewhere": (
        OWN,
        {
            "type": "view_submission",
            "team": {"id": "T0OTHER"},
            "enterprise": {"id": "E0OTHER"},
            "view": {"app_installed_team_id": "T0OWN"},
        },
    ),
    "a command of any workspace, installed in the organisation": (
        ORG_WIDE,
        COMMAND | {"team_id": "T0THIRD", "enterprise_id": "E0OWN", "is_enterprise_install": "true"},
    ),
    "an event, installed in the organisation": (ORG_WIDE, event("T0THIRD", seen(None, "E0OWN"))),
    "a press without a team, installed in the organisation": (
        ORG_WIDE,
        PRESS | {"team": None, "enterprise": {"id": "E0OWN"}, "is_enterprise_install": True},
    ),
    "Slack's question about the address": (OWN, {"type": "url_verification", "challenge": "x"}),
    "Slack's question about the certificate": (OWN, {"ssl_check": "1", "token": "x"}),
}

REFUSED: dict[str, tuple[Identity, dict[str, Any]]] = {
    "a command of another workspace": (OWN, COMMAND | {"team_id": "T0OTHER"}),
    "a command of no workspace": (OWN, COMMAND),
    "a command with more than one team": (OWN, COMMAND | {"team_id": "T0OTHER", "team": {"id": "T0OWN"}}),
    "a command to another app": (OWN, COMMAND | {"team_id": "T0OWN", "api_app_id": "A0OTHER"}),
    "a command of another organisation": (OWN, COMMAND | {"team_id": "T0OWN", "enterprise_id": "E0OTHER"}),
    "a command of our organisation, installed elsewhere in it": (
        IN_ORGANISATION,
        COMMAND | {"team_id": "T0THIRD", "enterprise_id": "E0OWN", "is_enterprise_install": "true"},
    ),
    "an event of another workspace": (OWN, event("T0OTHER", seen("T0OTHER"))),
    "an event here that is for another installation": (OWN, event("T0OWN", seen("T0OTHER"))),
    "an event without authorizations, elsewhere": (OWN, {"type": "event_callback", "team_id": "T0OTHER"}),
    "an event with authorizations of another shape": (OWN, event("T0OWN", "T0OWN", 7, None)),
    "a press elsewhere": (OWN, PRESS | {"team": {"id": "T0OTHER"}}),
    "a press in another organisation": (
        OWN,
        PRESS | {"team": {"id": "T0OWN"}, "enterprise": {"id": "E0OTHER"}},
    ),
    "a press in the organisation of another team": (
        OWN,
        PRESS | {"team": {"id": "T0OWN", "enterprise_id": "E0OTHER"}},
    ),
    "a window of another installation": (
        OWN,
        {"type": "view_submission", "team": {"id": "T0OWN"}, "view": {"app_installed_team_id": "T0OTHER"}},
    ),
    "a shortcut elsewhere": (OWN, {"type": "shortcut", "team": {"id": "T0OTHER"}, "user": {"id": "U1"}}),
    "a team that is no id": (OWN, PRESS | {"team": {"id": ["T0OWN"]}, "user": {"id": "U1"}}),
    "a command of another organisation, installed in ours": (
        ORG_WIDE,
        COMMAND | {"team_id": "T0THIRD", "enterprise_id": "E0OTHER"},
    ),
    "a command that names no organisation, installed in ours": (ORG_WIDE, COMMAND | {"team_id": "T0THIRD"}),
    "nothing": (OWN, {}),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_for_us_is_taken(name: str) -> None:
    identity, body = TAKEN[name]
    assert stranger(body, identity) is None


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_for_another_installation_is_refused(name: str) -> None:
    """With what the log says: ids only, and none that could break a line of it."""
    identity, body = REFUSED[name]
    assert stranger(body, identity)


def test_a_foreign_id_breaks_no_line_of_the_log() -> None:
    body = COMMAND | {"team_id": "T1\nERROR everything is fine" + "x" * 500}
    said = stranger(body, OWN)
    assert said
    assert said.isprintable()
    assert len(said) < 60
