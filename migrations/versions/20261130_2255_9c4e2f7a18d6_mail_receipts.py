"""Let the receipt of erasing be mailed to its runner, whose address is erased with everything else.

Revision: 9c4e2f7a18d6
After: 7c2e9f40b6d1
"""

import sqlalchemy as sa
from alembic import op

revision = "9c4e2f7a18d6"
down_revision = "7c2e9f40b6d1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("erasure_receipt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mail_to", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("erasure_receipt", schema=None) as batch_op:
        batch_op.drop_column("mail_to")
