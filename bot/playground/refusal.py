"""What Slack refuses, as the stand-in says it."""

from __future__ import annotations


class RefusedError(Exception):
    """What Slack would refuse, by its error code; `needed` is the scope that is lacking."""

    def __init__(self, code: str, details: tuple[str, ...] = (), *, needed: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.details = details
        self.needed = needed
