"""Starting, changing and deleting challenges."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.challenges import MARCH, NOVEMBER, SECOND, create, members_of_teams, ran
from webapp.challenge_admin import service
from webapp.challenge_admin.service import ChallengeSpec
from webapp.challenges.queries import ChallengeFinished
from webapp.db import db
from webapp.entries import service as entries_service
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.teams import service as teams_service
from webapp.teams.queries import team_sizes

pytestmark = pytest.mark.both_databases

AFTER_GRACE = datetime(2026, 12, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("terms", [NOVEMBER, MARCH])
def test_every_member_is_in_past_months_too(app: Flask, terms: ChallengeSpec) -> None:
    group = make_group()
    members = [make_member(group).runner_id for _ in range(3)]
    make_member(make_group())
    challenge = create(group, terms)
    assert set(db.session.scalars(select(Entry.runner_id))) == set(members)
    assert (challenge.name, challenge.starts_on, challenge.grace_hours) == (terms.name, terms.starts_on, 24)
    assert db.session.scalar(select(func.count()).select_from(TeamStint)) == 0


def test_named_teams_are_filled_evenly_in_the_order_of_joining(app: Flask) -> None:
    group = make_group()
    a, b, c = (make_member(group).runner_id for _ in range(3))
    challenge = create(group, mode="named", names=["Red", "Blue"])
    assert members_of_teams(challenge) == {"Red": [a, c], "Blue": [b]}
    stint = db.session.scalars(select(TeamStint)).first()
    assert stint and (stint.from_date, stint.to_date) == (challenge.starts_on, None)


def test_drawn_teams_are_even_by_the_eight_weeks_before(app: Flask) -> None:
    group = make_group()
    runners = [make_member(group).runner_id for _ in range(4)]
    for runner, metres in zip(runners, (90_000, 80_000, 20_000, 10_000), strict=True):
        ran(runner, date(2026, 10, 20), metres)
    challenge = create(group, mode="drawn", names=["Red", "Blue"])
    teams = {frozenset(team) for team in members_of_teams(challenge).values()}
    assert teams == {frozenset((runners[0], runners[3])), frozenset((runners[1], runners[2]))}


def test_a_group_without_members_can_have_a_challenge_with_teams(app: Flask) -> None:
    challenge = create(make_group(), mode="drawn", names=["Red", "Blue"])
    assert [size for _, size in team_sizes(challenge.id)] == [0, 0]


def test_a_closed_challenge_refuses_everything_but_its_deletion(app: Flask) -> None:
    group = make_group()
    entry_of = make_member(group).runner_id
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry).where(Entry.runner_id == entry_of)).one()
    closed = AFTER_GRACE
    for refused in (
        lambda: entries_service.enter(challenge, make_runner().id, closed),
        lambda: service.change_challenge(challenge, "Other", 48, closed),
        lambda: teams_service.rename_teams(challenge, {challenge.teams[0].id: "X"}, closed),
        lambda: teams_service.add_team(challenge, "Green", closed),
        lambda: teams_service.assign_teams(challenge, {entry.id: None}, closed.date(), closed),
    ):
        with pytest.raises(ChallengeFinished):
            refused()
    service.delete_challenge(challenge)
    db.session.commit()
    for model in (Challenge, Team, Entry, TeamStint):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_a_changed_name_moves_the_version_so_that_pages_show_it(app: Flask) -> None:
    challenge = create(make_group())
    service.change_challenge(challenge, "Movember", 48, NOON)
    teams_service.add_team(challenge, "Red", NOON)
    db.session.commit()
    db.session.refresh(challenge)
    assert (challenge.name, challenge.grace_hours, challenge.version) == ("Movember", 48, 2)
    assert [(team.name, team.position) for team in challenge.teams] == [("Red", 0)]


def test_two_challenges_of_one_month_are_two(app: Flask) -> None:
    group = make_group()
    make_member(group)
    assert create(group).id != create(group, SECOND).id
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 2
