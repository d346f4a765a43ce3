"""Let organisers mute members, and ban runners from a group.

Revision: 93b6d1e8f402
After: 5e0b94c7a1f6
"""

import sqlalchemy as sa
from alembic import op

revision = "93b6d1e8f402"
down_revision = "5e0b94c7a1f6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("muted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "group_ban",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("known_as", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=280), nullable=False),
        sa.Column("banned_by", sa.Integer(), nullable=True),
        sa.Column("banned_at", sa.DateTime(timezone=True), nullable=False),
        _key("group_id", "running_group", "CASCADE"),
        _key("runner_id", "runner", "CASCADE"),
        _key("banned_by", "runner", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_ban")),
        sa.UniqueConstraint("group_id", "runner_id", name=op.f("uq_group_ban_group_id_runner_id")),
    )
    for column in ("runner_id", "banned_by"):
        op.create_index(f"ix_group_ban_{column}", "group_ban", [column])


def downgrade() -> None:
    op.drop_table("group_ban")
    with op.batch_alter_table("membership") as table:
        table.drop_column("muted_at")


def _key(column: str, other: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_group_ban_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=on_delete)
