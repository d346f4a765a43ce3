"""Keep totals and gaps of entries in eight bytes, and no default for the network of a waiting request.

A day brings up to 500 km and 100 points a km, in thousandths of a point: over 40 such days are more than four bytes
hold. (Sums of teams have eight bytes already.) Every new request names its network, so a default only hides one that
does not.

Revision: b7e1f3c9d204
After: d3a8f1b25c60
"""

import sqlalchemy as sa
from alembic import op

revision = "b7e1f3c9d204"
down_revision = "d3a8f1b25c60"
branch_labels = None
depends_on = None

# Table -> columns, and whether they may be null.
TOTALS = {
    "standing": {"total": False},
    "team_share": {"total": False},
    "placement": {"total": False, "before": False, "gap": True},
    "result": {"total": True, "gap": True},
    "rule_effect": {"total_before": False, "total_after": True},
}


def upgrade() -> None:
    _change(sa.Integer(), sa.BigInteger())
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.alter_column("network", existing_type=sa.String(64), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.alter_column("network", existing_type=sa.String(64), existing_nullable=False, server_default="")
    _change(sa.BigInteger(), sa.Integer())


def _change(old: sa.Integer, new: sa.Integer) -> None:
    for table, columns in TOTALS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name, nullable in columns.items():
                batch_op.alter_column(name, existing_type=old, type_=new, existing_nullable=nullable)
