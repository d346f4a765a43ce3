"""What the operator's page says: what is wrong, what to do about it, and charts of the last 24 hours."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.admin.clock_rules import in_words
from webapp.models.words import ConnectionState, SubscriptionState

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
DRAWN = timedelta(hours=24)
# The schedule enqueues a sample every minute; after this much real time without one it is taken for dead.
SAMPLE_MISSED = timedelta(minutes=5)
# The page warns when the daily check of the subscription has had no answer for this long.
CHECK_MISSED = timedelta(days=3)
# How long a step of the clock stays on the page.
STEP_SHOWN = timedelta(days=3)

# Why a read is made, in the words of the page; the last reason is for reads that only Strava counted.
REASONS: Mapping[str, str] = {
    "event": "events",
    "first": "initial imports",
    "closing": "final syncs",
    "asked": "asked for",
    "resync": "full resyncs",
    "other": "others",
    "elsewhere": "counted only by Strava",
}
# Redis still has counts under names of the version before.
FORMER_REASONS: Mapping[str, str] = {"look": "resync"}
# Why a runner would be read now, the highest priority first: for one runner, and for several.
PLANNED: Mapping[str, tuple[str, str]] = {
    "end": ("end to confirm", "ends to confirm"),
    "first": ("initial import", "initial imports"),
    "event": ("event", "events"),
    "closing": ("final sync", "final syncs"),
    "asked": ("asked for", "asked for"),
    "hint": ("new title", "new titles"),
    "resync": ("full resync", "full resyncs"),
}
EVENTS: Mapping[str, str] = {
    "taken": "accepted",
    "unknown_owner": "of athletes who are not connected here",
    "wrong_subscription": "of another subscription",
    "wrong_address": "sent to a wrong address",
    "malformed": "not in the form of an event",
    "bad_signature": "with a wrong signature",
    "too_large": "too large",
    "other_object": "about something we do not read",
}
# Verdicts on the signatures of events, in words.
SIGNATURES: Mapping[str, str] = {
    "right": "right",
    "wrong": "wrong",
    "stale": "right, but more than five minutes old",
    "unchecked": "not checked: STRAVA_WEBHOOK_KEY is not set",
    "missing": "none",
}
SUBSCRIPTION: Mapping[SubscriptionState | None, str] = {
    None: "not checked yet",
    SubscriptionState.OURS: "there, and ours",
    SubscriptionState.GONE: "gone",
    SubscriptionState.ELSEWHERE: "replaced by one for another address",
}
SUBSCRIPTION_LOST: Mapping[SubscriptionState | None, str] = {
    SubscriptionState.GONE: "Strava has dropped the subscription. Run: flask --app wsgi strava subscribe",
    SubscriptionState.ELSEWHERE: (
        "Another installation subscribed for this application. Run: flask --app wsgi strava subscribe"
    ),
}
STATES: Mapping[ConnectionState, str] = {
    ConnectionState.CONNECTED: "Connected",
    ConnectionState.NEEDS_RECONNECT: "Waiting for their runner to connect again",
    ConnectionState.DEAUTHORISED: "Ended on Strava, erased within a week",
}


TONES = ("bad", "warn")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something an operator should know: how bad, what it is, and what to do. Tones are those of the pages."""

    tone: str
    title: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """What alerts are derived from. `sampled_at`: when the last sample was taken; None: never."""

    redis_answers: bool
    workers: int = 0
    sampled_at: datetime | None = None
    closed_why: str | None = None
    half_open: bool = False
    subscribed_to: str | None = None
    callback_url: str = ""
    # What Strava last said of the subscription; None: it was not asked.
    subscription_found: SubscriptionState | None = None
    # When it said so, otherwise when the subscription was made.
    subscription_seen_at: datetime | None = None
    # Signatures of events that failed, while none has been right.
    failing_signatures: int = 0
    given_up: int = 0
    # Runners whose sync failed several times in a row, and who are not given up.
    failing: int = 0
    # Refused in an outage, which excuses them until then; sealed with a missing key; restored from a backup.
    refused: int = 0
    excused_until: datetime | None = None
    keyless: int = 0
    unconfirmed: int = 0
    dead_jobs: int = 0
    # When the clock was last seen to be set, and how far (negative: back).
    clock_set_at: datetime | None = None
    clock_step: timedelta = timedelta(0)
    oldest_resync: datetime | None = None


def alerts(health: SystemHealth, now: datetime, speed: float) -> list[Alert]:
    """Return what is wrong, the worst first."""
    found = [
        *_of_the_machine(health, now, speed),
        *_of_strava(health, now, speed),
        *_of_grants(health),
        *_of_runners(health, now),
    ]
    found += _of_the_clock(health, now)
    return sorted(found, key=lambda alert: TONES.index(alert.tone))


