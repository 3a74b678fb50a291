"""The references of questions in the audit: what the log and apologies call a request."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("reference", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("audit", "reference")
