"""The metrics for a monitoring program, and that nobody else gets them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from integrations.strava.errors import Inactive
from tests.conftest import make_settings
from tests.support.browser import Browser
from tests.support.builders import make_runner
from tests.support.photos import keep_photo
from tests.support.servers import OwnRedis, free_port
from tests.support.worker import process_jobs, unknown_job
from webapp import queue
from webapp.clock import Clock
from webapp.db import db
from webapp.extensions import budget, settings
from webapp.factory import create_app
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.sync import Connection, StoredEvent, Subscription
from webapp.models.words import Channel, FactKind

TOKEN = "a token of those who watch"
SUBSCRIPTION = 5
OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
Figures = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """Seven past twelve: far from the turn of a window."""
    clock = Clock(tmp_path / "clock.json")
    clock.set(speed=0, now=datetime(2026, 11, 3, 12, 7, tzinfo=UTC))
    return clock


@pytest.fixture
def watched(app: Flask, clock: Clock) -> Iterator[Flask]:
    """The application with a token for its metrics and ten seats."""
    plain = {name: app.extensions[name] for name in ("settings", "clock")}
    app.extensions["settings"] = plain["settings"].model_copy(update={"metrics_token": TOKEN, "seats": 10})
    app.extensions["clock"] = clock
    yield app
    app.extensions.update(plain)


def scraped(app: Flask) -> str:
    answer = Browser(app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    return answer.text


def figures(app: Flask) -> Figures:
    """Return every figure by its name, without the prefix, and its labels' values, in the order of their names."""
    return {
        (
            sample.name.removeprefix("chasepack_"),
            tuple(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(scraped(app))
        for sample in family.samples
    }


def make_connection(name: str, clock: Clock, **values: object) -> int:
    runner = make_runner(name)
    sealed = {"access_token": "sealed", "refresh_token": "sealed", "scopes": "read"}
    now = clock.now()
    db.session.add(
        Connection(
            runner_id=runner.id,
            **{**sealed, "athlete_id": 4_000_000 + runner.id, "expires_at": now, "connected_at": now, **values},
        )
    )
    db.session.commit()
    return runner.id


def make_event(runner_id: int, clock: Clock, *, hours_ago: float, done: bool) -> None:
    at = clock.now() - timedelta(hours=hours_ago)
    shown = {"object_type": "activity", "object_id": 77, "aspect": "create", "updates": {}, "event_time": at}
    db.session.add(StoredEvent(runner_id=runner_id, received_at=at, done_at=at if done else None, **shown))
    db.session.commit()


# Who may read it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"bearer {TOKEN}", "Bearer ü€"]
)
def test_without_the_token_there_is_nothing_here(watched: Flask, authorization: str) -> None:
    browser = Browser(watched)
    nothing = browser.get("/nothing-of-the-kind")
    answer = browser.get("/metrics", headers={"Authorization": authorization.encode().decode("latin-1")})
    assert (answer.status_code, answer.text) == (404, nothing.text)


def test_where_no_token_is_set_nobody_is_told(app: Flask) -> None:
    assert not app.extensions["settings"].metrics_token
    for authorization in ("Bearer ", "Bearer", f"Bearer {TOKEN}"):
        assert Browser(app).get("/metrics", headers={"Authorization": authorization}).status_code == 404


# What it says ----------------------------------------------------------------------------------------------


def test_the_budget_is_told_by_window_and_reads_by_reason(watched: Flask) -> None:
    budget().take("event")
    limits = {"X-ReadRateLimit-Limit": "600,30000", "X-RateLimit-Limit": "600,30000"}
    budget().learn(
        {**limits, "X-ReadRateLimit-Usage": "41,901", "X-RateLimit-Usage": "42,902"}, budget().take("resync")
    )
    shown = figures(watched)
    assert shown["budget_used", ("read", "quarter")] == 41
    assert shown["budget_used", ("overall", "day")] == 902
    assert shown["budget_limit", ("read", "day")] == 30_000
    assert shown["reads_total", ("event",)] == 1
    assert shown["reads_total", ("elsewhere",)] == 39
    assert shown["reads_total", ("resync",)] == shown["reads_total", ("look",)] == 1, "also under its former name"
    assert shown["gate_closed", ()] == 0


def test_a_closed_gate_is_told(watched: Flask, clock: Clock) -> None:
    budget().learn({}, budget().take("resync"), Inactive("switched off"))
    assert figures(watched)["gate_closed", ()] == 1
    budget().open()
    budget().close(clock.now() - timedelta(seconds=1), "switched off", probe=True)
    shown = figures(watched)
    assert (shown["gate_closed", ()], shown["gate_half_open", ()]) == (0, 1)


def test_connections_and_seats_are_told_by_state(watched: Flask, clock: Clock) -> None:
    make_connection("Ana Ruiz", clock, next_full_resync_at=clock.now() - timedelta(hours=1))
    make_connection("Bo Ek", clock, gave_up_at=clock.now(), next_full_resync_at=clock.now() + timedelta(hours=1))
    make_connection("Kim Lee", clock, state="needs_reconnect")
    make_connection("Jo Moe", clock, state="deauthorised")
    make_connection("Lu Ito", clock)  # never read
    shown = figures(watched)
    assert shown["connections", ("connected",)] == 3
    assert shown["connections", ("needs_reconnect",)] == 1
    assert shown["connections_given_up", ()] == 1
    assert shown["resyncs_due", ()] == shown["looks_due", ()] == 2
    assert (shown["seats_used", ()], shown["seats_limit", ()], shown["seats_waiting", ()]) == (4, 10, 0)


def test_jobs_are_told_by_state_and_workers_counted(watched: Flask) -> None:
    queue.enqueue(unknown_job("jobs.sync.nothing_of_the_kind"), 7)
    assert figures(watched)["jobs", ("waiting",)] == 1
    process_jobs(watched, keep_failed=True)
    shown = figures(watched)
    assert shown["jobs", ("waiting",)] == 0
    assert shown["jobs", ("failed",)] == 1
    assert shown["workers", ()] == 0


@pytest.mark.both_databases
def test_events_are_told_with_the_age_of_the_last_and_of_the_oldest_undone(watched: Flask, clock: Clock) -> None:
    assert "last_event_age_seconds" not in scraped(watched)
    runner_id = make_connection("Ana Ruiz", clock)
    make_event(runner_id, clock, hours_ago=9, done=True)
    make_event(runner_id, clock, hours_ago=5, done=False)
    make_event(runner_id, clock, hours_ago=2, done=True)
    shown = figures(watched)
    assert shown["events_undone", ()] == 1
    assert shown["events_undone_age_seconds", ()] == 5 * 3600
    assert shown["last_event_age_seconds", ()] == 2 * 3600


def test_what_is_posted_to_us_is_counted_by_what_became_of_it(watched: Flask, clock: Clock) -> None:
    db.session.add(Subscription(id=SUBSCRIPTION, callback_url="http://x", subscribed_at=clock.now()))
    runner_id = make_connection("Ana Ruiz", clock)
    athlete_id, path = 4_000_000 + runner_id, f"/webhooks/strava/{settings().webhook_secret}"
    shown = {"object_type": "activity", "object_id": 7, "aspect_type": "create", "updates": {}, "event_time": 1}
    right = {**shown, "owner_id": athlete_id, "subscription_id": SUBSCRIPTION}
    for address, body in (
        (path, right),
        (path, right),
        (path, {**right, "owner_id": 1}),
        (path, {**right, "subscription_id": 6}),
        (path, {**right, "object_type": "club"}),
        (path, {"object_type": "activity"}),
        (path, {**right, "updates": {"title": "x" * 200_000}}),
        ("/webhooks/strava/wrong", right),
    ):
        Browser(watched).client.post(address, json=body).close()
    found = {labels[0]: count for (name, labels), count in figures(watched).items() if name == "events_total"}
    assert found == {
        "taken": 2,
        "unknown_owner": 1,
        "wrong_subscription": 1,
        "other_object": 1,
        "malformed": 1,
        "too_large": 1,
        "wrong_address": 1,
    }


def make_waiting_delivery(runner_id: int, clock: Clock, *, hours_ago: float) -> None:
    """Keep a fact that is not told to everybody yet, and a delivery of it that is due."""
    at = clock.now() - timedelta(hours=hours_ago)
    fact = Fact(kind=FactKind.ANNOUNCEMENT, key="1", data={}, happened_at=at)
    db.session.add(fact)
    db.session.flush()
    told = Notification(fact_id=fact.id, runner_id=runner_id, created_at=at)
    db.session.add(told)
    db.session.flush()
    db.session.add(Delivery(notification_id=told.id, runner_id=runner_id, channel=Channel.MAIL, due_at=at))
    db.session.commit()


def everything_counted(clock: Clock) -> None:
    """Have each figure that may be absent."""
    runner_id = make_connection("Ana Ruiz", clock)
    make_event(runner_id, clock, hours_ago=1, done=False)
    make_subscription(clock, "ours")
    keep_photo(runner_id)
    make_waiting_delivery(runner_id, clock, hours_ago=1)
    for name in ("read:resync", "event:taken", "signature:right"):
        budget().count(name)


def make_subscription(clock: Clock, found: str | None) -> None:
    now = clock.now()
    at = now if found else None
    db.session.add(
        Subscription(id=SUBSCRIPTION, callback_url="http://x", subscribed_at=now, found=found, checked_at=at)
    )
    db.session.commit()


def documented() -> dict[str, set[str]]:
    """Return the labels of each metric that the table in docs/operating.md names."""
    table = OPERATING.read_text().partition("| `chasepack_...` |")[2].partition("\n\n")[0]
    found = dict[str, set[str]]()
    for line in table.splitlines()[2:]:
        quoted = re.findall(r"`([^`]+)`", line.split("|")[1])
        shared = {label for word in quoted if word.startswith("{") for label in word.strip("{}").split(",")}
        for name, _, labels in (word.partition("{") for word in quoted if not word.startswith("{")):
            found[name] = shared | {label for label in labels.strip("}").split(",") if label}
    return found


def test_each_metric_is_in_the_table_of_the_docs_and_each_there_exists(watched: Flask, clock: Clock) -> None:
    everything_counted(clock)
    exposed = {
        sample.name.removeprefix("chasepack_"): set(sample.labels)
        for family in text_string_to_metric_families(scraped(watched))
        for sample in family.samples
    }
    assert documented() == exposed


@pytest.mark.parametrize(("found", "value"), [("ours", 1), ("gone", 0), ("elsewhere", 0), (None, None)])
def test_the_subscription_is_told_as_the_daily_check_last_saw_it(
    watched: Flask, clock: Clock, found: str | None, value: int | None
) -> None:
    assert ("subscribed", ()) not in figures(watched), "there is none"
    make_subscription(clock, found)
    assert figures(watched).get(("subscribed", ())) == value


def test_the_age_of_the_oldest_photo_is_told(watched: Flask, clock: Clock) -> None:
    assert ("oldest_photo_age_seconds", ()) not in figures(watched), "there is none"
    keep_photo(make_runner("Ana Ruiz").id, fetched_at=clock.now() - timedelta(hours=5))
    keep_photo(make_runner("Ben Ode").id, fetched_at=clock.now())
    assert figures(watched)["oldest_photo_age_seconds", ()] == 5 * 3600


def test_facts_and_deliveries_that_wait_are_told(watched: Flask, clock: Clock) -> None:
    assert figures(watched)["facts_untold", ()] == 0
    assert ("facts_untold_age_seconds", ()) not in figures(watched)
    make_waiting_delivery(make_runner("Ana Ruiz").id, clock, hours_ago=2)
    found = figures(watched)
    assert found["facts_untold", ()] == found["deliveries", ("mail", "waiting")] == 1
    assert found["facts_untold_age_seconds", ()] == found["deliveries_due_age_seconds", ()] == 2 * 3600


def test_signatures_are_told_by_verdict(watched: Flask) -> None:
    for verdict in ("right", "wrong", "wrong", "stale", "missing", "unchecked"):
        budget().count(f"signature:{verdict}")
    shown = {labels[0]: count for (name, labels), count in figures(watched).items() if name == "signatures_total"}
    assert shown == {"right": 1, "wrong": 2, "stale": 1, "missing": 1, "unchecked": 1}


def test_no_figure_tells_of_a_person(watched: Flask, clock: Clock) -> None:
    runner_id = make_connection("Ana Ruiz", clock)
    make_event(runner_id, clock, hours_ago=1, done=False)
    labels = set(re.findall(r'(\w+)="', scraped(watched)))
    assert labels == {"part", "window", "kind", "state"}
    assert "Ana" not in scraped(watched)
    assert str(4_000_000 + runner_id) not in scraped(watched)


# What still works when something does not -------------------------------------------------------------------------


def test_with_redis_away_the_rest_is_told_and_events_are_still_taken(watched: Flask, clock: Clock) -> None:
    make_connection("Ana Ruiz", clock)
    right = watched.extensions["redis"]
    watched.extensions["redis"] = Redis.from_url(f"redis://127.0.0.1:{free_port()}")
    try:
        shown = figures(watched)
        answer = Browser(watched).client.post("/webhooks/strava/wrong")
        answer.close()
    finally:
        watched.extensions["redis"] = right
    assert (shown["up", ("redis",)], shown["up", ("database",)]) == (0, 1)
    assert shown["connections", ("connected",)] == 1
    assert ("workers", ()) not in shown
    assert answer.status_code == 404


def test_with_the_database_away_the_rest_is_told(own_redis: OwnRedis, tmp_path: Path) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    shown = figures(create_app(make_settings(tmp_path, own_redis, database_url=away, metrics_token=TOKEN)))
    assert (shown["up", ("redis",)], shown["up", ("database",)]) == (1, 0)
    assert shown["workers", ()] == 0
