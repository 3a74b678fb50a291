"""What the posts of summaries told, so that the next ones don't repeat it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_findings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("metric", sa.String(100), nullable=False),
        sa.Column("dimension", sa.String(100)),
        sa.Column("member", sa.String(200)),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("size", sa.Double, nullable=False),
        sa.Column("is_told", sa.Boolean, nullable=False),
    )
    op.create_index("ix_told_findings_delivery", "told_findings", ["delivery"])


def downgrade() -> None:
    op.drop_table("told_findings")
