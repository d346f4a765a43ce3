"""Events come in: the real ones at once, the others not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq.job import Job as QueuedJob
from rq.registry import ScheduledJobRegistry
from sqlalchemy import select, text

from integrations.strava.types import AthleteSummary
from tests.conftest import make_settings
from tests.integrations.strava_simulator.wire import wait_for
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.servers import OwnRedis, StandsStill, free_port
from tests.support.simulator import Simulator
from tests.support.strava import SUBSCRIPTION, event, granted, requests_of
from tests.support.worker import process_jobs, queued
from tests.sync.acts import events_stored
from tests.sync.conftest import Connect, connection_of, due, stored
from webapp import queue
from webapp.accounts.service import connect as connect_athlete
from webapp.auth.rules import SCOPES
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.engine import IMPATIENT_MS, PATIENT_MS
from webapp.extensions import settings
from webapp.factory import create_app
from webapp.job_names import Job
from webapp.job_serializer import PlainData
from webapp.leaderboards.service import publish
from webapp.models.accounts import Runner
from webapp.models.challenges import Entry
from webapp.models.leaderboards import Placement
from webapp.models.sync import Connection, StoredEvent, Subscription
from webapp.models.words import ConnectionState
from webapp.redis import PATIENCE_S as REDIS_PATIENCE_S
from webapp.redis import connect_redis, redis_client
from webapp.scoring.service import rederive_entry
from webapp.sync import queries, service
from webapp.sync.runner_sync_service import sync_runner

STRAVAS_PATIENCE_S = 2
# Shorter than what a form waits for others who write, longer than any machine needs to say no.
NO_FORMS_PATIENCE_S = 10


@pytest.fixture
def path(app: Flask, clock: Clock) -> str:
    """The path of the webhook, with a subscription known."""
    db.session.add(Subscription(id=SUBSCRIPTION, callback_url="http://x", subscribed_at=clock.now()))
    db.session.commit()
    return f"/webhooks/strava/{settings().webhook_secret}"


@pytest.fixture
def runner_id(connect: Connect, athlete_id: int, clock: Clock) -> int:
    runner_id = connect(athlete_id)
    sync_runner(runner_id, clock)
    return runner_id


def put_off() -> list[QueuedJob]:
    """Return the jobs that were asked for with a delay."""
    redis: Redis = redis_client()
    registry: Any = ScheduledJobRegistry(queue=queue.job_queue(redis))  # type: ignore[no-untyped-call]  # RQ's
    return [job for job in QueuedJob.fetch_many(registry.get_job_ids(), redis, serializer=PlainData) if job]


def test_an_event_is_stored_and_a_round_enqueued_for_when_it_is_quiet(
    client: FlaskClient, path: str, runner_id: int, athlete_id: int
) -> None:
    for aspect in ("create", "update"):
        told = event(athlete_id, aspect_type=aspect, updates={"title": "Secret lunch"})
        assert client.post(path, json=told).status_code == 200
    assert events_stored() == 2
    assert [job.func_name for job in put_off()] == [Job.PLAN_SYNCS_AFTER_QUIET], "one round serves both"
    assert all("title" not in row.updates for row in db.session.scalars(select(StoredEvent)))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"owner_id": 999_999_999}, 200),
        ({"object_type": "segment"}, 200),
        ({"subscription_id": 6}, 404),
        ({"object_id": "77"}, 400),
        ({"owner_id": None}, 400),
        ({"event_time": "now"}, 400),
    ],
)
def test_forged_events_leave_no_row_and_spend_no_read(
    client: FlaskClient,
    simulator: Simulator,
    path: str,
    runner_id: int,
    athlete_id: int,
    changes: dict[str, Any],
    status: int,
) -> None:
    before, asked = requests_of(simulator), queued()
    assert client.post(path, json=event(athlete_id, **changes)).status_code == status
    assert events_stored() == 0
    assert queued() == asked
    assert requests_of(simulator) == before


def test_another_title_of_a_run_is_taken_as_a_hint(
    client: FlaskClient, path: str, runner_id: int, athlete_id: int
) -> None:
    told = {"object_id": int(min(stored(runner_id))), "aspect_type": "update"}
    for updates in ({"title": "Felt good"}, {"title": "Felt good", "type": "Ride"}):
        assert client.post(path, json=event(athlete_id, **told, updates=updates)).status_code == 200
    assert db.session.scalars(select(StoredEvent.small).order_by(StoredEvent.id)).all() == [True, False]
    assert len(put_off()) == 1, "one round serves both"


@pytest.mark.both_databases
def test_a_writer_is_waited_for_no_longer_than_strava_waits_and_not_at_all_by_what_is_not_taken(
    served_app: Flask, path: str, runner_id: int, athlete_id: int
) -> None:
    def posted(**changes: int) -> int:
        address = f"http://127.0.0.1:{settings().port}{path}"
        return requests.post(address, json=event(athlete_id, **changes), timeout=NO_FORMS_PATIENCE_S).status_code

    assert IMPATIENT_MS < 1000 * STRAVAS_PATIENCE_S < 1000 * NO_FORMS_PATIENCE_S < PATIENT_MS
    db.session.rollback()
    with db.engine.connect() as other, other.execution_options(sqlite_begin="IMMEDIATE").begin():
        if db.engine.dialect.name == "postgresql":
            other.execute(text("LOCK TABLE stored_event IN ACCESS EXCLUSIVE MODE"))
        assert (posted(subscription_id=6), posted(owner_id=999_999_999)) == (404, 200)
        assert (posted(), posted()) == (503, 503), "Strava tries again"
    assert (posted(), events_stored()) == (200, 1)


def test_a_wrong_secret_finds_nothing(client: FlaskClient, path: str, runner_id: int, athlete_id: int) -> None:
    for wrong in ("x", path.rsplit("/", 1)[-1][:-1] + "é", "%00"):
        assert client.post(f"/webhooks/strava/{wrong}", json=event(athlete_id)).status_code == 404
        assert client.get(f"/webhooks/strava/{wrong}?hub.mode=subscribe&hub.verify_token=x").status_code == 404
    assert events_stored() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[" * 8000, 400), (b"\xff\xfe", 400), (b" " * 9000, 413), (b"x" * 300_000, 413)],
)
def test_what_is_no_event_is_refused_cheaply(client: FlaskClient, path: str, body: bytes, status: int) -> None:
    assert client.post(path, data=body, content_type="application/json").status_code == status


def test_events_pass_without_a_csrf_token(app: Flask, path: str, runner_id: int, athlete_id: int) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert app.test_client().post(path, json=event(athlete_id)).status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_an_event_that_cannot_be_stored_is_answered_503_so_that_strava_tries_again(
    tmp_path: Path, own_redis: OwnRedis, athlete_id: int
) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    app = create_app(make_settings(tmp_path, own_redis, database_url=away))
    path = f"/webhooks/strava/{app.extensions['settings'].webhook_secret}"
    assert app.test_client().post(path, json=event(athlete_id)).status_code == 503


def test_a_redis_that_stands_still_holds_no_answer_up(
    app: Flask, client: FlaskClient, path: str, runner_id: int, athlete_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strava gives us two seconds; the event is in the database by then, and a round finds it."""
    assert REDIS_PATIENCE_S < STRAVAS_PATIENCE_S
    with StandsStill() as still:
        monkeypatch.setitem(app.extensions, "redis", connect_redis(f"redis://127.0.0.1:{still.port}"))
        for object_id in (77, 78):
            assert client.post(path, json=event(athlete_id, object_id=object_id)).status_code == 200
        assert still.callers() == 1, "it is not waited for again and again"
    assert events_stored() == 2