def _of_the_machine(health: SystemHealth, now: datetime, speed: float) -> Iterable[Alert]:
    if not health.redis_answers:
        yield Alert(
            "bad",
            "Redis does not answer",
            "Pages work, but jobs do not, so no runs come in. Nothing is lost: waiting work is in the database. "
            "Start Redis again, and check the disk that it writes to.",
        )
    elif not health.workers:
        yield Alert(
            "bad",
            "No worker is running",
            "No runs come in until one is. Start it again; its log says why it ended.",
        )
    elif not is_alive(health.sampled_at, now, speed):
        yield Alert(
            "bad",
            "The schedule is not running",
            "Either no runner is read until it runs again, or the queue is too long for it to show. "
            "Start it again; its log says why it ended.",
        )


def _of_strava(health: SystemHealth, now: datetime, speed: float) -> Iterable[Alert]:
    if health.closed_why:
        yield gate_alert(health.closed_why, half_open=health.half_open)
    yield from _of_subscription(health, now, speed)
    if health.failing_signatures:
        yield Alert(
            "warn",
            "No Strava signature matches STRAVA_WEBHOOK_KEY",
            "Events are still accepted, because none has matched yet. Check the key, or leave it empty.",
        )


def _of_subscription(health: SystemHealth, now: datetime, speed: float) -> Iterable[Alert]:
    if health.subscribed_to is None:
        yield Alert(
            "warn",
            "Strava does not tell us about new runs",
            "There is no subscription, so runs come in only with full resyncs, hours late. "
            "Run: flask --app wsgi strava subscribe",
        )
    elif health.subscribed_to != health.callback_url:
        yield Alert(
            "warn",
            "Strava sends its events to another address",
            "PUBLIC_URL or SECRET_KEY has changed since the subscription was made. "
            "Run: flask --app wsgi strava subscribe",
        )
    elif health.subscription_found in SUBSCRIPTION_LOST:
        yield Alert("warn", "Strava no longer tells us about new runs", SUBSCRIPTION_LOST[health.subscription_found])
    elif health.subscription_seen_at and now - health.subscription_seen_at > CHECK_MISSED * max(1.0, speed):
        yield Alert(
            "warn",
            "The subscription has not been checked for three days",
            "Strava gave no usable answer each time, so it may be gone. Run: flask --app wsgi strava status",
        )


def gate_alert(why: str, *, half_open: bool) -> Alert:
    """Return why calls to Strava are paused. `why` is the text of the error that closed the gate."""
    after = "Then one test call is made."
    if half_open:
        after = "One test call goes first; if Strava answers it, reading resumes."
    if "switched" in why:
        return Alert(
            "bad",
            "Strava has put this application on hold",
            f"Most likely the Strava subscription of the application’s owner has lapsed: renew it there. {after}",
        )
    if "client id" in why:
        return Alert(
            "bad",
            "Strava does not know this application",
            f"Compare CHASEPACK_STRAVA_CLIENT_ID and its secret with Strava’s settings page, and restart. {after}",
        )
    return Alert(
        "warn",
        "Strava’s limit is reached",
        "Nothing is lost: reading resumes when the limit resets. If it happens often, ask Strava for more.",
    )


def _of_grants(health: SystemHealth) -> Iterable[Alert]:
    if health.keyless:
        yield Alert(
            "bad",
            f"The key to {_connections(health.keyless)} is missing",
            "Put the older key back into TOKEN_KEYS, behind the new one, or into keys.json, and restart. "
            "Reading then resumes, and nobody has to connect again.",
        )
    if health.excused_until:
        yield Alert(
            "bad",
            f"Strava refuses {_connections(health.refused)} all at once",
            "This is treated as an outage: nobody is hidden, and each is tried again every hour. Any still refused "
            f"after {health.excused_until:%a %d %b, %H:%M} UTC counts as ended, and its runner is erased a week later. "
            "Check https://status.strava.com, and the settings of your application on Strava.",
        )
    if health.unconfirmed:
        yield Alert(
            "warn",
            f"A restored backup holds {_connections(health.unconfirmed)} that Strava has not confirmed yet",
            "Their runners stay hidden until then, usually for a few minutes.",
        )


def _of_the_clock(health: SystemHealth, now: datetime) -> Iterable[Alert]:
    if health.clock_set_at is None or abs(now - health.clock_set_at) > STEP_SHOWN:
        return
    size, when = in_words(health.clock_step), f"{health.clock_set_at:%a %d %b, %H:%M} UTC"
    if health.clock_step < timedelta(0):
        yield Alert(
            "warn",
            f"The clock was put back {size} on {when}",
            "Times that were set too far ahead are ignored, and runners are read as usual. Challenges that closed "
            "while the clock was ahead stay closed. Check that the machine’s time service runs.",
        )
    else:
        yield Alert(
            "warn",
            f"The clock was set {size} ahead on {when}",
            "If that was wrong, correct it at once, before challenges close too early; times that were set too far "
            "ahead are then ignored. If it was right, or the machine was paused, there is nothing to do.",
        )


