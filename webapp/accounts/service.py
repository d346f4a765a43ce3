"""Changing accounts: connecting, letting in by a link, signing out everywhere, erasing. Nothing here commits."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from integrations.strava.types import AthleteSummary, TokenGrant
from webapp import erasure_log
from webapp.auth import rules
from webapp.data_export.queries import stored_about
from webapp.db import db
from webapp.entries import service as entries
from webapp.extensions import sealer, settings
from webapp.facts.service import record_fact, withdraw_facts_for
from webapp.invitations.service import hand_place_on
from webapp.job_names import Job
from webapp.leaderboards.service import show_runner
from webapp.mail.queries import deliverable
from webapp.memberships import service as groups
from webapp.models.accounts import ErasureReceipt, LoginLink, PlatformConsent, Runner
from webapp.models.groups import Membership
from webapp.models.push import PushSubscription
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, FactKind
from webapp.photos.service import note_address
from webapp.queue import after_commit
from webapp.seats import queries as seats
from webapp.seats.service import leave, one_at_a_time
from webapp.sync.rules import RESYNC_PAUSE
from webapp.sync.service import record_lost_connection

RECEIPT_BYTES = 18
# The column leaves room for a billion times of signing out everywhere.
EPOCHS = 2**30


class NoSeat(Exception):
    """Every seat is taken or held for people in the queue, and this athlete has none."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The runner who connected.

    `receipt`: the code of a waiting receipt, if everything of theirs was erased while they were away.
    """

    runner: Runner
    is_new: bool
    receipt: str | None = None


def connect(
    athlete: AthleteSummary,
    grant: TokenGrant,
    scopes: Collection[str],
    seat_limit: int | None,
    now: datetime,
    *,
    ticket: str | None = None,
) -> Connected:
    """Store Strava's grant: for a new runner, or as the renewed connection of the runner with this athlete.

    `seat_limit`: how many seats there are, None where only Strava counts. `ticket`: that of a visitor from the queue
    for a seat, who then leaves the queue. Raises NoSeat, with nothing changed. One sign-in at a time, so that one
    athlete never becomes two runners and two never share the last seat. Enqueues Job.PLAN_SYNCS.
    """
    one_at_a_time()
    connection = _connection_of_athlete(athlete.id)
    is_hidden = connection is not None and connection.state == ConnectionState.DEAUTHORISED
    holds_seat = connection is not None and not (is_hidden and connection.restored_at is None)
    if not holds_seat and not seats.may_connect(ticket, seat_limit, now):
        raise NoSeat
    after_commit(Job.PLAN_SYNCS)
    if connection is None:
        runner = _new_runner(athlete, grant, scopes, now)
        connected = Connected(runner, True, _receipt_for(athlete.id, runner.id, now))
    else:
        connected = Connected(_returned_runner(connection, athlete, grant, scopes, now), False)
    _leave_queue(ticket, connected.runner.id)
    return connected


def _leave_queue(ticket: str | None, runner_id: int) -> None:
    """Give up the place of one who waited; what an invitation held for them stays theirs."""
    waited = seats.request_by(ticket)
    if waited is not None:
        hand_place_on(waited.id, runner_id)
        leave(ticket)


def record_lost_scope(athlete_id: int, grant: TokenGrant, scopes: Collection[str], now: datetime) -> bool:
    """Keep the tokens of an athlete whose new grant reads no runs, and say so on their account.

    Returns False, with nothing changed, where the athlete has no account here.
    """
    connection = _connection_of_athlete(athlete_id)
    if connection is None:
        return False
    _store_grant(connection, grant, scopes)
    if connection.state == ConnectionState.CONNECTED:
        connection.state = ConnectionState.NEEDS_RECONNECT
    connection.problem = "Strava lets us see none of your runs. Please connect again and leave that box ticked."
    record_lost_connection(connection.runner_id, now)
    return True


def record_consent(runner_id: int, version: str, now: datetime) -> None:
    """Keep that the runner went on to connect from this version of the text; the latest time stays."""
    db.session.merge(PlatformConsent(runner_id=runner_id, version=version, given_at=now))
    db.session.flush()


def _connection_of_athlete(athlete_id: int) -> Connection | None:
    return db.session.scalar(select(Connection).where(Connection.athlete_id == athlete_id))


def _new_runner(athlete: AthleteSummary, grant: TokenGrant, scopes: Collection[str], now: datetime) -> Runner:
    # SQLite reuses the number of an erased runner, and so does a restored backup. An old cookie must not open the
    # account of the next runner with that number, so each epoch begins at a random count.
    runner = Runner(name=athlete.name, created_at=now, session_epoch=secrets.randbelow(EPOCHS))
    db.session.add(runner)
    db.session.flush()
    connection = Connection(runner_id=runner.id, athlete_id=athlete.id, connected_at=now)
    _store_grant(connection, grant, scopes)
    db.session.add(connection)
    db.session.flush()
    note_address(connection, athlete.photo)
    return runner


def _returned_runner(
    connection: Connection, athlete: AthleteSummary, grant: TokenGrant, scopes: Collection[str], now: datetime
) -> Runner:
    """Renew the connection of a runner who has an account, under the name they have on Strava now."""
    runner = db.session.get_one(Runner, connection.runner_id)
    if runner.name != athlete.name:
        runner.name = athlete.name
        groups.follow_name(runner, now)
    is_hidden = connection.state == ConnectionState.DEAUTHORISED
    _renew(connection, grant, scopes, now)
    note_address(connection, athlete.photo)
    withdraw_facts_for(FactKind.CONNECTION, [runner.id], now)
    # A runner whose connection had ended, or came from a backup, was on no board.
    if is_hidden:
        show_runner(runner.id)
    return runner


def _renew(connection: Connection, grant: TokenGrant, scopes: Collection[str], now: datetime) -> None:
    # Where nothing can have been missed, signing in must not bypass the pause between two full resyncs.
    asked_at, before = connection.full_resync_asked_at, connection.scopes
    _store_grant(connection, grant, scopes)
    all_along = connection.state == ConnectionState.CONNECTED and connection.scopes == before
    has_asked = all_along and asked_at is not None and asked_at > now - RESYNC_PAUSE
    connection.state, connection.problem, connection.connected_at = ConnectionState.CONNECTED, None, now
    connection.ended_at = None
    # Whatever was missed in between, or was hidden from a smaller scope, is read by a full resync.
    if not has_asked:
        connection.full_resync_asked_at, connection.next_full_resync_at = now, None
    connection.failures, connection.rest_until, connection.gave_up_at = 0, None, None
    connection.refused_at, connection.unauthorised_since, connection.restored_at = None, None, None
    # A refresh that is under way belongs to tokens that are no longer valid.
    connection.refreshing_until = None


def _store_grant(connection: Connection, grant: TokenGrant, scopes: Collection[str]) -> None:
    connection.access_token = sealer().seal(grant.access_token)
    connection.refresh_token = sealer().seal(grant.refresh_token)
    connection.expires_at = grant.expires_at
    connection.scopes = ",".join(sorted(scopes))[:200]


def make_login_link(runner_id: int, now: datetime) -> str:
    """Return the secret of a new link that signs the runner in once; delete their links that have expired."""
    db.session.execute(delete(LoginLink).where(LoginLink.expires_at <= now))
    secret = secrets.token_urlsafe(32)
    link = LoginLink(runner_id=runner_id, digest=rules.digest_of(secret), expires_at=now + rules.LOGIN_LINK_LIFE)
    db.session.add(link)
    return secret


def spend_login_link(secret: str, now: datetime) -> Runner | None:
    """Spend the link and return its runner; None if it was spent, has expired or never existed."""
    spent = db.session.scalar(
        update(LoginLink)
        .where(LoginLink.digest == rules.digest_of(secret), LoginLink.used_at.is_(None), LoginLink.expires_at > now)
        .values(used_at=now)
        .returning(LoginLink.runner_id)
    )
    return db.session.get(Runner, spent) if spent is not None else None


def change_account(runner_id: int, units: str) -> None:
    """Save how the runner sees distances."""
    db.session.execute(update(Runner).where(Runner.id == runner_id).values(units=units))


def end_pushes(runner_id: int, subscription_id: int) -> None:
    """End the pushes of one browser of the runner, who leaves it."""
    mine = PushSubscription.runner_id == runner_id, PushSubscription.id == subscription_id
    db.session.execute(delete(PushSubscription).where(*mine))


def sign_out_everywhere(runner_id: int) -> None:
    """End every session of the runner, and the pushes of every browser."""
    db.session.execute(delete(PushSubscription).where(PushSubscription.runner_id == runner_id))
    db.session.execute(update(Runner).where(Runner.id == runner_id).values(session_epoch=Runner.session_epoch + 1))


def erase_runner(runner_id: int, now: datetime, *, revoked: bool = False, unseen: bool = False) -> str:
    """Erase a runner and all rows that refer to them; return the code of a receipt that names nobody.

    `revoked`: whether Strava has ended the connection too; with `unseen` the receipt waits for the runner's next
    sign-in. Boards lose them in the same transaction. Enqueues Job.EMPTY_DATABASE_LOG, Job.EMPTY_MAIL_FOLDER and
    Job.MAIL_RECEIPT.
    """
    connection, key = db.session.get(Connection, runner_id), settings().secret_key
    waits_for = rules.nameless(connection.athlete_id, key) if connection and unseen else None
    if connection is not None:
        # Before the commit: if that fails, the next start erases the runner, which is what they want.
        erasure_log.record(settings().erased_file, rules.digest_of_erased(connection.athlete_id, key), now)
    counts, mail_to = {one.kind.key: one.rows for one in stored_about(runner_id) if one.rows}, _mail_to(runner_id)
    mine = select(Membership.group_id).where(Membership.runner_id == runner_id)
    for group_id in db.session.scalars(mine.order_by(Membership.group_id)).all():
        groups.leave(group_id, runner_id, now)
    entries.withdraw(None, runner_id)
    db.session.flush()
    # The foreign keys delete the rows of every table that refers to the runner.
    db.session.execute(delete(Runner).where(Runner.id == runner_id))
    code = secrets.token_urlsafe(RECEIPT_BYTES)
    facts = {"code": code, "erased_at": now, "revoked_at_strava": revoked, "counts": counts}
    receipt = ErasureReceipt(**facts, waits_for=waits_for, mail_to=mail_to)
    db.session.add(receipt)
    db.session.flush()
    after_commit(Job.EMPTY_DATABASE_LOG)
    after_commit(Job.EMPTY_MAIL_FOLDER)
    if mail_to:
        after_commit(Job.MAIL_RECEIPT, receipt.id)
    return code


def _mail_to(runner_id: int) -> str | None:
    """Return where a receipt is mailed. Without a relay, the mail would be a file here."""
    return deliverable([runner_id]).get(runner_id) if settings().mail_url else None


def take_receipt_mail(receipt_id: int) -> tuple[str, str] | None:
    """Return where a receipt is to be mailed, and its code; forget the address, so that it is mailed once at most."""
    mine = select(ErasureReceipt).where(ErasureReceipt.id == receipt_id, ErasureReceipt.mail_to.is_not(None))
    receipt = db.session.scalar(mine.with_for_update())
    if receipt is None or receipt.mail_to is None:
        return None
    found, receipt.mail_to = (receipt.mail_to, receipt.code), None
    return found


def forget_receipt_mails(now: datetime) -> None:
    """Forget the addresses of receipts whose job was lost."""
    late = (ErasureReceipt.mail_to.is_not(None), ErasureReceipt.erased_at < now - rules.MAIL_RECEIPT_WITHIN)
    db.session.execute(update(ErasureReceipt).where(*late).values(mail_to=None))


def _receipt_for(athlete_id: int, runner_id: int, now: datetime) -> str | None:
    """Hand out the receipt that waits for an athlete, once. They find it in their inbox, too."""
    mine = ErasureReceipt.waits_for == rules.nameless(athlete_id, settings().secret_key)
    handed = update(ErasureReceipt).where(mine).values(waits_for=None).returning(ErasureReceipt.code)
    code = db.session.scalar(handed)
    if code is not None:
        record_fact(FactKind.RECEIPT, code, now, runner_id=runner_id, data={"code": code})
    return code
