"""Let members choose whom they chase: the nearest, their team, some runners, or those who are close.

Revision: 9d1e4b7a30f5
After: c83f1d5e7a20
"""

import sqlalchemy as sa
from alembic import op

revision = "9d1e4b7a30f5"
down_revision = "c83f1d5e7a20"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MEMBERSHIP = ["membership.group_id", "membership.runner_id"]


def upgrade() -> None:
    op.create_table(
        "circle",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('nearest', 'team', 'people', 'close')", name=op.f("ck_circle_kind_known")),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["running_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id", "runner_id"], MEMBERSHIP, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("runner_id", "group_id"),
    )
    op.create_index("ix_circle_group_id", "circle", ["group_id"])
    op.create_table(
        "circle_runner",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("chosen_id", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["runner_id", "group_id"], ["circle.runner_id", "circle.group_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id", "chosen_id"], MEMBERSHIP, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("runner_id", "group_id", "chosen_id"),
    )
    op.create_index("ix_circle_runner_chosen", "circle_runner", ["group_id", "chosen_id"])


def downgrade() -> None:
    op.drop_table("circle_runner")
    op.drop_table("circle")
