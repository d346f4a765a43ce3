"""Every answer is what Strava's published description promises.

`contract.json` holds the definitions that are needed, without their prose. The description knows no null, yet its own
examples are full of them: a null counts as a field that is not there.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.integrations.strava_simulator.conftest import FIRST, Simulate
from tests.integrations.strava_simulator.wire import Wire

CONTRACT = json.loads(Path(__file__).with_name("contract.json").read_text())
# What the application reads of a run.
ROW = {
    "id", "name", "distance", "moving_time", "elapsed_time", "total_elevation_gain", "sport_type", "start_date",
    "start_date_local", "timezone", "utc_offset", "manual", "trainer", "commute", "private", "visibility", "flagged",
    "workout_type", "average_speed", "max_speed", "device_name", "upload_id", "athlete", "map",
}  # fmt: skip


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def assert_fits(value: Any, definition: str) -> None:
    schema = {"$ref": f"#/definitions/{definition}", **CONTRACT}
    Draft4Validator(schema).validate(without_nulls(value))


@pytest.fixture
def wide(simulate: Simulate) -> Wire:
    return simulate(athletes=12)


def test_athletes_fit(wire: Wire) -> None:
    given = wire.connect(FIRST)
    assert_fits(given["athlete"], "SummaryAthlete")
    assert_fits(wire.get("/api/v3/athlete", given["access_token"]).json, "DetailedAthlete")
    asked = "read,profile:read_all"
    code = wire.authorise(FIRST, asked, asked=asked)["code"]
    token = wire.token(grant_type="authorization_code", code=code).json["access_token"]
    full = wire.get("/api/v3/athlete", token).json
    assert full["resource_state"] == 3
    assert_fits(full, "DetailedAthlete")


def test_every_row_of_every_list_fits(wide: Wire) -> None:
    for number in range(12):
        token = wide.connect(FIRST + number)["access_token"]
        rows = wide.get("/api/v3/athlete/activities", token, per_page=200).json
        assert rows
        for row in rows:
            assert_fits(row, "SummaryActivity")
            assert row["athlete"]["id"] == FIRST + number


def test_an_ordinary_row_has_every_field_that_is_read(wire: Wire) -> None:
    token = wire.connect(FIRST)["access_token"]
    wire.control("POST", f"athletes/{FIRST}/activities", {"device_name": "Garmin Forerunner 255"})
    row = wire.get("/api/v3/athlete/activities", token).json[0]
    assert set(row) >= ROW
    assert row["map"]["summary_polyline"] and len(row["start_latlng"]) == 2  # the application must drop these


@pytest.mark.parametrize(
    "fields", [{}, {"manual": True}, {"trainer": True}, {"sport_type": "Padel"}, {"missing": ["map"]}]
)
def test_details_fit(wire: Wire, fields: dict[str, Any]) -> None:
    token = wire.connect(FIRST)["access_token"]
    made = wire.control("POST", f"athletes/{FIRST}/activities", fields)["id"]
    answer = wire.get(f"/api/v3/activities/{made}", token).json
    assert_fits(answer, "DetailedActivity")
    assert answer["id"] == made and answer["resource_state"] == 3


def test_errors_are_faults(wire: Wire) -> None:
    token = wire.connect(FIRST, "read")["access_token"]
    replies = [
        wire.get("/api/v3/athlete", "wrong"),
        wire.get("/api/v3/athlete/activities", token),
        wire.get("/api/v3/nothing", token),
        wire.token(grant_type="authorization_code", code="wrong"),
        wire.subscribe("nowhere"),
    ]
    for name in ("rate_429", "error_500"):
        wire.control("PUT", "faults", {name: 1})
        replies.append(wire.get("/api/v3/athlete", token))
        wire.control("DELETE", "faults")
    assert [reply.status for reply in replies] == [401, 401, 404, 400, 400, 429, 500]
    for reply in replies:
        assert_fits(reply.json, "Fault")
        assert reply.json["message"]


def test_token_answers_have_what_strava_documents(wire: Wire) -> None:
    given = wire.connect(FIRST)
    names = {"token_type", "access_token", "refresh_token", "expires_at", "expires_in"}
    assert set(given) == names | {"athlete"} and given["token_type"] == "Bearer"
    fresh = wire.token(grant_type="refresh_token", refresh_token=given["refresh_token"]).json
    assert set(fresh) == names
