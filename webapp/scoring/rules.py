"""Does a run count, and what do the runs that count add up to? Pure: the same runs give the same rows, in any order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from webapp.activities.rules import RUNNING, SPORT_CLASSES, Run, is_impossible, overlap_losers


class Verdict(StrEnum):
    """Whether a run counts, or the first rule that keeps it from counting. In the order in which they are asked.

    A run that is gone at its source has no verdict: it is not stored.
    """

    PRIVATE = "private"
    OTHER_SPORT = "other_sport"
    OUTSIDE_WINDOW = "outside_window"
    MANUAL = "manual"
    FLAGGED = "flagged"
    NOTHING_MEASURED = "nothing_measured"
    IMPOSSIBLE_PACE = "impossible_pace"
    OVERLAP = "overlap"
    COUNTS = "counts"


@dataclass(frozen=True)
class ChallengeRules:
    """What a challenge takes: local dates from `starts_on` to `ends_on`, both in, and which kinds of run."""

    starts_on: date = date.min
    ends_on: date = date.max
    allow_private: bool = False
    allow_manual: bool = False
    sports: frozenset[str] = RUNNING


# The ledger knows no window, and takes "Only You" runs where their owner wants them to count.
LEDGER_RULES = {name: ChallengeRules(allow_private=True, sports=sports) for name, sports in SPORT_CLASSES.items()}

# In this order; the first that says yes names the verdict. The overlap comes after them: it looks at several runs.
_CHECKS: tuple[tuple[Verdict, Callable[[Run, ChallengeRules, bool], bool]], ...] = (
    (Verdict.PRIVATE, lambda run, rules, count_private: run.private and not (rules.allow_private and count_private)),
    (Verdict.OTHER_SPORT, lambda run, rules, _: run.sport_type not in rules.sports),
    (Verdict.OUTSIDE_WINDOW, lambda run, rules, _: not rules.starts_on <= run.local_date <= rules.ends_on),
    (Verdict.MANUAL, lambda run, rules, _: run.manual and not rules.allow_manual),
    (Verdict.FLAGGED, lambda run, rules, _: run.flagged),
    (Verdict.NOTHING_MEASURED, lambda run, rules, _: run.distance_m <= 0 or run.moving_s <= 0),
    (Verdict.IMPOSSIBLE_PACE, lambda run, rules, _: is_impossible(run.distance_m, run.moving_s)),
)


class Judged(NamedTuple):
    """A run's verdict; `beaten_by` is the id of the run that stands in its place where they overlap."""

    verdict: Verdict
    beaten_by: int | None = None


def judge(runs: Iterable[Run], rules: ChallengeRules, count_private: bool) -> dict[int, Judged]:
    """Return the verdict on each of one runner's runs by id.

    `count_private`: the runner wants "Only You" runs to count where a challenge allows it.
    """
    runs = list(runs)
    judged = {run.id: Judged(_first_failing(run, rules, count_private)) for run in runs}
    beaten = overlap_losers(run for run in runs if judged[run.id].verdict is Verdict.COUNTS)
    return judged | {loser: Judged(Verdict.OVERLAP, winner) for loser, winner in beaten.items()}


def verdicts(runs: Iterable[Run], rules: ChallengeRules, count_private: bool) -> dict[int, Verdict]:
    """Return the bare verdicts of `judge`."""
    return {run_id: judged.verdict for run_id, judged in judge(runs, rules, count_private).items()}


def counting(runs: Iterable[Run], rules: ChallengeRules, count_private: bool) -> list[Run]:
    """Return the runs that count."""
    runs = [run for run in runs if _first_failing(run, rules, count_private) is Verdict.COUNTS]
    beaten = overlap_losers(runs)
    return [run for run in runs if run.id not in beaten]


def _first_failing(run: Run, rules: ChallengeRules, count_private: bool) -> Verdict:
    for verdict, fails in _CHECKS:
        if fails(run, rules, count_private):
            return verdict
    return Verdict.COUNTS


