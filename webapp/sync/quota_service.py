"""A runner's read quota: a runner who causes more reads is read slowly, so that others get their turn.

It is counted by athlete, not by account: erasing an account and coming back at once brings no new quota. The stored
count names nobody, and is deleted within two days. Without Redis nothing is counted, and nothing read.
"""

import logging
from datetime import UTC, datetime

from redis import RedisError

from webapp.auth.rules import nameless
from webapp.extensions import settings
from webapp.redis import redis_client
from webapp.sync import rules

log = logging.getLogger(__name__)

PREFIX = "chasepack:share:"
# The longest wait, and the time in which a whole quota returns, are shorter than this.
KEPT_S = 2 * 86_400


def remaining_of(athlete_id: int, now: datetime, *, removals: bool = False) -> datetime | None:
    """Return until when an athlete over their read quota waits, None for all others.

    `removals`: by the second quota, which is for what they hide or delete.
    """
    return rules.rest_for_quota(_paid_until(_key(athlete_id, removals)), now)


def record_reads(athlete_id: int, reads: int, now: datetime, *, removals: bool = False) -> None:
    """Count reads that were made for an athlete. Raises nothing, since the reads have been made."""
    if not reads:
        return
    key = _key(athlete_id, removals)
    paid = rules.quota_spent(_paid_until(key), reads, now)
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
