"""Read what happened in a chase since a moment: who went past whom, and which neighbour came closer."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select

from webapp.chase.queries import Chase
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, PLACEMENT, read, table
from webapp.models.activities import Activity
from webapp.models.chase import Passed
from webapp.models.scoring import DayScore
from webapp.privacy.gate import may_see
from webapp.privacy.pause_queries import is_paused
from webapp.privacy.queries import consent_holds
from webapp.rulebook.chase_news import GapChange, came_in_late, gap_change
from webapp.rulebook.chase_outlook import is_shown

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


def news_of(context: BoardContext, mine: Chase, since: datetime) -> News:
    """Return what is new for the viewer since they were last here."""
    zone, own = ZoneInfo(context.viewer.tz), mine.me.entry_id
    news = News(since.astimezone(zone), gaps=gap_changes(context, mine, _seen_since(context, since)))
    values = {"entry": own, "runner": context.viewer.runner_id, "group": context.viewer.group_id, "since": since}
    found = [line for line in read(_OVERTAKES, values) if may_see(line.level, "overtakes")]
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


_other = func.coalesce(func.nullif(PASSED.c.passed_id, bindparam("entry")), PASSED.c.passer_id)
_OVERTAKES = (
    select(PASSED.c.passer_id, PLACEMENT.c.entry_id.label("other"), CONSENT.c.shown_name, CONSENT.c.level)
    .add_columns(PASSED.c.local_date, PASSED.c.found_at, PLACEMENT.c.total)
    .join(PLACEMENT, PLACEMENT.c.entry_id == _other)
    .join(CONSENT, and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .where(or_(PASSED.c.passer_id == bindparam("entry"), PASSED.c.passed_id == bindparam("entry")))
    .where(PASSED.c.found_at > bindparam("since", type_=PASSED.c.found_at.type), consent_holds(CONSENT.c))
    .where(~is_paused(PLACEMENT.c.runner_id, PASSED.c.local_date), ~is_paused(bindparam("runner"), PASSED.c.local_date))
    .order_by(PASSED.c.local_date.desc(), PASSED.c.found_at.desc(), PASSED.c.place, PASSED.c.passer_id)
    .limit(MAX_LINES)
)


def gap_changes(context: BoardContext, mine: Chase, which: ColumnElement[bool]) -> list[GapChange]:
    """Return how the gaps to the next ahead and the next behind changed by the days in `which`, where that shows.

    Nothing in challenges about the longest run, whose days nobody else sees.
    """
    neighbours = {"ahead": mine.ahead, "behind": mine.behind}
    shown = {side: other for side, other in neighbours.items() if other and other.gap is not None}
    if not shown or not context.rules.measured.adds_up:
        return []
    gains = gains_of(context, [mine.me.entry_id, *(other.entry_id for other in shown.values())], which)
    found = []
    for side in ("ahead", "behind"):
        other = shown.get(side)
        closer = gap_change(side, mine.me.entry_id, other.entry_id, gains) if other else None
        if other and closer is not None and is_shown(closer, context.rules.unit):
            found.append(GapChange(side, other.name, other.entry_id, closer))
    return found


def gains_of(context: BoardContext, entry_ids: Collection[int], which: ColumnElement[bool]) -> dict[int, int]:
    """Return what these entries gained on the days in `which`; of others only if they show what each day brought."""
    viewer = context.viewer
    gained = select(func.coalesce(func.sum(DAY.c.value), 0)).where(DAY.c.entry_id == ENTRY.c.id, which)
    rows = read(
        select(ENTRY.c.id, ENTRY.c.runner_id, CONSENT.c.level, gained.scalar_subquery())
        .join(CONSENT, and_(CONSENT.c.runner_id == ENTRY.c.runner_id, CONSENT.c.group_id == viewer.group_id))
        .where(ENTRY.c.id.in_(entry_ids), consent_holds(CONSENT.c)),
        {},
    )
    return {
        entry: int(value)
        for entry, runner, level, value in rows
        if may_see(level, "daily", is_self=runner == viewer.runner_id)
    }


def _seen_since(context: BoardContext, since: datetime) -> ColumnElement[bool]:
    """Return the condition for days (of `DAY`) with a run that came to its runner after `since`."""
    arrived = (
        ACTIVITY.c.runner_id == ENTRY.c.runner_id,
        ACTIVITY.c.local_date == DAY.c.local_date,
        ACTIVITY.c.first_seen_at > since,
        ACTIVITY.c.sport_type.in_(context.rules.counts.sports),
    )
    return exists().where(*arrived).correlate(DAY, ENTRY)
