"""Let organisers tell the members of their group something.

Revision: a4d1c2f7e980
After: a4d9e6b1c357
"""

import sqlalchemy as sa
from alembic import op

revision = "a4d1c2f7e980"
down_revision = "a4d9e6b1c357"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        _key("group_id", "running_group", "CASCADE"),
        _key("author_id", "runner", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_group_id_posted_at", "announcement", ["group_id", "posted_at"])
    op.create_index("ix_announcement_author_id", "announcement", ["author_id"])


def downgrade() -> None:
    op.drop_table("announcement")


def _key(column: str, other: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_announcement_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=on_delete)
