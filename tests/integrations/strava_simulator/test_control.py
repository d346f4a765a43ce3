"""The control API and its page do to the world what they say."""

from typing import Any

import pytest

from tests.integrations.strava_simulator.conftest import FIRST, NOW, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import Wire

RUNS = f"athletes/{FIRST}/activities"


def test_the_world_tells_its_groups(simulate: Simulate) -> None:
    world = simulate(athletes=6).control("GET", "world")
    groups = world["groups"]
    assert [len(group["athletes"]) for group in groups] == [3, 2, 1]
    assert {group["tz"] for group in groups} == {"Europe/London", "America/Chicago", "Asia/Singapore"}
    assert all(group["organiser"] in group["athletes"] for group in groups)
    names = {who["id"]: who["group"] for who in world["athletes"]}
    assert all(names[number] == group["name"] for group in groups for number in group["athletes"])


def test_an_upload_is_a_run_that_ends_now_unless_it_says_otherwise(wire: Wire) -> None:
    row = wire.control("POST", RUNS)
    assert (row["distance"], row["moving_time"], row["sport_type"]) == (5000.0, 1800, "Run")
    assert row["start_date"] == "2026-11-18T08:35:00Z" and row["name"] == "Morning Run"
    said = {"distance": 21100, "moving_time": 6000, "elapsed_time": 6300, "start_date": "2026-11-01T01:02:03+02:00"}
    row = wire.control("POST", RUNS, said)
    assert row["start_date"] == "2026-10-31T23:02:03Z" and row["elapsed_time"] == 6300


def test_an_edit_moves_a_run_where_it_was(wire: Wire) -> None:
    made = wire.control("POST", RUNS, {"start_date_local": "2026-10-31T23:30:00", "utc_offset": 28800})["id"]
    row = wire.control("PATCH", f"{RUNS}/{made}", {"start_date_local": "2026-11-01T00:30:00Z", "distance": 1.5})
    assert row["start_date"] == "2026-10-31T16:30:00Z" and row["utc_offset"] == 28800 and row["distance"] == 1.5


def test_a_deleted_run_is_gone_and_its_number_is_not_given_again(wire: Wire) -> None:
    made = wire.control("POST", RUNS)["id"]
    wire.control("DELETE", f"{RUNS}/{made}")
    assert wire.call("DELETE", f"/control/api/{RUNS}/{made}").status == 404
    assert wire.control("POST", RUNS)["id"] > made


@pytest.mark.parametrize(
    "said", [{"pace": 1}, {"distance": "far"}, {"private": "yes"}, {"timezone": "Mars/Base"}, {"start_date": "now"}]
)
def test_what_does_not_fit_is_refused(wire: Wire, said: dict[str, Any]) -> None:
    reply = wire.call("POST", f"/control/api/{RUNS}", body=said)
    assert reply.status == 400 and reply.json["error"]


@pytest.mark.parametrize(
    "said", [{"unknown": 1}, {"rate_429": 2}, {"tier": "free"}, {"seat_cap": -1}, {"inactive": 1}, {"timeout": True}]
)
def test_a_switch_takes_no_nonsense(wire: Wire, said: dict[str, Any]) -> None:
    before = wire.control("GET", "faults")
    assert wire.call("PUT", "/control/api/faults", body=said).status == 400
    assert wire.control("GET", "faults") == before


def test_time_is_set_from_outside(wire: Wire) -> None:
    told = wire.control("PUT", "clock", {"speed": 500, "now": "2026-12-01T00:00:00+00:00"})
    assert told == {"now": "2026-12-01T00:00:00+00:00", "speed": 500}
    assert wire.call("PUT", "/control/api/clock", body={"speed": -1}).status == 400
    assert wire.call("PUT", "/control/api/clock", body={"now": "2026-12-01"}).status == 400


def test_reads_are_counted_by_kind_and_by_athlete(wire: Wire) -> None:
    token = wire.connect(FIRST)["access_token"]
    for _ in range(3):
        wire.get("/api/v3/athlete/activities", token)
    counted = wire.control("GET", "counters")
    assert counted["reads"] == {str(FIRST): 3} and counted["usage"] == {"read": [3, 3], "overall": [3, 3]}
    assert counted["requests"]["api GET api.activities"] == 3 and counted["requests"]["oauth exchange"] == 1
    wire.control("DELETE", "counters")
    assert wire.control("GET", "counters")["reads"] == {}


