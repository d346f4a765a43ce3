"""Does a run count, and what do the runs that count add up to? Pure: the same runs give the same rows, in any order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from webapp.rulebook import measures
from webapp.rulebook.plausibility import Quantity, outside, plausible
from webapp.rulebook.ruleset import Counts, RuleSet
from webapp.rulebook.runs import SPORT_CLASSES, Run, is_changed, is_impossible, is_unusual, overlap_losers
from webapp.rulebook.shapes.base import ScoringContext
from webapp.rulebook.units import PERCENT


class Verdict(StrEnum):
    """Whether a run counts, or the first rule that keeps it from counting. In the order in which they are asked.

    A run that is gone at its source has no verdict: it is not stored.
    """

    PRIVATE = "private"
    OTHER_SPORT = "other_sport"
    OUTSIDE_WINDOW = "outside_window"
    NOT_YET = "not_yet"
    MANUAL = "manual"
    TREADMILL = "treadmill"
    FLAGGED = "flagged"
    NOTHING_MEASURED = "nothing_measured"
    TOO_SHORT = "too_short"
    IMPOSSIBLE_PACE = "impossible_pace"
    PACE = "pace"
    UNUSUAL = "unusual"
    CHANGED = "changed"
    LEFT_OUT = "left_out"
    OVERLAP = "overlap"
    COUNTS = "counts"


# What an organiser may overrule. The others are the runner's to mend, or leave nothing to look at.
REVIEWABLE = frozenset(Verdict) - {
    Verdict.PRIVATE, Verdict.OTHER_SPORT, Verdict.OUTSIDE_WINDOW, Verdict.NOT_YET, Verdict.COUNTS,
}  # fmt: skip


_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChallengeRules:
    """What a challenge takes: local dates from `starts_on` to `ends_on`, both in, and which kinds of run."""

    starts_on: date = date.min
    ends_on: date = date.max
    counts: Counts = field(default_factory=Counts)

    @property
    def around(self) -> "ChallengeRules":
        """Return the same with a day more on each side: runs over midnight overlap with those of the next date."""
        first = max(self.starts_on, date.min + _DAY) - _DAY
        return replace(self, starts_on=first, ends_on=min(self.ends_on, date.max - _DAY) + _DAY)

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


class Decision(StrEnum):
    """What an organiser may decide about a run."""

    COUNT = "count"
    LEAVE_OUT = "leave_out"
    ADJUST = "adjust"


class Ruling(NamedTuple):
    """What an organiser decided about a run that was `distance_m` metres in `moving_s` seconds then.

    `adjusted`: metres and seconds that count in their place. `climb_m`: its climb then, None where nobody was shown it;
    `adjusted_climb_m`: the climb that counts in its place.
    """

    decision: Decision
    distance_m: int
    moving_s: int
    adjusted: tuple[int, int] | None = None
    climb_m: int | None = None
    adjusted_climb_m: int | None = None

    def is_about(self, run: Run) -> bool:
        return (run.distance_m, run.moving_s) == (self.distance_m, self.moving_s)

    def shown(self, run: Run) -> Run:
        """Return the run with the metres and seconds that the organiser wants to count."""
        distance_m, moving_s = self.adjusted or (run.distance_m, run.moving_s)
        return run._replace(distance_m=distance_m, moving_s=moving_s)


class Own(NamedTuple):
    """What is known of the runner beside the runs: the wish about "Only You" runs, habit, rulings by (source, id)."""

    count_private: bool = False
    habit_m: int | None = None
    rulings: Mapping[tuple[str, str], Ruling] = MappingProxyType({})


# The ledger knows no window. It takes no "Only You" runs: no challenge allows them on boards over any dates.
LEDGER_RULES = {name: ChallengeRules(counts=Counts(sports=sports)) for name, sports in SPORT_CLASSES.items()}
OWN_RULES = ChallengeRules(counts=Counts(private=True))

# In this order; the first that says yes names the verdict. The overlap comes after them: it looks at several runs.
_CHECKS: tuple[tuple[Verdict, Callable[[Run, ChallengeRules, Own, date], bool]], ...] = (
    (Verdict.PRIVATE, lambda run, rules, own, _: run.private and not (rules.counts.private and own.count_private)),
    (Verdict.OTHER_SPORT, lambda run, rules, *_: run.sport_type not in rules.counts.sports),
    (Verdict.OUTSIDE_WINDOW, lambda run, rules, *_: not rules.covers(run.local_date)),
    (Verdict.NOT_YET, lambda run, _rules, _own, today: run.local_date > today),
    (Verdict.MANUAL, lambda run, rules, *_: run.manual and not rules.counts.manual),
    (Verdict.TREADMILL, lambda run, rules, *_: run.on_treadmill and not rules.counts.treadmill),
    (Verdict.FLAGGED, lambda run, rules, *_: run.flagged and not rules.counts.flagged),
    (Verdict.NOTHING_MEASURED, lambda run, *_: run.distance_m <= 0 or run.moving_s <= 0),
    (
        Verdict.TOO_SHORT,
        lambda run, rules, *_: run.distance_m < rules.counts.least_m or run.moving_s < rules.counts.least_s,
    ),
    (Verdict.IMPOSSIBLE_PACE, lambda run, *_: is_impossible(run.distance_m, run.moving_s)),
    (Verdict.PACE, lambda run, rules, *_: not _within_pace(run, rules.counts)),
    (
        Verdict.UNUSUAL,
        lambda run, rules, own, _: rules.counts.stops_unusual and is_unusual(run.distance_m, own.habit_m),
    ),
    (Verdict.CHANGED, lambda run, rules, *_: rules.counts.stops_changed and is_changed(run.distance_m, run.first_m)),
)


def _within_pace(run: Run, counts: Counts) -> bool:
    """Tell whether the mean pace lies within the bounds; seconds a km against seconds and metres, without division."""
    paced = run.moving_s * 1000
    quick = counts.quickest is None or paced >= counts.quickest * run.distance_m
    return quick and (counts.slowest is None or paced <= counts.slowest * run.distance_m)


class Judged(NamedTuple):
    """A run's verdict; `beaten_by` is the id of the run that stands in its place where they overlap."""

    verdict: Verdict
    beaten_by: int | None = None


