"""Migrations bring a database to what the models say, and bring its rows along."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, text

from tests.conftest import DATABASES, make_settings
from tests.support.builders import NOON
from tests.support.servers import OwnRedis
from webapp.db import Base, db
from webapp.factory import create_app
from webapp.groups.audit_queries import log_page
from webapp.look_alikes import folded
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Challenge, Entry, RuleChange, TeamStint
from webapp.models.groups import Consent
from webapp.models.sync import Connection
from webapp.paging import Page
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.text import search_key


@pytest.fixture(params=DATABASES)
def bare_app(request: pytest.FixtureRequest, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without a table, inside its context."""
    url = request.getfixturevalue("empty_postgres_url") if request.param == "postgresql" else ""
    app = create_app(make_settings(tmp_path, own_redis, database_url=url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def rows_before() -> None:
    """Put in namesakes, a runner called after their number, and one with half a flag for an initial."""
    moment = {"at": NOON.replace(tzinfo=None).isoformat(" ")}
    names = ["Ana Ruiz", "ana ruiz", "Runner 4711", "Mia \U0001f1e8\U0001f1ed", "Ben Obi"]
    shown = ["Ana R.", "ana r.", "Runner 4711", "Mia \U0001f1e8.", "Flecha"]
    styles = ["initial", "initial", "full", "initial", "alias"]
    with db.engine.begin() as connection:
        group = "INSERT INTO running_group (id, slug, name, tz, text, created_at) VALUES (1, 'g', 'G', 'UTC', '', :at)"
        connection.execute(text(group), moment)
        for number, (name, seen, style) in enumerate(zip(names, shown, styles, strict=True), 1):
            values = moment | {"id": number, "name": name, "shown": seen, "style": style, "athlete": 4708 + number}
            for statement in ROW:
                connection.execute(text(statement), values)


ROW = (
    """INSERT INTO runner (id, name, units, count_private, session_epoch, created_at)
    VALUES (:id, :name, 'km', false, 0, :at)""",
    """INSERT INTO connection (runner_id, athlete_id, access_token, refresh_token, expires_at, scopes, state,
    connected_at, failures) VALUES (:id, :athlete, 'a', 'b', :at, 'read', 'connected', :at, 0)""",
    """INSERT INTO membership (group_id, runner_id, role, joined_at) VALUES (1, :id, 'member', :at)""",
    """INSERT INTO consent (group_id, runner_id, text_version, level, name_style, shown_name, search_name, given_at)
    VALUES (1, :id, '1', 'totals', :style, :shown, '', :at)""",
)


@pytest.mark.usefixtures("bare_app")
def test_existing_namesakes_are_told_apart_and_numbers_are_removed() -> None:
    upgrade(revision="c4e81b60a7d3")
    rows_before()
    upgrade()
    consents = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [consent.shown_name for consent in consents] == ["Ana R.", "ana ru.", "A runner", "Mia", "Flecha"]
    assert len({consent.name_key for consent in consents}) == len(consents)
    assert [line.reason for line in log_page(1, Page(1, 9))] == [
        "Mia \U0001f1e8. is now Mia",
        "",
        "ana r. is now ana ru.",
    ]
    db.session.remove()
    downgrade(revision="c4e81b60a7d3")
    upgrade()
    assert db.session.scalars(select(Consent.shown_name).order_by(Consent.id)).all()[1] == "ana ru."


LATER = (
    """INSERT INTO runner (id, name, units, count_private, session_epoch, created_at)
    VALUES (:id, :name, 'km', false, 0, :at)""",
    "INSERT INTO membership (group_id, runner_id, role, joined_at) VALUES (1, :id, 'member', :at)",
    """INSERT INTO consent (group_id, runner_id, text_version, level, name_style, shown_name, search_name, name_key,
    given_at) VALUES (1, :id, '1', 'totals', 'alias', :name, '', :key, :at)""",
)


@pytest.mark.usefixtures("bare_app")
def test_members_whose_names_look_the_same_by_the_new_table_keep_working_the_later_one_with_a_number() -> None:
    upgrade(revision="8c2e4d17fa60")
    moment = {"at": NOON.replace(tzinfo=None).isoformat(" ")}
    names = ["Ana Ruiz", "ᴀɴᴀ ʀᴜɪᴢ", "Ꭺna Ruiz", "An organiser", "Ben", "ana ruiz 2"]
    with db.engine.begin() as connection:
        group = "INSERT INTO running_group (id, slug, name, tz, text, created_at) VALUES (1, 'g', 'G', 'UTC', '', :at)"
        connection.execute(text(group), moment)
        for number, name in enumerate(names, 1):
            for statement in LATER:
                connection.execute(text(statement), moment | {"id": number, "name": name, "key": f"key {number}"})
    upgrade()
    consents = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    shown = ["Ana Ruiz", "ᴀɴᴀ ʀᴜɪᴢ 2", "Ꭺna Ruiz 3", "An organiser 2", "Ben", "ana ruiz 2 2"]
    assert [consent.shown_name for consent in consents] == shown
    assert [consent.name_key for consent in consents] == [folded(name) for name in shown]
    assert [consent.search_name for consent in consents] == [search_key(name) for name in shown]
    assert {line.reason for line in log_page(1, Page(1, 9))} == {
        "An organiser is now An organiser 2", "ana ruiz 2 is now ana ruiz 2 2",
        "ᴀɴᴀ ʀᴜɪᴢ is now ᴀɴᴀ ʀᴜɪᴢ 2", "Ꭺna Ruiz is now Ꭺna Ruiz 3",
    }  # fmt: skip
    db.session.remove()
    downgrade(revision="8c2e4d17fa60")
    upgrade()
    assert list(db.session.scalars(select(Consent.shown_name).order_by(Consent.id))) == shown


OLD_ROWS = (
    "INSERT INTO running_group (id, slug, name, tz, text, created_at) VALUES (1, 'g', 'G', 'UTC', '', :at)",
    """INSERT INTO runner (id, name, units, count_private, session_epoch, created_at)
    VALUES (1, 'A', 'km', false, 0, :at)""",
    """INSERT INTO connection (runner_id, athlete_id, access_token, refresh_token, expires_at, scopes, state,
    connected_at, failures, looked_at, next_look_at, look_asked_at, pulling_until)
    VALUES (1, 4711, 'a', 'b', :at, 'read', 'connected', :at, 0, :at, :at, :at, :at)""",
    "INSERT INTO first_pull (runner_id, state, pages_read, runs_taken_in, asked_at) VALUES (1, 'reading', 2, 120, :at)",
    """INSERT INTO challenge (id, group_id, name, starts_on, ends_on, grace_hours, rules, created_at, version,
    is_changing) VALUES (1, 1, 'C', '2026-11-01', '2026-11-30', 24, '{"version": 1}', :at, 1, false)""",
    "INSERT INTO team (id, challenge_id, name, position) VALUES (1, 1, 'Reds', 0)",
    "INSERT INTO entry (id, challenge_id, runner_id, joined_at, habit_m, fixed_at) VALUES (1, 1, 1, :at, 9000, :at)",
    "INSERT INTO team_spell (id, entry_id, team_id, from_date, to_date) VALUES (7, 1, 1, '2026-11-01', NULL)",
    """INSERT INTO placement (entry_id, challenge_id, runner_id, total, before, days, cell, before_cell)
    VALUES (1, 1, 1, 5000, 4000, 1, -51, -41)""",
    "INSERT INTO cell_tally (challenge_id, ordering, cell, entries, total) VALUES (1, 'now', -51, 1, 5000)",
)


@pytest.mark.usefixtures("bare_app")
def test_tables_and_columns_get_the_names_of_the_glossary_and_keep_their_rows() -> None:
    upgrade(revision="2f6c9a71d8e4")
    with db.engine.begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement), {"at": NOON.replace(tzinfo=None).isoformat(" ")})
    before = rows_of("team_spell", "first_pull", "cell_tally", "connection", "entry", "placement")
    upgrade(revision="c60f2e9b7d15")
    assert rows_of("team_stint", "initial_import", "bucket_tally", "connection", "entry", "placement") == before
    upgrade()
    mine, entry = db.session.get_one(Connection, 1), db.session.get_one(Entry, 1)
    assert (mine.last_full_resync_at, mine.syncing_until) == (NOON, NOON)
    assert (entry.usual_longest_m, entry.baseline_snapshot_at, entry.stints[0].id) == (9000, NOON, 7)
    assert not [name for name in names_in_the_schema() if any(old in name for old in OLD_NAMES)]
    db.session.remove()
    downgrade(revision="2f6c9a71d8e4")
    assert rows_of("team_spell", "first_pull", "cell_tally", "connection", "entry", "placement") == before
    upgrade()
    db.session.add(TeamStint(entry_id=1, team_id=1, from_date=date(2026, 11, 9)))
    db.session.commit()
    assert db.session.scalar(select(func.max(TeamStint.id))) == 8


