"""Let a group be archived, and deleted after a week's notice; let its members keep their own results.

Revision: d40c8b19e7a6
After: c2f8a05d7e61
"""

import sqlalchemy as sa
from alembic import op

revision = "d40c8b19e7a6"
down_revision = "c2f8a05d7e61"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("running_group", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("running_group", sa.Column("deletes_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_running_group_deletes_at", "running_group", ["deletes_at"])
    op.create_table(
        "kept_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=False),
        sa.Column("challenge_name", sa.String(length=80), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("runners", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_kept_result_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_result")),
    )
    op.create_index("ix_kept_result_runner_id", "kept_result", ["runner_id"])


def downgrade() -> None:
    op.drop_table("kept_result")
    op.drop_index("ix_running_group_deletes_at", "running_group")
    with op.batch_alter_table("running_group") as table:
        table.drop_column("deletes_at")
        table.drop_column("archived_at")
