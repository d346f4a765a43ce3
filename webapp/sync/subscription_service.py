"""Checking that the subscription to Strava's events still exists and is ours: a lost one gives no sign."""

import logging
from datetime import datetime

from sqlalchemy import update

from integrations.strava.errors import StravaError
from integrations.strava.webhook import Subscriptions
from webapp.db import db, write_transaction
from webapp.models.sync import Subscription
from webapp.models.words import SubscriptionState
from webapp.sync import queries

log = logging.getLogger(__name__)


def check_subscription(strava: Subscriptions, callback_url: str, now: datetime) -> SubscriptionState | None:
    """Ask Strava for our subscription; store and return its state. Commits.

    Returns None, with nothing changed, if we have none, or if Strava gave no usable answer: an error proves nothing.
    """
    kept = queries.subscription()
    kept_id = kept.id if kept else None
    # No transaction stays open while Strava is asked.
    db.session.rollback()
    if kept_id is None:
        return None
    try:
        registered = strava.list()
    except StravaError as error:
        log.warning("cannot check the webhook subscription: %s", error)
        return None
    is_ours = any((one.id, one.callback_url) == (kept_id, callback_url) for one in registered)
    found = SubscriptionState.OURS if is_ours else SubscriptionState.ELSEWHERE if registered else SubscriptionState.GONE
    with write_transaction():
        db.session.execute(update(Subscription).where(Subscription.id == kept_id).values(found=found, checked_at=now))
    return found
