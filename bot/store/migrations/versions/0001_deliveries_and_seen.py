"""Deliveries and what was seen."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("subscription", sa.String(100), nullable=False),
        sa.Column("period", sa.String(40), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("not_before", sa.DateTime, nullable=False),
        sa.Column("owner", sa.String(100)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", sa.DateTime),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("message_ts", sa.String(40)),
        sa.Column("reason", sa.String(200)),
        sa.UniqueConstraint(
            "workspace", "subscription", "period", "target", "part", name="uq_deliveries_what"
        ),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state"])
    op.create_table(
        "seen",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("until", sa.DateTime, nullable=False),
    )
    op.create_index("ix_seen_until", "seen", ["until"])


def downgrade() -> None:
    op.drop_table("seen")
    op.drop_table("deliveries")
