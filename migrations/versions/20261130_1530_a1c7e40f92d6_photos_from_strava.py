"""Let members show their photo from Strava. The new switch starts off: nobody has been asked yet.

The address of a picture is known from the next sign-in on.

Revision: a1c7e40f92d6
After: c84d1f7ab290
"""

import sqlalchemy as sa
from alembic import op

revision = "a1c7e40f92d6"
down_revision = "c84d1f7ab290"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        consent.add_column(sa.Column("photo_at", MOMENT, nullable=True))
    with op.batch_alter_table("connection") as connection:
        connection.add_column(sa.Column("photo_address", sa.String(500), nullable=True))
        connection.add_column(sa.Column("photo_tried_at", MOMENT, nullable=True))
    op.create_table(
        "runner_photo",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("runner_id"),
    )
    op.create_index("ix_runner_photo_fetched_at", "runner_photo", ["fetched_at"])


def downgrade() -> None:
    op.drop_table("runner_photo")
    with op.batch_alter_table("connection") as connection:
        connection.drop_column("photo_tried_at")
        connection.drop_column("photo_address")
    with op.batch_alter_table("consent") as consent:
        consent.drop_column("photo_at")
