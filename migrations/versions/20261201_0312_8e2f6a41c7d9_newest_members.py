"""An index of a group's members by when they joined.

Revision: 8e2f6a41c7d9
After: 6f2b94d7c8e1
"""

from alembic import op

revision = "8e2f6a41c7d9"
down_revision = "6f2b94d7c8e1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_membership_group_id_joined_at", "membership", ["group_id", "joined_at"])


def downgrade() -> None:
    op.drop_index("ix_membership_group_id_joined_at", "membership")
