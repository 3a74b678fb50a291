"""Who somebody is, as Slack says."""

from __future__ import annotations

import pytest

from bot.rights import Membership
from bot.slack.people import Identity, person_of

IDENTITY = Identity("T0", "Shop", "E0", "U0BOT", None, None)


@pytest.mark.parametrize(
    ("told", "membership"),
    [
        ({"team_id": "T0"}, Membership.FULL),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E0"}}, Membership.FULL),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E9"}}, Membership.EXTERNAL),
        ({"team_id": "T9"}, Membership.EXTERNAL),
        ({"team_id": "T0", "is_stranger": True}, Membership.EXTERNAL),
        ({"team_id": "T0", "is_restricted": True}, Membership.GUEST),
        ({"team_id": "T0", "is_ultra_restricted": True}, Membership.GUEST),
        ({}, Membership.UNKNOWN),
        ({"enterprise_user": {"enterprise_id": "E0"}}, Membership.UNKNOWN),
        ({"team_id": "T0", "deleted": True}, Membership.GONE),
        ({"team_id": "T0", "deleted": True, "is_restricted": True}, Membership.GONE),
        ({"team_id": "T0", "is_bot": True}, Membership.GONE),
        ({"team_id": "T0", "is_workflow_bot": True}, Membership.GONE),
    ],
)
def test_what_slack_says_of_a_user_makes_a_member(told: dict[str, object], membership: Membership) -> None:
    """Whoever isn't certainly of this workspace, or of its organisation, is no full member."""
    found = person_of({"id": "U1", "profile": {"email": "a@demo.invalid"}, **told}, IDENTITY)
    assert (found.membership, found.email) == (membership, "a@demo.invalid")
