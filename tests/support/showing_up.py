"""What is stored of two members who run together and watch over each other."""

from datetime import timedelta

from tests.support.builders import NOON
from tests.support.group_runs import group_run, pace_group, run_series, series_pace_group
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.attendance import Attendance, DismissedMatch
from webapp.models.buddies import BuddyLink
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.group_runs import LeaderOffer
from webapp.models.groups import Group
from webapp.models.missing import MissingChoice, MissingWatcher, Nudge
from webapp.models.pledges import Pledge, PledgePass, PledgeWatcher
from webapp.models.rsvps import Rsvp
from webapp.models.words import (
    AttendanceOutcome,
    AttendanceSource,
    NudgeKind,
    PledgeMeasure,
    PledgePeriod,
    RsvpAnswer,
)


def show_up(group: Group, runner: Runner, other: Runner) -> None:
    """Store everything about group runs and accountability that two members of a group can have of each other."""
    _of_runs(group, runner, other)
    for one, another in ((runner, other), (other, runner)):
        _pledge(group, one, another)
        _watch(group, one, another)
    db.session.add(CalendarFeed(runner_id=runner.id, token_digest=f"d{runner.id}", token="secret", created_at=NOON))
    db.session.flush()


def _of_runs(group: Group, runner: Runner, other: Runner) -> None:
    series = run_series(group, created_by_id=runner.id)
    series_pace_group(series, leader_id=runner.id, back_marker_id=runner.id)
    run = group_run(group, created_by_id=runner.id)
    mine = pace_group(run, leader_id=runner.id, back_marker_id=runner.id)
    db.session.add(LeaderOffer(pace_group_id=mine.id, runner_id=runner.id, offered_at=NOON))
    came = {"outcome": AttendanceOutcome.CAME, "source": AttendanceSource.LEADER, "tapped_at": NOON, "updated_at": NOON}
    for one, another in ((runner, other), (other, runner)):
        ids = {"run_id": run.id, "runner_id": one.id}
        db.session.add(Rsvp(**ids, answer=RsvpAnswer.IN, pace_group_id=mine.id, note="See you.", answered_at=NOON))
        db.session.add(Attendance(**ids, **came, marked_by_id=another.id))
    db.session.add(DismissedMatch(run_id=run.id, runner_id=runner.id, dismissed_at=NOON))


def _pledge(group: Group, runner: Runner, other: Runner) -> None:
    days = {"starts_on": NOON.date(), "ends_on": NOON.date() + timedelta(days=6)}
    what = {"period": PledgePeriod.WEEK, "measure": PledgeMeasure.DAYS, "amount": 3, "plan": "Tuesday with Ben"}
    pledge = Pledge(runner_id=runner.id, group_id=group.id, **days, **what, rest_weekdays=[6], created_at=NOON)
    db.session.add(pledge)
    db.session.flush()
    db.session.add(PledgeWatcher(pledge_id=pledge.id, runner_id=other.id))
    db.session.add(PledgePass(pledge_id=pledge.id, used_on=NOON.date()))


def _watch(group: Group, runner: Runner, other: Runner) -> None:
    here = {"group_id": group.id}
    db.session.add(MissingChoice(**here, runner_id=runner.id, silent_days=7, created_at=NOON))
    db.session.flush()
    db.session.add(MissingWatcher(**here, runner_id=runner.id, watcher_id=other.id))
    nudge = {"kind": NudgeKind.MISSED, "text": "We missed you.", "sent_at": NOON}
    db.session.add(Nudge(**here, from_id=runner.id, to_id=other.id, **nudge))
    db.session.add(BuddyLink(**here, asker_id=runner.id, asked_id=other.id, asked_at=NOON, accepted_at=NOON))
