"""Results as facts: their text, their checksum, and what cannot be true of them."""

from dataclasses import fields, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.results import (
    Counted,
    Place,
    TeamPlace,
    checksum,
    counted,
    faults,
    figures_stay,
    last_of,
    team_faults,
    team_ranks,
)

ANA = Place(1, 1, 11, 5, 9000, 4, None)
BEN = Place(2, 2, 12, 6, 7000, 3, 2000)
CY = Place(3, 2, 13, 5, 7000, 2, 2000)
DORA = Place(4, 4, 14, 6, 0, 0, None)
FORMER = Place(3, 3, None, None, None, None, None)
FORMER_AT_ZERO = Place(4, 4, None, None, 0, None, None)
BOARD = [ANA, BEN, CY, DORA]
REDS = TeamPlace(5, 1, 16_000, 1, 16_000, 2, 2, 0, 0)
BLUES = TeamPlace(6, 2, 7000, 1, 7000, 2, 1, 0, 0)


def test_the_checksum_is_over_a_text_that_anybody_can_write() -> None:
    text = "place 1 1 11 5 9000 4 -\nplace 3 3 - - - - -\nteam 5 1 16000 1 16000 2 2 0 0"
    assert checksum([FORMER, ANA], [REDS]) == sha256(text.encode()).hexdigest()


def test_the_order_of_reading_does_not_matter_and_every_value_does() -> None:
    whole = checksum(BOARD, [REDS, BLUES])
    assert checksum(reversed(BOARD), [BLUES, REDS]) == whole
    for number, place in enumerate(BOARD):
        for name in (field.name for field in fields(Place)):
            other = replace(place, **{name: (getattr(place, name) or 0) + 1})
            assert checksum([*BOARD[:number], other, *BOARD[number + 1 :]], [REDS, BLUES]) != whole
    for name in (field.name for field in fields(TeamPlace)):
        assert checksum(BOARD, [replace(REDS, **{name: getattr(REDS, name) + 1}), BLUES]) != whole


def test_averages_are_ranked_as_fractions() -> None:
    assert team_ranks([(10, 3), (333, 100), (20, 6), (0, 1)]) == [1, 3, 1, 4]


def test_whoever_shared_a_rank_stands_behind_the_others() -> None:
    assert last_of(2, 3) == 4
    assert last_of(7, 1) == 7


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_sum_stays_only_while_nobody_is_gone_whom_it_would_tell_of(former: int, hidden: int) -> None:
    assert figures_stay(former, hidden) == (former == hidden == 0)


def test_what_all_have_together_is_hidden_once_somebody_who_ran_is_gone() -> None:
    assert counted(4, 4, 16_000, [], {}) == Counted(4, 3, 16_000, frozenset(), {})
    assert counted(4, 4, 9000, [(2, None)], {}).total_of_all is None
    # Behind those who have nothing stands nobody who has something.
    assert counted(5, 4, 16_000, [(5, None)], {}).total_of_all == 16_000


def test_gaps_to_totals_that_nobody_shows_are_secret() -> None:
    found = counted(4, None, 16_000, [(1, 9000), (2, 7000)], {7000: 2})
    assert found == Counted(4, 4, None, frozenset({9000}), {7000: 2})
    assert (found.rank_alone(1, 9000), found.rank_alone(2, 7000)) == (1, 4)


def test_a_board_goes_together() -> None:
    assert list(faults(BOARD)) == []
    assert list(faults([ANA, BEN, FORMER, DORA])) == []
    assert list(faults([ANA, BEN, CY, FORMER_AT_ZERO])) == []
    assert list(team_faults([REDS, BLUES])) == []
    assert list(team_faults([replace(REDS, score=0, total=0, former=1), BLUES])) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(BEN, rank=3), "place 2: the rank is 3; the totals say 2"),
        (replace(BEN, gap=1), "place 2: the gap is 1; the totals say 2000"),
        (replace(BEN, total=10_000, gap=None), "not in the order of the totals"),
        (replace(BEN, place=7), "place 2 is missing"),
        (replace(FORMER, place=2, rank=2, days=3), "place 2: something is kept of a former member"),
        (replace(FORMER, place=2, rank=2, total=7000), "place 2: something is kept of a former member"),
        (replace(FORMER, place=2, rank=1), "place 2: a former member's rank is 1"),
    ],
)
def test_what_does_not_go_together_is_named(changed: Place, words: str) -> None:
    assert any(words in fault for fault in faults([ANA, changed, CY, DORA]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(BLUES, rank=1), "not those of their scores"),
        (replace(BLUES, rank=3), "team 6: the rank is 3, and 1 teams stand before it"),
        (replace(BLUES, score=17_000), "not those of their scores"),
        (replace(BLUES, former=1), "team 6: figures are kept"),
    ],
)
def test_teams_that_do_not_go_together_are_named(changed: TeamPlace, words: str) -> None:
    assert any(words in fault for fault in team_faults([REDS, changed]))
