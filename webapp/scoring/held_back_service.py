"""Telling runners that a run of theirs does not count until it was reviewed. Nothing here commits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from webapp.db import db
from webapp.facts.service import NewFact, record_facts, withdraw_facts
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.words import FactKind
from webapp.rulebook.judging import Verdict, verdicts
from webapp.rulebook.runs import Run
from webapp.scoring.entry_queries import EntryContext

# Runs of the last days are told: an import finds older ones, which My runs lists.
TOLD_FOR = timedelta(days=7)
# What a rule stops because it looks wrong, and a review lets count.
HELD_BACK = (Verdict.IMPOSSIBLE_PACE, Verdict.UNUSUAL, Verdict.CHANGED)


def record_held_back(
    entries: Sequence[EntryContext], runs: Mapping[int, Sequence[Run]], today: date, now: datetime
) -> None:
    """Record the recent runs of these entries that are held back, one fact for each date; withdraw what is no longer.

    `runs`: by runner, all within each window. `today`: the latest date that has begun on earth.
    """
    held = {key: fact for entry in entries for key, fact in _held_back(entry, runs.get(entry.runner_id, ()), today)}
    told = _told(entries, today)
    withdraw_facts(FactKind.RUN_HELD_BACK, told - held.keys(), now)
    fresh = [fact for key, fact in held.items() if key not in told]
    if fresh:
        groups = _groups_of({fact.challenge_id for fact in fresh if fact.challenge_id})
        record_facts([replace(fact, group_id=groups[fact.challenge_id or 0]) for fact in fresh], now)


def _held_back(entry: EntryContext, runs: Sequence[Run], today: date) -> Iterator[tuple[str, NewFact]]:
    recent = [run for run in runs if run.local_date >= today - TOLD_FOR]
    judged = verdicts(recent, entry.rules, entry.runner, today) if recent else {}
    for run in recent:
        verdict = judged[run.id]
        if verdict in HELD_BACK:
            key = f"{entry.challenge_id}:{entry.runner_id}:{run.local_date.isoformat()}"
            data = {"date": run.local_date.isoformat(), "verdict": str(verdict)}
            entered, runner_id = entry.challenge_id, entry.runner_id
            yield key, NewFact(FactKind.RUN_HELD_BACK, key, challenge_id=entered, runner_id=runner_id, data=data)


def _told(entries: Sequence[EntryContext], today: date) -> set[str]:
    """Return the keys of what these runners were told of the last days."""
    runners, challenges = ({getattr(entry, name) for entry in entries} for name in ("runner_id", "challenge_id"))
    told = select(Fact.key, Fact.data).where(
        Fact.kind == FactKind.RUN_HELD_BACK,
        Fact.runner_id.in_(runners),
        Fact.challenge_id.in_(challenges),
        Fact.withdrawn_since.is_(None),
    )
    first = (today - TOLD_FOR).isoformat()
    return {key for key, data in db.session.execute(told) if data["date"] >= first}


def _groups_of(challenge_ids: Collection[int]) -> dict[int, int]:
    found = select(Challenge.id, Challenge.group_id).where(Challenge.id.in_(challenge_ids))
    return {challenge: group for challenge, group in db.session.execute(found)}  # noqa: C416  # a Result is not the dict it looks like
