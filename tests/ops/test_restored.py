"""A restored backup shows no runner who was erased, and none whom Strava does not confirm."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.accounts import erase_sweep
from ops.preflight import StartRefused
from ops.restored import finish_restore, mark_of, marked
from tests.support.boards import on_the_board
from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs
from tests.sync.conftest import Connect, connection_of, due
from webapp import erasure_log
from webapp.accounts import service
from webapp.auth.rules import digest_of_erased
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.extensions import settings
from webapp.models.accounts import Runner
from webapp.models.results import Result
from webapp.models.words import ConnectionState
from webapp.seats.queries import seats_taken
from webapp.sync.runner_sync_service import sync_runner
from webapp.sync.token_refusal_rules import RESTORED_WORDS


@pytest.fixture(autouse=True)
def _no_list(app: Flask) -> Iterator[None]:
    yield
    for path in (settings().erased_file, mark_of(settings())):
        path.unlink(missing_ok=True)


@pytest.fixture
def runners(app: Flask, simulator: Simulator, clock: Clock, connect: Connect) -> list[int]:
    """Three runners on a board, read from Strava."""
    group = make_group()
    challenge = make_challenge(group)
    ids = [connect(int(who["id"])) for who in simulator.athletes()[:3]]
    for runner_id in ids:
        runner = db.session.get_one(Runner, runner_id)
        make_member(group, runner)
        make_entry(challenge, runner)
        sync_runner(runner_id, clock)
    assert process_jobs(app) == []
    return ids


def restore(app: Flask) -> None:
    """Do what follows when a database was put in the place of another one."""
    with marked(settings()):
        pass
    finish_restore(settings())


def test_a_runner_who_was_erased_after_the_backup_is_erased_again(
    app: Flask,
    runners: list[int],
    clock: Clock,
) -> None:
    gone = connection_of(runners[0])
    digest = digest_of_erased(gone.athlete_id, settings().secret_key)
    erasure_log.record(settings().erased_file, digest, clock.now())
    restore(app)
    assert set(db.session.scalars(select(Runner.id))) == set(runners[1:])
    assert db.session.scalars(select(Result.runner_id)).all() == []


def test_erasing_puts_an_athlete_on_the_list_and_coming_back_outdoes_it(
    app: Flask,
    simulator: Simulator,
    runners: list[int],
    clock: Clock,
) -> None:
    athlete_id = connection_of(runners[0]).athlete_id
    begin_write()
    service.erase_runner(runners[0], clock.now())
    db.session.commit()
    listed = settings().erased_file.read_text()
    assert str(athlete_id) not in listed and len(erasure_log.read(settings().erased_file)) == 1
    assert settings().erased_file.stat().st_mode & 0o777 == 0o600
    clock.set(now=clock.now() + timedelta(minutes=1))
    Browser(app).connect(simulator, athlete_id)
    finish_restore(settings())
    assert len(db.session.scalars(select(Runner.id)).all()) == 3


def test_a_restored_runner_is_shown_when_strava_has_confirmed_the_connection(
    app: Flask,
    simulator: Simulator,
    runners: list[int],
    clock: Clock,
) -> None:
    restore(app)
    assert on_the_board() == set()
    assert seats_taken() == 3, "they keep their seats"
    browser = signed_in(app, db.session.get_one(Runner, runners[0]))
    assert RESTORED_WORDS in words(browser.get("/account"))
    assert set(due(clock).values()) == {"end"}
    simulator.control("DELETE", "counters")
    for runner_id in runners:
        sync_runner(runner_id, clock)
    assert process_jobs(app) == []
    assert on_the_board() == set(runners)
    assert {connection_of(runner_id).state for runner_id in runners} == {"connected"}


def test_a_restored_runner_whom_strava_refuses_stays_hidden_is_asked_and_erased_a_week_later(
    app: Flask,
    simulator: Simulator,
    runners: list[int],
    clock: Clock,
) -> None:
    restore(app)
    simulator.faults(refuse_refresh=1.0)
    process_jobs(app)
    for runner_id in runners:
        if connection_of(runner_id).ended_at is None:
            with pytest.raises(Exception, match="dead"):
                sync_runner(runner_id, clock)
    assert on_the_board() == set()
    connection = connection_of(runners[0])
    assert connection.state == "deauthorised" and connection.refused_at is None
    assert "Connect again within 7 days" in (connection.problem or "")
    assert due(clock) == {}
    simulator.faults(refuse_refresh=0.0)
    Browser(app).connect(simulator, connection_of(runners[1]).athlete_id)
    for runner_id in (runners[0], runners[2]):
        simulator.control("POST", f"athletes/{connection_of(runner_id).athlete_id}/deauthorize")
    clock.set(now=clock.now() + timedelta(days=7, minutes=1))
    erase_sweep()
    assert process_jobs(app) == []
    db.session.rollback()
    assert set(db.session.scalars(select(Runner.id))) == {runners[1]}
    assert on_the_board() == {runners[1]}


def test_a_connection_that_had_ended_before_the_backup_comes_by_no_seat(
    app: Flask,
    runners: list[int],
    clock: Clock,
) -> None:
    ended = connection_of(runners[0])
    ended.state, ended.ended_at = ConnectionState.DEAUTHORISED, clock.now()
    db.session.commit()
    restore(app)
    assert connection_of(runners[0]).restored_at is None
    assert seats_taken() == 2


def test_a_restore_ends_every_session(app: Flask, runners: list[int]) -> None:
    browser = signed_in(app, db.session.get_one(Runner, runners[0]))
    assert browser.get("/account").status_code == 200
    restore(app)
    assert browser.get("/account").status_code == 302


def test_an_ordinary_start_hides_nobody(app: Flask, runners: list[int]) -> None:
    finish_restore(settings())
    assert on_the_board() == set(runners)


def test_a_restore_that_was_refused_leaves_no_mark_and_one_that_broke_off_does(app: Flask) -> None:
    with pytest.raises(StartRefused), marked(settings()):
        raise StartRefused("Nothing was changed.")
    assert not mark_of(settings()).exists()
    with pytest.raises(OSError, match="full"), marked(settings()):
        raise OSError("the disk is full")
    assert mark_of(settings()).exists()
    mark_of(settings()).unlink()
