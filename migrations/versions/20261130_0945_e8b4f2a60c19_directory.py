"""Make the directory of groups: an order by name, and the words that a group is found by.

Both are derived whenever a profile is stored. No release has profiles without them.

Revision: e8b4f2a60c19
After: c5a1e8d27f34
"""

import sqlalchemy as sa
from alembic import op

revision = "e8b4f2a60c19"
down_revision = "c5a1e8d27f34"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("group_profile") as profile:
        profile.add_column(sa.Column("sort_name", sa.String(240), server_default="", nullable=False))
        profile.create_index("ix_group_profile_listed_sort_name", ["listed", "sort_name"])
    with op.batch_alter_table("group_profile") as profile:
        profile.alter_column("sort_name", server_default=None)
    op.create_table(
        "directory_word",
        sa.Column("word", sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql"), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("in_area", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["running_group.id"],
            name=op.f("fk_directory_word_group_id_running_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "group_id", name=op.f("pk_directory_word")),
    )
    op.create_index(op.f("ix_directory_word_group_id"), "directory_word", ["group_id"])


def downgrade() -> None:
    op.drop_table("directory_word")
    with op.batch_alter_table("group_profile") as profile:
        profile.drop_index("ix_group_profile_listed_sort_name")
        profile.drop_column("sort_name")
