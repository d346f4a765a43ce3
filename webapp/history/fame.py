"""The hall of fame of a group: who stands in it, from the results of closed challenges. No name is read here.

What is found is kept for a while (`webapp.history.hall`), and may be a little old; who may be named is asked each time.
So each part holds some more runners than it shows, for those who may no longer be.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, extract, func, literal, select

from webapp.challenges.models import Challenge
from webapp.extensions import db
from webapp.groups.models import Consent, Membership
from webapp.scoring.measures import MEASURES
from webapp.scoring.rulesets import RuleSet
from webapp.seasons.models import Result

# So many are found for a part of the hall, and so many of those are shown.
FOUND, SHOWN = 12, 5
# Who ran on fewer days than this in one of two challenges is not compared.
LEAST_DAYS = 3
# Challenges whose lengths differ by no more days may be compared: months do.
ALIKE_DAYS = 3
# What is measured of a single run: shown of those who agreed to that very thing.
SINGLE = frozenset(name for name, measure in MEASURES.items() if not measure.adds_up)


class Closed(NamedTuple):
    """A closed challenge: `kind` is what is measured, for totals of one kind alone can be compared."""

    id: int
    name: str
    starts_on: date
    ends_on: date
    kind: str
    unit: str

    @property
    def length(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


class Stand(NamedTuple):
    """A runner in a part of the hall; `challenge_id` is where, `earlier` what it is compared with."""

    runner_id: int
    value: int
    challenge_id: int = 0
    earlier: int = 0


class Part(NamedTuple):
    """Those in one part of the hall, the first ones first, and how many there are in all."""

    stands: Sequence[Stand]
    size: int = 0


class Hall(NamedTuple):
    closed: dict[int, Closed]
    best: dict[str, Part]
    first_places: Part
    taken_part: Part
    months: Part
    # Of the year in which the last challenge ended, with how many challenges it had.
    year: int
    of_year: int
    every: Part
    newcomers: Part
    improved: Part
    # The two challenges that improvement is measured between.
    between: tuple[Closed, Closed] | None


def hall_of(group_id: int) -> Hall | None:
    """Return the hall of a group; None while nothing is closed. A statement for each part, over results alone."""
    closed = closed_of(group_id)
    if not closed:
        return None
    last, year = closed[-1], closed[-1].ends_on.year
    of_year = [one.id for one in closed if one.ends_on.year == year]
    between = comparable(closed)
    return Hall(
        {one.id: one for one in closed},
        {kind: _best(group_id, kind, ids) for kind, ids in _by_kind(closed).items()},
        _counted(group_id, and_(Result.rank == 1, Result.total > 0)),
        _counted(group_id, Result.days > 0),
        _months(group_id),
        year,
        len(of_year),
        _every(group_id, of_year),
        _newcomers(group_id, last),
        _improved(group_id, *between) if between else Part([]),
        between,
    )


def closed_of(group_id: int) -> list[Closed]:
    """Return the closed challenges of a group, the one that ended first in front."""
    mine = select(Challenge).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    found = db.session.scalars(mine.order_by(Challenge.ends_on, Challenge.id))
    return [_closed(one) for one in found]


def closed_count(group_id: int) -> int:
    mine = select(func.count()).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    return db.session.scalar(mine) or 0


def comparable(closed: Sequence[Closed]) -> tuple[Closed, Closed] | None:
    """Return the last challenge and the nearest earlier one of its kind and about its length; None without one."""
    last = closed[-1]
    alike = [
        one
        for one in closed[:-1]
        if one.kind == last.kind and one.ends_on < last.starts_on and abs(one.length - last.length) <= ALIKE_DAYS
    ]
    return (alike[-1], last) if alike else None


def _closed(one: Challenge) -> Closed:
    rules = RuleSet.from_data(one.shown_rules or one.rules)
    kind = rules.unit if rules.measured.adds_up else rules.measure
    return Closed(one.id, one.name, one.starts_on, one.ends_on, kind, rules.unit)


def _by_kind(closed: Sequence[Closed]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in closed:
        found[one.kind].append(one.id)
    return dict(found)


def shown_in(group_id: int) -> ColumnElement[bool]:
    """Return the condition under which a result may carry a name: its runner is a member and shows themselves."""
    consent = exists().where(
        Consent.group_id == group_id, Consent.runner_id == Result.runner_id, Consent.withdrawn_at.is_(None)
    )
    member = exists().where(Membership.group_id == group_id, Membership.runner_id == Result.runner_id)
    return and_(consent, member)


def _results(group_id: int, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Result)
        .join(Challenge, Challenge.id == Result.challenge_id)
        .where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None), shown_in(group_id))
    )


def _best(group_id: int, kind: str, ids: Collection[int]) -> Part:
    """Return the greatest totals, each runner's own greatest one; of equal ones the first to get there."""
    nth = func.row_number().over(
        partition_by=Result.runner_id, order_by=(Result.total.desc(), Challenge.ends_on, Challenge.id)
    )
    columns = (Result.runner_id, Result.total, Result.challenge_id, Challenge.ends_on, nth.label("nth"))
    totals = _results(group_id, *columns).where(Result.challenge_id.in_(ids), Result.total > 0)
    if kind in SINGLE:
        totals = totals.where(exists().where(_agreed(group_id)))
    own = totals.subquery()
    first = select(own.c.runner_id, own.c.total, own.c.challenge_id).where(own.c.nth == 1)
    return _part(first.order_by(own.c.total.desc(), own.c.ends_on, own.c.runner_id))


