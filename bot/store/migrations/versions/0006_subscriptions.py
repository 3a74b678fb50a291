"""Subscriptions, and what people choose for themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40)),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("is_summary", sa.Boolean, nullable=False),
        sa.Column("every", sa.String(10), nullable=False),
        sa.Column("weekday", sa.Integer),
        sa.Column("working_day", sa.Integer),
        sa.Column("at", sa.String(5), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("paused", sa.String(20)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriptions_of", "subscriptions", ["workspace", "owner"])
    op.create_table(
        "preferences",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("language", sa.String(10)),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("preferences")
    op.drop_table("subscriptions")
