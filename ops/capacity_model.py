"""How many runners one Strava application serves, and what machines they need: a model on paper, pure.

Everything is computed from named figures: what Strava grants, how real runners run, what a read costs here, and what
was measured on one machine (`CapacityRow`, `Work`). `ops/capacity.py` prints it.
"""

import math
from dataclasses import astuple, dataclass, replace
from datetime import timedelta

from integrations.strava_simulator.figures import ACTIVE_DAYS, STARTS_BY_HOUR, WEIGHT_BY_WEEKDAY
from integrations.strava_simulator.settings import TIERS
from webapp.sync import rules

HOUR = timedelta(hours=1)
DAYS_A_MONTH = 365.25 / 12
ROWS_A_PAGE = 200
# A final sync reads its page and the empty page after it.
CLOSING = 2
# The number of kinds of runner, all equally common.
KINDS = 50


@dataclass(frozen=True, slots=True)
class Grant:
    """What Strava lets one application do: reads a quarter hour and a UTC day, athletes connected."""

    name: str
    quarter: int
    day: int
    seats: int


def grant(tier: str, name: str, seats: int | None = None) -> Grant:
    """Return what a tier grants. Our calls count as reads and overall both, so the lower limit holds."""
    quarter, day = (min(pair) for pair in zip(TIERS[tier].read, TIERS[tier].overall, strict=True))
    return Grant(name, quarter, day, TIERS[tier].seats if seats is None else seats)


GRANTS = (
    grant("default", "at first"),
    grant("ten", "ten athletes"),
    grant("ten", "reviewed, reads as before", seats=9_999),
    grant("reviewed", "reviewed, as the simulator has it"),
)


