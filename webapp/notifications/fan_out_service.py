"""Telling facts: writing the notifications of their readers, and the deliveries of those who want them by a channel.

Everything can be done twice, or at once by two jobs. Nothing here commits.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, select, update

from webapp.db import db, insert_on_conflict
from webapp.job_names import Job
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState
from webapp.notifications.audience_queries import readers_of
from webapp.notifications.channel_service import SENDERS
from webapp.notifications.choice_queries import timing_of, wanting
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.rest_queries import on_a_break
from webapp.notifications.rules import is_old, next_moment
from webapp.queue import after_commit

# Notifications of one transaction.
BATCH = 500


def tell_own_facts(now: datetime, limit: int = BATCH) -> int:
    """Tell the oldest waiting facts that have one reader; return how many there were. Locks the facts."""
    facts = db.session.scalars(_waiting(limit).where(Fact.runner_id.is_not(None))).all()
    by_kind = defaultdict(list)
    for fact in facts:
        if _is_told(fact):
            by_kind[fact.kind].append(fact)
    for same in by_kind.values():
        _tell(same, [fact.runner_id for fact in same if fact.runner_id is not None], now)
    db.session.execute(update(Fact).where(Fact.id.in_([fact.id for fact in facts])).values(fanned_out_at=now))
    return len(facts)


def tell_an_audience(now: datetime, limit: int = BATCH) -> bool:
    """Tell the next readers of the oldest waiting fact that has an audience; return whether there was one.

    Locks the fact, which says how far this has come.
    """
    fact = db.session.scalar(_waiting(1).where(Fact.runner_id.is_(None)))
    if fact is None:
        return False
    readers: Sequence[int] = ()
    if _is_told(fact):
        readers = readers_of(fact, fact.fanned_out_to, limit)
        _tell([fact], readers, now)
    if len(readers) < limit:
        fact.fanned_out_at = now
    else:
        fact.fanned_out_to = readers[-1]
    db.session.flush()
    return True


def _is_told(fact: Fact) -> bool:
    """Return whether a fact is true, and of a kind that this version knows."""
    return fact.withdrawn_since is None and fact.kind in KINDS


def _waiting(limit: int) -> Select[Fact]:
    """Return the oldest facts that are not told yet, and that no other job has in hand."""
    waiting = select(Fact).where(Fact.fanned_out_at.is_(None)).order_by(Fact.id).limit(limit)
    return waiting.with_for_update(skip_locked=True).execution_options(populate_existing=True)


def _tell(facts: Sequence[Fact], runner_ids: Sequence[int], now: datetime) -> None:
    """Write the notifications of facts of one kind: one fact for all these runners, or each one for its own reader.

    Those who are on a break are left out, if the kind rests meanwhile.
    """
    told = facts if len(facts) > 1 else [facts[0]] * len(runner_ids)
    resting = on_a_break(runner_ids, now) if KINDS[facts[0].kind].rests_on_break else set()
    pairs = [pair for pair in zip(told, runner_ids, strict=True) if pair[1] not in resting]
    if not pairs:
        return
    rows = [{"fact_id": fact.id, "runner_id": runner_id, "data": {}, "created_at": now} for fact, runner_id in pairs]
    db.session.execute(insert_on_conflict(Notification).values(rows).on_conflict_do_nothing())
    awake = {runner_id for _, runner_id in pairs}
    recent = [fact.id for fact in facts if not is_old(fact.happened_at, now)]
    for channel in SENDERS:
        wanted = wanting(awake, facts[0].kind, channel)
        _plan(recent, SENDERS[channel].reachable(wanted) if wanted else set(), channel, now)


def _plan(fact_ids: Collection[int], runner_ids: Collection[int], channel: Channel, now: datetime) -> None:
    """Write the deliveries of notifications by a channel. One that was withdrawn before it was sent waits again."""
    kind_of = select(Notification.id, Notification.runner_id, Fact.kind).join(Fact, Fact.id == Notification.fact_id)
    mine = Notification.fact_id.in_(fact_ids), Notification.runner_id.in_(runner_ids)
    found = db.session.execute(kind_of.where(*mine)).all() if fact_ids and runner_ids else ()
    if not found:
        return
    timing = timing_of({row.runner_id for row in found})
    insert = insert_on_conflict(Delivery).values(
        [
            {
                "notification_id": row.id,
                "runner_id": row.runner_id,
                "channel": channel,
                "state": DeliveryState.WAITING,
                "due_at": next_moment(now, timing[row.runner_id], is_urgent=KINDS[row.kind].is_urgent),
                "attempts": 0,
                "reason": "",
            }
            for row in found
        ]
    )
    again = {"state": DeliveryState.WAITING, "due_at": insert.excluded.due_at, "finished_at": None, "reason": ""}
    key = [Delivery.notification_id, Delivery.channel]
    is_withdrawn = Delivery.state == DeliveryState.WITHDRAWN
    db.session.execute(insert.on_conflict_do_update(index_elements=key, set_=again, where=is_withdrawn))
    after_commit(Job.SEND_DELIVERIES, channel)
