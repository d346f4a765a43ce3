"""Recording what happened, for those who are told. Nothing here commits.

What it costs does not grow with the number of readers: a job writes their notifications.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from webapp.db import batches, db, insert_on_conflict
from webapp.job_names import Job
from webapp.models.facts import Fact
from webapp.models.notifications import Notification
from webapp.models.words import FactKind
from webapp.queue import after_commit


@dataclass(frozen=True, slots=True)
class NewFact:
    """Something that happened. The fields are those of `models.facts.Fact`."""

    kind: FactKind
    key: str
    group_id: int | None = None
    challenge_id: int | None = None
    runner_id: int | None = None
    about_id: int | None = None
    by_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    group_run_id: int | None = None


def record_fact(
    kind: FactKind,
    key: int | str,
    now: datetime,
    *,
    group_id: int | None = None,
    challenge_id: int | None = None,
    runner_id: int | None = None,
    about_id: int | None = None,
    by_id: int | None = None,
    data: dict[str, Any] | None = None,
    group_run_id: int | None = None,
) -> None:
    """Record that something happened; harmless if it is recorded already. A withdrawn fact then counts again.

    Call in the transaction in which it happens. Enqueues Job.FAN_OUT_FACTS.
    """
    ids = (group_id, challenge_id, runner_id, about_id, by_id)
    record_facts([NewFact(kind, str(key), *ids, data or {}, group_run_id)], now)


def record_facts(facts: Sequence[NewFact], now: datetime) -> None:
    """Record many facts, each as `record_fact`."""
    once = {(one.kind, one.key): one for one in facts}
    # In one order, so that two writers of the same facts never wait for each other.
    for some in batches([once[key] for key in sorted(once)]):
        insert = insert_on_conflict(Fact).values(
            [asdict(one) | {"happened_at": now, "fanned_out_to": 0} for one in some]
        )
        again = {"withdrawn_since": None, "fanned_out_at": None, "fanned_out_to": 0, "data": insert.excluded.data}
        is_withdrawn = Fact.withdrawn_since.is_not(None)
        db.session.execute(
            insert.on_conflict_do_update(index_elements=[Fact.kind, Fact.key], set_=again, where=is_withdrawn)
        )
        after_commit(Job.FAN_OUT_FACTS)


def withdraw_facts(kind: FactKind, keys: Collection[int | str], now: datetime) -> None:
    """Withdraw facts that are no longer true: no inbox shows them, and what was not sent is not sent."""
    for some in batches(sorted(map(str, keys))):
        mine = Fact.kind == kind, Fact.key.in_(some), Fact.withdrawn_since.is_(None)
        db.session.execute(update(Fact).where(*mine).values(withdrawn_since=now))


def withdraw_facts_of(
    kind: FactKind, challenge_id: int, now: datetime, *, except_keys: Collection[str] = frozenset()
) -> None:
    """Withdraw the facts of a kind in a challenge, except those with these keys."""
    mine = Fact.challenge_id == challenge_id, Fact.kind == kind, Fact.withdrawn_since.is_(None)
    withdraw_facts(kind, set(db.session.scalars(select(Fact.key).where(*mine))) - set(except_keys), now)


def withdraw_facts_for(kind: FactKind, runner_ids: Collection[int], now: datetime) -> None:
    """Withdraw the facts of a kind whose one reader is among these runners."""
    mine = Fact.runner_id.in_(runner_ids), Fact.kind == kind, Fact.withdrawn_since.is_(None)
    db.session.execute(update(Fact).where(*mine).values(withdrawn_since=now))


def withdraw_facts_of_run(
    kind: FactKind, group_run_id: int, now: datetime, *, runner_ids: Collection[int] | None = None
) -> None:
    """Withdraw the facts of a kind about a group run: all of them, or those whose one reader is among these runners."""
    mine = [Fact.group_run_id == group_run_id, Fact.kind == kind, Fact.withdrawn_since.is_(None)]
    if runner_ids is not None:
        mine.append(Fact.runner_id.in_(runner_ids))
    db.session.execute(update(Fact).where(*mine).values(withdrawn_since=now))


def forget_facts_of_member(group_id: int, runner_id: int) -> None:
    """Delete what a runner was told about a group, and what others were told about them there.

    Call when they leave it, before recording what they should still read.
    """
    in_group = Fact.group_id == group_id
    own = (Fact.runner_id == runner_id) | (Fact.about_id == runner_id)
    db.session.execute(delete(Fact).where(in_group, own))
    theirs = select(Fact.id).where(in_group)
    db.session.execute(
        delete(Notification).where(Notification.runner_id == runner_id, Notification.fact_id.in_(theirs))
    )
