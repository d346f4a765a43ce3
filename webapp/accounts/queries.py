"""Reading accounts: connections, consents, receipts and login links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, select

from webapp.auth import rules
from webapp.db import MAX_ID, db
from webapp.models.accounts import ErasureReceipt, LoginLink, PlatformConsent, Runner
from webapp.models.activities import Activity
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.text import is_writable


def stored_counts(runner_id: int) -> dict[str, int]:
    """Return how many runs, and how many days with totals, are stored of a runner."""
    runs = select(func.count()).where(Activity.runner_id == runner_id)
    days = select(func.count(LedgerDay.local_date.distinct())).where(LedgerDay.runner_id == runner_id)
    return {"runs_stored": db.session.scalar(runs) or 0, "days_stored": db.session.scalar(days) or 0}


def runners_to_erase(now: datetime) -> Sequence[int]:
    """Return the runners who ended their connection on Strava and did not come back in time."""
    return db.session.scalars(select(Connection.runner_id).where(_gone_for_good(now))).all()


def locked_to_erase(runner_id: int, now: datetime) -> datetime | None:
    """Return when a runner who is due to be erased ended their connection; None for others.

    Locks the connection, so that they cannot come back until the transaction ends.
    """
    mine = select(Connection.ended_at).where(Connection.runner_id == runner_id, _gone_for_good(now))
    return db.session.scalar(mine.with_for_update())


def _gone_for_good(now: datetime) -> ColumnElement[bool]:
    return (Connection.state == ConnectionState.DEAUTHORISED) & (Connection.ended_at <= now - rules.ERASE_AFTER)


def has_read_consent(runner_id: int, version: str) -> bool:
    """Return whether the runner went on to connect from this version of the text."""
    return db.session.scalar(_READ, {"runner": runner_id, "version": version}) is not None


_READ = select(PlatformConsent.runner_id).where(
    PlatformConsent.runner_id == bindparam("runner"), PlatformConsent.version == bindparam("version")
)


def group_consents(runner_id: int) -> Sequence[tuple[Group, Consent]]:
    """Return what the runner lets each of their groups see, by the group's name."""
    mine = select(Group, Consent).join(Consent).where(Consent.runner_id == runner_id).order_by(Group.name)
    return [(group, consent) for group, consent in db.session.execute(mine)]


def receipt_by(code: str) -> ErasureReceipt | None:
    if not is_writable(code):  # a database may choke on it
        return None
    return db.session.scalar(select(ErasureReceipt).where(ErasureReceipt.code == code))


def is_login_link_good(secret: str, now: datetime) -> bool:
    """Return whether the link would let its runner in now. Opening it does not spend it."""
    unspent = (LoginLink.digest == rules.digest_of(secret), LoginLink.used_at.is_(None), LoginLink.expires_at > now)
    return db.session.scalar(select(LoginLink.id).where(*unspent)) is not None


def find_runner(number: int, *, only_athlete: bool = False) -> Runner | None:
    """Return the runner with the id `number`, or otherwise the runner whose Strava athlete has it."""
    by_athlete = select(Runner).join(Connection).where(Connection.athlete_id == number)
    is_ours = not only_athlete and number <= MAX_ID
    found = db.session.get(Runner, number) if is_ours else None
    return found or db.session.scalar(by_athlete)
