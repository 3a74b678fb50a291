"""Whether an HTTP request comes from Slack, and for the first time.

https://docs.slack.dev/authentication/verifying-requests-from-slack/. slack_sdk's verifier raises an
error if the timestamp isn't a number, the signature isn't ASCII or the body isn't UTF-8, and accepts the same
request again within five minutes; this one returns False in all four cases.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from bot.runtime.clock import Clock

_OLDEST_SECONDS = 5 * 60


class SignatureCheck:
    """Checks signatures made with one signing secret, and remembers those that it accepted."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Take the signing secret and the clock that a request's age is measured by."""
        self._secret = secret.encode()
        self._clock = clock
        self._seen: dict[str, float] = {}

    def accepts(self, body: bytes, timestamp: str | None, signature: str | None) -> bool:
        """Return whether `body` was signed, at most five minutes ago, and not accepted before."""
        now = self._clock().timestamp()
        if timestamp is None or signature is None or not re.fullmatch("[0-9]{1,12}", timestamp):
            return False
        if abs(now - int(timestamp)) > _OLDEST_SECONDS or not _is_text(body):
            return False
        digest = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode("utf-8", "surrogateescape")):
            return False
        return self._is_first(signature, now)

    def _is_first(self, signature: str, now: float) -> bool:
        self._seen = {known: until for known, until in self._seen.items() if until > now}
        if signature in self._seen:
            return False
        self._seen[signature] = now + 2 * _OLDEST_SECONDS
        return True


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
