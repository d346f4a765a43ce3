"""Keep those who may be missing in the order in which a page reads them.

Revision: 6f2b94d7c8e1
After: 5c1a7e93d0b4
"""

import sqlalchemy as sa
from alembic import op

revision = "6f2b94d7c8e1"
down_revision = "5c1a7e93d0b4"
branch_labels = None
depends_on = None

NOTICED = sa.text("noticed_on IS NOT NULL")
NAME = "ix_missing_choice_noticed"


def upgrade() -> None:
    op.drop_index(NAME, "missing_choice")
    columns = ["group_id", "noticed_on", "runner_id"]
    op.create_index(NAME, "missing_choice", columns, sqlite_where=NOTICED, postgresql_where=NOTICED)


def downgrade() -> None:
    op.drop_index(NAME, "missing_choice")
    columns = ["group_id", "noticed_on"]
    op.create_index(NAME, "missing_choice", columns, sqlite_where=NOTICED, postgresql_where=NOTICED)
