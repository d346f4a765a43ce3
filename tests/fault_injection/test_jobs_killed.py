"""Any other job is killed, at any point: the rounds find what is left to do, and all is as if nothing had happened."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from flask import Flask

from integrations.strava.types import ActivityRow, PushEvent
from tests.fault_injection.fork_server import ForkServer
from tests.fault_injection.states import end_state, go_on, photo, put_back
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.derived import read_in
from tests.support.runs import reported
from tests.support.simulator import Simulator
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect, set_connection
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.rule_changes import service as rule_changes
from webapp.rulebook.ruleset import RuleSet
from webapp.sync import rules, service, token_service

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
SIGKILL = 9
# One kill for this many steps (commits, words to Redis); KILL_EVERY=1 kills at each of them.
STEP = int(os.environ.get("KILL_EVERY", "5"))

Due = tuple[Job, int]


def a_run(number: int, month: int, day: int, further: int = 0) -> ActivityRow:
    start = datetime(2026, month, day, 7, tzinfo=UTC)
    return reported(str(number), local_date=start.date(), start_utc=start, distance_m=3_000 + further)


class Setting:
    """A challenge of two whose runs have come in, and the ways in which a job of each kind comes to be due."""

    def __init__(self, app: Flask, clock: Clock, simulator: Simulator, connect: Connect, athlete_id: int) -> None:
        self.app, self.clock, self.simulator, self.athlete_id = app, clock, simulator, athlete_id
        self.runner_id = connect(athlete_id, watched=False)
        # Read a moment ago, so that no round reads them now.
        set_connection(
            last_full_resync_at=clock.now(),
            next_full_resync_at=clock.now() + timedelta(days=60),
            read_from=date(2025, 1, 1),
        )
        self.group, rival = make_group(), make_runner("Rita Rival")
        self.members = [db.session.get_one(Runner, self.runner_id), rival]
        for member in self.members:
            make_member(self.group, member)
        self.challenge = self._challenge()
        for number, member in enumerate(self.members):
            make_entry(self.challenge, member, self.challenge.teams[number])
            read_in(member.id)
            read_in(member.id, [a_run(10 * day + number, 11, day, 900 * number * (day % 3)) for day in range(3, 11)])

    def publish(self) -> Due:
        return Job.PUBLISH_BOARD, self.challenge.id

    def derive_overtakes(self) -> Due:
        go_on(self.app)
        begin_write()
        db.session.get_one(Challenge, self.challenge.id).overtakes_from = date(2026, 11, 1)
        db.session.commit()
        return Job.DERIVE_OVERTAKES, self.challenge.id

    def rederive_challenge(self) -> Due:
        go_on(self.app)
        fresh = self._challenge(name="Another", created_at=self.clock.now())
        for member in self.members:
            make_entry(fresh, member)
        return Job.REDERIVE_CHALLENGE, fresh.id

    def change_rules(self) -> Due:
        go_on(self.app)
        begin_write()
        challenge = db.session.get_one(Challenge, self.challenge.id)
        capped = RuleSet(shape="daily_cap", params={"cap": 3_500}, team_score="average")
        rule_changes.change_rules(challenge, capped, "Fairer", self.runner_id, self.clock.now())
        db.session.commit()
        return Job.CHANGE_RULES, self.challenge.id

    def confirm_end(self) -> Due:
        go_on(self.app)
        self.simulator.control("POST", f"athletes/{self.athlete_id}/deauthorize")
        ended = {"authorized": "false"}
        begin_write()
        event = PushEvent("athlete", self.athlete_id, "update", self.athlete_id, 1, self.clock.now(), ended)
        assert service.store_event(event, self.clock.now()) == self.runner_id
        db.session.commit()
        return Job.CHECK_ENDED_CONNECTION, self.runner_id

    def erase(self) -> Due:
        go_on(self.app)
        self.simulator.control("POST", f"athletes/{self.athlete_id}/deauthorize")
        begin_write()
        service.end_connection(self.runner_id, self.clock.now() - timedelta(days=8))
        db.session.commit()
        return Job.ERASE_RUNNER, self.runner_id

    def close(self) -> Due:
        go_on(self.app)
        closing = datetime(2026, 12, 2, 12, tzinfo=UTC)
        self.clock.set(now=closing - timedelta(hours=1))
        # Strava has forgotten a refresh token once it was used, so none may be used after the photo is taken.
        token_service.access_token(self.runner_id, self.clock)
        set_connection(last_full_resync_at=self.clock.now())
        go_on(self.app)
        self.clock.set(now=closing + timedelta(minutes=1))
        return Job.CLOSE_CHALLENGE, self.challenge.id

    def purge(self) -> Due:
        read_in(self.runner_id, [a_run(700 + day, 10, day) for day in range(1, 9)])
        return Job.PURGE_ACTIVITIES, 0

    def _challenge(self, **values: object) -> Challenge:
        return make_challenge(self.group, teams=("Foxes", "Owls"), **values)


@pytest.fixture
def setting(app: Flask, clock: Clock, simulator: Simulator, connect: Connect, athlete_id: int) -> Setting:
    clock.set(now=NOON)
    return Setting(app, clock, simulator, connect, athlete_id)


# A sync is killed on both databases (test_sync_killed). Of the other jobs, each is killed on one of them.
@pytest.mark.parametrize("make_due", [Setting.derive_overtakes, Setting.confirm_end, Setting.erase, Setting.purge])
def test_killed_at_any_step_it_ends_as_if_nothing_had_happened(
    setting: Setting, fork_server: ForkServer, make_due: Callable[[Setting], Due]
) -> None:
    assert_it_may_be_killed_at_any_step(setting, fork_server, make_due)


@pytest.mark.only_postgresql
@pytest.mark.parametrize("make_due", [Setting.publish, Setting.rederive_challenge, Setting.change_rules, Setting.close])
def test_killed_at_any_step_on_postgresql_it_ends_as_if_nothing_had_happened(
    setting: Setting, fork_server: ForkServer, make_due: Callable[[Setting], Due]
) -> None:
    assert_it_may_be_killed_at_any_step(setting, fork_server, make_due)


def assert_it_may_be_killed_at_any_step(
    setting: Setting, fork_server: ForkServer, make_due: Callable[[Setting], Due]
) -> None:
    app, clock = setting.app, setting.clock
    job, argument = make_due(setting)
    before, to_do = photo(), end_state()
    fork_server.run(job, argument)
    assert end_state() != to_do, "there was something to do"
    go_on(app)
    wanted = end_state()
    for number in count(1, STEP):
        put_back(before)
        (ended,) = fork_server.run(job, argument, die_at=number)
        if ended.signal != SIGKILL:
            break
        pass_by(clock, seconds=max(rules.LEASE, rules.REFRESH_LEASE).total_seconds() + 1)
        go_on(app)
        for table, rows in end_state().items():
            assert rows == wanted[table], f"{table}, killed at step {number}"
    assert number > 2, "there was something to kill"
