"""Whether a run counts, and what the counting runs add up to. Pure: the same runs give the same rows, in any order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from webapp.rulebook import measures
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.plausibility import Quantity, outside, plausible
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.runs import SPORT_CLASSES, Run, is_changed, is_impossible, is_unusual, overlap_losers
from webapp.rulebook.shapes.base import ScoringContext
from webapp.rulebook.units import PERCENT


class Verdict(StrEnum):
    """Whether a run counts, or the first rule that keeps it from counting. In the order in which they are checked.

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


# The verdicts that an organiser may overrule. The runner can correct the others, or there is nothing to review.
REVIEWABLE = frozenset(Verdict) - {
    Verdict.PRIVATE, Verdict.OTHER_SPORT, Verdict.OUTSIDE_WINDOW, Verdict.NOT_YET, Verdict.COUNTS,
}  # fmt: skip


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChallengeRules:
    """Which runs a challenge takes: local dates from `starts_on` to `ends_on`, both included, and the kinds of run."""

    starts_on: date = date.min
    ends_on: date = date.max
    counts: Eligibility = field(default_factory=Eligibility)

    @property
    def around(self) -> "ChallengeRules":
        """Return these rules with one more day on each side: runs over midnight overlap with those of the next date."""
        first = max(self.starts_on, date.min + _DAY) - _DAY
        return replace(self, starts_on=first, ends_on=min(self.ends_on, date.max - _DAY) + _DAY)

    def covers(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


class Decision(StrEnum):
    """What an organiser may decide about a run."""

    COUNT = "count"
    LEAVE_OUT = "leave_out"
    ADJUST = "adjust"


@dataclass(frozen=True, slots=True)
class Override:
    """An organiser's decision about a run that then had `distance_m` metres in `moving_s` seconds.

    `adjusted`: the metres and seconds that count instead. `climb_m`: its climb then, None if the organiser was not
    shown it; `adjusted_climb_m`: the climb that counts instead.
    """

    decision: Decision
    distance_m: int
    moving_s: int
    adjusted: tuple[int, int] | None = None
    climb_m: int | None = None
    adjusted_climb_m: int | None = None

    def applies_to(self, run: Run) -> bool:
        return (run.distance_m, run.moving_s) == (self.distance_m, self.moving_s)

    def adjust(self, run: Run) -> Run:
        """Return the run with the metres and seconds that count by this decision."""
        distance_m, moving_s = self.adjusted or (run.distance_m, run.moving_s)
        return run._replace(distance_m=distance_m, moving_s=moving_s)


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """What else decides about a runner's runs. `overrides`: by (source, source id).

    `count_private`: the runner lets "Only You" runs count. `usual_longest_m`: the longest run of the weeks before the
    challenge, None if it is not known.
    """

    count_private: bool = False
    usual_longest_m: int | None = None
    overrides: Mapping[tuple[str, str], Override] = field(default_factory=dict)


# The ledger has no window. It takes no "Only You" runs, since it feeds boards over any dates.
LEDGER_RULES = {name: ChallengeRules(counts=Eligibility(sports=sports)) for name, sports in SPORT_CLASSES.items()}
OWN_RULES = ChallengeRules(counts=Eligibility(private=True))

# The first check that a run fails names its verdict. Overlaps come after these, since they compare several runs.
_CHECKS: tuple[tuple[Verdict, Callable[[Run, ChallengeRules, RunnerContext, date], bool]], ...] = (
    (
        Verdict.PRIVATE,
        lambda run, rules, runner, _: run.private and not (rules.counts.private and runner.count_private),
    ),
    (Verdict.OTHER_SPORT, lambda run, rules, *_: run.sport_type not in rules.counts.sports),
    (Verdict.OUTSIDE_WINDOW, lambda run, rules, *_: not rules.covers(run.local_date)),
    (Verdict.NOT_YET, lambda run, _rules, _runner, today: run.local_date > today),
    (Verdict.MANUAL, lambda run, rules, *_: run.manual and not rules.counts.manual),
    (Verdict.TREADMILL, lambda run, rules, *_: run.on_treadmill and not rules.counts.treadmill),
    (Verdict.FLAGGED, lambda run, rules, *_: run.flagged and not rules.counts.flagged),
    (Verdict.NOTHING_MEASURED, lambda run, *_: run.distance_m <= 0 or run.moving_s <= 0),
    (
        Verdict.TOO_SHORT,
        lambda run, rules, *_: run.distance_m < rules.counts.min_distance_m or run.moving_s < rules.counts.min_time_s,
    ),
    (Verdict.IMPOSSIBLE_PACE, lambda run, *_: is_impossible(run.distance_m, run.moving_s)),
    (Verdict.PACE, lambda run, rules, *_: not _within_pace(run, rules.counts)),
    (
        Verdict.UNUSUAL,
        lambda run, rules, runner, _: rules.counts.stops_unusual and is_unusual(run.distance_m, runner.usual_longest_m),
    ),
    (Verdict.CHANGED, lambda run, rules, *_: rules.counts.stops_changed and is_changed(run.distance_m, run.first_m)),
)


def _within_pace(run: Run, counts: Eligibility) -> bool:
    """Return whether the mean pace lies within the bounds, in whole numbers."""
    scaled = run.moving_s * 1000
    is_slow_enough = counts.quickest is None or scaled >= counts.quickest * run.distance_m
    return is_slow_enough and (counts.slowest is None or scaled <= counts.slowest * run.distance_m)


@dataclass(frozen=True, slots=True)
class Judged:
    """A run's verdict; `superseded_by` is the id of the overlapping run that counts instead."""

    verdict: Verdict
    superseded_by: int | None = None


def judge(runs: Iterable[Run], rules: ChallengeRules, runner: RunnerContext, today: date) -> dict[int, Judged]:
    """Return the verdict on each of one runner's runs by id. `today`: the latest date that has begun on earth."""
    runs = list(runs)
    judged = {run.id: Judged(_verdict_alone(run, rules, runner, today)) for run in runs}
    losers = overlap_losers(_contending(_eligible(runs, rules, runner, today), runner))
    inside = {loser: winner for loser, winner in losers.items() if judged[loser].verdict is Verdict.COUNTS}
    return judged | {loser: Judged(Verdict.OVERLAP, winner) for loser, winner in inside.items()}


def verdicts(runs: Iterable[Run], rules: ChallengeRules, runner: RunnerContext, today: date) -> dict[int, Verdict]:
    """Return the verdicts alone, by run id."""
    return {run_id: judged.verdict for run_id, judged in judge(runs, rules, runner, today).items()}


def counting(runs: Iterable[Run], rules: ChallengeRules, runner: RunnerContext, today: date) -> list[Run]:
    """Return the runs that count, as an organiser adjusted them. `today`: as for `judge`."""
    runs = _eligible(runs, rules, runner, today)
    losers = overlap_losers(_contending(runs, runner))
    return [as_counted(run, runner) for run in runs if run.id not in losers and rules.covers(run.local_date)]


def _eligible(runs: Iterable[Run], rules: ChallengeRules, runner: RunnerContext, today: date) -> list[Run]:
    """Return the runs that count by themselves, and those of the day before and after that would.

    Two watches over midnight at the end of a month recorded one run, so both months judge both together.
    """
    around = rules.around
    return [run for run in runs if _verdict_alone(run, around, runner, today) is Verdict.COUNTS]


def as_counted(run: Run, runner: RunnerContext) -> Run:
    """Return the run with the quantities that count: the plausible ones, or those that an organiser confirmed."""
    override = _override_of(run, runner)
    if override is None:
        return plausible(run)
    adjusted = override.adjust(run)
    # The organiser reviewed the climb only if it was what it is now.
    if override.climb_m != run.climb_m:
        return adjusted._replace(climb_m=plausible(adjusted).climb_m)
    return adjusted if override.adjusted_climb_m is None else adjusted._replace(climb_m=override.adjusted_climb_m)


def cut(run: Run, runner: RunnerContext) -> frozenset[Quantity]:
    """Return which quantities of a run are outside their bounds and were not confirmed by an organiser."""
    override = _override_of(run, runner)
    if override is None:
        return outside(run)
    return outside(override.adjust(run)) & {Quantity.CLIMB} if override.climb_m != run.climb_m else frozenset()


def is_adjusted(run: Run, runner: RunnerContext) -> bool:
    """Return whether an organiser adjusted what counts of the run as it is now."""
    override = _override_of(run, runner)
    return override is not None and override.adjusted is not None


def _override_of(run: Run, runner: RunnerContext) -> Override | None:
    override = runner.overrides.get((run.source, run.source_id))
    return override if override is not None and override.applies_to(run) else None


def _contending(counted: Iterable[Run], runner: RunnerContext) -> Iterator[Run]:
    """Yield the runs that take part in overlaps: those without an override."""
    return (run for run in counted if (run.source, run.source_id) not in runner.overrides)


def _verdict_alone(run: Run, rules: ChallengeRules, runner: RunnerContext, today: date) -> Verdict:
    """Return the verdict on a run by itself. An override decides what is reviewable, while the run is as it was."""
    found = _first_failing(run, rules, runner, today)
    override = runner.overrides.get((run.source, run.source_id))
    if override is None or found not in REVIEWABLE | {Verdict.COUNTS}:
        return found
    if not override.applies_to(run):
        return Verdict.CHANGED
    return Verdict.LEFT_OUT if override.decision == Decision.LEAVE_OUT else Verdict.COUNTS


def _first_failing(run: Run, rules: ChallengeRules, runner: RunnerContext, today: date) -> Verdict:
    for verdict, fails in _CHECKS:
        if fails(run, rules, runner, today):
            return verdict
    return Verdict.COUNTS


PLAIN, NO_CONTEXT = RuleSet(), ScoringContext(date.min, date.max)


class DayValue(NamedTuple):
    """One local date of an entry: by how much the total grew, the number of runs, the amount of the measure, and the
    team that it counts for."""

    team_id: int | None
    value: int
    runs: int
    amount: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A total, and the number of days with at least one counting run."""

    total: int
    days: int


def team_on(stints: Iterable[Stint], day: date) -> int | None:
    """Return the team that a run of that local date counts for."""
    for stint in stints:
        if stint.from_date <= day and (stint.to_date is None or day <= stint.to_date):
            return stint.team_id
    return None


def latest_team(stints: Iterable[Stint]) -> int | None:
    """Return the team of the latest stint, which the entry belongs to on the board; None after it has ended."""
    latest = max(stints, key=lambda stint: stint.from_date, default=None)
    return latest.team_id if latest and latest.to_date is None else None


def day_values(
    counted: Iterable[Run], stints: Iterable[Stint], rules: RuleSet = PLAIN, context: ScoringContext = NO_CONTEXT
) -> dict[date, DayValue]:
    """Return the value of each local date with a counting run, in order."""
    stints = list(stints)
    by_day = sorted(_by_day(counted))
    amounts = [(day, rules.measured.of_day(runs)) for day, runs in by_day]
    gains = rules.gains(amounts, context)
    return {
        day: DayValue(team_on(stints, day), gain, measures.number(runs), amount)
        for (day, runs), (_, amount), gain in zip(by_day, amounts, gains, strict=True)
    }


def met_target(total: int, rules: RuleSet, target: int | None) -> bool:
    """Return whether an entry with this total has reached its target."""
    if rules.unit == "percent":
        return total >= 100 * PERCENT
    return target is not None and total >= target


def sum_of(days: Iterable[DayValue]) -> Sum:
    values = [day.value for day in days]
    return Sum(sum(values), len(values))


def team_sums(days: Iterable[DayValue]) -> dict[int, Sum]:
    """Return the sums of the days by the team that they count for."""
    by_team: dict[int, list[DayValue]] = defaultdict(list)
    for day in days:
        if day.team_id is not None:
            by_team[day.team_id].append(day)
    return {team_id: sum_of(of_team) for team_id, of_team in by_team.items()}


class LedgerValue(NamedTuple):
    """A day in one class of sport. Metres and seconds."""

    distance_m: int
    moving_s: int
    climb_m: int
    runs: int
    longest_m: int


def next_date(runs: Iterable[Run], today: date) -> date | None:
    """Return the earliest date of a run that has not begun anywhere yet; the runs are judged again on it."""
    return min((run.local_date for run in runs if run.local_date > today), default=None)


def ledger(runs: Iterable[Run], today: date) -> dict[tuple[str, date], LedgerValue]:
    """Return the ledger of one runner, by class of sport and local date, from all their runs."""
    runs = list(runs)
    return {
        (sport_class, day): _ledger_value(of_day)
        for sport_class, rules in LEDGER_RULES.items()
        for day, of_day in _by_day(counting(runs, rules, RunnerContext(), today))
    }


def own_days(runs: Iterable[Run], today: date) -> dict[date, LedgerValue]:
    """Return the days of running as only the runner sees them, "Only You" runs included."""
    counted = counting(runs, OWN_RULES, RunnerContext(count_private=True), today)
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


# Derived rows of one table: key -> derived values.
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Differences:
    """What to write so that the stored rows become the derived ones."""

    new: Rows
    changed: Rows
    gone: Rows

    @property
    def keys(self) -> set[tuple[Any, ...]]:
        return self.new.keys() | self.changed.keys() | self.gone.keys()


def differences(derived: Rows, stored: Rows) -> Differences:
    """Compare what the runs say with what is stored."""
    return Differences(
        new={key: values for key, values in derived.items() if key not in stored},
        changed={key: values for key, values in derived.items() if stored.get(key, values) != values},
        gone={key: values for key, values in stored.items() if key not in derived},
    )
