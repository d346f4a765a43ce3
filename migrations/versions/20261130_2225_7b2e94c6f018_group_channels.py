"""Let a group have rooms in chat services, choose what each carries, and keep the outbox of their messages.

Revision: 7b2e94c6f018
After: 7b2d9e61c4fa
"""

import sqlalchemy as sa
from alembic import op

revision = "7b2e94c6f018"
down_revision = "7b2d9e61c4fa"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SERVICES = "service IN ('discord', 'slack', 'telegram', 'mattermost', 'matrix', 'ntfy')"
STATES = "state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'withdrawn', 'left_to_digest')"


def upgrade() -> None:
    make_channels()
    op.create_table(
        "group_channel_kind",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["group_channel.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_id", "kind"),
    )
    make_posts()


def make_channels() -> None:
    op.create_table(
        "group_channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("sealed_link", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("carries_since", MOMENT, nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.CheckConstraint(SERVICES, name=op.f("ck_group_channel_service_known")),
        sa.ForeignKeyConstraint(["group_id"], ["running_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["added_by"], ["runner.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("group_id", "added_by"):
        op.create_index(f"ix_group_channel_{column}", "group_channel", [column])


def make_posts() -> None:
    op.create_table(
        "channel_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_channel_post_state_known")),
        sa.ForeignKeyConstraint(["channel_id"], ["group_channel.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel_id", "fact_id"),
    )
    op.create_index("ix_channel_post_state_due_at", "channel_post", ["state", "due_at"])
    for column in ("fact_id", "finished_at"):
        op.create_index(f"ix_channel_post_{column}", "channel_post", [column])


def downgrade() -> None:
    for table in ("channel_post", "group_channel_kind", "group_channel"):
        op.drop_table(table)
