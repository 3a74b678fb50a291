"""Requests as Slack signs them, for tests that send what the stand-in would never send."""

from __future__ import annotations

import hmac
from hashlib import sha256

from tests.bot.world import SECRET, World

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def signed(
    slack: World, body: bytes, content_type: str = JSON, *, secret: str = SECRET, age: int = 0
) -> dict[str, str]:
    """Return the headers of a body that was signed `age` seconds ago."""
    timestamp = str(int(slack.clock().timestamp()) - age)
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


async def sent(
    slack: World, body: bytes, content_type: str = JSON, *, age: int = 0
) -> tuple[int, dict[str, str], str]:
    """Send a signed body; return status, headers and text of the response."""
    headers = signed(slack, body, content_type, age=age)
    url = f"{slack.app_url}/slack/events"
    async with slack.session.post(url, data=body, headers=headers) as response:
        return response.status, dict(response.headers), await response.text()
