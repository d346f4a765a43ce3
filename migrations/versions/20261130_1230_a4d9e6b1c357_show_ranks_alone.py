"""Let members show their rank alone, or nothing, and keep which figures of boards that hides.

Entries of members who had chosen "points" are published again, so that their boards get the new figures.

Revision: a4d9e6b1c357
After: c8a417f03d6e
"""

import sqlalchemy as sa
from alembic import op

revision = "a4d9e6b1c357"
down_revision = "c8a417f03d6e"
branch_labels = None
depends_on = None

COUNTED = ("bucket_tally", "team_part", "team_placement")
PUBLISH_AGAIN = sa.text(
    "UPDATE standing SET dirty_from = (SELECT starts_on FROM challenge WHERE challenge.id = standing.challenge_id)"
    " WHERE entry_id IN (SELECT entry.id FROM entry"
    " JOIN challenge ON challenge.id = entry.challenge_id"
    " JOIN consent ON consent.group_id = challenge.group_id AND consent.runner_id = entry.runner_id"
    " WHERE consent.level = 'points')"
)


def upgrade() -> None:
    _set_levels("level IN ('totals', 'points', 'hidden')")
    op.drop_index("ix_placement_order", table_name="placement")
    with op.batch_alter_table("placement") as placement:
        placement.add_column(sa.Column("rank_only", sa.Boolean(), server_default=sa.false(), nullable=False))
    _order("challenge_id", "bucket", sa.text("total DESC"), "rank_only", "entry_id")
    for table in COUNTED:
        with op.batch_alter_table(table) as counted:
            counted.add_column(sa.Column("rank_only", sa.Integer(), server_default="0", nullable=False))
    op.execute(PUBLISH_AGAIN)


def downgrade() -> None:
    # What was hidden stays so: without a consent that holds, nothing is shown.
    op.execute(sa.text("UPDATE consent SET withdrawn_at = CURRENT_TIMESTAMP, level = 'points' WHERE level = 'hidden'"))
    for table in COUNTED:
        with op.batch_alter_table(table) as counted:
            counted.drop_column("rank_only")
    op.drop_index("ix_placement_order", table_name="placement")
    with op.batch_alter_table("placement") as placement:
        placement.drop_column("rank_only")
    _order("challenge_id", "bucket", sa.text("total DESC"), "entry_id")
    _set_levels("level IN ('totals', 'points')")


def _set_levels(condition: str) -> None:
    with op.batch_alter_table("consent") as consent:
        consent.drop_constraint(op.f("ck_consent_level_known"), type_="check")
        consent.create_check_constraint(op.f("ck_consent_level_known"), condition)


def _order(*columns: object) -> None:
    op.create_index("ix_placement_order", "placement", list(columns))  # type: ignore[arg-type]  # names and texts
