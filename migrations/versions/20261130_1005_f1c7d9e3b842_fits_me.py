"""Count members of listed groups in steps, once a week, if they want to be counted.

The new switch starts off: nobody has been asked yet.

Revision: f1c7d9e3b842
After: e8b4f2a60c19
"""

import sqlalchemy as sa
from alembic import op

revision = "f1c7d9e3b842"
down_revision = "e8b4f2a60c19"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consent") as consent:
        consent.add_column(sa.Column("fits_me_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("group_profile") as profile:
        profile.add_column(sa.Column("counted_for", sa.Date(), nullable=True))
        profile.add_column(sa.Column("size_step", sa.SmallInteger(), server_default="0", nullable=False))
    with op.batch_alter_table("group_profile") as profile:
        profile.alter_column("size_step", server_default=None)
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


def downgrade() -> None:
    op.drop_table("group_fit")
    with op.batch_alter_table("group_profile") as profile:
        profile.drop_column("size_step")
        profile.drop_column("counted_for")
    with op.batch_alter_table("consent") as consent:
        consent.drop_column("fits_me_at")
