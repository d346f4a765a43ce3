"""Jobs of photos from Strava."""

import logging

from integrations.strava.errors import StravaError
from integrations.strava.photos import read_photo
from webapp.db import write_transaction
from webapp.extensions import clock, settings
from webapp.job_names import Job
from webapp.photos import queries, service
from webapp.pictures import NotAPicture, Square, read_square
from webapp.queue import enqueue
from webapp.retention.service import purge_photos

log = logging.getLogger(__name__)

# Photos that one run of the sweep has fetched, and purged.
BATCH = 200


def photo_sweep() -> None:
    """Purge the photos that are old, or that no group sees, and enqueue the fetching of those that are due."""
    now = clock().now()
    with write_transaction():
        purged = purge_photos(now, BATCH)
    for runner_id in queries.runners_to_fetch(now, BATCH):
        enqueue(Job.FETCH_PHOTO, runner_id)
    if purged == BATCH:
        enqueue(Job.PHOTO_SWEEP)


def fetch_photo(runner_id: int) -> None:
    """Fetch the photo of a runner from where Strava says it is, if some group sees it. No call of the API is made.

    A photo that was tried a moment ago waits. A failure is logged: one that may pass keeps the earlier photo, any other
    one deletes it.
    """
    if rest := queries.rest_of(runner_id, clock().now()):
        enqueue(Job.FETCH_PHOTO, runner_id, delay=rest.total_seconds())
        return
    with write_transaction():
        address = service.begin_fetch(runner_id, clock().now())
    if address is None:
        return
    try:
        square = _fetched(address)
    except (StravaError, NotAPicture) as error:
        log.warning("photo not fetched: %s", error, extra={"runner": runner_id})
        if isinstance(error, NotAPicture) or error.permanent:
            with write_transaction():
                service.give_up(runner_id, address)
        return
    with write_transaction():
        service.store_photo(runner_id, address, square, clock().now())


def _fetched(address: str) -> Square:
    return read_square(read_photo(address, settings().photo_origins, timeout=settings().strava_timeout))
