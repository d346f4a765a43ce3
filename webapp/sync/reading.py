"""Reading: the calls that one pull makes of Strava, and what they prove."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from redis import RedisError

from integrations.strava.client import StravaClient
from integrations.strava.errors import NotThere, Unavailable
from integrations.strava.types import ActivityRow, BadRow, Page
from webapp.clock import Clock
from webapp.extensions import budget, settings
from webapp.sync import rules, windows
from webapp.sync.round import view_of
from webapp.sync.rules import UNRESERVED, Reason
from webapp.sync.tokens import with_token
from webapp.sync.windows import Known, Owed, Window

log = logging.getLogger(__name__)

# A guard against a list that never ends: twenty years of two runs a day are 75 pages.
MOST_PAGES = 500
# A first pull that was begun may pay so many pages from the reserve: most end with them, and nobody stops half-way.
FIRST_PAGES = 2


@dataclass(frozen=True)
class Task:
    """What to read. Without a window only single activities are asked for.

    `known`: what is held and the list has to bring; `named`: what is held of the activities that events name.
    """

    window: Window | None
    known: Mapping[str, Known]
    named: Collection[str]
    owed: Owed
    to_the_end: bool

    @property
    def covers_all(self) -> bool:
        """Tell whether the list brings everything that is to be held."""
        return self.window is not None and self.window.first_date is not None


@dataclass
class Read:
    """What came of it. `ended`: the list was read to its empty page; `doubtful`: something stayed unread."""

    rows: dict[str, ActivityRow] = field(default_factory=dict)
    bad_rows: list[BadRow] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    pages: int = 0
    ended: bool = False
    doubtful: bool = False

    def add(self, page: Page) -> None:
        self.pages += 1
        self.rows.update((row.source_id, row) for row in page.rows)
        self.bad_rows.extend(page.bad_rows)

    @property
    def bad_ids(self) -> set[str]:
        return {row.source_id for row in self.bad_rows if row.source_id} - self.rows.keys()

    @property
    def here(self) -> set[str]:
        """Return the ids of what came, readable or not."""
        return self.rows.keys() | self.bad_ids

    @property
    def nameless(self) -> bool:
        """Tell whether a row came that could be any."""
        return any(row.source_id is None for row in self.bad_rows)


class Calls:
    """The calls of one pull, each counted for its reason, with the reserve left alone where it is not for it."""

    def __init__(self, runner_id: int, athlete_id: int, clock: Clock, reason: Reason) -> None:
        self.runner_id, self.athlete_id, self.clock, self.reason = runner_id, athlete_id, clock, reason
        self._clients: list[StravaClient] = []

    @property
    def spent(self) -> int:
        """Return how many calls were made."""
        return sum(client.calls for client in self._clients)

    def page(self, window: Window, number: int) -> Page:
        begun = self.reason is Reason.FIRST and 1 < number <= FIRST_PAGES
        strava = self._free if begun or self.reason in UNRESERVED else self._thrifty
        return with_token(self.runner_id, self.clock, partial(self._page, strava, window, number))

    def _page(self, strava: StravaClient, window: Window, number: int, token: str) -> Page:
        return strava.activities(token, window.after, page=number)

    def single(self, source_id: str) -> ActivityRow | BadRow | None:
        """Return one activity; None where it is gone, or no longer for us to see, which is the same here."""
        strava = self._free if self.reason in UNRESERVED else self._thrifty
        try:
            return with_token(self.runner_id, self.clock, partial(self._single, strava, source_id))
        except NotThere:
            return None

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
            return self._free  # nobody counts then, and so nothing is called
        share = rules.reserve_of(self.reason)
        return self._client(rules.kept(view.quarter, now, share), rules.kept(view.day, now, share))

    def _client(self, keep: int, keep_of_day: int) -> StravaClient:
        our, now = settings(), self.clock.now
        kept = {"keep": keep, "keep_of_day": keep_of_day}
        client = StravaClient(
            our.api_base, our.strava_timeout, now=now, budget=budget(), reason=self.reason.value, **kept
        )
        self._clients.append(client)
        return client


class Reading:
    """One task, read. `on_page` is handed each page, `before_more` is called before each call after the first."""

    def __init__(
        self, calls: Calls, task: Task, on_page: Callable[[Page, Read], None], before_more: Callable[[], None]
    ) -> None:
        self.calls, self.task, self.on_page, self._before_more = calls, task, on_page, before_more
        self.read = Read()
        self._called = False

    def run(self) -> Read:
        """Make the calls that are owed and return what came. Raises StravaError."""
        owed = self.task.owed
        if self.task.window is None:
            self._ask(owed.single | owed.deleted)
            return self.read
        self._next_page()
        missing, absent = self.task.known.keys() - self.read.here, owed.listed - self.read.here
        if self.task.to_the_end or windows.is_more_owed(len(self.read.here), missing, absent):
            self._read_on()
        found = self._ask((owed.listed | owed.single | (owed.deleted - self.task.known.keys())) - self.read.here)
        if any(windows.is_inside(self.task.window, row.local_date, row.start_utc) for row in found):
            # It is there, and the list did not bring it: so the page was not the whole.
            self._read_on()
        self._judge()
        return self.read

    def _next_page(self) -> None:
        assert self.task.window is not None
        self._call()
        page = self.calls.page(self.task.window, self.read.pages + 1)
        if page.ended:
            self.read.ended = True
            return
        self.read.add(page)
        self.on_page(page, self.read)

    def _read_on(self) -> None:
        while not self.read.ended:
            if self.read.pages >= MOST_PAGES:
                raise Unavailable("Strava's list of activities does not end")
            self._next_page()

    def _judge(self) -> None:
        """Find what is gone, and ask for what the list left open."""
        read, task = self.read, self.task
        self._ask(windows.unread(read.bad_ids, task.known.keys() | set(task.named), task.owed))
        missing = task.known.keys() - read.here - read.gone
        # A row without a name may be any of them; and what left the recent days may lie in the older ones.
        ended = read.ended and not read.nameless and task.covers_all
        asked = windows.to_ask_for(missing, task.owed.deleted, ended=ended, pages=read.pages)
        self._ask(asked)
        if ended:
            read.gone |= missing - asked
        read.doubtful |= read.nameless

    def _ask(self, source_ids: Collection[str]) -> list[ActivityRow]:
        """Ask for activities by their ids; return those that are there."""
        wanted = sorted(source_ids)
        self.read.doubtful |= len(wanted) > windows.MOST_SINGLE
        found = []
        for source_id in wanted[: windows.MOST_SINGLE]:
            self._call()
            row = self.calls.single(source_id)
            if isinstance(row, ActivityRow):
                self.read.rows[row.source_id] = row
                found.append(row)
            elif row is None:
                self.read.gone.add(source_id)
            else:
                self.read.bad_rows.append(row)
                self.read.doubtful = True
        return found

    def _call(self) -> None:
        if self._called:
            self._before_more()
        self._called = True
