"""The calls to Strava that one sync makes, and what they prove."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from redis import RedisError

from integrations.strava.client import StravaClient
from integrations.strava.errors import NotTheirs, NotThere, Paused, RateLimited, Refused, StravaError, Unavailable
from integrations.strava.types import ActivityPage, ActivityRow, BadRow
from webapp.clock import Clock
from webapp.extensions import budget, settings
from webapp.sync import rules, window_rules
from webapp.sync.planning_queries import view_of
from webapp.sync.rules import UNRESERVED, Reason
from webapp.sync.token_service import with_token
from webapp.sync.window_rules import Known, Owed, ReadWindow

log = logging.getLogger(__name__)

# A limit for a list that never ends: twenty years of two runs a day are 75 pages.
MAX_PAGES = 500
# Pages that an initial import may take from the reserve once begun. Most need no more, so they do not stop half-way.
FIRST_PAGES = 2
# After this many ids in a row without an answer, the ids are not the cause.
FAILED_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class FetchTask:
    """What to read. With `by_id` single activities are asked for, and the list only where their ids are not answered.

    `known`: stored activities that the list has to bring; `named`: stored activities that events name.
    """

    window: ReadWindow
    known: Mapping[str, Known]
    named: Collection[str]
    owed: Owed
    to_the_end: bool
    by_id: bool = False

    @property
    def covers_all(self) -> bool:
        """Return whether the list is read and has to bring everything that is to be stored."""
        return not self.by_id and self.window.first_date is not None


@dataclass
class FetchResult:
    """The result of a read.

    `gone`: proven to be so. `not_found`: their ids answered 404, which alone proves nothing; `missing`: those of them
    that are stored and not proven to be gone, and stored ones that the list lacks and Strava did not answer for.
    `unanswered`: ids that Strava failed to answer for. `ended`: the list was read to its empty page; `doubtful`:
    something stayed unread; `cut_off`: why no further call was made.
    """

    rows: dict[str, ActivityRow] = field(default_factory=dict)
    # The ids that the runner's own list brought.
    listed: set[str] = field(default_factory=set)
    bad_rows: list[BadRow] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    not_found: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    cut_off: StravaError | None = None
    pages: int = 0
    ended: bool = False
    doubtful: bool = False

    def add(self, page: ActivityPage) -> None:
        self.pages += 1
        self.rows.update((row.source_id, row) for row in page.rows)
        self.listed.update(row.source_id for row in page.rows)
        self.bad_rows.extend(page.bad_rows)

    @property
    def bad_ids(self) -> set[str]:
        return {row.source_id for row in self.bad_rows if row.source_id} - self.rows.keys()

    @property
    def here(self) -> set[str]:
        """Return the ids of the activities that came, readable or not."""
        return self.rows.keys() | self.bad_ids

    @property
    def open(self) -> set[str]:
        """Return the ids about which a later answer may say more."""
        unmeasured = {row.source_id for row in self.rows.values() if row.is_unmeasured}
        return (self.not_found - self.gone - self.missing) | self.unanswered | self.bad_ids | unmeasured

    @property
    def nameless(self) -> bool:
        """Return whether a row without an id came, which may be any activity."""
        return any(row.source_id is None for row in self.bad_rows)


class Calls:
    """The calls of one sync, each counted for its reason. Only the reasons it is meant for may use the reserve."""

    def __init__(self, runner_id: int, athlete_id: int, clock: Clock, reason: Reason) -> None:
        self.runner_id, self.athlete_id, self.clock, self.reason = runner_id, athlete_id, clock, reason
        self._clients: list[StravaClient] = []

    @property
    def spent(self) -> int:
        """Return how many calls were made."""
        return sum(client.calls for client in self._clients)

    def page(self, window: ReadWindow, number: int) -> ActivityPage:
        begun = self.reason is Reason.FIRST and 1 < number <= FIRST_PAGES
        strava = self._free if begun or self.reason in UNRESERVED else self._thrifty
        return with_token(self.runner_id, self.clock, partial(self._page, strava, window, number))

    def _page(self, strava: StravaClient, window: ReadWindow, number: int, token: str) -> ActivityPage:
        return strava.activities(token, window.after, page=number)

    def single(self, source_id: str) -> ActivityRow | BadRow:
        """Return one activity. Raises StravaError; NotThere: it is gone, hidden from us, or not there yet."""
        strava = self._free if self.reason in UNRESERVED else self._thrifty
        return with_token(self.runner_id, self.clock, partial(self._single, strava, source_id))

    def _single(self, strava: StravaClient, source_id: str, token: str) -> ActivityRow | BadRow:
        return strava.activity(token, source_id, self.athlete_id)

    @cached_property
    def _free(self) -> StravaClient:
        return self._client(0, 0)

    @cached_property
    def _thrifty(self) -> StravaClient:
        now = self.clock.now()
        try:
            view = view_of(budget().state())
        except RedisError:
            return self._free  # without Redis nothing is counted, and so no call is made
        share = rules.reserve_of(self.reason)
        return self._client(rules.reserved(view.quarter, now, share), rules.reserved(view.day, now, share))

    def _client(self, keep: int, keep_of_day: int) -> StravaClient:
        our, now = settings(), self.clock.now
        kept = {"keep": keep, "keep_of_day": keep_of_day}
        client = StravaClient(
            our.api_base, our.strava_timeout, now=now, budget=budget(), reason=self.reason.value, **kept
        )
        self._clients.append(client)
        return client


class Fetcher:
    """Carries out one task. `on_page` gets each page, `before_more` is called before each call after the first."""

    def __init__(
        self,
        calls: Calls,
        task: FetchTask,
        on_page: Callable[[ActivityPage, FetchResult], None],
        before_more: Callable[[], None],
    ) -> None:
        self.calls, self.task, self.on_page, self._before_more = calls, task, on_page, before_more
        self.read = FetchResult()
        self._called = False
        # Ids in a row that were not answered.
        self._failed = 0

    def run(self) -> FetchResult:
        """Make the calls that are due and return what came. Raises StravaError if nothing came."""
        if self.task.by_id:
            self._ask(self.task.owed.by_id)
        if not self.task.by_id or self.read.unanswered:
            # If the list comes and one id gets no answer, that id is the cause; otherwise Strava is.
            self._read_list()
        self._judge()
        return self.read

    def _read_list(self) -> None:
        owed = self.task.owed
        self._next_page()
        missing, absent = self.task.known.keys() - self.read.here, owed.listed - self.read.here
        if self.task.to_the_end or window_rules.is_more_owed(len(self.read.here), missing, absent):
            self._read_on()
        elsewhere = (owed.deleted | owed.missed) - self.task.known.keys()
        found = self._ask((owed.listed | owed.single | elsewhere) - self.read.here)
        if any(window_rules.is_inside(self.task.window, row.local_date, row.start_utc) for row in found):
            # It is there, and the list did not bring it: so the page was not the whole.
            self._read_on()
        self._ask(window_rules.unread(self.read.bad_ids, self.task.known.keys() | set(self.task.named), owed))
        self._ask_for_missing()

    def _next_page(self) -> None:
        self._call()
        page = self.calls.page(self.task.window, self.read.pages + 1)
        if page.ended:
            self.read.ended = True
            return
        self.read.add(page)
        self.on_page(page, self.read)

    def _read_on(self) -> None:
        while not self.read.ended:
            if self.read.pages >= MAX_PAGES:
                raise Unavailable("Strava's list of activities does not end")
            self._next_page()

    def _ask_for_missing(self) -> None:
        """Ask for what the list left open, and find what is gone."""
        read, announced = self.read, self.task.owed.deleted
        missing = self._missing()
        asked = window_rules.to_ask_for(missing, announced, ended=self._is_whole)
        self._ask(asked)
        if announced & read.unanswered:
            self._read_on()
        if self._is_whole:
            read.gone |= (missing - asked) | (announced & read.unanswered & self._missing())
        read.doubtful |= read.nameless
        read.missing |= self._missing() & read.unanswered

    def _missing(self) -> set[str]:
        return self.task.known.keys() - self.read.here - self.read.gone

    @property
    def _is_whole(self) -> bool:
        """Return whether the list was read to its end, so that what it lacks is not on Strava.

        A row without a name may be any of them; and what left the recent days may lie in the older ones.
        """
        return self.read.ended and not self.read.nameless and self.task.window.first_date is not None

    def _judge(self) -> None:
        """Find what is proven to be gone: by two answers, or by one answer and an event."""
        read, owed = self.read, self.task.owed
        stored = self.task.known.keys() | set(self.task.named)
        proven = owed.deleted | owed.missed
        if self._is_whole:
            proven |= self.task.known.keys() - owed.listed - owed.single
        read.gone |= read.not_found & proven
        read.missing |= (read.not_found & stored) - read.gone

    def _ask(self, source_ids: Collection[str]) -> list[ActivityRow]:
        """Ask for activities by their ids, each once; return those that are there."""
        wanted = sorted(set(source_ids) - self.read.not_found - self.read.unanswered - self.read.gone)
        self.read.doubtful |= len(wanted) > window_rules.MAX_SINGLE_READS
        found = (self._single(source_id) for source_id in wanted[: window_rules.MAX_SINGLE_READS])
        return [row for row in found if row is not None]

    def _single(self, source_id: str) -> ActivityRow | None:
        """Ask for one activity and record the answer; return the activity if it can be read."""
        read = self.read
        if read.cut_off is not None:
            read.unanswered.add(source_id)
            return None
        self._call()
        try:
            row = self.calls.single(source_id)
        except NotTheirs:
            read.gone.add(source_id)
        except NotThere:
            read.not_found.add(source_id)
        except (Unavailable, Refused, RateLimited, Paused) as error:
            self._record_failure(source_id, error)
        else:
            return self._record_row(row)
        return None

    def _record_row(self, row: ActivityRow | BadRow) -> ActivityRow | None:
        self._failed = 0
        if isinstance(row, ActivityRow):
            self.read.rows[row.source_id] = row
            return row
        self.read.bad_rows.append(row)
        self.read.doubtful = True
        return None

    def _record_failure(self, source_id: str, error: StravaError) -> None:
        """Record that an id got no answer. Once there is a list, a failure of Strava as a whole ends the calls."""
        log.warning("activity not answered: %s", error, extra={"activity": source_id})
        self._failed += 1
        concerns_all = error.retry_after is not None or self._failed >= FAILED_IN_A_ROW
        if concerns_all and not self.read.pages and not self.read.ended:
            raise error
        self.read.cut_off = error if concerns_all else None
        self.read.unanswered.add(source_id)
        self.read.doubtful = True

    def _call(self) -> None:
        if self._called:
            self._before_more()
        self._called = True
