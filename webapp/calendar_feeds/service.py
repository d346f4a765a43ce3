"""Making, replacing and revoking the secret address of a runner's calendar. Nothing here commits."""

import secrets
from datetime import datetime

from sqlalchemy import delete, update

from webapp.auth.rules import digest_of
from webapp.db import db, insert_on_conflict
from webapp.models.calendar_feeds import CalendarFeed

TOKEN_BYTES = 32


def make_feed(runner_id: int, now: datetime, *, shows_unanswered: bool) -> None:
    """Make the feed of a runner. One that is there keeps its address, and shows what was chosen now."""
    row = {"runner_id": runner_id, "created_at": now, **_secret()}
    made = insert_on_conflict(CalendarFeed).values(**row, shows_unanswered=shows_unanswered)
    chosen = {"shows_unanswered": shows_unanswered}
    db.session.execute(made.on_conflict_do_update(index_elements=[CalendarFeed.runner_id], set_=chosen))


def replace_feed(runner_id: int, now: datetime) -> bool:
    """Give a feed another address, so that the one before leads nowhere; return whether there is a feed."""
    mine = update(CalendarFeed).where(CalendarFeed.runner_id == runner_id)
    replaced = mine.values(created_at=now, **_secret()).returning(CalendarFeed.runner_id)
    return db.session.execute(replaced).first() is not None


def revoke_feed(runner_id: int) -> None:
    """End the feed of a runner: its address leads nowhere."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.runner_id == runner_id))


def _secret() -> dict[str, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return {"token": token, "token_digest": digest_of(token)}
