"""The clock of the store's database, by which all processes on one store measure their leases.

Two machines' clocks may differ by more than a lease; the database has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, text

StoreClock = Callable[[Connection], datetime]
"""Returns what the store's clock shows, in UTC."""

_NOW: Mapping[str, str] = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "SELECT clock_timestamp() AT TIME ZONE 'UTC'",
    "mysql": "SELECT utc_timestamp(6)",
    "mariadb": "SELECT utc_timestamp(6)",
}
"""The current time in UTC, without a zone, in the SQL of each database that can hold the store."""


def store_now(connection: Connection) -> datetime:
    """Return what the clock of a store's database shows now."""
    found = connection.execute(text(_NOW[connection.dialect.name])).scalar_one()
    shown = datetime.fromisoformat(found) if isinstance(found, str) else found
    return shown.replace(tzinfo=UTC)
