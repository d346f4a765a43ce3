"""The states of a challenge over time, and the teams that entries are in."""

import calendar
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo


class State(StrEnum):
    """Where a challenge is in time; `state_of` says when each begins."""

    COMING = "coming"
    OPEN = "open"
    GRACE = "grace"
    CLOSED = "closed"


# Runs that are reported now still count.
COUNTING = (State.OPEN, State.GRACE)

DEFAULT_GRACE_HOURS = 24
MAX_GRACE_HOURS = 168
# Runners who could not be read are waited for until this long after closing.
MAX_WAIT = timedelta(hours=24)
# In its last days, organisers of a challenge that no other follows are asked to go on.
ASK_DAYS = 7
# The "recent mileage" of an even draw is that of the eight weeks before the first date.
MILEAGE_DAYS = 56
# Midnight at UTC-12, the last place on Earth where a date ends, in UTC.
LAST_MIDNIGHT = time(12, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 2000, 2100
# Invisible characters that join others.
UNSEEN = {ord(joiner): None for joiner in "\u200c\u200d\u034f"}

T = TypeVar("T")


def state_of(
    starts_on: date, ends_on: date, grace_hours: int, tz: str, now: datetime, closed_at: datetime | None = None
) -> State:
    """Return the state of a challenge.

    It opens when the first date begins in the group's time zone, which decides when a month begins on the page. It goes
    into grace when the last date has ended everywhere (UTC-12), so that no runner's last day is cut short, and is
    closed from `closes_at` on.
    """
    if now >= closes_at(ends_on, grace_hours, closed_at):
        return State.CLOSED
    if now >= days_end_at(ends_on):
        return State.GRACE
    return State.OPEN if now.astimezone(ZoneInfo(tz)).date() >= starts_on else State.COMING


def days_end_at(ends_on: date) -> datetime:
    """Return the moment at which `ends_on` is over everywhere."""
    return datetime.combine(ends_on + timedelta(days=1), LAST_MIDNIGHT)


def closes_at(ends_on: date, grace_hours: int, closed_at: datetime | None = None) -> datetime:
    """Return when a challenge closes: `grace_hours` after its days, or before that when an organiser closed it."""
    by_itself = days_end_at(ends_on) + timedelta(hours=grace_hours)
    return by_itself if closed_at is None else min(by_itself, closed_at)


def ended_by(now: datetime) -> date:
    """Return the latest date that is over everywhere."""
    return (now - timedelta(days=1, hours=LAST_MIDNIGHT.hour)).date()


def may_freeze(closes: datetime, created_at: datetime, unread: int, now: datetime) -> bool:
    """Return whether enough time has passed to freeze a challenge that closes then.

    `unread`: how many runners had no full resync since the days ended, since they joined, and since it was made. The
    challenge waits for them, but not longer than `MAX_WAIT` after closing, or after a challenge of past days was made.
    """
    return now >= closes and (unread == 0 or now >= final_by(closes, created_at))


def final_by(closes: datetime, created_at: datetime) -> datetime:
    """Return the moment at which a challenge that closes then no longer waits for runners who could not be read."""
    return max(closes, created_at) + MAX_WAIT


def runs_needed_from(first_start: date | None, today: date, raw_days: int) -> date:
    """Return the first date whose runs are needed: never later than `raw_days` ago.

    `first_start`: the first date of the earliest challenge that is not frozen, None without one. One more day is kept,
    for the run that missed the window by an hour and whose owner wants to know why.
    """
    recent = today - timedelta(days=raw_days)
    return recent if first_start is None else min(recent, first_start - timedelta(days=1))


def days_left(today: date, ends_on: date) -> int:
    """Return how many days are left, today included; 0 after the last."""
    return max(0, (ends_on - today).days + 1)


def month_window(year: int, month: int) -> tuple[date, date]:
    """Return the first and the last date of a month. Raises ValueError if there is no such month."""
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def month_from(text: str) -> tuple[int, int] | None:
    """Return (2026, 11) for "2026-11"; None if the text is no month."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text.strip())
    if not found:
        return None
    year, month = int(found[1]), int(found[2])
    return (year, month) if FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 else None


def month_name(year: int, month: int) -> str:
    """Return "November 2026"."""
    return f"{calendar.month_name[month]} {year}"


def needs_successor(days_left: int, state: State, *, is_last: bool, renews: bool) -> bool:
    """Return whether organisers are asked to go on, because no challenge follows one that is ending or over.

    `is_last`: no other challenge of the group ends later. `renews`: a series makes the next one.
    """
    return state in COUNTING and days_left <= ASK_DAYS and is_last and not renews


def pick_current(states: Iterable[tuple[T, State, date]]) -> T | None:
    """Return the challenge that a group's pages show: open or in grace, otherwise the next one, otherwise the last.

    Takes (challenge, state, first date). Open ones come before those in grace; of several, the one that began last.
    """
    order = {State.OPEN: 3, State.GRACE: 2, State.COMING: 1, State.CLOSED: 0}

    def weight(item: tuple[T, State, date]) -> tuple[int, int]:
        _, state, starts_on = item
        return order[state], -starts_on.toordinal() if state is State.COMING else starts_on.toordinal()

    best = max(states, key=weight, default=None)
    return best[0] if best else None


@dataclass(frozen=True, slots=True)
class Stint:
    """A runner's time in a team: from `from_date` to `to_date`, both included; None if it goes on."""

    team_id: int
    from_date: date
    to_date: date | None


def moved(stints: Sequence[Stint], team_id: int | None, starts_on: date, today: date) -> list[Stint]:
    """Return the stints of an entry that is in `team_id` (None: in no team) from now on.

    Up to the first date of the challenge, nothing has been run for a team, so the new team replaces the old one. Later,
    past days stay with the team they were run for, and the new stint begins today.
    """
    begin = max(today, starts_on)
    past = [_cut(stint, begin) for stint in stints if begin > starts_on and stint.from_date < begin]
    if team_id is None:
        return past
    if past and past[-1].team_id == team_id and past[-1].to_date == begin - timedelta(days=1):
        return [*past[:-1], replace(past[-1], to_date=None)]
    return [*past, Stint(team_id, begin, None)]


def _cut(stint: Stint, begin: date) -> Stint:
    last = begin - timedelta(days=1)
    return replace(stint, to_date=last if stint.to_date is None else min(stint.to_date, last))


def smallest_team(sizes: Sequence[tuple[int, int]]) -> int | None:
    """Return the smallest team, the first of equal ones. `sizes`: (team, members) in team order."""
    return min(sizes, key=lambda team: team[1])[0] if sizes else None


def spread_evenly(runners: Sequence[int], teams: Sequence[int]) -> dict[int, int]:
    """Return {runner: team}, one runner after the other into the smallest team; empty without teams."""
    return {runner: teams[n % len(teams)] for n, runner in enumerate(runners)} if teams else {}


def draw_evenly(mileage: Mapping[int, int], teams: int, seed: str) -> list[list[int]]:
    """Draw runners into `teams` teams of about the same mileage; the same seed draws the same teams.

    mileage: {runner: metres}. In each round, every team gets one runner, and the team with the least mileage so far
    gets the strongest one left. Sizes differ by one at most, sums by no more than the range of the widest round.
    """
    drawn: list[list[int]] = [[] for _ in range(teams)]
    sums = [0] * teams
    order = sorted(mileage, key=lambda runner: (-mileage[runner], _lot(seed, "runner", runner)))
    for first in range(0, len(order), teams):
        weakest = sorted(range(teams), key=lambda team: (sums[team], _lot(seed, "team", team)))
        for team, runner in zip(weakest, order[first : first + teams], strict=False):
            drawn[team].append(runner)
            sums[team] += mileage[runner]
    return drawn


def _lot(seed: str, kind: str, number: int) -> str:
    # A digest draws the same lot on every machine and in every Python.
    return hashlib.sha256(f"{seed}:{kind}:{number}".encode()).hexdigest()


def names_from(text: str) -> list[str]:
    """Return the names in a text with one name per line; blank lines are skipped."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def doubled(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, apart from capitals, widths and joiners."""
    keys = [_looks(name) for name in names]
    return [name for place, name in enumerate(names) if keys[place] in keys[:place]]


def _looks(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().translate(UNSEEN)


def filled_up(names: Sequence[str], count: int) -> list[str]:
    """Return `count` names: the given ones, then "Team 3", "Team 4" and so on, each once."""
    taken = {_looks(name) for name in names}
    spare = (f"Team {n}" for n in range(1, 2 * count + len(names) + 1))
    fresh = [name for name in spare if _looks(name) not in taken]
    return [*names, *fresh][:count]
