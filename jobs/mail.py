"""Jobs of mail addresses. Notifications by mail are sent by `jobs/notifications.py`."""

import logging

from integrations.mail.errors import MailboxRefused, MailError, MailRefused, Unanswered
from integrations.mail.folder import keep_latest
from webapp.db import write_transaction
from webapp.extensions import clock, settings
from webapp.job_names import Job
from webapp.mail import queries, service
from webapp.mail.sending_service import RATE_PAUSE_S, MailWords, absolute_url, compose, hand_over, has_slot
from webapp.mail.service import ConfirmingMail
from webapp.queue import enqueue

log = logging.getLogger(__name__)

# Confirming mails that one run of the sweep enqueues, and mails that are kept as files.
BATCH, MAX_FILES = 200, 500


def mail_sweep() -> None:
    """Enqueue the confirming mails that are due, and purge addresses that nobody confirmed and files that are old."""
    for runner_id in queries.due_confirmations(clock().now(), BATCH):
        enqueue(Job.SEND_CONFIRMATION, runner_id)
    with write_transaction():
        service.purge_unconfirmed(clock().now())
    keep_latest(settings().mail_folder, MAX_FILES)


def send_confirmation(runner_id: int) -> None:
    """Send a runner the mail that confirms their address, if it is due. What may pass is tried again later."""
    if not has_slot():
        enqueue(Job.SEND_CONFIRMATION, runner_id, delay=RATE_PAUSE_S)
        return
    with write_transaction():
        mail = service.begin_confirmation(runner_id, clock().now())
    if mail is None:
        return
    try:
        hand_over(compose(f"confirm:{mail.secret}", mail.address, _words(mail), clock().now()))
    except MailError as error:
        log.warning("confirming mail not sent: %s", error, extra={"runner": runner_id})
        _settle(runner_id, mail, error)


def empty_mail_folder() -> None:
    """Delete the mails that were written to files: one of them may be to a runner who was just erased."""
    keep_latest(settings().mail_folder, 0)


def _settle(runner_id: int, mail: ConfirmingMail, error: MailError) -> None:
    with write_transaction():
        if isinstance(error, MailboxRefused | MailRefused):
            service.stop_address(runner_id, mail.address, error.reason, clock().now())
        elif not isinstance(error, Unanswered):  # then it may have been sent, and its reader can ask for another
            service.put_off_confirmation(runner_id, mail.secret, clock().now())


def _words(mail: ConfirmingMail) -> MailWords:
    return MailWords(
        subject="Confirm your e-mail address",
        lines=(
            "Somebody who is signed in to Chasepack wants mails to come to this address. If that was you, confirm it.",
            "The link works once, for two days. If it was not you, do nothing: the address is deleted after a week.",
        ),
        link=absolute_url("mail.confirming_link", secret=mail.secret),
        link_text="Confirm this address",
        why="You get this mail because somebody entered this address.",
    )
