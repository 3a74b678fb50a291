"""Questions that aren't answered yet, when a survey's reason was first given, and who wrote the store."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_questions",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("token", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("thread", sa.String(40)),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("response_url", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("alive_until", sa.DateTime, nullable=False),
    )
    op.create_index("ix_open_questions_alive_until", "open_questions", ["alive_until"])
    op.create_table(
        "store_about",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )
    with op.batch_alter_table("survey_responses") as table:
        table.add_column(sa.Column("reason_at", sa.DateTime))


def downgrade() -> None:
    with op.batch_alter_table("survey_responses") as table:
        table.drop_column("reason_at")
    op.drop_table("store_about")
    op.drop_table("open_questions")
