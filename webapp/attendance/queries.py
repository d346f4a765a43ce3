"""Reading who came to group runs. What only leaders may read, and what only a runner may, says so."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, select

from webapp.attendance.match_rules import NEAR, PlannedDistance, can_match, matches
from webapp.attendance.rules import CORRECTIONS, PRESENT, HeadCount, can_say_so
from webapp.db import db, reading
from webapp.errors import not_found
from webapp.group_runs.queries import leads, run_for, runs_of_runner
from webapp.group_runs.rules import MAX_DURATION
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import refuse_read_only, visible_name
from webapp.models.activities import Activity
from webapp.models.attendance import Attendance, DismissedMatch
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Consent, Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import AttendanceOutcome, RsvpAnswer
from webapp.privacy.gate import viewpoint_of
from webapp.privacy.queries import consent_is_given, is_named_member

# From the start of a run until nothing about it is corrected.
_LONGEST = timedelta(minutes=MAX_DURATION) + CORRECTIONS


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """How many members had each outcome, and the guests of those who came and of those who left early."""

    came: int = 0
    left_early: int = 0
    told_us: int = 0
    not_seen: int = 0
    guests: int = 0
    guests_left: int = 0

    @property
    def present(self) -> int:
        """Return how many members came, those who left early included."""
        return self.came + self.left_early

    @property
    def heads(self) -> int:
        """Return how many people came: members and their guests."""
        return self.present + self.guests

    @property
    def heads_at_end(self) -> int:
        """Return how many of them stayed."""
        return self.heads - self.left_early - self.guests_left

    def head_count(self, run: GroupRun) -> HeadCount:
        """Return the heads that were counted, with those who are known to have left."""
        return HeadCount(run.count_at_start, run.count_at_end, self.left_early + self.guests_left)


@dataclass(frozen=True, slots=True)
class RunMatch:
    """A run of the runner's own that may have been a group run. Only the runner sees it.

    `is_private`: the run is one that only they see, so that nobody may learn from its word that there is one.
    """

    run: GroupRun
    group_slug: str
    group_name: str
    activity: Activity
    is_private: bool


def run_to_count(slug: str, run_id: int, runner_id: int) -> tuple[Group, Membership, GroupRun]:
    """Return a run for whoever may count it: its leaders and back markers, and those who may plan runs.

    Raises NotFound for everybody else, and GroupArchived or GroupClosed in a group that is no longer changed.
    """
    group, member, run = run_for(slug, run_id, runner_id)
    if not may_count(run, member):
        raise not_found()
    if group.is_read_only:
        refuse_read_only(group)
    return group, member, run


def may_count(run: GroupRun, member: Membership) -> bool:
    """Return whether a member leads a run, or is at its back, or may plan runs."""
    return may(member, Permission.PLAN_RUNS) or leads(run.id, viewpoint_of(member.runner_id))


def own_attendance(runner_id: int, run_id: int) -> Attendance | None:
    """Return what is noted about a runner. For the runner."""
    mine = (Attendance.run_id == run_id, Attendance.runner_id == runner_id)
    return db.session.scalar(select(Attendance).where(*mine))


def attendance_of(run_id: int) -> OutcomeCounts:
    """Return how many had each outcome. Members see who came; the other figures are for leaders."""
    counts = {row.outcome: row for row in reading().execute(_COUNTS, {"run": run_id})}
    guests = {outcome: int(row.guests or 0) for outcome, row in counts.items()}
    left = guests.get(AttendanceOutcome.LEFT_EARLY, 0)
    came = guests.get(AttendanceOutcome.CAME, 0)
    by_name = {outcome.value: counts[outcome].members if outcome in counts else 0 for outcome in AttendanceOutcome}
    return OutcomeCounts(**by_name, guests=came + left, guests_left=left)


_BRINGS = and_(Rsvp.run_id == Attendance.run_id, Rsvp.runner_id == Attendance.runner_id, Rsvp.answer == RsvpAnswer.IN)
_COUNTS = (
    select(Attendance.outcome, func.count().label("members"), func.sum(Rsvp.guests).label("guests"))
    .outerjoin(Rsvp, _BRINGS)
    .where(Attendance.run_id == bindparam("run"))
    .group_by(Attendance.outcome)
)


def names_of_those_who_came(run: GroupRun, viewer_id: int, most: int) -> list[str]:
    """Return the names of members who came and are shown in the group, at most so many."""
    values = {"group": run.group_id, "run": run.id, "viewer": viewer_id, "most": most}
    return list(reading().execute(_CAME, values).scalars())


_CAME = (
    select(visible_name(viewer_id=bindparam("viewer")))
    .join(Attendance, Attendance.runner_id == Consent.runner_id)
    .where(Consent.group_id == bindparam("group"), Attendance.run_id == bindparam("run"))
    .where(Attendance.outcome.in_(PRESENT), consent_is_given(), is_named_member())
    .order_by(Consent.search_name, Consent.id)
    .limit(bindparam("most"))
)


def matches_of(runner_id: int, now: datetime) -> list[RunMatch]:
    """Return the group runs that runs of a runner's own suggest they came to, the first one first. For the runner.

    Left out are those to which they said that they would not come, where it is noted that they did, and which they
    said were something else. A run that stands for one group run suggests no other.
    """
    begin = now - _LONGEST
    runs = [run for run in runs_of_runner(runner_id, begin, now) if run.starts_at <= now and can_say_so(run, now)]
    if not runs:
        return []
    activities = _activities_between(runner_id, runs[0].starts_at - NEAR, runs[-1].starts_at + NEAR)
    if not activities:
        return []
    planned = _planned_distances(runner_id, runs)
    there = _run_ids_with_presence(runner_id, [run.id for run in runs])
    taken = {one.id for one in activities for run in runs if run.id in there and _fits(one, run, planned)}
    free = [one for one in activities if one.id not in taken]
    asked = [run for run in runs if run.id not in there | _declined(runner_id, [run.id for run in runs])]
    # An archived group takes no answer.
    groups = {group_id: group for group_id, group in _groups_of(asked).items() if not group.is_read_only}
    found = ((run, [one for one in free if _fits(one, run, planned)]) for run in asked if run.group_id in groups)
    return [_match(run, fitting, groups[run.group_id]) for run, fitting in found if fitting]


def match_of(runner_id: int, run_id: int, now: datetime) -> RunMatch | None:
    """Return the run of a runner's own that suggests they came to one group run. For the runner."""
    return next((match for match in matches_of(runner_id, now) if match.run.id == run_id), None)


