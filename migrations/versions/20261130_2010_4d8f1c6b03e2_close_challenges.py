"""Keep when an organiser closed a challenge before its grace time was over.

The grace time itself stays as it was, since copies and pages show it.

Revision: 4d8f1c6b03e2
After: 9d1e4b7a30f5
"""

import sqlalchemy as sa
from alembic import op

revision = "4d8f1c6b03e2"
down_revision = "9d1e4b7a30f5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("challenge", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("challenge") as table:
        table.drop_column("closed_at")
