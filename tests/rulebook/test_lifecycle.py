"""A challenge in time, stints in teams, and fair draws."""

import random
from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.lifecycle import (
    State,
    Stint,
    closes_at,
    days_end_at,
    days_left,
    doubled,
    draw_evenly,
    ended_by,
    filled_up,
    may_freeze,
    month_from,
    month_name,
    month_window,
    moved,
    names_from,
    pick_current,
    runs_needed_from,
    smallest_team,
    spread_evenly,
    state_of,
)

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("tz", "now", "state"),
    [
        # In Auckland (+13) the 1st begins at 11:00 UTC of the day before, in Honolulu (-10) at 10:00 UTC of the day.
        ("Pacific/Auckland", "2026-10-31T10:59:59", State.COMING),
        ("Pacific/Auckland", "2026-10-31T11:00:00", State.OPEN),
        ("Pacific/Honolulu", "2026-11-01T09:59:59", State.COMING),
        ("Pacific/Honolulu", "2026-11-01T10:00:00", State.OPEN),
        ("UTC", "2026-10-31T23:59:59", State.COMING),
        ("UTC", "2026-11-01T00:00:00", State.OPEN),
        # The last date is over everywhere at noon UTC of the next, whatever the group's zone.
        ("Pacific/Auckland", "2026-12-01T11:59:59", State.OPEN),
        ("Pacific/Auckland", "2026-12-01T12:00:00", State.GRACE),
        ("Pacific/Honolulu", "2026-12-01T12:00:00", State.GRACE),
        ("UTC", "2026-12-02T11:59:59", State.GRACE),
        ("UTC", "2026-12-02T12:00:00", State.CLOSED),
        ("UTC", "2030-01-01T00:00:00", State.CLOSED),
    ],
)
def test_a_challenge_opens_by_the_groups_zone_and_ends_when_its_last_date_is_over_everywhere(
    tz: str, now: str, state: str
) -> None:
    assert state_of(FIRST, LAST, 24, tz, at(now)) == state


def test_a_challenge_closes_when_an_organiser_closes_it_and_never_later_than_by_itself() -> None:
    early, by_itself = at("2026-12-01T15:30:00"), at("2026-12-02T12:00:00")
    assert closes_at(LAST, 24, early) == early
    assert closes_at(LAST, 24, by_itself + timedelta(days=1)) == closes_at(LAST, 24) == by_itself
    assert state_of(FIRST, LAST, 24, "UTC", early - timedelta(seconds=1), early) == State.GRACE
    assert state_of(FIRST, LAST, 24, "UTC", early, early) == State.CLOSED
    assert not may_freeze(early, MADE, 1, early + timedelta(hours=23))
    assert may_freeze(early, MADE, 1, early + timedelta(hours=24))


def test_without_grace_a_challenge_closes_at_once() -> None:
    assert state_of(FIRST, LAST, 0, "UTC", at("2026-12-01T11:59:59")) == State.OPEN
    assert state_of(FIRST, LAST, 0, "UTC", at("2026-12-01T12:00:00")) == State.CLOSED


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 60),
    st.integers(0, 168),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"]),
    st.lists(st.integers(-2000, 4000), min_size=2, max_size=6),
)
def test_the_life_of_a_challenge_goes_one_way(
    starts_on: date, length: int, grace: int, tz: str, hours: list[int]
) -> None:
    order = [State.COMING, State.OPEN, State.GRACE, State.CLOSED]
    zero = datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=UTC)
    ends_on = starts_on + timedelta(days=length)
    states = [state_of(starts_on, ends_on, grace, tz, zero + timedelta(hours=h)) for h in sorted(hours)]
    assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)
    assert state_of(starts_on, ends_on, grace, tz, closes_at(ends_on, grace)) == State.CLOSED


def test_today_is_a_day_that_is_left() -> None:
    assert days_left(date(2026, 11, 30), LAST) == 1
    assert days_left(date(2026, 11, 1), LAST) == 30
    assert days_left(date(2026, 12, 1), LAST) == 0
    assert days_left(date(2027, 12, 1), LAST) == 0


