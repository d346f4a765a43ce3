"""The audit."""

from datetime import date

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from tests.support.boards import make_board, set_total
from tests.support.boards import publish as publish_board
from tests.support.builders import NOON, make_member
from tests.support.derived import TABLES, everything, read_in
from tests.support.overtakes import derive_overtakes
from tests.support.runs import reported
from webapp.db import Base, begin_write, db
from webapp.leaderboards.service import publish
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.chase import Overtake, Passed
from webapp.models.groups import Group
from webapp.models.leaderboards import Placement
from webapp.models.road import RoadTally
from webapp.models.scoring import DayScore, Standing, TeamShare
from webapp.rulebook.presets import PRESETS, Preset
from webapp.rulebook.ranking import PAGE


def audit(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["audit"])


def test_the_audit_passes_what_was_derived(app: Flask, ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1"), reported("2", distance_m=10_300)])
    result = audit(app)
    assert result.exit_code == 0, result.output
    assert "No difference" in result.output


@pytest.mark.parametrize("model", TABLES)
def test_the_audit_names_a_row_that_was_tampered_with(app: Flask, ana: Entry, model: type[Base]) -> None:
    read_in(ana.runner_id, [reported("1")])
    column = {"ledger_day": "distance_m", "day_score": "value"}.get(model.__tablename__, "total")
    db.session.execute(update(model).values({column: 10_001}))
    db.session.commit()
    before = everything()
    result = audit(app)
    assert result.exit_code == 1
    assert f"{model.__tablename__} (" in result.output
    assert "10001" in result.output
    assert everything() == before


@pytest.mark.parametrize("model", TABLES)
def test_the_audit_names_a_row_that_is_missing(app: Flask, ana: Entry, model: type[Base]) -> None:
    read_in(ana.runner_id, [reported("1")])
    db.session.execute(model.__table__.delete())  # type: ignore[attr-defined]  # a Table
    db.session.commit()
    result = audit(app)
    assert result.exit_code == 1
    assert f"{model.__tablename__} (" in result.output
    assert "stored nothing" in result.output


def test_the_audit_names_a_row_that_follows_from_nothing(app: Flask, ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1")])
    read_in(ana.runner_id, gone=("1",))
    db.session.add(
        DayScore(entry_id=ana.id, local_date=date(2026, 11, 3), challenge_id=ana.challenge_id, value=5, runs=1)
    )
    db.session.commit()
    result = audit(app)
    assert result.exit_code == 1
    assert "the runs say nothing" in result.output


def test_the_audit_looks_at_the_published_board_too(app: Flask, ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1")])
    group_id = db.session.get_one(Challenge, ana.challenge_id).group_id
    make_member(db.session.get_one(Group, group_id), db.session.get_one(Runner, ana.runner_id))
    begin_write()
    publish(ana.challenge_id, date(2026, 11, 13))
    db.session.commit()
    assert audit(app).exit_code == 0
    db.session.execute(update(Placement).values(total=1))
    db.session.commit()
    result = audit(app)
    assert result.exit_code == 1
    assert f"board of challenge {ana.challenge_id}: placement" in result.output


@pytest.mark.parametrize("model", [Standing, TeamShare])
def test_the_audit_compares_totals_that_are_facts_with_their_days(app: Flask, ana: Entry, model: type[Base]) -> None:
    read_in(ana.runner_id, [reported("1")])
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()
    read_in(ana.runner_id, [reported("1", distance_m=11_000)])
    assert audit(app).exit_code == 0
    db.session.execute(update(model).values({"total": 10_001}))
    db.session.commit()
    result = audit(app)
    assert result.exit_code == 1
    assert "10001" in result.output and "the days say" in result.output


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_the_audit_passes_every_ready_challenge_and_names_what_is_wrong_in_it(
    app: Flask, ana: Entry, preset: Preset
) -> None:
    challenge = db.session.get_one(Challenge, ana.challenge_id)
    challenge.rules, challenge.shown_rules = preset.rules, None
    ana.target, ana.baseline, ana.baseline_own = 100_000, 20_000, True
    db.session.commit()
    read_in(ana.runner_id, [reported("1", climb_m=120), reported("2", distance_m=10_300)])
    assert audit(app).exit_code == 0, audit(app).output
    begin_write()
    db.session.execute(update(Standing).values(total=Standing.total + 1))
    db.session.commit()
    assert audit(app).exit_code == 1


@pytest.mark.parametrize("model", [Overtake, Passed, RoadTally])
def test_the_audit_names_overtakes_and_tallies_that_do_not_follow_from_the_days(app: Flask, model: type[Base]) -> None:
    # More than a page of the board, which alone has tallies.
    made = make_board([f"Runner {number:02}" for number in range(PAGE + 1)])
    set_total(made, {made.entries[0]: 4000, made.entries[1]: 5000}, day=date(2026, 11, 3))
    set_total(made, {made.entries[0]: 4000}, day=date(2026, 11, 4))
    publish_board(made)
    derive_overtakes(made)
    assert "chases of" not in audit(app).output
    db.session.execute(model.__table__.delete())  # type: ignore[attr-defined]  # a Table
    db.session.commit()
    assert f"chases of challenge {made.challenge.id}: " in audit(app).output
    # Nothing is said of what is still to be derived.
    db.session.execute(update(Challenge).values(overtakes_from=made.challenge.starts_on))
    db.session.commit()
    assert "chases of" not in audit(app).output
