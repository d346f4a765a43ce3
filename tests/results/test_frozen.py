"""Frozen is frozen: whatever happens later, the table stays, but for who leaves it."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.boards import make_board, publish
from tests.support.builders import invite_of, make_connection, make_runner
from tests.support.cast import run_jobs
from tests.support.derived import read_in
from tests.support.finals import DECEMBER, board_json, freeze, leaves
from tests.support.runs import reported
from webapp import queue
from webapp.challenge_admin import service as challenges
from webapp.db import begin_write, db
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards import service as boards
from webapp.memberships.consent_service import change_consent
from webapp.memberships.service import ShownAs, join
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.models.reviews import Review
from webapp.models.words import ConsentLevel
from webapp.names import NameStyle
from webapp.privacy.switch_rules import COUNT_PRIVATE
from webapp.results import queries
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive, rederive_challenge
from webapp.teams import service as teams

FIRST = date(2026, 11, 1)
STEPS = 40


class Later:
    """What happens after a challenge was frozen, by seeded dice."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.dice = app, Random(seed)
        clock().set(now=DECEMBER)
        self.made = make_board(["Ana Ruiz", "Ben Ode", "Cy Sol", "Dora Lang"], teams=["Reds", "Blues"])
        for runner in self.made.runners:
            make_connection(db.session.get_one(Runner, runner))
            read_in(runner, [self._run(f"{runner}-{n}") for n in range(self.dice.randrange(4))])
        begin_write()
        rederive_challenge(self.made.challenge.id, clock().now())
        db.session.commit()
        publish(self.made, date(2026, 12, 2))
        freeze(self.made)

    def _run(self, source_id: str) -> Any:
        day = FIRST + timedelta(days=self.dice.randrange(30))
        return reported(source_id, local_date=day, distance_m=self.dice.randrange(1000, 20_000), moving_s=6000)

    def happens(self) -> str:
        runner = self.dice.choice(self.made.runners)
        action = self.dice.choice(
            [
                self.upload,
                self.edit,
                self.delete,
                self.override,
                self.new_rules,
                self.move,
                self.hide_and_show,
                self.mind,
            ]
        )
        begin_write()
        action(runner)
        db.session.commit()
        return action.__name__

    def upload(self, runner: int) -> None:
        read_in(runner, [self._run(f"{runner}-late-{self.dice.random()}")])

    def edit(self, runner: int) -> None:
        mine = db.session.scalars(select(Activity.source_id).where(Activity.runner_id == runner)).all()
        read_in(runner, [self._run(source_id) for source_id in mine[:1]])

    def delete(self, runner: int) -> None:
        mine = db.session.scalars(select(Activity.source_id).where(Activity.runner_id == runner)).all()
        read_in(runner, gone=tuple(mine[:1]))

    def override(self, runner: int) -> None:
        decided = select(Review.source_id).where(Review.runner_id == runner)
        undecided = select(Activity).where(Activity.runner_id == runner, Activity.source_id.not_in(decided))
        run = db.session.scalars(undecided).first()
        if run is not None:
            ids = {"challenge_id": self.made.challenge.id, "runner_id": runner, "source": "strava"}
            facts = {"local_date": run.local_date, "distance_m": run.distance_m, "moving_s": run.moving_s}
            said = {"verdict": "counts", "asked_at": DECEMBER, "decision": "leave_out"}
            db.session.add(Review(**ids, source_id=run.source_id, **facts, **said))
        rederive(runner, None, clock().now())

    def new_rules(self, runner: int) -> None:
        challenge = db.session.get_one(Challenge, self.made.challenge.id)
        db.session.execute(update(Challenge).values(rules=RuleSet(measure="runs")))
        rederive(runner, None, clock().now())
        with pytest.raises(Problem):
            challenges.change_challenge(challenge, "Another one", 48, DECEMBER)

    def move(self, runner: int) -> None:
        challenge = db.session.get_one(Challenge, self.made.challenge.id)
        with pytest.raises(Problem):
            teams.assign_teams(challenge, dict.fromkeys(self.made.entries), date(2026, 11, 30), DECEMBER)

    def hide_and_show(self, runner: int) -> None:
        boards.hide_runner(runner)
        boards.show_runner(runner)

    def mind(self, runner: int) -> None:
        counts = {COUNT_PRIVATE: self.dice.random() < 0.5}
        change_consent(self.made.group.id, runner, ConsentLevel.TOTALS, counts, DECEMBER)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_happens_later_changes_the_table(app: Flask, seed: int) -> None:
    later = Later(app, seed)
    whole = (queries.places_of(later.made.challenge.id), queries.team_places_of(later.made.challenge.id))
    seal, page = _seal(), {**board_json(app, later.made), "as_of": None}
    assert any(place.total for place in whole[0])
    for step in range(STEPS):
        action = later.happens()
        if step % 8 == 7:
            queue.enqueue(Job.ROLL_OVER_DAYS)
            queue.enqueue(Job.CLOSE_SWEEP)
            run_jobs(app)
        places, teams = queries.places_of(later.made.challenge.id), queries.team_places_of(later.made.challenge.id)
        assert (places, teams, _seal()) == (*whole, seal), action
    assert {**board_json(app, later.made), "as_of": None} == page
    assert list(queries.differences(later.made.challenge.id)) == []


def _seal() -> str | None:
    return db.session.scalar(select(Challenge.checksum))


def test_one_who_joins_later_comes_into_no_final_table(app: Flask) -> None:
    later = Later(app, 9)
    before = queries.places_of(later.made.challenge.id)
    begin_write()
    joined = join(invite_of(later.made.group), make_runner("Eve Ito"), ShownAs(NameStyle.FULL), DECEMBER)
    db.session.commit()
    assert joined
    assert queries.places_of(later.made.challenge.id) == before


def test_a_member_who_leaves_and_comes_back_does_not_take_the_old_place(app: Flask) -> None:
    later = Later(app, 9)
    leaves(later.made, 1)
    run_jobs(app)
    before = queries.places_of(later.made.challenge.id)
    ben = db.session.get_one(Runner, later.made.runners[1])
    begin_write()
    join(invite_of(later.made.group), ben, ShownAs(NameStyle.FULL), DECEMBER)
    db.session.commit()
    read_in(ben.id, [reported("new", distance_m=12_000)])
    run_jobs(app)
    assert db.session.scalar(select(Consent.withdrawn_at).where(Consent.runner_id == ben.id)) is None
    assert queries.places_of(later.made.challenge.id) == before
    assert ben.id not in {place.runner_id for place in before}
