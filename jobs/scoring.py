"""Jobs of scoring."""

from collections.abc import Iterator

from jobs.challenges import snapshot_baselines
from webapp.clock import latest_date
from webapp.db import batches, write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards.due_queries import zone_of
from webapp.queue import enqueue
from webapp.rule_changes import service as rule_changes
from webapp.scoring.entry_queries import due_again, entry_ids_of
from webapp.scoring.service import BATCH, rederive, rederive_entries


def rederive_challenge(challenge_id: int) -> None:
    """Derive every entry of a challenge again, then have the board published."""
    for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
        # Each batch is complete on its own; between two of them, syncs can store runs.
        with write_transaction():
            rederive_entries(entry_ids, clock().now())
    enqueue(Job.PUBLISH_BOARD, challenge_id)


def change_rules(challenge_id: int) -> None:
    """Derive every entry of a challenge by its new rules, batch by batch, and only then publish the board by them.

    Killed anywhere and started again, it goes through all of them again and writes what is missing.
    """
    change = rule_changes.change_on_its_way(challenge_id)
    if change is None:
        return
    # The new rules may measure something else, for which there are no baselines yet.
    snapshot_baselines(challenge_id)
    for _ in derived_by_new_rules(change):
        pass
    finish_change(change)


def derived_by_new_rules(change: rule_changes.PendingChange, batch: int = BATCH) -> Iterator[int]:
    """Derive every entry, and yield after each batch how many have been; syncs can store runs in between."""
    derived = 0
    for entry_ids in batches(entry_ids_of(change.challenge_id), batch):
        with write_transaction():
            rederive_entries(entry_ids, clock().now())
            derived += len(entry_ids)
            rule_changes.record_progress(change, derived)
        yield derived


def finish_change(change: rule_changes.PendingChange) -> None:
    """Publish the board by the new rules, now that every entry was derived by them."""
    tz = zone_of(change.challenge_id)
    if tz is None:
        return
    with write_transaction():
        rule_changes.finish(change, clock().today(tz), clock().now())


def rederive_due(_challenge_id: int | None = None) -> None:
    """Derive again what follows from runs whose date has begun by now, and whatever a new version calls for.

    A runner who was derived meanwhile is no longer due. Enqueues itself where more are due. A challenge that waits for
    this before it is frozen enqueues it with its id.
    """
    due = due_again(latest_date(clock().now()), limit=BATCH)
    for runner_id in due:
        with write_transaction():
            rederive(runner_id, None, clock().now())
    if len(due) == BATCH:
        enqueue(Job.REDERIVE_DUE)
