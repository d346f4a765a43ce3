"""Telling runners of group runs that are near: the reminder of the evening before, and that nobody leads a pace group.

Nothing here commits. What it costs grows with the runs of the next two days, and not with those who answered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from webapp.db import db
from webapp.facts.service import NewFact, record_facts, withdraw_facts
from webapp.group_runs.due_fact_rules import (
    LEADER_ASKED_FOR,
    MAX_AHEAD,
    is_leader_asked_for,
    is_reminded,
    leader_key,
    reminder_key,
)
from webapp.group_runs.rules import LEADER_SOUGHT, is_open_for_answers
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group
from webapp.models.words import FactKind, RunStatus

KINDS = (FactKind.RUN_REMINDER, FactKind.LEADER_NEEDED)
# No fact of these kinds is still true when it is older.
MAX_AGE = LEADER_SOUGHT + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueRunFacts:
    """What is to be told by now, and the keys of what no longer holds, by kind."""

    facts: list[NewFact]
    over: Mapping[FactKind, list[str]]

    def __bool__(self) -> bool:
        return bool(self.facts or self.over)


def due_run_facts(now: datetime) -> DueRunFacts:
    """Return what is due and not recorded, and what was told and no longer holds. Only reads."""
    runs = _coming(now)
    told = _told({run.id for run in runs})
    leaderless = _leaderless({run.id for run in runs})
    found = [fact for run in runs for fact in _due_of(run, told[run.id], leaderless[run.id], now)]
    return DueRunFacts(found, _over(now))


def record_due_run_facts(due: DueRunFacts, now: datetime) -> None:
    """Record what is due, and withdraw what no longer holds."""
    for kind, keys in due.over.items():
        withdraw_facts(kind, keys, now)
    record_facts(due.facts, now)


def _coming(now: datetime) -> Sequence[GroupRun]:
    """Return the runs of which something may be told: those of the next two days, in groups that go on."""
    near = GroupRun.starts_at > now, GroupRun.starts_at <= now + max(MAX_AHEAD, LEADER_ASKED_FOR)
    goes_on = Group.archived_at.is_(None), Group.closed_at.is_(None)
    wanted = select(GroupRun).join(Group, Group.id == GroupRun.group_id)
    wanted = wanted.where(*near, GroupRun.status != RunStatus.CANCELLED, *goes_on)
    return db.session.scalars(wanted.order_by(GroupRun.starts_at, GroupRun.id)).all()


def _due_of(run: GroupRun, told: Sequence[Fact], leaderless: Collection[int], now: datetime) -> Iterator[NewFact]:
    ids: dict[str, Any] = {"group_id": run.group_id, "group_run_id": run.id}
    key = reminder_key(run.uid, run.starts_at)
    reminded = {one.key for one in told if one.kind == FactKind.RUN_REMINDER and one.withdrawn_since is None}
    if key not in reminded and is_reminded(run.on_date, run.tz, run.starts_at, run.asked_again_at, now):
        yield NewFact(FactKind.RUN_REMINDER, key, **ids, data={"starts_at": run.starts_at.isoformat()})
    searches = [one for one in told if one.kind == FactKind.LEADER_NEEDED]
    is_known = any(one.withdrawn_since is None and not _is_old_search(one, now) for one in searches)
    if leaderless and not is_known and is_leader_asked_for(run.created_at, run.starts_at, now):
        times_before = sum(one.withdrawn_since is not None for one in searches)
        yield NewFact(FactKind.LEADER_NEEDED, leader_key(run.uid, run.starts_at, times_before), **ids)


def _is_old_search(fact: Fact, now: datetime) -> bool:
    """Return whether a leader was asked for so long ago that the search of the last two days takes its place."""
    return now - fact.happened_at > LEADER_ASKED_FOR


def _told(run_ids: Collection[int]) -> Mapping[int, list[Fact]]:
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    told = select(Fact).where(Fact.group_run_id.in_(run_ids), Fact.kind.in_(KINDS))
    for one in db.session.scalars(told) if run_ids else ():
        found[one.group_run_id or 0].append(one)
    return found


def _leaderless(run_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return the pace groups that nobody leads, by run."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    alone = select(PaceGroup.run_id, PaceGroup.id).where(PaceGroup.run_id.in_(run_ids), PaceGroup.leader_id.is_(None))
    for run_id, pace_group_id in db.session.execute(alone) if run_ids else ():
        found[run_id].add(pace_group_id)
    return found


def _over(now: datetime) -> Mapping[FactKind, list[str]]:
    """Return what was told and no longer holds: the run began, moved or is cancelled, or somebody leads."""
    told = select(Fact, GroupRun).join(GroupRun, GroupRun.id == Fact.group_run_id)
    lately = Fact.happened_at > now - MAX_AGE, GroupRun.starts_at > now - MAX_AGE
    rows = db.session.execute(told.where(Fact.kind.in_(KINDS), Fact.withdrawn_since.is_(None), *lately)).all()
    leaderless = _leaderless({run.id for _, run in rows})
    found: defaultdict[FactKind, list[str]] = defaultdict(list)
    for fact, run in rows:
        if not _holds(fact, run, leaderless[run.id], now):
            found[fact.kind].append(fact.key)
    return found


def _holds(fact: Fact, run: GroupRun, leaderless: Collection[int], now: datetime) -> bool:
    if not is_open_for_answers(run, now):
        return False
    if fact.kind == FactKind.RUN_REMINDER:
        return fact.key == reminder_key(run.uid, run.starts_at)
    if _is_old_search(fact, now) and is_leader_asked_for(run.created_at, run.starts_at, now):
        return False
    named = fact.data.get("pace_group_id")
    return named in leaderless if named is not None else bool(leaderless)
