"""Where runners are on a road."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.rulebook.road import Located, Scale, clusters, marks, next_pairs

SCALE = Scale(0.0, 100_000.0, 1000.0)
APART = 30.0


def test_one_runner_alone_stands_at_their_total() -> None:
    (only,) = clusters([Located(40_000, entry_id=7)], SCALE, APART)
    assert (only.way, only.alone) == (400.0, 7)


def test_runners_who_are_close_together_are_a_cluster_with_the_one_in_front_first() -> None:
    (found,) = clusters([Located(40_000, entry_id=1), Located(41_000, entry_id=2)], SCALE, APART)
    assert (found.entries, found.count, found.behind, found.front, found.way) == ((2, 1), 2, 40_000, 41_000, 410.0)
    assert found.alone is None


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 500)), max_size=200))
# Weights that would draw the centre of a cluster further and further back.
@example([(6001, 1), (3001, 214), (15, 2), (0, 1)])
def test_no_runner_is_lost_and_no_two_clusters_overlap(field: list[tuple[int, int]]) -> None:
    found = clusters([Located(total, count) for total, count in field], SCALE, APART)
    assert sum(each.count for each in found) == sum(count for _, count in field)
    assert all(ahead.way - behind.way >= APART for ahead, behind in pairwise(found))
    assert all(SCALE.way(each.front) - SCALE.way(each.behind) < APART for each in found)


@given(st.lists(st.integers(0, 10**9), max_size=20), st.booleans())
def test_everybody_is_on_the_road(totals: list[int], from_zero: bool) -> None:
    scale = Scale.of(totals, 1000.0, from_zero=from_zero)
    assert all(0 <= scale.way(total) <= 1000 for total in totals)


@pytest.mark.parametrize(
    ("units", "expected"),
    [("km", [20_000, 40_000, 60_000, 80_000, 100_000]), ("mi", [32_187, 64_374, 96_561])],
)
def test_marks_are_round_in_the_viewers_own_unit(units: str, expected: list[int]) -> None:
    assert marks(0, 101_000, "distance", units) == expected


def test_marks_of_a_short_stretch_are_close_together() -> None:
    assert marks(7.5, 10.5, "runs", "km") == [8, 9, 10]


def test_a_runner_chases_the_next_one_strictly_ahead() -> None:
    assert next_pairs([(1, 90), (2, 80), (3, 80), (4, 70), (5, 0)]) == [(2, 1), (3, 1), (4, 3)]


def test_nobody_chases_where_all_are_level() -> None:
    assert next_pairs([(1, 80), (2, 80)]) == []