def test_the_pages_say_that_the_changes_of_an_athlete_who_was_read_very_often_may_wait(
    wire: Wire, clock: StandingClock
) -> None:
    token = wire.connect(FIRST)["access_token"]
    pages = ("/control", f"/control/athletes/{FIRST}", f"/control/athletes/{FIRST + 1}")

    def say_so() -> list[bool]:
        return ["Changes may wait" in wire.get(page).body.decode() for page in pages]

    for _ in range(29):
        wire.get("/api/v3/athlete/activities", token)
    assert say_so() == [False, False, False]
    wire.get("/api/v3/activities/1", token)
    assert say_so() == [True, True, False]
    clock.pass_by(hours=1)
    assert say_so() == [False, False, False]


def test_the_page_works_without_a_script(wire: Wire) -> None:
    form = {"kilometres": "7.5", "minutes": "40", "sport_type": "Run", "name": "<i>By form</i>", "private": "on"}
    assert wire.post(f"/control/athletes/{FIRST}/upload", form=form).status == 302
    row = wire.control("GET", RUNS)[0]
    assert row["distance"] == 7500 and row["private"]
    page = wire.get(f"/control/athletes/{FIRST}").body.decode()
    assert "&lt;i&gt;By form" in page and "<i>By form" not in page
    address = f"/control/athletes/{FIRST}/activities/{row['id']}"
    for action, field, value in (("show", "private", False), ("flag", "flagged", True), ("hide", "private", True)):
        assert wire.post(address, form={"action": action}).status == 302
        assert wire.control("GET", RUNS)[0][field] is value
    saved = {"action": "save", "name": "Saved", "kilometres": "8", "minutes": "41", "sport_type": "TrailRun"}
    wire.post(address, form=saved)
    assert wire.control("GET", RUNS)[0]["sport_type"] == "TrailRun"
    wire.post(address, form={"action": "delete"})
    assert wire.control("GET", RUNS)[0]["id"] != row["id"]


def test_the_pages_of_the_simulator_answer(wire: Wire) -> None:
    assert wire.get("/healthz").json == {"ok": True, "now": NOW.isoformat()}
    assert wire.get("/").headers["location"] == "/control"
    assert "Release the next run" in wire.get("/control", q="a").body.decode()
    assert wire.post("/control/release").status == 302
    assert wire.post("/control/clock", form={"speed": "2"}).status == 302
    faults = {"tier": "ten", "seat_cap": "3", "events_lost": "25", "inactive": "on"}
    assert wire.post("/control/faults", form=faults).status == 302
    switches = wire.control("GET", "faults")
    assert (switches["tier"], switches["seat_cap"], switches["events_lost"]) == ("ten", 3, 0.25)
    assert wire.post("/control/faults", form={"tier": "ten", "events_lost": "300"}).status == 400


def test_everybody_has_a_face_of_their_own_and_it_stays(wire: Wire) -> None:
    first, again, other = (wire.get(f"/avatars/{FIRST + number}.png") for number in (0, 0, 1))
    assert first.headers["content-type"] == "image/png"
    assert first.body == again.body != other.body


def test_no_page_sets_a_cookie(wire: Wire) -> None:
    for path in ("/control", f"/control/athletes/{FIRST}", "/healthz"):
        assert "set-cookie" not in wire.get(path).headers


def test_the_addresses_of_strava_s_site_lead_to_the_pages_of_the_control(wire: Wire) -> None:
    made = wire.control("POST", RUNS)["id"]
    run, athlete = wire.call("GET", f"/activities/{made}"), wire.call("GET", f"/athletes/{FIRST}")
    assert run.status == 302 and run.headers["location"] == f"/control/athletes/{FIRST}#activity-{made}"
    assert athlete.status == 302 and athlete.headers["location"] == f"/control/athletes/{FIRST}"
    assert wire.call("GET", f"/activities/{made + 1}").status == 404
