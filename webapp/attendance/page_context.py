"""What the page of a run, and other pages, show of who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.attendance import queries
from webapp.attendance.queries import OutcomeCounts, RunMatch
from webapp.attendance.rules import HeadCount, can_be_closed, can_be_counted, can_say_so, is_over
from webapp.models.attendance import Attendance
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Membership
from webapp.models.words import AttendanceOutcome, AttendanceSource, RunStatus
from webapp.privacy.gate import viewpoint_of

# Names that the page of a run lists of those who came.
NAMED = 60

OUTCOME_WORDS = {
    AttendanceOutcome.CAME: "Came",
    AttendanceOutcome.LEFT_EARLY: "Left early",
    AttendanceOutcome.TOLD_US: "Told us",
    AttendanceOutcome.NOT_SEEN: "Not seen",
}
# Beside "came", whose word it is. A leader's own needs no word.
SOURCE_WORDS = {
    AttendanceSource.LEADER: "",
    AttendanceSource.QR: "by the code",
    AttendanceSource.SELF: "says so",
    AttendanceSource.RUN: "their run says so",
}
_OWN_WORDS = {
    AttendanceSource.LEADER: "You were there.",
    AttendanceSource.QR: "You were there: you used the code.",
    AttendanceSource.SELF: "You said that you were there.",
    AttendanceSource.RUN: "You were there: your run says so.",
}


@dataclass(frozen=True, slots=True)
class MyAttendance:
    """What a runner sees of themselves at a run: what is noted, and a run of theirs that suggests they came."""

    noted: Attendance | None
    can_say_so: bool
    has_begun: bool
    match: RunMatch | None

    @property
    def is_noted_there(self) -> bool:
        return self.noted is not None and self.noted.outcome in (AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY)

    @property
    def words(self) -> str:
        """Return what is noted, in a sentence; "" for nothing."""
        if self.noted is None:
            return ""
        if self.noted.outcome == AttendanceOutcome.CAME:
            return _OWN_WORDS[self.noted.source]
        return {
            AttendanceOutcome.LEFT_EARLY: "You were there, and left early.",
            AttendanceOutcome.TOLD_US: "You told the group that you could not come.",
            AttendanceOutcome.NOT_SEEN: "Nobody noted that you came.",
        }[self.noted.outcome]

    @property
    def is_worth_showing(self) -> bool:
        return self.noted is not None or self.can_say_so


@dataclass(frozen=True, slots=True)
class AttendanceCount:
    """How many came, and the names that the reader may see; for those who may count, all the rest.

    `others`: how many more came than are named. `may_count`: may the reader count this run now, or see what was noted?
    """

    present: int
    names: Sequence[str]
    others: int
    may_count: bool
    counts: OutcomeCounts
    heads: HeadCount
    has_begun: bool
    can_be_counted: bool
    can_be_closed: bool
    is_closed: bool
    is_over: bool


def mine_context(run: GroupRun, membership: Membership, now: datetime) -> dict[str, MyAttendance | None]:
    """Return the context of `attendance/_mine.html`: `my_attendance`, None while the reader looks as others do."""
    runner_id = membership.runner_id
    if viewpoint_of(runner_id) != runner_id or run.status == RunStatus.CANCELLED:
        return {"my_attendance": None}
    can_say, has_begun = can_say_so(run, now), now >= run.starts_at
    noted = queries.own_attendance(runner_id, run.id)
    match = queries.match_of(runner_id, run.id, now) if can_say and has_begun else None
    return {"my_attendance": MyAttendance(noted, can_say, has_begun, match)}


def count_context(run: GroupRun, membership: Membership, now: datetime) -> dict[str, AttendanceCount]:
    """Return the context of `attendance/_count.html`: `attendance_count`."""
    counts = queries.attendance_of(run.id)
    viewer = viewpoint_of(membership.runner_id)
    names = queries.names_of_those_who_came(run, viewer, NAMED) if counts.present else []
    may_count = not membership.group.is_read_only and queries.may_count(run, membership)
    shown = AttendanceCount(
        present=counts.present,
        names=names,
        others=counts.present - len(names),
        may_count=may_count,
        counts=counts,
        heads=counts.head_count(run),
        has_begun=now >= run.starts_at,
        can_be_counted=can_be_counted(run, now),
        can_be_closed=can_be_closed(run, now) and run.closed_at is None,
        is_closed=run.closed_at is not None,
        is_over=is_over(run, now),
    )
    return {"attendance_count": shown}
