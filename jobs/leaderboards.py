"""Jobs of leaderboards."""

from datetime import timedelta

from webapp.challenges.queries import changing, unscored
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards import service
from webapp.leaderboards.due_queries import boards_to_publish, overtakes_to_derive, zone_of
from webapp.queue import enqueue

# For this long after a challenge was made, the sweep checks whether it was scored. Freezing checks once more.
SCORED_WITHIN = timedelta(days=2)


def publish_board(challenge_id: int) -> None:
    """Publish what changed on the board of a challenge, then have its overtakes derived."""
    tz = zone_of(challenge_id)
    if tz is None:
        return
    with write_transaction():
        service.publish(challenge_id, clock().today(tz))


def roll_over_days() -> None:
    """Enqueue the boards on which another day began, and all work that a lost job left undone."""
    now = clock().now()
    for challenge_id in unscored(now - SCORED_WITHIN):
        enqueue(Job.REDERIVE_CHALLENGE, challenge_id)
    for challenge_id in changing():
        enqueue(Job.CHANGE_RULES, challenge_id)
    for challenge_id in boards_to_publish(now):
        enqueue(Job.PUBLISH_BOARD, challenge_id)
    for challenge_id in overtakes_to_derive():
        enqueue(Job.DERIVE_OVERTAKES, challenge_id)
