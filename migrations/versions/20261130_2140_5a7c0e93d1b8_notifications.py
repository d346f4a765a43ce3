"""Keep what happened and who is told, the outbox of mail and push, and what runners chose.

Kinds of facts are in no constraint: a new kind needs no migration.

Revision: 5a7c0e93d1b8
After: b3e7a1c9f054
"""

import sqlalchemy as sa
from alembic import op

revision = "5a7c0e93d1b8"
down_revision = "b3e7a1c9f054"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHANNELS = "channel IN ('mail', 'push')"
STATES = "state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'withdrawn', 'left_to_digest')"


def upgrade() -> None:
    make_facts()
    make_notifications()
    make_deliveries()
    make_choices()


def make_facts() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("challenge_id", sa.Integer(), nullable=True),
        sa.Column("runner_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("fanned_out_to", sa.Integer(), nullable=False),
        sa.Column("fanned_out_at", MOMENT, nullable=True),
        sa.Column("withdrawn_since", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["running_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["challenge_id"], ["challenge.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["about_id"], ["runner.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["runner.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "key"),
    )
    for column in ("group_id", "challenge_id", "runner_id", "about_id", "by_id", "happened_at"):
        op.create_index(f"ix_fact_{column}", "fact", [column])
    waiting = sa.text("fanned_out_at IS NULL")
    op.create_index("ix_fact_waiting", "fact", ["id"], sqlite_where=waiting, postgresql_where=waiting)


def make_notifications() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fact_id", "runner_id"),
    )
    op.create_index("ix_notification_runner_id_id", "notification", ["runner_id", "id"])
    op.create_index("ix_notification_created_at", "notification", ["created_at"])
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_notification_unread", "notification", ["runner_id"], sqlite_where=unread, postgresql_where=unread
    )


def make_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_delivery_channel_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_delivery_state_known")),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notification_id", "channel"),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "channel", "due_at"])
    op.create_index("ix_delivery_runner_id_claimed_at", "delivery", ["runner_id", "claimed_at"])
    op.create_index("ix_delivery_finished_at", "delivery", ["finished_at"])


def make_choices() -> None:
    op.create_table(
        "notification_choice",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_notification_choice_channel_known")),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("runner_id", "kind", "channel"),
    )
    op.create_table(
        "notification_settings",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("quiet_from", sa.Integer(), server_default=sa.text("1320"), nullable=False),
        sa.Column("quiet_until", sa.Integer(), server_default=sa.text("420"), nullable=False),
        sa.Column("urgent_in_quiet", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint(
            "quiet_from >= 0 AND quiet_from < 1440", name=op.f("ck_notification_settings_quiet_from_of_a_day")
        ),
        sa.CheckConstraint(
            "quiet_until >= 0 AND quiet_until < 1440", name=op.f("ck_notification_settings_quiet_until_of_a_day")
        ),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("runner_id"),
    )


def downgrade() -> None:
    for table in ("notification_settings", "notification_choice", "delivery", "notification", "fact"):
        op.drop_table(table)
