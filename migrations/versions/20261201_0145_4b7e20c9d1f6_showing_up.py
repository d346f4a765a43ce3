"""Group runs and who comes, pledges, who is missing, buddies, calendar feeds.

Revision: 4b7e20c9d1f6
After: 9c4e2f7a18d6
"""

import sqlalchemy as sa
from alembic import op

revision = "4b7e20c9d1f6"
down_revision = "9c4e2f7a18d6"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_calendar_feed_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("runner_id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_digest", name="uq_calendar_feed_token_digest"),
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('missed', 'together', 'call_out')", name="ck_nudge_kind_known"),
        sa.ForeignKeyConstraint(["from_id"], ["runner.id"], name="fk_nudge_from_id_runner", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_nudge_group_id_running_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["to_id"], ["runner.id"], name="fk_nudge_to_id_runner", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_nudge"),
    )
    with op.batch_alter_table("nudge") as batch_op:
        batch_op.create_index("ix_nudge_from_id", ["from_id"])
        batch_op.create_index("ix_nudge_group_id", ["group_id"])
        batch_op.create_index("ix_nudge_to_id_sent_at", ["to_id", "sent_at"])

    op.create_table(
        "pledge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("backup_plan", sa.String(length=200), nullable=False),
        sa.Column("rest_weekdays", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("measure IN ('days', 'runs', 'distance')", name="ck_pledge_measure_known"),
        sa.CheckConstraint("period IN ('week', 'month')", name="ck_pledge_period_known"),
        sa.CheckConstraint("ends_on >= starts_on", name="ck_pledge_forward"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_pledge_group_id_running_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], name="fk_pledge_runner_id_runner", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_pledge"),
    )
    with op.batch_alter_table("pledge") as batch_op:
        batch_op.create_index("ix_pledge_ends_on", ["ends_on"])
        batch_op.create_index("ix_pledge_group_id", ["group_id"])
        batch_op.create_index("ix_pledge_runner_id", ["runner_id", "starts_on"])

    op.create_table(
        "run_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.String(length=12), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("week_of_month", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("local_minutes", sa.Integer(), nullable=False),
        sa.Column("tz", sa.String(length=64), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("meeting_place", sa.String(length=120), nullable=False),
        sa.Column("meeting_url", sa.String(length=300), nullable=False),
        sa.Column("route_url", sa.String(length=300), nullable=False),
        sa.Column("min_distance_m", sa.Integer(), nullable=True),
        sa.Column("max_distance_m", sa.Integer(), nullable=True),
        sa.Column("is_lit", sa.Boolean(), nullable=True),
        sa.Column("has_toilets", sa.Boolean(), nullable=True),
        sa.Column("rain_plan", sa.String(length=200), nullable=False),
        sa.Column("max_runners", sa.Integer(), nullable=True),
        sa.CheckConstraint("frequency IN ('weekly', 'fortnightly', 'monthly')", name="ck_run_series_frequency_known"),
        sa.CheckConstraint("local_minutes BETWEEN 0 AND 1439", name="ck_run_series_minute_of_day"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="ck_run_series_day_of_week"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["runner.id"], name="fk_run_series_created_by_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_run_series_group_id_running_group", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run_series"),
    )
    with op.batch_alter_table("run_series") as batch_op:
        batch_op.create_index("ix_run_series_created_by_id", ["created_by_id"])
        batch_op.create_index("ix_run_series_ends_on", ["ends_on"])
        batch_op.create_index("ix_run_series_group_id", ["group_id"])

    op.create_table(
        "buddy_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["asked_id"], ["runner.id"], name="fk_buddy_link_asked_id_runner", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asker_id"], ["runner.id"], name="fk_buddy_link_asker_id_runner", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["group_id", "asked_id"],
            ["membership.group_id", "membership.runner_id"],
            name="fk_buddy_link_group_id_asked_id_membership",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "asker_id"],
            ["membership.group_id", "membership.runner_id"],
            name="fk_buddy_link_group_id_asker_id_membership",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_buddy_link_group_id_running_group", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_buddy_link"),
        sa.UniqueConstraint("group_id", "asker_id", "asked_id", name="uq_buddy_link_group_id_asker_id_asked_id"),
    )
    with op.batch_alter_table("buddy_link") as batch_op:
        batch_op.create_index("ix_buddy_link_asked", ["group_id", "asked_id"])
        batch_op.create_index("ix_buddy_link_asked_id", ["asked_id"])
        batch_op.create_index("ix_buddy_link_asker_id", ["asker_id"])

    op.create_table(
        "group_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("occurs_on", sa.Date(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=12), server_default="planned", nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("is_edited", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("asked_again_at", MOMENT, nullable=True),
        sa.Column("count_at_start", sa.Integer(), nullable=True),
        sa.Column("count_at_end", sa.Integer(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("local_minutes", sa.Integer(), nullable=False),
        sa.Column("tz", sa.String(length=64), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("meeting_place", sa.String(length=120), nullable=False),
        sa.Column("meeting_url", sa.String(length=300), nullable=False),
        sa.Column("route_url", sa.String(length=300), nullable=False),
        sa.Column("min_distance_m", sa.Integer(), nullable=True),
        sa.Column("max_distance_m", sa.Integer(), nullable=True),
        sa.Column("is_lit", sa.Boolean(), nullable=True),
        sa.Column("has_toilets", sa.Boolean(), nullable=True),
        sa.Column("rain_plan", sa.String(length=200), nullable=False),
        sa.Column("max_runners", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('planned', 'changed', 'cancelled')", name="ck_group_run_status_known"),
        sa.CheckConstraint("local_minutes BETWEEN 0 AND 1439", name="ck_group_run_minute_of_day"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["runner.id"], name="fk_group_run_created_by_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_group_run_group_id_running_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["run_series.id"], name="fk_group_run_series_id_run_series", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_group_run"),
        sa.UniqueConstraint("series_id", "occurs_on", name="uq_group_run_series_id_occurs_on"),
        sa.UniqueConstraint("uid", name="uq_group_run_uid"),
    )
    with op.batch_alter_table("group_run") as batch_op:
        batch_op.create_index("ix_group_run_created_by_id", ["created_by_id"])
        batch_op.create_index("ix_group_run_group_id_starts_at", ["group_id", "starts_at"])
        batch_op.create_index("ix_group_run_starts_at", ["starts_at"])

    op.create_table(
        "missing_choice",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("silent_days", sa.Integer(), nullable=True),
        sa.Column("below_habit", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("captains_see", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("silent_days BETWEEN 3 AND 60", name="ck_missing_choice_silent_days_in_range"),
        sa.ForeignKeyConstraint(
            ["group_id", "runner_id"],
            ["membership.group_id", "membership.runner_id"],
            name="fk_missing_choice_group_id_runner_id_membership",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name="fk_missing_choice_group_id_running_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_missing_choice_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "runner_id", name="pk_missing_choice"),
    )
    with op.batch_alter_table("missing_choice") as batch_op:
        batch_op.create_index("ix_missing_choice_runner_id", ["runner_id"])

    op.create_table(
        "pledge_pass",
        sa.Column("pledge_id", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name="fk_pledge_pass_pledge_id_pledge", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pledge_id", "used_on", name="pk_pledge_pass"),
    )
    op.create_table(
        "pledge_watcher",
        sa.Column("pledge_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name="fk_pledge_watcher_pledge_id_pledge", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_pledge_watcher_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pledge_id", "runner_id", name="pk_pledge_watcher"),
    )
    with op.batch_alter_table("pledge_watcher") as batch_op:
        batch_op.create_index("ix_pledge_watcher_runner_id", ["runner_id"])

    op.create_table(
        "run_series_pace_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("slow_s_per_km", sa.Integer(), nullable=True),
        sa.Column("fast_s_per_km", sa.Integer(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("max_runners", sa.Integer(), nullable=True),
        sa.Column("is_no_drop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("back_marker_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["back_marker_id"],
            ["runner.id"],
            name="fk_run_series_pace_group_back_marker_id_runner",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["runner.id"], name="fk_run_series_pace_group_leader_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["run_series.id"], name="fk_run_series_pace_group_series_id_run_series", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run_series_pace_group"),
    )
    with op.batch_alter_table("run_series_pace_group") as batch_op:
        batch_op.create_index("ix_run_series_pace_group_back_marker_id", ["back_marker_id"])
        batch_op.create_index("ix_run_series_pace_group_leader_id", ["leader_id"])
        batch_op.create_index("ix_run_series_pace_group_series_id", ["series_id"])

    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=True),
        sa.Column("tapped_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('came', 'left_early', 'told_us', 'not_seen')", name="ck_attendance_outcome_known"
        ),
        sa.CheckConstraint("source IN ('leader', 'qr', 'self', 'run')", name="ck_attendance_source_known"),
        sa.ForeignKeyConstraint(
            ["marked_by_id"], ["runner.id"], name="fk_attendance_marked_by_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["group_run.id"], name="fk_attendance_run_id_group_run", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_attendance_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        sa.UniqueConstraint("run_id", "runner_id", name="uq_attendance_run_id_runner_id"),
    )
    with op.batch_alter_table("attendance") as batch_op:
        batch_op.create_index("ix_attendance_marked_by_id", ["marked_by_id"])
        batch_op.create_index("ix_attendance_runner_id", ["runner_id"])

    op.create_table(
        "dismissed_match",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["group_run.id"], name="fk_dismissed_match_run_id_group_run", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_dismissed_match_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "runner_id", name="pk_dismissed_match"),
    )
    with op.batch_alter_table("dismissed_match") as batch_op:
        batch_op.create_index("ix_dismissed_match_runner_id", ["runner_id"])

    op.create_table(
        "missing_watcher",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("watcher_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "runner_id"],
            ["missing_choice.group_id", "missing_choice.runner_id"],
            name="fk_missing_watcher_group_id_runner_id_missing_choice",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "watcher_id"],
            ["membership.group_id", "membership.runner_id"],
            name="fk_missing_watcher_group_id_watcher_id_membership",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_missing_watcher_runner_id_runner", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["watcher_id"], ["runner.id"], name="fk_missing_watcher_watcher_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "runner_id", "watcher_id", name="pk_missing_watcher"),
    )
    with op.batch_alter_table("missing_watcher") as batch_op:
        batch_op.create_index("ix_missing_watcher_runner_id", ["runner_id"])
        batch_op.create_index("ix_missing_watcher_watcher", ["group_id", "watcher_id"])
        batch_op.create_index("ix_missing_watcher_watcher_id", ["watcher_id"])

    op.create_table(
        "pace_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("slow_s_per_km", sa.Integer(), nullable=True),
        sa.Column("fast_s_per_km", sa.Integer(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("max_runners", sa.Integer(), nullable=True),
        sa.Column("is_no_drop", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("back_marker_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["back_marker_id"], ["runner.id"], name="fk_pace_group_back_marker_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["runner.id"], name="fk_pace_group_leader_id_runner", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["group_run.id"], name="fk_pace_group_run_id_group_run", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pace_group"),
    )
    with op.batch_alter_table("pace_group") as batch_op:
        batch_op.create_index("ix_pace_group_back_marker_id", ["back_marker_id"])
        batch_op.create_index("ix_pace_group_leader_id", ["leader_id"])
        batch_op.create_index("ix_pace_group_run_id", ["run_id"])

    op.create_table(
        "leader_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pace_group_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["pace_group_id"], ["pace_group.id"], name="fk_leader_offer_pace_group_id_pace_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_leader_offer_runner_id_runner", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_leader_offer"),
        sa.UniqueConstraint("pace_group_id", "runner_id", name="uq_leader_offer_pace_group_id_runner_id"),
    )
    with op.batch_alter_table("leader_offer") as batch_op:
        batch_op.create_index("ix_leader_offer_runner_id", ["runner_id"])

    op.create_table(
        "rsvp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("pace_group_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("guests", sa.Integer(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("queued_at", MOMENT, nullable=True),
        sa.Column("offered_until", MOMENT, nullable=True),
        sa.CheckConstraint("answer IN ('in', 'maybe', 'out', 'waiting')", name="ck_rsvp_answer_known"),
        sa.CheckConstraint("guests BETWEEN 0 AND 5", name="ck_rsvp_guests_in_range"),
        sa.ForeignKeyConstraint(
            ["pace_group_id"], ["pace_group.id"], name="fk_rsvp_pace_group_id_pace_group", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["group_run.id"], name="fk_rsvp_run_id_group_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["runner_id"], ["runner.id"], name="fk_rsvp_runner_id_runner", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_rsvp"),
        sa.UniqueConstraint("run_id", "runner_id", name="uq_rsvp_run_id_runner_id"),
    )
    with op.batch_alter_table("rsvp") as batch_op:
        batch_op.create_index(
            "ix_rsvp_offered",
            ["offered_until"],
            sqlite_where=sa.text("offered_until IS NOT NULL"),
            postgresql_where=sa.text("offered_until IS NOT NULL"),
        )
        batch_op.create_index("ix_rsvp_pace_group_id", ["pace_group_id"])
        batch_op.create_index("ix_rsvp_run_id_answer", ["run_id", "answer", "queued_at"])
        batch_op.create_index("ix_rsvp_runner_id", ["runner_id"])

    with op.batch_alter_table("consent") as batch_op:
        batch_op.add_column(sa.Column("call_outs_at", MOMENT, nullable=True))

    with op.batch_alter_table("fact") as batch_op:
        batch_op.add_column(sa.Column("group_run_id", sa.Integer(), nullable=True))
        batch_op.create_index("ix_fact_group_run_id", ["group_run_id"])
        batch_op.create_foreign_key(
            "fk_fact_group_run_id_group_run", "group_run", ["group_run_id"], ["id"], ondelete="CASCADE"
        )

    with op.batch_alter_table("runner_break") as batch_op:
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("runner_break") as batch_op:
        batch_op.drop_column("reason")

    with op.batch_alter_table("fact") as batch_op:
        batch_op.drop_constraint("fk_fact_group_run_id_group_run", type_="foreignkey")
        batch_op.drop_index("ix_fact_group_run_id")
        batch_op.drop_column("group_run_id")

    with op.batch_alter_table("consent") as batch_op:
        batch_op.drop_column("call_outs_at")

    op.drop_table("rsvp")
    op.drop_table("leader_offer")
    op.drop_table("pace_group")
    op.drop_table("missing_watcher")
    op.drop_table("dismissed_match")
    op.drop_table("attendance")
    op.drop_table("run_series_pace_group")
    op.drop_table("pledge_watcher")
    op.drop_table("pledge_pass")
    op.drop_table("missing_choice")
    op.drop_table("group_run")
    op.drop_table("buddy_link")
    op.drop_table("run_series")
    op.drop_table("pledge")
    op.drop_table("nudge")
    op.drop_table("calendar_feed")
