"""Indexes by which a round finds what is due: it comes every few seconds, and must cost the same with many runners.

Revision: 8d21f6a3c0b7
After: 5be0c1d7a2f4
"""

from alembic import op

revision = "8d21f6a3c0b7"
down_revision = "5be0c1d7a2f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_index("ix_connection_next_look_at")
        batch_op.create_index("ix_connection_state_next_look_at", ["state", "next_look_at"], unique=False)

    with op.batch_alter_table("first_pull", schema=None) as batch_op:
        batch_op.create_index("ix_first_pull_state_asked_at", ["state", "asked_at"], unique=False)

    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.create_index("ix_inbox_event_done_at_received_at", ["done_at", "received_at"], unique=False)

    # Due for a look, one after the other, and not "as soon as may be", which nobody asked for.
    op.execute("UPDATE connection SET next_look_at = looked_at WHERE next_look_at IS NULL AND looked_at IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("inbox_event", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_event_done_at_received_at")

    with op.batch_alter_table("first_pull", schema=None) as batch_op:
        batch_op.drop_index("ix_first_pull_state_asked_at")

    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_index("ix_connection_state_next_look_at")
        batch_op.create_index("ix_connection_next_look_at", ["next_look_at"], unique=False)
