"""Keep a mute when its member leaves, and when an organiser was named.

A mute was a column of the membership, which is deleted on leaving, so that coming back ended it. It moves to the
consent, which stays. An organiser whom another one names has no vote at first; those of now keep theirs.

Revision: b9d27e40c1a8
After: f27b06ce91d4
"""

import sqlalchemy as sa
from alembic import op

revision = "b9d27e40c1a8"
down_revision = "f27b06ce91d4"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("consent", sa.Column("muted_at", MOMENT, nullable=True))
    op.execute(_copied("consent", "membership"))
    with op.batch_alter_table("membership") as table:
        table.drop_column("muted_at")
        table.add_column(sa.Column("named_organiser_at", MOMENT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("membership") as table:
        table.drop_column("named_organiser_at")
        table.add_column(sa.Column("muted_at", MOMENT, nullable=True))
    op.execute(_copied("membership", "consent"))
    with op.batch_alter_table("consent") as table:
        table.drop_column("muted_at")


def _copied(to: str, source: str) -> str:
    same = f"{source}.group_id = {to}.group_id AND {source}.runner_id = {to}.runner_id"
    return f"UPDATE {to} SET muted_at = (SELECT {source}.muted_at FROM {source} WHERE {same})"  # noqa: S608  # our own names
