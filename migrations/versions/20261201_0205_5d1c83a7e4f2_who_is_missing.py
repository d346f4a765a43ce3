"""Add what missing members, thanks for nudges, declined buddies and call-outs need.

Revision: 5d1c83a7e4f2
After: 4b7e20c9d1f6
"""

import sqlalchemy as sa
from alembic import op

revision = "5d1c83a7e4f2"
down_revision = "4b7e20c9d1f6"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOTICED = sa.text("noticed_on IS NOT NULL")
CALLED_OUT = sa.text("call_outs_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("missing_choice") as batch_op:
        batch_op.add_column(sa.Column("checked_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("noticed_on", sa.Date(), nullable=True))
        batch_op.create_index("ix_missing_choice_checked_at", ["checked_at"])
        batch_op.create_index(
            "ix_missing_choice_noticed",
            ["group_id", "noticed_on"],
            sqlite_where=NOTICED,
            postgresql_where=NOTICED,
        )
    with op.batch_alter_table("nudge") as batch_op:
        batch_op.add_column(sa.Column("thanked_at", MOMENT, nullable=True))
        batch_op.create_index("ix_nudge_sent_at", ["sent_at"])
    with op.batch_alter_table("buddy_link") as batch_op:
        batch_op.add_column(sa.Column("declined_at", MOMENT, nullable=True))
    with op.batch_alter_table("consent") as batch_op:
        batch_op.create_index(
            "ix_consent_call_outs",
            ["group_id", "search_name"],
            sqlite_where=CALLED_OUT,
            postgresql_where=CALLED_OUT,
        )


def downgrade() -> None:
    with op.batch_alter_table("consent") as batch_op:
        batch_op.drop_index("ix_consent_call_outs")
    with op.batch_alter_table("buddy_link") as batch_op:
        batch_op.drop_column("declined_at")
    with op.batch_alter_table("nudge") as batch_op:
        batch_op.drop_index("ix_nudge_sent_at")
        batch_op.drop_column("thanked_at")
    with op.batch_alter_table("missing_choice") as batch_op:
        batch_op.drop_index("ix_missing_choice_noticed")
        batch_op.drop_index("ix_missing_choice_checked_at")
        batch_op.drop_column("noticed_on")
        batch_op.drop_column("checked_at")