def _connections(count: int) -> str:
    return "a connection" if count == 1 else f"{count:,} connections"


def _of_runners(health: SystemHealth, now: datetime) -> Iterable[Alert]:
    if health.failing:
        some = "A runner" if health.failing == 1 else f"{health.failing} runners"
        yield Alert(
            "warn",
            f"{some} could not be read several times in a row",
            "We try again automatically, with longer and longer pauses, and nothing is lost. If there are many, "
            "check https://status.strava.com, and whether this machine can reach Strava.",
        )
    if health.given_up:
        text = "A runner is given up" if health.given_up == 1 else f"{health.given_up} runners are given up"
        yield Alert("warn", text, "Reading them failed ten times in a row. See the reason below, and try again.")
    if health.dead_jobs:
        text = "A job has failed for good" if health.dead_jobs == 1 else f"{health.dead_jobs} jobs have failed for good"
        yield Alert("warn", text, "See the reasons below. Scheduled jobs usually find what was left undone.")
    if health.oldest_resync and now - health.oldest_resync > timedelta(hours=48):
        yield Alert(
            "warn",
            "Some runners have had no full resync for more than 48 hours",
            "What they deleted on Strava may still be here. The quota is too small, or nothing was read for a long "
            "time.",
        )


def is_alive(sampled_at: datetime | None, now: datetime, speed: float) -> bool:
    """Return whether the schedule has taken a sample recently, in real time and not by a faster clock."""
    # A sample far ahead is from before the clock was put back.
    return sampled_at is not None and abs(now - sampled_at) < SAMPLE_MISSED * max(1.0, speed)


def planned_in_words(by_reason: Mapping[str, int]) -> str:
    """Return "2 events, 1 full resync", or "nobody"."""
    parts = [f"{count:,} {PLANNED[reason][count > 1]}" for reason, count in by_reason.items()]
    return ", ".join(parts) or "nobody"


# Plots ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HourBar:
    """One bar: when it begins, and its parts from the bottom up; None where nothing was counted."""

    start: datetime
    parts: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class AdminPlot:
    """Bars of the last 24 hours. `keys` and `names` are those of the parts; `hours`: the same, a bar an hour."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    bars: Sequence[HourBar]
    hours: Sequence[HourBar]

    @property
    def top(self) -> int:
        """Return the height of the highest bar."""
        return max((sum(bar.parts) for bar in self.bars if bar.parts), default=0)

    @property
    def totals(self) -> tuple[int, ...]:
        """Return the sum of each part over all bars."""
        columns = zip(*(bar.parts for bar in self.bars if bar.parts), strict=True)
        return tuple(sum(column) for column in columns) or (0,) * len(self.keys)


def reads_plot(quarters: Sequence[tuple[datetime, Mapping[str, int]]]) -> AdminPlot:
    """Draw the reads of each quarter hour by reason; only reasons that occur have a part."""
    occurring = {_known(reason) for _, reads in quarters for reason, count in reads.items() if count}
    keys = tuple(reason for reason in REASONS if reason in occurring) or ("event",)
    bars = [HourBar(start, _parts(reads, keys)) for start, reads in quarters]
    return AdminPlot(keys, tuple(REASONS[key] for key in keys), bars, by_hour(bars, sum))


def _known(reason: str) -> str:
    reason = FORMER_REASONS.get(reason, reason)
    return reason if reason in REASONS else "other"


def _parts(reads: Mapping[str, int], keys: Sequence[str]) -> tuple[int, ...]:
    return tuple(sum(count for reason, count in reads.items() if _known(reason) == key) for key in keys)


def plot_of(
    name: str, values: Mapping[datetime, int], now: datetime, step: timedelta, *, missing: int | None
) -> AdminPlot:
    """Draw one value per step; `missing` is used where there is none (None: unknown)."""
    bars = []
    for start in starts(now, step):
        value = values.get(start, missing)
        bars.append(HourBar(start, None if value is None else (value,)))
    return AdminPlot(("value",), (name,), bars, by_hour(bars, max))


def starts(now: datetime, step: timedelta) -> list[datetime]:
    """Return when the steps of the last 24 hours begin; the last step contains `now`."""
    size, last = int(step.total_seconds()), int(now.timestamp())
    last -= last % size
    return [datetime.fromtimestamp(second, UTC) for second in range(last - 86_400 + size, last + 1, size)]


def by_hour(bars: Sequence[HourBar], join: Callable[[tuple[int, ...]], int]) -> list[HourBar]:
    """Return one bar per hour; `join` combines the values of one part within the hour."""
    hours: dict[datetime, list[tuple[int, ...]]] = {}
    for bar in bars:
        within = hours.setdefault(bar.start.replace(minute=0, second=0, microsecond=0), [])
        if bar.parts is not None:
            within.append(bar.parts)
    return [
        HourBar(hour, tuple(join(same) for same in zip(*within, strict=True)) if within else None)
        for hour, within in hours.items()
    ]
