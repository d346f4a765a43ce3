"""Let a group be open or take requests to join, and keep the requests.

Revision: 5e0b94c7a1f6
After: 1f7c83d2ae50
"""

import sqlalchemy as sa
from alembic import op

revision = "5e0b94c7a1f6"
down_revision = "1f7c83d2ae50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("running_group") as table:
        # Groups stay as closed as they are.
        table.add_column(sa.Column("join_policy", sa.String(length=10), nullable=False, server_default="invitation"))
        table.create_check_constraint(
            op.f("ck_running_group_join_policy_known"), "join_policy IN ('open', 'request', 'invitation')"
        )
    op.create_table(
        "join_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=280), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=280), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'approved', 'declined')", name=op.f("ck_join_request_state_known")),
        _key("group_id", "running_group", "CASCADE"),
        _key("runner_id", "runner", "CASCADE"),
        _key("answered_by", "runner", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
        sa.UniqueConstraint("group_id", "runner_id", name=op.f("uq_join_request_group_id_runner_id")),
    )
    for column in ("runner_id", "answered_by"):
        op.create_index(f"ix_join_request_{column}", "join_request", [column])


def downgrade() -> None:
    op.drop_table("join_request")
    with op.batch_alter_table("running_group") as table:
        table.drop_constraint(op.f("ck_running_group_join_policy_known"), type_="check")
        table.drop_column("join_policy")


def _key(column: str, other: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_join_request_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=on_delete)
