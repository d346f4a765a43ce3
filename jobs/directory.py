"""Jobs of the directory of groups."""

from webapp.db import write_transaction
from webapp.directory import fit_queries, fit_service
from webapp.extensions import clock, settings
from webapp.job_names import Job
from webapp.queue import enqueue
from webapp.rulebook.date_ranges import monday_of

BATCH = 100


def count_members() -> None:
    """Count the members of each listed group that was not counted this week. Enqueues itself where more are left.

    Under SHARING=points no patterns are counted, and what was counted before goes.
    """
    monday, patterns_too = monday_of(clock().today("UTC")), settings().sharing == "totals"
    due = fit_queries.groups_to_count(monday, BATCH)
    for group_id in due:
        with write_transaction():
            fit_service.count_members(group_id, monday, patterns_too=patterns_too)
    if not patterns_too:
        with write_transaction():
            fit_service.remove_all_counts()
    if len(due) == BATCH:
        enqueue(Job.COUNT_MEMBERS)
