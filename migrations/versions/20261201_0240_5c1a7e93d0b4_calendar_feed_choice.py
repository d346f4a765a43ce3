"""A runner's choice whether their calendar shows runs that they have not answered.

Revision: 5c1a7e93d0b4
After: c19d5a7e3b84
"""

import sqlalchemy as sa
from alembic import op

revision = "5c1a7e93d0b4"
down_revision = "c19d5a7e3b84"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calendar_feed") as batch_op:
        batch_op.add_column(sa.Column("shows_unanswered", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("calendar_feed") as batch_op:
        batch_op.drop_column("shows_unanswered")
