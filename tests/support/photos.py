"""Photos of members, stored as the job stores them."""

from datetime import datetime

from tests.support.builders import NOON
from tests.support.pictures import picture_file
from webapp.db import begin_write, db
from webapp.models.photos import RunnerPhoto
from webapp.pictures import Square, read_square


def keep_photo(runner_id: int, fetched_at: datetime = NOON) -> Square:
    """Store a photo of a runner and commit."""
    square = read_square(picture_file().getvalue())
    begin_write()
    db.session.merge(RunnerPhoto(runner_id=runner_id, digest=square.digest, jpeg=square.jpeg, fetched_at=fetched_at))
    db.session.commit()
    return square
