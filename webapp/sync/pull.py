"""One pull: reading a runner's activities from Strava, and what is done when Strava does not let us.

A pull spans calls over the network, so it makes its own transactions, and none is open while it waits for an answer.
It holds the runner by a lease that it renews with each page; whoever finds it run out may begin anew, since the same
rows taken in twice are the same rows.
"""

import contextlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from redis import RedisError
from sqlalchemy import or_, update

from integrations.strava.client import StravaClient
from integrations.strava.errors import NotThere, RateLimited, StravaError, Unavailable
from integrations.strava.types import ActivityRow, BadRow, Page
from webapp.activities.queries import hold_runners
from webapp.activities.rules import raw_from
from webapp.clock import Clock
from webapp.extensions import begin_write, db, redis_client, settings
from webapp.leaderboards.service import show_runner
from webapp.queue import ask
from webapp.sync import queries, rules, service, windows
from webapp.sync.models import Connection, FirstPull, InboxEvent
from webapp.sync.tokens import is_dead, with_token
from webapp.sync.windows import Hint, Window

log = logging.getLogger(__name__)

# The limits are the application's, so one runner's refusal is a rest for all.
REST_KEY = "chasepack:strava:rest-until"
# A guard against a list that never ends: twenty years of two runs a day are 75 pages.
MOST_PAGES = 500
# So many missing runs are asked for one by one; more at once were deleted on purpose.
MOST_CONFIRMED = 20
UNFINISHED = ("waiting", "reading")


class LostLease(Exception):
    """Somebody else works for this runner now, or the runner is gone."""


@dataclass(frozen=True)
class Plan:
    """What there is to do for a runner, as it stood when the pull began."""

    state: str
    whole: bool
    watched: bool
    # Not read whole since it was (once more) connected.
    fresh: bool
    event_ids: Sequence[int]
    hints: Collection[Hint]
    ended: bool
    first_challenge_date: date | None

    @property
    def is_due(self) -> bool:
        return self.state == "connected" and (self.whole or bool(self.event_ids))


@dataclass
class Read:
    """What a list brought, read to its empty page."""

    rows: dict[str, ActivityRow] = field(default_factory=dict)
    bad_rows: list[BadRow] = field(default_factory=list)
    pages: int = 0

    def add(self, page: Page) -> None:
        self.pages += 1
        self.rows.update((row.source_id, row) for row in page.rows)
        self.bad_rows.extend(page.bad_rows)

    @property
    def unreadable(self) -> set[str | None]:
        return {row.source_id for row in self.bad_rows}

    @property
    def ids(self) -> set[str]:
        return set(self.rows) | {source_id for source_id in self.unreadable if source_id}


def pull(runner_id: int, clock: Clock) -> bool:
    """Read what is due for a runner and take it in. Commits. Returns whether more has come in meanwhile.

    Spends no read when nothing is due or another process is at it. A failure is noted with the connection, in words
    for its owner, then raised as StravaError.
    """
    lease = _claim(runner_id, clock)
    if lease is None:
        return False
    work = _Pull(runner_id, clock, lease)
    try:
        work.run()
    except LostLease:
        log.warning("pull of runner %s: another one has taken over", runner_id)
        return False
    except StravaError as error:
        work.fail(error)
        raise
    except Exception:
        db.session.rollback()
        work.let_go()
        raise
    return bool(queries.undone_events(runner_id)) and work.plan.state == "connected"


def _claim(runner_id: int, clock: Clock) -> datetime | None:
    """Take the lease of a runner; None where another one holds it or there is nothing to hold."""
    now = clock.now()
    until = rules.lease_until(now, rules.LEASE, clock.speed)
    free = or_(Connection.pulling_until.is_(None), Connection.pulling_until < now)
    alive = Connection.state != "deauthorised"
    begin_write()
    taken = update(Connection).where(Connection.runner_id == runner_id, alive, free).values(pulling_until=until)
    found = db.session.scalar(taken.returning(Connection.runner_id))
    db.session.commit()
    return until if found is not None else None


