"""Jobs of scoring."""

from webapp.activities.queries import batches
from webapp.extensions import begin_write, db
from webapp.queue import ask
from webapp.scoring.queries import entry_ids_of
from webapp.scoring.service import BATCH, rederive_entries


def rederive_challenge(challenge_id: int) -> None:
    """Derive every entry of a challenge anew, then have the board published."""
    for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
        # Each batch is whole by itself; between them, runs can be taken in.
        begin_write()
        rederive_entries(entry_ids)
        db.session.commit()
    ask("jobs.leaderboards.publish", challenge_id)
