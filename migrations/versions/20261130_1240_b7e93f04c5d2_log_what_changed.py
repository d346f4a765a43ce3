"""Let the log of a group say what was before and what is after.

Revision: b7e93f04c5d2
After: a4d1c2f7e980
"""

import sqlalchemy as sa
from alembic import op

revision = "b7e93f04c5d2"
down_revision = "a4d1c2f7e980"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("before", "after"):
        op.add_column("audit_line", sa.Column(column, sa.String(length=280), server_default="", nullable=False))
    # The default was for the lines that are there.
    with op.batch_alter_table("audit_line") as table:
        for column in ("before", "after"):
            table.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("audit_line") as table:
        for column in ("before", "after"):
            table.drop_column(column)
