"""The sync of one runner: claim, read what is due, ingest; and what is recorded when Strava refuses.

A sync spans calls over the network, so it makes its own transactions, and none is open while it waits for an answer.
It has a lease on the runner, renewed before each further call. A worker that finds it expired may begin again, since
ingesting the same rows twice changes nothing. What a sync could not do is still due, and the planner plans it again.
"""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from integrations.strava.errors import StravaError
from integrations.strava.types import ActivityPage, ActivityRow
from webapp.activities import transfer_service
from webapp.activities.queries import lock_runners
from webapp.clock import Clock
from webapp.db import db, write_transaction
from webapp.extensions import settings
from webapp.leaderboards.service import show_runner
from webapp.models.sync import Connection, InitialImport, StoredEvent
from webapp.models.words import UNFINISHED, ConnectionState, ImportState
from webapp.retention.queries import stored_from
from webapp.rulebook.runs import raw_from
from webapp.sync import due_queries, queries, quota_service, rules, service, window_rules
from webapp.sync.fetch import Calls, Fetcher, FetchResult
from webapp.sync.token_service import has_ended, prove
from webapp.sync.work_item_queries import WorkItem, work_item_of

log = logging.getLogger(__name__)


class LostLease(Exception):
    """Another worker has the lease on this runner now, or the runner is gone."""


def sync_runner(runner_id: int, clock: Clock) -> bool:
    """Read what is due for a runner and ingest it. Commits. Returns whether more has come in meanwhile.

    Spends no read when nothing is due or another process has the lease. A failure is recorded with the connection, in
    words for its owner, then raised as StravaError.
    """
    work = _RunnerSync(runner_id, clock)
    try:
        return work.run()
    except LostLease:
        log.warning("sync stopped: another one took over", extra={"runner": runner_id})
        return False
    except StravaError as error:
        work.fail(error)
        raise
    except Exception:  # after any error, the lease must not outlive the sync; the job layer handles the rest
        work.break_off()
        raise
    finally:
        work.count()


