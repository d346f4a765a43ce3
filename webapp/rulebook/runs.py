"""What a run is: its class of sport, how fast a human can be, and which of two recordings of the same time counts."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

RUNNING = frozenset({"Run", "TrailRun", "VirtualRun"})
ON_FOOT = frozenset({"Walk", "Hike", "Snowshoe"})
# The classes of sport in the ledger. All other sports are kept only as long as the activity itself.
SPORT_CLASSES = {"run": RUNNING, "foot": ON_FOOT}
LEDGER_SPORTS = RUNNING | ON_FOOT

_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")

# Two recordings overlap if they share more time than this: a watch stopped late is no second run.
OVERLAP_TOLERANCE_S = 180
# A watch that is left on runs for days; its run must not cover the days after.
MAX_INTERVAL_S = 24 * 3600


class Run(NamedTuple):
    """One activity as the rules see it, in metres and seconds; `source` and `source_id` together are unique."""

    id: int
    source: str
    source_id: str
    sport_type: str
    local_date: date
    start_utc: datetime
    start_hidden: bool
    distance_m: int
    moving_s: int
    elapsed_s: int | None
    climb_m: int
    manual: bool
    private: bool
    flagged: bool
    trainer: bool = False
    # The distance when the run arrived; None or 0 if it is not known.
    first_m: int | None = None

    @property
    def on_treadmill(self) -> bool:
        return self.trainer or self.sport_type == "VirtualRun"

    @property
    def lasted_s(self) -> int:
        """Return the elapsed seconds, or the moving seconds if those are missing or impossible (less than moving)."""
        return max(self.moving_s, self.elapsed_s or 0)


@dataclass(frozen=True, slots=True)
class Record:
    """The world record over a distance on foot."""

    distance_m: float
    seconds: float

    @property
    def speed(self) -> float:
        return self.distance_m / self.seconds


# World records of men as listed by World Athletics (100 m to 100 km; the best on track or road) and, for 12 and
# 24 hours, by the International Association of Ultrarunners; as of October 2026. Left out: distances whose record is
# slower than that of a longer one (15 km, 25 km, 30 km), so that the speeds fall from row to row.
RECORDS = (
    Record(100, 9.58),  # Bolt, Berlin 2009
    Record(200, 19.19),  # Bolt, Berlin 2009
    Record(400, 43.03),  # van Niekerk, Rio de Janeiro 2016
    Record(800, 100.91),  # Rudisha, London 2012
    Record(1_000, 131.96),  # Ngeny, Rieti 1999
    Record(1_500, 206.00),  # El Guerrouj, Rome 1998
    Record(1_609.344, 223.13),  # El Guerrouj, Rome 1999
    Record(2_000, 283.13),  # Ingebrigtsen, Brussels 2023
    Record(3_000, 437.55),  # Ingebrigtsen, Chorzów 2024
    Record(5_000, 755.36),  # Cheptegei, Monaco 2020
    Record(10_000, 1_571.00),  # Cheptegei, Valencia 2020
    Record(21_097.5, 3_440),  # Kiplimo, Lisbon 2026: 57:20
    Record(42_195, 7_170),  # Sawe, London 2026: 1:59:30
    Record(50_000, 9_523),  # Albertson, San Francisco 2022: 2:38:43
    Record(100_000, 21_935),  # Sorokin, Vilnius 2023: 6:05:35
    Record(177_410, 12 * 3600),  # Sorokin, 2022
    Record(319_614, 24 * 3600),  # Sorokin, Verona 2022
)
_DISTANCES = tuple(record.distance_m for record in RECORDS)


def sport_in_words(sport_type: str) -> str:
    """Return "Trail run" for "TrailRun"; unknown sports are written in the same way."""
    return _WORD_STARTS.sub(" ", sport_type).capitalize()


def run_name(title: str | None, local_date: date, start: datetime | None) -> str:
    """Return the name of a run on its owner's pages: its title, otherwise "Sunday, 7:10".

    `start` is the local time where it was run; None if the source hides the hour, which leaves "Sunday".
    """
    if title:
        return title
    return f"{local_date:%A}, {start.hour}:{start:%M}" if start else f"{local_date:%A}"


def record_speed(distance_m: float) -> float:
    """Return the record's mean speed over `distance_m`, in metres a second.

    Between two records the speed follows a straight line over the distance; beyond the ends it is that of the last
    record. So it never rises with the distance.
    """
    place = bisect_left(_DISTANCES, distance_m)
    if place == 0:
        return RECORDS[0].speed
    if place == len(RECORDS):
        return RECORDS[-1].speed
    shorter, longer = RECORDS[place - 1], RECORDS[place]
    share = (longer.distance_m - distance_m) / (longer.distance_m - shorter.distance_m)
    return longer.speed + share * (shorter.speed - longer.speed)


def is_impossible(distance_m: int, moving_s: int) -> bool:
    """Return whether the mean speed over the moving time is faster than the world record for the distance.

    The record itself is possible. `moving_s` is above zero.
    """
    return distance_m / moving_s > record_speed(distance_m)


# Far beyond what is usual: three times the longest run of the weeks before, and no everyday distance.
UNUSUAL_TIMES, UNUSUAL_FROM_M = 3, 25_000
# A runner who corrects a watch's distance changes it by less.
CHANGED_SHARE, CHANGED_FROM_M = 10, 500


def is_unusual(distance_m: int, usual_longest_m: int | None) -> bool:
    """Return whether a run is far longer than its runner's longest of the weeks before (None: not known)."""
    return usual_longest_m is not None and distance_m > max(UNUSUAL_TIMES * usual_longest_m, UNUSUAL_FROM_M)


