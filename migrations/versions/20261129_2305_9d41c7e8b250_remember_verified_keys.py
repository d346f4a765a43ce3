"""Which webhook keys of Strava's an event has verified with: from then on a failing signature is refused.

Revision: 9d41c7e8b250
After: 3c5a90d2be71
"""

import sqlalchemy as sa
from alembic import op

revision = "9d41c7e8b250"
down_revision = "3c5a90d2be71"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verified_key",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("verified_key")
