"""When a notification may be sent: quiet hours, ceilings, and pauses between attempts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.models.words import DeliveryState

# By one channel, without urgent ones. A week is a date and the six before it.
MAX_A_DAY, MAX_A_WEEK = 1, 3
WEEK = timedelta(days=7)
# News that is older is left to the inbox and the digest.
MAX_AGE = timedelta(days=2)
# Before the second attempt, the third, and so on. After the last of them nothing is tried any more.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
# No sender takes longer; a delivery claimed before that has lost its worker.
MAX_SENDING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a runner wants to be left alone: minutes of the day in their zone; the same twice for never."""

    zone: str
    quiet_from: int
    quiet_until: int
    urgent_in_quiet: bool


def next_moment(now: datetime, timing: Timing, *, is_urgent: bool) -> datetime:
    """Return the first moment from `now` on that is not in a runner's quiet hours."""
    passes = is_urgent and timing.urgent_in_quiet
    return now if passes or not _is_quiet(now, timing) else _end_of_quiet(now, timing)


def _is_quiet(now: datetime, timing: Timing) -> bool:
    local = now.astimezone(ZoneInfo(timing.zone))
    minute, begin, end = local.hour * 60 + local.minute, timing.quiet_from, timing.quiet_until
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _end_of_quiet(now: datetime, timing: Timing) -> datetime:
    local = now.astimezone(ZoneInfo(timing.zone))
    is_over_midnight = local.hour * 60 + local.minute >= timing.quiet_until
    day = local.date() + timedelta(days=is_over_midnight)
    end = datetime.combine(day, time(*divmod(timing.quiet_until, 60)), tzinfo=local.tzinfo)
    # Where clocks are put back, the same time of day comes twice.
    return next(moment for fold in (0, 1) if (moment := end.replace(fold=fold).astimezone(now.tzinfo)) > now)


def within_ceiling(sent_at: Collection[datetime], now: datetime, zone: str) -> bool:
    """Return whether a runner may hear of one more thing by a channel today.

    `sent_at`: when they were sent, or perhaps sent, something by it that counts towards the ceiling.
    """
    tz = ZoneInfo(zone)
    today = now.astimezone(tz).date()
    ago = [(today - moment.astimezone(tz).date()).days for moment in sent_at]
    return sum(days <= 0 for days in ago) < MAX_A_DAY and sum(days < WEEK.days for days in ago) < MAX_A_WEEK


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts; None: it is given up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def is_old(happened_at: datetime, now: datetime) -> bool:
    """Return whether something happened too long ago to be sent."""
    return now - happened_at > MAX_AGE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that is due, and what decides whether it is sent now.

    `sent_at`: as `within_ceiling`. `is_limited`: it counts towards the ceiling. `is_resting`: it would nag its runner,
    who is on a break.
    """

    happened_at: datetime
    is_withdrawn: bool
    is_read: bool
    is_wanted: bool
    is_urgent: bool
    is_limited: bool
    timing: Timing
    sent_at: Collection[datetime] = ()
    is_resting: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryDecision:
    """What becomes of a delivery: it is sent now, waits until `due_at`, or never goes out, for `reason`."""

    state: DeliveryState
    reason: str = ""
    due_at: datetime | None = None


def decide(one: Candidate, now: datetime) -> DeliveryDecision:
    """Return what becomes of a delivery that is due."""
    if one.is_withdrawn or one.is_read or not one.is_wanted:
        reason = "withdrawn" if one.is_withdrawn else "read" if one.is_read else "not_wanted"
        return DeliveryDecision(DeliveryState.WITHDRAWN, reason)
    if one.is_resting:
        return DeliveryDecision(DeliveryState.WITHDRAWN, "on_break")
    if is_old(one.happened_at, now):
        return DeliveryDecision(DeliveryState.LEFT_TO_DIGEST, "old")
    if (moment := next_moment(now, one.timing, is_urgent=one.is_urgent)) > now:
        return DeliveryDecision(DeliveryState.WAITING, "quiet_hours", moment)
    if one.is_limited and not within_ceiling(one.sent_at, now, one.timing.zone):
        return DeliveryDecision(DeliveryState.LEFT_TO_DIGEST, "ceiling")
    return DeliveryDecision(DeliveryState.SENDING)
