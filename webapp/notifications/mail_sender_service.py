"""Sending a delivery by mail."""

from collections.abc import Collection
from datetime import datetime

from integrations.mail.errors import Deferred, MailboxRefused, MailError, MailRefused, Unanswered
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.mail.queries import deliverable
from webapp.mail.sending_service import RATE_PAUSE_S, MailWords, absolute_url, compose, hand_over, has_slot
from webapp.mail.service import stop_address
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.sender_service import ChannelSender, Outgoing, SendOutcome, SendResult
from webapp.notifications.unsubscribe_service import mail_kind

RESULTS: dict[type[MailError], SendResult] = {
    MailboxRefused: SendResult.REFUSED,
    MailRefused: SendResult.REFUSED,
    Deferred: SendResult.RETRY,
    Unanswered: SendResult.UNKNOWN,
}


def with_an_address(runner_ids: Collection[int]) -> set[int]:
    """Return those of some runners to whom mails can be sent."""
    return set(deliverable(runner_ids)) if settings().sends_mail else set()


def send_mail(outgoing: Outgoing, now: datetime) -> SendOutcome:
    """Send a message to the address of its runner. An address that is refused for good gets nothing any more."""
    address = deliverable([outgoing.runner_id]).get(outgoing.runner_id)
    words = _words(outgoing)
    db.session.commit()
    if address is None or words is None or not settings().sends_mail:
        return SendOutcome(SendResult.REFUSED, "no_address")
    try:
        hand_over(compose(f"delivery:{outgoing.delivery_id}", address, words, now))
    except MailError as error:
        if isinstance(error, MailboxRefused):
            with write_transaction():
                stop_address(outgoing.runner_id, address, error.reason, now)
        return SendOutcome(RESULTS.get(type(error), SendResult.AWAY), error.reason)
    return SendOutcome(SendResult.SENT)


def _words(outgoing: Outgoing) -> MailWords | None:
    said, kind = outgoing.message, mail_kind(outgoing.runner_id, outgoing.message.kind)
    if kind is None:
        return None
    return MailWords(
        subject=said.subject,
        lines=said.text_lines,
        link=settings().address + said.link,
        link_text=said.link_text,
        why=f"You get mails of this kind: “{KINDS[said.kind].title}”.",
        unsubscribe=absolute_url("unsubscribe.page", token=kind.token(settings().secret_key)),
    )


def _wait_s() -> float:
    return 0.0 if has_slot() else RATE_PAUSE_S


MAIL_SENDER = ChannelSender(reachable=with_an_address, wait_s=_wait_s, send=send_mail)
