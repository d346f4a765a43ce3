"""Are drawn teams even? Figures against drawing by lot alone, on made-up groups and on the real log."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import Row, open_log, rows_of_log
from webapp.rulebook.lifecycle import draw_evenly
from webapp.rulebook.runs import RUNNING
from webapp.rulebook.team_lottery import draws_for, random_spread, spread_of, spread_of_teams, team_on_turn

MILEAGE = st.dictionaries(st.integers(1, 500), st.integers(0, 600_000), min_size=2, max_size=60)


def made_up(seed: int, size: int) -> dict[int, int]:
    """Return a group as groups are: many run a little, a few run much, some not at all."""
    lots = random.Random(seed)
    return {runner: int(lots.lognormvariate(11.5, 0.9)) * (lots.random() > 0.1) for runner in range(size)}


def last_weeks(log: Mapping[str, list[Row]]) -> dict[int, int]:
    """Return the metres that each runner of a log ran in the last eight weeks in which they ran at all."""
    mileage = {}
    for number, rows in enumerate(log.values()):
        runs = [(datetime.fromisoformat(row["start_date_local"]), int(row["distance"])) for row in rows if is_run(row)]
        last = max((start for start, _ in runs), default=None)
        since = last and last - timedelta(days=56)
        mileage[number] = sum(metres for start, metres in runs if since and start > since)
    return mileage


def is_run(row: Row) -> bool:
    return bool(row["sport_type"] in RUNNING)


def even_spread(mileage: Mapping[int, int], teams: int, seed: str = "1") -> Fraction:
    return spread_of_teams(mileage, draw_evenly(mileage, teams, seed)) or Fraction(0)


@pytest.mark.parametrize("size", [12, 30, 100, 1000])
@pytest.mark.parametrize("teams", [2, 4, 6])
def test_an_even_draw_is_evener_than_lots_in_made_up_groups(size: int, teams: int) -> None:
    mileage = made_up(size, size)
    even, by_lot = even_spread(mileage, teams), random_spread(mileage, teams, "1", 100)
    assert by_lot is not None
    print(f"{size} runners, {teams} teams: drawn {float(even):.2f} %, by lot {float(by_lot):.2f} % of the mean")  # noqa: T201  # figures to be read
    assert even < by_lot


def test_an_even_draw_is_evener_than_lots_on_the_real_log() -> None:
    if not open_log().is_file():
        pytest.skip(f"the real log is not at {open_log().name}")
    weeks = last_weeks(rows_of_log(open_log()))
    for teams in (2, 4, 6):
        even, by_lot = even_spread(weeks, teams), random_spread(weeks, teams, "1")
        assert by_lot is not None
        print(f"real log, {len(weeks)} runners, {teams} teams: drawn {float(even):.2f} %, lot {float(by_lot):.2f} %")  # noqa: T201  # figures to be read
        assert even * 2 < by_lot


@given(MILEAGE, st.integers(1, 8), st.text(max_size=5))
def test_the_same_seed_draws_the_same_whatever_the_order(mileage: dict[int, int], teams: int, seed: str) -> None:
    backwards = dict(reversed(mileage.items()))
    assert draw_evenly(mileage, teams, seed) == draw_evenly(backwards, teams, seed)
    assert random_spread(mileage, teams, seed, 5) == random_spread(backwards, teams, seed, 5)


@given(MILEAGE, st.integers(1, 8))
def test_teams_are_of_one_size_and_no_further_apart_than_the_strongest_runs(
    mileage: dict[int, int], teams: int
) -> None:
    drawn = draw_evenly(mileage, teams, "x")
    sizes, sums = [len(team) for team in drawn], [sum(mileage[runner] for runner in team) for team in drawn]
    assert max(sizes) - min(sizes) <= 1
    assert sorted(runner for team in drawn for runner in team) == sorted(mileage)
    assert max(sums) - min(sums) <= max(mileage.values())


def test_a_spread_is_the_range_in_per_cent_of_the_mean() -> None:
    assert spread_of([90, 110]) == 20
    assert spread_of([5, 5, 5]) == 0
    assert spread_of([0, 0]) is None
    assert spread_of_teams({1: 10, 2: 30}, [[1], [2, 3]]) == 100
    assert spread_of_teams({}, []) is None
    assert random_spread({1: 0, 2: 0}, 2, "1") is None
    assert random_spread({1: 10, 2: 30}, 2, "1") == 100


@pytest.mark.parametrize(("runners", "draws"), [(0, 200), (100, 200), (500, 40), (10_000, 10), (10**6, 10)])
def test_a_page_draws_less_often_where_there_are_many(runners: int, draws: int) -> None:
    assert draws_for(runners) == draws


def test_captains_pick_there_and_back() -> None:
    assert [team_on_turn(number, [7, 8, 9]) for number in range(1, 11)] == [7, 8, 9, 9, 8, 7, 7, 8, 9, 9]
    assert [team_on_turn(number, [7]) for number in (1, 2, 3)] == [7, 7, 7]


@given(st.integers(1, 12), st.integers(0, 20))
def test_after_each_round_every_team_has_picked_as_often(teams: int, rounds: int) -> None:
    picks = [team_on_turn(number, range(teams)) for number in range(1, teams * rounds + 1)]
    assert sorted(picks) == sorted(list(range(teams)) * rounds)