@dataclass(frozen=True, slots=True)
class Life:
    """What runners do, and the settings. Shares are 0 to 1; those of activities refer to all activities."""

    # Measured on the real log behind the simulator's figures: 10.8 runs on 9.5 days a month, 19,717 activities to
    # 16,435 runs. Events do not name the sport, so all of them count.
    runs_a_day: float = 1.13
    other_sports: float = 0.20
    # One runner-month in fourteen is a month off; such a runner holds nothing after a while.
    months_off: float = 0.07
    # Assumed: two recordings of one run come together (one read for both); type or privacy is changed later (a read);
    # it is deleted (a call); it did not come with the first page (a second one); it is given another title (nothing).
    together: float = 0.03
    changed: float = 0.04
    deleted: float = 0.02
    second_page: float = 0.01
    titled: float = 0.30
    # Assumed: events that come twice; calls that fail and are made again; runners who join in a month.
    doubled: float = 0.02
    failing: float = 0.03
    joining: float = 0.05
    # Settings.
    resync_hours: float = 47
    history_days: float = 400
    grace_hours: float = 24

    @property
    def idle_resync_hours(self) -> float:
        """Return the hours between two full resyncs of an idle runner."""
        return max(self.resync_hours, rules.IDLE_RESYNC / HOUR)


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of one runner in one day; those that close the month are a day's share of the two in the month."""

    events: float
    resyncs: float
    closing: float
    joining: float

    @property
    def total(self) -> float:
        return self.events + self.resyncs + self.closing + self.joining


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many runners one application serves by each of its limits."""

    ordinary: int  # their reads of a day fit
    closing: int  # those of the UTC day on which all months close fit
    evening: int  # no run waits for the next quarter hour in the busiest one
    seats: int

    @property
    def runners(self) -> int:
        return min(self.ordinary, self.closing, self.evening, self.seats)


def activities_a_day(life: Life, share: float) -> float:
    """Return the activities a day of the runner who runs on more days than `share` of all runners do."""
    return ACTIVE_DAYS.at(share) * life.runs_a_day * (1 + life.other_sports) / DAYS_A_MONTH


def kinds_of_runner() -> list[float]:
    """Return the shares that represent everybody who runs."""
    return [(n + 0.5) / KINDS for n in range(KINDS)]


def resyncs_a_day(a_day: float, hours: float) -> float:
    """Return the full resyncs a day of somebody with `a_day` activities, if each read puts the next off by `hours`.

    In a gap of n times `hours` between two activities there are n resyncs. With gaps by chance (a Poisson process) that
    is a / (e^(a h) - 1) resyncs a day.
    """
    exponent = a_day * hours / 24
    return 24 / hours if exponent < 1e-9 else a_day / math.expm1(exponent)


def idle_part(a_day: float) -> float:
    """Return the part of the time in which the runner has not run for two weeks and nothing of theirs is stored.

    Held is the month so far; this is the mean over its days.
    """
    days = range(1, 31)
    return sum(math.exp(-a_day * max(rules.IDLE_DAYS, day)) for day in days) / len(days)


def resyncs_of(life: Life, a_day: float) -> float:
    """Return the full resyncs a day of somebody with `a_day` activities; while idle they are rarer."""
    rarer = 24 / life.resync_hours - 24 / life.idle_resync_hours
    return resyncs_a_day(a_day, life.resync_hours) - idle_part(a_day) * rarer


def initial_import_reads(life: Life, a_day: float) -> int:
    """Return the reads of an initial import: full pages and the empty one that ends the list."""
    return max(1, math.ceil(a_day * life.history_days / ROWS_A_PAGE)) + 1


def reads_of(life: Life, a_day: float) -> Reads:
    """Return the reads of somebody with `a_day` activities."""
    again = 1 / (1 - life.failing)
    each = 1 - life.together + life.changed + life.deleted + life.second_page
    joining = life.joining / DAYS_A_MONTH * initial_import_reads(life, a_day)
    return Reads(*(again * reads for reads in (a_day * each, resyncs_of(life, a_day), CLOSING / DAYS_A_MONTH, joining)))


def mean_reads(life: Life) -> Reads:
    """Return the reads of the mean runner on an ordinary day: all kinds of runner, and those who have a month off."""
    kinds = [reads_of(life, activities_a_day(life, share)) for share in kinds_of_runner()]
    running = [(1 - life.months_off) * sum(each) / KINDS for each in zip(*map(astuple, kinds), strict=True)]
    idle = [life.months_off * each for each in astuple(reads_of(life, 0.0))]
    return Reads(*(sum(both) for both in zip(running, idle, strict=True)))


def closing_reads(life: Life) -> Reads:
    """Return the reads of the mean runner on the UTC day that has the larger part of all final syncs.

    The last day ends everywhere at 12:00 UTC, and from then on the syncs are spread over a part of the grace time. A
    runner with a final sync needs no full resync that day.
    """
    usual, here = mean_reads(life), min(1.0, 12 / (rules.FINAL_SYNC_SPREAD * life.grace_hours))
    return replace(usual, resyncs=usual.resyncs * (1 - here), closing=CLOSING * here / (1 - life.failing))


def busiest_hour() -> float:
    """Return the part of a mean day's runs that begin in the busiest hour of the busiest weekday, in one time zone."""
    weekday = max(WEIGHT_BY_WEEKDAY) * len(WEIGHT_BY_WEEKDAY) / sum(WEIGHT_BY_WEEKDAY)
    return weekday * max(STARTS_BY_HOUR) / sum(STARTS_BY_HOUR)


def most_by_chance(limit: float) -> float:
    """Return the mean number of events for which more than `limit` hardly ever come (three deviations)."""
    return ((math.sqrt(9 + 4 * limit) - 3) / 2) ** 2


def fit(given: Grant, life: Life) -> Capacity:
    """Return how many runners like those of `life` an application serves by each limit."""
    quarter = mean_reads(life).events * busiest_hour() / 4
    return Capacity(
        ordinary=int(given.day / replace(mean_reads(life), closing=0.0).total),
        closing=int(given.day / closing_reads(life).total),
        evening=int(most_by_chance(given.quarter) / quarter),
        seats=given.seats,
    )


def joining_at_once(given: Grant, life: Life) -> int:
    """Return how many of the mean runners can make their initial import in one quarter hour."""
    kinds = [initial_import_reads(life, activities_a_day(life, share)) for share in kinds_of_runner()]
    return int(given.quarter * len(kinds) / sum(kinds))


