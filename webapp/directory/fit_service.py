"""Counting the members of groups for the directory, in steps. Nothing here commits."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import ColumnElement, delete, insert, select, update

from webapp.db import db
from webapp.directory.fit_queries import member_count_up_to, patterns_of_members
from webapp.directory.fit_rules import SIZE_STEPS, fits, step_of
from webapp.models.directory import GroupFit
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent
from webapp.privacy.queries import shows
from webapp.privacy.switch_rules import FITS_ME


def count_members(group_id: int, monday: date, *, patterns_too: bool) -> None:
    """Store how many members a group has and how many share a band, as of the weeks before `monday`. Idempotent.

    Locks the group's profile, as `delete_fits_of` does: otherwise one who takes the switch back meanwhile would be in
    the counts that are stored afterwards.
    """
    _lock(GroupProfile.group_id == group_id)
    size = step_of(member_count_up_to(group_id, max(SIZE_STEPS)), SIZE_STEPS)
    mine = update(GroupProfile).where(GroupProfile.group_id == group_id)
    db.session.execute(mine.values(counted_for=monday, size_step=size))
    db.session.execute(delete(GroupFit).where(GroupFit.group_id == group_id))
    found = fits(patterns_of_members(group_id, monday)) if patterns_too else ()
    rows = [{"group_id": group_id, **asdict(fit)} for fit in found]
    if rows:
        db.session.execute(insert(GroupFit), rows)


def delete_fits_of(runner_id: int, group_id: int | None = None) -> None:
    """Remove the counts of each group in which a runner is counted, or of this one, until they are made again.

    All bands of a group go together: if only those of the runner did, they would tell what the runner runs.
    """
    counted = select(Consent.group_id).where(Consent.runner_id == runner_id, shows(FITS_ME))
    if group_id is not None:
        counted = counted.where(Consent.group_id == group_id)
    _lock(GroupProfile.group_id.in_(counted))
    db.session.execute(delete(GroupFit).where(GroupFit.group_id.in_(counted)))


def delete_all_fits() -> None:
    db.session.execute(delete(GroupFit))


def _lock(profiles: ColumnElement[bool]) -> None:
    wanted = select(GroupProfile.group_id).where(profiles).order_by(GroupProfile.group_id)
    db.session.execute(wanted.with_for_update())
