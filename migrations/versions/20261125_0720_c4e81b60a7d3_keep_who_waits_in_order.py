"""Keep who waits to be picked in order, and how even large teams are: pages then read a range of ready rows.

Rounds fill both in.

Revision: c4e81b60a7d3
After: a1f4c07d92be
"""

import sqlalchemy as sa
from alembic import op

revision = "c4e81b60a7d3"
down_revision = "a1f4c07d92be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("spread", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("lot_spread", sa.Integer(), nullable=True))

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waiting_m", sa.Integer(), nullable=True))
        batch_op.create_index("ix_entry_challenge_id_waiting_m", ["challenge_id", "waiting_m", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index("ix_entry_challenge_id_waiting_m")
        batch_op.drop_column("waiting_m")

    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_column("lot_spread")
        batch_op.drop_column("spread")
