"""Storing the photos that groups see, and removing them. Nothing here commits."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.activities.queries import lock_runners
from webapp.db import db
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.photos import RunnerPhoto
from webapp.models.sync import Connection
from webapp.photos import queries
from webapp.pictures import Square
from webapp.privacy.queries import shows
from webapp.privacy.switch_rules import PHOTO
from webapp.queue import after_commit


def settle_photo(runner_id: int) -> None:
    """Follow a change of what a runner shows: remove the photo that no group sees, fetch one that is missing.

    Enqueues Job.FETCH_PHOTO.
    """
    db.session.flush()
    if not queries.is_shown_anywhere(runner_id):
        remove_photos([runner_id])
    elif not queries.has_photo(runner_id):
        after_commit(Job.FETCH_PHOTO, runner_id)


def note_address(connection: Connection, address: str | None) -> None:
    """Keep where Strava says that the athlete's picture is. A new one is fetched; without one, the photo goes.

    Enqueues Job.FETCH_PHOTO for a new address of a runner who shows a photo.
    """
    if address == connection.photo_address:
        return
    connection.photo_address, connection.photo_tried_at = address, None
    if address is None:
        remove_photos([connection.runner_id])
    elif queries.is_shown_anywhere(connection.runner_id):
        after_commit(Job.FETCH_PHOTO, connection.runner_id)


def begin_fetch(runner_id: int, now: datetime) -> str | None:
    """Return the address to fetch a runner's photo from, and note the try; None if it is not needed."""
    lock_runners([runner_id])
    address = queries.address_to_fetch(runner_id, now)
    if address is not None:
        db.session.execute(update(Connection).where(Connection.runner_id == runner_id).values(photo_tried_at=now))
    return address


def store_photo(runner_id: int, address: str, square: Square, now: datetime) -> None:
    """Store what was fetched from an address, unless it is no longer wanted. Boards show it from now on."""
    lock_runners([runner_id])
    if address != _address_of(runner_id) or not queries.is_shown_anywhere(runner_id):
        return
    before = db.session.get(RunnerPhoto, runner_id)
    is_new = before is None or before.digest != square.digest
    db.session.merge(
        RunnerPhoto(runner_id=runner_id, digest=square.digest, jpeg=square.jpeg, fetched_at=now),
    )
    db.session.flush()
    if is_new:
        _renew_boards([runner_id])


def give_up(runner_id: int, address: str) -> None:
    """Remove the photo of a runner whose address leads to none, unless Strava has named another one meanwhile."""
    lock_runners([runner_id])
    if address == _address_of(runner_id):
        remove_photos([runner_id])


def remove_photos(runner_ids: Collection[int]) -> None:
    """Remove the photos of some runners. Boards show initials from now on."""
    gone = delete(RunnerPhoto).where(RunnerPhoto.runner_id.in_(runner_ids)).returning(RunnerPhoto.runner_id)
    if had := db.session.scalars(gone).all():
        _renew_boards(had)


def _address_of(runner_id: int) -> str | None:
    return db.session.scalar(select(Connection.photo_address).where(Connection.runner_id == runner_id))


def _renew_boards(runner_ids: Collection[int]) -> None:
    """Move the version of the boards that show these photos: pages cache parts by version, links to photos included.

    A change of consent moves those of its group by itself. Boards of other groups stay unlocked meanwhile, or two
    runners who leave two groups would wait for each other.
    """
    here = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == Challenge.group_id)
    shown = select(Entry.challenge_id).join(Challenge, Challenge.id == Entry.challenge_id).join(Consent, here)
    bump_version(set(db.session.scalars(shown.where(Entry.runner_id.in_(runner_ids), shows(PHOTO)))))
