"""The rules, read a second time by somebody else, come to the same end: on invented logs and on a real one."""

from calendar import monthrange
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.strava import parse
from integrations.strava.types import ActivityRow
from tests.oracle.judging import Row, second_ledger, second_opinion
from tests.support.rows import api_row, open_log, rows_of_log
from webapp.rulebook.judging import ChallengeRules, RunnerContext, Sum, counting, day_values, ledger, sum_of, verdicts
from webapp.rulebook.ruleset import Eligibility
from webapp.rulebook.runs import Run

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def as_run(row: Row) -> Run:
    read = parse.activity(row)
    assert isinstance(read, ActivityRow)
    fields = {name: getattr(read, name) for name in Run._fields if hasattr(read, name)}
    return Run(id=int(read.source_id), source="strava", **fields)


def assert_agreed(
    rows: list[Row],
    window: tuple[date, date],
    *,
    count_private: bool = False,
    allow_private: bool = False,
    allow_manual: bool = False,
    begun: date = date.max,
) -> Counter[str]:
    """Let both judge the rows; return how often each verdict was given."""
    rules = ChallengeRules(*window, Eligibility(private=allow_private, manual=allow_manual))
    runs = [as_run(row) for row in rows]
    opinion = second_opinion(
        rows,
        *window,
        count_private=count_private,
        allow_private=allow_private,
        allow_manual=allow_manual,
        begun=begun,
    )
    own = RunnerContext(count_private)
    assert {key: value.value for key, value in verdicts(runs, rules, own, begun).items()} == opinion.verdicts
    days = day_values(counting(runs, rules, own, begun), [])
    assert {day: value.value for day, value in days.items()} == opinion.days
    assert sum_of(days.values()) == Sum(opinion.total, opinion.active_days)
    assert ledger(runs, begun) == second_ledger(rows, begun=begun)
    return Counter(opinion.verdicts.values())


def _odd_row(minutes: int, offset_hours: int, hidden: bool, **values: Any) -> Row:
    local = datetime(2026, 10, 31, tzinfo=UTC) + timedelta(minutes=minutes)
    row = api_row(f"{local:%Y-%m-%d %H:%M:%S}", offset=offset_hours * 3600, **values)
    if hidden:
        row["start_date"] = row["start_date_local"] = f"{local:%Y-%m-%d}T00:00:01Z"
    return {name: value for name, value in row.items() if value is not None}


rarely = st.sampled_from([False] * 9 + [True])
odd_rows = st.builds(
    _odd_row,
    minutes=st.integers(0, 3 * 24 * 60),
    offset_hours=st.sampled_from([-12, -5, 0, 1, 8, 14]),
    hidden=rarely,
    sport_type=st.sampled_from(["Run"] * 6 + ["TrailRun", "VirtualRun", "Walk", "Walk", "Hike", "Ride", "Quidditch"]),
    distance=st.one_of(st.sampled_from([None, 0.0, 0.4, 99.5, 5_000.0, 5_000.5, 10_000.0]), st.floats(0, 60_000)),
    moving_time=st.one_of(st.sampled_from([None, 0, 0.5, 1_800, 371_520]), st.integers(0, 20_000)),
    elapsed_time=st.one_of(st.sampled_from([None, None, 0, 1_800.5, 371_520]), st.integers(0, 20_000)),
    manual=rarely,
    private=rarely,
    visibility=st.sampled_from(["everyone", "followers_only", "only_me", None]),
    flagged=rarely,
)


@given(
    st.lists(odd_rows, max_size=15),
    st.fixed_dictionaries(
        {"count_private": st.booleans(), "allow_private": st.booleans(), "allow_manual": st.booleans()}
    ),
    st.sampled_from([date.max, date.max, date(2026, 10, 31), date(2026, 11, 1)]),
)
def test_both_agree_on_invented_logs(rows: list[Row], allowed: dict[str, bool], begun: date) -> None:
    assert_agreed(rows, NOVEMBER, **allowed, begun=begun)


