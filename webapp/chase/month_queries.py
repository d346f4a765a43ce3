"""Read the line chart of a chase: the viewer and the neighbours by date, as far as the viewer may see their days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from webapp.charts import ChartLine, LineChart, LineKey, line_chart
from webapp.chase.queries import Chase, Rival
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CHALLENGE, CONSENT, ENTRY, read, table
from webapp.models.scoring import DayScore
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_is_given
from webapp.rulebook.chase_chart import expected_total, fan_of, first_crossing, span_of_chart
from webapp.rulebook.chase_outlook import base_of
from webapp.rulebook.odds import TimeLeft, time_left

DAY = table(DayScore)

# From the few entries on: with a join, a database may begin with all entries of the challenge.
_DAYS = (
    select(
        select(CHALLENGE.c.is_changing).where(CHALLENGE.c.id == bindparam("challenge")).scalar_subquery(),
        *(ENTRY.c.id, ENTRY.c.runner_id, CONSENT.c.level, DAY.c.local_date, DAY.c.value),
    )
    .select_from(ENTRY)
    .join(CONSENT, (CONSENT.c.runner_id == ENTRY.c.runner_id) & (CONSENT.c.group_id == bindparam("group")))
    .outerjoin(DAY, DAY.c.entry_id == ENTRY.c.id)
    .where(ENTRY.c.id.in_(bindparam("entries", expanding=True)), consent_is_given(CONSENT.c))
)


@dataclass(frozen=True, slots=True)
class ChaseMonth:
    """The days of a chase. `chart` is None while they are derived again by other rules.

    `without_line`: neighbours whose days are not shown. `is_single_run`: nobody's days are, since a single run counts.
    `has_fan`: the chart shows how it may go on.
    """

    chart: LineChart | None
    without_line: tuple[str, ...] = ()
    is_single_run: bool = False
    has_fan: bool = False


@dataclass(frozen=True, slots=True)
class _Days:
    """What each date brought to some entries, of those who show it to the viewer."""

    is_changing: bool
    by_entry: Mapping[int, Mapping[date, int]]

    def totals(self, entry_id: int, dates: Iterable[date]) -> tuple[int, ...] | None:
        """Return the total at the end of each date; None if the entry's days are not shown."""
        days = self.by_entry.get(entry_id)
        return None if days is None else tuple(accumulate(days.get(day, 0) for day in dates))


def month_of(context: BoardContext, card: Chase, now: datetime) -> ChaseMonth | None:
    """Return the month of the viewer's own chase; None while nobody has scored."""
    viewer = context.viewer
    left = time_left(now, ZoneInfo(viewer.tz), viewer.ends_on)
    dates = dates_between(viewer.starts_on, min(left.today, viewer.ends_on))
    if not card.started or not dates:
        return None
    shown: dict[LineKey, Rival] = {}
    if card.ahead:
        shown["ahead"] = card.ahead
    if card.behind:
        shown["behind"] = card.behind
    days = _days_of(context, [card.me.entry_id, *(rival.entry_id for rival in shown.values())])
    if days.is_changing:
        return ChaseMonth(None)
    values = {key: days.totals(rival.entry_id, dates) for key, rival in shown.items()}
    lines = {key: (shown[key].name, totals) for key, totals in values.items() if totals}
    names = tuple(shown[key].name for key, totals in values.items() if totals is None)
    chart = _chart(context, card, {"me": ("You", days.totals(card.me.entry_id, dates) or (0,)), **lines}, left)
    return ChaseMonth(chart, names, not context.rules.measured.adds_up, bool(card.sides))


def _chart(
    context: BoardContext, card: Chase, lines: Mapping[LineKey, tuple[str, tuple[int, ...]]], left: TimeLeft
) -> LineChart:
    span, sides = span_of_chart(context.viewer.starts_on, left), card.sides
    drawn = [
        ChartLine(key, name, totals, expected_total(*sides[key], totals[-1], left) if key in sides else None)
        for key, (name, totals) in lines.items()
    ]
    fan = fan_of(*sides["me"], lines["me"][1][-1], span, left) if sides else None
    unit = base_of(context.rules.unit, context.viewer.units)
    ends = {key: totals[-1] for key, (_, totals) in lines.items()}
    pairs = [(pair, ends.get(key, 0)) for key, pair in card.matchups.items()]
    return line_chart(span, drawn, unit, fan, first_crossing(pairs, span))


def dates_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _days_of(context: BoardContext, entry_ids: Collection[int]) -> _Days:
    """Read what each date brought to entries of the viewer's own board, past the gate."""
    viewer, alone = context.viewer, not context.rules.measured.adds_up
    values = {"challenge": viewer.challenge_id, "group": viewer.group_id, "entries": list(entry_ids)}
    is_changing, found = False, defaultdict[int, dict[date, int]](dict)
    for changes, entry, runner, level, day, value in read(_DAYS, values).all():
        is_changing, is_self = changes, runner == viewer.runner_id
        if is_self or (may_see(level, "daily") and not alone):
            found[entry] |= {day: value} if day else {}
    return _Days(is_changing, found)
