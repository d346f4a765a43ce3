"""Putting entries into teams, and naming teams."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.challenges import NOVEMBER, SECOND, assign, create, stints_of
from webapp.db import db
from webapp.models.challenges import Entry
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import Stint
from webapp.teams import service as teams_service
from webapp.teams.service import ChallengeOver

pytestmark = pytest.mark.both_databases


def test_teams_stay_once_the_days_are_run(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry)).one()
    with pytest.raises(ChallengeOver):
        assign(challenge, {entry.id: challenge.teams[1].id}, date(2026, 12, 1))
    db.session.rollback()


def test_a_move_before_the_start_replaces_and_a_later_one_begins_today(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    entry = db.session.scalars(select(Entry)).one()
    assert assign(challenge, {entry.id: blue}, date(2026, 10, 25)) == {entry.id}
    assert stints_of(entry) == [Stint(blue, challenge.starts_on, None)]
    assert assign(challenge, {entry.id: red}, date(2026, 11, 10)) == {entry.id}
    assert stints_of(entry) == [
        Stint(blue, challenge.starts_on, date(2026, 11, 9)),
        Stint(red, date(2026, 11, 10), None),
    ]
    assert assign(challenge, {entry.id: red}, date(2026, 11, 11)) == set()
    assert assign(challenge, {entry.id: None}, date(2026, 11, 12)) == {entry.id}
    assert stints_of(entry)[-1] == Stint(red, date(2026, 11, 10), date(2026, 11, 11))


def test_a_move_marks_even_an_entry_without_runs_for_the_board(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry)).one()
    assign(challenge, {entry.id: challenge.teams[1].id}, date(2026, 11, 10))
    standing = db.session.get_one(Standing, entry.id)
    standing.dirty_from = None
    db.session.commit()
    assign(challenge, {entry.id: challenge.teams[0].id}, date(2026, 11, 12))
    assert db.session.get_one(Standing, entry.id, populate_existing=True).dirty_from is not None


def test_teams_and_entries_of_other_challenges_are_passed_over(app: Flask) -> None:
    group = make_group()
    runner = make_runner()
    make_member(group, runner)
    challenge, other = create(group, NOVEMBER, "named", ["Red"]), create(group, SECOND, "named", ["Blue"])
    entries = db.session.scalars(select(Entry).order_by(Entry.id)).all()
    assert assign(challenge, {entries[0].id: other.teams[0].id}, date(2026, 11, 5)) == set()
    assert assign(challenge, {entries[1].id: None}, date(2026, 11, 5)) == set()
    assert len(stints_of(entries[1])) == 1


def test_two_teams_may_swap_their_names(app: Flask) -> None:
    challenge = create(make_group(), mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    teams_service.rename_teams(challenge, {red: "Blue", blue: "Red"}, NOON)
    db.session.commit()
    assert [team.name for team in challenge.teams] == ["Blue", "Red"]
    assert challenge.version == 1
