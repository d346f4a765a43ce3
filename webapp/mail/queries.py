"""Reading mail addresses."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.mail.rules import Confirmation
from webapp.models.mail import MailAddress


def mail_address_of(runner_id: int) -> MailAddress | None:
    """Return the stored address of a runner, confirmed or not."""
    return db.session.get(MailAddress, runner_id)


def deliverable(runner_ids: Collection[int]) -> Mapping[int, str]:
    """Return the addresses that mails go to, by runner: confirmed ones that take mail. For one batch of runners."""
    mine = select(MailAddress.runner_id, MailAddress.address).where(
        MailAddress.runner_id.in_(runner_ids), MailAddress.confirmed_at.is_not(None), MailAddress.stopped_at.is_(None)
    )
    return {runner_id: address for runner_id, address in db.session.execute(mine) if address}


def confirmation_by(secret: str, now: datetime) -> Confirmation:
    """Return what opening the link with this secret would do now."""
    return state_of(db.session.scalar(select(MailAddress).where(MailAddress.confirm_digest == digest_of(secret))), now)


def state_of(address: MailAddress | None, now: datetime) -> Confirmation:
    """Return what the confirming link of an address does now."""
    if address is None or address.confirm_until is None:
        return Confirmation.UNKNOWN
    if address.confirmed_at is not None:
        return Confirmation.USED
    return Confirmation.GOOD if now < address.confirm_until else Confirmation.LATE


def due_confirmations(now: datetime, limit: int) -> Sequence[int]:
    """Return the runners whose confirming mail is to be sent, the longest due first."""
    due = select(MailAddress.runner_id).where(MailAddress.confirm_due_at <= now)
    return db.session.scalars(due.order_by(MailAddress.confirm_due_at).limit(limit)).all()
