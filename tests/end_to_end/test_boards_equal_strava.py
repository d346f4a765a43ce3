"""The whole, proven: every total and every verdict is what a second reading of Strava's own list says."""

import pytest

from tests.end_to_end.conftest import MakeWorld
from tests.end_to_end.script import assert_true_to_strava, run_through

ATHLETES = 60
EVERY_VERDICT = {
    "counts", "private", "other_sport", "outside_window", "manual", "flagged", "nothing_measured", "impossible_pace",
    "overlap",
}  # fmt: skip


@pytest.mark.parametrize("own_settings", ["postgresql"], indirect=True)
def test_boards_and_verdicts_are_what_strava_says(make_world: MakeWorld) -> None:
    """For all athletes and twelve months: after initial imports, after 500 changes with lost events, and for good."""
    outcome = run_through(make_world(athletes=ATHLETES, seed=3), seed=5)
    assert_true_to_strava(outcome)
    assert (outcome.first.boards, outcome.first.athletes) == (3 * 12 + 2, ATHLETES)
    assert set(outcome.first.verdicts) == set(outcome.closed.verdicts) == EVERY_VERDICT
    assert (outcome.closed.boards, outcome.again.boards, outcome.later.boards) == (38, 39, 43)
    assert outcome.again.totals == ATHLETES and outcome.again.verdicts["counts"] > ATHLETES
