"""What Strava last said of our subscription: a dead one says nothing by itself.

Revision: f20b6c81a4d7
After: 9d41c7e8b250
"""

import sqlalchemy as sa
from alembic import op

revision = "f20b6c81a4d7"
down_revision = "9d41c7e8b250"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.add_column(sa.Column("found", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("subscription", schema=None) as batch_op:
        batch_op.drop_column("checked_at")
        batch_op.drop_column("found")
