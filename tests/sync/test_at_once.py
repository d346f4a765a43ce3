"""Everything at the same time: syncs, events, sign-ins and publishing end in the same state, and nobody is stuck."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.errors import GrantRefused, TokenRefused, Unavailable
from integrations.strava.types import AthleteSummary, PushEvent
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.simulator import Simulator
from tests.support.strava import granted, listed
from tests.sync.conftest import Connect, connection_of, stored
from webapp.accounts.service import connect as connect_athlete
from webapp.auth.rules import SCOPES
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.leaderboards.service import publish
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.sync import service
from webapp.sync.runner_sync_service import sync_runner

pytestmark = pytest.mark.both_databases

ROUNDS = 3


def test_syncs_events_sign_ins_and_publishing_do_not_stand_in_each_others_way(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect
) -> None:
    athletes = [int(who["id"]) for who in simulator.athletes()]
    runners = {athlete: connect(athlete) for athlete in athletes}
    group, today = make_group(), clock.today("UTC")
    challenge_id = make_challenge(group, starts_on=today.replace(day=1), ends_on=today).id
    for runner_id in runners.values():
        runner = db.session.get_one(Runner, runner_id)
        make_member(group, runner)
        make_entry(db.session.get_one(Challenge, challenge_id), runner)
    db.session.remove()

    def read(athlete: int) -> None:
        try:
            sync_runner(runners[athlete], clock)
        except (Unavailable, GrantRefused, TokenRefused):
            """Connecting again kills the older tokens a moment before the new ones are saved."""

    def tell(athlete: int) -> None:
        begin_write()
        service.store_event(PushEvent("activity", 5, "delete", athlete, 1, clock.now(), {}), clock.now())
        service.request_resync(runners[athlete], clock.now())
        db.session.commit()

    def come_again(athlete: int) -> None:
        grant = granted(simulator, athlete)
        begin_write()
        connect_athlete(AthleteSummary(athlete, f"Again {athlete}"), grant, SCOPES, None, clock.now())
        db.session.commit()

    def show(_athlete: int) -> None:
        begin_write()
        publish(challenge_id, today)
        db.session.commit()

    def act(step: int) -> None:
        with app.app_context():
            (read, tell, read, come_again, show)[step % 5](athletes[step % len(athletes)])
            db.session.remove()

    with ThreadPoolExecutor(5) as crowd:
        list(crowd.map(act, range(ROUNDS * 5 * len(athletes))))
    for athlete, runner_id in runners.items():
        tell(athlete)
        come_again(athlete)
        sync_runner(runner_id, clock)
        assert stored(runner_id) == {str(row["id"]) for row in listed(simulator, athlete)}
        assert connection_of(runner_id).syncing_until is None
    assert db.session.scalar(select(Challenge.id)) == challenge_id
