"""What to read of a runner's list, and what a read proves. Pure.

An event is only a hint; Strava's list is the truth. Only an empty page ends a list, but reading every list to its empty
page doubles the price. So one page that brings everything that is stored, and is not nearly full, is taken for the
whole list: nothing stored was deleted. Strava may leave activities out of a page that is shorter than requested; for a
list this short, they come with the next read. The list is read to its end where certainty matters: at an initial
import, at the final sync before a challenge is frozen, at a backfill, on a nearly full page, and where several stored
activities are missing. A single activity that is missing, or announced and not there, is asked for by its id, which
costs the same and gives a certain answer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

# Strava compares UTC starts, challenges compare local dates: no zone is further from UTC than this.
ZONES_APART = timedelta(hours=14)
# A hidden start is shown as 00:00:01 of its day, up to a day from where Strava's `after` finds it.
HIDDEN_START_APART = timedelta(hours=26)
# A window that must cover a run begins this much before it.
AHEAD = HIDDEN_START_APART + timedelta(hours=1)
# If a runner has more runs than fit on a page, an event's read covers these days; the next full resync covers the rest.
RECENT = timedelta(days=10)
# A page of 200 surely has room for this many and for new ones. If more are stored, events read only the recent days.
FITS_A_PAGE = 150
NEARLY_FULL = 190
# An activity may be announced before it can be read, and one id may get no answer for a while. We ask for it again when
# the announcement is this old; after that the next full resync answers.
RETRY_AGES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))
# A stored activity that a read did not find, and a new one without figures, are asked for again after this long.
NOTE_RETRY = timedelta(minutes=5)
# Up to this many are asked for by their ids; if more are missing at once, the list is read instead.
MAX_SINGLE_READS = 20
# Strava gives the time of an event in whole seconds.
A_SECOND = timedelta(seconds=1)
# A read answers the events from before it. Strava's clock may differ, and its lists may lag, by this much.
SURELY_LISTED = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ReadWindow:
    """What to read: activities that start after `after`.

    `first_date`: the first local date from which it brings everything, None if it covers only the recent days.
    """

    after: datetime
    first_date: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """An activity that is stored already."""

    source_id: str
    start_utc: datetime
    start_hidden: bool


@dataclass(frozen=True, slots=True)
class ProcessedEvent:
    """An event that is done: what it said was updated, and when the read that answered it began."""

    updates: Mapping[str, str]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What an event says about an activity.

    `small`: only its title changed. `again`: it repeats a processed event (`is_repetition`). `retried`: we asked about
    it and got no answer. `missed`: not an event of Strava's, but our own record that a read did not find the activity.
    """

    source_id: str
    aspect: str
    at: datetime
    small: bool = False
    again: bool = False
    retried: bool = False
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """What events ask for: a list that brings `listed`, an answer on the stored `deleted`, and `single` ones by id.

    `hinted`: events named only a new title of activities that are not stored: a list brings them, or they are older.
    `missed`: stored ones that a read did not find; their ids are asked for again.
    """

    listed: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    hinted: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()

    @property
    def by_id(self) -> frozenset[str]:
        """Return the activities for which one call by id is the answer."""
        return self.deleted | self.single | self.missed

    @property
    def nothing(self) -> bool:
        return not self.ids

    @property
    def ids(self) -> frozenset[str]:
        """Return the activities that need an answer."""
        return self.listed | self.by_id | self.hinted

    @property
    def needs_list(self) -> bool:
        """Return whether a list answers best: one deletion, or one odd activity, costs the same by its id."""
        return bool(self.listed or self.hinted) or len(self.by_id) > 1


def whole_window(first_date: date) -> ReadWindow:
    """Return the window that covers every activity from this local date on, hidden starts too."""
    return ReadWindow(datetime.combine(first_date, time(), UTC) - ZONES_APART - AHEAD, first_date)


def recent_window(now: datetime, named: Iterable[Known]) -> ReadWindow:
    """Return the window of the recent days, widened to the stored activities that events name."""
    return ReadWindow(min([now - RECENT, *(known.start_utc - AHEAD for known in named)]), None)


def covered(known: Iterable[Known], window: ReadWindow) -> dict[str, Known]:
    """Return the stored activities that a list of this window has to bring, by id."""
    return {run.source_id: run for run in known if _covers(window.after, run)}


def is_inside(window: ReadWindow, local_date: date, start_utc: datetime) -> bool:
    """Return whether a whole list of this window has to bring an activity of this day."""
    return start_utc > window.after and (window.first_date is None or local_date >= window.first_date)