def test_a_month_is_read_named_and_bounded() -> None:
    assert month_from(" 2026-11 ") == (2026, 11)
    assert month_window(2028, 2) == (date(2028, 2, 1), date(2028, 2, 29))
    assert month_name(2026, 11) == "November 2026"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "1999-01", "2101-01", "٢٠٢٦-١١", "2026-11-01", "11/2026"]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert month_from(text) is None


@pytest.mark.parametrize(
    ("states", "current"),
    [
        ([State.CLOSED, State.COMING, State.GRACE, State.OPEN], 3),
        ([State.CLOSED, State.COMING, State.GRACE], 2),
        ([State.CLOSED, State.COMING, State.COMING], 1),
        ([State.CLOSED, State.CLOSED], 1),
        ([State.OPEN, State.OPEN], 1),
        ([], None),
    ],
)
def test_a_group_sees_what_runs_otherwise_what_comes_next_otherwise_the_last(
    states: list[State], current: int | None
) -> None:
    starts = [date(2026, 1 + place, 1) for place in range(len(states))]
    assert pick_current(zip(range(len(states)), states, starts, strict=True)) == current


def test_until_the_first_date_a_move_is_another_choice() -> None:
    before = [Stint(1, FIRST, None)]
    assert moved(before, 2, FIRST, date(2026, 10, 20)) == [Stint(2, FIRST, None)]
    assert moved(before, 2, FIRST, FIRST) == [Stint(2, FIRST, None)]
    assert moved(before, None, FIRST, FIRST) == []


def test_later_a_move_begins_today_and_leaves_the_past_where_it_was() -> None:
    tenth = date(2026, 11, 10)
    once = moved([Stint(1, FIRST, None)], 2, FIRST, tenth)
    assert once == [Stint(1, FIRST, date(2026, 11, 9)), Stint(2, tenth, None)]
    assert moved(once, 1, FIRST, tenth) == [Stint(1, FIRST, None)]  # changed their mind the same day
    assert moved(once, 3, FIRST, tenth) == [once[0], Stint(3, tenth, None)]
    left = moved(once, None, FIRST, date(2026, 11, 12))
    assert left == [once[0], Stint(2, tenth, date(2026, 11, 11))]
    assert moved(left, 2, FIRST, date(2026, 11, 15))[-1] == Stint(2, date(2026, 11, 15), None)


moves = st.lists(st.tuples(st.integers(-3, 29), st.none() | st.integers(1, 3)), max_size=8)


def team_on(stints: list[Stint], day: date) -> int | None:
    found = [s.team_id for s in stints if s.from_date <= day and (s.to_date is None or day <= s.to_date)]
    assert len(found) <= 1
    return found[0] if found else None


@given(moves)
def test_moves_never_touch_days_that_are_over(steps: list[tuple[int, int | None]]) -> None:
    stints: list[Stint] = []
    for offset, team_id in sorted(steps, key=lambda step: step[0]):
        today = FIRST + timedelta(days=offset)
        after = moved(stints, team_id, FIRST, today)
        past = [FIRST + timedelta(days=n) for n in range(max(0, offset))]
        assert [team_on(after, day) for day in past] == [team_on(stints, day) for day in past]
        assert team_on(after, max(today, FIRST)) == team_id
        assert len({stint.from_date for stint in after}) == len(after)
        assert all(stint.to_date is None or stint.to_date >= stint.from_date for stint in after)
        stints = after


def test_someone_who_has_no_team_goes_to_the_smallest_ties_by_team_order() -> None:
    assert smallest_team([(7, 3), (5, 2), (9, 2)]) == 5
    assert smallest_team([]) is None
    assert spread_evenly([1, 2, 3, 4], [10, 20, 30]) == {1: 10, 2: 20, 3: 30, 4: 10}
    assert spread_evenly([1, 2], []) == {}


mileages = st.dictionaries(st.integers(1, 500), st.integers(0, 500_000), max_size=60)


def spread(teams: list[list[int]], mileage: dict[int, int]) -> int:
    sums = [sum(mileage[runner] for runner in team) for team in teams]
    return max(sums) - min(sums)


@given(mileages, st.integers(1, 9), st.text(max_size=5))
def test_a_draw_is_whole_even_and_the_same_for_the_same_seed(mileage: dict[int, int], teams: int, seed: str) -> None:
    drawn = draw_evenly(mileage, teams, seed)
    assert sorted(runner for team in drawn for runner in team) == sorted(mileage)
    assert len(drawn) == teams
    assert max(map(len, drawn)) - min(map(len, drawn)) <= 1
    assert drawn == draw_evenly(dict(reversed(mileage.items())), teams, seed)


