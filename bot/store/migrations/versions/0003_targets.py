"""Targets: what was set for which month, by whom and when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("metric", sa.String(100), nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("set_by", sa.String(40), nullable=False),
        sa.Column("set_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_targets_of", "targets", ["workspace", "metric", "month"])


def downgrade() -> None:
    op.drop_table("targets")
