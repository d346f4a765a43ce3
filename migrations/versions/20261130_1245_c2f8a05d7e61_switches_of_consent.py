"""Let members switch on what else a group sees, each by itself and all off at first.

"Only You" runs are now decided about in each group: whoever let them count lets them count in every present group.

Revision: c2f8a05d7e61
After: b7e93f04c5d2
"""

import sqlalchemy as sa
from alembic import op

revision = "c2f8a05d7e61"
down_revision = "b7e93f04c5d2"
branch_labels = None
depends_on = None

SWITCHES = ("count_private", "nudges", "missing", "outside", "public_totals")
COPY = sa.text(
    "UPDATE consent SET count_private_at = given_at"
    " WHERE withdrawn_at IS NULL AND runner_id IN (SELECT id FROM runner WHERE count_private)"
)
COPY_BACK = sa.text(
    "UPDATE runner SET count_private = true"
    " WHERE id IN (SELECT runner_id FROM consent WHERE count_private_at IS NOT NULL)"
)


def upgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        for name in SWITCHES:
            consent.add_column(sa.Column(f"{name}_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(COPY)
    with op.batch_alter_table("runner") as runner:
        runner.drop_column("count_private")


def downgrade() -> None:
    with op.batch_alter_table("runner") as runner:
        runner.add_column(sa.Column("count_private", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(COPY_BACK)
    with op.batch_alter_table("runner") as runner:
        runner.alter_column("count_private", server_default=None)
    with op.batch_alter_table("consent") as consent:
        for name in SWITCHES:
            consent.drop_column(f"{name}_at")
