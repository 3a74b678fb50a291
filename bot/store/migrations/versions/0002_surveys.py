"""Surveys: who was asked when, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_responses",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("workspace", sa.String(40), nullable=False),
        sa.Column("wave", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("company", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10)),
        sa.Column("customer", sa.String(200)),
        sa.Column("rep", sa.String(200)),
        sa.Column("segment", sa.String(200)),
        sa.Column("region", sa.String(200)),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("delivered_at", sa.DateTime),
        sa.Column("score", sa.Integer),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("changed_at", sa.DateTime),
        sa.Column("reason", sa.Text),
        sa.UniqueConstraint("workspace", "wave", "person", name="uq_survey_responses_once"),
        sa.CheckConstraint("score between 0 and 10", name="ck_survey_responses_score"),
    )
    op.create_index("ix_survey_responses_answered_at", "survey_responses", ["answered_at"])
    op.create_table(
        "survey_contacts",
        sa.Column("workspace", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("asked_at", sa.DateTime),
    )


def downgrade() -> None:
    op.drop_table("survey_contacts")
    op.drop_table("survey_responses")
