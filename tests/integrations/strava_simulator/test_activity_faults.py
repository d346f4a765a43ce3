"""Faults of single activities: shown too late, not everywhere, or with other values."""

from typing import Any

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, StandingClock
from tests.integrations.strava_simulator.wire import Receiver, Reply, Wire

LIST = "/api/v3/athlete/activities"
RUNS = f"athletes/{FIRST}/activities"
OTHER = FIRST + 1


@pytest.fixture
def token(twin: Wire) -> str:
    found: str = twin.connect(FIRST)["access_token"]
    return found


def row_of(twin: Wire, token: str, activity_id: int) -> dict[str, Any] | None:
    """Return an activity as the list shows it, None where the list lacks it."""
    return next((row for row in twin.get(LIST, token, per_page=5).json if row["id"] == activity_id), None)


def single(twin: Wire, token: str, activity_id: int) -> Reply:
    return twin.get(f"/api/v3/activities/{activity_id}", token)


def statuses(twin: Wire, token: str, activity_id: int) -> tuple[bool, int]:
    """Return whether the list has an activity, and what its id answers."""
    return row_of(twin, token, activity_id) is not None, single(twin, token, activity_id).status


def upload(twin: Wire, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = twin.control("POST", RUNS, fields)
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
    twin: Wire, token: str, clock: StandingClock, kind: str, seen: tuple[bool, int]
) -> None:
    made, sound = upload(twin)["id"], upload(twin)["id"]
    told = twin.control("PUT", f"{RUNS}/{made}/faults", {kind: 60})
    assert told == {kind: int(clock.now().timestamp()) + 60} == twin.control("GET", f"{RUNS}/{made}/faults")
    assert statuses(twin, token, made) == seen
    assert statuses(twin, token, sound) == (True, 200), "it is a fault of one activity only"
    clock.pass_by(seconds=60)
    assert statuses(twin, token, made) == (True, 200)


def test_a_fault_can_stay_until_it_is_put_right(twin: Wire, token: str, clock: StandingClock) -> None:
    made = upload(twin)["id"]
    assert twin.control("PUT", f"{RUNS}/{made}/faults", {"error": True}) == {"error": True}
    clock.pass_by(hours=5)
    assert single(twin, token, made).status == 500
    assert twin.control("PUT", f"{RUNS}/{made}/faults", {"error": False}) == {}
    assert single(twin, token, made).status == 200


def test_fields_can_be_shown_with_other_values(twin: Wire, token: str) -> None:
    made = upload(twin)["id"]
    shown = {"start_date_local": None, "type": "Ride"}
    assert twin.control("PUT", f"{RUNS}/{made}/faults", {"shown": shown}) == {"shown": shown}
    row = row_of(twin, token, made)
    assert row and (row["start_date_local"], row["type"], row["sport_type"]) == (None, "Ride", "Run")
    assert single(twin, token, made).json["type"] == "Ride"
    assert twin.control("GET", RUNS)[0]["type"] == "Run", "the control API tells how it is"
    twin.control("DELETE", "faults")
    assert (row_of(twin, token, made) or {})["type"] == "Run"


@pytest.mark.parametrize("said", [{"gone": True}, {"error": -1}, {"error": "yes"}, {"shown": True}, {"shown": {}}])
def test_a_fault_takes_no_nonsense(twin: Wire, said: dict[str, Any]) -> None:
    made = upload(twin)["id"]
    assert twin.call("PUT", f"/control/api/{RUNS}/{made}/faults", body=said).status == 400
    assert twin.control("GET", f"{RUNS}/{made}/faults") == {}
    assert twin.call("PUT", f"/control/api/{RUNS}/5/faults", body={"error": True}).status == 404


def test_a_deleted_activity_takes_its_faults_along(twin: Wire) -> None:
    made = upload(twin)["id"]
    twin.control("PUT", f"{RUNS}/{made}/faults", {"error": True})
    twin.control("DELETE", f"{RUNS}/{made}")
    assert twin.call("GET", f"/control/api/{RUNS}/{made}/faults").status == 404


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
    twin: Wire, token: str, clock: StandingClock, switch: str, seen: tuple[bool, int]
) -> None:
    twin.control("PUT", "faults", {switch: 1.0, "unreadable_seconds": 90, "odd_seconds": 90})
    made = upload(twin)["id"]
    assert statuses(twin, token, made) == seen
    assert twin.control("GET", "counters")["faults"] == {switch: 1}
    clock.pass_by(seconds=90)
    assert statuses(twin, token, made) == (True, 200)
    twin.control("DELETE", "counters")
    assert twin.control("GET", "counters")["faults"] == {}


