"""Reading what runners usually run, from their ledgers, in bands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, or_, select

from webapp.db import db
from webapp.directory.fit_rules import RunningPattern, pattern_of
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent, Membership
from webapp.models.scoring import LedgerDay
from webapp.privacy.queries import is_shown, shown_since, shows
from webapp.privacy.switch_rules import FITS_ME
from webapp.rulebook.usual_week import last_whole_weeks


def pattern_of_runner(runner_id: int, today: date) -> RunningPattern | None:
    """Return what a runner usually runs, None for one who ran nothing in the last whole weeks."""
    first, last = last_whole_weeks(today)
    found = db.session.execute(_MINE, {"runner": runner_id, "first": first, "last": last}).first()
    return pattern_of(*found[1:]) if found else None


@dataclass(frozen=True, slots=True)
class CountableMember:
    """A member who ran in the last whole weeks and wants to be counted, since then."""

    since: datetime
    pattern: RunningPattern


def countable_members(group_id: int, today: date) -> list[CountableMember]:
    """Return the members who are shown in the group, want to be counted, and ran in the last whole weeks."""
    counted = (Consent.group_id == group_id, shows(FITS_ME), is_shown(Consent.runner_id, group_id))
    sums = _SUMS.join(Consent, Consent.runner_id == LedgerDay.runner_id).where(*counted)
    since, (first, last) = shown_since(FITS_ME), last_whole_weeks(today)
    rows = db.session.execute(sums.add_columns(since).group_by(since), {"first": first, "last": last})
    return [CountableMember(since, found) for _, *run, since in rows if (found := pattern_of(*run))]


def groups_to_count(monday: date, limit: int) -> Sequence[int]:
    """Return listed groups whose members were not counted in the week of `monday`."""
    behind = or_(GroupProfile.counted_for.is_(None), GroupProfile.counted_for < monday)
    due = select(GroupProfile.group_id).where(GroupProfile.listed.is_(True), behind).order_by(GroupProfile.group_id)
    return db.session.scalars(due.limit(limit)).all()


def member_count_up_to(group_id: int, limit: int) -> int:
    """Return how many members a group has, counted no further than `limit`."""
    members = select(Membership.id).where(Membership.group_id == group_id).limit(limit)
    return db.session.scalar(select(func.count()).select_from(members.subquery())) or 0


# Metres, seconds and days of each runner between two dates.
_SUMS = (
    select(LedgerDay.runner_id, func.sum(LedgerDay.distance_m), func.sum(LedgerDay.moving_s), func.count())
    .where(LedgerDay.sport_class == "run", LedgerDay.distance_m > 0)
    .where(LedgerDay.local_date.between(bindparam("first"), bindparam("last")))
    .group_by(LedgerDay.runner_id)
)
_MINE = _SUMS.where(LedgerDay.runner_id == bindparam("runner"))
