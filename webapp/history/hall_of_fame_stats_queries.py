"""The runners in a group's hall of fame, from the results of closed challenges. No name is read here.

What is found is cached for a while (`webapp.history.hall_of_fame_queries`) and may be a little old; which runners may
be named is asked each time. So each part holds some more runners than it shows, for those who may no longer be named.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, select

from webapp.db import db
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent, Membership
from webapp.models.results import Result
from webapp.privacy.queries import consent_holds, is_hidden_runner, shown_since, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.measures import SINGLE

# How many runners are found for a part of the hall, and how many of them are shown.
FOUND, SHOWN = 12, 5
# Runners with fewer days than this in one of two challenges are not compared.
MIN_DAYS = 3
# Challenges whose lengths differ by no more days may be compared: months do.
ALIKE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed challenge: `kind` is what is measured, for totals of one kind alone can be compared.

    `has_places`: did runners have places in it?
    """

    id: int
    name: str
    starts_on: date
    ends_on: date
    kind: str
    unit: str
    has_places: bool

    @property
    def length(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True)
class Stand:
    """A runner in a part of the hall; `challenge_id` is where, `earlier` what it is compared with."""

    runner_id: int
    value: int
    challenge_id: int = 0
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class HallOfFameEntry:
    """Those in one part of the hall, in order, and how many are at least as good as the last one shown."""

    stands: Sequence[Stand]
    size: int = 0


@dataclass(frozen=True, slots=True)
class HallOfFame:
    closed: dict[int, Closed]
    best: dict[str, HallOfFameEntry]
    first_places: HallOfFameEntry
    taken_part: HallOfFameEntry
    months: HallOfFameEntry
    # Of the year in which the last challenge ended, with how many challenges it had.
    year: int
    of_year: int
    every: HallOfFameEntry
    newcomers: HallOfFameEntry
    improved: HallOfFameEntry
    # The two challenges that improvement is measured between.
    between: tuple[Closed, Closed] | None


@dataclass(frozen=True, slots=True)
class HallOfFameTally:
    """What a member did in all closed challenges: one row each, whatever the number of challenges."""

    runner_id: int
    taken_part: int
    first_places: int
    # Of these, those in challenges about the longest run.
    first_of_single: int
    of_year: int
    earlier_ones: int
    in_last: int
    before: int
    after: int
    best: tuple[int, ...]


def hall_of_fame_of(group_id: int) -> HallOfFame | None:
    """Return the hall of a group; None while nothing is closed. The database sums up, and gives a row for a member."""
    closed = closed_of(group_id)
    if not closed:
        return None
    last, between, kinds = closed[-1], comparable(closed), _by_kind(closed)
    of_year = [one.id for one in closed if one.ends_on.year == last.ends_on.year]
    agreed = _agreed(group_id) if kinds.keys() & SINGLE else set()
    tallies = _tallies(group_id, closed, of_year, between, kinds)
    return HallOfFame(
        {one.id: one for one in closed},
        {
            kind: _best(kinds[kind], [(one.runner_id, one.best[n]) for one in tallies if _may(kind, one, agreed)])
            for n, kind in enumerate(kinds)
        },
        # A first place in a challenge about the longest run says whose run was the longest.
        _top((one.runner_id, one.first_places - _hidden_firsts(one, agreed)) for one in tallies),
        _top((one.runner_id, one.taken_part) for one in tallies),
        _top(_months(group_id, closed)),
        last.ends_on.year,
        len(of_year),
        _all(one.runner_id for one in tallies if one.of_year == len(of_year) > 1),
        _all(one.runner_id for one in tallies if one.in_last and not one.earlier_ones),
        _improved([one for one in tallies if _may(last.kind, one, agreed)], last),
        between,
    )


def _may(kind: str, one: HallOfFameTally, agreed: Collection[int]) -> bool:
    return kind not in SINGLE or one.runner_id in agreed


def _hidden_firsts(one: HallOfFameTally, agreed: Collection[int]) -> int:
    return 0 if one.runner_id in agreed else one.first_of_single


def closed_of(group_id: int) -> list[Closed]:
    """Return the closed challenges of a group, the one that ended first in front."""
    mine = select(Challenge).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    found = db.session.scalars(mine.order_by(Challenge.ends_on, Challenge.id))
    return [_closed(one) for one in found]


def closed_count(group_id: int) -> int:
    mine = select(func.count()).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    return db.session.scalar(mine) or 0


def agreed_state(group_id: int) -> tuple[int, datetime | None]:
    """Return a value that changes whenever a consent to show the longest run is given or withdrawn."""
    shown = select(func.count(), func.max(shown_since(LONGEST))).where(shows(LONGEST))
    count, latest = db.session.execute(shown.where(Consent.group_id == group_id, consent_holds())).one()
    return count, latest


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
    rules = one.shown_rules or one.rules
    kind = rules.shaped.hall_kind or (rules.unit if rules.measured.adds_up else rules.measure)
    return Closed(one.id, one.name, one.starts_on, one.ends_on, kind, rules.unit, rules.has_places)


