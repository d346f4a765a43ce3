"""Let members show what they usually run. The new switch starts off: nobody has been asked yet.

Revision: d7b3e1a94c05
After: e5f2a90b6c18
"""

import sqlalchemy as sa
from alembic import op

revision = "d7b3e1a94c05"
down_revision = "e5f2a90b6c18"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        consent.add_column(sa.Column("usual_week_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        consent.drop_column("usual_week_at")
