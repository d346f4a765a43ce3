"""Jobs of seats."""

from webapp.db import write_transaction
from webapp.extensions import clock, settings
from webapp.seats import service


def allocate_seats() -> None:
    """Withdraw offers whose seat has been taken, and remove those who have waited too long."""
    with write_transaction():
        service.allocate_seats(settings().seats, clock().now())