def _covers(after: datetime, run: Known) -> bool:
    return run.start_utc > after + (HIDDEN_START_APART if run.start_hidden else timedelta())


def is_repetition(updates: Mapping[str, str], at: datetime, done: Iterable[ProcessedEvent]) -> bool:
    """Return whether an event of the second `at` only repeats one that is done.

    `done`: events of the same activity, aspect and second. An activity can change twice in a second, so a read that
    began before the second was over may not have seen the later change. Our clock may differ from Strava's: an event
    that says something else is a repetition only after `SURELY_LISTED`.
    """
    return any(one.read_at >= at + (A_SECOND if one.updates == updates else A_SECOND + SURELY_LISTED) for one in done)


# What events ask for ----------------------------------------------------------------------------------------------


def owed_by(
    events: Iterable[EventSummary], stored: Collection[str], inside: Collection[str], read_at: datetime | None
) -> Owed:
    """Return what these events ask for.

    `stored`: the activities they name that are stored; `inside`: those of them that the next list covers. `read_at`:
    when the last full resync began.
    """
    by_activity: dict[str, list[EventSummary]] = {}
    for event in events:
        if not event.again:
            by_activity.setdefault(event.source_id, []).append(event)
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for source_id, of_one in by_activity.items():
        kind = _asks_for(of_one, stored=source_id in stored, read_at=read_at)
        if kind == "listed" and source_id in stored and source_id not in inside:
            kind = "single"
        asked[kind].add(source_id)
    return Owed(**{name: frozenset(ids) for name, ids in asked.items() if name})


def _asks_for(events: list[EventSummary], *, stored: bool, read_at: datetime | None) -> str:
    """Return what the events of one activity ask for, as a field of `Owed`, or "" for nothing."""
    last = max(event.at for event in events)
    answered = read_at is not None and last < read_at - SURELY_LISTED
    if all(event.missed for event in events):
        return "missed" if stored and not answered else ""
    events = [event for event in events if not event.missed]
    changes = [event for event in events if event.aspect != "delete"]
    retried = all(event.retried for event in events)
    # The deletion came after all other events. Within one second, only the list knows which came last.
    if not changes or max(event.at for event in changes) < max(event.at for event in events):
        return "deleted" if stored and (retried or not answered) else ""
    if retried:
        return "single"
    if stored:
        # It was read after it was created. Only hiding and showing it again is announced as a deletion and a creation.
        nothing_new = len(changes) == len(events) and all(event.aspect == "create" for event in changes)
        return "" if answered or nothing_new else "listed"
    # It is not stored: its creation was just announced, or was lost, or it is older than what is kept.
    if all(event.small for event in changes):
        return "" if answered else "hinted"
    made_now = any(event.aspect == "create" for event in changes) and not answered
    return "listed" if made_now else "single"


def retry_at(told_at: datetime, now: datetime) -> datetime | None:
    """Return when to ask again about something announced at `told_at` and not answered; None: not again."""
    return next((told_at + age for age in RETRY_AGES if told_at + age > now), None)


# What a read proves -----------------------------------------------------------------------------------------------


def is_more_owed(rows: int, missing_ids: Collection[str], absent_ids: Collection[str]) -> bool:
    """Return whether, after a first page of this many rows, the list is owed to its empty page.

    `absent_ids`: what events announced and did not come.
    """
    return rows >= NEARLY_FULL or len(missing_ids) > 1 or len(missing_ids) + len(absent_ids) > MAX_SINGLE_READS


def to_ask_for(missing_ids: Collection[str], announced: Collection[str], *, ended: bool) -> set[str]:
    """Return which of the missing activities are asked for by their id before they count as gone.

    A list that was read to its end proves a deletion that an event `announced`. A list alone may lag, and rows can
    move between its pages, so what no event explains is asked for as well, unless more than `MAX_SINGLE_READS` are
    missing: somebody deleted them on purpose. A list that was not read to its end proves nothing.
    """
    if not ended:
        return set(missing_ids)
    doubtful = set(missing_ids) - set(announced)
    return set() if len(doubtful) > MAX_SINGLE_READS else doubtful


def unread(bad: Collection[str], stored: Mapping[str, object] | Collection[str], owed: Owed) -> set[str]:
    """Return which unreadable rows to ask for by their id: new ones, and those that events name."""
    return {source_id for source_id in bad if source_id in owed.listed or source_id not in stored}
