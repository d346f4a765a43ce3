"""Reading what notifications say of chases: who went past whom, and who is closest in the last days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.db import db
from webapp.formatting import score_gap
from webapp.models.challenges import Entry
from webapp.models.chase import Overtake, Passed
from webapp.models.leaderboards import Placement
from webapp.notifications.message_rules import Details, Told, of_members
from webapp.notifications.people_queries import Person, people_of
from webapp.privacy.break_queries import is_on_break

MY_ENTRY, THEIR_ENTRY = aliased(Entry), aliased(Entry)
MINE, THEIRS, NEAR = aliased(Placement), aliased(Placement), aliased(Placement)


@dataclass(frozen=True, slots=True)
class _Passing:
    """Somebody whom the reader went past, or who went past the reader; `ahead`: by how much they are ahead now.

    `passed`: how many the passer went past that day.
    """

    runner_id: int
    ahead: int
    rank_only: bool
    passed: int


def overtaken_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read who went past the readers, the nearest first, as far as it still holds."""
    return _overtakes(told, mine=Passed.passed_id, theirs=Passed.passer_id)


def overtook_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read whom the readers went past, the nearest first, and how many there were."""
    return _overtakes(told, mine=Passed.passer_id, theirs=Passed.passed_id)


def _overtakes(
    told: Sequence[Told], *, mine: InstrumentedAttribute[int], theirs: InstrumentedAttribute[int]
) -> Mapping[int, Details]:
    told = [one for one in of_members(told) if one.challenge and one.challenge.rules.has_places]
    lines = _lines(told, mine, theirs)
    people = _people({one.id: (one, [line.runner_id for line in lines[one.id]]) for one in told})
    found = {one.id: _overtake(one, lines[one.id], people, is_passer=mine is Passed.passer_id) for one in told}
    return {number: details for number, details in found.items() if details}


def _lines(told: Sequence[Told], mine: Any, theirs: Any) -> Mapping[int, list[_Passing]]:
    """Return the overtakes that each notification is about, without those of days on a break."""
    by_key = {(one.challenge.id, one.runner_id, one.day): one.id for one in told if one.challenge}
    challenges, runners, days = ({key[place] for key in by_key} for place in range(3))
    found = (
        select(MY_ENTRY.challenge_id, MY_ENTRY.runner_id, Passed.local_date, THEIR_ENTRY.runner_id)
        .add_columns(THEIRS.total - MINE.total, THEIRS.rank_only, Overtake.passed_count)
        .select_from(MY_ENTRY)
        .join(Passed, mine == MY_ENTRY.id)
        .join(Overtake, and_(Overtake.passer_id == Passed.passer_id, Overtake.local_date == Passed.local_date))
        .join(THEIR_ENTRY, THEIR_ENTRY.id == theirs)
        .join(MINE, MINE.entry_id == MY_ENTRY.id)
        .join(THEIRS, THEIRS.entry_id == THEIR_ENTRY.id)
        .where(MY_ENTRY.challenge_id.in_(challenges), MY_ENTRY.runner_id.in_(runners), Passed.local_date.in_(days))
        .where(
            ~is_on_break(MY_ENTRY.runner_id, Passed.local_date), ~is_on_break(THEIR_ENTRY.runner_id, Passed.local_date)
        )
    )
    lines: defaultdict[int, list[_Passing]] = defaultdict(list)
    for *key, runner_id, ahead, rank_only, passed in db.session.execute(found) if by_key else ():
        if number := by_key.get(tuple(key)):
            lines[number].append(_Passing(runner_id, ahead, rank_only, passed))
    return lines


def _people(others: Mapping[int, tuple[Told, Sequence[int]]]) -> Mapping[tuple[int, int], Person]:
    return people_of(
        {(one.group.id, runner_id) for one, runner_ids in others.values() if one.group for runner_id in runner_ids}
    )


def _overtake(
    one: Told, lines: Sequence[_Passing], people: Mapping[tuple[int, int], Person], *, is_passer: bool
) -> Details | None:
    """Name the nearest of those who may be named, and count the others."""
    assert one.group and one.challenge
    shown = [
        (abs(line.ahead), line.runner_id, line, person)
        for line in lines
        if (person := people.get((one.group.id, line.runner_id))) and person.shows("overtakes")
    ]
    if not shown:
        return None
    _, _, nearest, person = min(shown)
    # A passer is told how many there were: the table names the ten nearest of them.
    count = nearest.passed - (len(lines) - len(shown)) if is_passer else len(shown)
    ahead = -nearest.ahead if is_passer else nearest.ahead
    gap = _gap(one, person, ahead) if not nearest.rank_only else None
    words = {"name": person.name, "others": max(0, count - 1), "gap": gap, "day": one.day}
    return Details("chase.chase", _here(one), words)


def _gap(one: Told, person: Person, gap: int) -> str | None:
    """Return a distance between the reader and somebody else, where it reads as something and they show it."""
    assert one.challenge
    rules = one.challenge.rules
    if gap <= 0 or not person.shows("gap", in_points=rules.is_in_points):
        return None
    return score_gap(gap, rules.unit, one.units)


def _here(one: Told) -> dict[str, object]:
    assert one.group and one.challenge
    return {"slug": one.group.slug, "challenge_id": one.challenge.id}


# The last days ------------------------------------------------------------------------------------------------------


def last_days_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Read the closest chase of each reader, while the challenge is still under way."""
    told = of_members(told)
    closest = closest_chases(told, now)
    return {
        one.id: Details("chase.chase", _here(one), {**_ends(one, now), **closest.get(one.id, _NO_CHASE)})
        for one in told
        if one.challenge
    }


