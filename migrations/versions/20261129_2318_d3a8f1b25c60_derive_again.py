"""Note of a runner from which date on what follows from the runs is due to be derived again.

Runs dated ahead count from their date on, so something has to look at them then. Every runner who is here is due at
once: rows from before were derived by rules that counted such runs, and whatever a watch said. A job of the schedule
(jobs.scoring.rederive_due) goes over them within minutes of the start; frozen challenges and days whose runs are gone
stay as they are.

A review keeps the climb of a run whose climb is what organisers look at.

Revision: d3a8f1b25c60
After: f20b6c81a4d7
"""

import sqlalchemy as sa
from alembic import op

revision = "d3a8f1b25c60"
down_revision = "f20b6c81a4d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rederive_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_runner_rederive_on"), ["rederive_on"], unique=False)
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("climb_m", sa.Integer(), nullable=True))
    op.execute("UPDATE runner SET rederive_on = '1970-01-01'")


def downgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_column("climb_m")
    with op.batch_alter_table("runner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_runner_rederive_on"))
        batch_op.drop_column("rederive_on")
