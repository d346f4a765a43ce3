"""Read what happened in a chase since a moment: who went past whom, and which neighbour came closer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, exists, func, or_, select

from webapp.chase.day_queries import shows_scored_days
from webapp.chase.queries import Chase, Rival
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, PLACEMENT, read, table
from webapp.models.activities import Activity
from webapp.models.chase import Passed
from webapp.models.scoring import DayScore
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds, shows
from webapp.privacy.switch_rules import COUNT_PRIVATE
from webapp.rulebook.chase_news import GapChange, Side, came_in_late, gap_change, is_by_a_run
from webapp.rulebook.chase_outlook import is_shown
from webapp.rulebook.lifecycle import COUNTING

PASSED, DAY, ACTIVITY = table(Passed), table(DayScore), table(Activity)
# Lines are read for this many overtakes at most, and this many runners are named.
MAX_LINES = 100
NAMED = 3


@dataclass(frozen=True, slots=True)
class PassedRunner:
    """A runner who was passed, or who passed. `late_on`: the date on which it happened, if it came in late."""

    name: str
    entry_id: int
    late_on: date | None


@dataclass(frozen=True, slots=True)
class News:
    """What happened since `since` (in the group's zone), as far as it still holds."""

    since: datetime
    passed: list[PassedRunner] = field(default_factory=list)
    passed_me: list[PassedRunner] = field(default_factory=list)
    gaps: list[GapChange] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.passed or self.passed_me or self.gaps)


def news_since(context: BoardContext, mine: Chase | None, since: datetime | None, now: datetime) -> News | None:
    """Return what is new for the viewer; None on a first visit, and where nothing can change any more."""
    viewer = context.viewer
    is_live = viewer.frozen_at is None and viewer.state(now) in COUNTING
    return news_of(context, mine, since, now) if mine and not mine.on_break and since and is_live else None


def news_of(context: BoardContext, mine: Chase, since: datetime, now: datetime) -> News:
    """Return what happened since the viewer was last here.

    An overtake that was found ahead of now was written by a wrong clock, and would be news at each visit.
    """
    zone, own = ZoneInfo(context.viewer.tz), mine.me.entry_id
    news = News(since.astimezone(zone), gaps=gap_changes(context, mine, _gains_seen_since(context, mine, since)))
    values: dict[str, Any] = {"entry": own, "group": context.viewer.group_id, "runner": context.viewer.runner_id}
    values |= {"since": since, "now": now, "starts_on": context.viewer.starts_on, **_what_counts(context)}
    found = [
        line
        for line in read(_OVERTAKES, values)
        if may_see(line.level, "overtakes")
        and line.runner_id not in context.breaks
        and is_by_a_run(line.local_date, line.found_at, line.arrived_at, zone)
    ]
    # A runner who passed and was passed back stands where they stood.
    back_and_forth = Counter(line.other for line in found)
    named: set[int] = set()
    for line in found:
        i_passed = line.passer_id == own
        if line.other in named or back_and_forth[line.other] % 2 == 0 or not _holds(context, line.total, i_passed):
            continue
        named.add(line.other)
        late_on = line.local_date if came_in_late(line.local_date, line.found_at, zone) else None
        (news.passed if i_passed else news.passed_me).append(PassedRunner(line.shown_name, line.other, late_on))
    return news


def _holds(context: BoardContext, total: int, i_passed: bool) -> bool:
    """Return whether the viewer is still ahead of one they passed, or behind one who passed them."""
    return total < context.viewer.total if i_passed else total > context.viewer.total


