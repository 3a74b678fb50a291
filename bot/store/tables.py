"""The tables of the store, as the newest migration leaves them. Every row carries its workspace."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """A moment: zone-aware in Python, UTC in the database, whatever the database keeps."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC, without a zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the stored moment with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("subscription", String(100), nullable=False),
    Column("period", String(40), nullable=False),
    Column("target", String(40), nullable=False),
    Column("part", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("due_at", Moment, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("owner", String(100)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease_until", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("message_ts", String(40)),
    Column("reason", String(200)),
    UniqueConstraint("workspace", "subscription", "period", "target", "part", name="uq_deliveries_what"),
)
"""One message for one target: `part` of `subscription` about `period`. It is there before the post is."""

seen = Table(
    "seen",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("until", Moment, nullable=False, index=True),
)
"""Events and clicks that were taken, so that a second copy is dropped."""
