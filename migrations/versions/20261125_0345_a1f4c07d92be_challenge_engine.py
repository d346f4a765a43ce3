"""The challenge engine: rules as data, reviews, series, drafts, results as facts, an audit log.

What stood in two columns of a challenge goes into its rules; days, teams and cells get what the new columns say.

Revision: a1f4c07d92be
After: 8d21f6a3c0b7
"""

import sqlalchemy as sa
from alembic import op

revision = "a1f4c07d92be"
down_revision = "8d21f6a3c0b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("frame", sa.String(length=5), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("grace_hours", sa.Integer(), nullable=False),
        sa.Column("team_mode", sa.String(length=8), nullable=False),
        sa.Column("keeps_teams", sa.Boolean(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("frame IN ('month', 'week')", name=op.f("ck_series_frame_known")),
        sa.CheckConstraint("team_mode IN ('none', 'named', 'picked', 'drawn')", name=op.f("ck_series_team_mode_known")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name=op.f("fk_series_group_id_running_group"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_group_id"), ["group_id"], unique=False)

    op.create_table(
        "series_choice",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("enters", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_series_choice_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_choice_series_id_series"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "runner_id", name=op.f("pk_series_choice")),
    )
    with op.batch_alter_table("series_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_choice_runner_id"), ["runner_id"], unique=False)

    op.create_table(
        "series_skip",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_series_skip_series_id_series"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "starts_on", name=op.f("pk_series_skip")),
    )
    op.create_table(
        "audit_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("challenge_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=280), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["runner.id"], name=op.f("fk_audit_line_actor_id_runner"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_audit_line_challenge_id_challenge"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["running_group.id"], name=op.f("fk_audit_line_group_id_running_group"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["runner.id"], name=op.f("fk_audit_line_subject_id_runner"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_line")),
    )
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_line_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index("ix_audit_line_group_id_at", ["group_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_line_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("moving_s", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=280), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("adjusted_m", sa.Integer(), nullable=True),
        sa.Column("adjusted_s", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=280), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=280), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("decision IN ('count', 'leave_out', 'adjust')", name=op.f("ck_review_decision_known")),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_review_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["runner.id"], name=op.f("fk_review_decided_by_runner"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_review_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint(
            "challenge_id",
            "runner_id",
            "source",
            "source_id",
            name=op.f("uq_review_challenge_id_runner_id_source_source_id"),
        ),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_runner_id"), ["runner_id"], unique=False)

    op.create_table(
        "rule_change",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=280), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("derived", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_rule_change_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["runner.id"], name=op.f("fk_rule_change_made_by_runner"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("challenge_id", "edition", name=op.f("pk_rule_change")),
    )
    with op.batch_alter_table("rule_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_change_made_by"), ["made_by"], unique=False)

    op.create_table(
        "pick",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_pick_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_pick_entry_id_entry"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pick_team_id_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("challenge_id", "number", name=op.f("pk_pick")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_pick_entry_id")),
    )
    op.create_table(
        "result",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("gap", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_result_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_result_runner_id_runner"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_result_team_id_team"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("challenge_id", "place", name=op.f("pk_result")),
        sa.UniqueConstraint("challenge_id", "runner_id", name=op.f("uq_result_challenge_id_runner_id")),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index("ix_result_runner_id", ["runner_id"], unique=False)

    op.create_table(
        "rule_effect",
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("total_before", sa.Integer(), nullable=False),
        sa.Column("rank_before", sa.Integer(), nullable=False),
        sa.Column("total_after", sa.Integer(), nullable=True),
        sa.Column("rank_after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_rule_effect_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_rule_effect_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("challenge_id", "edition", "entry_id", name=op.f("pk_rule_effect")),
    )
    with op.batch_alter_table("rule_effect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_effect_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "team_result",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("score_of", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("former", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["challenge_id"], ["challenge.id"], name=op.f("fk_team_result_challenge_id_challenge"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_result_team_id_team"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_result")),
    )
    with op.batch_alter_table("team_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_result_challenge_id"), ["challenge_id"], unique=False)

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_m", sa.Integer(), nullable=True))

    with op.batch_alter_table("cell_tally", schema=None) as batch_op:
        batch_op.add_column(sa.Column("total", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rules", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("edition", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("shown_rules", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("is_changing", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("team_mode", sa.String(length=8), server_default="none", nullable=False))
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("checksum", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_challenge_series_id_starts_on"), ["series_id", "starts_on"])
        batch_op.create_foreign_key(
            batch_op.f("fk_challenge_series_id_series"), "series", ["series_id"], ["id"], ondelete="SET NULL"
        )

    _columns_into_rules()
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.alter_column("rules", existing_type=sa.JSON(), nullable=False)
        batch_op.drop_column("allow_manual")
        batch_op.drop_column("allow_private")

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("longest_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("day_score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amount", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("target", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("baseline", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("baseline_weeks", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("baseline_own", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("habit_m", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("captain_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_team_captain_id_runner"), "runner", ["captain_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("team_part", schema=None) as batch_op:
        batch_op.add_column(sa.Column("met", sa.Integer(), server_default="0", nullable=False))
        batch_op.alter_column("total", existing_type=sa.INTEGER(), type_=sa.BigInteger(), existing_nullable=False)

    with op.batch_alter_table("team_placement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("met", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("score", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("score_of", sa.Integer(), server_default="1", nullable=False))

    with op.batch_alter_table("team_share", schema=None) as batch_op:
        batch_op.add_column(sa.Column("met", sa.Boolean(), server_default=sa.false(), nullable=False))

    _fill_new_columns()


def _columns_into_rules() -> None:
    """Write the rules that the two columns were, as version 1 of the data spells them."""
    columns = ("id", "allow_private", "allow_manual", "as_of")
    challenge = sa.table(
        "challenge", *map(sa.column, columns), sa.column("rules", sa.JSON), sa.column("shown_rules", sa.JSON)
    )
    rows = op.get_bind().execute(sa.select(*(challenge.c[name] for name in columns))).all()
    for number, private, manual, as_of in rows:
        rules = plain_rules(private=bool(private), manual=bool(manual))
        values = {"rules": rules, "shown_rules": rules if as_of is not None else None}
        op.get_bind().execute(challenge.update().where(challenge.c.id == number).values(values))


def plain_rules(private: bool, manual: bool) -> dict[str, object]:
    counts = {
        "sports": ["Run", "TrailRun", "VirtualRun"],
        "private": private,
        "manual": manual,
        "treadmill": True,
        "flagged": False,
        "least_m": 0,
        "least_s": 0,
        "quickest": None,
        "slowest": None,
        "stops_unusual": False,
        "stops_changed": False,
    }
    shape = {"measure": "distance", "shape": "plain", "params": {}}
    return {"version": 1, **shape, "counts": counts, "team_score": "sum", "best": 5}


def _fill_new_columns() -> None:
    op.execute("UPDATE day_score SET amount = value")
    op.execute("UPDATE team_placement SET score = total")
    for ordering, cell, total in (("now", "cell", "total"), ("before", "before_cell", "before")):
        op.execute(
            f"UPDATE cell_tally SET total = (SELECT COALESCE(SUM(p.{total}), 0) FROM placement p"  # noqa: S608  # names of columns
            f" WHERE p.challenge_id = cell_tally.challenge_id AND p.{cell} = cell_tally.cell)"
            f" WHERE ordering = '{ordering}'"
        )


def downgrade() -> None:
    with op.batch_alter_table("team_share", schema=None) as batch_op:
        batch_op.drop_column("met")

    with op.batch_alter_table("team_placement", schema=None) as batch_op:
        batch_op.drop_column("score_of")
        batch_op.drop_column("score")
        batch_op.drop_column("met")

    with op.batch_alter_table("team_part", schema=None) as batch_op:
        batch_op.alter_column("total", existing_type=sa.BigInteger(), type_=sa.INTEGER(), existing_nullable=False)
        batch_op.drop_column("met")

    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_team_captain_id_runner"), type_="foreignkey")
        batch_op.drop_column("captain_id")

    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_column("fixed_at")
        batch_op.drop_column("habit_m")
        batch_op.drop_column("baseline_own")
        batch_op.drop_column("baseline_weeks")
        batch_op.drop_column("baseline")
        batch_op.drop_column("target")

    with op.batch_alter_table("day_score", schema=None) as batch_op:
        batch_op.drop_column("amount")

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_column("longest_at")

    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("allow_private", sa.BOOLEAN(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("allow_manual", sa.BOOLEAN(), server_default=sa.false(), nullable=False))
        batch_op.drop_constraint(batch_op.f("fk_challenge_series_id_series"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_challenge_series_id_starts_on"), type_="unique")
        batch_op.drop_column("checksum")
        batch_op.drop_column("series_id")
        batch_op.drop_column("team_mode")
        batch_op.drop_column("is_changing")
        batch_op.drop_column("shown_rules")
        batch_op.drop_column("edition")
        batch_op.drop_column("rules")

    with op.batch_alter_table("cell_tally", schema=None) as batch_op:
        batch_op.drop_column("total")

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_column("first_m")

    with op.batch_alter_table("team_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_result_challenge_id"))

    op.drop_table("team_result")
    with op.batch_alter_table("rule_effect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_effect_entry_id"))

    op.drop_table("rule_effect")
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.drop_index("ix_result_runner_id")

    op.drop_table("result")
    op.drop_table("pick")
    with op.batch_alter_table("rule_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_change_made_by"))

    op.drop_table("rule_change")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_runner_id"))
        batch_op.drop_index(batch_op.f("ix_review_decided_by"))

    op.drop_table("review")
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_line_subject_id"))
        batch_op.drop_index("ix_audit_line_group_id_at")
        batch_op.drop_index(batch_op.f("ix_audit_line_actor_id"))

    op.drop_table("audit_line")
    op.drop_table("series_skip")
    with op.batch_alter_table("series_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_choice_runner_id"))

    op.drop_table("series_choice")
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_series_group_id"))

    op.drop_table("series")
