"""Keep the browsers in which runners switched pushes on.

Revision: 7c2e9f40b6d1
After: 7b2e94c6f018
"""

import sqlalchemy as sa
from alembic import op

revision = "7c2e9f40b6d1"
down_revision = "7b2e94c6f018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("endpoint_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint_digest"),
    )
    op.create_index("ix_push_subscription_runner_id", "push_subscription", ["runner_id"])
    op.create_index("ix_push_subscription_failing_since", "push_subscription", ["failing_since"])


def downgrade() -> None:
    op.drop_table("push_subscription")
