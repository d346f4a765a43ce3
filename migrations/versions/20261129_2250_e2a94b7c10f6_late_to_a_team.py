"""Let an organiser say whether a late first joining brings the whole window to the team, and remember who left.

Without the choice a team gets what a late runner runs from the day they join. A record of leaving shows who comes back.
Teams that runners have joined late before keep what they have.

Revision: e2a94b7c10f6
After: 5c1e7f20a9d4
"""

import sqlalchemy as sa
from alembic import op

revision = "e2a94b7c10f6"
down_revision = "5c1e7f20a9d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("challenge", "series"):
        op.add_column(table, sa.Column("late_counts_whole", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "challenge_leaver",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"],
            ["challenge.id"],
            name=op.f("fk_challenge_leaver_challenge_id_challenge"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_challenge_leaver_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("challenge_id", "runner_id", name=op.f("pk_challenge_leaver")),
    )
    op.create_index(op.f("ix_challenge_leaver_runner_id"), "challenge_leaver", ["runner_id"])


def downgrade() -> None:
    op.drop_table("challenge_leaver")
    for table in ("series", "challenge"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("late_counts_whole")
