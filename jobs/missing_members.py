"""Jobs of members who are missing."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.missing_members.service import check_some
from webapp.queue import enqueue

BATCH = 500


def missing_sweep() -> None:
    """Compare what members ran with what they usually do. Enqueues itself where more are left."""
    with write_transaction():
        checked = check_some(clock().now(), BATCH)
    if checked == BATCH:
        enqueue(Job.MISSING_SWEEP)
