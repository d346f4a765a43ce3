"""Jobs of seats."""

from webapp.extensions import begin_write, clock, db, settings
from webapp.seats import service


def settle() -> None:
    """Keep free seats for those who are next, and forget those who have waited too long."""
    begin_write()
    service.settle(settings().seats, clock().now())
    db.session.commit()
