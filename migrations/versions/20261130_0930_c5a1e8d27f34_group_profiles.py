"""Let a group tell those who are not in it about itself: where, when and how it runs, and a picture.

No group tells anything until one of its organisers says so, hence no rows.

Revision: c5a1e8d27f34
After: 9b4e6d02f7c3
"""

import sqlalchemy as sa
from alembic import op

revision = "c5a1e8d27f34"
down_revision = "9b4e6d02f7c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_profile",
        _group(),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("area", sa.String(80), nullable=False),
        sa.Column("quickest", sa.Integer(), nullable=True),
        sa.Column("slowest", sa.Integer(), nullable=True),
        sa.Column("shortest_m", sa.Integer(), nullable=True),
        sa.Column("farthest_m", sa.Integer(), nullable=True),
        sa.Column("beginners", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.String(120), nullable=False),
        *_keys("group_profile", "group_id"),
    )
    op.create_table(
        "meeting_time",
        _group(),
        sa.Column("weekday", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        *_keys("meeting_time", "group_id", "weekday", "starts_at"),
    )
    op.create_table(
        "group_picture",
        _group(),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("whole", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        *_keys("group_picture", "group_id"),
    )


def downgrade() -> None:
    for table in ("group_picture", "meeting_time", "group_profile"):
        op.drop_table(table)


def _group() -> sa.Column[int]:
    return sa.Column("group_id", sa.Integer(), nullable=False)


def _keys(table: str, *primary: str) -> tuple[sa.Constraint, ...]:
    group = sa.ForeignKeyConstraint(
        ["group_id"], ["running_group.id"], name=op.f(f"fk_{table}_group_id_running_group"), ondelete="CASCADE"
    )
    return group, sa.PrimaryKeyConstraint(*primary, name=op.f(f"pk_{table}"))
