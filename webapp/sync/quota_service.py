"""A runner's share of the reads: whoever causes more than their part is read at a slow pace, and nobody else starves.

It is kept by the athlete, not by the account: who erases an account and comes back at once goes on with the same share.
What is kept names nobody, and is forgotten within two days. Without Redis nothing is counted, nor read.
"""

import logging
from datetime import UTC, datetime

from redis import RedisError

from webapp.auth.rules import nameless
from webapp.extensions import redis_client, settings
from webapp.sync import rules

log = logging.getLogger(__name__)

PREFIX = "chasepack:share:"
# The longest rest and all that a full share takes to come back are shorter than that.
KEPT_S = 2 * 86_400


def remaining_of(athlete_id: int, now: datetime, *, removals: bool = False) -> datetime | None:
    """Return until when an athlete over their read quota waits, None for all others.

    `removals`: by the second quota, which is for what they hide or delete.
    """
    return rules.rest_for_share(_paid_until(_key(athlete_id, removals)), now)


def record_reads(athlete_id: int, reads: int, now: datetime, *, removals: bool = False) -> None:
    """Count reads that were made for an athlete. Raises nothing: they have been made."""
    if not reads:
        return
    key = _key(athlete_id, removals)
    paid = rules.share_spent(_paid_until(key), reads, now)
    try:
        redis_client().set(key, int(paid.timestamp()), ex=KEPT_S)
    except RedisError as trouble:
        log.error("cannot record a read quota: %s", trouble)


def _paid_until(key: str) -> datetime | None:
    try:
        kept = redis_client().get(key)
    except RedisError:
        return None
    return datetime.fromtimestamp(int(kept), UTC) if isinstance(kept, bytes) else None


def _key(athlete_id: int, removals: bool) -> str:
    kind = "removals:" if removals else ""
    return PREFIX + kind + nameless(athlete_id, settings().secret_key)[:32]
