"""What a delivery needs to be sent exactly once: a frozen payload, an epoch, a marker, and its priority."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("priority", sa.SmallInteger, nullable=False, server_default="3"),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("payload", sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")),
        sa.Column("uploaded", sa.Text),
        sa.Column("first_tried_at", sa.DateTime),
        sa.Column("held_until", sa.DateTime),
        sa.Column("marker", sa.String(64)),
        sa.Column("reference", sa.String(20)),
        sa.Column("conversation", sa.String(40)),
    )


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as batch:
        for column in _columns():
            batch.add_column(column)
    op.create_index("ix_deliveries_queue", "deliveries", ["workspace", "state", "priority", "due_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_deliveries_queue", "deliveries")
    with op.batch_alter_table("deliveries") as batch:
        for column in reversed(_columns()):
            batch.drop_column(column.name)
