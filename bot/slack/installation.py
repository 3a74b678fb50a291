"""Whether a request is for the bot's own installation, and not for another workspace, organisation or app.

One signing secret or app-level token serves every installation of an app, so a signature says which app a
request is for and not which workspace. Which one it is stands in other places for each type of request
(https://docs.slack.dev/enterprise/developing-for-enterprise-orgs, and extract_team_id of slack_bolt):

- an event: the first of `authorizations`. In a channel shared by Slack Connect, `team_id` is where the event
  happened and may be the other company's;
- a press or window: `view.app_installed_team_id` if it was opened elsewhere, else `team`, which is null where
  the app is installed in a whole organisation;
- a slash command: `team_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.people import Identity


@dataclass(frozen=True, slots=True)
class _Installed:
    """The workspace and organisation that a request is for, as far as it says."""

    team: str | None
    enterprise: str | None


def stranger(body: Mapping[str, Any], identity: Identity) -> str | None:
    """Return whose a request is if it isn't for the bot's own installation, for the log; None if it is."""
    if body.get("type") == "url_verification" or body.get("ssl_check") == "1":
        return None  # Slack's own questions about the address; Bolt answers them and goes no further
    app = body.get("api_app_id")
    if app is not None and identity.app is not None and app != identity.app:
        return f"app {_shown(app)}"
    found = list(_installed(body))
    if any(_is_own(entry, identity) for entry in found):
        return None
    names = [name for entry in found for name in (entry.team, entry.enterprise) if name]
    return f"workspace {', '.join(map(_shown, names))}" if names else "no workspace"


def _is_own(found: _Installed, identity: Identity) -> bool:
    if found.enterprise is not None and found.enterprise != identity.enterprise:
        return False
    if found.team == identity.workspace:
        return True
    return identity.is_org_wide and found.enterprise is not None


def _installed(body: Mapping[str, Any]) -> Iterator[_Installed]:
    """Yield the installations that a request is for."""
    enterprise = _id(body.get("enterprise")) or _text(body.get("enterprise_id"))
    if "command" in body:
        yield _Installed(_text(body.get("team_id")), enterprise)
        return
    if authorizations := body.get("authorizations"):
        for entry in authorizations if isinstance(authorizations, list) else ():
            if isinstance(entry, dict):
                yield _Installed(_text(entry.get("team_id")), _text(entry.get("enterprise_id")))
        return
    view = body.get("view")
    if isinstance(view, dict) and (elsewhere := view.get("app_installed_team_id")) is not None:
        yield _Installed(_text(elsewhere), None)
        return
    team = body.get("team")
    if isinstance(team, dict):
        enterprise = enterprise or _text(team.get("enterprise_id"))
    user = body.get("user")
    named = _id(team) or _text(body.get("team_id"))
    if named is None and isinstance(user, dict):
        named = _text(user.get("team_id"))
    yield _Installed(named, enterprise)


def _id(value: object) -> str | None:
    """Return the id of a workspace or organisation: itself, or that of an object."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _shown(value: object) -> str:
    return ascii(value)[1:-1][:40] if isinstance(value, str) else "?"
