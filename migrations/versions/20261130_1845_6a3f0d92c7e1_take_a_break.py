"""Let runners take a break from chases, from one date to another.

Revision: 6a3f0d92c7e1
After: e5a90c37b1f4
"""

import sqlalchemy as sa
from alembic import op

revision = "6a3f0d92c7e1"
down_revision = "e5a90c37b1f4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("is_marked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_pause_forward")),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_pause_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        sa.UniqueConstraint("runner_id", "starts_on", name=op.f("uq_pause_runner_id_starts_on")),
    )
    op.create_index("ix_pause_ends_on", "pause", ["ends_on"])


def downgrade() -> None:
    op.drop_table("pause")
