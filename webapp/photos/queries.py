"""Reading photos: the one that a group sees, and those that are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, or_, select

from webapp.db import db
from webapp.models.groups import Consent
from webapp.models.photos import RunnerPhoto
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.photos.rules import KEPT_FOR, MAX_AHEAD, MAX_KEPT, REFRESH_AFTER, RETRY_AFTER, rest_before
from webapp.privacy.gate import is_capped, may_see
from webapp.privacy.photo_queries import shows_photo
from webapp.privacy.queries import consent_holds, shows, switched_on
from webapp.privacy.switch_rules import PHOTO


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo as JPEG, and its digest."""

    jpeg: bytes
    digest: str


def shown_photo(group_id: int, runner_id: int, now: datetime) -> ShownPhoto | None:
    """Return the photo that a runner shows a group; None without one, for whatever reason."""
    found = db.session.execute(
        select(Consent.level, RunnerPhoto.jpeg, RunnerPhoto.digest)
        .join(RunnerPhoto, RunnerPhoto.runner_id == Consent.runner_id)
        .where(Consent.group_id == group_id, Consent.runner_id == runner_id, shows_photo(), ~_is_stale(now, MAX_KEPT))
    ).one_or_none()
    return ShownPhoto(found.jpeg, found.digest) if found and may_see(found.level, "photo") else None


def lacks_address(consent: Consent | None) -> bool:
    """Return whether a member wants to show a photo, and Strava has not said where their picture is."""
    if consent is None or not switched_on(PHOTO, consent):
        return False
    named = exists().where(Connection.runner_id == consent.runner_id, Connection.photo_address.is_not(None))
    return not db.session.scalar(select(named))


def is_shown_anywhere(runner_id: int) -> bool:
    """Return whether some group sees the runner's photo."""
    return bool(db.session.scalar(select(_is_shown(runner_id))))


def has_photo(runner_id: int) -> bool:
    return db.session.scalar(select(RunnerPhoto.runner_id).where(RunnerPhoto.runner_id == runner_id)) is not None


def address_to_fetch(runner_id: int, now: datetime) -> str | None:
    """Return where the photo of a runner is, if it is needed: some group sees it, and none is stored that is new."""
    wanted = select(Connection.photo_address).where(Connection.runner_id == runner_id, _is_wanted(now))
    return db.session.scalar(wanted)


def rest_of(runner_id: int, now: datetime) -> timedelta:
    """Return how long a runner's photo rests before it may be fetched again."""
    tried = select(Connection.photo_tried_at).where(Connection.runner_id == runner_id)
    return rest_before(db.session.scalar(tried), now)


def runners_to_fetch(now: datetime, limit: int) -> Sequence[int]:
    """Return the runners whose photo is due, those first who have waited longest."""
    rested = or_(Connection.photo_tried_at.is_(None), Connection.photo_tried_at <= now - RETRY_AFTER)
    due = select(Connection.runner_id).where(_is_wanted(now), rested)
    return db.session.scalars(due.order_by(Connection.photo_tried_at, Connection.runner_id).limit(limit)).all()


def runners_to_purge(now: datetime, limit: int) -> Sequence[int]:
    """Return the runners with a photo that is too old, or that no group sees."""
    kept = select(RunnerPhoto.runner_id).where(or_(_is_stale(now), ~_is_shown(RunnerPhoto.runner_id)))
    return db.session.scalars(kept.order_by(RunnerPhoto.runner_id).limit(limit)).all()


def _is_stale(now: datetime, kept_for: timedelta = KEPT_FOR) -> ColumnElement[bool]:
    """Return the condition that a stored photo has been kept long enough, or has a time that a wrong clock gave it."""
    return or_(RunnerPhoto.fetched_at <= now - kept_for, RunnerPhoto.fetched_at > now + MAX_AHEAD)


def _is_wanted(now: datetime) -> ColumnElement[bool]:
    """Return the condition that the photo of a connection is needed and not there, or was fetched some days ago."""
    fresh = and_(RunnerPhoto.runner_id == Connection.runner_id, RunnerPhoto.fetched_at > now - REFRESH_AFTER)
    return and_(
        Connection.state == ConnectionState.CONNECTED,
        Connection.photo_address.is_not(None),
        _is_shown(Connection.runner_id),
        or_(Connection.photo_tried_at.is_(None), ~exists().where(fresh)),
    )


def _is_shown(runner_id: SQLColumnExpression[int] | int) -> ColumnElement[bool]:
    # A hidden runner may come back within days, so their photo stays until it is too old.
    if is_capped():
        return exists().where(Consent.runner_id.is_(None))
    return exists().where(Consent.runner_id == runner_id, consent_holds(), shows(PHOTO))
