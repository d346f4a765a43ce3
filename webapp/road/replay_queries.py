"""Read a replay: where those in front, those around the viewer and the rest of the field stood, day by day.

Others are in it only if the gate shows their days, and each view asks it again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import accumulate
from typing import Literal

from sqlalchemy import bindparam, func, select

from webapp.cache import cached
from webapp.leaderboards.queries import BoardContext, BoardRow
from webapp.leaderboards.statement_queries import read, table
from webapp.models.road import RoadTally
from webapp.models.scoring import DayScore
from webapp.privacy.gate import is_capped
from webapp.road.queries import front_of, named_rows
from webapp.rulebook.replay import frames, middle_of_step, step_of, step_width
from webapp.rulebook.road import Located

DAY, TALLY = table(DayScore), table(RoadTally)


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The end of a date: the total of each runner whom the page may name, by entry, and the others by steps."""

    day: date
    totals: Mapping[int, int]
    others: Sequence[Located]

    @property
    def positions(self) -> list[Located]:
        """Return everybody, those whom the page may name from the front on."""
        named = sorted(self.totals.items(), key=lambda each: (-each[1], each[0]))
        return [*(Located(total, entry_id=entry) for entry, total in named), *self.others]


@dataclass(frozen=True, slots=True)
class Replay:
    """The runners whom the page may name, by entry, the dates to choose from, and which total ends the road.

    `counted`: the entries that are in the tallies, too.
    """

    rows: dict[int, BoardRow]
    counted: frozenset[int]
    dates: list[date]
    front: int


# Why there is no replay: it has not begun, days are single runs, days are not shown here, or the rules are changing.
Lacking = Literal["start", "longest", "capped", "changing"]


def lacking(context: BoardContext, today: date) -> Lacking | None:
    """Return why there is no replay of a challenge; None if there is one."""
    viewer = context.viewer
    if is_capped():
        return "capped"
    if not context.rules.measured.adds_up:
        return "longest"
    if not frames(viewer.starts_on, viewer.ends_on, today):
        return "start"
    return "changing" if viewer.is_changing else None


def replay_of(context: BoardContext, me: BoardRow | None, today: date) -> Replay:
    """Return the replay as the viewer sees it: those in front, those around them, and its dates until today."""
    return _replay(context, named_rows(context, me), today)


def shared_replay(context: BoardContext, today: date) -> Replay:
    """Return the replay as all other members see it: it names those in front."""
    return _replay(context, front_of(context), today)


def _replay(context: BoardContext, named: Collection[BoardRow], today: date) -> Replay:
    viewer = context.viewer
    counted = frozenset(row.entry_id for row in named if row.shows_days)
    shown = {row.entry_id: row for row in named if row.is_me or row.shows_days}
    dates = frames(viewer.starts_on, viewer.ends_on, today)
    front = max((row.total or 0 for row in shown.values()), default=0)
    return Replay(shown, counted, dates, max(front, _front_of_all(context, dates[-1])))


def own_total(entry_id: int, day: date) -> int:
    """Return the total of an entry at the end of a date."""
    return _totals_on([entry_id], day)[entry_id]


def place_on_step(context: BoardContext, total: int) -> float:
    """Return the total at which the tallies count one."""
    width = step_width(context.rules.unit, context.viewer.starts_on, context.viewer.ends_on)
    return middle_of_step(step_of(total, width), width)


def frames_of(context: BoardContext, replay: Replay, dates: Collection[date]) -> list[DayEnd]:
    """Return the frames of these dates, in order."""
    viewer = context.viewer
    width = step_width(context.rules.unit, viewer.starts_on, viewer.ends_on)
    days = sorted(dates)
    totals, tallies = _totals(replay.rows.keys(), days), _tallies(viewer.challenge_id, days)
    return [DayEnd(day, totals[day], list(_others(tallies[day], totals[day], replay.counted, width))) for day in days]


def _others(
    steps: Mapping[int, int], totals: Mapping[int, int], counted: Collection[int], width: int
) -> Iterable[Located]:
    """Return the tallies without those who are named. A newer run may have moved one: the nearest step has them."""
    rest = Counter(steps)
    for entry in sorted(entry for entry in totals.keys() & counted if totals[entry]):
        step = step_of(totals[entry], width)
        if rest[step] <= 0:
            step = min(+rest, key=partial(_apart, step), default=step)
        rest[step] -= 1
    return (Located(middle_of_step(step, width), count) for step, count in sorted((+rest).items()))


def _apart(step: int, other: int) -> int:
    return abs(other - step)


def _totals(entries: Collection[int], dates: Sequence[date]) -> dict[date, dict[int, int]]:
    """Return the total of each entry at the end of each date."""
    if len(dates) == 1:
        return {dates[0]: _totals_on(entries, dates[0])}
    rows = read(select(DAY.c.entry_id, DAY.c.local_date, DAY.c.value).where(DAY.c.entry_id.in_(entries)), {})
    days: defaultdict[int, dict[date, int]] = defaultdict(dict)
    for entry, day, value in rows:
        days[entry][day] = value
    found: dict[date, dict[int, int]] = {day: {} for day in dates}
    for entry in entries:
        for day, total in zip(dates, _sums(days[entry], dates), strict=True):
            found[day][entry] = total
    return found


def _sums(values: Mapping[date, int], dates: Sequence[date]) -> Iterable[int]:
    """Return what the values until each of the dates come to."""
    gained = dict.fromkeys(dates, 0)
    for day, value in values.items():
        frame = next((each for each in dates if each >= day), None)
        if frame is not None:
            gained[frame] += value
    return accumulate(gained.values())


def _totals_on(entries: Collection[int], day: date) -> dict[int, int]:
    rows = read(_SUMS, {"entries": list(entries), "day": day})
    found = {entry: int(total) for entry, total in rows}
    return {entry: found.get(entry, 0) for entry in entries}


_SUMS = (
    select(DAY.c.entry_id, func.sum(DAY.c.value))
    .where(DAY.c.entry_id.in_(bindparam("entries", expanding=True)), DAY.c.local_date <= bindparam("day"))
    .group_by(DAY.c.entry_id)
)


def _tallies(challenge_id: int, dates: Collection[date]) -> dict[date, dict[int, int]]:
    here = select(TALLY.c.local_date, TALLY.c.step, TALLY.c.entries).where(TALLY.c.challenge_id == challenge_id)
    found: dict[date, dict[int, int]] = {day: {} for day in dates}
    for day, step, entries in read(here.where(TALLY.c.local_date.between(min(dates), max(dates))), {}):
        if day in found:
            found[day][step] = entries
    return found


def _front_of_all(context: BoardContext, day: date) -> int:
    """Return the upper end of the foremost step at the end of a date."""
    viewer = context.viewer
    key = (*viewer.days_edition, "front of the replay", day)
    furthest = cached(key, lambda: read(_FURTHEST, {"challenge": viewer.challenge_id, "day": day}).scalar())
    return (furthest or 0) * step_width(context.rules.unit, viewer.starts_on, viewer.ends_on)


_FURTHEST = select(func.max(TALLY.c.step)).where(
    TALLY.c.challenge_id == bindparam("challenge"), TALLY.c.local_date == bindparam("day")
)
