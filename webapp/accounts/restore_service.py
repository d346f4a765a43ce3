"""After a restore: erase again those erased since the backup, and hide everyone until Strava confirms them.

Both functions commit, and run before anything serves.
"""

from datetime import datetime

from sqlalchemy import delete, select, update

from webapp import erasure_log
from webapp.accounts.service import erase_runner
from webapp.auth import rules
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.leaderboards.service import remove_entries
from webapp.models.accounts import LoginLink, Runner
from webapp.models.challenges import Entry
from webapp.models.sync import Connection, RefusalOutage
from webapp.models.words import ConnectionState
from webapp.sync.token_refusal_rules import RESTORED_WORDS


def erase_again(now: datetime) -> int:
    """Erase every runner whose athlete was erased after they connected; return how many there were.

    A runner who came back after being erased has connected since then, and stays. Raises OSError.
    """
    listed = erasure_log.read(settings().erased_file)
    if not listed:
        return 0
    known = select(Connection.runner_id, Connection.athlete_id, Connection.connected_at).order_by(Connection.runner_id)
    again = [
        runner_id
        for runner_id, athlete_id, connected_at in db.session.execute(known).all()
        if (at := listed.get(rules.digest_of_erased(athlete_id, settings().secret_key))) and connected_at <= at
    ]
    for runner_id in again:
        with write_transaction():
            erase_runner(runner_id, now, revoked=True, unseen=True)
    return len(again)


def mark_all_unconfirmed(now: datetime) -> None:
    """Hide every runner until Strava confirms their connection, and end every session and sign-in link.

    The backup knows nothing of what happened after it: an athlete may have been erased, a token replaced, a session
    ended. Connections that had ended before stay ended.
    """
    unknown = {"refresh_tried_at": None, "refused_at": None, "unauthorised_since": None}
    at_rest = {"rest_until": None, "syncing_until": None, "refreshing_until": None, "failures": 0, "gave_up_at": None}
    with write_transaction():
        db.session.execute(update(Connection).values(**unknown, **at_rest))
        # A connection that had ended holds no seat, and must not come by one.
        hidden = {
            "state": ConnectionState.DEAUTHORISED,
            "restored_at": now,
            "ended_at": None,
            "problem": RESTORED_WORDS,
        }
        db.session.execute(update(Connection).where(Connection.state != ConnectionState.DEAUTHORISED).values(**hidden))
        db.session.execute(delete(RefusalOutage))
        db.session.execute(delete(LoginLink))
        db.session.execute(update(Runner).values(session_epoch=Runner.session_epoch + 1))
        remove_entries(db.session.scalars(select(Entry.id)).all())
