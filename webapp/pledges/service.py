"""Making pledges, taking free passes, and choosing who sees a pledge. Nothing here commits.

A change of a pledge locks its row. Showing it to somebody locks both memberships before that: a runner who leaves the
group has theirs deleted first, and then the sharing ended.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from webapp.activities.queries import lock_runners
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.models.groups import Membership
from webapp.models.pledges import Pledge, PledgePass, PledgeWatcher
from webapp.models.words import PledgeMeasure, PledgePeriod
from webapp.pledges.queries import count_not_over, terms_of
from webapp.rulebook.pledges import MAX_PASSES, may_change_passes

MAX_NOT_OVER = 12
MAX_WATCHERS = 10


class TooManyPledges(Problem):
    """A runner has as many pledges as they may."""

    title = "That is a lot of pledges"
    message = f"At most {MAX_NOT_OVER} at a time. Let one of them go first."
    status = 409


class PledgeIsOver(Problem):
    """The pledge is over and stays as it was."""

    title = "This pledge is over"
    message = "It stays as it was. Make a new one for what comes next."
    status = 409


class TooManyWatchers(Problem):
    """As many members see the pledge as may."""

    title = "No more people can see it"
    message = f"At most {MAX_WATCHERS} people see a pledge. Please remove somebody first."
    status = 409


class PledgeOfAnotherGroup(Problem):
    """The pledge is seen by members of one group."""

    title = "Another group sees it already"
    message = "You can show a pledge to members of one group. Please remove those of the other group first."
    status = 409


@dataclass(frozen=True, slots=True)
class PledgeDraft:
    """What a runner pledges. `amount`: days, runs or metres, None for "see how far"."""

    period: PledgePeriod
    starts_on: date
    ends_on: date
    measure: PledgeMeasure
    amount: int | None
    plan: str = ""
    backup_plan: str = ""
    rest_weekdays: list[int] = field(default_factory=list)


def make_pledge(runner_id: int, draft: PledgeDraft, today: date, now: datetime) -> int:
    """Store a pledge and return its id. The same one sent twice in a row is one pledge.

    Raises TooManyPledges, and NotFound for a runner erased meanwhile. Locks the runner.
    """
    if not lock_runners([runner_id]):
        raise not_found()
    latest = select(Pledge).where(Pledge.runner_id == runner_id).order_by(Pledge.id.desc()).limit(1)
    before = db.session.scalar(latest)
    if before is not None and _draft_of(before) == draft:
        return before.id
    if count_not_over(runner_id, today) >= MAX_NOT_OVER:
        raise TooManyPledges
    pledge = Pledge(runner_id=runner_id, created_at=now)
    _write(pledge, draft)
    db.session.add(pledge)
    db.session.flush()
    return pledge.id


def change_pledge(runner_id: int, pledge_id: int, draft: PledgeDraft, today: date) -> None:
    """Change a pledge that is not over. Raises PledgeIsOver and NotFound. Locks the pledge."""
    pledge = _locked(runner_id, pledge_id)
    if pledge.ends_on < today:
        raise PledgeIsOver
    _write(pledge, draft)


def delete_pledge(runner_id: int, pledge_id: int) -> None:
    """Let a pledge go without a trace. Raises NotFound."""
    mine = delete(Pledge).where(Pledge.id == pledge_id, Pledge.runner_id == runner_id)
    if db.session.execute(mine.returning(Pledge.id)).first() is None:
        raise not_found()


def set_passes(runner_id: int, pledge_id: int, wanted: int, today: date) -> None:
    """Make the free passes of a pledge this many, 0 to 2; harmless if they are.

    Raises PledgeIsOver a week after the last day, and before the first one; NotFound. Locks the pledge.
    """
    pledge = _locked(runner_id, pledge_id)
    if pledge.amount is None or not may_change_passes(terms_of(pledge), today):
        raise PledgeIsOver
    of_pledge = select(PledgePass).where(PledgePass.pledge_id == pledge_id).order_by(PledgePass.used_on)
    used = list(db.session.scalars(of_pledge))
    for one in used[wanted:]:
        db.session.delete(one)
    taken = {one.used_on for one in used}
    dates = (min(today, pledge.ends_on) - timedelta(days=n) for n in range(MAX_PASSES + 1))
    free = [day for day in dates if day not in taken]
    for day in free[: max(0, min(wanted, MAX_PASSES) - len(used))]:
        db.session.add(PledgePass(pledge_id=pledge_id, used_on=day))
    db.session.flush()


def show_to(runner_id: int, pledge_id: int, group_id: int, watcher_id: int) -> None:
    """Show a pledge to another member of a group; harmless if they see it already.

    Raises TooManyWatchers, PledgeOfAnotherGroup, and NotFound where one of the two is no member. Locks both memberships
    and the pledge.
    """
    _lock_members(group_id, {runner_id, watcher_id})
    pledge = _locked(runner_id, pledge_id)
    watchers = set(db.session.scalars(select(PledgeWatcher.runner_id).where(PledgeWatcher.pledge_id == pledge_id)))
    if pledge.group_id != group_id:
        if watchers and pledge.group_id is not None:
            raise PledgeOfAnotherGroup
        # Of a group that is gone.
        db.session.execute(delete(PledgeWatcher).where(PledgeWatcher.pledge_id == pledge_id))
        pledge.group_id, watchers = group_id, set()
    if watcher_id in watchers:
        return
    if len(watchers) >= MAX_WATCHERS:
        raise TooManyWatchers
    db.session.add(PledgeWatcher(pledge_id=pledge_id, runner_id=watcher_id))
    db.session.flush()


def hide_from(runner_id: int, pledge_id: int, watcher_id: int) -> None:
    """Show a pledge to somebody no longer; harmless if they do not see it. Raises NotFound. Locks the pledge."""
    pledge = _locked(runner_id, pledge_id)
    whose = (PledgeWatcher.pledge_id == pledge_id, PledgeWatcher.runner_id == watcher_id)
    db.session.execute(delete(PledgeWatcher).where(*whose))
    if not db.session.scalar(select(PledgeWatcher.runner_id).where(PledgeWatcher.pledge_id == pledge_id).limit(1)):
        pledge.group_id = None


def stop_watching(pledge_id: int, watcher_id: int) -> None:
    """Take a runner out of those who see a pledge of another. Raises NotFound if they do not."""
    whose = (PledgeWatcher.pledge_id == pledge_id, PledgeWatcher.runner_id == watcher_id)
    gone = delete(PledgeWatcher).where(*whose).returning(PledgeWatcher.pledge_id)
    if db.session.execute(gone).first() is None:
        raise not_found()


def leave_group(group_id: int, runner_id: int) -> None:
    """End what a runner showed of pledges to members of a group that they leave, and what they saw of theirs."""
    here = select(Pledge.id).where(Pledge.group_id == group_id)
    own = here.where(Pledge.runner_id == runner_id)
    theirs = PledgeWatcher.pledge_id.in_(here) & (PledgeWatcher.runner_id == runner_id)
    unsynchronised = {"synchronize_session": False}
    ended = delete(PledgeWatcher).where(PledgeWatcher.pledge_id.in_(own) | theirs)
    db.session.execute(ended, execution_options=unsynchronised)
    mine = update(Pledge).where(Pledge.group_id == group_id, Pledge.runner_id == runner_id).values(group_id=None)
    db.session.execute(mine, execution_options=unsynchronised)


def _locked(runner_id: int, pledge_id: int) -> Pledge:
    mine = select(Pledge).where(Pledge.id == pledge_id, Pledge.runner_id == runner_id)
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    pledge = db.session.scalar(fresh)
    if pledge is None:
        raise not_found()
    return pledge


def _lock_members(group_id: int, runner_ids: set[int]) -> None:
    here = select(Membership.runner_id).where(Membership.group_id == group_id, Membership.runner_id.in_(runner_ids))
    found = db.session.scalars(here.order_by(Membership.id).with_for_update(key_share=True))
    if set(found) != runner_ids or len(runner_ids) < 2:
        raise not_found()


def _draft_of(pledge: Pledge) -> PledgeDraft:
    return PledgeDraft(
        pledge.period,
        pledge.starts_on,
        pledge.ends_on,
        pledge.measure,
        pledge.amount,
        pledge.plan,
        pledge.backup_plan,
        list(pledge.rest_weekdays),
    )


def _write(pledge: Pledge, draft: PledgeDraft) -> None:
    pledge.period, pledge.starts_on, pledge.ends_on = draft.period, draft.starts_on, draft.ends_on
    pledge.measure, pledge.amount, pledge.rest_weekdays = draft.measure, draft.amount, draft.rest_weekdays
    pledge.plan, pledge.backup_plan = draft.plan, draft.backup_plan
