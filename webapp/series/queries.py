"""Reading series: which of them are active, how a group sees them, and the challenges that they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from webapp.db import db
from webapp.models.challenges import Challenge, Series, SeriesChoice, SeriesSkip
from webapp.models.groups import Group
from webapp.rulebook.windows import Frame, next_window, window_name, window_of


def active_series() -> Sequence[int]:
    """Return the active series of all groups that are neither archived nor closed."""
    active = select(Series.id).join(Group, Group.id == Series.group_id).where(Series.ended_at.is_(None))
    open_groups = active.where(Group.archived_at.is_(None), Group.closed_at.is_(None))
    return db.session.scalars(open_groups.order_by(Series.id)).all()


def challenge_before(series: Series, starts_on: date) -> Challenge | None:
    """Return the latest challenge of a series that begins before a date."""
    mine = select(Challenge).where(Challenge.series_id == series.id, Challenge.starts_on < starts_on)
    return db.session.scalar(mine.order_by(Challenge.starts_on.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class ShownSeries:
    """A series on the pages of its group: how many challenges it has `made`, and the month or week of the next one."""

    id: int
    title: str
    frame: Frame
    made: int
    next_name: str
    ended: bool
    enters: bool


def shown_series(group: Group, runner_id: int, today: date) -> list[ShownSeries]:
    """Return the active series of a group, then the ended ones, as a member sees them."""
    made = select(func.count()).where(Challenge.series_id == Series.id).scalar_subquery()
    found = (
        select(Series, made, SeriesChoice.enters)
        .outerjoin(SeriesChoice, (SeriesChoice.series_id == Series.id) & (SeriesChoice.runner_id == runner_id))
        .where(Series.group_id == group.id)
        .order_by(Series.ended_at.is_not(None), Series.id)
    )
    return [_shown(series, count, enters, today) for series, count, enters in db.session.execute(found)]


def _shown(series: Series, made: int, enters: bool | None, today: date) -> ShownSeries:
    frame = series.frame
    upcoming = next_to_make(series, today)
    ended = series.ended_at is not None
    return ShownSeries(
        series.id, title_of(series), frame, made, window_name(frame, upcoming), ended, enters is not False
    )


def title_of(series: Series) -> str:
    return series.name or ("Every month" if series.frame == Frame.MONTH else "Every week")


def next_to_make(series: Series, today: date) -> date:
    """Return the first date of the next challenge that a series will have: not past, and not skipped."""
    frame = series.frame
    window = window_of(frame, series.next_on)
    left_out = skips_of(series)
    while window.ends_on < today or window.starts_on in left_out:
        window = next_window(frame, window)
    return window.starts_on


def skips_of(series: Series) -> frozenset[date]:
    mine = select(SeriesSkip.starts_on).where(SeriesSkip.series_id == series.id)
    return frozenset(db.session.scalars(mine))


def made_windows(series: Series) -> frozenset[date]:
    """Return the first dates of the challenges that a series has."""
    return frozenset(db.session.scalars(select(Challenge.starts_on).where(Challenge.series_id == series.id)))
