"""The one clock."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from webapp.clock import Clock, Pace, days_between

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_wall_clock_cannot_be_set() -> None:
    with pytest.raises(RuntimeError):
        Clock().set(speed=2)


def test_a_pace_is_a_straight_line() -> None:
    assert Pace(origin=1000.0, wall=500.0, speed=60.0).at(510.0) == 1600.0


def test_every_clock_on_the_same_file_tells_the_same_time(tmp_path: Path) -> None:
    mine, theirs = Clock(tmp_path / "clock.json"), Clock(tmp_path / "clock.json")
    mine.set(speed=0, now=NOON)
    assert mine.now() == theirs.now() == NOON
    theirs.set(speed=0, now=NOON + timedelta(days=1))
    assert mine.now() == NOON + timedelta(days=1)


def test_a_new_speed_goes_on_from_where_the_clock_was(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock.json")
    clock.set(speed=0, now=NOON)
    clock.set(speed=3600)
    assert clock.now() >= NOON
    assert clock.speed == 3600


def test_a_file_that_is_not_there_means_the_wall_clock(tmp_path: Path) -> None:
    assert abs(Clock(tmp_path / "none.json").now() - Clock().now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "expected"), [("Pacific/Kiritimati", date(2026, 11, 23)), ("Etc/GMT+12", date(2026, 11, 22))]
)
def test_today_is_the_zones_own(tmp_path: Path, zone: str, expected: date) -> None:
    clock = Clock(tmp_path / "clock.json")
    clock.set(speed=0, now=NOON)
    assert clock.today(zone) == expected


def test_days_between_takes_both_ends_in() -> None:
    assert days_between(date(2028, 2, 28), date(2028, 3, 1)) == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
    assert days_between(date(2026, 1, 2), date(2026, 1, 1)) == []
