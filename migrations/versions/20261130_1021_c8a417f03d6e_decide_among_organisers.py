"""Let organisers decide about one of them: two of three or more, or the operator where there are only two.

Revision: c8a417f03d6e
After: 93b6d1e8f402
"""

import sqlalchemy as sa
from alembic import op

revision = "c8a417f03d6e"
down_revision = "93b6d1e8f402"
branch_labels = None
depends_on = None

OLD_NOTICES = "notice IN ('succeeded', 'named')"
NEW_NOTICES = "notice IN ('succeeded', 'named', 'demoted')"


def upgrade() -> None:
    _allow_notices(NEW_NOTICES)
    op.create_table(
        "organiser_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("voter_id", sa.Integer(), nullable=False),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        _cascade("group_id", "running_group"),
        _cascade("subject_id", "runner"),
        _cascade("voter_id", "runner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organiser_vote")),
        sa.UniqueConstraint(
            "group_id", "subject_id", "voter_id", name=op.f("uq_organiser_vote_group_id_subject_id_voter_id")
        ),
    )
    for column in ("subject_id", "voter_id"):
        op.create_index(f"ix_organiser_vote_{column}", "organiser_vote", [column])


def downgrade() -> None:
    op.drop_table("organiser_vote")
    op.execute("UPDATE membership SET notice = NULL WHERE notice = 'demoted'")
    _allow_notices(OLD_NOTICES)


def _allow_notices(notices: str) -> None:
    with op.batch_alter_table("membership") as table:
        table.drop_constraint(op.f("ck_membership_notice_known"), type_="check")
        table.create_check_constraint(op.f("ck_membership_notice_known"), notices)


def _cascade(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_organiser_vote_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")
