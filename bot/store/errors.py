"""Errors of the bot's own store."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from kpi_engine.domain.errors import KpiError


class StoreError(KpiError):
    """The bot's own database can't be used."""


class StoreAwayError(StoreError, SQLAlchemyError):
    """The store doesn't answer, or takes nothing more, at the moment.

    It takes the place of SQLAlchemy's own errors, so code that expects those gets it.
    """

    def __init__(self) -> None:
        super().__init__(
            "My own data, such as targets and subscriptions, isn't available right now. Nothing was changed.",
            hint="Try again in a minute. The person who runs this bot can find the reason in the log.",
        )
