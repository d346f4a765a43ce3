"""The whole, proven: every total and every verdict is what a second reading of Strava's own list says."""

import pytest

from tests.end_to_end.conftest import MakeWorld
from tests.end_to_end.script import assert_final_months_stay, assert_true_to_strava, become_final, follow_changes

ATHLETES = 10
EVERY_VERDICT = {
    "counts", "private", "other_sport", "outside_window", "manual", "flagged", "nothing_measured", "impossible_pace",
    "overlap",
}  # fmt: skip


@pytest.mark.parametrize("own_settings", ["sqlite"], indirect=True)
def test_boards_and_verdicts_are_what_strava_says(make_world: MakeWorld, changes: int) -> None:
    """For all athletes and half a year: after initial imports, after changes with lost events, and for good."""
    world = make_world(athletes=ATHLETES, seed=3)
    outcome = follow_changes(world, seed=5, changes=changes)
    assert_true_to_strava(outcome, changes)
    final = become_final(world, seed=105, changes=changes // 2)
    assert_final_months_stay(final, changes // 2)
    assert (outcome.first.boards, outcome.first.athletes) == (3 * 6 + 2, ATHLETES)
    assert set(outcome.first.verdicts) | set(final.closed.verdicts) == EVERY_VERDICT
    assert (final.closed.boards, final.again.boards, final.later.boards) == (20, 21, 25)
    assert final.again.totals == ATHLETES and final.again.verdicts["counts"] > ATHLETES
