"""Keep when tokens were renewed and refused, so that an outage of Strava's is told from runners who have left.

`restored_at` marks connections that a restored backup brought and Strava has not confirmed yet.

Revision: e7b3195cd04a
After: b7d03e9c51a8
"""

import sqlalchemy as sa
from alembic import op

revision = "e7b3195cd04a"
down_revision = "b7d03e9c51a8"
branch_labels = None
depends_on = None

COLUMNS = ("refresh_tried_at", "refused_at", "unauthorised_since", "restored_at")


def upgrade() -> None:
    with op.batch_alter_table("connection", schema=None) as batch_op:
        for name in COLUMNS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))

    op.create_table(
        "refusal_outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal_outage")),
    )


def downgrade() -> None:
    op.drop_table("refusal_outage")
    with op.batch_alter_table("connection", schema=None) as batch_op:
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