def _by_kind(closed: Sequence[Closed]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in closed:
        found[one.kind].append(one.id)
    return dict(found)


def _shown(group_id: int, *more: ColumnElement[bool]) -> Select[int]:
    """Select the runners who may be named: members who show themselves."""
    member = and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id)
    shown = select(Consent.runner_id).join(Membership, member)
    hidden = is_hidden_runner(Consent.runner_id)
    return shown.where(Consent.group_id == group_id, consent_holds(), ~hidden, *more)


def _agreed(group_id: int) -> set[int]:
    return set(db.session.scalars(_shown(group_id, shows(LONGEST))))


def _tallies(
    group_id: int,
    closed: Sequence[Closed],
    of_year: Collection[int],
    between: tuple[Closed, Closed] | None,
    kinds: Mapping[str, Collection[int]],
) -> list[HallOfFameTally]:
    last, ran = closed[-1], Result.days > 0
    with_places = Result.challenge_id.in_([one.id for one in closed if one.has_places])
    won = and_(Result.rank == 1, Result.total > 0, with_places)
    single = [one.id for one in closed if one.kind in SINGLE]
    earlier = [one.id for one in closed if one.ends_on < last.ends_on]
    compared = [and_(Result.challenge_id == one.id, Result.days >= MIN_DAYS) for one in between or ()]
    columns = (
        _count(ran),
        _count(won),
        _count(and_(won, Result.challenge_id.in_(single))),
        _count(and_(ran, Result.challenge_id.in_(of_year))),
        _count(and_(ran, Result.challenge_id.in_(earlier))),
        _count(and_(ran, Result.challenge_id == last.id)),
        *(_greatest(each) for each in compared or (false(), false())),
        *(_greatest(Result.challenge_id.in_(ids)) for ids in kinds.values()),
    )
    each = select(Result.runner_id, *columns).where(
        Result.challenge_id.in_([one.id for one in closed]), Result.runner_id.in_(_shown(group_id))
    )
    found = db.session.execute(each.group_by(Result.runner_id))
    tallies: Iterable[Sequence[Any]] = ((*row[:9], tuple(row[9:])) for row in found)
    return [HallOfFameTally(*tally) for tally in tallies]


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))


def _greatest(where: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((where, func.coalesce(Result.total, 0)), else_=0))


def _months(group_id: int, closed: Sequence[Closed]) -> list[tuple[int, int]]:
    """Return (runner, longest streak of months), each the month in which a challenge ended, of more than one.

    In a streak the number of the month grows by one with each; so its difference to the number in the row stays.
    """
    number = {one.id: one.ends_on.year * 12 + one.ends_on.month for one in closed}
    month = case(number, value=Result.challenge_id).label("month")
    ran = select(Result.runner_id, month).where(Result.challenge_id.in_(list(number)), Result.days > 0)
    months = ran.where(Result.runner_id.in_(_shown(group_id))).distinct().subquery()
    nth = func.row_number().over(partition_by=months.c.runner_id, order_by=months.c.month)
    island = select(months.c.runner_id, (months.c.month - nth).label("island")).subquery()
    length = func.count().label("length")
    each = select(island.c.runner_id, length).group_by(island.c.runner_id, island.c.island).subquery()
    longest = select(each.c.runner_id, func.max(each.c.length)).where(each.c.length > 1)
    return [(runner_id, streak) for runner_id, streak in db.session.execute(longest.group_by(each.c.runner_id))]


def _top(values: Iterable[tuple[int, int]]) -> HallOfFameEntry:
    """Return the first ones, and how many there are down to the last one shown and all who equal it."""
    above = [(runner_id, value) for runner_id, value in values if value > 0]
    first = nsmallest(FOUND, above, key=lambda one: (-one[1], one[0]))
    lowest = first[:SHOWN][-1][1] if first else 0
    return HallOfFameEntry([Stand(*one) for one in first], sum(value >= lowest for _, value in above))


def _all(runner_ids: Iterable[int]) -> HallOfFameEntry:
    """Return those who all did the same, and how many they are."""
    everybody = sorted(runner_ids)
    return HallOfFameEntry([Stand(runner_id, 1) for runner_id in everybody[:FOUND]], len(everybody))


def _best(ids: Collection[int], values: Iterable[tuple[int, int]]) -> HallOfFameEntry:
    """Return the greatest totals, each runner's own greatest one, and the challenge in which it first was."""
    top = _top(values)
    when = (
        select(Result.runner_id, Result.total, Result.challenge_id)
        .join(Challenge, Challenge.id == Result.challenge_id)
        .where(Result.challenge_id.in_(ids), Result.runner_id.in_([stand.runner_id for stand in top.stands]))
        .order_by(Challenge.ends_on.desc(), Challenge.id.desc())
    )
    where = {(runner_id, total): challenge_id for runner_id, total, challenge_id in db.session.execute(when)}
    # A runner who was erased since the sums were read no longer has a challenge or a name.
    return HallOfFameEntry(
        [replace(one, challenge_id=where.get((one.runner_id, one.value), 0)) for one in top.stands], top.size
    )


def _improved(tallies: Iterable[HallOfFameTally], last: Closed) -> HallOfFameEntry:
    """Return who improved most by their own measure: by how much of the earlier total the later one is more."""
    more = [one for one in tallies if 0 < one.before < one.after]
    first = nsmallest(FOUND, more, key=lambda one: (-one.after / one.before, one.runner_id))
    return HallOfFameEntry([Stand(one.runner_id, one.after, last.id, one.before) for one in first], len(more))
