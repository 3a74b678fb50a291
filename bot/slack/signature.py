"""Whether an HTTP request comes from Slack, and for the first time.

https://docs.slack.dev/authentication/verifying-requests-from-slack/. slack_sdk's verifier raises an
error if the timestamp isn't a number, the signature isn't ASCII or the body isn't UTF-8, and accepts the same
request again within five minutes. This one refuses the first two and the last; body.py reads the body.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from bot.runtime.clock import Clock

_OLDEST_SECONDS = 5 * 60
_TIMESTAMP = re.compile("[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile("v0=[0-9a-f]{64}")


class SignatureCheck:
    """Checks signatures made with one signing secret, and remembers those that it accepted."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Take the signing secret and the clock that a request's age is measured by."""
        self._secret = secret.encode()
        self._clock = clock
        self._seen: dict[str, float] = {}

    def may_accept(self, timestamp: str | None, signature: str | None) -> bool:
        """Whether the headers of a request are there, well formed and recent, and weren't accepted before."""
        if timestamp is None or signature is None:
            return False
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return False
        return (
            abs(self._clock().timestamp() - int(timestamp)) <= _OLDEST_SECONDS and signature not in self._seen
        )

    def accepts(self, body: bytes, timestamp: str | None, signature: str | None) -> bool:
        """Return whether `body` was signed, at most five minutes ago, and not accepted before."""
        if timestamp is None or signature is None or not self.may_accept(timestamp, signature):
            return False
        digest = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}", signature):
            return False
        now = self._clock().timestamp()
        while self._seen and next(iter(self._seen.values())) <= now:  # the oldest comes first
            del self._seen[next(iter(self._seen))]
        self._seen[signature] = now + 2 * _OLDEST_SECONDS
        return True
