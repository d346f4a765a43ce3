"""The fewest reads by which a month can be lived through, computed from what Strava told in it.

This is what an engine spends that reads on every event with something new, resyncs each runner just before Strava's 48
hours are over, and never fails. An engine that spends less breaks one of these two rules. Changes whose event Strava
lost come with the next read, and cost nothing here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from sqlalchemy import select

from integrations.strava_simulator.store import Store, activity_fault, outbox
from tests.load.soak.crowd import Crowd
from tests.load.soak.people import Month
from webapp.rulebook.lifecycle import closes_at, days_end_at
from webapp.sync import rules
from webapp.sync.rules import final_sync_of

HOUR, DAY = 3600.0, 86_400.0
QUIET_S = 2.0
# A new title may come with other changes, which are read within the hour.
TITLE_S = rules.HINT_WAIT.total_seconds()
RESYNC_S = rules.GONE_WITHIN.total_seconds()
# A last read goes on to the empty page.
LAST_READ = 2
GRACE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Letter:
    """An event that came: when, and of what moment it tells. In epoch seconds."""

    came: float
    at: float


@dataclass(frozen=True, slots=True)
class MinimalReads:
    """Reads by events, resyncs, and final syncs before a challenge is frozen."""

    events: int = 0
    resyncs: int = 0
    final_syncs: int = 0


@dataclass
class Life:
    """One athlete's month. `final_syncs`: when such are due."""

    letters: list[Letter] = field(default_factory=list)
    final_syncs: list[float] = field(default_factory=list)
    is_resynced: bool = True


def minimal_reads(lives: Iterable[Life], begin: float, end: float) -> MinimalReads:
    """Return the fewest reads by which all of them can be lived through."""
    return MinimalReads(*map(sum, zip(*(astuple(_of_one(life, begin, end)) for life in lives), strict=True)))


def _of_one(life: Life, begin: float, end: float) -> MinimalReads:
    events = resyncs = final_syncs = 0
    read_at = begin
    owed = [(letter.came, letter.at, 1) for letter in life.letters] + [
        (due, end, LAST_READ) for due in life.final_syncs
    ]
    for came, at, price in sorted([*owed, (end, begin, 0)]):
        for resync in _resyncs(read_at, came) if life.is_resynced else ():
            read_at, resyncs = resync, resyncs + 1
        if not price or at <= read_at:  # the end, or what an earlier read has answered
            continue
        read_at = came + QUIET_S
        events, final_syncs = (events + 1, final_syncs) if price == 1 else (events, final_syncs + price)
    return MinimalReads(events, resyncs, final_syncs)


def _resyncs(since: float, until: float) -> Iterator[float]:
    """Yield when somebody is looked at between two reads."""
    while (since := since + RESYNC_S) < until:
        yield since


# As it was in the month -------------------------------------------------------------------------------------------


def of_month(crowd: Crowd, strava: Store, month: Month, left: Collection[int]) -> MinimalReads:
    """Return the fewest reads of the month. `left`: those who ended the connection in it; they need no resyncs."""
    begin, end = month.begin.timestamp(), month.end.timestamp()
    lives = {athlete_id: Life(is_resynced=athlete_id not in left) for athlete_id in crowd.entrants}
    for athlete_id, letter in _letters(strava, begin, end):
        lives[athlete_id].letters.append(letter)
    for ends_on in {contest.window[1] for contest in crowd.contests}:
        ended, closes = days_end_at(ends_on), closes_at(ends_on, GRACE_HOURS)
        for athlete_id in lives.keys() - set(left):
            due = final_sync_of(ended, closes, month.begin, crowd.entrants[athlete_id].runner_id).due_at.timestamp()
            lives[athlete_id].final_syncs += [due] if due < end else []
    return minimal_reads(lives.values(), begin, end)


def _letters(strava: Store, begin: float, end: float) -> Iterator[tuple[int, Letter]]:
    with strava.reading() as connection:
        sent = connection.execute(select(outbox.c.payload, outbox.c.state, outbox.c.due).order_by(outbox.c.id)).all()
    odd = _odd_until(strava)
    unheard = {
        one.payload["object_id"] for one in sent if one.state == "lost" and one.payload["aspect_type"] == "create"
    }
    for told, state, due in sent:
        if state not in ("lost", "refused") and begin < told["event_time"] < end and asks_for_a_read(told, unheard):
            came = max(due, told["event_time"]) + (TITLE_S if is_title_only(told) else 0.0)
            yield told["owner_id"], Letter(came, told["event_time"])
            until = odd.get(told["object_id"], 0.0)
            if told["aspect_type"] == "create" and came + QUIET_S < until < end:
                # It could not be read when it was told of, so it takes one read more.
                yield told["owner_id"], Letter(until, until)


def _odd_until(strava: Store) -> dict[int, float]:
    """Return until when activities could not be read whole: neither listed nor found, or without a start."""
    with strava.reading() as connection:
        rows = connection.execute(select(activity_fault).where(activity_fault.c.until.is_not(None))).all()
    return {
        row.activity_id: float(row.until)
        for row in rows
        if row.kind == "unreadable" or (row.kind == "shown" and row.shown.get("start_date_local", "") is None)
    }


def is_title_only(told: Mapping[str, Any]) -> bool:
    return told["aspect_type"] == "update" and set(told["updates"]) <= {"title"}


def asks_for_a_read(told: Mapping[str, Any], unheard: Collection[int]) -> bool:
    """Return whether an event is of something new: no deletion of what nobody was told of."""
    if told["object_type"] != "activity":
        return False
    return told["aspect_type"] != "delete" or told["object_id"] not in unheard
