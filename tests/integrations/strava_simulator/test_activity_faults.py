"""Faults of single activities: shown too late, not everywhere, or with other values."""

from typing import Any

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, StandingClock
from tests.integrations.strava_simulator.wire import Receiver, Reply, Wire

LIST = "/api/v3/athlete/activities"
RUNS = f"athletes/{FIRST}/activities"
OTHER = FIRST + 1


def row_of(wire: Wire, token: str, activity_id: int) -> dict[str, Any] | None:
    """Return an activity as the list shows it, None where the list lacks it."""
    return next((row for row in wire.get(LIST, token, per_page=5).json if row["id"] == activity_id), None)


def single(wire: Wire, token: str, activity_id: int) -> Reply:
    return wire.get(f"/api/v3/activities/{activity_id}", token)


def statuses(wire: Wire, token: str, activity_id: int) -> tuple[bool, int]:
    """Return whether the list has an activity, and what its id answers."""
    return row_of(wire, token, activity_id) is not None, single(wire, token, activity_id).status


def upload(wire: Wire, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = wire.control("POST", RUNS, fields)
    return made


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("unreadable", (False, 404)),
        ("error", (True, 500)),
        ("unlisted", (False, 200)),
        ("not_found", (True, 404)),
    ],
)
def test_a_fault_of_one_activity_lasts_as_long_as_told(
    wire: Wire, token: str, clock: StandingClock, kind: str, seen: tuple[bool, int]
) -> None:
    made, sound = upload(wire)["id"], upload(wire)["id"]
    told = wire.control("PUT", f"{RUNS}/{made}/faults", {kind: 60})
    assert told == {kind: int(clock.now().timestamp()) + 60} == wire.control("GET", f"{RUNS}/{made}/faults")
    assert statuses(wire, token, made) == seen
    assert statuses(wire, token, sound) == (True, 200), "it is a fault of one activity only"
    clock.pass_by(seconds=60)
    assert statuses(wire, token, made) == (True, 200)


def test_a_fault_can_stay_until_it_is_put_right(wire: Wire, token: str, clock: StandingClock) -> None:
    made = upload(wire)["id"]
    assert wire.control("PUT", f"{RUNS}/{made}/faults", {"error": True}) == {"error": True}
    clock.pass_by(hours=5)
    assert single(wire, token, made).status == 500
    assert wire.control("PUT", f"{RUNS}/{made}/faults", {"error": False}) == {}
    assert single(wire, token, made).status == 200


def test_fields_can_be_shown_with_other_values(wire: Wire, token: str) -> None:
    made = upload(wire)["id"]
    shown = {"start_date_local": None, "type": "Ride"}
    assert wire.control("PUT", f"{RUNS}/{made}/faults", {"shown": shown}) == {"shown": shown}
    row = row_of(wire, token, made)
    assert row and (row["start_date_local"], row["type"], row["sport_type"]) == (None, "Ride", "Run")
    assert single(wire, token, made).json["type"] == "Ride"
    assert wire.control("GET", RUNS)[0]["type"] == "Run", "the control API tells how it is"
    wire.control("DELETE", "faults")
    assert (row_of(wire, token, made) or {})["type"] == "Run"


@pytest.mark.parametrize("said", [{"gone": True}, {"error": -1}, {"error": "yes"}, {"shown": True}, {"shown": {}}])
def test_a_fault_takes_no_nonsense(wire: Wire, said: dict[str, Any]) -> None:
    made = upload(wire)["id"]
    assert wire.call("PUT", f"/control/api/{RUNS}/{made}/faults", body=said).status == 400
    assert wire.control("GET", f"{RUNS}/{made}/faults") == {}
    assert wire.call("PUT", f"/control/api/{RUNS}/5/faults", body={"error": True}).status == 404


def test_a_deleted_activity_takes_its_faults_along(wire: Wire) -> None:
    made = upload(wire)["id"]
    wire.control("PUT", f"{RUNS}/{made}/faults", {"error": True})
    wire.control("DELETE", f"{RUNS}/{made}")
    assert wire.call("GET", f"/control/api/{RUNS}/{made}/faults").status == 404


@pytest.mark.parametrize(
    ("switch", "seen"),
    [
        ("unreadable_uploads", (False, 404)),
        ("single_errors", (True, 500)),
        ("unlisted_uploads", (False, 200)),
        ("single_404", (True, 404)),
    ],
)
def test_a_switch_strikes_uploads_and_counts_them(
    wire: Wire, token: str, clock: StandingClock, switch: str, seen: tuple[bool, int]
) -> None:
    wire.control("PUT", "faults", {switch: 1.0, "unreadable_seconds": 90, "odd_seconds": 90})
    made = upload(wire)["id"]
    assert statuses(wire, token, made) == seen
    assert wire.control("GET", "counters")["faults"] == {switch: 1}
    clock.pass_by(seconds=90)
    assert statuses(wire, token, made) == (True, 200)
    wire.control("DELETE", "counters")
    assert wire.control("GET", "counters")["faults"] == {}