@pytest.mark.usefixtures("bare_app")
def test_breaks_keep_their_rows_under_a_new_name_and_new_ones_are_numbered_after_them() -> None:
    upgrade(revision="4d8f1c6b03e2")
    runner = "INSERT INTO runner (id, name, units, session_epoch, created_at) VALUES (1, 'A', 'km', 0, :at)"
    with db.engine.begin() as connection:
        connection.execute(text(runner), {"at": NOON.replace(tzinfo=None).isoformat(" ")})
        connection.execute(text("INSERT INTO pause (id, runner_id, starts_on) VALUES (7, 1, '2026-11-01')"))
    before = rows_of("pause")
    upgrade()
    assert rows_of("runner_break") == [[(*row, None) for row in rows] for rows in before], "without a reason"
    db.session.add(RunnerBreak(runner_id=1, starts_on=date(2026, 12, 1)))
    db.session.commit()
    assert db.session.scalar(select(func.max(RunnerBreak.id))) == 8
    # A channel of a group can be paused, which is another thing.
    assert not [name for name in names_in_the_schema() if "pause" in name and name != "paused_at"]


OLD_NAMES = ("look", "pull", "habit_m", "fixed", "spell", "cell", "taken_in")


def rows_of(*tables: str) -> list[list[tuple[object, ...]]]:
    with db.engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))] for table in tables]


