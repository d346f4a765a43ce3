"""Push events: the handshake, what is announced, three attempts, and events that go astray."""

from typing import Any

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, PAUSE, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import SCOPES, Receiver, Wire, wait_for

RUNS = f"athletes/{FIRST}/activities"
CLIENT = {"client_id": "1", "client_secret": "secret"}


@pytest.fixture
def told(wire: Wire, receiver: Receiver) -> Receiver:
    """An application that has subscribed, with one athlete who allows it everything."""
    assert wire.subscribe(receiver.url).status == 201
    wire.connect(FIRST)
    return receiver


def upload(wire: Wire, **fields: Any) -> int:
    activity_id: int = wire.control("POST", RUNS, fields)["id"]
    return activity_id


def said(receiver: Receiver, wire: Wire) -> list[tuple[str, dict[str, str]]]:
    """Return aspect and updates of all events so far."""
    wire.wait_until_quiet()
    return [(event["aspect_type"], event["updates"]) for event in receiver.events]


def test_a_subscription_needs_the_handshake(wire: Wire, receiver: Receiver) -> None:
    receiver.echo = False
    refused = wire.subscribe(receiver.url)
    assert refused.status == 400 and refused.json["errors"][0]["resource"] == "PushSubscription"
    receiver.echo = True
    made = wire.subscribe(receiver.url)
    assert made.status == 201
    listed = wire.get("/api/v3/push_subscriptions", **CLIENT).json
    assert [(row["id"], row["callback_url"]) for row in listed] == [(made.json["id"], receiver.url)]


@pytest.mark.parametrize(
    "url", ["/relative", "ftp://x.test/", "http://127.0.0.1:1/nobody", "http://x.test/" + "x" * 255]
)
def test_an_address_that_cannot_be_is_refused(wire: Wire, url: str) -> None:
    assert wire.subscribe(url).status == 400


def test_there_is_one_subscription(wire: Wire, told: Receiver) -> None:
    assert wire.subscribe(told.url).json["errors"][0]["code"] == "already exists"


def test_a_subscription_is_removed_with_the_client_secret_only(wire: Wire, told: Receiver) -> None:
    held = wire.get("/api/v3/push_subscriptions", **CLIENT).json[0]["id"]
    path = f"/api/v3/push_subscriptions/{held}"
    assert wire.call("DELETE", path, form={"client_id": "1", "client_secret": "?"}).status == 401
    assert wire.call("DELETE", path, form=CLIENT).status == 204
    assert wire.call("DELETE", path, form=CLIENT).status == 404
    upload(wire)
    assert said(told, wire) == []


def test_an_upload_is_announced(wire: Wire, told: Receiver, clock: StandingClock) -> None:
    made = upload(wire)
    wire.wait_until_quiet()
    subscription = wire.get("/api/v3/push_subscriptions", **CLIENT).json[0]["id"]
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


def test_nobody_hears_of_athletes_who_are_not_connected(wire: Wire, told: Receiver) -> None:
    wire.control("POST", f"athletes/{FIRST + 1}/activities", {})
    assert said(told, wire) == []


@pytest.mark.parametrize(
    ("edit", "updates"),
    [
        ({"name": "Renamed"}, {"title": "Renamed"}),
        ({"sport_type": "Ride"}, {"type": "Ride"}),
        ({"private": True}, {"private": "true"}),
        ({"name": "Both", "private": True, "distance": 1.0}, {"title": "Both", "private": "true"}),
    ],
)
def test_title_type_and_privacy_are_announced(wire: Wire, told: Receiver, edit: Any, updates: Any) -> None:
    made = upload(wire)
    wire.control("PATCH", f"{RUNS}/{made}", edit)
    assert sorted(said(told, wire), key=str) == [("create", {}), ("update", updates)]


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
def test_nothing_else_is_announced(wire: Wire, told: Receiver, edit: Any) -> None:
    made = upload(wire, name="Same")
    wire.control("PATCH", f"{RUNS}/{made}", edit)
    assert said(told, wire) == [("create", {})]


