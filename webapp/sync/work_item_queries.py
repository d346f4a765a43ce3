"""Reading what is due for one runner at the beginning of a sync."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from webapp.extensions import settings
from webapp.models.sync import Connection
from webapp.models.words import UNFINISHED, ConnectionState
from webapp.retention.queries import stored_from
from webapp.sync import due_queries, queries, rules, window_rules
from webapp.sync.fetch import FetchTask
from webapp.sync.queries import PendingEvent
from webapp.sync.rules import DueConnection, Reason
from webapp.sync.window_rules import EventSummary, Known, Owed

AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class WorkItem:
    """What is due and how to read it. Without a `reason` nothing is due; without a `task` nothing is to be read."""

    athlete_id: int
    reason: Reason | None
    task: FetchTask | None
    # Whether the runner watches the progress.
    watched: bool
    # Whether there was no full resync since the connection was made or renewed.
    fresh: bool
    # The first local date that is to be stored, and the one that is stored now.
    first_date: date
    read_from: date | None
    # Whether the grant is in doubt.
    unproven: bool
    # The events to be asked about now, and those of activities that wait to be asked about again.
    events: Sequence[PendingEvent]
    later_events: Sequence[PendingEvent]
    # Those of the events that are about activities and ask for nothing.
    idle: Sequence[PendingEvent]
    failures: int
    gave_up_at: datetime | None

    @property
    def ended(self) -> bool:
        """Return whether an event says that the grant has ended."""
        return any(rules.is_deauthorisation(event.object_type, event.updates) for event in self.events)

    @property
    def athlete_event_ids(self) -> list[int]:
        return [event.id for event in self.events if event.object_type == "athlete"]

    @property
    def idle_event_ids(self) -> list[int]:
        """Return the events that ask for nothing, whatever else is due."""
        return [event.id for event in self.idle] + ([] if self.ended else self.athlete_event_ids)

    @property
    def covers_all(self) -> bool:
        return self.task is not None and self.task.covers_all

    @property
    def removes(self) -> bool:
        """Return whether an event says that something was hidden or deleted."""
        return any(rules.removes(event.aspect, event.updates) for event in self.events)

    @property
    def event_ids(self) -> list[int]:
        return [event.id for event in self.events]


def work_item_of(runner_id: int, now: datetime) -> WorkItem | None:
    """Return what is due for a runner; None if they are not connected. The planner takes care of rests and leases."""
    connection, initial_import = queries.connection_of(runner_id), queries.initial_import_of(runner_id)
    if connection is None:
        return None
    first_date = _first_date(connection, now)
    known = queries.known_from(runner_id, first_date)
    asked = _asked_by_events(runner_id, known, connection.last_full_resync_at, now)
    watched_since = initial_import.asked_at if initial_import and initial_import.state in UNFINISHED else None
    one = due_queries.of(connection, watched_since, asked.ripe, now)
    deeper = connection.read_from is None or first_date < connection.read_from
    reason = _reason(one, asked.ripe, asked.idle, now)
    may_read = reason is not None and connection.state == ConnectionState.CONNECTED
    return WorkItem(
        athlete_id=connection.athlete_id,
        reason=reason,
        task=_task(now, one, known, asked, first_date, deeper=deeper) if may_read else None,
        watched=one.watched_since is not None,
        fresh=connection.last_full_resync_at is None,
        first_date=first_date,
        read_from=connection.read_from,
        unproven=queries.holds(runner_id, due_queries.unproven(now)),
        events=asked.ripe,
        later_events=asked.later,
        idle=asked.idle,
        failures=connection.failures,
        gave_up_at=connection.gave_up_at,
    )


@dataclass(frozen=True, slots=True)
class _AskedByEvents:
    """The events to be asked about now, those that wait, and those of the first that ask for nothing.

    `owed`: what they ask for; `named`: which of the activities they name are stored.
    """

    ripe: Sequence[PendingEvent]
    later: Sequence[PendingEvent]
    idle: Sequence[PendingEvent]
    owed: Owed
    named: Sequence[Known]


def _asked_by_events(
    runner_id: int, known: dict[str, Known], read_at: datetime | None, now: datetime
) -> _AskedByEvents:
    ripe, later = _ripe(queries.pending_events(runner_id), now)
    owed, named = _owed(runner_id, ripe, known, read_at)
    idle = [event for event in ripe if event.object_type == "activity" and str(event.object_id) not in owed.ids]
    return _AskedByEvents(ripe, later, idle, owed, named)


def _ripe(events: Sequence[PendingEvent], now: datetime) -> tuple[list[PendingEvent], list[PendingEvent]]:
    """Separate the events to be asked about now from those that wait; a new event includes all of its activity."""
    new = {event.object_id for event in events if event.retry_at is None or event.retry_at <= now}
    ripe = [event for event in events if event.object_id in new]
    return ripe, [event for event in events if event.object_id not in new]


def _first_date(connection: Connection, now: datetime) -> date:
    """Return the first local date that is to be stored; on the first read, earlier dates for the ledger as well."""
    first = stored_from(connection.runner_id, now.date(), settings().raw_days)
    if connection.read_from is not None:
        return first
    return min(first, now.date() - timedelta(days=settings().history_days))


def _owed(
    runner_id: int, events: Sequence[PendingEvent], known: dict[str, Known], read_at: datetime | None
) -> tuple[Owed, list[Known]]:
    """Return what the events ask for, and which of the activities they name are stored."""
    of_activities = [event for event in events if event.object_type == "activity"]
    if not of_activities:
        return Owed(), []
    named = queries.known_of(runner_id, {str(event.object_id) for event in of_activities})
    done = queries.events_done(runner_id, {event.object_id for event in of_activities})
    said = [
        EventSummary(
            str(event.object_id),
            event.aspect,
            event.event_time,
            small=event.small,
            retried=event.retry_at is not None,
            missed=event.updates == queries.MISSED,
            again=window_rules.is_repetition(
                event.updates, event.event_time, done.get((event.object_id, event.aspect, event.event_time), ())
            ),
        )
        for event in of_activities
    ]
    return window_rules.owed_by(said, {run.source_id for run in named}, known.keys(), read_at), named


def _reason(
    one: DueConnection, events: Sequence[PendingEvent], idle: Sequence[PendingEvent], now: datetime
) -> Reason | None:
    """Return why to read now. `idle`: the events that ask for nothing. The planner handles rests and quiet times."""
    mine = due_queries.with_events(one, [event for event in events if event not in idle], now)
    reason = rules.reason_for(replace(mine, ended=False, rest_until=None, busy_until=None), now, AT_ONCE)
    # The planner paid for an event that asks for nothing: its next round pays for the hint.
    return None if reason is Reason.HINT and idle else reason


def _task(
    now: datetime, one: DueConnection, known: dict[str, Known], asked: _AskedByEvents, first_date: date,
    *, deeper: bool,
) -> FetchTask | None:  # fmt: skip
    """Return what to read: the whole stored window if it fits a page or is due, otherwise what events ask for."""
    due = (
        deeper
        or one.final_sync is not None
        or one.resync_due
        or one.asked_at is not None
        or one.watched_since is not None
    )
    named = [run.source_id for run in asked.named]
    if not due and asked.owed.nothing:
        return None
    window = window_rules.whole_window(first_date)
    if not due and len(known) > window_rules.FITS_A_PAGE:
        window = window_rules.recent_window(now, asked.named)
    to_the_end = deeper or one.final_sync is not None or one.watched_since is not None
    by_id = not due and not asked.owed.needs_list
    return FetchTask(
        window, window_rules.covered(known.values(), window), named, asked.owed, to_the_end=to_the_end, by_id=by_id
    )
