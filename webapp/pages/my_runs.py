"""My runs: every run of the viewer's own, whether it counts, and if not, why. It never shows anybody else's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.activities.queries import read_from_of, run_of
from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import challenge_for, shown
from webapp.clock import days_between
from webapp.entries.participation_queries import participation_of
from webapp.extensions import clock, settings
from webapp.formatting import day as day_in_words
from webapp.formatting import distance
from webapp.groups.permissions import Permission
from webapp.leaderboards.page_context import tabs_of
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.reviews import Review
from webapp.paging import page_wanted
from webapp.reviews.queries import asked_of, reviews_of
from webapp.reviews.rules import DECIDED, Step, is_over, next_step
from webapp.rulebook.judging import Verdict
from webapp.rulebook.lifecycle import days_left
from webapp.rulebook.runs import Run, sport_in_words
from webapp.rulebook.targets import TargetProgress, target_progress
from webapp.scoring.entry_queries import DayTotal, days_of, entry_of
from webapp.scoring.verdict_queries import RunVerdict, verdicts_of
from webapp.sync.queries import is_initial_import_under_way
from webapp.sync.status_queries import share_wait_of

bp = Blueprint("my_runs", __name__)

PER_PAGE = 50


@bp.get("/g/<slug>/c/<int:challenge_id>/my-runs")
@login_required
def my_runs(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show my runs around the dates of one challenge, each with whether it counts there."""
    runner = signed_in_runner()
    group, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    page = _challenge_page(group, challenge, runner.id)
    now = clock().now()
    judged = verdicts_of(runner.id, challenge, now, runner.units)
    page |= _lists(judged, runner.units, _state_of(challenge, runner.id, taking_part=page["entry_id"] is not None))
    page |= _kept(challenge, runner.id)
    if challenge.frozen_at is not None:
        page["left_out"] = None
    return render_template(
        "pages/my_runs.html",
        **page,
        units=runner.units,
        reading=is_initial_import_under_way(runner.id),
        share_wait=share_wait_of(runner.id, now),
    )


def _kept(challenge: Challenge, runner_id: int) -> dict[str, Any]:
    """Return what the page says is no longer kept: all runs of a challenge, those before a date, titles."""
    since = read_from_of([runner_id]).get(runner_id)
    gone = "none"
    if challenge.frozen_at and since is not None and since > challenge.starts_on:
        gone = "all" if since > challenge.ends_on else "some"
    return {"since": since, "gone": gone, "raw_days": settings().raw_days}


def _challenge_page(group: Group, challenge: Challenge, runner_id: int) -> dict[str, Any]:
    counted = days_of(runner_id, challenge.id)
    return {
        "group": group,
        "challenge": shown(challenge, group.tz, clock().now()),
        "tabs": tabs_of(group.slug, challenge.id),
        "entry_id": entry_of(runner_id, challenge.id),
        "days": bars_of(counted, challenge, clock().today(group.tz)),
        "unit": challenge.rules.unit,
        "figures": RunFigures(sum(day.value for day in counted), sum(day.runs for day in counted), len(counted)),
        "until": challenge.closes_at,
        "target": _target(group, challenge, runner_id),
    }


def _target(group: Group, challenge: Challenge, runner_id: int) -> TargetProgress | None:
    today = clock().today(group.tz)
    mine = participation_of(challenge, runner_id, group.tz, today)
    if mine is None or mine.target is None:
        return None
    days = days_left(max(today, challenge.starts_on), challenge.ends_on)
    return target_progress(mine.target, mine.total, challenge.rules, days)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """Figures from the days on the board, even if their runs are gone."""

    counting: int
    runs: int
    active_days: int


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    counts: bool
    reason: str
    explanation: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The owner's review request about a run, and what they can do now."""

    step: Step = "none"
    review: Review | None = None
    decided: str | None = None


# Returns the state of a run's review.
StateOf = Callable[[RunVerdict], ReviewState]


