"""Jobs of accounts."""

import logging

from integrations.mail.errors import MailError
from integrations.strava.errors import StravaError
from webapp.accounts import queries, service
from webapp.auth import rules
from webapp.db import empty_log, write_transaction
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.mail.sending_service import RATE_PAUSE_S, MailWords, absolute_url, compose, hand_over, has_slot
from webapp.queue import enqueue
from webapp.sync.lost_access_service import is_outage_open
from webapp.sync.token_service import has_ended

log = logging.getLogger(__name__)


def erase_sweep() -> None:
    """Enqueue the erasure of each runner who ended the connection on Strava and did not come back in time.

    Also empty the database's log of rows erased before, if that could not be done then.
    """
    empty_database_log()
    with write_transaction():
        service.forget_receipt_mails(clock().now())
    for runner_id in queries.runners_to_erase(clock().now()):
        enqueue(Job.ERASE_RUNNER, runner_id)


def erase_runner(runner_id: int) -> None:
    """Erase a runner, unless they have come back since the job was enqueued, or Strava renews their token after all.

    Where Strava does not say whether it does, the hourly sweep asks again.
    """
    now = clock().now()
    with write_transaction():
        ended_at = queries.locked_to_erase(runner_id, now)
    if ended_at is None or not (_is_refused_again(runner_id) or rules.has_waited_for_proof(ended_at, now)):
        return
    with write_transaction():
        if queries.locked_to_erase(runner_id, now):
            service.erase_runner(runner_id, now, revoked=True, unseen=True)


def _is_refused_again(runner_id: int) -> bool:
    """Return whether Strava clearly refuses the stored token; one that it renews brings its runner back."""
    try:
        return has_ended(runner_id, clock()) and not is_outage_open(clock().now())
    except StravaError as error:
        log.warning("not erased yet: %s", type(error).__name__, extra={"runner": runner_id})
        return False


def empty_database_log() -> None:
    """Remove erased rows from the database's log; if it is in use, the hourly sweep does it later."""
    if not empty_log():
        log.info("the write-ahead log is in use; erased rows will leave it within the hour")


def mail_receipt(receipt_id: int) -> None:
    """Mail an erased runner their receipt, the last mail to their address, which is gone by then. It is tried once."""
    if not has_slot():
        enqueue(Job.MAIL_RECEIPT, receipt_id, delay=RATE_PAUSE_S)
        return
    with write_transaction():
        found = service.take_receipt_mail(receipt_id)
    if found is None:
        return
    address, code = found
    words = MailWords(
        subject="What was erased",
        lines=(
            "Everything that Chasepack held about you is erased, and this address with it.",
            "The receipt says what it was, in numbers. Nothing in it names you.",
        ),
        link=absolute_url("accounts.receipt", code=code),
        link_text="See the receipt",
        why="You get this mail because you had confirmed this address. It is the last one.",
    )
    try:
        hand_over(compose(f"receipt:{code}", address, words, clock().now()))
    except MailError as error:
        log.warning("receipt not mailed: %s", error)