def test_with_read_all_hiding_and_showing_are_updates(wire: Wire, told: Receiver) -> None:
    made = upload(wire, private=True)
    wire.control("PATCH", f"{RUNS}/{made}", {"private": False})
    wire.control("DELETE", f"{RUNS}/{made}")
    expected = [("create", {}), ("delete", {}), ("update", {"private": "false"})]
    assert sorted(said(told, wire), key=str) == expected


def test_without_read_all_hiding_is_a_delete_and_showing_a_create(wire: Wire, told: Receiver) -> None:
    wire.connect(FIRST, "read,activity:read")
    made = upload(wire, private=True)
    wire.control("PATCH", f"{RUNS}/{made}", {"name": "Secret"})
    assert said(told, wire) == []
    wire.control("PATCH", f"{RUNS}/{made}", {"private": False})
    assert said(told, wire) == [("create", {})]
    wire.control("PATCH", f"{RUNS}/{made}", {"private": True, "name": "Hidden again"})
    assert said(told, wire) == [("create", {}), ("delete", {})]
    wire.control("DELETE", f"{RUNS}/{made}")
    assert len(said(told, wire)) == 2


def test_without_an_activity_scope_nothing_is_said(wire: Wire, told: Receiver) -> None:
    wire.connect(FIRST, "read")
    upload(wire)
    assert said(told, wire) == []


@pytest.mark.parametrize("way", ["by the athlete", "by the application"])
def test_taking_back_is_announced(wire: Wire, told: Receiver, way: str) -> None:
    if way == "by the athlete":
        wire.control("POST", f"athletes/{FIRST}/deauthorize")
    else:
        wire.post("/oauth/deauthorize", token=wire.connect(FIRST, SCOPES)["access_token"])
    assert said(told, wire) == [("update", {"authorized": "false"})]
    assert told.events[0]["object_type"] == "athlete" and told.events[0]["object_id"] == FIRST


def test_an_event_is_tried_three_times_and_then_lost(wire: Wire, told: Receiver, clock: StandingClock) -> None:
    told.statuses = [500, 302, 404, 200]
    upload(wire)
    for attempt in (1, 2, 3):
        wait_for(lambda attempt=attempt: told.attempts == attempt)
        wait_for(lambda attempt=attempt: wire.control("GET", "events")["events"][0]["attempts"] == attempt)
        clock.pass_by(seconds=PAUSE)
    wire.wait_until_quiet()
    assert told.events == [] and told.attempts == 3
    assert wire.control("GET", "counters")["events"]["refused"] == 1


def test_a_second_attempt_may_succeed(wire: Wire, told: Receiver, clock: StandingClock) -> None:
    told.statuses = [503]
    upload(wire)
    wait_for(lambda: wire.control("GET", "events")["events"][0]["attempts"] == 1)
    assert wire.control("GET", "quiet") == {"quiet": False, "pending": 1, "due": 0}
    clock.pass_by(seconds=PAUSE)
    assert said(told, wire) == [("create", {})]


def test_events_can_be_lost(wire: Wire, told: Receiver) -> None:
    wire.control("PUT", "faults", {"events_lost": 1})
    upload(wire)
    assert said(told, wire) == [] and wire.control("GET", "counters")["events"]["lost"] == 1


def test_events_can_come_twice(wire: Wire, told: Receiver) -> None:
    wire.control("PUT", "faults", {"events_doubled": 1})
    upload(wire)
    assert said(told, wire) == [("create", {})] * 2


def test_events_can_come_late(wire: Wire, told: Receiver, clock: StandingClock) -> None:
    wire.control("PUT", "faults", {"events_late": 1, "late_seconds": 600})
    upload(wire)
    clock.pass_by(seconds=599)
    assert wire.control("GET", "quiet")["pending"] == 1
    clock.pass_by(seconds=1)
    assert said(told, wire) == [("create", {})]


def test_what_waits_is_delivered_after_a_restart(simulate: Simulate, receiver: Receiver, clock: StandingClock) -> None:
    before = simulate()
    before.subscribe(receiver.url)
    before.connect(FIRST)
    before.control("PUT", "faults", {"events_late": 1})
    upload(before)
    after = simulate()
    clock.pass_by(hours=1)
    assert said(receiver, after)[0] == ("create", {})