@dataclass(frozen=True, slots=True)
class ShownRun:
    id: int
    name: str
    local_date: date
    distance_m: int
    moving_s: int
    climb_m: int
    sport: str
    device: str | None
    strava_url: str | None
    verdict: ShownVerdict
    # The run with the figures that count, if an organiser adjusted them.
    adjusted: Run | None
    # Why less of it counts than was recorded, in sentences.
    limits: list[str]
    review_state: ReviewState


@dataclass(frozen=True, slots=True)
class DayBar:
    """A day of the chart; `value` is None on a day to come."""

    date: date
    value: int | None
    is_today: bool


def _state_of(challenge: Challenge, runner_id: int, *, taking_part: bool) -> StateOf:
    """Return a function that returns the state of a run's review."""
    if not taking_part:
        return lambda _judged: ReviewState()
    reviews = reviews_of(runner_id, challenge.id)
    over = is_over(challenge.frozen_at is not None, challenge.closes_at, clock().now())

    def state_of(judged: RunVerdict) -> ReviewState:
        run = judged.activity
        review = reviews.get((run.source, run.source_id))
        asked = asked_of(review)
        step = next_step(run_of(run), asked, is_disputable=judged.is_disputable, over=over)
        is_about = asked is not None and asked.is_about(run_of(run))
        decision = review.decision if review and is_about else None
        return ReviewState(step, review if is_about else None, DECIDED[decision] if decision else None)

    return state_of


def _lists(judged: Sequence[RunVerdict], units: str, state_of: StateOf) -> dict[str, Any]:
    """Return what the page lists: a page of the runs, and on the first page the other sports."""
    runs = [each for each in judged if each.verdict is not Verdict.OTHER_SPORT]
    others = [each for each in judged if each.verdict is Verdict.OTHER_SPORT]
    page = page_wanted(len(runs), PER_PAGE)
    on_page = runs[page.offset : page.offset + page.size]
    return {
        # Unknown if the challenge is final: the runs that would show it may be gone.
        "left_out": sum(not each.counts and each.verdict is not Verdict.OUTSIDE_WINDOW for each in runs),
        "runs": [_shown_run(each, units, state_of(each)) for each in on_page],
        "others": [_shown_run(each, units, state_of(each)) for each in others[:PER_PAGE]] if page.number == 1 else [],
        "page": page,
        "page_args": request.view_args or {},
    }


def bars_of(counted: Sequence[DayTotal], challenge: Challenge, today: date) -> list[DayBar]:
    """Return a bar for each date of a challenge."""
    values = {each.day: each.value for each in counted}
    days = days_between(challenge.starts_on, challenge.ends_on)
    return [DayBar(day, values.get(day, 0 if day <= today else None), day == today) for day in days]


def _shown_run(judged: RunVerdict, units: str, review_state: ReviewState) -> ShownRun:
    run = judged.activity
    return ShownRun(
        id=run.id,
        name=run.name,
        local_date=run.local_date,
        distance_m=run.distance_m,
        moving_s=run.moving_s,
        climb_m=run.climb_m,
        sport=sport_in_words(run.sport_type),
        device=run.device,
        strava_url=strava_url(run),
        verdict=_shown_verdict(judged, units),
        adjusted=judged.counted if judged.counts and judged.is_adjusted else None,
        limits=judged.limits,
        review_state=review_state,
    )


def _shown_verdict(judged: RunVerdict, units: str) -> ShownVerdict:
    words, explanation = judged.words, judged.words.explanation
    if judged.superseded_by is not None:
        other = judged.superseded_by
        length, day = distance(other.distance_m, units), day_in_words(other.local_date)
        stands = "and that one counts" if judged.is_beaten_inside else "and that one stands; it lies outside the dates"
        explanation = f"“{other.name}” on {day} ({length}) covers the same time, {stands}."
    return ShownVerdict(judged.counts, words.reason, explanation, words.remedy)


def strava_url(run: Activity) -> str | None:
    """Return the address of a run's own page on Strava, None where it has none."""
    return f"{settings().strava_site}/activities/{run.source_id}" if run.source == "strava" else None
