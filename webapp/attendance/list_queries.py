"""Reading the tap list of a run. For those who may count it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, and_, bindparam, case, or_, select, union

from webapp.attendance.code_rules import RunnerKeys
from webapp.db import reading
from webapp.groups.queries import by_visible_name, consents_by_name, visible_name
from webapp.models.attendance import Attendance
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Consent, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import AttendanceOutcome, AttendanceSource, RsvpAnswer
from webapp.paging import Page
from webapp.privacy.gate import may_see
from webapp.privacy.queries import is_hidden_member, is_named_member
from webapp.text import anywhere, search_key

# Rows of a list, and members that a search finds.
MAX_LISTED, FOUND = 400, 10


@dataclass(frozen=True, slots=True)
class TapRow:
    """A runner in the tap list. `key`: their name in it; `answer`: None for one who gave none.

    `outcome`, `source`: what is noted of them. A hidden runner has neither a name nor a pace group here.
    """

    key: str
    name: str
    is_hidden: bool
    answer: RsvpAnswer | None
    pace_group: str | None
    guests: int
    outcome: AttendanceOutcome | None
    source: AttendanceSource | None


def tap_list(run: GroupRun, keys: RunnerKeys) -> list[TapRow]:
    """Return those who may come to a run, or came: who is in first, by shown name, and hidden runners last."""
    values = {"run": run.id, "group": run.group_id, "most": MAX_LISTED}
    return [_row(row, keys) for row in reading().execute(_LIST, values)]


def found_members(run: GroupRun, name: str, keys: RunnerKeys) -> list[TapRow]:
    """Return members whose shown name contains `name`, a few. A hidden runner is found by nobody."""
    wanted, values = (_HAS_NAME, _IS_NAMED), {"name": anywhere(search_key(name))}
    found = consents_by_name(run.group_id, Page(1, FOUND), wanted, values)
    return _of(run, Consent.id.in_(found), keys) if found else []


def _of(run: GroupRun, which: Any, keys: RunnerKeys) -> list[TapRow]:
    values = {"run": run.id, "group": run.group_id, "most": MAX_LISTED}
    return [_row(row, keys) for row in reading().execute(_ROWS.where(which), values)]


_HAS_NAME = Consent.search_name.like(bindparam("name"), escape="/")
_IS_NAMED = is_named_member()
_THOSE_WHO_MAY_COME: CompoundSelect[Any] = union(
    select(Rsvp.runner_id).where(Rsvp.run_id == bindparam("run"), Rsvp.answer != RsvpAnswer.OUT),
    select(Attendance.runner_id).where(Attendance.run_id == bindparam("run")),
    select(PaceGroup.leader_id).where(PaceGroup.run_id == bindparam("run"), PaceGroup.leader_id.is_not(None)),
    select(PaceGroup.back_marker_id).where(PaceGroup.run_id == bindparam("run"), PaceGroup.back_marker_id.is_not(None)),
)
_LEADS = (
    select(PaceGroup.id)
    .where(PaceGroup.run_id == bindparam("run"))
    .where(or_(PaceGroup.leader_id == Consent.runner_id, PaceGroup.back_marker_id == Consent.runner_id))
    .correlate(Consent)
    .exists()
)
_IS_EXPECTED = or_(Rsvp.answer == RsvpAnswer.IN, _LEADS)
_OF_RUN = (Rsvp.run_id == bindparam("run"), Attendance.run_id == bindparam("run"))
_ROWS: Select[Any] = (
    select(
        *(Consent.runner_id, Consent.level, visible_name().label("name"), Rsvp.answer, Rsvp.guests),
        *(Attendance.outcome, Attendance.source, PaceGroup.name.label("pace_group")),
        case((is_hidden_member(), True), else_=False).label("is_hidden"),
    )
    .join(Membership, and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id))
    .outerjoin(Rsvp, and_(Rsvp.runner_id == Consent.runner_id, _OF_RUN[0]))
    .outerjoin(Attendance, and_(Attendance.runner_id == Consent.runner_id, _OF_RUN[1]))
    .outerjoin(PaceGroup, PaceGroup.id == Rsvp.pace_group_id)
    .where(Consent.group_id == bindparam("group"))
    .order_by(case((_IS_EXPECTED, 0), else_=1), *by_visible_name(), Consent.id)
    .limit(bindparam("most"))
)
_LIST = _ROWS.where(Consent.runner_id.in_(_THOSE_WHO_MAY_COME))


def _row(row: Row[Any], keys: RunnerKeys) -> TapRow:
    level = None if row.is_hidden else row.level
    pace_group = row.pace_group if may_see(level, "pace_group") else None
    # Heads are counted with the guests of a runner without a name, too.
    guests = row.guests if row.answer == RsvpAnswer.IN else 0
    key, is_hidden = keys.key_of(row.runner_id), bool(row.is_hidden)
    return TapRow(key, row.name, is_hidden, row.answer, pace_group, guests, row.outcome, row.source)
