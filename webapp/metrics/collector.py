"""The metrics for Prometheus. They are read at each request: no process keeps numbers or files of its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from integrations.strava.budget import BudgetState
from webapp.metrics.queries import InDatabase, InRedis, NotificationFigures

PREFIX = "chasepack_"


class MetricFigures(Collector):
    """Everything that was found. A part that does not answer is left out, and `chasepack_up` says so."""

    def __init__(self, database: InDatabase | None, redis: InRedis | None, seats: int | None, now: datetime) -> None:
        self.database, self.redis, self.seats, self.now = database, redis, seats, now

    def collect(self) -> Iterator[Metric]:
        """Yield every family of figures."""
        parts = {"database": int(self.database is not None), "redis": int(self.redis is not None)}
        yield _gauge("up", "Whether a part of the installation answers.", "part", parts)
        if self.redis:
            yield from _of_budget(self.redis.budget)
            yield from _of_redis(self.redis)
        if self.database:
            yield from _of_connections(self.database, self.seats)
            yield from _of_photos(self.database, self.now)
            yield from _of_events(self.database, self.now)
            yield from _of_notifications(self.database.notifications, self.now)


def _of_budget(state: BudgetState) -> Iterator[Metric]:
    used = GaugeMetricFamily(PREFIX + "budget_used", "Calls to Strava in this window.", labels=("window", "kind"))
    limit = GaugeMetricFamily(PREFIX + "budget_limit", "Calls that Strava allows.", labels=("window", "kind"))
    for name, window in (("quarter", state.quarter), ("day", state.day)):
        for kind, allowance in (("read", window.read), ("overall", window.overall)):
            used.add_metric((name, kind), allowance.used)
            limit.add_metric((name, kind), allowance.limit)
    yield used
    yield limit
    yield _number("gate_closed", "Whether calls to Strava are paused.", state.closed_until is not None)
    yield _number("gate_half_open", "Whether Strava refused us and one trial call goes first.", state.half_open)


def _of_redis(found: InRedis) -> Iterator[Metric]:
    yield _counter("reads", "Calls to Strava by reason.", "reason", _reads(found.counts))
    yield _counter("events", "Events that were posted to us, by outcome.", "kind", _named(found.counts, "event:"))
    yield _counter("signatures", "Signatures of events, by verdict.", "verdict", _named(found.counts, "signature:"))
    yield _gauge("jobs", "Jobs by state; failed ones are not tried again.", "state", found.jobs)
    yield _number("workers", "Workers that are alive.", found.workers)


def _of_connections(found: InDatabase, seats: int | None) -> Iterator[Metric]:
    yield _gauge("connections", "Connections to Strava by state.", "state", found.connections)
    yield _number("connections_given_up", "Connections that failed too often in a row.", found.outlook.given_up)
    yield _number("resyncs_due", "Connections that are due for a full resync.", found.outlook.resyncs_due)
    yield _number("looks_due", "The former name of resyncs_due.", found.outlook.resyncs_due)
    if found.subscribed is not None:
        yield _number("subscribed", "Whether Strava last said that our subscription is there.", found.subscribed)
    yield _number("seats_used", "Athletes who hold a seat.", found.seats_taken)
    if seats is not None:
        yield _number("seats_limit", "Athletes who may be connected, as SEATS says.", seats)
    yield _number("seats_waiting", "People who wait for a seat.", found.waiting_for_seat)


def _of_photos(found: InDatabase, now: datetime) -> Iterator[Metric]:
    text = "Time since the oldest stored photo was fetched."
    yield from _age("oldest_photo_age_seconds", text, found.oldest_photo_at, now)


def _of_events(found: InDatabase, now: datetime) -> Iterator[Metric]:
    yield _number("events_undone", "Events received and not processed yet.", found.events.undone)
    yield from _age("events_undone_age_seconds", "Age of the oldest of them.", found.events.oldest_at, now)
    last = "Time since Strava last posted an event about a runner."
    yield from _age("last_event_age_seconds", last, found.events.last_at, now)


def _of_notifications(found: NotificationFigures, now: datetime) -> Iterator[Metric]:
    yield _number("facts_untold", "Facts that not all of their readers were told.", found.untold)
    yield from _age("facts_untold_age_seconds", "Age of the oldest of them.", found.oldest_untold_at, now)
    family = GaugeMetricFamily(PREFIX + "deliveries", "Deliveries by mail and push.", labels=("channel", "state"))
    for labels, number in sorted(found.deliveries.items()):
        family.add_metric(labels, number)
    yield family
    due = "How long the oldest delivery that is due has waited."
    yield from _age("deliveries_due_age_seconds", due, found.oldest_due_at, now)


def _age(name: str, text: str, since: datetime | None, now: datetime) -> Iterator[Metric]:
    if since is not None:
        yield _number(name, text, max(0.0, (now - since).total_seconds()))


def _reads(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the reads by reason. Those of full resyncs are there under their former name as well, for one release."""
    reads = _named(counts, "read:")
    if resyncs := reads.pop("look", 0) + reads.pop("resync", 0):
        reads |= {"resync": resyncs, "look": resyncs}
    return reads


def _named(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}


def _number(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, text, value=float(value))


def _gauge(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=(label,))
    for value, number in sorted(values.items()):
        family.add_metric((value,), number)
    return family


def _counter(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, text, labels=(label,))
    for value, number in sorted(values.items()):
        family.add_metric((value,), number)
    return family
