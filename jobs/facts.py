"""The job that finds what the calendar brings, for those who are told."""

from webapp.challenges.due_fact_service import due_facts as found_due
from webapp.challenges.due_fact_service import record_due
from webapp.db import db, write_transaction
from webapp.drafts.turn_queries import drafting
from webapp.drafts.turn_service import record_turn
from webapp.extensions import clock
from webapp.group_runs.due_fact_service import due_run_facts, record_due_run_facts
from webapp.groups.queries import locked_group
from webapp.models.challenges import Challenge
from webapp.models.groups import Group


def due_facts() -> None:
    """Record which challenges begin, end soon or have no successor, which runs are near, and whose turn it is."""
    now = clock().now()
    due = found_due(now)
    if due.facts or due.followed:
        with write_transaction():
            record_due(due, now)
    if due_runs := due_run_facts(now):
        with write_transaction():
            record_due_run_facts(due_runs, now)
    for challenge_id in drafting(now):
        with write_transaction():
            _record_turn(challenge_id)


def _record_turn(challenge_id: int) -> None:
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is not None and locked_group(Group.id == challenge.group_id) is not None:
        record_turn(challenge, clock().now())
