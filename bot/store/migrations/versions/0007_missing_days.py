"""Days whose rows were missing when somebody was answered, and who was told that they have arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "missing_days",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("model", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("arrived_at", sa.DateTime),
    )
    op.create_table(
        "arrivals_told",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("place", sa.String(40), primary_key=True),
        sa.Column("model", sa.String(100), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("told_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("arrivals_told")
    op.drop_table("missing_days")