def test_an_upload_can_come_with_null_fields_and_another_type(wire: Wire, token: str) -> None:
    wire.control("PUT", "faults", {"null_fields": 1.0, "other_types": 1.0})
    made = upload(wire, manual=True)
    row = row_of(wire, token, made["id"])
    assert row and row["type"] != row["sport_type"] == "Run"
    assert {name for name in row if row[name] is None and made[name] is not None} & {
        "start_date_local", "total_elevation_gain", "timezone", "name",
    }  # fmt: skip


def test_elapsed_times_can_be_nonsense_or_hold_long_pauses(wire: Wire) -> None:
    sound = upload(wire)
    wire.control("PUT", "faults", {"elapsed_wrong": 1.0})
    assert all(upload(wire)["elapsed_time"] < 1800 for _ in range(5))
    wire.control("PUT", "faults", {"elapsed_wrong": 0.0, "pauses": 1.0})
    paused = upload(wire)
    assert paused["elapsed_time"] >= paused["moving_time"] + 1800
    assert paused["start_date"] < sound["start_date"], "it ended when it ended"


def test_an_edit_can_be_announced_change_by_change_in_one_second(wire: Wire, token: str, receiver: Receiver) -> None:
    assert wire.subscribe(receiver.url).status == 201
    made = upload(wire)["id"]
    wire.control("PUT", "faults", {"updates_split": 1.0})
    wire.control("PATCH", f"{RUNS}/{made}", {"name": "Late", "sport_type": "Walk", "private": True})
    wire.wait_until_quiet()
    told = [event for event in receiver.events if event["aspect_type"] == "update"]
    assert sorted(str(event["updates"]) for event in told) == [
        "{'private': 'true'}", "{'title': 'Late'}", "{'type': 'Walk'}",
    ]  # fmt: skip
    assert len({event["event_time"] for event in told}) == 1


# Owners ----------------------------------------------------------------------------------------------------------


def test_an_activity_can_change_its_owner(wire: Wire, token: str, receiver: Receiver) -> None:
    other = wire.connect(OTHER)["access_token"]
    made = upload(wire)["id"]
    assert wire.subscribe(receiver.url).status == 201
    wire.control("POST", f"{RUNS}/{made}/owner", {"athlete": OTHER})
    assert statuses(wire, token, made) == (False, 404)
    row = row_of(wire, other, made)
    assert row and row["athlete"]["id"] == OTHER
    wire.wait_until_quiet()
    assert receiver.events == [], "nobody is told"
    assert wire.call("POST", f"/control/api/athletes/{OTHER}/activities/{made}/owner", body={}).status == 400


def test_two_accounts_can_be_merged(wire: Wire) -> None:
    grant = wire.connect(FIRST)
    before = {row["id"] for number in (FIRST, OTHER) for row in wire.control("GET", f"athletes/{number}/activities")}
    wire.control("POST", f"athletes/{FIRST}/merge", {"into": OTHER})
    assert {row["id"] for row in wire.control("GET", f"athletes/{OTHER}/activities")} == before
    assert wire.control("GET", RUNS) == []
    assert wire.get(LIST, grant["access_token"]).status == 401
    assert wire.token(grant_type="refresh_token", refresh_token=grant["refresh_token"]).status == 400


def test_the_page_of_an_athlete_breaks_mends_and_hands_over(wire: Wire, token: str) -> None:
    made = upload(wire)["id"]
    address = f"/control/athletes/{FIRST}/activities/{made}"
    assert wire.post(address, form={"action": "break", "kind": "error"}).status == 302
    assert wire.post(address, form={"action": "break", "kind": "shown"}).status == 302
    assert set(wire.control("GET", f"{RUNS}/{made}/faults")) == {"error", "shown"}
    assert "Faults: " in wire.get(f"/control/athletes/{FIRST}").body.decode()
    assert wire.post(address, form={"action": "mend"}).status == 302
    assert wire.control("GET", f"{RUNS}/{made}/faults") == {}
    assert wire.post(address, form={"action": "hand over", "other": str(OTHER)}).status == 302
    assert made in {row["id"] for row in wire.control("GET", f"athletes/{OTHER}/activities")}
    assert wire.post(f"/control/athletes/{FIRST}/merge", form={"other": str(OTHER)}).status == 302
    assert wire.post(f"/control/athletes/{FIRST}/merge", form={"other": "0"}).status == 404