# A run that cannot count brings nobody closer, and would tell of a run that others do not see.
_ALLOWED: Mapping[str, ColumnElement[bool]] = {
    "private": ~ACTIVITY.c.private,
    "manual": ~ACTIVITY.c.manual,
    "flagged": ~ACTIVITY.c.flagged,
    "treadmill": ~ACTIVITY.c.trainer,
}
_MAY_COUNT = (
    ACTIVITY.c.sport_type.in_(bindparam("sports", expanding=True)),
    *(or_(plain, bindparam(name, type_=Boolean)) for name, plain in _ALLOWED.items()),
)
# When the latest run of the passer up to the date came.
_ARRIVED_AT = (
    select(func.max(ACTIVITY.c.first_seen_at))
    .select_from(ENTRY.join(ACTIVITY, ACTIVITY.c.runner_id == ENTRY.c.runner_id))
    .where(ENTRY.c.id == PASSED.c.passer_id, *_MAY_COUNT)
    .where(ACTIVITY.c.local_date.between(bindparam("starts_on"), PASSED.c.local_date))
    .correlate(PASSED)
    .scalar_subquery()
    .label("arrived_at")
)
_other = func.coalesce(func.nullif(PASSED.c.passed_id, bindparam("entry")), PASSED.c.passer_id)
_OVERTAKES = (
    select(PASSED.c.passer_id, PLACEMENT.c.entry_id.label("other"), PLACEMENT.c.runner_id)
    .add_columns(CONSENT.c.shown_name, CONSENT.c.level, PASSED.c.local_date, PASSED.c.found_at, PLACEMENT.c.total)
    .add_columns(_ARRIVED_AT)
    .join(PLACEMENT, PLACEMENT.c.entry_id == _other)
    .join(CONSENT, and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .where(or_(PASSED.c.passer_id == bindparam("entry"), PASSED.c.passed_id == bindparam("entry")))
    .where(PASSED.c.found_at > bindparam("since", type_=PASSED.c.found_at.type))
    .where(PASSED.c.found_at <= bindparam("now", type_=PASSED.c.found_at.type), consent_holds(CONSENT.c))
    .where(
        ~is_on_break(PLACEMENT.c.runner_id, PASSED.c.local_date), ~is_on_break(bindparam("runner"), PASSED.c.local_date)
    )
    .order_by(PASSED.c.local_date.desc(), PASSED.c.found_at.desc(), PASSED.c.place, PASSED.c.passer_id)
    .limit(MAX_LINES)
)


def gap_changes(context: BoardContext, mine: Chase, gains: Mapping[int, int]) -> list[GapChange]:
    """Return how the gaps to the next ahead and the next behind changed by what the entries gained, where it shows."""
    found = []
    for side, other in neighbours_of(mine).items():
        closer = gap_change(side, mine.me.entry_id, other.entry_id, gains)
        if closer is not None and is_shown(closer, context.rules.unit):
            found.append(GapChange(side, other.name, other.entry_id, closer))
    return found


def neighbours_of(mine: Chase) -> dict[Side, Rival]:
    """Return the next ahead and the next behind, where the distance to them is shown."""
    both: dict[Side, Rival | None] = {"ahead": mine.ahead, "behind": mine.behind}
    return {side: other for side, other in both.items() if other and other.gap is not None}


def gains_since(context: BoardContext, mine: Chase, first: date) -> dict[int, int]:
    """Return what the viewer and both neighbours gained from a date on, by entry.

    Of others only if they show what each day brought, and nothing in challenges about the longest run, whose days
    nobody else sees, nor while days are derived by other rules than those of the board.
    """
    return _gains(context, mine, _FROM_A_DATE, {"first": first})


def _gains_seen_since(context: BoardContext, mine: Chase, since: datetime) -> dict[int, int]:
    """Return the same of the days with a run that came to its runner after a moment."""
    return _gains(context, mine, _SEEN_SINCE, {"since": since, **_what_counts(context)})


def _what_counts(context: BoardContext) -> dict[str, Any]:
    """Return the values of `_MAY_COUNT`."""
    counts = context.rules.counts
    return {"sports": list(counts.sports), **{name: getattr(counts, name) for name in _ALLOWED}}


def _gains(context: BoardContext, mine: Chase, statement: Any, values: Mapping[str, Any]) -> dict[int, int]:
    others = [other.entry_id for other in neighbours_of(mine).values()]
    if not others or not context.rules.measured.adds_up:
        return {}
    here = {"group": context.viewer.group_id, "entries": [mine.me.entry_id, *others]}
    return {
        entry: int(value)
        for entry, runner, level, value in read(statement, {**here, **values})
        if may_see(level, "daily", is_self=runner == context.viewer.runner_id)
    }


def _gained(which: ColumnElement[bool]) -> Any:
    """Select what entries gained on the days in `which`, with whose they are and what these let the group see."""
    gained = select(func.coalesce(func.sum(DAY.c.value), 0)).where(DAY.c.entry_id == ENTRY.c.id, which)
    return (
        select(ENTRY.c.id, ENTRY.c.runner_id, CONSENT.c.level, gained.scalar_subquery())
        .join(CONSENT, and_(CONSENT.c.runner_id == ENTRY.c.runner_id, CONSENT.c.group_id == bindparam("group")))
        .where(ENTRY.c.id.in_(bindparam("entries", expanding=True)), consent_holds(CONSENT.c), shows_scored_days())
    )


_ARRIVED = exists().where(
    ACTIVITY.c.runner_id == ENTRY.c.runner_id,
    ACTIVITY.c.local_date == DAY.c.local_date,
    ACTIVITY.c.first_seen_at > bindparam("since", type_=ACTIVITY.c.first_seen_at.type),
    *(*_MAY_COUNT, or_(~ACTIVITY.c.private, shows(COUNT_PRIVATE, CONSENT.c))),
)
_FROM_A_DATE = _gained(DAY.c.local_date >= bindparam("first"))
_SEEN_SINCE = _gained(_ARRIVED.correlate(DAY, ENTRY, CONSENT))