def _match(run: GroupRun, fitting: Sequence[Activity], group: Group) -> RunMatch:
    nearest = min(fitting, key=lambda one: (one.private, abs(one.start_utc - run.starts_at), one.id))
    return RunMatch(run, group.slug, group.name, nearest, nearest.private)


def _fits(activity: Activity, run: GroupRun, planned: dict[int, PlannedDistance]) -> bool:
    return matches(activity, run.starts_at, planned[run.id])


def _activities_between(runner_id: int, begin: datetime, end: datetime) -> list[Activity]:
    # The index is by the date where the runner was, which is at most a day from that in UTC.
    day = timedelta(days=1)
    mine = (Activity.runner_id == runner_id, Activity.local_date.between((begin - day).date(), (end + day).date()))
    rows = db.session.scalars(select(Activity).where(*mine, Activity.start_utc.between(begin, end)))
    return [one for one in rows.all() if can_match(one)]


def _planned_distances(runner_id: int, runs: Sequence[GroupRun]) -> dict[int, PlannedDistance]:
    """Return how far each run goes for a runner: that of the pace group they chose, otherwise of the run."""
    chosen = (
        select(Rsvp.run_id, PaceGroup.distance_m)
        .join(PaceGroup, PaceGroup.id == Rsvp.pace_group_id)
        .where(Rsvp.runner_id == runner_id, Rsvp.run_id.in_([run.id for run in runs]))
    )
    theirs: dict[int, int | None] = dict(db.session.execute(chosen).all())
    whole = {run.id: PlannedDistance(run.min_distance_m, run.max_distance_m) for run in runs}
    return {
        run_id: PlannedDistance(theirs[run_id], theirs[run_id]) if theirs.get(run_id) else distance
        for run_id, distance in whole.items()
    }


def _run_ids_with_presence(runner_id: int, run_ids: Collection[int]) -> set[int]:
    mine = (Attendance.runner_id == runner_id, Attendance.run_id.in_(run_ids), Attendance.outcome.in_(PRESENT))
    return set(db.session.scalars(select(Attendance.run_id).where(*mine)))


def _declined(runner_id: int, run_ids: Collection[int]) -> set[int]:
    """Return the runs that a runner said they would not come to, or that no run of theirs was."""
    is_theirs = (DismissedMatch.run_id == GroupRun.id, DismissedMatch.runner_id == runner_id)
    is_out = (Rsvp.run_id == GroupRun.id, Rsvp.runner_id == runner_id, Rsvp.answer == RsvpAnswer.OUT)
    said_no = exists().where(*is_theirs) | exists().where(*is_out)
    return set(db.session.scalars(select(GroupRun.id).where(GroupRun.id.in_(run_ids), said_no)))


def _groups_of(runs: Sequence[GroupRun]) -> dict[int, Group]:
    wanted = {run.group_id for run in runs}
    return {group.id: group for group in db.session.scalars(select(Group).where(Group.id.in_(wanted)))}