class Spell(NamedTuple):
    """Time in a team, both dates in; `to_date` None is "still"."""

    team_id: int
    from_date: date
    to_date: date | None


class DayValue(NamedTuple):
    """What an entry has of one local date: metres, number of runs, and the team they count for."""

    team_id: int | None
    value: int
    runs: int


class Sum(NamedTuple):
    """Metres, and the number of days with at least one counting run."""

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


def day_values(counted: Iterable[Run], spells: Iterable[Spell]) -> dict[date, DayValue]:
    """Return the value of each local date with at least one of the runs that count."""
    spells = list(spells)
    return {
        day: DayValue(team_on(spells, day), sum(run.distance_m for run in runs), len(runs))
        for day, runs in _by_day(counted)
    }


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


def ledger(runs: Iterable[Run], count_private: bool) -> dict[tuple[str, date], LedgerValue]:
    """Return the ledger of one runner, by class of sport and local date, from all their runs."""
    runs = list(runs)
    return {
        (sport_class, day): _ledger_value(of_day)
        for sport_class, rules in LEDGER_RULES.items()
        for day, of_day in _by_day(counting(runs, rules, count_private))
    }


def _ledger_value(runs: list[Run]) -> LedgerValue:
    return LedgerValue(
        distance_m=sum(run.distance_m for run in runs),
        moving_s=sum(run.moving_s for run in runs),
        climb_m=sum(run.climb_m for run in runs),
        runs=len(runs),
        longest_m=max(run.distance_m for run in runs),
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


class Words(NamedTuple):
    """A verdict in words: the reason, a sentence about it, and what would make the run count."""

    reason: str
    explanation: str
    remedy: str | None = None


_WORDS: Mapping[Verdict, Words] = {
    Verdict.COUNTS: Words("counts", "This run counts."),
    Verdict.PRIVATE: Words(
        "only you can see it on Strava",
        "Runs that are set to “Only You” stay out of challenges.",
        "Set it to “Followers” or “Everyone” on Strava and it counts.",
    ),
    Verdict.OTHER_SPORT: Words(
        "another sport",
        "Runs, trail runs and virtual runs count.",
        "If it was a run, change its sport on Strava and it counts.",
    ),
    Verdict.OUTSIDE_WINDOW: Words(
        "outside the dates",
        "It was run on a day that does not belong to this challenge; the date where you were decides.",
    ),
    Verdict.MANUAL: Words(
        "entered by hand",
        "Only recorded runs count.",
        "If you have the recording, upload the file to Strava in its place.",
    ),
    Verdict.FLAGGED: Words(
        "flagged on Strava",
        "Somebody flagged this run there.",
        "Once the flag is lifted on Strava, it counts.",
    ),
    Verdict.NOTHING_MEASURED: Words(
        "no distance or no time",
        "There is nothing to add up.",
        "Correct the distance on Strava, where a treadmill run allows it, and it counts.",
    ),
    Verdict.IMPOSSIBLE_PACE: Words(
        "faster than the world record",
        "Nobody has yet run this far at that pace.",
        "If it was a ride, change its sport on Strava; if the watch was wrong, crop or correct the run there.",
    ),
    Verdict.OVERLAP: Words(
        "same time as another run",
        "Another run of yours covers this time, and the longer one counts.",
        "If the other one is wrong, delete it on Strava and this one counts.",
    ),
}
_PRIVATE_BUT_ALLOWED = "Or let your “Only You” runs count, on your account page, where a challenge allows it."


def words_for(verdict: Verdict, rules: ChallengeRules) -> Words:
    """Say a verdict in words to the owner of the run."""
    words = _WORDS[verdict]
    if verdict is Verdict.PRIVATE and rules.allow_private:
        return words._replace(remedy=f"{words.remedy} {_PRIVATE_BUT_ALLOWED}")
    return words
