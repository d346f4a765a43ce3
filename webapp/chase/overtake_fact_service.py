"""Telling runners that they went past somebody, or that somebody went past them. Nothing here commits."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from webapp.db import batches, db
from webapp.facts.service import NewFact, record_facts, withdraw_facts
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.words import FactKind
from webapp.privacy.break_queries import covers
from webapp.privacy.queries import is_hidden_runner, shares_totals
from webapp.rulebook.chase import Overtaken

# Only what is fresh is told: today and yesterday, and not what an import or a change of rules finds.
TOLD_FOR = timedelta(days=1)
# Nothing waits longer than this to be sent. A page shows only what still holds.
WITHDRAWN_FOR = timedelta(days=8)

# The passer and the date, and those who were passed: entries.
Found = Mapping[tuple[int, date], Overtaken]
# A reader is told a kind of fact about a date: entries.
_Told = tuple[FactKind, int, date]


@dataclass(frozen=True, slots=True)
class _Field:
    """The runner of each entry, and the entries that others may read of on a date."""

    runners: Mapping[int, int]
    shown: frozenset[int]
    paused: frozenset[tuple[int, date]]

    def may_be_told(self, reader: int, other: int, day: date) -> bool:
        """Return whether a reader is told of the other: nobody is on a break, and the other shows their totals."""
        on_break = (reader, day) in self.paused or (other, day) in self.paused
        return not on_break and reader in self.runners and other in self.shown


def record_overtakes(challenge_id: int, before: Found, after: Found, today: date, now: datetime) -> None:
    """Record who is told of overtakes that are new in `after`, and withdraw what no longer holds.

    One fact for each reader, kind and date: how many overtakes it stands for follows from the table of overtakes.
    """
    was = _told(before, today - WITHDRAWN_FOR)
    pairs = _pairs(after, today - WITHDRAWN_FOR)
    for kind in (FactKind.OVERTAKEN, FactKind.OVERTOOK):
        gone = {(entry, day) for told, entry, day in was - pairs.keys() if told is kind}
        if gone:
            runners = _runners_of({entry for entry, _ in gone})
            keys = {_key(challenge_id, runners[entry], day) for entry, day in gone if entry in runners}
            withdraw_facts(kind, keys, now)
    fresh = {told: others for told, others in pairs.items() if told not in was and told[2] >= today - TOLD_FOR}
    if fresh:
        _record(challenge_id, fresh, now)


def _told(found: Found, since: date) -> set[_Told]:
    return set(_pairs(found, since))


def _pairs(found: Found, since: date) -> dict[_Told, set[int]]:
    """Return the other entries of which each reader is told."""
    pairs: dict[_Told, set[int]] = {}
    for (passer, day), what in found.items():
        if day < since:
            continue
        pairs.setdefault((FactKind.OVERTOOK, passer, day), set()).update(what.nearest)
        for passed in what.nearest:
            pairs.setdefault((FactKind.OVERTAKEN, passed, day), set()).add(passer)
    return pairs


def _record(challenge_id: int, fresh: Mapping[_Told, Collection[int]], now: datetime) -> None:
    challenge = db.session.get_one(Challenge, challenge_id)
    if not challenge.rules.has_places:
        return
    entries = {told[1] for told in fresh} | {other for others in fresh.values() for other in others}
    field = _field(challenge.group_id, entries, {day for _, _, day in fresh})
    record_facts(
        [
            NewFact(
                kind,
                _key(challenge_id, field.runners[reader], day),
                group_id=challenge.group_id,
                challenge_id=challenge_id,
                runner_id=field.runners[reader],
                data={"date": day.isoformat()},
            )
            for (kind, reader, day), others in fresh.items()
            if any(field.may_be_told(reader, other, day) for other in others)
        ],
        now,
    )


def _key(challenge_id: int, runner_id: int, day: date) -> str:
    return f"{challenge_id}:{runner_id}:{day.isoformat()}"


def _field(group_id: int, entries: Collection[int], days: Collection[date]) -> _Field:
    runners = _runners_of(entries)
    entry_of = {runner: entry for entry, runner in runners.items()}
    shown: set[int] = set()
    paused: set[tuple[int, date]] = set()
    for some in batches(sorted(entry_of)):
        consented = select(Consent.runner_id).where(
            Consent.group_id == group_id,
            Consent.runner_id.in_(some),
            shares_totals(),
            ~is_hidden_runner(Consent.runner_id),
        )
        shown |= {entry_of[runner] for runner in db.session.scalars(consented)}
        paused |= {(entry_of[runner], day) for runner, day in _breaks(some, days)}
    return _Field(runners, frozenset(shown), frozenset(paused))


def _breaks(runner_ids: Collection[int], days: Collection[date]) -> Iterator[tuple[int, date]]:
    for day in days:
        on_break = select(RunnerBreak.runner_id).where(RunnerBreak.runner_id.in_(runner_ids), covers(day))
        yield from ((runner, day) for runner in db.session.scalars(on_break))


def _runners_of(entries: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in batches(sorted(entries)):
        rows = db.session.execute(select(Entry.id, Entry.runner_id).where(Entry.id.in_(some)))
        found |= {entry: runner for entry, runner in rows}  # noqa: C416  # a Result is not the dict it looks like
    return found
