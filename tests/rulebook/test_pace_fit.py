"""Which pace group fits, why, and when a distance is far beyond what a runner ran lately."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pace_bands import bands, paces
from webapp.rulebook.pace_fit import (
    FarRun,
    Fit,
    Lately,
    LedgerPace,
    PaceRange,
    band_words,
    far_run,
    far_sentence,
    fit_sentence,
    fitting,
    is_far,
    lately_of,
)

TODAY = date(2026, 11, 24)
FAST = PaceRange(1, "Fast", 330, 300, 14_000)
STEADY = PaceRange(2, "Steady", 390, 340, 10_000)
EASY = PaceRange(3, "Easy", 450, 400, 6_000, is_no_drop=True)
ALL = (FAST, STEADY, EASY)


def day(ago: int, distance_m: int, s_per_km: int, longest_m: int | None = None) -> LedgerPace:
    seconds = distance_m * s_per_km // 1000
    return LedgerPace(TODAY - timedelta(days=ago), distance_m, seconds, longest_m or distance_m)


def test_the_easy_pace_is_the_median_of_four_days_of_the_last_28() -> None:
    days = [day(0, 5000, 400), day(9, 8000, 360), day(20, 10_000, 300), day(27, 6000, 380)]
    assert lately_of(days, TODAY) == Lately(370, 10_000)
    assert lately_of(days[:3], TODAY).easy_s_per_km is None
    assert lately_of([*days[:3], day(28, 6000, 380)], TODAY).easy_s_per_km is None


def test_a_day_without_time_or_distance_says_nothing_of_a_pace() -> None:
    empty = [LedgerPace(TODAY, 0, 600, 0), LedgerPace(TODAY, 5000, 0, 5000)]
    assert lately_of([day(1, 5000, 400)] * 3 + empty, TODAY) == Lately(None, 5000)


def test_the_longest_run_is_one_of_the_last_30_days() -> None:
    assert lately_of([day(29, 12_000, 400, 9000), day(30, 30_000, 400)], TODAY).longest_m == 9000
    assert lately_of([day(30, 30_000, 400)], TODAY) == Lately()
    assert lately_of([], TODAY) == Lately()


@pytest.mark.parametrize(
    ("easy", "expected"),
    [
        (310, Fit(FAST, "inside")),
        (330, Fit(FAST, "inside")),
        (335, Fit(STEADY, "between")),
        (395, Fit(EASY, "between")),
        (450, Fit(EASY, "inside")),
        (520, Fit(EASY, "slowest")),
        (250, Fit(FAST, "fastest")),
    ],
)
def test_a_runner_fits_by_their_easy_pace(easy: int, expected: Fit) -> None:
    assert fitting(ALL, easy) == expected


def test_of_two_pace_groups_alike_the_slower_one_fits() -> None:
    slower = PaceRange(4, "Slower", 380, 360)
    assert fitting([PaceRange(5, "Faster", 360, 340), slower], 360) == Fit(slower, "inside")


@given(bands(), paces)
def test_the_group_that_fits_is_one_of_those_that_name_a_pace(groups: list[PaceRange], easy: int) -> None:
    fit = fitting(groups, easy)
    assert (fit is None) == (not any(band.has_paces for band in groups))
    if fit:
        assert fit.band in groups and fit.band.has_paces
        assert fit.band.includes(easy) == (fit.reason == "inside")


@given(bands(), paces)
def test_a_group_that_includes_the_pace_is_never_passed_over(groups: list[PaceRange], easy: int) -> None:
    inside = [band for band in groups if band.has_paces and band.includes(easy)]
    fit = fitting(groups, easy)
    if inside:
        assert fit and fit.band in inside
        assert all(abs(fit.band.middle - easy) <= abs(band.middle - easy) for band in inside)


@given(bands(), paces)
def test_whom_no_group_includes_none_asks_to_run_faster_unless_all_do(groups: list[PaceRange], easy: int) -> None:
    fit = fitting(groups, easy)
    if fit and fit.reason in ("between", "fastest"):
        assert fit.band.ends[0] > easy
    if fit and fit.reason == "slowest":
        assert all(band.ends[1] < easy and band.ends[1] <= fit.band.ends[1] for band in groups if band.has_paces)


@given(bands().flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))), paces)
def test_the_order_of_the_groups_does_not_matter(orders: tuple[list[PaceRange], list[PaceRange]], easy: int) -> None:
    assert fitting(orders[0], easy) == fitting(orders[1], easy)


@given(st.lists(st.integers(200, 800), min_size=2, max_size=10, unique=True), paces, st.integers(1, 300))
def test_of_groups_side_by_side_a_slower_runner_never_gets_a_faster_one(ends: list[int], easy: int, more: int) -> None:
    ends.sort()
    side_by_side = [PaceRange(n, "", slow, fast) for n, (fast, slow) in enumerate(pairwise(ends))]
    fit, slower = fitting(side_by_side, easy), fitting(side_by_side, easy + more)
    assert fit and slower and slower.band.middle >= fit.band.middle


def test_a_distance_is_far_from_a_tenth_beyond_the_longest_run() -> None:
    assert not is_far(11_000, 10_000) and is_far(11_001, 10_000)
    assert far_run(11_000, Lately(360, 10_000), ALL) is None
    assert far_run(14_000, Lately(360, 10_000), ALL) == FarRun(14_000, 10_000, STEADY)


def test_nothing_is_said_of_a_distance_where_something_is_unknown() -> None:
    assert far_run(None, Lately(360, 10_000), ALL) is None
    assert far_run(14_000, Lately(360, None), ALL) is None


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.none() | paces, bands())
def test_the_group_to_turn_to_is_shorter(
    distance: int, longest: int, easy: int | None, groups: list[PaceRange]
) -> None:
    far = far_run(distance, Lately(easy, longest), groups)
    assert (far is not None) == is_far(distance, longest)
    if far is None:
        return
    assert far.percent >= 10
    shorter = [band for band in groups if band.distance_m and band.distance_m < distance]
    assert (far.shorter is None) == (not shorter)
    if far.shorter and any(not is_far(band.distance_m or 0, longest) for band in shorter):
        assert not is_far(far.shorter.distance_m or 0, longest)


def test_the_word_about_a_distance_names_the_way_out() -> None:
    far = FarRun(14_000, 10_000, STEADY)
    assert (
        far_sentence(far, "km") == "14 km is 40 % beyond your longest lately; the 10 km pace group leaves too: Steady."
    )
    assert far_sentence(FarRun(14_000, 5000, EASY), "km") == (
        "14 km is more than twice your longest lately; the shortest pace group, Easy, runs 6 km."
    )
    assert far_sentence(FarRun(14_000, 12_000, None), "mi") == (
        "8.7 mi is 16 % beyond your longest lately. You can turn back early: tell the leader before you start."
    )


def test_the_reason_says_both_paces_in_the_units_of_the_reader() -> None:
    assert fit_sentence(Fit(STEADY, "inside"), 360, "km") == (
        "Your easy pace is 6:00 /km lately, and this pace group plans 5:40 to 6:30 /km."
    )
    assert "9:39 /mi" in fit_sentence(Fit(STEADY, "inside"), 360, "mi", is_typed=True)
    assert "an easy run stays easy" in fit_sentence(Fit(EASY, "between"), 395, "km")
    assert "a relaxed run" in fit_sentence(Fit(FAST, "fastest"), 250, "km")


def test_whoever_is_slower_than_all_groups_is_as_welcome() -> None:
    assert "It waits for everyone, so you are welcome in it." in fit_sentence(Fit(EASY, "slowest"), 520, "km")
    assert "company at the back" in fit_sentence(Fit(STEADY, "slowest"), 520, "km")


@pytest.mark.parametrize(
    ("slow", "fast", "words"),
    [
        (360, 330, "5:30 to 6:00 /km"),
        (360, 360, "6:00 /km"),
        (None, 390, "6:30 /km or slower"),
        (330, None, "5:30 /km or faster"),
        (None, None, "any pace"),
    ],
)
def test_a_band_in_words(slow: int | None, fast: int | None, words: str) -> None:
    assert band_words(PaceRange(1, "", slow, fast), "km") == words
