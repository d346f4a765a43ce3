"""Keep when a runner was last here, and when an overtake was found.

"Since you were last here" compares with that moment. An overtake carries the date on which it happened; a run that is
uploaded late makes one in the past, which would otherwise be no news. Earlier overtakes have no such moment.

Revision: e5a90c37b1f4
After: b9d27e40c1a8
"""

import sqlalchemy as sa
from alembic import op

revision = "e5a90c37b1f4"
down_revision = "b9d27e40c1a8"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("latest_at", MOMENT, nullable=False),
        sa.Column("earlier_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["running_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["group_id", "runner_id"], ["membership.group_id", "membership.runner_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("runner_id", "group_id"),
    )
    op.create_index("ix_visit_group_id", "visit", ["group_id"])
    op.add_column("passed", sa.Column("found_at", MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("passed") as table:
        table.drop_column("found_at")
    op.drop_index("ix_visit_group_id", table_name="visit")
    op.drop_table("visit")
