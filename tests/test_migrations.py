"""Migrations bring a database to what the models say, and bring its rows along."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from tests.conftest import DATABASES, make_settings
from tests.support.builders import NOON
from tests.support.servers import OwnRedis
from webapp.extensions import Base, db
from webapp.factory import create_app
from webapp.groups.audit_service import log_page
from webapp.look_alikes import folded
from webapp.models.groups import Consent
from webapp.paging import Page
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
def test_existing_namesakes_are_told_apart_and_numbers_are_forgotten() -> None:
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
