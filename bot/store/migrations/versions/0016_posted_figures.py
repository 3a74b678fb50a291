"""The figures that posts show, so that a change of one that was posted can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posted_figures",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("metric", sa.String(100), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(10)),
        sa.Column("rows", sa.Double),
        sa.Column("definition", sa.String(40), nullable=False),
        sa.Column("corrects", sa.Integer),
        sa.Column("before", sa.Double),
        sa.Column("cause", sa.Text),
    )
    op.create_index("ix_posted_figures_delivery", "posted_figures", ["delivery"])


def downgrade() -> None:
    op.drop_table("posted_figures")
