"""Team totals of closed months as they were first shown, and who was in the team."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_totals",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("team", sa.String(200), primary_key=True),
        sa.Column("metric", sa.String(100), primary_key=True),
        sa.Column("definition", sa.String(40), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("value", sa.Double),
        sa.Column("numerator", sa.Double),
        sa.Column("denominator", sa.Double),
        sa.Column("target", sa.Double),
        sa.Column("contributors", sa.Text, nullable=False),
        sa.Column("shown_to", sa.Text, nullable=False),
        sa.Column("kept_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "team_members",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("team", sa.String(200), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("members", sa.Text, nullable=False),
        sa.Column("kept_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("team_members")
    op.drop_table("team_totals")