class _Pull:
    """A pull at work."""

    plan: Plan

    def __init__(self, runner_id: int, clock: Clock, lease: datetime) -> None:
        self.runner_id, self.clock, self.lease = runner_id, clock, lease
        self.started = clock.now()
        self.strava = StravaClient(settings().api_base, settings().strava_timeout, now=clock.now)

    def run(self) -> None:
        """Do what is due."""
        self.plan = self._plan()
        db.session.commit()
        if not self.plan.is_due and not self.plan.ended:
            return self.let_go()
        # An event says that the runner ended it. Events are not signed, so Strava is asked.
        if self.plan.ended and is_dead(self.runner_id, self.clock):
            return self._end()
        _refuse_while_resting(self.started)
        window, read, gone = self._bring()
        return self._finish(window, read, gone)

    def _plan(self) -> Plan:
        connection = queries.connection_of(self.runner_id)
        if connection is None:
            raise LostLease
        events, first = queries.undone_events(self.runner_id), queries.first_pull_of(self.runner_id)
        first_date = queries.first_challenge_date(self.runner_id)
        looked = windows.Looked(connection.looked_at, connection.read_from, connection.look_asked_at)
        watched = first is not None and first.state in UNFINISHED
        return Plan(
            state=connection.state,
            whole=watched or windows.should_look(looked, first_date, settings().look_hours, self.started),
            watched=watched,
            fresh=looked.at is None,
            event_ids=[event.id for event in events],
            hints={Hint(str(event.object_id), event.aspect) for event in events if event.object_type == "activity"},
            ended=any(rules.is_deauthorisation(event.object_type, event.updates) for event in events),
            first_challenge_date=first_date,
        )

    # Reading ---------------------------------------------------------------------------------------------------

    def _bring(self) -> tuple[Window, Read, set[str]]:
        """Read the window that is due, and return it with what it brought and what it proves to be gone."""
        if not self.plan.whole:
            named = queries.known_of(self.runner_id, {hint.source_id for hint in self.plan.hints})
            window = windows.recent_window(self.started, named)
            read = self._read(window)
            gone = self._gone(window, read)
            if not windows.needs_whole(self.plan.hints, read.ids, gone):
                return window, read, gone
        window = windows.whole_window(self.started, settings().history_days, self.plan.first_challenge_date)
        read = self._read(window)
        return window, read, self._confirmed(read, self._gone(window, read))

    def _read(self, window: Window) -> Read:
        read = Read()
        for number in range(1, MOST_PAGES + 1):
            page = with_token(self.runner_id, self.clock, partial(self._page, window, number))
            if page.ended:
                return read
            read.add(page)
            self._note_page(page, read)
        raise Unavailable("Strava's list of activities does not end")

    def _page(self, window: Window, number: int, token: str) -> Page:
        return self.strava.activities(token, window.after, page=number)

    def _gone(self, window: Window, read: Read) -> set[str]:
        known = queries.known_after(self.runner_id, window.after)
        return windows.gone_of(known, read.rows, read.unreadable, window.after)

    def _confirmed(self, read: Read, gone: set[str]) -> set[str]:
        """Return those of `gone` that are gone beyond doubt.

        While a list of several pages is read, a deletion moves later rows onto pages that were read already. So what
        no event explains is asked for by its id.
        """
        doubtful = gone - {hint.source_id for hint in self.plan.hints if hint.aspect == "delete"}
        if read.pages < 2 or len(doubtful) > MOST_CONFIRMED:
            return gone
        return gone - {source_id for source_id in doubtful if self._is_there(source_id)}

    def _is_there(self, source_id: str) -> bool:
        try:
            with_token(self.runner_id, self.clock, lambda token: self.strava.activity(token, source_id))
        except NotThere:
            return False
        return True

    # Writing ---------------------------------------------------------------------------------------------------

    def _note_page(self, page: Page, read: Read) -> None:
        """Renew the lease; where someone watches, take the page in at once and move the bar."""
        for row in page.bad_rows:
            log.warning("runner %s: activity %s set aside: %s", self.runner_id, row.source_id, row.reason)
        self._begin()
        touched = self._take_watched(page, read) if self.plan.watched else set()
        db.session.commit()
        _ask_to_publish(touched)

    def _take_watched(self, page: Page, read: Read) -> set[int]:
        self._update_first_pull(state="reading", pages_read=read.pages, runs_taken_in=len(read.rows), problem=None)
        return service.read_in(self.runner_id, page.rows, raw_from=self._raw_from)

    def _finish(self, window: Window, read: Read, gone: set[str]) -> None:
        """Take in, derive, and note what was done, all or nothing; then ask for what follows."""
        self._begin()
        # What is older than `read_from` is not taken in, so a deeper look moves it first.
        looked = {"looked_at": self.started, "read_from": window.first_date} if window.first_date else {}
        self._update_connection(**looked, problem=None)
        touched = service.read_in(self.runner_id, list(read.rows.values()), gone, raw_from=self._raw_from)
        if self.plan.fresh:
            # Who comes back stands on the boards again, even where not one run has changed.
            touched |= show_runner(self.runner_id)
        if self.plan.watched:
            self._end_first_pull(read)
        self._work_off_events()
        self._update_connection(state="connected", problem=None, rest_until=None, pulling_until=None)
        db.session.commit()
        _ask_to_publish(touched)

    @property
    def _raw_from(self) -> date:
        return raw_from(self.started.date(), settings().raw_days)

    def _end_first_pull(self, read: Read) -> None:
        now, runs = self.clock.now(), len(read.rows)
        self._update_first_pull(state="done", pages_read=read.pages, runs_taken_in=runs, ended_at=now, problem=None)

    def _end(self) -> None:
        """The runner took the connection back on Strava."""
        self._begin()
        self._work_off_events()
        touched = service.end_connection(self.runner_id, self.clock.now())
        db.session.commit()
        for challenge_id in sorted(touched):
            ask("jobs.chase.derive_overtakes", challenge_id)

    def fail(self, error: StravaError) -> None:
        """Note a failure with the connection and with the pull that is watched; let the runner go."""
        now, kind = self.clock.now(), type(error).__name__
        log.warning("pull of runner %s: %s: %s", self.runner_id, kind, error)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            _rest(now.timestamp() + error.retry_after)
        words, rest = rules.words_of(kind), now + timedelta(seconds=error.retry_after or 1200)
        # What only the runner can mend stands with the connection already, unless they have mended it meanwhile.
        noted = {} if kind in rules.RECONNECT else {"problem": words, "rest_until": rest}
        db.session.rollback()
        with contextlib.suppress(LostLease):
            self._begin()
            self._update_connection(pulling_until=None, **noted)
            if noted or not self._is_connected():
                ended = {"state": "failed", "ended_at": now} if error.permanent else {}
                self._update_first_pull(problem=words, **ended)
        db.session.commit()

    def _is_connected(self) -> bool:
        connection = queries.connection_of(self.runner_id)
        return connection is not None and connection.state == "connected"

    def let_go(self) -> None:
        """Give the lease back, if it is still ours."""
        begin_write()
        with contextlib.suppress(LostLease):
            self._update_connection(pulling_until=None)
        db.session.commit()

    def _begin(self) -> None:
        """Begin a transaction that has the runner for itself, and renew the lease. Raises LostLease.

        The order of the locks is that of everybody: first runners, then connections, then what is derived.
        """
        begin_write()
        hold_runners([self.runner_id])
        until = rules.lease_until(self.clock.now(), rules.LEASE, self.clock.speed)
        self._update_connection(pulling_until=until)
        self.lease = until

    def _update_connection(self, **values: object) -> None:
        """Change the connection while it is ours. Raises LostLease when it is not, and nothing of ours may stand."""
        ours = (Connection.runner_id == self.runner_id) & (Connection.pulling_until == self.lease)
        changed = update(Connection).where(ours).values(**values).returning(Connection.runner_id)
        if db.session.scalar(changed) is None:
            db.session.rollback()
            raise LostLease

    def _update_first_pull(self, **values: object) -> None:
        watched = (FirstPull.runner_id == self.runner_id) & FirstPull.state.in_(UNFINISHED)
        db.session.execute(update(FirstPull).where(watched).values(**values))

    def _work_off_events(self) -> None:
        done = update(InboxEvent).where(InboxEvent.id.in_(self.plan.event_ids))
        db.session.execute(done.values(done_at=self.clock.now()))


def _ask_to_publish(challenge_ids: Collection[int]) -> None:
    for challenge_id in sorted(challenge_ids):
        ask("jobs.leaderboards.publish", challenge_id)


def _rest(until: float) -> None:
    with contextlib.suppress(RedisError):
        redis_client().set(REST_KEY, until, ex=86_400)


def _refuse_while_resting(now: datetime) -> None:
    """Raise RateLimited while Strava would refuse: a refused request is counted against us all the same."""
    try:
        until = float(redis_client().get(REST_KEY) or 0)
    except RedisError:
        return
    if until > now.timestamp():
        raise RateLimited("Strava's limit of requests was reached", retry_after=until - now.timestamp())
