"""What the start page shows, each group in a line, and whether the parts of the house answer."""

from datetime import datetime
from typing import NamedTuple

from rq.worker_registration import REDIS_WORKER_KEYS
from sqlalchemy import text

from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.extensions import db, redis_client
from webapp.groups.queries import groups_of
from webapp.leaderboards.queries import Row, look_of, own_row, viewer_of_board
from webapp.models.accounts import Runner
from webapp.models.groups import Group

# The states of a worker that does not wait for jobs yet.
STARTING = (b"starting", b"started")


class GroupLine(NamedTuple):
    """A group, the challenge it looks at now, and the runner's row on its board; None for what there is not."""

    group: Group
    challenge: ShownChallenge | None
    mine: Row | None
    # For organisers: the challenge that nothing follows.
    to_go_on: ShownChallenge | None = None


def group_lines(runner: Runner, now: datetime) -> list[GroupLine]:
    """Return the runner's groups by name, with a few short reads each."""
    return [_line(group, runner, now) for group in groups_of(runner.id)]


def _line(group: Group, runner: Runner, now: datetime) -> GroupLine:
    challenges = shown_challenges(group, now)
    challenge = current_of(challenges)
    viewer = challenge and viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    if not viewer:
        return GroupLine(group, challenge, None)
    asked = to_go_on(group, challenges) if viewer.role == "organiser" else None
    return GroupLine(group, challenge, own_row(look_of(viewer, now)), asked)


def touch_database() -> None:
    """Ask the database for nothing. Raises SQLAlchemyError where it does not answer."""
    db.session.execute(text("SELECT 1"))
    db.session.rollback()


def live_workers() -> int:
    """Return how many workers are registered and alive, and have got as far as waiting for jobs. Raises RedisError.

    A worker renews its key with every heartbeat, and the key of a dead one runs out by itself; its name stays in the
    set of names until somebody cleans up, so the names alone prove nothing.
    """
    redis = redis_client()
    with redis.pipeline(transaction=False) as view:
        for name in redis.smembers(REDIS_WORKER_KEYS):
            view.exists(name)
            view.hget(name, "state")
        told = view.execute()
    return sum(bool(exists) and state not in STARTING for exists, state in zip(told[::2], told[1::2], strict=True))
