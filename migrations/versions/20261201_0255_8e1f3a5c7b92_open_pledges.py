"""Open pledges have no amount, and a pledge outlives the group that sees it.

Revision: 8e1f3a5c7b92
After: 8e2f6a41c7d9
"""

import sqlalchemy as sa
from alembic import op

revision = "8e1f3a5c7b92"
down_revision = "8e2f6a41c7d9"
branch_labels = None
depends_on = None

GROUP = "fk_pledge_group_id_running_group"


def upgrade() -> None:
    with op.batch_alter_table("pledge") as batch_op:
        batch_op.alter_column("amount", existing_type=sa.Integer(), nullable=True)
        batch_op.drop_constraint(GROUP, type_="foreignkey")
        batch_op.create_foreign_key(GROUP, "running_group", ["group_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    op.execute("DELETE FROM pledge WHERE amount IS NULL")
    with op.batch_alter_table("pledge") as batch_op:
        batch_op.drop_constraint(GROUP, type_="foreignkey")
        batch_op.create_foreign_key(GROUP, "running_group", ["group_id"], ["id"], ondelete="CASCADE")
        batch_op.alter_column("amount", existing_type=sa.Integer(), nullable=False)
