"""Watching the clock of this machine: log and keep each step, and correct times that are too far ahead."""

import contextlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import InstrumentedAttribute

from webapp import erasure_log
from webapp.admin.clock_rules import MIN_STEP, ClockReading, in_words, step_between
from webapp.auth.rules import LOGIN_LINK_LIFE
from webapp.clock import Clock
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.models.accounts import LoginLink, SeatRequest
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.group_channels import ChannelPost, GroupChannel
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Membership
from webapp.models.missing import MissingChoice, Nudge
from webapp.models.notifications import Delivery
from webapp.models.sync import Connection, RefusalOutage, StoredEvent
from webapp.privacy.queries import shown_since
from webapp.privacy.switch_rules import SWITCHES
from webapp.redis import redis_client
from webapp.sync import rules, window_rules

log = logging.getLogger(__name__)

LAST_KEY = "chasepack:operator:clock"
STEP_KEY = "chasepack:operator:clock_step"
BOOT = Path("/proc/sys/kernel/random/boot_id")
# On Linux this clock continues while the machine sleeps, so a sleep is no step.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# No matching key is kept for longer. Redis stores the second at which a key expires, so a step back prolongs it.
MAX_KEPT_S: Mapping[str, int] = {
    "LIMITS:*": 3600,
    "chasepack:waiting:*": 3600,
    "chasepack:budget:probe": 3600,
    "chasepack:rest:*": 30,
    "rq:worker:*": 600,
    "rq:scheduler-lock:*": 600,
}


@dataclass(frozen=True, slots=True)
class Step:
    """How far the clock was set (negative: back), and when that was seen, by the clock as it is now."""

    at: datetime
    size: timedelta


@dataclass(frozen=True, slots=True)
class Bound:
    """How far ahead of now a time can be; a later time becomes now, or with `clears` is cleared."""

    column: InstrumentedAttribute[Any]
    ahead: timedelta
    clears: bool = False


def watch(clock: Clock) -> timedelta | None:
    """Compare the clock with what it said last, and return the step if it was set. Raises RedisError."""
    redis, reading = redis_client(), _read(clock)
    known = redis.get(LAST_KEY)
    step = step_between(ClockReading(**json.loads(known)), reading) if known else None
    if step:
        _report(redis, step, clock.now())
    redis.set(LAST_KEY, json.dumps(asdict(reading)))
    return step


def last_step() -> Step | None:
    """Return the step that was seen last. Raises RedisError."""
    known = redis_client().get(STEP_KEY)
    if not known:
        return None
    at, size = json.loads(known)
    return Step(datetime.fromtimestamp(at, UTC), timedelta(seconds=size))


def bound_times(clock: Clock) -> None:
    """Correct every stored time that is further ahead than any is ever set. Commits.

    Raises RedisError, or OSError where the list of erased athletes cannot be read or written.
    """
    now, slack = clock.now(), MIN_STEP * max(1.0, clock.speed)
    lease = rules.lease_until(now, rules.sync_lease(settings().strava_timeout), clock.speed) - now
    changed = {bound.column.key: _put_right(bound, now, slack) for bound in _all_bounds(lease)}
    changed["keys"] = _cut_keys(redis_client())
    changed["erased"] = erasure_log.bound(settings().erased_file, now + slack, now)
    if any(changed.values()):
        found = ", ".join(f"{name} {count}" for name, count in changed.items() if count)
        log.warning("corrected times that were too far ahead: %s", found)


def _read(clock: Clock) -> ClockReading:
    boot = ""
    with contextlib.suppress(OSError):
        boot = BOOT.read_text().strip()
    return ClockReading(clock.now().timestamp(), time.clock_gettime(STEADY), boot, clock.speed)


def _report(redis: "Redis", step: timedelta, now: datetime) -> None:
    way = "put back" if step < timedelta(0) else "set ahead"
    log.warning("the clock was %s by %s; it is %s UTC now", way, in_words(step), f"{now:%Y-%m-%d %H:%M:%S}")
    redis.set(STEP_KEY, json.dumps([now.timestamp(), step.total_seconds()]))


def _all_bounds(lease: timedelta) -> Iterator[Bound]:
    yield from _bounds(lease)
    yield from _of_deliveries()
    yield from _of_switches()


def _bounds(lease: timedelta) -> tuple[Bound, ...]:
    none = timedelta(0)
    return (
        Bound(Connection.syncing_until, lease, clears=True),
        Bound(Connection.refreshing_until, max(lease, rules.REFRESH_LEASE), clears=True),
        Bound(Connection.rest_until, rules.MAX_REST, clears=True),
        Bound(Connection.next_full_resync_at, rules.GONE_WITHIN, clears=True),
        Bound(Connection.photo_tried_at, none, clears=True),
        Bound(Connection.connected_at, none),
        Bound(Connection.last_full_resync_at, none),
        Bound(Connection.full_resync_asked_at, none),
        Bound(Connection.refresh_tried_at, none),
        Bound(Connection.refused_at, none),
        Bound(Connection.unauthorised_since, none),
        Bound(Connection.ended_at, none),
        Bound(RefusalOutage.began_at, none),
        Bound(RefusalOutage.over_at, none),
        Bound(StoredEvent.received_at, none),
        Bound(StoredEvent.retry_at, window_rules.RETRY_AGES[-1]),
        Bound(StoredEvent.done_at, none),
        Bound(Activity.first_seen_at, none),
        Bound(Challenge.created_at, none),
        Bound(Entry.joined_at, none),
        Bound(Membership.named_organiser_at, none),
        Bound(GroupProfile.fits_up_to, none),
        Bound(SeatRequest.asked_at, none),
        Bound(SeatRequest.opened_at, none),
        # A sign-in link that lives too long is ended.
        Bound(LoginLink.expires_at, LOGIN_LINK_LIFE),
    )


def _of_deliveries() -> tuple[Bound, ...]:
    # Quiet hours and pauses between attempts end within a day.
    none, day = timedelta(0), timedelta(days=1)
    posts = Bound(ChannelPost.due_at, day), Bound(ChannelPost.claimed_at, none), Bound(GroupChannel.carries_since, none)
    # A nudge in the future would keep everybody from sending another one.
    nudges = Bound(Nudge.sent_at, none), Bound(MissingChoice.checked_at, none, clears=True)
    return Bound(Delivery.due_at, day), Bound(Delivery.claimed_at, none), *posts, *nudges


def _of_switches() -> Iterator[Bound]:
    # Members wait to be counted by when they switched it on.
    return (Bound(cast(InstrumentedAttribute[Any], shown_since(switch)), timedelta(0)) for switch in SWITCHES)


def _put_right(bound: Bound, now: datetime, slack: timedelta) -> int:
    """Return how many rows there were. Each statement is a transaction of its own, so that nobody waits for long."""
    with write_transaction():
        ahead = update(bound.column.class_).where(bound.column > now + bound.ahead + slack)
        right = ahead.values({bound.column.key: None if bound.clears else now}).returning(bound.column)
        return len(db.session.execute(right).all())


def _cut_keys(redis: "Redis") -> int:
    # Redis answers -1 and -2 for keys that stay and for those that are gone.
    kept = [(key, kept_s) for match, kept_s in MAX_KEPT_S.items() for key in redis.scan_iter(match)]
    too_long = [(key, kept_s) for key, kept_s in kept if redis.ttl(key) > kept_s]
    for key, kept_s in too_long:
        redis.expire(key, kept_s)
    return len(too_long)