# The machines -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """A table: how many rows a runner has in it, for each year or always, and the bytes of one, indexes included.

    Measured by `python -m tests.load.bench.storage`: a year of 400 runners in groups of forty. Tallies of replays
    are not among these: only boards of more than 50 have any.
    """

    name: str
    rows: float
    sqlite: int
    postgresql: int


ALWAYS = (
    CapacityRow("runner", 1, 72, 205), CapacityRow("connection", 1, 645, 1208), CapacityRow("consent", 1, 195, 410),
    CapacityRow("membership", 1, 102, 266),
)  # fmt: skip
A_YEAR = (
    CapacityRow("ledger_day", 96.1, 65, 93), CapacityRow("entry", 12, 67, 126), CapacityRow("standing", 12, 33, 174),
    CapacityRow("placement", 12, 103, 220), CapacityRow("team_stint", 12, 62, 118),
    CapacityRow("team_share", 10, 50, 107),
    CapacityRow("day_score", 87.4, 77, 86), CapacityRow("overtake", 39.9, 71, 83), CapacityRow("passed", 106.1, 65, 87),
    CapacityRow("bucket_tally", 20.2, 38, 87),
)  # fmt: skip
ACTIVITY = CapacityRow("activity", 1, 148, 222)
EVENT = CapacityRow("stored_event", 1, 238, 210)
# Runs are stored from the first of the month to its freezing, at most; events that were processed for a week.
HELD_DAYS, EVENT_DAYS = 33, rules.KEEP_EVENTS.days


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of one core, measured by `make burst` on PostgreSQL: an event answered; a read and all jobs that go with
    it, rounds, boards and overtakes; what PostgreSQL itself does for one such read and its events."""

    event: float = 0.0034
    read: float = 0.058
    database: float = 0.019


@dataclass(frozen=True, slots=True)
class Needs:
    """What an installation of some size needs, in the busiest hour where that matters."""

    runners: int
    applications: int
    reads_a_day: float
    events_a_second: float
    reads_a_second: float
    web_cores: float
    job_cores: float
    database_cores: float
    gb_at_once: float
    gb_a_year: float
    id_years: float


def mean_activities(life: Life) -> float:
    """Return the activities a day of the mean runner."""
    running = [activities_a_day(life, share) for share in kinds_of_runner()]
    return (1 - life.months_off) * sum(running) / len(running)


def events_a_day(life: Life) -> float:
    """Return the events a day of the mean runner."""
    return mean_activities(life) * (1 + life.titled + life.changed + life.deleted) * (1 + life.doubled)


def stored_bytes(life: Life) -> float:
    """Return the bytes on PostgreSQL that a runner takes from the first month on."""
    runs = mean_activities(life) * HELD_DAYS * ACTIVITY.postgresql
    return sum(row.rows * row.postgresql for row in ALWAYS) + runs + events_a_day(life) * EVENT_DAYS * EVENT.postgresql


def year_bytes() -> float:
    """Return the bytes on PostgreSQL that a runner adds each year for good."""
    return sum(row.rows * row.postgresql for row in A_YEAR)


def needs(runners: int, given: Grant, life: Life, work: Work) -> Needs:
    """Return what an installation for this many runners needs of Strava and of machines."""
    busy = runners * busiest_hour() / 3600
    events, reads = busy * events_a_day(life), busy * mean_reads(life).events
    return Needs(
        runners=runners,
        applications=math.ceil(runners / fit(given, life).runners),
        reads_a_day=runners * mean_reads(life).total,
        events_a_second=events,
        reads_a_second=reads,
        web_cores=events * work.event,
        job_cores=reads * work.read,
        database_cores=reads * work.database,
        gb_at_once=runners * stored_bytes(life) / 1e9,
        gb_a_year=runners * year_bytes() / 1e9,
        # Ids of events are 32 bits wide and never reused.
        id_years=2**31 / (runners * events_a_day(life) * 365.25),
    )
