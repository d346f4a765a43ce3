"""An offered seat is held only once its offer was opened, and a network gets two places in the queue at most.

Seats that were offered under the old rule are held no longer: nobody is known to have opened them.

Revision: 3c5a90d2be71
After: e5d20c7f41b8
"""

import sqlalchemy as sa
from alembic import op

revision = "3c5a90d2be71"
down_revision = "e5d20c7f41b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.drop_column("offered_at")
        batch_op.add_column(sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("network", sa.String(length=64), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_seat_request_network"), ["network"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_request_network"))
        batch_op.drop_column("network")
        batch_op.drop_column("opened_at")
        batch_op.add_column(sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True))
