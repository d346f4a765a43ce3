"""Overtakes: derived for each local date from the totals, withdrawn when they are no longer true; replays with them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from webapp.chase import road_service
from webapp.chase.overtake_fact_service import record_overtakes
from webapp.chase.road_service import Field
from webapp.db import db
from webapp.leaderboards.projection import chunks, locked
from webapp.models.challenges import Challenge
from webapp.models.chase import Overtake, Passed
from webapp.models.leaderboards import Placement
from webapp.models.scoring import DayScore, Standing
from webapp.rulebook import chase
from webapp.rulebook.chase import Overtaken
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Window

# How many lines, with up to ten names each, are written in one transaction.
LINES_AT_ONCE = 5_000
# The overtakes of each date.
Key = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Findings:
    """The overtakes, and where the field stood, from `first` on, by the runs behind version `version` of the board."""

    version: int
    first: date
    overtakes: dict[Key, Overtaken]
    field: Field


def work_out(challenge_id: int, today: date) -> Findings | None:
    """Derive the overtakes that are not up to date, until `today`. Only reads; None when all are up to date."""
    columns = (Challenge.version, Challenge.overtakes_from, Challenge.starts_on, Challenge.ends_on)
    row = db.session.execute(
        select(*columns, Challenge.rules, Challenge.is_changing).where(Challenge.id == challenge_id)
    ).one_or_none()
    if row is None or row.overtakes_from is None or row.is_changing:
        return None
    first = row.starts_on if road_service.starts_again(challenge_id, row.rules) else row.overtakes_from
    return _findings(challenge_id, row.version, Window(row.starts_on, row.ends_on), row.rules, (first, today))


def _findings(challenge_id: int, version: int, window: Window, rules: RuleSet, dates: tuple[date, date]) -> Findings:
    """Derive from the first to the last of `dates`, and no further than the challenge goes."""
    first, last = dates[0], min(dates[1], window.ends_on)
    totals, days = _totals_before(challenge_id, first), _gained(challenge_id, first, last)
    field = road_service.derived(challenge_id, window, rules, totals, days, (first, last))
    return Findings(version, first, _derived(totals, days), field)


def differences(challenge_id: int) -> list[str]:
    """Compare overtakes and the tallies of the replay with those that follow from the days; name each difference.

    They are compared up to the date for which the board was published, and not while some are still to be derived.
    """
    board = locked(challenge_id)
    if board is None or board.as_of is None or board.overtakes_from is not None or board.is_changing:
        return []
    window = Window(board.starts_on, db.session.get_one(Challenge, challenge_id).ends_on)
    until = min(board.as_of, window.ends_on) + timedelta(days=1)
    fresh = _findings(board.id, board.version, window, board.rules, (board.starts_on, board.as_of))
    stored, _ = _stored(board.id, board.starts_on, until)
    # A date on which nobody had a score has no row.
    field = {day: steps for day, steps in fresh.field.items() if steps}
    return [
        *_unlike("overtakes by entry", stored, fresh.overtakes),
        *_unlike("tallies of", road_service.stored(board.id, until), field),
    ]


def _unlike(what: str, stored: Mapping[Any, object], fresh: Mapping[Any, object]) -> Iterator[str]:
    for key in sorted(stored.keys() | fresh.keys()):
        if stored.get(key) != fresh.get(key):
            name = " on ".join(str(part) for part in key) if isinstance(key, tuple) else key
            yield f"{what} {name}: stored {stored.get(key)}; the days say {fresh.get(key)}"


def store_overtakes(
    challenge_id: int, today: date, findings: Findings, now: datetime, at_once: int = LINES_AT_ONCE
) -> Findings | None:
    """Write what differs from `findings`, inside a `write_transaction()`. What is new was found at `now`.

    If there are many lines, it writes about `at_once` of them, those of the first dates, and returns the rest for
    another transaction, so that others can write in between. None when all are up to date. If the board has a newer
    version by now, they are derived again: under the lock it cannot change.
    """
    board = locked(challenge_id)
    if board is None or board.is_changing:
        return None
    fresh: Findings | None = findings
    if board.version != findings.version:
        fresh = work_out(challenge_id, today)
    if fresh is None:
        return None
    first, rest = _split(fresh, at_once)
    until = rest.first if rest else None
    _write(challenge_id, first, until, today, now)
    road_service.store(challenge_id, first.field, first.first, until)
    db.session.execute(update(Challenge).where(Challenge.id == challenge_id).values(overtakes_from=until))
    return rest


def _split(findings: Findings, at_once: int) -> tuple[Findings, Findings | None]:
    """Return the first dates with about this many lines, at least one date, and the other dates."""
    lines = 0
    for day, count in sorted(Counter(day for _, day in findings.overtakes).items()):
        if lines and lines + count > at_once:
            return (
                _part_of(findings, findings.first, day),
                _part_of(findings, day, date.max),
            )
        lines += count
    return findings, None


def _part_of(findings: Findings, first: date, until: date) -> Findings:
    """Return the findings from `first` on, before `until`."""
    overtakes = {key: what for key, what in findings.overtakes.items() if first <= key[1] < until}
    field = {day: steps for day, steps in findings.field.items() if first <= day < until}
    return Findings(findings.version, first, overtakes, field)


def _derived(before: Mapping[int, int], days: Iterable[tuple[date, Mapping[int, int]]]) -> dict[Key, Overtaken]:
    totals = dict(before)
    found: dict[Key, Overtaken] = {}
    for day, gained in days:
        placed = {entry: value for entry, value in gained.items() if entry in totals}
        found.update({(entry, day): what for entry, what in chase.overtakes(totals, placed).items()})
        for entry, value in placed.items():
            totals[entry] += value
    return found


def _totals_before(challenge_id: int, first: date) -> dict[int, int]:
    """Return what every placed entry had when `first` began: the total less the few days since.

    Two statements: a plan for one that joins the sums takes hours while PostgreSQL has no statistics of a new crowd.
    """
    totals = (
        select(Placement.entry_id, Standing.total)
        .join(Standing, Standing.entry_id == Placement.entry_id)
        .where(Placement.challenge_id == challenge_id)
    )
    before = {entry: int(total) for entry, total in db.session.execute(totals)}
    since = (
        select(DayScore.entry_id, func.sum(DayScore.value))
        .where(DayScore.challenge_id == challenge_id, DayScore.local_date >= first)
        .group_by(DayScore.entry_id)
    )
    for entry, value in db.session.execute(since):
        if entry in before:
            before[entry] -= int(value)
    return before


def _gained(challenge_id: int, first: date, last: date) -> list[tuple[date, dict[int, int]]]:
    scores = select(DayScore.local_date, DayScore.entry_id, DayScore.value).where(
        DayScore.challenge_id == challenge_id, DayScore.local_date >= first, DayScore.local_date <= last
    )
    days: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for day, entry, value in db.session.execute(scores):
        days[day][entry] = value
    return sorted(days.items())


def _write(challenge_id: int, findings: Findings, until: date | None, today: date, now: datetime) -> None:
    stored, found_at = _stored(challenge_id, findings.first, until)
    changed = {
        key for key in stored.keys() | findings.overtakes.keys() if stored.get(key) != findings.overtakes.get(key)
    }
    if not changed:
        return
    record_overtakes(challenge_id, stored, findings.overtakes, today, now)
    _withdraw(changed & stored.keys())
    fresh = {key: findings.overtakes[key] for key in sorted(changed & findings.overtakes.keys())}
    if not fresh:
        return
    lines, names = [], []
    for (passer, day), what in fresh.items():
        key = {"passer_id": passer, "local_date": day}
        lines.append({**key, "challenge_id": challenge_id, "passed_count": what.passed})
        names += [
            {**key, "passed_id": passed, "place": place, "found_at": found_at.get((passer, day, passed), now)}
            for place, passed in enumerate(what.nearest)
        ]
    db.session.connection().execute(insert(Overtake), lines)
    db.session.connection().execute(insert(Passed), names)


def _withdraw(keys: Collection[Key]) -> None:
    passers: defaultdict[date, list[int]] = defaultdict(list)
    for passer, day in sorted(keys):
        passers[day].append(passer)
    # One date at a time: for pairs, SQLite would scan the table of all challenges for each chunk.
    for day, listed in passers.items():
        for chunk in chunks(listed):
            for model in (Passed, Overtake):
                db.session.execute(delete(model).where(model.local_date == day, model.passer_id.in_(chunk)))


def _stored(
    challenge_id: int, first: date, until: date | None
) -> tuple[dict[Key, Overtaken], dict[tuple[int, date, int], datetime | None]]:
    """Return what is stored from `first` on, before `until`, and when each passer was found to have passed whom."""
    theirs = (Overtake.challenge_id == challenge_id) & (Overtake.local_date >= first)
    if until is not None:
        theirs &= Overtake.local_date < until
    lines = select(Overtake.passer_id, Overtake.local_date, Overtake.passed_count).where(theirs)
    counts = {(passer, day): count for passer, day, count in db.session.execute(lines)}
    named = (
        select(Passed.passer_id, Passed.local_date, Passed.passed_id, Passed.found_at)
        .join(Overtake, (Overtake.passer_id == Passed.passer_id) & (Overtake.local_date == Passed.local_date))
        .where(theirs)
        .order_by(Passed.place)
    )
    nearest: defaultdict[Key, list[int]] = defaultdict(list)
    found_at: dict[tuple[int, date, int], datetime | None] = {}
    for passer, day, passed, at in db.session.execute(named):
        nearest[passer, day].append(passed)
        found_at[passer, day, passed] = at
    return {key: Overtaken(count, tuple(nearest[key])) for key, count in counts.items()}, found_at
