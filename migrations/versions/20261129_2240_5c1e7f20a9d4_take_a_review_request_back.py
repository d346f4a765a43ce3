"""Let a runner take back a request to look at a run, while nobody has decided on it.

Revision: 5c1e7f20a9d4
After: e7b3195cd04a
"""

import sqlalchemy as sa
from alembic import op

revision = "5c1e7f20a9d4"
down_revision = "e7b3195cd04a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # A request that was taken back would be open again; without it a changed run may count by the rules alone.
    op.execute("DELETE FROM review WHERE taken_back_at IS NOT NULL")
    with op.batch_alter_table("review") as table:
        table.drop_column("taken_back_at")
