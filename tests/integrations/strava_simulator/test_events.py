"""Push events: the handshake, what is announced, three attempts, and events that go astray."""

from typing import Any

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, PAUSE, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import SCOPES, Receiver, Wire, wait_for

RUNS = f"athletes/{FIRST}/activities"
CLIENT = {"client_id": "1", "client_secret": "secret"}


@pytest.fixture
def told(twin: Wire, receiver: Receiver) -> Receiver:
    """An application that has subscribed, with one athlete who allows it everything."""
    assert twin.subscribe(receiver.url).status == 201
    twin.connect(FIRST)
    return receiver


def upload(twin: Wire, **fields: Any) -> int:
    activity_id: int = twin.control("POST", RUNS, fields)["id"]
    return activity_id


def said(receiver: Receiver, twin: Wire) -> list[tuple[str, dict[str, str]]]:
    """Return aspect and updates of all events so far."""
    twin.wait_until_quiet()
    return [(event["aspect_type"], event["updates"]) for event in receiver.events]


def test_a_subscription_needs_the_handshake(twin: Wire, receiver: Receiver) -> None:
    receiver.echo = False
    refused = twin.subscribe(receiver.url)
    assert refused.status == 400 and refused.json["errors"][0]["resource"] == "PushSubscription"
    receiver.echo = True
    made = twin.subscribe(receiver.url)
    assert made.status == 201
    listed = twin.get("/api/v3/push_subscriptions", **CLIENT).json
    assert [(row["id"], row["callback_url"]) for row in listed] == [(made.json["id"], receiver.url)]


@pytest.mark.parametrize(
    "url", ["/relative", "ftp://x.test/", "http://127.0.0.1:1/nobody", "http://x.test/" + "x" * 255]
)
def test_an_address_that_cannot_be_is_refused(twin: Wire, url: str) -> None:
    assert twin.subscribe(url).status == 400


def test_there_is_one_subscription(twin: Wire, told: Receiver) -> None:
    assert twin.subscribe(told.url).json["errors"][0]["code"] == "already exists"


def test_a_subscription_is_removed_with_the_client_secret_only(twin: Wire, told: Receiver) -> None:
    held = twin.get("/api/v3/push_subscriptions", **CLIENT).json[0]["id"]
    path = f"/api/v3/push_subscriptions/{held}"
    assert twin.call("DELETE", path, form={"client_id": "1", "client_secret": "?"}).status == 401
    assert twin.call("DELETE", path, form=CLIENT).status == 204
    assert twin.call("DELETE", path, form=CLIENT).status == 404
    upload(twin)
    assert said(told, twin) == []


def test_an_upload_is_announced(twin: Wire, told: Receiver, clock: StandingClock) -> None:
    made = upload(twin)
    twin.wait_until_quiet()
    subscription = twin.get("/api/v3/push_subscriptions", **CLIENT).json[0]["id"]
    assert told.events == [
        {
            "object_type": "activity",
            "object_id": made,
            "aspect_type": "create",
            "updates": {},
            "owner_id": FIRST,
            "subscription_id": subscription,
            "event_time": int(clock.now().timestamp()),
        }
    ]


def test_nobody_hears_of_athletes_who_are_not_connected(twin: Wire, told: Receiver) -> None:
    twin.control("POST", f"athletes/{FIRST + 1}/activities", {})
    assert said(told, twin) == []


@pytest.mark.parametrize(
    ("edit", "updates"),
    [
        ({"name": "Renamed"}, {"title": "Renamed"}),
        ({"sport_type": "Ride"}, {"type": "Ride"}),
        ({"private": True}, {"private": "true"}),
        ({"name": "Both", "private": True, "distance": 1.0}, {"title": "Both", "private": "true"}),
    ],
)
def test_title_type_and_privacy_are_announced(twin: Wire, told: Receiver, edit: Any, updates: Any) -> None:
    made = upload(twin)
    twin.control("PATCH", f"{RUNS}/{made}", edit)
    assert sorted(said(told, twin), key=str) == [("create", {}), ("update", updates)]


@pytest.mark.parametrize(
    "edit",
    [
        {"distance": 9999.0},
        {"moving_time": 99, "elapsed_time": 99},
        {"start_date_local": "2026-11-17T10:00:00"},
        {"manual": True, "trainer": True, "commute": True},
        {"name": "Same"},
        {"private": False},
    ],
)
def test_nothing_else_is_announced(twin: Wire, told: Receiver, edit: Any) -> None:
    made = upload(twin, name="Same")
    twin.control("PATCH", f"{RUNS}/{made}", edit)
    assert said(told, twin) == [("create", {})]