def names_in_the_schema() -> Iterator[str]:
    """Yield the names of all tables, columns, indexes and constraints."""
    found = inspect(db.engine)
    for table in found.get_table_names():
        yield table
        yield from (column["name"] for column in found.get_columns(table))
        named = (
            found.get_indexes(table), found.get_check_constraints(table), found.get_foreign_keys(table),
            found.get_unique_constraints(table), [found.get_pk_constraint(table)],
        )  # fmt: skip
        yield from (each["name"] for kind in named for each in kind if each["name"])


OLD_RULES = {
    "version": 1, "measure": "distance", "shape": "streak", "params": {"least": 2_000, "rest": 1},
    "counts": {"least_m": 1_500, "least_s": 600, "manual": True}, "team_score": "sum", "best": 5,
}  # fmt: skip
NEW_RULES = RuleSet(
    "distance",
    "streak",
    {"min_amount": 2_000, "rest": 1},
    Eligibility(min_distance_m=1_500, min_time_s=600, manual=True),
)
RULES_ROWS = (
    OLD_ROWS[0],
    """INSERT INTO challenge (id, group_id, name, starts_on, ends_on, grace_hours, rules, created_at, version,
    is_changing) VALUES (1, 1, 'C', '2026-11-01', '2026-11-30', 24, :rules, :at, 1, false)""",
    """INSERT INTO rule_change (challenge_id, edition, before, after, reason, made_at, entries, derived)
    VALUES (1, 2, '{"version": 1, "shape": "improvement", "params": {"most": 150}}', :rules, '', :at, 1, 1)""",
)


@pytest.mark.usefixtures("bare_app")
def test_stored_rule_sets_are_read_under_the_new_words() -> None:
    upgrade(revision="c60f2e9b7d15")
    values = {"at": NOON.replace(tzinfo=None).isoformat(" "), "rules": json.dumps(OLD_RULES)}
    with db.engine.begin() as connection:
        for statement in RULES_ROWS:
            connection.execute(text(statement), values)
    upgrade()
    made, change = db.session.get_one(Challenge, 1), db.session.get_one(RuleChange, (1, 2))
    assert (made.rules, made.shown_rules, change.after) == (NEW_RULES, None, NEW_RULES)
    assert change.before == RuleSet(shape="improvement", params={"max_percent": 150})
    db.session.remove()
    downgrade(revision="c60f2e9b7d15")
    with db.engine.connect() as connection:
        stored = connection.scalar(text("SELECT rules FROM challenge"))
    assert (stored if isinstance(stored, dict) else json.loads(stored or "")) == OLD_RULES
