"""The order of a board, against the plainest way to say it."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.formatting import whole_percent
from webapp.rulebook import ranking
from webapp.rulebook.lifecycle import State
from webapp.rulebook.ranking import (
    Buckets,
    Contribution,
    gaps,
    lack_of,
    needed_a_day,
    part_of,
    parts,
    place_of,
    ranks,
    share_of,
    stretch,
    team_score,
)
from webapp.rulebook.ruleset import RuleSet

TOTALS = st.integers(0, 2000) | st.sampled_from([0, 99, 100, 101, 12_345, 400_000])
BOARDS = st.dictionaries(st.integers(1, 3000), TOTALS, min_size=1, max_size=60)


def bucket_of(total: int, entry_id: int) -> int:
    return ranking.bucket_of(total, entry_id, ranking.BUCKET_WIDTHS["distance"])


def buckets_of(board: dict[int, int]) -> Buckets:
    entries, totals = Counter[int](), Counter[int]()
    for entry, total in board.items():
        entries[bucket_of(total, entry)] += 1
        totals[bucket_of(total, entry)] += total
    return Buckets((bucket, count, totals[bucket], 0) for bucket, count in entries.items())


@given(BOARDS)
def test_buckets_keep_the_order_of_the_board(board: dict[int, int]) -> None:
    by_bucket = sorted(board, key=lambda entry: (bucket_of(board[entry], entry), -board[entry], entry))
    assert by_bucket == sorted(board, key=lambda entry: (-board[entry], entry))


@given(BOARDS)
def test_a_rank_is_one_more_than_the_greater_totals_and_none_at_zero(board: dict[int, int]) -> None:
    buckets = buckets_of(board)
    for entry, total in board.items():
        bucket = bucket_of(total, entry)
        ahead = sum(other > total for key, other in board.items() if bucket_of(other, key) == bucket)
        rank = 1 + sum(other > total for other in board.values())
        assert buckets.rank(total, bucket, ahead) == (rank if total else None)


@given(BOARDS)
def test_every_position_is_found_in_its_bucket(board: dict[int, int]) -> None:
    buckets, order = buckets_of(board), sorted(board, key=lambda entry: (-board[entry], entry))
    for position, entry in enumerate(order):
        bucket, offset = buckets.at(position)
        inside = [key for key in order if bucket_of(board[key], key) == bucket]
        assert inside[offset] == entry


def test_there_is_nothing_beyond_the_last_entry() -> None:
    buckets = buckets_of({1: 5, 2: 0})
    with pytest.raises(IndexError):
        buckets.at(2)
    with pytest.raises(IndexError):
        Buckets([]).at(0)


def test_no_bucket_at_zero_holds_more_than_its_stretch() -> None:
    assert max(Counter(bucket_of(0, entry) for entry in range(5000)).values()) == 256


@given(st.integers(0, 10**6))
def test_an_entry_lies_within_the_stretch_of_its_part(entry: int) -> None:
    first, last = stretch(part_of(entry))
    assert first <= entry <= last


@given(st.lists(TOTALS, max_size=40))
def test_ranks_are_one_one_three(values: list[int]) -> None:
    assert ranks(values) == [1 + sum(other > value for other in values) for value in values]


def test_averages_are_compared_exactly() -> None:
    by_average = RuleSet(team_score="average")
    third, nearly, also = (
        Fraction(*team_score(by_average, Contribution(total, active, active), ()))
        for total, active in ((1_000_000, 3), (999_999, 3), (2_000_000, 6))
    )
    assert round(third / 1000) == round(nearly / 1000)
    assert ranks([nearly, third, also]) == [3, 1, 1]
    assert team_score(by_average, Contribution(), ()) == (0, 1)


@given(st.lists(TOTALS, max_size=40))
def test_a_gap_leads_to_the_nearest_greater_total(totals: list[int]) -> None:
    found = gaps(totals)
    for total in totals:
        ahead = [other - total for other in totals if other > total]
        assert found[total] == (min(ahead) if ahead and total > 0 else None)


def test_a_score_of_zero_has_no_place_and_a_hidden_one_keeps_its_rank() -> None:
    assert [place_of(3, score) for score in (0, 5, Fraction(0), Fraction(1, 3), None)] == [None, 3, None, 3, 3]


@pytest.mark.parametrize(
    ("state", "shape", "waiting", "lack"),
    [
        (State.COMING, "target_share", 2, "start"),
        (State.OPEN, "target_share", 2, "target"),
        (State.OPEN, "improvement", 1, "baseline"),
        (State.OPEN, "improvement", 0, "run"),
        (State.GRACE, "plain", 0, "run"),
    ],
)
def test_a_board_without_scores_says_what_it_waits_for(state: State, shape: str, waiting: int, lack: str) -> None:
    assert lack_of(state, RuleSet(shape=shape), waiting) == lack


# (entry, team, total, days, met)
SHARES = [(1, 7, 500, 1, True), (2, 7, 0, 0, False), (300, 7, 40, 1, False), (9, 7, 99, 1, True)]


def test_a_part_counts_members_now_and_who_brought_a_run() -> None:
    found = parts({1: 7, 2: 7, 300: 8, 301: None}, SHARES)
    assert found == {
        (7, 0): Contribution(500, 2, 1, 1),
        (7, 1): Contribution(40, 0, 1, 0),
        (8, 1): Contribution(0, 1, 0, 0),
    }


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 400))
def test_what_is_needed_a_day_gets_there_and_a_metre_less_does_not(total: int, goal: int, days_left: int) -> None:
    needed = needed_a_day(total, goal, days_left)
    if total >= goal or days_left == 0:
        assert needed is None
    else:
        assert needed is not None and total + needed * days_left >= goal > total + (needed - 1) * days_left


@pytest.mark.parametrize(
    ("total", "share"), [(0, "0 %"), (1, "under 1 %"), (999, "99 %"), (1000, "100 %"), (1234, "123 %")]
)
def test_a_hundred_per_cent_is_really_there_and_a_beginning_is_more_than_nothing(total: int, share: str) -> None:
    assert whole_percent(share_of(total, 1000)) == share
