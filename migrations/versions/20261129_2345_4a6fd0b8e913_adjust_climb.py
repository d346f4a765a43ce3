"""A decision on a run may adjust its climb, where its climb is what organisers were shown.

The bounds of climb and of a date's distance are others than before, so every runner is due to be derived once more;
frozen challenges and days whose runs are gone stay as they are.

Revision: 4a6fd0b8e913
After: b7e1f3c9d204
"""

import sqlalchemy as sa
from alembic import op

revision = "4a6fd0b8e913"
down_revision = "b7e1f3c9d204"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adjusted_climb_m", sa.Integer(), nullable=True))
    op.execute("UPDATE runner SET rederive_on = '1970-01-01'")


def downgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_column("adjusted_climb_m")
