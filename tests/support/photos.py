"""Photos of members, stored as the job stores them."""

from tests.support.builders import NOON
from tests.support.pictures import picture_file
from webapp.db import begin_write, db
from webapp.models.photos import RunnerPhoto
from webapp.pictures import Square, read_square


def keep_photo(runner_id: int, colour: str = "seagreen") -> Square:
    """Store a photo of a runner and commit."""
    square = read_square(picture_file(colour=colour).getvalue())
    begin_write()
    db.session.merge(RunnerPhoto(runner_id=runner_id, digest=square.digest, jpeg=square.jpeg, fetched_at=NOON))
    db.session.commit()
    return square
