"""Errors of delivering messages; the others are in `kpi_engine.domain.errors`."""

from __future__ import annotations

from typing import Literal

from kpi_engine.domain.errors import KpiError

Outcome = Literal["not_sent", "unknown"]


class NothingToPostError(KpiError):
    """A delivery has nothing new to say, so it is left out."""


class DeliveryError(KpiError):
    """Slack did not take a message, or did not say whether it did.

    `outcome` "unknown": it may have been posted. `permanent`: the same call will never work.
    `reason` is Slack's error code or the kind of failure, for the log and the operator.
    `retry_after` in seconds, if Slack says when to try again. `needed` is the missing scope.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        outcome: Outcome,
        permanent: bool = False,
        reason: str = "",
        retry_after: float | None = None,
        needed: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.outcome = outcome
        self.permanent = permanent
        self.reason = reason
        self.retry_after = retry_after
        self.needed = needed
