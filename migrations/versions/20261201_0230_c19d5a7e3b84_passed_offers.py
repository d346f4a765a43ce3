"""Note who let a freed place of a group run go by

Revision: c19d5a7e3b84
After: 5d1c83a7e4f2
"""

import sqlalchemy as sa
from alembic import op

revision = "c19d5a7e3b84"
down_revision = "5d1c83a7e4f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rsvp") as batch_op:
        batch_op.add_column(sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rsvp") as batch_op:
        batch_op.drop_column("passed_at")
