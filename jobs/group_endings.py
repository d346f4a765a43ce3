"""The job that deletes groups after their week of notice."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.group_endings.queries import due_groups
from webapp.group_endings.service import delete_if_due


def delete_groups() -> None:
    """Delete each group whose week is over, in a transaction of its own."""
    for group_id in due_groups(clock().now()):
        with write_transaction():
            delete_if_due(group_id, clock().now())
