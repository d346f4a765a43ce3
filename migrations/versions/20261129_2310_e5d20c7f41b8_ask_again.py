"""Let events wait: those that only tell a new title, and those that Strava could not answer yet.

Revision: e5d20c7f41b8
After: e2a94b7c10f6
"""

import sqlalchemy as sa
from alembic import op

revision = "e5d20c7f41b8"
down_revision = "e2a94b7c10f6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("small", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.alter_column("small", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.drop_column("retry_at")
        batch_op.drop_column("small")
