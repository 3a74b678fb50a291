"""Proofs of the rows, and the mistakes in them that the operator was told of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("holds", sa.Boolean, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
    )
    op.create_index("ix_proofs_day", "proofs", ["day"])
    op.create_table(
        "mistakes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("fix", sa.Text, nullable=False),
        sa.Column("found_at", sa.DateTime, nullable=False),
        sa.Column("mended_at", sa.DateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mistakes_of", "mistakes", ["workspace", "subject"])


def downgrade() -> None:
    op.drop_table("mistakes")
    op.drop_table("proofs")
