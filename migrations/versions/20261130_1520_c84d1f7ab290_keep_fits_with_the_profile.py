"""Keep how many members share a band in one text with the profile of the group.

The directory is ordered by it: three tables joined for every listed group took more time the more groups there were.
The counts start empty, and the next weekly job makes them, with new members counted five at a time.

Revision: c84d1f7ab290
After: d7b3e1a94c05
"""

import sqlalchemy as sa
from alembic import op

revision = "c84d1f7ab290"
down_revision = "d7b3e1a94c05"
branch_labels = None
depends_on = None

DIRECTORY = ["listed", "sort_name", "group_id", "fits", "quickest", "slowest"]


def by_bytes(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("group_profile") as profile:
        profile.add_column(sa.Column("fits", by_bytes(22), server_default="0" * 22, nullable=False))
        profile.add_column(sa.Column("fits_up_to", sa.DateTime(timezone=True), nullable=True))
        profile.add_column(sa.Column("withdrawn_for", sa.Date(), nullable=True))
        profile.drop_index("ix_group_profile_listed_sort_name")
        profile.alter_column("sort_name", type_=by_bytes(240), existing_nullable=False)
        profile.create_index("ix_group_profile_directory", DIRECTORY)
    with op.batch_alter_table("group_profile") as profile:
        profile.alter_column("fits", server_default=None)
    op.execute("UPDATE group_profile SET counted_for = NULL")
    op.drop_table("group_fit")


def downgrade() -> None:
    op.create_table(
        "group_fit",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("band", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('pace', 'distance', 'days')", name=op.f("ck_group_fit_kind_known")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name=op.f("fk_group_fit_group_id_running_group"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "kind", "band", name=op.f("pk_group_fit")),
    )
    with op.batch_alter_table("group_profile") as profile:
        profile.drop_index("ix_group_profile_directory")
        profile.alter_column("sort_name", type_=sa.String(240), existing_nullable=False)
        profile.create_index("ix_group_profile_listed_sort_name", ["listed", "sort_name"])
        profile.drop_column("withdrawn_for")
        profile.drop_column("fits_up_to")
        profile.drop_column("fits")
    op.execute("UPDATE group_profile SET counted_for = NULL")
