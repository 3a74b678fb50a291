"""The circuit of the token: while Slack refuses the bot itself, nothing is tried, and nothing is lost.

A revoked token refuses every message. Each of them would fail for good, although none is wrong. So the first
such refusal stops all sending; the rows stay as they are. Once a minute Slack is asked whether it knows the
bot again, and then everything goes out. The stop and its end are one line of log each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from time import monotonic

from bot.deliveries.outlet import Outlet
from bot.runtime.errors import DeliveryError

log = logging.getLogger(__name__)

_OF_THE_TOKEN = frozenset(
    {
        "account_inactive",
        "enterprise_is_restricted",
        "ekm_access_denied",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
_POSTING = "chat:write"
_LOOK_EVERY = 60.0


class Circuit:
    """Whether the bot may send at all; shared by all threads of one process."""

    def __init__(self, outlet: Outlet, seconds: Callable[[], float] = monotonic) -> None:
        """Begin closed: everything may be sent."""
        self._outlet = outlet
        self._seconds = seconds
        self._lock = Lock()
        self._look_at = 0.0
        self._because: str | None = None

    @property
    def because(self) -> str | None:
        """Slack's error code for which all sending has stopped, None while it hasn't."""
        return self._because

    def stops_for(self, refused: DeliveryError, *, of_post: bool = True) -> bool:
        """Whether a refusal is of the bot, not of one message; then all sending stops.

        A scope that only another call than a post (`of_post`) needs stops nothing.
        """
        is_scope = of_post and refused.reason == "missing_scope" and refused.needed in ("", _POSTING)
        if not (refused.reason in _OF_THE_TOKEN or is_scope):
            return False
        with self._lock:
            is_news = self._because is None
            self._because = refused.reason
            self._look_at = self._seconds() + _LOOK_EVERY
        if is_news:
            log.error("Slack refuses the bot (%s); nothing is sent until that is mended", refused.reason)
        return True

    def wait(self) -> float:
        """Return for how many seconds nothing may be sent, 0 if it may; asks Slack once a minute."""
        if self._because is None:
            return 0
        with self._lock:
            left = self._look_at - self._seconds()
            if left > 0:
                return left
            self._look_at = self._seconds() + _LOOK_EVERY
        try:
            self._outlet.require_token()
        except DeliveryError as refused:
            log.debug("Slack still refuses the bot (%s)", refused.reason)
            return _LOOK_EVERY
        self._because = None
        log.warning("Slack accepts the bot again; what waited is sent now")
        return 0