_NO_CHASE: Mapping[str, object] = {"name": None, "gap": None, "is_ahead": False}


def _ends(one: Told, now: datetime) -> dict[str, object]:
    assert one.challenge
    ends_on = one.challenge.ends_on
    return {"ends_on": ends_on, "is_over": one.today(now) > ends_on, "left": (ends_on - one.today(now)).days + 1}


def closest_chases(told: Sequence[Told], now: datetime) -> Mapping[int, Mapping[str, object]]:
    """Return who is closest to each reader, ahead or behind, of those who show by how much."""
    running = [one for one in told if one.challenge and one.challenge.rules.has_places]
    running = [one for one in running if one.challenge and one.today(now) <= one.challenge.ends_on]
    rivals: dict[int, list[tuple[int, int]]] = {}
    # Zones differ by a day or two, so these are three groups at most.
    for day, some in groupby(sorted(running, key=lambda one: one.today(now)), key=lambda one: one.today(now)):
        rivals |= _rivals(list(some), day)
    people = _people({one.id: (one, [runner for runner, _ in rivals.get(one.id, [])]) for one in running})
    found = {one.id: _nearest(one, rivals.get(one.id, []), people) for one in running}
    return {number: words for number, words in found.items() if words}


def _nearest(
    one: Told, rivals: Sequence[tuple[int, int]], people: Mapping[tuple[int, int], Person]
) -> Mapping[str, object] | None:
    assert one.group
    for runner_id, ahead in sorted(rivals, key=lambda rival: abs(rival[1])):
        person = people.get((one.group.id, runner_id))
        if person and (gap := _gap(one, person, abs(ahead))):
            return {"name": person.name, "gap": gap, "is_ahead": ahead > 0}
    return None


def _rivals(told: Sequence[Told], day: date) -> dict[int, list[tuple[int, int]]]:
    """Return the next ahead and the next behind of each reader who is not on a break: runner, and how far ahead."""
    by_key = {(one.challenge.id, one.runner_id): one.id for one in told if one.challenge}
    values = {"challenges": {key[0] for key in by_key}, "runners": {key[1] for key in by_key}, "day": day}
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    rows: Sequence[Row[*tuple[Any, ...]]] = db.session.execute(_NEIGHBOURS, values).all()
    near = {entry for row in rows for entry in (row.ahead, row.behind) if entry}
    placed = select(Placement.entry_id, Placement.runner_id, Placement.total).where(Placement.entry_id.in_(near))
    totals = {entry: (runner, total) for entry, runner, total in db.session.execute(placed)} if near else {}
    for row in rows:
        number = by_key.get((row.challenge_id, row.runner_id))
        for entry in (row.ahead, row.behind):
            if number and entry in totals:
                runner, total = totals[entry]
                found[number].append((runner, total - row.total))
    return found


def _next_to_me(*which: Any, order: Sequence[Any]) -> Any:
    shows = (~NEAR.rank_only, NEAR.bucket < 0, ~is_on_break(NEAR.runner_id, bindparam("day")))
    near = select(NEAR.entry_id).where(NEAR.challenge_id == MINE.challenge_id, *shows, *which)
    return near.order_by(*order, NEAR.entry_id).limit(1).correlate(MINE).scalar_subquery()


_NEIGHBOURS = (
    select(
        MINE.challenge_id,
        MINE.runner_id,
        MINE.total,
        _next_to_me(NEAR.bucket <= MINE.bucket, NEAR.total > MINE.total, order=(NEAR.bucket.desc(), NEAR.total)).label(
            "ahead"
        ),
        _next_to_me(NEAR.bucket >= MINE.bucket, NEAR.total < MINE.total, order=(NEAR.bucket, NEAR.total.desc())).label(
            "behind"
        ),
    )
    .join(MY_ENTRY, MY_ENTRY.id == MINE.entry_id)
    .where(MY_ENTRY.challenge_id.in_(bindparam("challenges", expanding=True)))
    .where(MY_ENTRY.runner_id.in_(bindparam("runners", expanding=True)))
    .where(~is_on_break(MINE.runner_id, bindparam("day")))
)
