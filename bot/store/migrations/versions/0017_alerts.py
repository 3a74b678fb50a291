"""Alerts: what people have watched for them, and what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40)),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("metric", sa.String(100), nullable=False),
        sa.Column("grain", sa.String(10), nullable=False),
        sa.Column("rule", sa.String(10), nullable=False),
        sa.Column("bound", sa.Double),
        sa.Column("least_cases", sa.Integer),
        sa.Column("least_change", sa.Double),
        sa.Column("quiet_from", sa.String(5)),
        sa.Column("quiet_until", sa.String(5)),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("paused", sa.String(20)),
        sa.Column("look_after", sa.DateTime, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("standing", sa.String(10), nullable=False),
        sa.Column("period", sa.String(40), nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("told_at", sa.DateTime),
        sa.Column("snoozed_until", sa.DateTime),
        sa.Column("reminds", sa.Boolean, nullable=False),
        sa.Column("seen_by", sa.String(40)),
        sa.Column("seen_at", sa.DateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_of", "alerts", ["workspace", "owner"])
    op.create_index("ix_alerts_look", "alerts", ["workspace", "look_after"])


def downgrade() -> None:
    op.drop_table("alerts")
