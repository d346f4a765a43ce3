"""An index that a run's answers are counted from, without reading the answers themselves.

Revision: c4d27b90e6a8
After: 8e1f3a5c7b92
"""

from alembic import op

revision = "c4d27b90e6a8"
down_revision = "8e1f3a5c7b92"
branch_labels = None
depends_on = None

COLUMNS = ["run_id", "pace_group_id", "answer", "guests", "offered_until"]


def upgrade() -> None:
    op.create_index("ix_rsvp_tally", "rsvp", COLUMNS)


def downgrade() -> None:
    op.drop_index("ix_rsvp_tally", "rsvp")
