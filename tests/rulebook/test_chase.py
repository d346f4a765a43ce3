"""Chasing, against the plainest way to say it."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.rulebook.chase import NEAREST, Overtaken, closing, mean, overtakes, settling_delay

ENTRIES = st.integers(1, 40)
BEFORE = st.dictionaries(ENTRIES, st.integers(0, 30), max_size=40)
GAINED = st.dictionaries(ENTRIES, st.integers(0, 30), max_size=25)


def naive(before: dict[int, int], gained: dict[int, int]) -> dict[int, Overtaken]:
    after = {entry: total + gained.get(entry, 0) for entry, total in before.items()}
    found = {}
    for passer in before:
        passed = [
            other
            for other in before
            if 0 < before[passer] < before[other] and before[other] > 0 and after[passer] > after[other]
        ]
        nearest = sorted(passed, key=lambda other: (-after[other], other))[:NEAREST]
        if passed:
            found[passer] = Overtaken(len(passed), tuple(nearest))
    return found


@given(BEFORE, GAINED)
def test_overtakes_are_those_that_comparing_everyone_with_everyone_finds(
    before: dict[int, int], gained: dict[int, int]
) -> None:
    assert overtakes(before, gained) == naive(before, gained)


@given(BEFORE, GAINED, st.randoms())
def test_the_order_of_arrival_does_not_matter(before: dict[int, int], gained: dict[int, int], chance: object) -> None:
    turned = dict(reversed(list(gained.items())))
    assert overtakes(before, gained) == overtakes(before, turned)


def test_someone_who_stood_at_zero_neither_passes_nor_is_passed() -> None:
    assert overtakes({1: 0, 2: 500}, {1: 900}) == {}
    assert overtakes({1: 100, 2: 0}, {1: 900}) == {}


def test_drawing_level_is_no_overtake() -> None:
    assert overtakes({1: 100, 2: 500}, {1: 400}) == {}
    assert overtakes({1: 500, 2: 500}, {1: 400}) == {}


def test_of_many_passed_the_ten_nearest_are_named() -> None:
    before = {1: 100, **{entry: 100 * entry for entry in range(2, 30)}}
    assert overtakes(before, {1: 2450}) == {1: Overtaken(24, tuple(range(25, 15, -1)))}


def test_a_gap_closes_by_the_difference_of_the_means() -> None:
    assert closing(mean(28_000), mean(14_000)) == 1000
    assert closing(mean(14_000), mean(28_000)) == -1000


def test_a_small_board_is_published_at_once_and_a_large_one_waits() -> None:
    assert settling_delay(2000) == 0
    assert settling_delay(10_000) == 20
    assert settling_delay(10**9) == 300
