"""Jobs of the places of group runs."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.rsvps.queries import due_runs
from webapp.rsvps.service import fill_places as give_places


def fill_places(run_id: int) -> None:
    """Give the free places of a run to those who wait, or offer them."""
    with write_transaction():
        give_places(run_id, clock().now())


def places_sweep() -> None:
    """End offers whose time is over, and give the places that are free in runs to come."""
    for run_id in due_runs(clock().now()):
        fill_places(run_id)