def _agreed(group_id: int) -> ColumnElement[bool]:
    return and_(Consent.group_id == group_id, Consent.runner_id == Result.runner_id, Consent.longest_at.is_not(None))


def _counted(group_id: int, what: ColumnElement[bool]) -> Part:
    count = func.count()
    mine = _results(group_id, Result.runner_id, count).where(what).group_by(Result.runner_id)
    return _part(mine.order_by(count.desc(), Result.runner_id))


def _months(group_id: int) -> Part:
    """Return the longest streaks of months, each the month in which a challenge ended.

    In a streak the number of the month grows by one with each; so its difference to the number in the row stays.
    """
    number = cast(extract("year", Challenge.ends_on) * 12 + extract("month", Challenge.ends_on), Integer)
    months = _results(group_id, Result.runner_id, number.label("month")).where(Result.days > 0).distinct().subquery()
    nth = func.row_number().over(partition_by=months.c.runner_id, order_by=months.c.month)
    island = select(months.c.runner_id, (months.c.month - nth).label("island")).subquery()
    length = func.count().label("length")
    each = select(island.c.runner_id, length).group_by(island.c.runner_id, island.c.island).subquery()
    longest = func.max(each.c.length)
    mine = select(each.c.runner_id, longest).where(each.c.length > 1).group_by(each.c.runner_id)
    return _part(mine.order_by(longest.desc(), each.c.runner_id))


def _every(group_id: int, of_year: Collection[int]) -> Part:
    if len(of_year) < 2:
        return Part([])
    mine = _results(group_id, Result.runner_id, func.count()).where(Result.challenge_id.in_(of_year), Result.days > 0)
    every = mine.group_by(Result.runner_id).having(func.count() == len(of_year))
    return _counted_part(every, Result.runner_id)


def _newcomers(group_id: int, last: Closed) -> Part:
    """Return those who ran in no closed challenge before the last one, the furthest last: everybody is new once."""
    first = func.min(Challenge.ends_on)
    mine = _results(group_id, Result.runner_id, func.count()).where(Result.days > 0)
    in_last = func.sum(case((Result.challenge_id == last.id, 1), else_=0))
    new = mine.group_by(Result.runner_id).having(and_(first == last.ends_on, in_last > 0))
    return _counted_part(new, Result.runner_id)


def _improved(group_id: int, earlier: Closed, last: Closed) -> Part:
    """Return who improved most by their own measure: by how much of the earlier total the later one is more."""

    def greatest(one: Closed) -> Any:
        return func.max(case((and_(Result.challenge_id == one.id, Result.days >= LEAST_DAYS), Result.total), else_=0))

    before, after = greatest(earlier), greatest(last)
    pair = _results(group_id, Result.runner_id, after.label("after"), before.label("before")).where(
        Result.challenge_id.in_((earlier.id, last.id))
    )
    if last.kind in SINGLE:
        pair = pair.where(exists().where(_agreed(group_id)))
    pairs = pair.group_by(Result.runner_id).having(and_(before > 0, after > before)).subquery()
    mine = select(pairs.c.runner_id, pairs.c.after, literal(last.id), pairs.c.before)
    return _part(mine.order_by((pairs.c.after * 1.0 / pairs.c.before).desc(), pairs.c.runner_id))


def _part(ordered: Select[Any]) -> Part:
    stands = [Stand(*row) for row in db.session.execute(ordered.limit(FOUND))]
    return Part(stands, len(stands))


def _counted_part(found: Select[Any], runner_id: Any) -> Part:
    size = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    return Part(_part(found.order_by(runner_id)).stands, size)
