"""Since when a seat is kept for somebody who waits: who stays away must not hold up those behind for ever.

Revision: 5be0c1d7a2f4
After: c932652f5631
"""

import sqlalchemy as sa
from alembic import op

revision = "5be0c1d7a2f4"
down_revision = "c932652f5631"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.drop_column("offered_at")