def test_an_upload_can_come_with_null_fields_and_another_type(twin: Wire, token: str) -> None:
    twin.control("PUT", "faults", {"null_fields": 1.0, "other_types": 1.0})
    made = upload(twin, manual=True)
    row = row_of(twin, token, made["id"])
    assert row and row["type"] != row["sport_type"] == "Run"
    assert {name for name in row if row[name] is None and made[name] is not None} & {
        "start_date_local", "total_elevation_gain", "timezone", "name",
    }  # fmt: skip


def test_elapsed_times_can_be_nonsense_or_hold_long_pauses(twin: Wire) -> None:
    sound = upload(twin)
    twin.control("PUT", "faults", {"elapsed_wrong": 1.0})
    assert all(upload(twin)["elapsed_time"] < 1800 for _ in range(5))
    twin.control("PUT", "faults", {"elapsed_wrong": 0.0, "pauses": 1.0})
    paused = upload(twin)
    assert paused["elapsed_time"] >= paused["moving_time"] + 1800
    assert paused["start_date"] < sound["start_date"], "it ended when it ended"


def test_an_edit_can_be_announced_change_by_change_in_one_second(twin: Wire, token: str, receiver: Receiver) -> None:
    assert twin.subscribe(receiver.url).status == 201
    made = upload(twin)["id"]
    twin.control("PUT", "faults", {"updates_split": 1.0})
    twin.control("PATCH", f"{RUNS}/{made}", {"name": "Late", "sport_type": "Walk", "private": True})
    twin.wait_until_quiet()
    told = [event for event in receiver.events if event["aspect_type"] == "update"]
    assert sorted(str(event["updates"]) for event in told) == [
        "{'private': 'true'}", "{'title': 'Late'}", "{'type': 'Walk'}",
    ]  # fmt: skip
    assert len({event["event_time"] for event in told}) == 1


# Owners ----------------------------------------------------------------------------------------------------------


def test_an_activity_can_change_its_owner(twin: Wire, token: str, receiver: Receiver) -> None:
    other = twin.connect(OTHER)["access_token"]
    made = upload(twin)["id"]
    assert twin.subscribe(receiver.url).status == 201
    twin.control("POST", f"{RUNS}/{made}/owner", {"athlete": OTHER})
    assert statuses(twin, token, made) == (False, 404)
    row = row_of(twin, other, made)
    assert row and row["athlete"]["id"] == OTHER
    twin.wait_until_quiet()
    assert receiver.events == [], "nobody is told"
    assert twin.call("POST", f"/control/api/athletes/{OTHER}/activities/{made}/owner", body={}).status == 400


def test_two_accounts_can_be_merged(twin: Wire) -> None:
    grant = twin.connect(FIRST)
    before = {row["id"] for number in (FIRST, OTHER) for row in twin.control("GET", f"athletes/{number}/activities")}
    twin.control("POST", f"athletes/{FIRST}/merge", {"into": OTHER})
    assert {row["id"] for row in twin.control("GET", f"athletes/{OTHER}/activities")} == before
    assert twin.control("GET", RUNS) == []
    assert twin.get(LIST, grant["access_token"]).status == 401
    assert twin.token(grant_type="refresh_token", refresh_token=grant["refresh_token"]).status == 400


def test_the_page_of_an_athlete_breaks_mends_and_hands_over(twin: Wire, token: str) -> None:
    made = upload(twin)["id"]
    address = f"/control/athletes/{FIRST}/activities/{made}"
    assert twin.post(address, form={"action": "break", "kind": "error"}).status == 302
    assert twin.post(address, form={"action": "break", "kind": "shown"}).status == 302
    assert set(twin.control("GET", f"{RUNS}/{made}/faults")) == {"error", "shown"}
    assert "Faults: " in twin.get(f"/control/athletes/{FIRST}").body.decode()
    assert twin.post(address, form={"action": "mend"}).status == 302
    assert twin.control("GET", f"{RUNS}/{made}/faults") == {}
    assert twin.post(address, form={"action": "hand over", "other": str(OTHER)}).status == 302
    assert made in {row["id"] for row in twin.control("GET", f"athletes/{OTHER}/activities")}
    assert twin.post(f"/control/athletes/{FIRST}/merge", form={"other": str(OTHER)}).status == 302
    assert twin.post(f"/control/athletes/{FIRST}/merge", form={"other": "0"}).status == 404