def test_with_read_all_hiding_and_showing_are_updates(twin: Wire, told: Receiver) -> None:
    made = upload(twin, private=True)
    twin.control("PATCH", f"{RUNS}/{made}", {"private": False})
    twin.control("DELETE", f"{RUNS}/{made}")
    expected = [("create", {}), ("delete", {}), ("update", {"private": "false"})]
    assert sorted(said(told, twin), key=str) == expected


def test_without_read_all_hiding_is_a_delete_and_showing_a_create(twin: Wire, told: Receiver) -> None:
    twin.connect(FIRST, "read,activity:read")
    made = upload(twin, private=True)
    twin.control("PATCH", f"{RUNS}/{made}", {"name": "Secret"})
    assert said(told, twin) == []
    twin.control("PATCH", f"{RUNS}/{made}", {"private": False})
    assert said(told, twin) == [("create", {})]
    twin.control("PATCH", f"{RUNS}/{made}", {"private": True, "name": "Hidden again"})
    assert said(told, twin) == [("create", {}), ("delete", {})]
    twin.control("DELETE", f"{RUNS}/{made}")
    assert len(said(told, twin)) == 2


def test_without_an_activity_scope_nothing_is_said(twin: Wire, told: Receiver) -> None:
    twin.connect(FIRST, "read")
    upload(twin)
    assert said(told, twin) == []


@pytest.mark.parametrize("way", ["by the athlete", "by the application"])
def test_taking_back_is_announced(twin: Wire, told: Receiver, way: str) -> None:
    if way == "by the athlete":
        twin.control("POST", f"athletes/{FIRST}/deauthorize")
    else:
        twin.post("/oauth/deauthorize", token=twin.connect(FIRST, SCOPES)["access_token"])
    assert said(told, twin) == [("update", {"authorized": "false"})]
    assert told.events[0]["object_type"] == "athlete" and told.events[0]["object_id"] == FIRST


def test_an_event_is_tried_three_times_and_then_lost(twin: Wire, told: Receiver, clock: StandingClock) -> None:
    told.statuses = [500, 302, 404, 200]
    upload(twin)
    for attempt in (1, 2, 3):
        wait_for(lambda attempt=attempt: told.attempts == attempt)
        wait_for(lambda attempt=attempt: twin.control("GET", "events")["events"][0]["attempts"] == attempt)
        clock.pass_by(seconds=PAUSE)
    twin.wait_until_quiet()
    assert told.events == [] and told.attempts == 3
    assert twin.control("GET", "counters")["events"]["refused"] == 1


def test_a_second_attempt_may_succeed(twin: Wire, told: Receiver, clock: StandingClock) -> None:
    told.statuses = [503]
    upload(twin)
    wait_for(lambda: twin.control("GET", "events")["events"][0]["attempts"] == 1)
    assert twin.control("GET", "quiet") == {"quiet": False, "pending": 1, "due": 0}
    clock.pass_by(seconds=PAUSE)
    assert said(told, twin) == [("create", {})]


def test_events_can_be_lost(twin: Wire, told: Receiver) -> None:
    twin.control("PUT", "faults", {"events_lost": 1})
    upload(twin)
    assert said(told, twin) == [] and twin.control("GET", "counters")["events"]["lost"] == 1


def test_events_can_come_twice(twin: Wire, told: Receiver) -> None:
    twin.control("PUT", "faults", {"events_doubled": 1})
    upload(twin)
    assert said(told, twin) == [("create", {})] * 2


def test_events_can_come_late(twin: Wire, told: Receiver, clock: StandingClock) -> None:
    twin.control("PUT", "faults", {"events_late": 1, "late_seconds": 600})
    upload(twin)
    clock.pass_by(seconds=599)
    assert twin.control("GET", "quiet")["pending"] == 1
    clock.pass_by(seconds=1)
    assert said(told, twin) == [("create", {})]


def test_what_waits_is_delivered_after_a_restart(simulate: Simulate, receiver: Receiver, clock: StandingClock) -> None:
    before = simulate()
    before.subscribe(receiver.url)
    before.connect(FIRST)
    before.control("PUT", "faults", {"events_late": 1})
    upload(before)
    after = simulate()
    clock.pass_by(hours=1)
    assert said(receiver, after)[0] == ("create", {})
