"""Incidents: what went wrong with deliveries, and who was told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("period", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("delivery", sa.Integer),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
        sa.Column("notice", sa.String(40)),
        sa.Column("told_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("is_end_told", sa.Boolean, nullable=False),
        sa.Column("end_notice", sa.String(40)),
        sa.Column("is_open", sa.Boolean),
        sa.UniqueConstraint(
            "workspace", "kind", "subject", "period", "target", "part", "is_open", name="uq_incidents_open"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incidents_last", "incidents", ["workspace", "last_at"])
    op.create_index("ix_incidents_notice", "incidents", ["workspace", "notice"])
    op.add_column("deliveries", sa.Column("again_at", sa.DateTime))
    _keep_told()


def _keep_told() -> None:
    """Write down what owners were told by versions before this table, so that nothing is told twice."""
    had = sa.table(
        "subscriptions",
        *map(sa.column, ("id", "workspace", "owner", "revision", "since", "paused")),
    ).c
    number, revision_of = (sa.cast(column, sa.String(20)) for column in (had.id, had.revision))
    key = sa.literal("subscription ") + number + "." + revision_of
    values = {
        "workspace": had.workspace,
        "kind": sa.literal("paused"),
        "subject": key,
        **{name: sa.literal("") for name in ("period", "target", "part")},
        "reason": had.paused,
        "audience": had.owner,
        "count": sa.literal(1),
        **dict.fromkeys(("first_at", "last_at", "told_at"), had.since),
        "notice": sa.literal("before"),
        "is_end_told": sa.false(),
        "is_open": sa.true(),
    }
    told = sa.select(*values.values()).where(had.paused.in_(("role", "line")))
    incidents = sa.table("incidents", *map(sa.column, values))
    op.execute(incidents.insert().from_select(list(values), told))


def downgrade() -> None:
    op.drop_column("deliveries", "again_at")
    op.drop_table("incidents")
