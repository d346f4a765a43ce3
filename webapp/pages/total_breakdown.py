"""A total, broken down into its days: what each date brought, and for its owner, from which runs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.activities.queries import read_from_of
from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import challenge_for
from webapp.db import db
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of
from webapp.history.usual_week_queries import shown_usual_week
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import Viewer, board_context_of, rows_of, viewer_of_board
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.names import called
from webapp.pages.my_runs import bars_of, strava_url
from webapp.privacy.gate import shared
from webapp.privacy.queries import level_of
from webapp.rulebook.explanations import arithmetic
from webapp.scoring.entry_queries import DayTotal, days_of
from webapp.scoring.verdict_queries import verdicts_of

bp = Blueprint("total_breakdown", __name__)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that counts, on its owner's own page. Metres and seconds are those that count."""

    name: str
    distance_m: int
    moving_s: int
    climb_m: int
    is_adjusted: bool
    strava_url: str | None
    # Why less of it counts than was recorded, in sentences.
    limits: list[str]


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day and its arithmetic; `runs` is empty where they are no longer kept."""

    date: date
    value: int
    count: int
    arithmetic: str
    runs: list[OpenRun]


@bp.get("/g/<slug>/c/<int:challenge_id>/r/<int:entry_id>")
@login_required
def total(slug: str, challenge_id: int, entry_id: int) -> ResponseReturnValue:
    """Show how a total is made up; to others by day and never by run."""
    runner = signed_in_runner()
    _, _, challenge = challenge_for(slug, challenge_id, runner.id, Permission.SEE_GROUP)
    viewer = viewer_of_board(slug, challenge_id, runner.id, runner.session_epoch)
    viewer = viewer and page_context.seen_by(viewer)
    entry = db.session.get(Entry, entry_id)
    if viewer is None or entry is None or entry.challenge_id != challenge_id:
        raise not_found()
    is_mine, now = entry.runner_id == viewer.runner_id, clock().now()
    row = rows_of(board_context_of(viewer, now), [entry_id]).get(entry_id)
    if row is None and not is_mine:
        raise not_found()
    days = _days_to_show(viewer, challenge, entry)
    return render_template(
        "pages/total_breakdown.html",
        row=row,
        name=row.name if row else called(runner.name),
        is_mine=is_mine,
        adds_up=challenge.rules.measured.adds_up,
        is_changing=challenge.is_changing,
        bars=None if days is None else bars_of(days, challenge, clock().today(viewer.tz)),
        days=_opened(days or [], challenge, runner, now) if is_mine else [],
        usual_week=shown_usual_week(
            consent_of(viewer.group_id, entry.runner_id), entry.runner_id, clock().today(viewer.tz), is_self=is_mine
        ),
        since=read_from_of([runner.id]).get(runner.id) if is_mine else None,
        **page_context.head(viewer, now),
    )


def _days_to_show(viewer: Viewer, challenge: Challenge, entry: Entry) -> list[DayTotal] | None:
    """Return the days of an entry that the viewer may see by the privacy rules; None if they may see none."""
    is_mine = entry.runner_id == viewer.runner_id
    if challenge.is_changing:
        return None  # the days are being derived by other rules than those of the board
    one_run = not challenge.rules.measured.adds_up
    consent = consent_of(viewer.group_id, entry.runner_id)
    level = level_of(consent)
    daily = None if one_run and not is_mine else days_of(entry.runner_id, challenge.id)
    seen: list[DayTotal] | None = shared(level, {"daily": daily}, is_self=is_mine)["daily"]
    return seen


def _opened(days: list[DayTotal], challenge: Challenge, owner: Runner, now: datetime) -> list[OpenDay]:
    """Return the owner's days, the newest first, each with the runs that count in it."""
    rules, units, runs = challenge.rules, owner.units, _counted_runs(owner.id, challenge, now)
    return [
        OpenDay(each.day, each.value, each.runs, arithmetic(rules, each.amount, each.value, units), runs[each.day])
        for each in reversed(days)
    ]


def _counted_runs(runner_id: int, challenge: Challenge, now: datetime) -> dict[date, list[OpenRun]]:
    found: dict[date, list[OpenRun]] = defaultdict(list)
    # A final table no longer follows from the runs: the runs that are still here may have changed.
    for judged in verdicts_of(runner_id, challenge, now) if challenge.frozen_at is None else []:
        if judged.counts:
            run, own = judged.counted, judged.activity
            figures = (run.distance_m, run.moving_s, run.climb_m)
            opened = OpenRun(own.name, *figures, judged.is_adjusted, strava_url(own), judged.limits)
            found[run.local_date].append(opened)
    return found
