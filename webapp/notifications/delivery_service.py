"""The outbox: claiming a delivery before it is sent, and noting what became of it. Nothing here commits.

Each is sent at most once. A worker claims it by an UPDATE that finds it waiting, sends it outside a transaction, and
notes the result. One whose worker died in between is unknown, and never sent again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import DeliveryState
from webapp.notifications.choice_queries import timing_of, wanting
from webapp.notifications.delivery_queries import sent_lately
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.rest_queries import on_a_break
from webapp.notifications.rules import MAX_SENDING, PAUSES, Candidate, DeliveryDecision, decide, pause_after
from webapp.notifications.sender_service import SendOutcome, SendResult

_FINAL = {
    SendResult.SENT: DeliveryState.SENT,
    SendResult.REFUSED: DeliveryState.FAILED,
    SendResult.UNKNOWN: DeliveryState.UNKNOWN,
    SendResult.UNTOLD: DeliveryState.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker alone may send."""

    delivery_id: int
    notification_id: int
    runner_id: int
    is_urgent: bool


def claim(delivery_id: int, now: datetime) -> Claimed | None:
    """Claim a delivery to send it; None if another worker has it, or if it is not to be sent now or at all.

    Locks the runner, so that two deliveries do not pass the ceiling at once.
    """
    one = db.session.get(Delivery, delivery_id)
    if one is None or one.state != DeliveryState.WAITING:
        return None
    lock = select(Runner.id).where(Runner.id == one.runner_id).with_for_update(key_share=True)
    if db.session.scalar(lock) is None:
        return None
    found = _told(one.notification_id)
    if found is None:
        return None
    fact, notification = found
    decision = _decision(one, fact, notification, now)
    values: dict[str, object] = {"state": decision.state, "reason": decision.reason}
    if decision.state == DeliveryState.SENDING:
        values |= {"claimed_at": now, "attempts": Delivery.attempts + 1}
    elif decision.state == DeliveryState.WAITING:
        values["due_at"] = decision.due_at
    else:
        values["finished_at"] = now
    waits = Delivery.id == delivery_id, Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now
    has_it = db.session.scalar(update(Delivery).where(*waits).values(values).returning(Delivery.id)) is not None
    is_mine = has_it and decision.state == DeliveryState.SENDING
    return Claimed(delivery_id, notification.id, one.runner_id, KINDS[fact.kind].is_urgent) if is_mine else None


def _told(notification_id: int) -> tuple[Fact, Notification] | None:
    told = select(Fact, Notification).join(Notification, Notification.fact_id == Fact.id)
    row = db.session.execute(told.where(Notification.id == notification_id)).one_or_none()
    return (row[0], row[1]) if row else None


def _decision(one: Delivery, fact: Fact, notification: Notification, now: datetime) -> DeliveryDecision:
    # A later version stored it, and was taken back.
    if fact.kind not in KINDS:
        return DeliveryDecision(DeliveryState.WITHDRAWN, "unknown_kind")
    return decide(_candidate(one, fact, notification, now), now)


def _candidate(one: Delivery, fact: Fact, notification: Notification, now: datetime) -> Candidate:
    kind = KINDS[fact.kind]
    return Candidate(
        happened_at=fact.happened_at,
        is_withdrawn=fact.withdrawn_since is not None,
        is_read=notification.read_at is not None,
        is_wanted=bool(wanting([one.runner_id], fact.kind, one.channel)),
        is_urgent=kind.is_urgent,
        is_limited=kind.is_limited,
        timing=timing_of([one.runner_id])[one.runner_id],
        sent_at=sent_lately(one.runner_id, one.channel, now) if kind.is_limited else (),
        is_resting=kind.rests_on_break and bool(on_a_break([one.runner_id], now)),
    )


def settle(delivery_id: int, outcome: SendOutcome, now: datetime) -> None:
    """Note what became of a claimed delivery. Repeating it changes nothing.

    A worker that took very long may find it marked as unknown. It then knows better, but does not have it sent again.
    """
    if outcome.result in _FINAL:
        state = _FINAL[outcome.result]
        claimed = Delivery.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN))
        _note(delivery_id, claimed, state=state, reason=outcome.reason, finished_at=now)
        return
    attempts = db.session.scalar(select(Delivery.attempts).where(Delivery.id == delivery_id)) or 1
    pause, claimed = pause_after(attempts), Delivery.state.in_((DeliveryState.SENDING,))
    if outcome.result is SendResult.AWAY:
        # That is not about this message: it waits until it is no news any more.
        pause = pause or PAUSES[-1]
    if pause is None:
        _note(delivery_id, claimed, state=DeliveryState.FAILED, reason=outcome.reason, finished_at=now)
    else:
        due_at = now + max(pause, outcome.retry_after)
        _note(delivery_id, claimed, state=DeliveryState.WAITING, reason=outcome.reason, due_at=due_at)


def _note(delivery_id: int, condition: ColumnElement[bool], **values: object) -> None:
    db.session.execute(update(Delivery).where(Delivery.id == delivery_id, condition).values(values))


def mark_unknown(now: datetime, speed: float) -> int:
    """Mark the deliveries whose workers died before they noted a result; return how many. `speed`: of our clock."""
    longest: timedelta = MAX_SENDING * max(1.0, speed)
    lost = Delivery.state == DeliveryState.SENDING, Delivery.claimed_at <= now - longest
    values = {"state": DeliveryState.UNKNOWN, "reason": "worker_died", "finished_at": now}
    return len(db.session.scalars(update(Delivery).where(*lost).values(values).returning(Delivery.id)).all())
