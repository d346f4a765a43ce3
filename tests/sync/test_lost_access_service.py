"""Runners who have left, and runners who only seem to: Strava refuses tokens, and no event says why."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.strava.errors import GrantRefused
from integrations.strava.types import PushEvent
from jobs.accounts import erase_sweep
from tests.support.boards import on_the_board
from tests.support.browser import Browser, words
from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_member, make_runner
from tests.support.servers import free_port
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, connection_of, due, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.leaderboards.service import publish
from webapp.models.accounts import Runner
from webapp.models.sync import RefusalOutage
from webapp.models.words import ConnectionState
from webapp.scoring.service import rederive
from webapp.sync import lost_access_service, service
from webapp.sync.lost_access_service import Outcome
from webapp.sync.runner_sync_service import sync_runner
from webapp.sync.token_service import ManyRefused

HOUR = timedelta(hours=1)


@pytest.fixture
def club(app: Flask, clock: Clock) -> list[int]:
    """Ten runners on one board, each connected."""
    group = make_group()
    challenge = make_challenge(group)
    runners = [make_runner(f"Runner {chr(65 + number)}") for number in range(10)]
    for runner in runners:
        make_member(group, runner)
        make_entry(challenge, runner)
        make_connection(runner)
    begin_write()
    for runner in runners:
        rederive(runner.id, None, clock.now())
    publish(challenge.id, clock.today("UTC"))
    db.session.commit()
    return [runner.id for runner in runners]


@pytest.fixture
def lost_events(simulator: Simulator) -> Iterator[None]:
    simulator.faults(events_lost=1.0)
    yield
    simulator.faults(events_lost=0.0)


def refuse(runner_id: int, now: datetime) -> Outcome:
    return lost_access_service.record_refusal(runner_id, connection_of(runner_id).refresh_token, now)


def states(runner_ids: list[int]) -> list[str]:
    return [connection_of(runner_id).state for runner_id in runner_ids]


@pytest.mark.usefixtures("lost_events")
def test_a_runner_who_leaves_while_the_event_is_lost_is_hidden_at_the_next_read_and_erased_in_a_week(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    group = make_group()
    challenge = make_challenge(group)
    make_member(group, db.session.get_one(Runner, runner_id))
    make_entry(challenge, db.session.get_one(Runner, runner_id))
    sync_runner(runner_id, clock)
    assert process_jobs(app) == []
    assert on_the_board() == {runner_id}
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    clock.set(now=clock.now() + timedelta(hours=47))
    with pytest.raises(GrantRefused):
        sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert connection.state == "deauthorised" and connection.ended_at
    assert "hidden" in (connection.problem or "") and "7 days" in (connection.problem or "")
    assert on_the_board() == set()
    assert stored(runner_id), "nothing is erased yet"
    clock.set(now=clock.now() + timedelta(days=7))
    erase_sweep()
    assert process_jobs(app) == []
    db.session.rollback()
    assert db.session.get(Runner, runner_id) is None
    simulator.faults(events_lost=0.0)
    browser = Browser(app)
    browser.connect(simulator, athlete_id)
    assert "was erased, as announced" in words(browser.get("/home"))


@pytest.fixture
def hidden(simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int) -> Iterator[int]:
    """A runner on a board whose token Strava refused a week ago, though the grant is alive."""
    runner_id = connect(athlete_id)
    group = make_group()
    make_member(group, db.session.get_one(Runner, runner_id))
    make_entry(make_challenge(group), db.session.get_one(Runner, runner_id))
    sync_runner(runner_id, clock)
    simulator.faults(refuse_refresh=1.0)
    clock.set(now=clock.now() + timedelta(hours=47))
    with pytest.raises(GrantRefused):
        sync_runner(runner_id, clock)
    clock.set(now=clock.now() + timedelta(days=7, minutes=1))
    yield runner_id
    simulator.faults(refuse_refresh=0.0)


def sweep(app: Flask) -> set[int]:
    """Erase whom the hourly sweep finds; return who is left."""
    erase_sweep()
    assert process_jobs(app) == []
    db.session.rollback()
    return set(db.session.scalars(select(Runner.id)))


def test_a_runner_whose_token_is_renewed_when_the_week_is_over_is_shown_again_and_not_erased(
    app: Flask, simulator: Simulator, hidden: int
) -> None:
    simulator.faults(refuse_refresh=0.0)
    assert sweep(app) == {hidden}
    connection = connection_of(hidden)
    assert (connection.state, connection.ended_at, connection.problem) == ("connected", None, None)
    assert on_the_board() == {hidden}


def test_a_runner_whose_token_is_refused_once_more_is_erased(app: Flask, hidden: int) -> None:
    assert sweep(app) == set()


def test_while_strava_does_not_answer_a_runner_is_not_erased_for_two_days_more(
    app: Flask, clock: Clock, hidden: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    astray = app.extensions["settings"].model_copy(update={"strava_oauth_base": nowhere})
    monkeypatch.setitem(app.extensions, "settings", astray)
    assert sweep(app) == {hidden}
    assert connection_of(hidden).state == "deauthorised"
    clock.set(now=clock.now() + timedelta(days=2))
    assert sweep(app) == set()


@pytest.mark.both_databases
def test_a_refusal_in_an_outage_erases_nobody(app: Flask, clock: Clock, hidden: int) -> None:
    db.session.add(RefusalOutage(began_at=clock.now()))
    db.session.commit()
    assert sweep(app) == {hidden}
    clock.set(now=clock.now() + timedelta(days=2))
    assert sweep(app) == set()


def test_refusals_of_many_within_an_hour_hide_nobody_and_bring_back_who_was_hidden_before(
    app: Flask, club: list[int], clock: Clock
) -> None:
    now = clock.now()
    assert [refuse(runner, now) for runner in club[:4]] == [Outcome.ENDED] * 4
    assert on_the_board() == set(club[4:])
    later = now + timedelta(minutes=50)
    assert refuse(club[4], later) is Outcome.OUTAGE
    assert states(club) == ["connected"] * 10
    for runner in club[:5]:
        connection = connection_of(runner)
        assert (connection.ended_at, connection.rest_until) == (None, later + HOUR)
        assert "every hour" in (connection.problem or "")
    assert process_jobs(app) == []
    assert on_the_board() == set(club)


def test_four_refusals_and_one_an_hour_later_are_five_who_have_left(club: list[int], clock: Clock) -> None:
    now = clock.now()
    for runner in club[:4]:
        refuse(runner, now)
    assert refuse(club[4], now + HOUR) is Outcome.ENDED
    assert states(club[:5]) == ["deauthorised"] * 5


def test_five_refused_of_fifty_tried_have_left(club: list[int], clock: Clock) -> None:
    now = clock.now()
    for _ in range(45):
        make_connection(make_runner(), refresh_tried_at=now)
    assert [refuse(runner, now) for runner in club[:5]] == [Outcome.ENDED] * 5
    assert refuse(club[5], now) is Outcome.OUTAGE, "six of 51 are more than a tenth"


def test_in_an_outage_each_is_tried_hourly_for_two_days_and_then_counts_on_its_own(
    club: list[int], clock: Clock
) -> None:
    now = clock.now()
    for runner in club[:6]:
        refuse(runner, now)
    for hours in range(1, 48):
        at = now + hours * HOUR
        assert {refuse(runner, at) for runner in club[:6]} == {Outcome.OUTAGE}
        assert connection_of(club[0]).rest_until == at + HOUR
    at = now + 48 * HOUR
    assert [refuse(runner, at) for runner in club[:6]] == [Outcome.ENDED] * 6
    assert connection_of(club[0]).ended_at == at, "the seven days begin then"
    assert lost_access_service.open_outage(at) is None


def test_an_outage_that_workers_slept_through_for_a_day_still_hides_nobody(club: list[int], clock: Clock) -> None:
    for runner in club[:6]:
        refuse(runner, clock.now())
    assert refuse(club[0], clock.now() + 24 * HOUR) is Outcome.OUTAGE


@pytest.mark.both_databases
def test_an_outage_is_over_when_tokens_are_renewed_again_and_who_is_still_refused_has_left(
    club: list[int], clock: Clock
) -> None:
    now = clock.now()
    for runner in club[:6]:
        refuse(runner, now)
    at = now + HOUR
    for runner in club[:2]:
        connection_of(runner).refused_at = None
        db.session.commit()
        lost_access_service.record_success(runner, at)
    outage = db.session.scalars(select(RefusalOutage)).one()
    assert outage.over_at == at
    assert refuse(club[5], at) is Outcome.ENDED
    assert states(club[:6]) == ["connected"] * 5 + ["deauthorised"]


def test_refusals_that_come_at_once_are_all_counted(app: Flask, club: list[int], clock: Clock) -> None:
    now = clock.now()

    def refused(runner_id: int) -> Outcome:
        with app.app_context():
            try:
                return lost_access_service.record_refusal(runner_id, "sealed", now)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as strava:
        outcomes = list(strava.map(refused, club[:8]))
    assert outcomes.count(Outcome.ENDED) == 4, "those before the fifth"
    assert states(club) == ["connected"] * 10


def test_a_living_grant_refused_in_an_outage_is_read_again_when_that_is_over(
    app: Flask, club: list[int], simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    for runner in club[:6]:
        refuse(runner, clock.now())
    simulator.faults(refuse_refresh=1.0)
    connection_of(runner_id).expires_at = clock.now()
    db.session.commit()
    with pytest.raises(ManyRefused):
        sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert (connection.state, connection.failures, connection.syncing_until) == ("connected", 0, None)
    assert runner_id not in due(clock)
    simulator.faults(refuse_refresh=0.0)
    clock.set(now=clock.now() + HOUR + timedelta(seconds=1))
    assert runner_id in due(clock)
    sync_runner(runner_id, clock)
    assert stored(runner_id)
    connection = connection_of(runner_id)
    assert (connection.refused_at, connection.problem) == (None, None)


def test_an_ending_that_an_event_announces_is_believed_in_an_outage_too(
    club: list[int], simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id)
    for runner in club[:6]:
        refuse(runner, clock.now())
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    announce(athlete_id, clock)
    sync_runner(runner_id, clock)
    connection = connection_of(runner_id)
    assert (connection.state, connection.refused_at) == ("deauthorised", None)


def test_an_ending_announced_after_the_refusal_is_no_part_of_an_outage(club: list[int], clock: Clock) -> None:
    refuse(club[0], clock.now())
    announce(connection_of(club[0]).athlete_id, clock)
    for runner in club[1:6]:
        refuse(runner, clock.now())
    assert states(club[:6]) == ["deauthorised"] + ["connected"] * 5


def announce(athlete_id: int, clock: Clock) -> None:
    ended = PushEvent("athlete", athlete_id, "update", athlete_id, 1, clock.now(), {"authorized": "false"})
    begin_write()
    service.store_event(ended, clock.now())
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.usefixtures("lost_events")
def test_a_grant_that_nothing_is_read_with_is_tried_every_day_and_its_end_is_found(
    simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int
) -> None:
    runner_id = connect(athlete_id, ("read",))
    connection_of(runner_id).state = ConnectionState.NEEDS_RECONNECT
    db.session.commit()
    assert due(clock) == {runner_id: "end"}
    sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "needs_reconnect", "a missing scope is no refusal"
    assert due(clock) == {}
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    clock.set(now=clock.now() + timedelta(hours=24))
    assert due(clock) == {runner_id: "end"}
    with pytest.raises(GrantRefused):
        sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "deauthorised"
    assert not [name for name in requests_of(simulator) if name.startswith("api ")], "that spends no read"
