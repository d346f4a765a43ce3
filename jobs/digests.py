"""The job of the weekly digest."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.notifications.digest_queries import runners_to_tell
from webapp.notifications.digest_rules import monday_somewhere
from webapp.notifications.digest_service import record_digests

# Runners of one transaction.
BATCH = 500


def weekly_digests() -> None:
    """Record the digests of all for whom it is Monday morning. Repeating it on that day finds those who are left."""
    now, after = clock().now(), 0
    monday = monday_somewhere(now)
    while monday and (runner_ids := runners_to_tell(monday, now, after, BATCH)):
        with write_transaction():
            record_digests(runner_ids, monday, now)
        after = runner_ids[-1]