# The oddities of real logs, small and literal, each with the verdict that both must give.
ODDITIES: list[tuple[str, list[Row], list[str]]] = [
    ("zero distance", [api_row(distance=0.0)], ["nothing_measured"]),
    ("zero time", [api_row(moving_time=0, elapsed_time=0)], ["nothing_measured"]),
    ("7 m/s over 10 km", [api_row(distance=10_000.0, moving_time=1_412)], ["impossible_pace"]),
    ("a ride saved as a run", [api_row(distance=34_807.0, moving_time=912)], ["impossible_pace"]),
    ("fast below the record", [api_row(distance=13_211.0, moving_time=2_152)], ["counts"]),
    ("4.3 days of moving time", [api_row(distance=6_300.0, moving_time=371_520)], ["counts"]),
    ("an exact duplicate", [api_row(id=5), api_row(id=6)], ["counts", "overlap"]),
    (
        "two watches",
        [api_row("2026-11-12 07:00:00", distance=10_000.0), api_row("2026-11-12 07:04:00", distance=10_250.0)],
        ["overlap", "counts"],
    ),
    (
        "an overlap of a warm-up with the run after it",
        [api_row("2026-11-12 07:00:00", distance=2_000.0, moving_time=900), api_row("2026-11-12 07:10:00")],
        ["overlap", "counts"],
    ),
    (
        "a watch stopped two minutes late",
        [api_row("2026-11-12 07:00:00", moving_time=1_800), api_row("2026-11-12 07:28:00", moving_time=1_800)],
        ["counts", "counts"],
    ),
    (
        "across midnight",
        [api_row("2026-11-12 23:40:00"), api_row("2026-11-13 00:10:00", distance=9_000.0)],
        ["counts", "overlap"],
    ),
    ("late on the last day, far west", [api_row("2026-11-30 23:59:59", offset=-12 * 3600)], ["counts"]),
    ("the first minute of the month, far east", [api_row("2026-11-01 00:00:00", offset=14 * 3600)], ["counts"]),
    ("after the month, though not in UTC", [api_row("2026-12-01 00:00:00", offset=14 * 3600)], ["outside_window"]),
    (
        "one recording at two offsets, once a ride",
        [api_row("2026-11-12 07:00:00"), api_row("2026-11-12 07:00:00", offset=8 * 3600, sport_type="Ride")],
        ["counts", "other_sport"],
    ),
    (
        "one recording at two offsets, both runs",
        [api_row("2026-11-12 07:00:00"), api_row("2026-11-12 07:00:00", offset=8 * 3600)],
        ["counts", "counts"],
    ),
    (
        "hidden start times",
        [api_row("2026-11-12 00:00:01", id=7), api_row("2026-11-12 00:00:01", id=8)],
        ["counts", "counts"],
    ),
    ("a sport nobody knows", [api_row(sport_type="RoadTrip")], ["other_sport"]),
    ("only you", [api_row(visibility="only_me")], ["private"]),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in ODDITIES], ids=[case[0] for case in ODDITIES])
def test_an_oddity_has_its_verdict(rows: list[Row], expected: list[str]) -> None:
    assert_agreed(rows, NOVEMBER)
    assert list(second_opinion(rows, *NOVEMBER).verdicts.values()) == expected


def test_both_agree_on_the_real_log_to_the_metre() -> None:
    """27 runners, every month that any of them was out in."""
    if not open_log().is_file():
        pytest.skip(f"the real log is not at {open_log().name}")
    seen: Counter[str] = Counter()
    log = rows_of_log(open_log())
    for rows in log.values():
        for year, month in sorted(
            {(int(row["start_date_local"][:4]), int(row["start_date_local"][5:7])) for row in rows}
        ):
            window = date(year, month, 1), date(year, month, monthrange(year, month)[1])
            seen += assert_agreed(_around(rows, *window), window)
    assert len(log) == 27
    assert {"counts", "overlap", "impossible_pace", "nothing_measured", "other_sport"} <= set(seen)


def _around(rows: list[Row], first: date, last: date) -> list[Row]:
    """Return the rows of the window and two days on each side, which must not matter."""
    near = f"{first - timedelta(days=2)}", f"{last + timedelta(days=2)}T99"
    return [row for row in rows if near[0] <= row["start_date_local"] <= near[1]]
