"""Rows of Strava's list, in every state they were seen in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.strava import parse
from integrations.strava.types import ActivityRow, BadRow
from tests.support.builders import NOON
from tests.support.rows import api_row

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read(row: dict[str, Any]) -> ActivityRow:
    found = parse.activity(row)
    assert isinstance(found, ActivityRow), found
    return found


def test_a_plain_run_is_read() -> None:
    row = read(api_row("2026-11-12 07:00:00", offset=3600, id=77, distance=10_012.6, elapsed_time=3100))
    assert row.source_id == "77"
    assert (row.local_date, row.start_utc) == (date(2026, 11, 12), datetime(2026, 11, 12, 6, tzinfo=UTC))
    assert (row.distance_m, row.moving_s, row.elapsed_s, row.climb_m) == (10_013, 3000, 3100, 40)
    assert (row.sport_type, row.private, row.device) == ("Run", False, "Garmin Forerunner 255")


def test_the_day_is_that_of_the_wall_clock_and_its_z_is_false() -> None:
    late = read(api_row("2026-10-31 23:30:00", offset=-8 * 3600))
    assert (late.local_date, late.start_utc.date()) == (date(2026, 10, 31), date(2026, 11, 1))


def test_a_hidden_start_keeps_its_date() -> None:
    row = read(api_row("2026-11-12 00:00:01", offset=3600))
    assert row.start_hidden
    assert row.local_date == date(2026, 11, 12)
    assert not read(api_row("2026-11-12 00:00:02")).start_hidden


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"distance": None}, "distance_m", 0),
        ({"distance": 0}, "distance_m", 0),
        ({"distance": "5000.4"}, "distance_m", 5000),
        ({"moving_time": None}, "moving_s", 0),
        ({"moving_time": 1800.5}, "moving_s", 1800),
        ({"elapsed_time": None}, "elapsed_s", None),
        ({"total_elevation_gain": None}, "climb_m", 0),
        ({"total_elevation_gain": -3}, "climb_m", 0),
        ({"total_elevation_gain": 1e9}, "climb_m", parse.MAX_CLIMB_M),
        ({"distance": "far"}, "distance_m", 0),
        ({"distance": -1}, "distance_m", 0),
        ({"distance": float("nan")}, "distance_m", 0),
        ({"distance": float("inf")}, "distance_m", 0),
        ({"distance": 1e12}, "distance_m", parse.MAX_DISTANCE_M),
        ({"distance": True}, "distance_m", 0),
        ({"moving_time": -5, "elapsed_time": 9}, "moving_s", 0),
        ({"moving_time": 10**12}, "moving_s", parse.MAX_TIME_S),
        ({"elapsed_time": 10**12}, "elapsed_s", parse.MAX_TIME_S),
        ({"elapsed_time": -1}, "elapsed_s", None),
        ({"elapsed_time": float("nan")}, "elapsed_s", None),
        ({"elapsed_time": []}, "elapsed_s", None),
        ({"sport_type": "Quidditch"}, "sport_type", "Quidditch"),
        ({"sport_type": None, "type": "Run"}, "sport_type", "Run"),
        ({"sport_type": None, "type": None}, "sport_type", "Unknown"),
        ({"sport_type": 7}, "sport_type", "Unknown"),
        ({"private": True}, "private", True),
        ({"private": None}, "private", False),
        ({"private": None, "visibility": "only_me"}, "private", True),
        ({"private": "true"}, "private", True),
        ({"private": "false"}, "private", False),
        ({"utc_offset": None}, "utc_offset_s", 0),
        ({"utc_offset": 5e9}, "utc_offset_s", 0),
        ({"name": None}, "title", None),
        ({"name": "a\x00b\ud800c"}, "title", "abc"),
        # It would turn round the sentence that quotes it.
        ({"name": "a\u202eb\u2066c"}, "title", "abc"),
        ({"name": "x" * 999}, "title", "x" * 255),
        ({"device_name": ["watch"]}, "device", None),
        ({"start_date": None, "utc_offset": 7200}, "start_utc", datetime(2026, 11, 12, 5, tzinfo=UTC)),
        ({"start_date": "yesterday"}, "start_utc", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        ({"start_date": "0001-01-01T00:00:00Z"}, "start_utc", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        ({"start_date": "2026-11-02T07:00:00Z"}, "start_utc", datetime(2026, 11, 12, 7, tzinfo=UTC)),
        (
            {"start_date": "9999-12-31T23:59:59Z", "utc_offset": 3600},
            "start_utc",
            datetime(2026, 11, 12, 6, tzinfo=UTC),
        ),
        ({"sport_type": "TrailRun", "type": "Run"}, "sport_type", "TrailRun"),
        ({"sport_type": "Run", "type": "Ride"}, "sport_type", "Run"),
        ({"sport_type": "", "type": "Run"}, "sport_type", "Run"),
        ({"athlete_count": 0, "start_latlng": [51.5]}, "distance_m", 10_000),
    ],
)
def test_missing_and_odd_fields_are_ingested(values: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(read(api_row(**values)), field) == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"start_date_local": None}, "local start"),
        ({"start_date_local": "yesterday"}, "local start"),
        ({"start_date_local": "0001-01-01T00:00:00Z"}, "year 1"),
        ({"start_date_local": "9999-12-31T00:00:00Z"}, "year 9999"),
    ],
)
def test_an_absurd_row_is_set_aside_with_its_reason(values: dict[str, Any], reason: str) -> None:
    found = parse.activity(api_row(id=5, **values))
    assert isinstance(found, BadRow)
    assert found.source_id == "5"
    assert reason in found.reason


HELPERS = (
    "name", "type", "elapsed_time", "total_elevation_gain", "start_date", "utc_offset", "manual", "trainer", "private",
    "visibility", "flagged", "device_name",
)  # fmt: skip


@pytest.mark.parametrize("field", HELPERS)
@pytest.mark.parametrize("nonsense", [None, "", "nonsense", -1, float("nan"), float("inf"), 10**400, [], {}, "9" * 50])
def test_nonsense_in_a_field_that_only_helps_another_rule_never_loses_the_run(field: str, nonsense: Any) -> None:
    row = read(api_row(**{field: nonsense}))
    assert (row.local_date, row.distance_m, row.moving_s) == (date(2026, 11, 12), 10_000, 3000)


@pytest.mark.parametrize("raw", [None, 7, "run", [], {}, {"id": True}, {"id": -4}, {"id": 0}, {"id": "x"}, {"id": 1.5}])
def test_what_has_no_id_is_set_aside_without_one(raw: object) -> None:
    found = parse.activity(raw)
    assert isinstance(found, BadRow)
    assert found.source_id is None


def test_no_place_and_no_line_survives() -> None:
    row = read(api_row(start_latlng=[51.507, -0.127], map={"summary_polyline": "secretline"}, location_city="Leeds"))
    assert not any(trace in repr(row) for trace in ("51.507", "secretline", "Leeds"))


@given(st.dictionaries(st.sampled_from(sorted(api_row())), JSON))
def test_nothing_that_is_json_breaks_the_reading(changes: dict[str, Any]) -> None:
    found = parse.activity(api_row() | changes)
    if isinstance(found, ActivityRow):
        assert 0 <= found.distance_m < 2**31
        assert 0 <= found.moving_s < 2**31
        assert 0 <= (found.elapsed_s or 0) < 2**31
        assert abs(found.utc_offset_s) <= 14 * 3600
        assert len(found.sport_type) <= 40
        (found.title or "").encode()
        assert "\x00" not in (found.title or "") + (found.device or "") + found.sport_type


@given(JSON)
def test_nothing_at_all_breaks_the_reading(raw: object) -> None:
    assert isinstance(parse.activity(raw), ActivityRow | BadRow)


def test_tokens_are_not_in_the_repr_of_a_grant() -> None:
    whole = {"access_token": "sesame", "refresh_token": "open", "expires_at": 1_800_000_000}
    grant = parse.token_grant(whole, NOON)
    assert "sesame" not in repr(grant)
    assert "open" not in repr(grant)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"message": "Bad Request", "errors": []},
        {"access_token": "a", "refresh_token": "", "expires_at": 1_800_000_000},
        {"access_token": "a", "expires_at": 1_800_000_000},
        {"refresh_token": "a", "expires_at": 1_800_000_000},
        {"access_token": ["a"], "refresh_token": {"b": 1}, "expires_at": 1_800_000_000},
    ],
)
def test_an_answer_to_a_code_without_both_tokens_is_refused_and_not_quoted(body: object) -> None:
    with pytest.raises(ValueError) as refusal:
        parse.token_grant(body, NOON)
    assert "'a'" not in str(refusal.value)


@pytest.mark.parametrize("body", [None, [], {"message": "hm"}, {"expires_at": 1_800_000_000}])
def test_an_answer_to_a_refresh_without_any_token_is_refused(body: object) -> None:
    with pytest.raises(ValueError):
        parse.token_grant(body, NOON, older="older")


@pytest.mark.parametrize("expires_at", [None, "soon", -1, 2**40, float("nan")])
def test_a_token_without_an_end_lives_as_long_as_it_says_or_an_hour(expires_at: object) -> None:
    body = {"access_token": "a", "refresh_token": "b", "expires_at": expires_at}
    assert parse.token_grant(body, NOON).expires_at == NOON + timedelta(hours=1)
    assert parse.token_grant(body | {"expires_in": 21_600}, NOON).expires_at == NOON + timedelta(hours=6)


@pytest.mark.parametrize("athlete", [None, {}, [], "5", {"id": None}, {"firstname": "Ana"}])
def test_a_token_answer_without_a_readable_athlete_names_none(athlete: object) -> None:
    body = {"access_token": "a", "refresh_token": "b", "expires_at": 1_800_000_000, "athlete": athlete}
    assert parse.token_grant(body, NOON).athlete is None


def test_what_a_refresh_leaves_out_is_not_lost() -> None:
    alone = parse.token_grant({"access_token": "a", "expires_at": 1_800_000_000}, NOON, older="older")
    assert (alone.access_token, alone.refresh_token) == ("a", "older")
    rotated = parse.token_grant({"refresh_token": "b", "expires_at": 1_800_000_000}, NOON, older="older")
    assert (rotated.access_token, rotated.refresh_token, rotated.expires_at) == ("", "b", NOON)


def test_an_athlete_without_a_name_still_has_one() -> None:
    assert parse.athlete({"id": 9, "firstname": " Ana ", "lastname": "Ruiz"}).name == "Ana Ruiz"
    assert parse.athlete({"id": 9, "firstname": None}).name == ""