class _RunnerSync:
    """A sync that is running."""

    item: WorkItem

    def __init__(self, runner_id: int, clock: Clock) -> None:
        self.runner_id, self.clock = runner_id, clock
        self.started = clock.now()
        self.began = time.monotonic()
        self.calls: Calls | None = None
        self.changes: Counter[str] = Counter()
        self.lease: datetime | None = None
        self.on_second_quota = False

    def run(self) -> bool:
        """Do what is due, and return whether more has come in meanwhile."""
        if not self._claim_due():
            return False
        if self.item.ended and self._has_ended():
            return False
        if self.item.unproven:
            prove(self.runner_id, self.clock)
        if self.item.reason is None or self.item.task is None:
            return self._release()
        self.calls = Calls(self.runner_id, self.item.athlete_id, self.clock, self.item.reason)
        read = Fetcher(self.calls, self.item.task, self._record_page, self._renew).run()
        more = self._finish(read)
        log.info("sync finished", extra=self._log_fields())
        return more

    def count(self) -> None:
        """Count the reads against the athlete's read quota."""
        if self.calls is not None:
            now, second = self.clock.now(), self.on_second_quota
            quota_service.record_reads(self.calls.athlete_id, self.calls.spent, now, removals=second)

    # Claiming ----------------------------------------------------------------------------------------------------

    def _claim_due(self) -> bool:
        """Take the lease and find what is due. Return False if another worker has it or there is nothing to do."""
        with write_transaction():
            return self._claim() and self._is_to_read()

    def _is_to_read(self) -> bool:
        item = work_item_of(self.runner_id, self.started)
        if item is None:
            raise LostLease
        self.item = item
        self._close_events(item.idle_event_ids)
        unread = item.ended or item.unproven
        is_due = unread or item.task is not None
        rest = self._rest_of_quota() if is_due and not unread else None
        if rest is not None:
            self._update_connection(syncing_until=None, rest_until=rest, problem=rules.QUOTA_WORDS)
            self._update_initial_import(problem=rules.QUOTA_WORDS)
            log.warning("sync skipped: runner is over their read quota", extra={"runner": self.runner_id})
        elif not is_due:
            self._update_connection(syncing_until=None)
        return is_due and rest is None

    def _rest_of_quota(self) -> datetime | None:
        """Return until when the runner is over their read quota; removals have a second quota."""
        rest = quota_service.remaining_of(self.item.athlete_id, self.started)
        if rest is None or not self.item.removes:
            return rest
        second = quota_service.remaining_of(self.item.athlete_id, self.started, removals=True)
        self.on_second_quota = second is None
        return None if second is None else min(rest, second)

    def _claim(self) -> bool:
        until = self._lease_from(self.started)
        free = or_(Connection.syncing_until.is_(None), Connection.syncing_until < self.started)
        alive = or_(Connection.state != ConnectionState.DEAUTHORISED, due_queries.unproven(self.started))
        taken = update(Connection).where(Connection.runner_id == self.runner_id, alive, free)
        found = db.session.scalar(taken.values(syncing_until=until).returning(Connection.runner_id))
        self.lease = until if found is not None else None
        return found is not None

    def _lease_from(self, now: datetime) -> datetime:
        return rules.lease_until(now, rules.sync_lease(settings().strava_timeout), self.clock.speed)

    def _has_ended(self) -> bool:
        """Ask Strava whether the grant has ended, as an event says, because events may be forged."""
        ended = has_ended(self.runner_id, self.clock)
        with self._transaction():
            if ended:
                service.end_connection(self.runner_id, self.clock.now())
            else:
                self._close_events(self.item.athlete_event_ids)
        return ended

    def _release(self) -> bool:
        with self._transaction():
            self._update_connection(syncing_until=None)
        return False

    # Writing -----------------------------------------------------------------------------------------------------

    def _renew(self) -> None:
        with self._transaction():
            pass

    def _record_page(self, page: ActivityPage, read: FetchResult) -> None:
        """Log what could not be read. Where someone watches, ingest the page at once and move the bar."""
        for row in page.bad_rows:
            fields = {"runner": self.runner_id, "activity": row.source_id}
            log.warning("activity skipped: %s", row.reason, extra=fields)
        if not self.item.watched:
            return
        with self._transaction_for(page.rows, read) as claims:
            shown = {"pages_read": read.pages, "runs_ingested": len(read.rows)}
            self._update_initial_import(state=ImportState.READING, problem=None, **shown)
            self._store(page.rows, claims)

    def _finish(self, read: FetchResult) -> bool:
        """Ingest, derive and record what was done, all or nothing. Return whether more has come in meanwhile."""
        with self._transaction_for(list(read.rows.values()), read) as claims:
            self._ingest(read, claims)
            return queries.has_more_events(self.runner_id)

    def _ingest(self, read: FetchResult, claims: Mapping[str, int]) -> None:
        # A read that was cut off proves nothing about what it lacks.
        covers = self.item.covers_all and read.cut_off is None
        if covers:
            # Runs before `read_from` are not ingested, so a backfill moves it first.
            self._update_connection(**self._resynced(read))
        self._resolve_events(read)
        self._store(list(read.rows.values()), claims, read.gone)
        if self.item.fresh:
            # A runner who comes back is on the boards again, even if no run has changed.
            show_runner(self.runner_id)
        if self.item.watched:
            shown = {"pages_read": read.pages, "runs_ingested": len(read.rows)}
            self._update_initial_import(state=ImportState.DONE, ended_at=self.clock.now(), problem=None, **shown)
        rest = rules.back_at(self.clock.now(), read.cut_off.retry_after) if read.cut_off else None
        self._update_connection(
            problem=None, failures=0, rest_until=rest, gave_up_at=None, syncing_until=None, unauthorised_since=None,
            **(self._next_resync(read) if covers else {}),
        )  # fmt: skip

    def _resolve_events(self, read: FetchResult) -> None:
        """Close answered events, postpone the others, and record stored activities that are missing."""
        now, left_open = self.clock.now(), read.open
        answered = [one.id for one in self.item.later_events if str(one.object_id) in read.here - left_open]
        named = set()
        for event in self.item.events:
            is_open = str(event.object_id) in left_open and event.object_type == "activity"
            retry_at = window_rules.retry_at(event.event_time, now) if is_open else None
            if retry_at is None:
                answered.append(event.id)
            else:
                named.add(str(event.object_id))
                db.session.execute(update(StoredEvent).where(StoredEvent.id == event.id).values(retry_at=retry_at))
        self._close_events(answered)
        service.ask_again(self.runner_id, read.missing - named, queries.MISSED, now)
        service.ask_again(self.runner_id, self._unmeasured(read) - named, queries.UNMEASURED, now)

    def _unmeasured(self, read: FetchResult) -> set[str]:
        """Return the ids of new activities that Strava still seems to be processing."""
        yesterday = self.started - rules.STILL_PROCESSED
        new = [row for row in read.rows.values() if row.is_unmeasured and row.start_utc > yesterday]
        known = {run.source_id for run in queries.known_of(self.runner_id, [row.source_id for row in new])}
        return {row.source_id for row in new} - known

    def _store(self, rows: Collection[ActivityRow], claims: Mapping[str, int], gone: Collection[str] = ()) -> None:
        first = self.item.first_date
        if self.item.read_from is None:
            # The list reaches back a little further than what is to be stored.
            rows = [row for row in rows if row.local_date >= first]
        old, now = raw_from(self.started.date(), settings().raw_days), self.clock.now()
        taken, _ = service.read_in(self.runner_id, list(rows), gone, raw_from=old, claims=claims, now=now)
        self.changes.update(new=taken.new, changed=taken.changed, removed=taken.removed)

    def _resynced(self, read: FetchResult) -> dict[str, Any]:
        values: dict[str, Any] = {"last_full_resync_at": self.started}
        if self.item.read_from is None or self.item.first_date < self.item.read_from:
            values["read_from"] = self.item.first_date
        return values

    def _next_resync(self, read: FetchResult) -> dict[str, Any]:
        """Return when the next full resync is due: at once if it was asked for, or became needed, during this sync."""
        asked_at = db.session.scalar(
            select(Connection.full_resync_asked_at).where(Connection.runner_id == self.runner_id)
        )
        needed = stored_from(self.runner_id, self.started.date(), settings().raw_days)
        if (asked_at is not None and asked_at > self.started) or needed < self.item.first_date:
            return {"next_full_resync_at": None}
        if read.doubtful:
            return {"next_full_resync_at": self.started + rules.DOUBTFUL_RESYNC}
        idle = queries.is_idle(self.runner_id, self.started.date())
        hours, fresh = settings().resync_hours, self.item.fresh
        return {"next_full_resync_at": rules.next_resync(self.started, hours, self.runner_id, idle=idle, fresh=fresh)}

    # Failing -----------------------------------------------------------------------------------------------------

    def fail(self, error: StravaError) -> None:
        """Record a failure with the connection and with the watched import, and give up the lease."""
        kind = type(error).__name__
        log.warning("sync failed: %s: %s", kind, error, extra=self._log_fields())
        db.session.rollback()
        if self.lease is None:
            return
        words = rules.words_of(kind)
        # A failure that only the runner can resolve is already recorded with the connection, unless they have resolved
        # it meanwhile. So is an outage.
        recorded = kind in rules.RECONNECT or kind == "ManyRefused"
        values = {} if recorded else {"problem": words, **self._rest(error.retry_after)}
        with contextlib.suppress(LostLease), self._transaction():
            self._update_connection(syncing_until=None, **values)
            lost = not values and not queries.is_connected(self.runner_id)
            if lost:
                # Connecting again reads everything, so no information from events is lost.
                self._close_events(self.item.event_ids)
            if values or lost:
                ended = {"state": ImportState.FAILED, "ended_at": self.clock.now()} if error.permanent else {}
                self._update_initial_import(problem=words, **ended)

    def break_off(self) -> None:
        """Record an unforeseen failure, so that the planner does not run into it again and again."""
        db.session.rollback()
        if self.lease is None:
            return
        with contextlib.suppress(LostLease), self._transaction():
            self._update_connection(syncing_until=None, problem=rules.OTHER_WORDS, **self._rest(None))

    def _rest(self, retry_after: float | None) -> dict[str, Any]:
        """Return how long to skip the runner. If Strava told us to wait, that is no failure of theirs."""
        now = self.clock.now()
        if retry_after is not None:
            return {"rest_until": rules.back_at(now, retry_after)}
        failures = self.item.failures + 1
        rest: dict[str, Any] = {"failures": failures, "rest_until": now + rules.rest_after(failures, self.runner_id)}
        if failures >= rules.MAX_FAILURES and self.item.gave_up_at is None:
            rest["gave_up_at"] = now
        return rest

    def _log_fields(self) -> dict[str, Any]:
        """Return the fields of this sync's log line."""
        fields: dict[str, Any] = {"runner": self.runner_id, "seconds": round(time.monotonic() - self.began, 3)}
        if self.calls is None:
            return fields
        changes = {name: self.changes[name] for name in ("new", "changed", "removed")}
        return {**fields, "reason": self.calls.reason.value, "reads": self.calls.spent, **changes}

    # With the runner locked --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction_for(self, rows: Sequence[ActivityRow], read: FetchResult) -> Iterator[dict[str, int]]:
        """Run a block as `_transaction` does, with those runners locked as well whose activities are now this runner's.

        Yields the claims on those activities.
        """
        claimed = transfer_service.claims(self.runner_id, self.item.athlete_id, rows, read.listed)
        with self._transaction(claimed.values()):
            yield claimed

    @contextlib.contextmanager
    def _transaction(self, others: Collection[int] = ()) -> Iterator[None]:
        """Run a block as one transaction that locks the runner (and `others`), and renew the lease. Raises LostLease.

        Locks: first runners, then connections, then what is derived, as everywhere.
        """
        before = self.lease
        try:
            with write_transaction():
                lock_runners({self.runner_id, *others})
                until = self._lease_from(self.clock.now())
                self._update_connection(syncing_until=until)
                self.lease = until
                yield
        except BaseException:
            self.lease = before  # reload it from the database
            raise

    def _update_connection(self, **values: Any) -> None:
        """Change the connection while the lease is ours. Raises LostLease otherwise, so nothing of ours is kept."""
        ours = (Connection.runner_id == self.runner_id) & (Connection.syncing_until == self.lease)
        changed = update(Connection).where(ours).values(**values).returning(Connection.runner_id)
        if db.session.scalar(changed) is None:
            raise LostLease

    def _update_initial_import(self, **values: Any) -> None:
        watched = (InitialImport.runner_id == self.runner_id) & InitialImport.state.in_(UNFINISHED)
        db.session.execute(update(InitialImport).where(watched).values(**values))

    def _close_events(self, event_ids: Collection[int]) -> None:
        if event_ids:
            done = update(StoredEvent).where(StoredEvent.id.in_(event_ids))
            db.session.execute(done.values(done_at=self.started))
