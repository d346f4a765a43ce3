"""The whole, proven: every total and every verdict is what a second reading of Strava's own list says."""

from tests.whole.conftest import MakeWorld
from tests.whole.story import assert_true_to_strava, tell

ATHLETES = 60
EVERY_VERDICT = {
    "counts", "private", "other_sport", "outside_window", "manual", "flagged", "nothing_measured", "impossible_pace",
    "overlap",
}  # fmt: skip


def test_boards_and_verdicts_are_what_strava_says(make_world: MakeWorld) -> None:
    """For all athletes and twelve months: after the first pulls, after 500 changes with lost events, and for good."""
    story = tell(make_world(athletes=ATHLETES, seed=3), seed=5)
    assert_true_to_strava(story)
    assert (story.first.boards, story.first.athletes) == (3 * 12 + 2, ATHLETES)
    assert set(story.first.verdicts) == set(story.healed.verdicts) == set(story.closed.verdicts) == EVERY_VERDICT
    assert (story.closed.boards, story.again.boards, story.later.boards) == (38, 39, 43)
    assert story.again.totals == ATHLETES and story.again.verdicts["counts"] > ATHLETES