def is_changed(distance_m: int, first_m: int | None) -> bool:
    """Return whether a run has grown by more than a tenth and 500 m since it arrived, where that distance is known."""
    return first_m is not None and 0 < first_m < distance_m - max(first_m // CHANGED_SHARE, CHANGED_FROM_M)


# A wrong time zone shifts a recording by whole quarter hours, by up to 14 hours.
SHIFT_S, MAX_SHIFT_S = 15 * 60, 14 * 3600


def look_alikes(runs: Iterable[Run]) -> dict[int, int]:
    """Return the runs that look like another one recorded in a wrong time zone: {run id: id of the other one}.

    Their distance and moving time differ by a hundredth at most, and their starts are whole quarter hours apart, 14 h
    at most. Runs with a hidden start are left out.
    """
    found: dict[int, int] = {}
    waiting: list[Run] = []
    for run in sorted((run for run in runs if not run.start_hidden), key=lambda each: (each.start_utc, each.id)):
        waiting = [other for other in waiting if _apart_s(run, other) <= MAX_SHIFT_S]
        for other in waiting:
            if _is_shifted(run, other):
                found.setdefault(run.id, other.id)
                found.setdefault(other.id, run.id)
        waiting.append(run)
    return found


def _apart_s(run: Run, earlier: Run) -> float:
    return (run.start_utc - earlier.start_utc).total_seconds()


def _is_shifted(run: Run, other: Run) -> bool:
    apart = _apart_s(run, other)
    same = _is_near(run.distance_m, other.distance_m) and _is_near(run.moving_s, other.moving_s)
    return same and apart > 0 and apart % SHIFT_S == 0


def _is_near(one: int, other: int) -> bool:
    return 100 * abs(one - other) <= max(one, other)


def overlap_losers(runs: Iterable[Run]) -> dict[int, int]:
    """Return the runs that give way to another of the same time: {id of the loser: id of the run that counts}.

    `runs` are those of one runner that would otherwise count. They are compared by distance, then elapsed time (greater
    first), then source id: a run loses to the first winner that shares more than three minutes with it, and a loser
    beats no other run. Runs with a hidden start are left out. The order of `runs` does not matter.
    """
    losers: dict[int, int] = {}
    for chain in _chains(runs):
        standing: list[_Interval] = []
        for interval in sorted(chain, key=lambda each: _strength(each.run)):
            winner = next((other for other in standing if _shared_s(interval, other) > OVERLAP_TOLERANCE_S), None)
            if winner is None:
                standing.append(interval)
            else:
                losers[interval.run.id] = winner.run.id
    return losers


def raw_from(today: date, raw_days: int) -> date:
    """Return the first date whose runs keep their titles and devices; `today` in UTC."""
    return today - timedelta(days=raw_days)


def cut_at(runs: Iterable[Run], wanted: date) -> date:
    """Return the latest date up to `wanted` before which runs can be purged without changing later verdicts.

    Overlapping runs are judged together, so none may be purged while another of its chain stays. Which of them count
    does not matter here: that may still change.
    """
    spans = [_dates_of(chain) for chain in _chains(runs)]
    cut = wanted
    while torn := [first for first, last in spans if first < cut <= last]:
        cut = min(torn)
    return cut


@dataclass(frozen=True, slots=True)
class _Interval:
    start: float
    end: float
    run: Run


def _chains(runs: Iterable[Run]) -> Iterator[list[_Interval]]:
    """Yield the groups of at least two runs connected by overlaps; no run overlaps one of another group."""
    intervals = sorted((_interval(run) for run in runs if not run.start_hidden), key=lambda each: each.start)
    chain: list[_Interval] = []
    busy_until = 0.0
    for interval in intervals:
        if chain and busy_until - interval.start <= OVERLAP_TOLERANCE_S:
            if len(chain) > 1:
                yield chain
            chain = []
        busy_until = max(busy_until, interval.end) if chain else interval.end
        chain.append(interval)
    if len(chain) > 1:
        yield chain


def _dates_of(chain: Iterable["_Interval"]) -> tuple[date, date]:
    dates = [interval.run.local_date for interval in chain]
    return min(dates), max(dates)


def _interval(run: Run) -> _Interval:
    start = run.start_utc.timestamp()
    return _Interval(start, start + min(run.lasted_s, MAX_INTERVAL_S), run)


def _shared_s(one: _Interval, other: _Interval) -> float:
    return min(one.end, other.end) - max(one.start, other.start)


def _strength(run: Run) -> tuple[int, int, int, int, str, str]:
    """Return the key that sorts the run that counts before those that give way.

    Ids of digits sort by their number and before all others, so 99 comes before 100.
    """
    text = run.source_id
    number = (0, int(text)) if text.isascii() and text.isdigit() else (1, 0)
    return (-run.distance_m, -run.lasted_s, *number, text, run.source)
