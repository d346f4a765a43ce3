"""What the start page shows, each group in a line, and whether the parts of the house answer."""

from datetime import datetime
from typing import NamedTuple

from rq.worker_registration import REDIS_WORKER_KEYS
from sqlalchemy import select, text

from webapp.challenges.models import Entry
from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges
from webapp.extensions import db, redis_client
from webapp.groups.models import Group
from webapp.groups.queries import groups_of
from webapp.scoring.models import Standing


class GroupLine(NamedTuple):
    """A group, the challenge it looks at now, and the runner's total in it; None for what there is not."""

    group: Group
    challenge: ShownChallenge | None
    total: int | None


def group_lines(runner_id: int, now: datetime) -> list[GroupLine]:
    """Return the runner's groups by name, with a few short reads each."""
    return [_line(group, runner_id, now) for group in groups_of(runner_id)]


def _line(group: Group, runner_id: int, now: datetime) -> GroupLine:
    challenge = current_of(shown_challenges(group, now))
    return GroupLine(group, challenge, _total(challenge.id, runner_id) if challenge else None)


def _total(challenge_id: int, runner_id: int) -> int | None:
    mine = select(Standing.total).join(Entry, Entry.id == Standing.entry_id)
    return db.session.scalar(mine.where(Entry.challenge_id == challenge_id, Entry.runner_id == runner_id))


def touch_database() -> None:
    """Ask the database for nothing. Raises SQLAlchemyError where it does not answer."""
    db.session.execute(text("SELECT 1"))
    db.session.rollback()


def live_workers() -> int:
    """Return how many workers are registered and alive. Raises RedisError.

    A worker renews its key with every heartbeat, and the key of a dead one runs out by itself; its name stays in the
    set of names until somebody cleans up, so the names alone prove nothing.
    """
    redis = redis_client()
    names = redis.smembers(REDIS_WORKER_KEYS)
    return int(redis.exists(*names)) if names else 0
