"""Note when a run came to its runner.

A run that comes after the results of a challenge were final is in none of its figures, and its owner's page says so.
Runs from before have no such time.

Revision: 8c2e4d17fa60
After: 4a6fd0b8e913
"""

import sqlalchemy as sa
from alembic import op

revision = "8c2e4d17fa60"
down_revision = "4a6fd0b8e913"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("first_seen_at")
