"""Adding and forgetting the browsers that show pushes. Nothing here commits."""

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, select, update

from integrations.push.subscriptions import BrowserSubscription
from webapp.activities.queries import lock_runners
from webapp.db import db, insert_on_conflict
from webapp.extensions import sealer
from webapp.models.push import PushSubscription
from webapp.notifications.push_rules import MAX_BROWSERS, MAX_FAILING, digest_of


class TooManyBrowsers(Exception):
    """The runner has as many browsers as one may have."""


def add_browser(runner_id: int, subscription: BrowserSubscription, now: datetime) -> int:
    """Store a browser and return its id. One that is stored already belongs to this runner from now on.

    Raises TooManyBrowsers. Locks the runner, so that two requests at once add no more than are allowed.
    """
    lock_runners([runner_id])
    digest = digest_of(subscription.endpoint)
    others = select(func.count()).where(
        PushSubscription.runner_id == runner_id, PushSubscription.endpoint_digest != digest
    )
    if (db.session.scalar(others) or 0) >= MAX_BROWSERS:
        raise TooManyBrowsers
    sealed = sealer().seal(json.dumps(asdict(subscription)))
    values = {"runner_id": runner_id, "sealed": sealed, "created_at": now, "failing_since": None}
    row = insert_on_conflict(PushSubscription).values(**values, endpoint_digest=digest)
    # Two accounts in one browser may switch it on at once: the later one has it.
    mine = row.on_conflict_do_update(index_elements=[PushSubscription.endpoint_digest], set_=values)
    return int(db.session.execute(mine.returning(PushSubscription.id)).scalar_one())


def remove_browser(runner_id: int, subscription_id: int) -> bool:
    """Forget a browser of a runner; return False if it is not theirs."""
    mine = PushSubscription.runner_id == runner_id, PushSubscription.id == subscription_id
    return db.session.scalar(delete(PushSubscription).where(*mine).returning(PushSubscription.id)) is not None


def note_results(taken: Collection[int], refused: Collection[int], gone: Collection[int], now: datetime) -> None:
    """Note what push services answered, by ids of subscriptions: those who have gone are forgotten."""
    row = PushSubscription
    if gone:
        db.session.execute(delete(row).where(row.id.in_(gone)))
    if taken:
        again = row.id.in_(taken), row.failing_since.is_not(None)
        db.session.execute(update(row).where(*again).values(failing_since=None))
    if refused:
        first = row.id.in_(refused), row.failing_since.is_(None)
        db.session.execute(update(row).where(*first).values(failing_since=now))


def purge_failing_browsers(now: datetime) -> int:
    """Forget the browsers whose push service has refused every push for too long; return how many."""
    old = delete(PushSubscription).where(PushSubscription.failing_since <= now - MAX_FAILING)
    return len(db.session.scalars(old.returning(PushSubscription.id)).all())