def judge(runs: Iterable[Run], rules: ChallengeRules, own: Own, today: date) -> dict[int, Judged]:
    """Return the verdict on each of one runner's runs by id. `today`: the latest date that has begun on earth."""
    runs = list(runs)
    judged = {run.id: Judged(_verdict_alone(run, rules, own, today)) for run in runs}
    beaten = overlap_losers(_contending(_eligible(runs, rules, own, today), own))
    mine = {loser: winner for loser, winner in beaten.items() if judged[loser].verdict is Verdict.COUNTS}
    return judged | {loser: Judged(Verdict.OVERLAP, winner) for loser, winner in mine.items()}


def verdicts(runs: Iterable[Run], rules: ChallengeRules, own: Own, today: date) -> dict[int, Verdict]:
    """Return the bare verdicts of `judge`."""
    return {run_id: judged.verdict for run_id, judged in judge(runs, rules, own, today).items()}


def counting(runs: Iterable[Run], rules: ChallengeRules, own: Own, today: date) -> list[Run]:
    """Return the runs that count, as an organiser adjusted them. `today`: as for `judge`."""
    runs = _eligible(runs, rules, own, today)
    beaten = overlap_losers(_contending(runs, own))
    return [as_counted(run, own) for run in runs if run.id not in beaten and rules.covers(run.local_date)]


def _eligible(runs: Iterable[Run], rules: ChallengeRules, own: Own, today: date) -> list[Run]:
    """Return the runs that count by themselves, and those that would a day earlier or later.

    Two watches over midnight at the end of a month make one run, so both are judged together, in either month.
    """
    around = rules.around
    return [run for run in runs if _verdict_alone(run, around, own, today) is Verdict.COUNTS]


def as_counted(run: Run, own: Own) -> Run:
    """Return the run with what counts of its quantities: what is plausible, or what an organiser vouched for."""
    ruling = _ruling_about(run, own)
    if ruling is None:
        return plausible(run)
    shown = ruling.shown(run)
    # Climb was looked at only where it was what it is now.
    if ruling.climb_m != run.climb_m:
        return shown._replace(climb_m=plausible(shown).climb_m)
    return shown if ruling.adjusted_climb_m is None else shown._replace(climb_m=ruling.adjusted_climb_m)


def cut(run: Run, own: Own) -> frozenset[Quantity]:
    """Return which quantities of a run are outside their bounds without an organiser having vouched for them."""
    ruling = _ruling_about(run, own)
    if ruling is None:
        return outside(run)
    return outside(ruling.shown(run)) & {Quantity.CLIMB} if ruling.climb_m != run.climb_m else frozenset()


def is_adjusted(run: Run, own: Own) -> bool:
    """Return whether an organiser adjusted what counts of the run as it is now."""
    ruling = _ruling_about(run, own)
    return ruling is not None and ruling.adjusted is not None


def _ruling_about(run: Run, own: Own) -> Ruling | None:
    ruling = own.rulings.get((run.source, run.source_id))
    return ruling if ruling is not None and ruling.is_about(run) else None


def _contending(counted: Iterable[Run], own: Own) -> Iterator[Run]:
    """Yield those of the runs that count by themselves among which overlaps are settled: all without a ruling."""
    return (run for run in counted if (run.source, run.source_id) not in own.rulings)


def _verdict_alone(run: Run, rules: ChallengeRules, own: Own, today: date) -> Verdict:
    """Return the verdict on a run by itself. A ruling overrules what is reviewable, while the run is as it was."""
    found = _first_failing(run, rules, own, today)
    ruling = own.rulings.get((run.source, run.source_id))
    if ruling is None or found not in REVIEWABLE | {Verdict.COUNTS}:
        return found
    if not ruling.is_about(run):
        return Verdict.CHANGED
    return Verdict.LEFT_OUT if ruling.decision == Decision.LEAVE_OUT else Verdict.COUNTS


