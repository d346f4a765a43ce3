"""Jobs of scoring."""

from jobs.challenges import fix
from webapp.activities.queries import batches
from webapp.clock import latest_date
from webapp.extensions import begin_write, clock, db
from webapp.leaderboards.queries import zone_of
from webapp.queue import ask
from webapp.rule_changes import service as rule_changes
from webapp.rulebook.chase import settling_delay
from webapp.scoring.entry_facts import due_again, entry_ids_of
from webapp.scoring.service import BATCH, rederive, rederive_entries


def rederive_challenge(challenge_id: int) -> None:
    """Derive every entry of a challenge again, then have the board published."""
    for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
        # Each batch is whole by itself; between them, runs can be taken in.
        begin_write()
        rederive_entries(entry_ids)
        db.session.commit()
    ask("jobs.leaderboards.publish", challenge_id)


def change_rules(challenge_id: int) -> None:
    """Derive every entry of a challenge by its new rules, batch by batch, and only then publish the board by them.

    Killed anywhere and begun again, it goes over all of them once more and writes what is not written yet.
    """
    change = rule_changes.change_on_its_way(challenge_id)
    if change is None:
        return
    # What is measured may be another thing now, against which nobody is measured yet.
    fix(challenge_id)
    derived = 0
    for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
        begin_write()
        rederive_entries(entry_ids)
        derived += len(entry_ids)
        rule_changes.note_progress(change, derived)
        db.session.commit()
    _finish(change)


def rederive_due(_challenge_id: int | None = None) -> None:
    """Derive again what follows from runs whose date has begun by now, and all that a new version asks for.

    Idempotent: a runner who was derived meanwhile is no longer due. Asks for itself where more are due. A challenge
    that waits for this before it is frozen asks with its id.
    """
    due = due_again(latest_date(clock().now()), most=BATCH)
    for runner_id in due:
        begin_write()
        touched = rederive(runner_id, None)
        db.session.commit()
        for challenge_id in sorted(touched):
            ask("jobs.leaderboards.publish", challenge_id)
    if len(due) == BATCH:
        ask("jobs.scoring.rederive_due")


def _finish(change: rule_changes.Change) -> None:
    tz = zone_of(change.challenge_id)
    if tz is None:
        return
    begin_write()
    published = rule_changes.finish(change, clock().today(tz), clock().now())
    db.session.commit()
    if published.moved:
        ask("jobs.chase.derive_overtakes", change.challenge_id, delay=settling_delay(published.entries))
