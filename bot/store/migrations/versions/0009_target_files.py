"""Files of targets that wait for a press of the person who dropped them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "target_files",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("token", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("metric", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(2**24), nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
    )
    op.create_index("ix_target_files_until", "target_files", ["until"])


def downgrade() -> None:
    op.drop_table("target_files")
