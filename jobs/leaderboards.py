"""Jobs of leaderboards."""

from datetime import timedelta

from webapp import queue
from webapp.challenges.queries import changing, unscored
from webapp.extensions import begin_write, clock, db
from webapp.leaderboards import publishing
from webapp.leaderboards.queries import boards_to_publish, overtakes_to_derive, zone_of
from webapp.rulebook.chase import settling_delay

# So long after a challenge was made a round looks whether it was scored. Freezing looks once more.
SCORED_WITHIN = timedelta(days=2)


def publish(challenge_id: int) -> None:
    """Take what changed onto the board of a challenge, then have its overtakes derived."""
    tz = zone_of(challenge_id)
    if tz is None:
        return
    begin_write()
    published = publishing.publish(challenge_id, clock().today(tz))
    db.session.commit()
    if published.more:
        queue.ask("jobs.leaderboards.publish", challenge_id)
    if published.moved:
        queue.ask("jobs.chase.derive_overtakes", challenge_id, delay=settling_delay(published.entries))


def turn_days() -> None:
    """Ask for boards on which another day began, and for those that a lost job left behind."""
    now = clock().now()
    for challenge_id in unscored(now - SCORED_WITHIN):
        queue.ask("jobs.scoring.rederive_challenge", challenge_id)
    for challenge_id in changing():
        queue.ask("jobs.scoring.change_rules", challenge_id)
    for challenge_id in boards_to_publish(now):
        queue.ask("jobs.leaderboards.publish", challenge_id)
    for challenge_id in overtakes_to_derive():
        queue.ask("jobs.chase.derive_overtakes", challenge_id)