def test_the_handshake_echoes_the_challenge_to_who_knows_the_token(client: FlaskClient, path: str) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "c1", "hub.verify_token": settings().webhook_secret}
    answer = client.get(path, query_string=query)
    assert json.loads(answer.data) == {"hub.challenge": "c1"}
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}):
        assert client.get(path, query_string=query | wrong).status_code == 404


def test_a_run_uploaded_on_strava_comes_in_by_its_event(
    served_app: Flask, simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    cli = served_app.test_cli_runner()
    cli.invoke(args=["strava", "subscribe"])
    made = simulator.control("POST", f"athletes/{athlete_id}/activities", {})
    wait_for(lambda: simulator.control("GET", "quiet")["quiet"])
    assert events_stored() == 1
    assert sync_runner(runner_id, clock) is False
    assert str(made["id"]) in stored(runner_id)
    cli.invoke(args=["strava", "unsubscribe"])


def test_an_ended_connection_is_confirmed_then_hidden_and_nothing_is_erased(
    client: FlaskClient, simulator: Simulator, path: str, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    entry_id = on_a_board(runner_id, clock)
    before = stored(runner_id)
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    ended = event(athlete_id, object_type="athlete", object_id=athlete_id, aspect_type="update")
    client.post(path, json=ended | {"updates": {"authorized": "false"}})
    assert sync_runner(runner_id, clock) is False
    connection = connection_of(runner_id)
    assert connection.state == "deauthorised"
    assert "7 days" in (connection.problem or "")
    assert db.session.get(Placement, entry_id, populate_existing=True) is None
    assert stored(runner_id) == before
    assert not queries.pending_events(runner_id)
    client.post(path, json=event(athlete_id))
    assert events_stored() == 1, "no more events are taken for who has left"


def test_an_ending_is_taken_at_once_while_strava_refuses_reads(
    app: Flask, client: FlaskClient, simulator: Simulator, path: str, runner_id: int, athlete_id: int
) -> None:
    simulator.faults(rate_429=1.0)
    client.post(path, json=event(athlete_id))
    process_jobs(app, delayed=False)
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    ended = event(athlete_id, object_type="athlete", object_id=athlete_id, aspect_type="update")
    client.post(path, json=ended | {"updates": {"authorized": "false"}})
    process_jobs(app, delayed=False)
    assert connection_of(runner_id).state == "deauthorised"


def test_a_forged_ending_is_not_believed(
    client: FlaskClient, path: str, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    entry_id = on_a_board(runner_id, clock)
    ended = event(athlete_id, object_type="athlete", object_id=athlete_id, aspect_type="update")
    client.post(path, json=ended | {"updates": {"authorized": "false"}})
    sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "connected"
    assert db.session.get(Placement, entry_id)


def test_an_ending_is_confirmed_also_after_the_token_was_refused(
    client: FlaskClient, simulator: Simulator, path: str, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    simulator.control("POST", f"athletes/{athlete_id}/deauthorize")
    db.session.get_one(Connection, runner_id).state = ConnectionState.NEEDS_RECONNECT
    db.session.commit()
    ended = event(athlete_id, object_type="athlete", object_id=athlete_id, aspect_type="update")
    client.post(path, json=ended | {"updates": {"authorized": "false"}})
    assert due(clock) == {runner_id: "end"}
    sync_runner(runner_id, clock)
    assert connection_of(runner_id).state == "deauthorised"


@pytest.mark.both_databases
def test_an_ending_that_comes_after_the_refusal_is_told_from_an_outage(
    client: FlaskClient, path: str, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    begin_write()
    service.end_connection(runner_id, clock.now(), refused_at=clock.now())
    db.session.commit()
    ended = event(athlete_id, object_type="athlete", object_id=athlete_id, aspect_type="update")
    assert client.post(path, json=ended | {"updates": {"authorized": "false"}}).status_code == 200
    connection = connection_of(runner_id)
    assert (connection.state, connection.refused_at) == ("deauthorised", None)
    assert events_stored() == 0


def test_someone_who_comes_back_stands_on_the_board_again(
    simulator: Simulator, clock: Clock, runner_id: int, athlete_id: int
) -> None:
    entry_id = on_a_board(runner_id, clock)
    begin_write()
    service.end_connection(runner_id, clock.now())
    db.session.commit()
    assert db.session.get(Placement, entry_id, populate_existing=True) is None
    grant = granted(simulator, athlete_id)
    begin_write()
    connect_athlete(AthleteSummary(athlete_id, "Ana Ruiz"), grant, SCOPES, None, clock.now())
    db.session.commit()
    sync_runner(runner_id, clock)
    begin_write()
    publish(db.session.scalars(select(Entry.challenge_id)).one(), clock.today("UTC"))
    db.session.commit()
    assert db.session.get(Placement, entry_id, populate_existing=True)


def on_a_board(runner_id: int, clock: Clock) -> int:
    """Enter the runner in this month's challenge, publish it, and return the entry."""
    group, runner = make_group(), db.session.get_one(Runner, runner_id)
    make_member(group, runner)
    today = clock.today("UTC")
    challenge = make_challenge(group, starts_on=today.replace(day=1), ends_on=today)
    entry = make_entry(challenge, runner)
    begin_write()
    rederive_entry(entry.id, clock.now())
    publish(challenge.id, today)
    db.session.commit()
    assert db.session.get(Placement, entry.id)
    return entry.id
