"""The day's plan comes true faster than life, and a later start finds the log filled."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.integrations.strava_simulator.conftest import FIRST, Simulate, StandingClock
from tests.integrations.strava_simulator.wire import Receiver, Wire, wait_for


def everything(wire: Wire) -> dict[int, dict[str, Any]]:
    """Return all activities of everybody by id."""
    people = wire.control("GET", "athletes")
    rows = [row for who in people for row in wire.control("GET", f"athletes/{who['id']}/activities")]
    return {row["id"]: row for row in rows}


def ends(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["start_date"]) + timedelta(seconds=row.get("elapsed_time", 0))


def test_nothing_lies_in_the_future_and_the_log_is_eleven_months_long(simulate: Simulate, clock: StandingClock) -> None:
    wire = simulate(athletes=30)
    rows = everything(wire).values()
    assert max(ends(row) for row in rows) <= clock.now()
    first = min(row["start_date"] for row in rows)
    assert "2025-12-17" < first < "2025-12-24"


def test_a_planned_run_is_released_as_one_that_ends_now(
    simulate: Simulate, receiver: Receiver, clock: StandingClock
) -> None:
    wire = simulate(athletes=15)
    wire.subscribe(receiver.url)
    people = [who["id"] for who in wire.control("GET", "athletes")]
    for athlete in people:
        wire.connect(athlete)
    before = everything(wire)
    answer = wire.control("POST", "release")
    assert answer["left"] > 0
    fresh = {number: row for number, row in everything(wire).items() if number not in before}
    assert set(fresh) == set(answer["released"])
    row = next(iter(fresh.values()))
    assert abs(ends(row) - clock.now()) <= timedelta(seconds=300)
    local = datetime.fromisoformat(row["start_date"]).astimezone(ZoneInfo(row["timezone"].split()[1]))
    assert local.replace(tzinfo=UTC) == datetime.fromisoformat(row["start_date_local"])
    wire.wait_until_quiet()
    assert {event["object_id"] for event in receiver.events} == set(fresh)


def test_the_whole_plan_passes_in_a_sixtieth_of_the_time(simulate: Simulate, clock: StandingClock) -> None:
    wire = simulate(athletes=30, release_speed=60)
    before = everything(wire)
    for _ in range(12):
        clock.pass_by(minutes=2)
        wait_for(lambda: wire.control("GET", "plan")["due"] == 0)
    fresh = [row for number, row in everything(wire).items() if number not in before]
    assert len(fresh) > 5
    assert all(ends(row) <= clock.now() for row in fresh)
    assert len({row["start_date_local"][:10] for row in fresh}) <= 2  # each keeps its own date
    assert_nobody_runs_twice_at_once(fresh)


def assert_nobody_runs_twice_at_once(rows: list[dict[str, Any]]) -> None:
    by_athlete: dict[int, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["start_date"]):
        by_athlete.setdefault(row["athlete"]["id"], []).append(row)
    for theirs in by_athlete.values():
        for earlier, later in pairwise(theirs):
            double = abs(earlier["distance"] - later["distance"]) <= 0.05 * earlier["distance"]
            assert double or ends(earlier) <= datetime.fromisoformat(later["start_date"])


def test_a_later_start_fills_the_log_without_changing_the_past(simulate: Simulate, clock: StandingClock) -> None:
    before = everything(simulate(athletes=9))
    clock.pass_by(days=9)
    after = everything(simulate(athletes=9))
    assert {number: after[number] for number in before} == before
    fresh = [row for number, row in after.items() if number not in before]
    assert fresh and all(ends(row) <= clock.now() for row in fresh)
    starts = [(row["athlete"]["id"], row["start_date"]) for row in fresh]
    assert min(start for _, start in starts) >= "2026-11-18"


def test_a_day_that_begins_while_it_runs_is_planned_and_announced(
    simulate: Simulate, receiver: Receiver, clock: StandingClock
) -> None:
    wire = simulate(athletes=9, release_speed=1)
    wire.subscribe(receiver.url)
    for who in wire.control("GET", "athletes"):
        wire.connect(who["id"])
    before = everything(wire)
    clock.pass_by(days=3)
    wait_for(lambda: len(everything(wire)) > len(before) + 5)
    wait_for(lambda: wire.control("GET", "plan")["due"] == 0)
    wire.wait_until_quiet()
    fresh = {number for number in everything(wire) if number not in before}
    assert {event["object_id"] for event in receiver.events} == fresh


def test_a_world_that_releases_nothing_stays_as_it_is(simulate: Simulate, clock: StandingClock) -> None:
    wire = simulate(athletes=9)
    before = everything(wire)
    clock.pass_by(days=2)
    assert wire.control("GET", "quiet")["quiet"]
    assert everything(wire) == before
    assert FIRST in {row["athlete"]["id"] for row in before.values()}