def _first_failing(run: Run, rules: ChallengeRules, own: Own, today: date) -> Verdict:
    for verdict, fails in _CHECKS:
        if fails(run, rules, own, today):
            return verdict
    return Verdict.COUNTS


class Spell(NamedTuple):
    """Time in a team, both dates in; `to_date` None is "still"."""

    team_id: int
    from_date: date
    to_date: date | None


PLAIN, NO_CONTEXT = RuleSet(), ScoringContext(date.min, date.max)


class DayValue(NamedTuple):
    """What an entry has of one local date: by how much its total grew, from how many runs and which amount of the
    measure, and the team that it counts for."""

    team_id: int | None
    value: int
    runs: int
    amount: int


class Sum(NamedTuple):
    """A total, and the number of days with at least one counting run."""

    total: int
    days: int


def team_on(spells: Iterable[Spell], day: date) -> int | None:
    """Return the team that a run of that local date counts for."""
    for team_id, from_date, to_date in spells:
        if from_date <= day and (to_date is None or day <= to_date):
            return team_id
    return None


def latest_team(spells: Iterable[Spell]) -> int | None:
    """Return the team of the latest spell: the one whose member the entry is on the board."""
    latest = max(spells, key=lambda spell: spell.from_date, default=None)
    return latest.team_id if latest and latest.to_date is None else None


def day_values(
    counted: Iterable[Run], spells: Iterable[Spell], rules: RuleSet = PLAIN, context: ScoringContext = NO_CONTEXT
) -> dict[date, DayValue]:
    """Return the value of each local date with at least one of the runs that count, in order."""
    spells = list(spells)
    by_day = sorted(_by_day(counted))
    amounts = [(day, rules.measured.of_day(runs)) for day, runs in by_day]
    gains = rules.gains(amounts, context)
    return {
        day: DayValue(team_on(spells, day), gain, measures.number(runs), amount)
        for (day, runs), (_, amount), gain in zip(by_day, amounts, gains, strict=True)
    }


def has_met(total: int, rules: RuleSet, target: int | None) -> bool:
    """Tell whether an entry with this total has reached what it set out to do."""
    if rules.unit == "percent":
        return total >= 100 * PERCENT
    return target is not None and total >= target


def sum_of(days: Iterable[DayValue]) -> Sum:
    values = [day.value for day in days]
    return Sum(sum(values), len(values))


def team_sums(days: Iterable[DayValue]) -> dict[int, Sum]:
    """Return what the days brought to each team that they count for."""
    by_team: dict[int, list[DayValue]] = defaultdict(list)
    for day in days:
        if day.team_id is not None:
            by_team[day.team_id].append(day)
    return {team_id: sum_of(brought) for team_id, brought in by_team.items()}


class LedgerValue(NamedTuple):
    """A day in one class of sport. Metres and seconds."""

    distance_m: int
    moving_s: int
    climb_m: int
    runs: int
    longest_m: int


def next_date(runs: Iterable[Run], today: date) -> date | None:
    """Return the earliest date of a run that has not begun anywhere yet: from then on the runs are judged again."""
    return min((run.local_date for run in runs if run.local_date > today), default=None)


def ledger(runs: Iterable[Run], today: date) -> dict[tuple[str, date], LedgerValue]:
    """Return the ledger of one runner, by class of sport and local date, from all their runs."""
    runs = list(runs)
    return {
        (sport_class, day): _ledger_value(of_day)
        for sport_class, rules in LEDGER_RULES.items()
        for day, of_day in _by_day(counting(runs, rules, Own(), today))
    }


def own_days(runs: Iterable[Run], today: date) -> dict[date, LedgerValue]:
    """Return the days of running as only their own runner sees them, "Only You" runs included."""
    counted = counting(runs, OWN_RULES, Own(count_private=True), today)
    return {day: _ledger_value(of_day) for day, of_day in _by_day(counted)}


def _ledger_value(runs: list[Run]) -> LedgerValue:
    return LedgerValue(
        distance_m=measures.metres(runs),
        moving_s=measures.seconds(runs),
        climb_m=measures.climb(runs),
        runs=measures.number(runs),
        longest_m=measures.longest(runs),
    )


def _by_day(runs: Iterable[Run]) -> Iterator[tuple[date, list[Run]]]:
    days: dict[date, list[Run]] = defaultdict(list)
    for run in runs:
        days[run.local_date].append(run)
    return iter(days.items())


# Derived rows of one table: what names a row -> what is derived of it.
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


class Differences(NamedTuple):
    """What must be written so that the stored rows become the derived ones."""

    new: Rows
    changed: Rows
    gone: Rows


def differences(derived: Rows, stored: Rows) -> Differences:
    """Compare what the runs say with what is stored."""
    return Differences(
        new={key: values for key, values in derived.items() if key not in stored},
        changed={key: values for key, values in derived.items() if stored.get(key, values) != values},
        gone={key: values for key, values in stored.items() if key not in derived},
    )
