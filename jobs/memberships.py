"""Jobs of joining groups."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.invitations.service import purge_invitations
from webapp.join_requests.service import purge_requests


def purge_joining() -> None:
    """Erase invite links that ended, and requests that were answered, long ago."""
    with write_transaction():
        now = clock().now()
        purge_invitations(now)
        purge_requests(now)
