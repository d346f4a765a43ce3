"""The API: who may see what, paging, limits, faults."""

from typing import Any

import pytest

from integrations.strava_simulator.api import MAX_ROWS
from tests.integrations.strava_simulator.conftest import FIRST, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import Impatient, Wire

LIST = "/api/v3/athlete/activities"


def everything(wire: Wire, token: str, **query: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """Read page by page until an empty one; return the rows and the size of each page."""
    rows: list[dict[str, Any]] = []
    sizes: list[int] = []
    while not sizes or sizes[-1]:
        page = wire.get(LIST, token, page=len(sizes) + 1, **query).json
        rows, sizes = rows + page, [*sizes, len(page)]
    return rows, sizes[:-1]


def test_pages_may_be_short_and_yet_nothing_is_missing(wire: Wire, token: str) -> None:
    held = wire.control("GET", f"athletes/{FIRST}/activities")
    for asked in (1, 5, 30, 100):
        rows, sizes = everything(wire, token, per_page=asked)
        assert [row["id"] for row in rows] == [row["id"] for row in held]
        assert max(sizes) <= asked
    _, sizes = everything(wire, token, per_page=5)
    assert any(size < 5 for size in sizes[:-1])


def test_pages_are_full_when_told_so(wire: Wire, token: str) -> None:
    wire.control("PUT", "faults", {"short_pages": False})
    _, sizes = everything(wire, token, per_page=5)
    assert set(sizes[:-1]) == {5}


def test_no_page_holds_more_than_two_hundred(wire: Wire, token: str) -> None:
    for number in range(205):
        wire.control("POST", f"athletes/{FIRST}/activities", {"name": str(number)})
    assert MAX_ROWS - 3 <= len(wire.get(LIST, token, per_page=10_000).json) <= MAX_ROWS


def test_after_and_before_compare_with_the_start(wire: Wire, token: str) -> None:
    rows, _ = everything(wire, token, per_page=50)
    starts = sorted(row["start_date"] for row in rows)
    low, high = "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"
    found, _ = everything(wire, token, after=1_775_001_600, before=1_777_593_600)
    assert [row["start_date"] for row in found] == [start for start in starts if low < start < high]
    assert found


def test_after_in_the_future_is_a_bad_request(wire: Wire, token: str, clock: StandingClock) -> None:
    reply = wire.get(LIST, token, after=int(clock.now().timestamp()) + 1)
    assert reply.status == 400
    assert reply.error == {"resource": "Application", "field": "after", "code": "future"}


@pytest.mark.parametrize("query", [{"page": 0}, {"per_page": "many"}, {"before": "yesterday"}])
def test_nonsense_is_a_bad_request(wire: Wire, token: str, query: dict[str, Any]) -> None:
    assert wire.get(LIST, token, **query).status == 400


def test_only_read_all_shows_what_is_private(wire: Wire) -> None:
    hidden = wire.control("POST", f"athletes/{FIRST}/activities", {"private": True})["id"]
    all_seeing = wire.connect(FIRST)["access_token"]
    assert wire.get(LIST, all_seeing).json[0]["id"] == hidden
    assert wire.get(f"/api/v3/activities/{hidden}", all_seeing).json["visibility"] == "only_me"
    plain = wire.connect(FIRST, "read,activity:read")["access_token"]
    rows, _ = everything(wire, plain)
    assert rows and not any(row["private"] for row in rows)
    assert wire.get(f"/api/v3/activities/{hidden}", plain).status == 404


def test_without_an_activity_scope_there_is_no_list(wire: Wire) -> None:
    token = wire.connect(FIRST, "read")["access_token"]
    assert wire.get("/api/v3/athlete", token).status == 200
    for path in (LIST, "/api/v3/activities/1"):
        reply = wire.get(path, token)
        assert reply.status == 401
        assert reply.error == {"resource": "AccessToken", "field": "activity:read_permission", "code": "missing"}


def test_a_token_in_the_address_is_no_token(wire: Wire, token: str) -> None:
    assert wire.get(LIST, access_token=token).status == 401


def test_another_athletes_run_is_not_found(wire: Wire, token: str) -> None:
    other = wire.control("POST", f"athletes/{FIRST + 1}/activities", {})["id"]
    assert wire.get(f"/api/v3/activities/{other}", token).status == 404
    assert wire.get("/api/v3/clubs/1/members", token).status == 404


def test_a_hidden_start_reads_one_second_past_midnight(wire: Wire, token: str) -> None:
    said = {"start_date_local": "2026-11-17T18:30:00Z", "hidden_start": True}
    row = wire.control("POST", f"athletes/{FIRST}/activities", said)
    assert row["start_date"] == row["start_date_local"] == "2026-11-17T00:00:01Z"
    assert wire.get(f"/api/v3/activities/{row['id']}", token).json["start_date"] == "2026-11-17T00:00:01Z"


def test_a_zone_is_written_without_daylight_saving(wire: Wire) -> None:
    said = {"timezone": "America/Chicago", "start_date": "2026-07-01T12:00:00Z"}
    row = wire.control("POST", f"athletes/{FIRST}/activities", said)
    assert row["timezone"] == "(GMT-06:00) America/Chicago" and row["utc_offset"] == -18000
    assert row["start_date_local"] == "2026-07-01T07:00:00Z"


def test_every_answer_tells_limits_and_usage(wire: Wire, token: str) -> None:
    first = wire.get(LIST, token)
    assert first.headers["x-ratelimit-limit"] == first.headers["x-readratelimit-limit"] == "600,30000"
    assert first.headers["x-readratelimit-usage"] == "1,1"
    assert wire.get(LIST, "wrong").headers["x-ratelimit-usage"] == "2,2"


def test_a_quarter_hour_spent_refuses_until_the_next_but_counts_on_the_day(
    simulate: Simulate, clock: StandingClock
) -> None:
    wire = simulate(tier="default")
    token = wire.connect(FIRST)["access_token"]
    statuses = [wire.get("/api/v3/athlete", token).status for _ in range(103)]
    assert statuses == [200] * 100 + [429] * 3
    refused = wire.get("/api/v3/athlete", token)
    assert "retry-after" not in refused.headers and refused.json["message"] == "Rate Limit Exceeded"
    assert refused.error == {"resource": "Application", "field": "read rate limit", "code": "exceeded"}
    assert refused.headers["x-readratelimit-usage"] == "104,104"
    clock.pass_by(minutes=10)  # 09:15
    again = wire.get("/api/v3/athlete", token)
    assert again.status == 200 and again.headers["x-readratelimit-usage"] == "1,105"


def test_the_tier_changes_while_it_runs(wire: Wire, token: str) -> None:
    wire.control("PUT", "faults", {"tier": "ten"})
    headers = wire.get(LIST, token).headers
    assert (headers["x-readratelimit-limit"], headers["x-ratelimit-limit"]) == ("200,2000", "400,4000")


@pytest.mark.parametrize(("fault", "status"), [("rate_429", 429), ("error_500", 500)])
def test_a_fault_strikes_as_often_as_told(wire: Wire, token: str, fault: str, status: int) -> None:
    def outcomes() -> list[int]:
        wire.control("PUT", "faults", {fault: 0.3, "seed": 4})
        return [wire.get("/api/v3/athlete", token).status for _ in range(40)]

    first = outcomes()
    assert set(first) == {200, status} and 5 <= first.count(status) <= 20
    assert outcomes() == first
    wire.control("DELETE", "faults")
    assert wire.get("/api/v3/athlete", token).status == 200


def test_an_answer_can_be_held_back(wire: Wire, token: str) -> None:
    wire.control("PUT", "faults", {"timeout": 1, "timeout_seconds": 30})
    impatient = Impatient(wire.base)
    with pytest.raises(TimeoutError):
        impatient.get("/api/v3/athlete", token)


def test_rows_can_be_malformed(wire: Wire, token: str) -> None:
    sound = wire.get(LIST, token, per_page=100).json
    wire.control("PUT", "faults", {"malformed_rows": 0.4})
    rows = wire.get(LIST, token, per_page=100).json
    assert len(rows) == len(sound)
    assert 0 < sum(row != other for row, other in zip(rows, sound, strict=True)) < len(rows)
