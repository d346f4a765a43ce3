"""The replay of a challenge: how many runners stood where at the end of each date.

The day scores say where each runner stood; counting the whole field from them would cost as much as the group is large,
so the counts are kept. They are derived with the overtakes: every published challenge derives both again.

Revision: c83f1d5e7a20
After: 6a3f0d92c7e1
"""

import sqlalchemy as sa
from alembic import op

revision = "c83f1d5e7a20"
down_revision = "6a3f0d92c7e1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "road_tally",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["challenge_id"], ["challenge.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("challenge_id", "local_date", "step"),
    )
    op.execute("UPDATE challenge SET overtakes_from = starts_on WHERE as_of IS NOT NULL")


def downgrade() -> None:
    op.drop_table("road_tally")
