"""The verdict on each of a runner's runs, for their own eyes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from webapp.accounts.models import Runner
from webapp.activities.models import Activity
from webapp.activities.queries import activities_of, run_of
from webapp.challenges.models import Challenge, Entry
from webapp.clock import latest_date
from webapp.extensions import clock, db
from webapp.scoring.queries import rulings_of
from webapp.scoring.rules import LEDGER_RULES, ChallengeRules, Own, Verdict, as_counted, judge
from webapp.scoring.rulesets import RuleSet
from webapp.scoring.wording import Words, words_for


@dataclass(frozen=True)
class RunVerdict:
    """One activity, as its owner sees it judged. For nobody else's eyes."""

    activity: Activity
    verdict: Verdict
    words: Words
    # The activity that stands in its place where two overlap.
    beaten_by: Activity | None
    # Metres and seconds that count in place of its own, as an organiser adjusted them.
    adjusted: tuple[int, int] | None = None

    @property
    def counts(self) -> bool:
        return self.verdict is Verdict.COUNTS


def verdicts_of(runner_id: int, challenge: Challenge | None = None, units: str = "km") -> list[RunVerdict]:
    """Return a runner's own activities around a challenge's window with the verdict on each, the newest first.

    A day more on either side is looked at, for the run that missed the window by an hour; of those days only what
    would have counted inside is returned. Without a challenge: all activities, by the rules of the ledger. The words
    are in the runner's `units`.
    """
    rules = rules_of(challenge) if challenge else LEDGER_RULES["run"]
    margin = timedelta(days=1)
    first, last = (challenge.starts_on - margin, challenge.ends_on + margin) if challenge else (None, None)
    activities = {activity.id: activity for activity in activities_of(runner_id, first, last)}
    own = own_of(runner_id, challenge)
    today = latest_date(clock().now())
    judged = judge((run_of(activity) for activity in activities.values()), rules, own, today)
    return [
        RunVerdict(
            activity,
            verdict,
            words_for(verdict, rules, units, own.habit_m),
            activities.get(beaten_by or 0),
            _adjusted(activity, own) if verdict is Verdict.COUNTS else None,
        )
        for activity in activities.values()
        for verdict, beaten_by in [judged[activity.id]]
        if verdict is Verdict.OUTSIDE_WINDOW or rules.starts_on <= activity.local_date <= rules.ends_on
    ]


def _adjusted(activity: Activity, own: Own) -> tuple[int, int] | None:
    counted = as_counted(run_of(activity), own)
    figures = (counted.distance_m, counted.moving_s)
    return None if figures == (activity.distance_m, activity.moving_s) else figures


def own_of(runner_id: int, challenge: Challenge | None = None) -> Own:
    """Return what a runner's runs are judged by beside themselves, in a challenge or by the ledger."""
    runner = db.session.get_one(Runner, runner_id)
    if challenge is None:
        return Own(runner.count_private)
    mine = select(Entry.habit_m).where(Entry.runner_id == runner_id, Entry.challenge_id == challenge.id)
    rulings = rulings_of([runner_id], [challenge.id]).get((runner_id, challenge.id), {})
    return Own(runner.count_private, db.session.scalar(mine), rulings)


def rules_of(challenge: Challenge) -> ChallengeRules:
    return ChallengeRules(challenge.starts_on, challenge.ends_on, RuleSet.from_data(challenge.rules).counts)
