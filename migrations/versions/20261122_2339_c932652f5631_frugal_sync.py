"""What frugal reading keeps: the next look and failures of a connection, frozen challenges, who waits for a seat.

Revision: c932652f5631
After: 47374476d05c
"""

import sqlalchemy as sa
from alembic import op

revision = "c932652f5631"
down_revision = "47374476d05c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seat_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=True),
        sa.Column("after", sa.String(length=300), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_request")),
        sa.UniqueConstraint("digest", name=op.f("uq_seat_request_digest")),
    )
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_request_asked_at"), ["asked_at"], unique=False)

    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("unread", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_challenge_frozen_at"), ["frozen_at"], unique=False)

    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("gave_up_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_connection_next_look_at"), ["next_look_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("connection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_next_look_at"))
        batch_op.drop_column("gave_up_at")
        batch_op.drop_column("failures")
        batch_op.drop_column("next_look_at")

    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_challenge_frozen_at"))
        batch_op.drop_column("unread")
        batch_op.drop_column("frozen_at")

    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_request_asked_at"))

    op.drop_table("seat_request")
