"""Setting, confirming, stopping and removing mail addresses. Nothing here commits."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.errors import not_found
from webapp.facts.service import record_fact, withdraw_facts_for
from webapp.job_names import Job
from webapp.mail import rules
from webapp.mail.queries import mail_address_of, state_of
from webapp.mail.rules import Confirmation
from webapp.models.accounts import Runner
from webapp.models.mail import MailAddress
from webapp.models.words import FactKind
from webapp.queue import after_commit


@dataclass(frozen=True, slots=True)
class ConfirmingMail:
    """A confirming mail to be sent: where to, and the secret of its link."""

    address: str
    secret: str


def set_address(runner_id: int, address: str, now: datetime) -> bool:
    """Store where mails to a runner go, to be confirmed by a mail; the former address gets none from here on.

    Returns False, with nothing changed, for the address that is stored and takes mail already. Raises NotFound for a
    runner erased meanwhile. Enqueues Job.SEND_CONFIRMATION. Locks the runner.
    """
    if db.session.scalar(select(Runner.id).where(Runner.id == runner_id).with_for_update()) is None:
        raise not_found()
    former = mail_address_of(runner_id)
    if former is not None and former.address == address and former.confirmed_at and not former.stopped_at:
        return False
    if former is not None:
        db.session.delete(former)
        db.session.flush()
    db.session.add(MailAddress(runner_id=runner_id, address=address, set_at=now, confirm_due_at=now))
    withdraw_facts_for(FactKind.MAIL_STOPPED, [runner_id], now)
    after_commit(Job.SEND_CONFIRMATION, runner_id)
    return True


def ask_again(runner_id: int, now: datetime) -> bool:
    """Have another confirming mail sent, whose link replaces the former; False if there is nothing to confirm.

    Enqueues Job.SEND_CONFIRMATION.
    """
    values = {"set_at": now, "confirm_due_at": now, "confirm_attempts": 0, "stopped_at": None, "stop_reason": None}
    open_one = MailAddress.runner_id == runner_id, MailAddress.confirmed_at.is_(None)
    asked = db.session.scalar(update(MailAddress).where(*open_one).values(values).returning(MailAddress.runner_id))
    if asked is not None:
        withdraw_facts_for(FactKind.MAIL_STOPPED, [runner_id], now)
        after_commit(Job.SEND_CONFIRMATION, runner_id)
    return asked is not None


def begin_confirmation(runner_id: int, now: datetime) -> ConfirmingMail | None:
    """Claim the confirming mail of a runner and make its link; None if it is not due, or another worker has it."""
    secret = secrets.token_urlsafe(32)
    values = {
        "confirm_due_at": None,
        "confirm_attempts": MailAddress.confirm_attempts + 1,
        "confirm_digest": digest_of(secret),
        "confirm_until": now + rules.CONFIRM_LIFE,
    }
    due = MailAddress.runner_id == runner_id, MailAddress.confirm_due_at <= now, MailAddress.confirmed_at.is_(None)
    address = db.session.scalar(update(MailAddress).where(*due).values(values).returning(MailAddress.address))
    return ConfirmingMail(address, secret) if address else None


def put_off_confirmation(runner_id: int, secret: str, now: datetime) -> None:
    """Have a confirming mail that was not handed over sent later, unless another one was asked for meanwhile."""
    address = _by_link(secret)
    if address is not None and address.confirm_due_at is None and not rules.has_given_up(address.set_at, now):
        address.confirm_due_at = now + rules.pause_after(address.confirm_attempts)


def confirm(secret: str, now: datetime) -> Confirmation:
    """Confirm the address whose link was opened, once; return what came of it."""
    a = MailAddress
    still_open = a.confirm_digest == digest_of(secret), a.confirm_until > now, a.confirmed_at.is_(None)
    values = {"confirmed_at": now, "confirm_due_at": None, "stopped_at": None, "stop_reason": None}
    confirmed = update(a).where(*still_open).values(values).returning(a.runner_id)
    runner_id = db.session.scalar(confirmed)
    if runner_id is not None:
        withdraw_facts_for(FactKind.MAIL_STOPPED, [runner_id], now)
        return Confirmation.GOOD
    return state_of(_by_link(secret), now)


def stop_address(runner_id: int, address: str, reason: str, now: datetime) -> bool:
    """Send nothing more to an address that refused mail, and tell its owner.

    Returns False if it is stopped already, or the runner has another one by now.
    """
    stored = mail_address_of(runner_id)
    if stored is None or stored.address != address or stored.stopped_at is not None:
        return False
    stored.stopped_at, stored.stop_reason, stored.confirm_due_at = now, reason, None
    record_fact(FactKind.MAIL_STOPPED, f"{runner_id}:{now.isoformat()}", now, runner_id=runner_id)
    return True


def remove_address(runner_id: int, now: datetime) -> bool:
    """Delete the address of a runner; return whether there was one."""
    withdraw_facts_for(FactKind.MAIL_STOPPED, [runner_id], now)
    removed = delete(MailAddress).where(MailAddress.runner_id == runner_id).returning(MailAddress.runner_id)
    return db.session.scalar(removed) is not None


def purge_unconfirmed(now: datetime) -> int:
    """Delete the addresses that nobody confirmed in time; return how many."""
    old = MailAddress.confirmed_at.is_(None), MailAddress.set_at <= now - rules.PURGE_UNCONFIRMED
    return len(db.session.scalars(delete(MailAddress).where(*old).returning(MailAddress.runner_id)).all())


def _by_link(secret: str) -> MailAddress | None:
    return db.session.scalar(select(MailAddress).where(MailAddress.confirm_digest == digest_of(secret)))
