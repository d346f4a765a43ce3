"""Runners who change teams, upload late or never run: what each of the five team scores makes of it."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.challenges import assign
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.leaderboards.service import publish
from webapp.models.challenges import Team
from webapp.models.leaderboards import TeamPlacement
from webapp.rulebook.ruleset import RuleSet, TeamScore
from webapp.scoring.service import rederive_challenge

# Red has 10 km of the 12th from one who has moved on since, uploaded late, and an idle member; Blue 10 km of its own.
EXPECTED: dict[TeamScore, tuple[int, int]] = {
    "sum": (10_000, 10_000),
    "average": (10_000, 10_000),
    "best": (10_000, 10_000),
    "median": (10_000, 10_000),
    # As many have run for Red as are in it now; of the two in Blue one ran there.
    "met": (100_000, 50_000),
}


@pytest.mark.parametrize("team_score", EXPECTED)
def test_a_late_upload_counts_for_the_team_of_its_date_and_idle_members_sink_nothing(
    app: Flask, team_score: TeamScore
) -> None:
    group = make_group()
    challenge = make_challenge(group, teams=("Red", "Blue"), rules=RuleSet(team_score=team_score))
    red, blue = challenge.teams
    moved, idle, other = (make_runner(name) for name in ("Moved", "Idle", "Other"))
    for runner in (moved, idle, other):
        make_member(group, runner)
    entry = make_entry(challenge, moved, red)
    make_entry(challenge, idle, red)
    theirs = make_entry(challenge, other, blue)
    entry.target = theirs.target = 10_000
    db.session.commit()
    assign(challenge, {entry.id: blue.id}, date(2026, 11, 15))
    for runner in (moved, other):
        begin_write()
        ingest(runner.id, [reported(f"{runner.id}")])
        db.session.commit()
    begin_write()
    rederive_challenge(challenge.id, clock().now())
    publish(challenge.id, datetime(2026, 11, 20, tzinfo=UTC).date())
    db.session.commit()
    found = select(Team.name, TeamPlacement.score, TeamPlacement.score_of).join(Team, Team.id == TeamPlacement.team_id)
    scores = {name: Fraction(score, of) for name, score, of in db.session.execute(found)}
    assert (scores["Red"], scores["Blue"]) == tuple(map(Fraction, EXPECTED[team_score]))
