"""All my runs: everything we hold of the viewer's own runs, without verdicts."""

from collections.abc import Collection, Sequence
from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select

from webapp.activities.queries import read_from_of
from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import under_way_for
from webapp.clock import latest_date
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.activities import Activity
from webapp.models.scoring import LedgerDay
from webapp.pages.my_runs import PER_PAGE, strava_url
from webapp.paging import page_wanted
from webapp.rulebook.runs import RUNNING, sport_in_words
from webapp.sync.queries import is_initial_import_under_way
from webapp.sync.status_queries import share_wait_of

bp = Blueprint("all_runs", __name__)


@bp.get("/my-runs")
@login_required
def my_runs() -> ResponseReturnValue:
    """Redirect to my runs in the one challenge I am in; with none or several, to all my runs."""
    under_way = under_way_for(signed_in_runner().id, clock().now())
    if len(under_way) != 1:
        return redirect(url_for("all_runs.all_runs"))
    group, challenge = under_way[0]
    return redirect(url_for("my_runs.my_runs", slug=group.slug, challenge_id=challenge.id))


@bp.get("/my-runs/all")
@login_required
def all_runs() -> ResponseReturnValue:
    """Show my runs, the newest first, and below them the days whose runs are no longer kept."""
    runner, now = signed_in_runner(), clock().now()
    since, mine = read_from_of([runner.id]).get(runner.id), _runs(runner.id, latest_date(now))
    run_count, day_count = _count(*mine), _count(*_days_before(runner.id, since))
    page = page_wanted(run_count + day_count, PER_PAGE)
    runs = _read_runs(mine, page.offset, PER_PAGE)
    return render_template(
        "pages/all_runs.html",
        under_way=under_way_for(runner.id, now),
        ahead=_read_runs(_dated_ahead(runner.id, latest_date(now)), 0, PER_PAGE) if page.number == 1 else [],
        runs=runs,
        days=_read_days(runner.id, since, max(page.offset - run_count, 0), PER_PAGE - len(runs)),
        others=_read_runs(_other_sports(runner.id), 0, PER_PAGE) if page.number == 1 else [],
        strava_url=strava_url,
        sport_in_words=sport_in_words,
        since=since,
        page=page,
        units=runner.units,
        raw_days=settings().raw_days,
        reading=is_initial_import_under_way(runner.id),
        share_wait=share_wait_of(runner.id, now),
    )


def _runs(runner_id: int, today: date) -> Sequence[ColumnElement[bool]]:
    """Return the condition on runs whose date has begun. `today`: the latest date that has begun on earth."""
    return Activity.runner_id == runner_id, Activity.sport_type.in_(RUNNING), Activity.local_date <= today


def _dated_ahead(runner_id: int, today: date) -> Sequence[ColumnElement[bool]]:
    return Activity.runner_id == runner_id, Activity.sport_type.in_(RUNNING), Activity.local_date > today


def _other_sports(runner_id: int) -> Sequence[ColumnElement[bool]]:
    return Activity.runner_id == runner_id, Activity.sport_type.not_in(RUNNING)


def _days_before(runner_id: int, since: date | None) -> Sequence[ColumnElement[bool]]:
    """Return the ledger days whose runs are no longer stored: those before the first date of stored runs."""
    stored_from = since or date.min
    return LedgerDay.runner_id == runner_id, LedgerDay.sport_class == "run", LedgerDay.local_date < stored_from


def _count(*wanted: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(*wanted)) or 0


def _read_runs(wanted: Collection[ColumnElement[bool]], start: int, limit: int) -> Sequence[Activity]:
    newest_first = (Activity.local_date.desc(), Activity.start_utc.desc(), Activity.id.desc())
    return db.session.scalars(select(Activity).where(*wanted).order_by(*newest_first).offset(start).limit(limit)).all()


def _read_days(runner_id: int, since: date | None, start: int, limit: int) -> Sequence[LedgerDay]:
    found = select(LedgerDay).where(*_days_before(runner_id, since)).order_by(LedgerDay.local_date.desc())
    return db.session.scalars(found.offset(start).limit(limit)).all()
