"""Runs as values for tests of rules: one made by hand, and hypothesis' own, close together so that they collide."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from integrations.strava.types import ActivityRow
from webapp.rulebook.runs import Run

_ids = count(1)
DAY_ONE = datetime(2026, 10, 30, tzinfo=UTC)


def make_run(**values: Any) -> Run:
    """Return 10 km in 50 minutes on 12 November 2026."""
    number = next(_ids)
    usual = {
        "id": number,
        "source": "strava",
        "source_id": str(number),
        "sport_type": "Run",
        "local_date": date(2026, 11, 12),
        "start_utc": datetime(2026, 11, 12, 7, tzinfo=UTC),
        "start_hidden": False,
        "distance_m": 10_000,
        "moving_s": 3_000,
        "elapsed_s": 3_000,
        "climb_m": 40,
        "manual": False,
        "private": False,
        "flagged": False,
    }
    return Run(**{**usual, **values})


def _at(quarter_hours: int, offset_hours: int, hidden: bool, **values: Any) -> Run:
    start = DAY_ONE + timedelta(minutes=15 * quarter_hours)
    local_date = (start + timedelta(hours=offset_hours)).date()
    return make_run(start_utc=start, local_date=local_date, start_hidden=hidden, **values)


def runs() -> st.SearchStrategy[Run]:
    """Draw runs around the turn of a month, in every zone, many of them odd."""
    rarely = st.sampled_from([False] * 7 + [True])
    return st.builds(
        _at,
        quarter_hours=st.integers(0, 4 * 24 * 4),
        offset_hours=st.sampled_from([-12, -5, 0, 1, 8, 14]),
        hidden=rarely,
        sport_type=st.sampled_from(["Run", "Run", "Run", "TrailRun", "VirtualRun", "Walk", "Ride"]),
        distance_m=st.sampled_from([0, 400, 5_000, 5_000, 10_000, 10_001, 42_195]),
        moving_s=st.sampled_from([0, 30, 1_600, 3_000, 3_000, 15_000, 371_520]),
        elapsed_s=st.sampled_from([None, 0, 1_600, 3_000, 15_000, 371_520]),
        manual=rarely,
        private=rarely,
        flagged=rarely,
    )


def reported(source_id: str, **values: Any) -> ActivityRow:
    """Return 10 km in 50 minutes on 12 November 2026 as a source tells of them."""
    usual = {**make_run()._asdict(), "utc_offset_s": 0, "title": "Morning Run", "device": None}
    fields = {name: usual[name] for name in usual.keys() - {"id", "source", "first_m"}}
    return ActivityRow(**{**fields, **values, "source_id": source_id})


def reported_on(source_id: str, day: date, **values: Any) -> ActivityRow:
    """Return the same at seven in the morning of a date."""
    start = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
    return reported(source_id, **{"local_date": day, "start_utc": start, **values})
