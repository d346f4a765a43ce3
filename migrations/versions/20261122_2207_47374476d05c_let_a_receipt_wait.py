"""Let a receipt wait for the next sign-in of who was not here to see it

Revision: 47374476d05c
After: 489a5c9fe557
"""

import sqlalchemy as sa
from alembic import op

revision = "47374476d05c"
down_revision = "489a5c9fe557"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("erasure_receipt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waits_for", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_erasure_receipt_waits_for"), ["waits_for"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("erasure_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_receipt_waits_for"))
        batch_op.drop_column("waits_for")
