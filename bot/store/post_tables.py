"""The tables of what is posted, after the newest migration. Every row has its workspace."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT


class Moment(TypeDecorator[datetime]):
    """A moment: zone-aware in Python, UTC in every database."""

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
    Column("priority", SmallInteger, nullable=False, server_default="3"),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("payload", Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")),
    Column("uploaded", Text),
    Column("first_tried_at", Moment),
    Column("held_until", Moment),
    Column("marker", String(64)),
    Column("reference", String(20)),
    Column("conversation", String(40)),
    Column("again_at", Moment),
    UniqueConstraint("workspace", "subscription", "period", "target", "part", name="uq_deliveries_what"),
    Index("ix_deliveries_queue", "workspace", "state", "priority", "due_at", "id"),
)
"""One message for one target: `part` of `subscription` about `period`. Written before it is posted.

The lower the `priority`, the sooner it is sent. Each claim has an `epoch` of its own. `payload` is the frozen
message until it is sent, `uploaded` a JSON list of the ids that Slack gave its files. `first_tried_at` is
when it may first have been posted, `held_until` until when it may be held at most. `marker` stands in the
message's metadata, `reference` in the log. `conversation` is the channel where Slack put the message, also
if `target` is a person. `again_at` is when somebody last asked to have it sent again.
"""

told_findings = Table(
    "told_findings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("delivery", Integer, nullable=False, index=True),
    Column("metric", String(100), nullable=False),
    Column("dimension", String(100)),
    Column("member", String(200)),
    Column("direction", String(10), nullable=False),
    Column("size", Double, nullable=False),
    Column("is_told", Boolean, nullable=False),
)
"""What the post of a summary's delivery told, or left out because earlier posts had told it."""

posted_figures = Table(
    "posted_figures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("delivery", Integer, nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("metric", String(100), nullable=False),
    Column("value", Double, nullable=False),
    Column("unit", String(20), nullable=False),
    Column("currency", String(10)),
    Column("rows", Double),
    Column("definition", String(40), nullable=False),
    Column("corrects", Integer),
    Column("before", Double),
    Column("cause", Text),
)
"""The figures that a delivery's post shows, each by its question in absolute words.

`rows` is how many rows a figure rests on, `definition` what it is computed from. A figure that an earlier
post showed otherwise `corrects` that delivery: it was `before`, and `cause` says in the post's language why.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("channel", String(40)),
    Column("line", Text, nullable=False),
    Column("is_summary", Boolean, nullable=False),
    Column("every", String(10), nullable=False),
    Column("weekday", Integer),
    Column("working_day", Integer),
    Column("at", String(5), nullable=False),
    Column("zone", String(60), nullable=False),
    Column("language", String(10), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("paused", String(20)),
    Column("next_due_at", Moment),
    Column("only_changes", Boolean, nullable=False, server_default="0"),
    Column("recipients", String(10), nullable=False, server_default="one"),
    Index("ix_subscriptions_of", "workspace", "owner"),
    Index("ix_subscriptions_due", "workspace", "next_due_at"),
    sqlite_autoincrement=True,
)
"""Subscriptions: a question in relative words or a summary's name; without a channel for the owner alone.

Ids are never reused, because old buttons and deliveries have them. `since` is when it was set up, changed or
resumed; nothing due before is sent. A change makes a new `revision` with its own deliveries. `paused` is the
reason why it is paused. Everything due before `next_due_at` is planned; it is empty while it is paused.
"""

subscription_targets = Table(
    "subscription_targets",
    metadata,
    Column("workspace", String(40), primary_key=True),
    Column("subscription", Integer, primary_key=True, autoincrement=False),
    Column("target", String(40), primary_key=True),
    Column("is_named", Boolean, nullable=False),
    Column("has_left", Boolean, nullable=False),
    Column("figures", String(64)),
)
"""Whom a subscription is sent to, by its id: people whom it names, those who left it, and for each target a
hash of the figures that were posted last, where it is sent only when they change.
"""

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("owner", String(40), nullable=False),
    Column("channel", String(40)),
    Column("line", Text, nullable=False),
    Column("metric", String(100), nullable=False),
    Column("grain", String(10), nullable=False),
    Column("rule", String(10), nullable=False),
    Column("bound", Double),
    Column("least_cases", Integer),
    Column("least_change", Double),
    Column("quiet_from", String(5)),
    Column("quiet_until", String(5)),
    Column("zone", String(60), nullable=False),
    Column("language", String(10), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("paused", String(20)),
    Column("look_after", Moment, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("standing", String(10), nullable=False),
    Column("period", String(40), nullable=False),
    Column("looks", Integer, nullable=False),
    Column("told", String(10), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("told_at", Moment),
    Column("snoozed_until", Moment),
    Column("reminds", Boolean, nullable=False),
    Column("seen_by", String(40)),
    Column("seen_at", Moment),
    Index("ix_alerts_of", "workspace", "owner"),
    Index("ix_alerts_look", "workspace", "look_after"),
    sqlite_autoincrement=True,
)
"""Alerts: a question in relative words about one figure, and what it is watched for.

`mark` stands for the data that was judged last, and nothing is judged before `look_after`. `standing` is how
the figure of `period` was judged, at the last of `looks` looks at that period. `told` is what its readers
know, by `episode` messages, the last one at `told_at`. A snoozed one that was told (`reminds`) is told once
more if it still holds at `snoozed_until`. `seen_by` acknowledged the last message.
"""

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("workspace", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("period", String(40), nullable=False),
    Column("target", String(40), nullable=False),
    Column("part", String(40), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("audience", String(40), nullable=False),
    Column("delivery", Integer),
    Column("count", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("notice", String(40)),
    Column("told_at", Moment),
    Column("ended_at", Moment),
    Column("is_end_told", Boolean, nullable=False),
    Column("end_notice", String(40)),
    Column("is_open", Boolean),
    UniqueConstraint(
        "workspace", "kind", "subject", "period", "target", "part", "is_open", name="uq_incidents_open"
    ),
    Index("ix_incidents_last", "workspace", "last_at"),
    Index("ix_incidents_notice", "workspace", "notice"),
    sqlite_autoincrement=True,
)
"""What went wrong, each trouble once from when it was first seen until it was over.

`subject`, `period`, `target` and `part` are those of its deliveries, empty where it isn't about one;
`delivery` is the newest of them. `audience` is who is told. `notice` and `end_notice` name the messages that
tell it and its end. `is_open` is null once it is over, so that the same trouble is open only once.
"""
