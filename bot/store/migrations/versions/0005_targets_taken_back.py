"""A target that is taken back: a setting without a value."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("targets") as table:
        table.alter_column("value", existing_type=sa.Double, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM targets WHERE value IS NULL")
    with op.batch_alter_table("targets") as table:
        table.alter_column("value", existing_type=sa.Double, nullable=False)
