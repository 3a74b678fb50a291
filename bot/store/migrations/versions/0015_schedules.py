"""When subscriptions are due next, who else gets them, and the figures of the last post."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite mustn't rebuild the table: that would lose AUTOINCREMENT, and give an old number to a new row
    op.add_column("subscriptions", sa.Column("next_due_at", sa.DateTime))
    op.add_column("subscriptions", sa.Column("only_changes", sa.Boolean, nullable=False, server_default="0"))
    op.add_column(
        "subscriptions", sa.Column("recipients", sa.String(10), nullable=False, server_default="one")
    )
    op.create_index("ix_subscriptions_due", "subscriptions", ["workspace", "next_due_at"])
    op.create_table(
        "subscription_targets",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("subscription", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("target", sa.String(40), primary_key=True),
        sa.Column("is_named", sa.Boolean, nullable=False),
        sa.Column("has_left", sa.Boolean, nullable=False),
        sa.Column("figures", sa.String(64)),
    )
    _start_at_the_last_delivery()


def _start_at_the_last_delivery() -> None:
    """Let each active subscription be planned from its newest delivery on, which isn't planned twice."""
    connection = op.get_bind()
    table = sa.table(
        "subscriptions",
        sa.column("id", sa.Integer),
        sa.column("workspace", sa.String),
        sa.column("revision", sa.Integer),
        sa.column("since", sa.DateTime),
        sa.column("paused", sa.String),
        sa.column("next_due_at", sa.DateTime),
    )
    planned = sa.table(
        "deliveries",
        sa.column("workspace", sa.String),
        sa.column("subscription", sa.String),
        sa.column("period", sa.String),
        sa.column("part", sa.String),
        sa.column("due_at", sa.DateTime),
    )
    of_schedule = sa.and_(planned.c.part == "subscription", planned.c.period.not_like("now%"))
    newest = (
        sa.select(planned.c.workspace, planned.c.subscription, sa.func.max(planned.c.due_at))
        .where(of_schedule)
        .group_by(planned.c.workspace, planned.c.subscription)
    )
    last = {(row[0], row[1]): row[2] for row in connection.execute(newest)}
    active = sa.select(table).where(table.c.paused.is_(None))
    for row in connection.execute(active).mappings().all():
        due_at = last.get((row["workspace"], f"subscription {row['id']}.{row['revision']}"))
        start = row["since"] if due_at is None else max(row["since"], due_at)
        change = sa.update(table).where(table.c.id == row["id"]).values(next_due_at=start)
        connection.execute(change)


def downgrade() -> None:
    op.drop_table("subscription_targets")
    op.drop_index("ix_subscriptions_due", "subscriptions")
    for name in ("recipients", "only_changes", "next_due_at"):
        op.drop_column("subscriptions", name)
