"""Counting the members of groups for the directory, in steps. Nothing here commits."""

from datetime import date, datetime

from sqlalchemy import select, update

from webapp.db import db
from webapp.directory.fit_queries import countable_members, member_count_up_to
from webapp.directory.fit_rules import NO_FITS, SIZE_STEPS, counted_up_to, counts_of, may_count, step_of
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Consent
from webapp.privacy.queries import shown_since, shows
from webapp.privacy.switch_rules import FITS_ME


def count_members(group_id: int, monday: date, *, patterns_too: bool) -> None:
    """Store how many members a group has and how many share a band, as of the weeks before `monday`. Idempotent.

    Locks the group's profile, as `withdraw_counts_of` does: otherwise one who takes the switch back meanwhile would be
    in the counts that are stored afterwards.
    """
    locked = select(GroupProfile).where(GroupProfile.group_id == group_id).with_for_update()
    profile = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    profile.counted_for = monday
    profile.size_step = step_of(member_count_up_to(group_id, max(SIZE_STEPS)), SIZE_STEPS)
    profile.fits = _counts(profile, monday) if patterns_too else NO_FITS
    db.session.flush()


def _counts(profile: GroupProfile, monday: date) -> str:
    if not may_count(profile.withdrawn_for, monday):
        return NO_FITS
    members = countable_members(profile.group_id, monday)
    profile.fits_up_to = up_to = counted_up_to(profile.fits_up_to, [member.since for member in members])
    return counts_of(member.pattern for member in members if up_to and member.since <= up_to)


def withdraw_counts_of(runner_id: int, now: datetime, group_id: int | None = None) -> None:
    """Remove the counts of each group in which a runner is counted, or of this one, for some weeks.

    All bands of a group go together: if only those of the runner did, they would tell what the runner runs. Should the
    runner come back, they are counted as somebody new.
    """
    wanted = [Consent.runner_id == runner_id, shows(FITS_ME)]
    if group_id is not None:
        wanted.append(Consent.group_id == group_id)
    groups = select(Consent.group_id).where(*wanted)
    # In two statements: only under the lock, while nobody counts, is it known whether the runner is counted.
    of_groups = select(GroupProfile.group_id).where(GroupProfile.group_id.in_(groups))
    db.session.execute(of_groups.order_by(GroupProfile.group_id).with_for_update())
    counted = select(Consent.group_id).where(*wanted, shown_since(FITS_ME) <= GroupProfile.fits_up_to)
    has_counts = (GroupProfile.group_id.in_(counted.correlate(GroupProfile)), GroupProfile.fits != NO_FITS)
    withdrawn = update(GroupProfile).where(*has_counts)
    db.session.execute(withdrawn.values(fits=NO_FITS, withdrawn_for=GroupProfile.counted_for))
    db.session.execute(update(Consent).where(*wanted).values({FITS_ME.column: now}))


def remove_all_counts() -> None:
    db.session.execute(update(GroupProfile).where(GroupProfile.fits != NO_FITS).values(fits=NO_FITS))
