"""Let an operator close a group.

Revision: e5f2a90b6c18
After: d40c8b19e7a6
"""

import sqlalchemy as sa
from alembic import op

revision = "e5f2a90b6c18"
down_revision = "d40c8b19e7a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("running_group", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("running_group") as table:
        table.drop_column("closed_at")
