"""The verdict on each of a runner's runs, only for themselves."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from webapp.activities.queries import activities_of, run_of
from webapp.clock import latest_date
from webapp.db import db
from webapp.groups.queries import consent_of
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.privacy.queries import switched_on
from webapp.privacy.switch_rules import COUNT_PRIVATE
from webapp.rulebook.judging import (
    LEDGER_RULES,
    REVIEWABLE,
    ChallengeRules,
    Judged,
    RunnerContext,
    Verdict,
    as_counted,
    cut,
    is_adjusted,
    judge,
)
from webapp.rulebook.plausibility import Quantity
from webapp.rulebook.runs import Run, look_alikes
from webapp.rulebook.verdict_messages import CUT_WORDS, LOOK_ALIKE_WORDS, TOO_LATE, Words, words_for
from webapp.scoring.entry_queries import overrides_of


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """One activity with its verdict, for its owner. Show it to no one else."""

    activity: Activity
    verdict: Verdict
    words: Words
    # The activity that counts in its place, if two overlap.
    superseded_by: Activity | None
    # The run with the quantities that count, if it counts: as an organiser adjusted them, or the plausible ones.
    counted: Run
    is_adjusted: bool
    # Its quantities that are outside their bounds and not confirmed by an override.
    cut: frozenset[Quantity]
    # Whether it came after the results were final, which leave it out.
    came_late: bool = False
    # Whether the recording that counts in its place is inside the dates, too.
    is_beaten_inside: bool = True
    # Another run that counts and looks like the same one, recorded in a wrong time zone.
    look_alike: Activity | None = None

    @property
    def counts(self) -> bool:
        return self.verdict is Verdict.COUNTS and not self.came_late

    @property
    def limits(self) -> list[str]:
        """Return in sentences what looks wrong with a run that counts: quantities that are cut, and a look-alike."""
        if not self.counts:
            return []
        look_alike = [LOOK_ALIKE_WORDS.format(self.look_alike.name)] if self.look_alike else []
        return [CUT_WORDS[quantity] for quantity in Quantity if quantity in self.cut] + look_alike

    @property
    def is_disputable(self) -> bool:
        """Return whether an organiser may overrule anything about it."""
        return self.verdict in REVIEWABLE or bool(self.limits)


def verdicts_of(runner_id: int, challenge: Challenge | None, now: datetime, units: str = "km") -> list[RunVerdict]:
    """Return a runner's own activities around a challenge's window with the verdict on each, the newest first.

    One more day on either side is included, for a run that missed the window by an hour; only runs that would have
    counted inside are returned for those days. Without a challenge: all activities, by the rules of the ledger. The
    words are in the runner's `units`.
    """
    judged = _judged_around(runner_id, challenge, latest_date(now))
    return [judged.verdict_of(run, units) for run in judged.runs if judged.belongs(run)]


@dataclass(frozen=True, slots=True)
class _JudgedRuns:
    """A runner's activities around a window, and what follows from judging them together; all by their ids."""

    activities: Mapping[int, Activity]
    runs: Collection[Run]
    rules: ChallengeRules
    runner: RunnerContext
    judged: Mapping[int, Judged]
    # Those that came after the results.
    late: Collection[int]
    look_alikes: Mapping[int, int]

    def belongs(self, run: Run) -> bool:
        """Return whether a run is inside the dates, or would have counted there."""
        is_inside = self.rules.starts_on <= run.local_date <= self.rules.ends_on
        return is_inside or self.judged[run.id].verdict is Verdict.OUTSIDE_WINDOW

    def verdict_of(self, run: Run, units: str) -> RunVerdict:
        verdict, beaten_by = self.judged[run.id].verdict, self.judged[run.id].superseded_by
        # It would count, or give way to another one, had it not come after the results.
        came_late = run.id in self.late and verdict in (Verdict.COUNTS, Verdict.OVERLAP)
        return RunVerdict(
            self.activities[run.id],
            verdict,
            TOO_LATE if came_late else words_for(verdict, self.rules, units, self.runner.usual_longest_m),
            None if came_late else self.activities.get(beaten_by or 0),
            as_counted(run, self.runner),
            is_adjusted(run, self.runner),
            cut(run, self.runner),
            came_late,
            beaten_by is None or self.rules.covers(self.activities[beaten_by].local_date),
            self.activities.get(self.look_alikes.get(run.id, 0)),
        )


def _judged_around(runner_id: int, challenge: Challenge | None, today: date) -> _JudgedRuns:
    rules = rules_of(challenge) if challenge else LEDGER_RULES["run"]
    activities = _around(runner_id, challenge)
    runner = runner_context(runner_id, challenge)
    late = {activity.id for activity in activities.values() if _came_late(activity, challenge)}
    runs = [run_of(activity) for activity in activities.values()]
    judged = _judged(runs, rules, runner, late, today)
    alike = look_alikes(run for run in runs if judged[run.id].verdict is Verdict.COUNTS and run.id not in late)
    return _JudgedRuns(activities, runs, rules, runner, judged, late, alike)


def _around(runner_id: int, challenge: Challenge | None) -> dict[int, Activity]:
    """Return a runner's activities from the day before a challenge to the day after, or all, by their ids."""
    margin = timedelta(days=1)
    first, last = (challenge.starts_on - margin, challenge.ends_on + margin) if challenge else (None, None)
    return {activity.id: activity for activity in activities_of(runner_id, first, last)}


def _judged(
    runs: Collection[Run], rules: ChallengeRules, runner: RunnerContext, late: Container[int], today: date
) -> dict[int, Judged]:
    """Judge runs. A run that came late takes nothing from those in the results."""
    in_time = [run for run in runs if run.id not in late]
    return judge(runs, rules, runner, today) | judge(in_time, rules, runner, today)


def _came_late(activity: Activity, challenge: Challenge | None) -> bool:
    final, seen = challenge.frozen_at if challenge else None, activity.first_seen_at
    return final is not None and seen is not None and seen > final


def runner_context(runner_id: int, challenge: Challenge | None = None) -> RunnerContext:
    """Return the other facts that judge a runner's runs, in a challenge or for the ledger."""
    if challenge is None:
        return RunnerContext()
    mine = select(Entry.usual_longest_m).where(Entry.runner_id == runner_id, Entry.challenge_id == challenge.id)
    consent = consent_of(challenge.group_id, runner_id)
    counts_private = switched_on(COUNT_PRIVATE, consent)
    overrides = overrides_of([runner_id], [challenge.id]).get((runner_id, challenge.id), {})
    return RunnerContext(counts_private, db.session.scalar(mine), overrides)


def rules_of(challenge: Challenge) -> ChallengeRules:
    return ChallengeRules(challenge.starts_on, challenge.ends_on, challenge.rules.counts)