@given(mileages, st.integers(1, 9), st.text(max_size=5))
def test_sums_of_drawn_teams_differ_by_one_runner_at_most(mileage: dict[int, int], teams: int, seed: str) -> None:
    assert spread(draw_evenly(mileage, teams, seed), mileage) <= max(mileage.values(), default=0)


@given(st.integers(0, 10_000), st.integers(6, 60), st.integers(2, 5))
def test_a_draw_is_fairer_than_chance(seed: int, runners: int, teams: int) -> None:
    dice = random.Random(seed)
    mileage = {runner: int(dice.lognormvariate(11.5, 0.8)) for runner in range(runners)}

    def by_chance() -> int:
        order = dice.sample(sorted(mileage), runners)
        return spread([order[n::teams] for n in range(teams)], mileage)

    assert spread(draw_evenly(mileage, teams, str(seed)), mileage) <= median(by_chance() for _ in range(31))


def test_another_seed_draws_other_teams() -> None:
    mileage = dict.fromkeys(range(40), 10_000)
    assert draw_evenly(mileage, 4, "one") != draw_evenly(mileage, 4, "two")


def test_names_of_teams_stand_one_a_line() -> None:
    assert names_from("  Red \r\n\n Light  Blue\n") == ["Red", "Light Blue"]
    assert doubled(["Red", "Blue", "RED"]) == ["RED"]
    assert doubled(["Red", "R\u200ded", "Élan", "Elan"]) == ["R\u200ded"]
    assert filled_up(["team 2", "Foxes"], 4) == ["team 2", "Foxes", "Team 1", "Team 3"]
    assert filled_up([], 2) == ["Team 1", "Team 2"]


@pytest.mark.parametrize(
    ("first_start", "needed_from"),
    [
        (None, date(2026, 11, 6)),
        (date(2026, 11, 1), date(2026, 10, 31)),
        (date(2026, 11, 6), date(2026, 11, 5)),
        # Of a challenge that began later the last days are stored anyway.
        (date(2026, 11, 9), date(2026, 11, 6)),
        (date(2026, 12, 1), date(2026, 11, 6)),
        (date(2025, 12, 1), date(2025, 11, 30)),
    ],
)
def test_runs_are_needed_from_the_day_before_the_earliest_open_challenge(
    first_start: date | None, needed_from: date
) -> None:
    assert runs_needed_from(first_start, date(2026, 11, 12), raw_days=6) == needed_from


@given(st.integers(0, 366 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00:00") + timedelta(minutes=minutes)))
def test_dates_are_over_when_they_have_ended_everywhere(now: datetime) -> None:
    last = ended_by(now)
    assert days_end_at(last) <= now < days_end_at(last + timedelta(days=1))


MADE = at("2026-10-30T08:00:00")


@pytest.mark.parametrize(
    ("now", "unread", "frozen"),
    [
        ("2026-12-02T11:59:59", 0, False),
        ("2026-12-02T12:00:00", 0, True),
        ("2026-12-02T12:00:00", 1, False),
        ("2026-12-03T11:59:59", 1, False),
        ("2026-12-03T12:00:00", 1, True),
    ],
)
def test_totals_become_facts_when_everybody_was_read_or_waited_for(now: str, unread: int, frozen: bool) -> None:
    assert may_freeze(closes_at(LAST, 24), MADE, unread, at(now)) is frozen


def test_a_challenge_of_past_days_has_a_day_to_be_read_for() -> None:
    made = at("2027-03-05T08:00:00")
    assert may_freeze(closes_at(LAST, 24), made, 0, made)
    assert not may_freeze(closes_at(LAST, 24), made, 1, made + timedelta(hours=23))
    assert may_freeze(closes_at(LAST, 24), made, 1, made + timedelta(hours=24))


def test_the_grace_time_is_waited_out() -> None:
    assert not may_freeze(closes_at(LAST, 72), MADE, 0, at("2026-12-04T11:59:59"))
    assert may_freeze(closes_at(LAST, 0), MADE, 0, at("2026-12-01T12:00:00"))
