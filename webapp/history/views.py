"""Pages that look back: the results of a group, its hall of fame, boards over any dates, and a runner's own history."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.extensions import clock
from webapp.formatting import METRES
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, groups_of
from webapp.history import archive_queries, my_history_queries, rules
from webapp.history.hall_of_fame_queries import shown_hall_of_fame
from webapp.history.range_board_queries import RangeViewer, range_board
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.paging import page_number, page_wanted
from webapp.privacy.gate import viewpoint_of
from webapp.rulebook.date_ranges import MEASURES, WantedRange, spans, wanted
from webapp.streaks.queries import streak_over

bp = Blueprint("history", __name__)

TABS = (("results", "Results"), ("hall_of_fame", "Hall of fame"), ("range", "Any dates"))


@bp.get("/g/<slug>/seasons")
@login_required
def results(slug: str) -> ResponseReturnValue:
    """Show the closed challenges of a year, each with its winners."""
    runner = signed_in_runner()
    group, _ = group_for(slug, runner.id, Permission.SEE_GROUP)
    years = archive_queries.years_of(group.id)
    year = _year_of(years, clock().today(group.tz))
    return render_template(
        "history/results.html",
        results=archive_queries.archived_challenges_of(group.id, year, runner.units) if years else [],
        year=year,
        years=years,
        **_head(group),
    )


@bp.get("/g/<slug>/hall-of-fame")
@login_required
def hall_of_fame(slug: str) -> ResponseReturnValue:
    """Show what members have done in closed challenges, the last as well as the first."""
    runner = signed_in_runner()
    group, _ = group_for(slug, runner.id, Permission.SEE_GROUP)
    everybody, greatest = shown_hall_of_fame(group, viewpoint_of(runner.id), runner.units, clock().today(group.tz))
    return render_template("history/hall_of_fame.html", everybody=everybody, greatest=greatest, **_head(group))


@bp.get("/g/<slug>/range", endpoint="range")
@login_required
def any_dates(slug: str) -> ResponseReturnValue:
    """Show the members over any dates by any measure of the ledger. 400 if the dates are invalid."""
    runner = signed_in_runner()
    group, _ = group_for(slug, runner.id, Permission.SEE_GROUP)
    asked, today = request.args.get, clock().today(group.tz)
    want = wanted(asked("from"), asked("to"), asked("measure"), today)
    seen_by = RangeViewer(viewpoint_of(runner.id), runner.units)
    board = None if want.errors else range_board(group, seen_by, want, page_number(), clock().now())
    shown = render_template(
        "history/range.html",
        board=board,
        want=want,
        measures=MEASURES,
        spans=_span_links(group, want, today),
        range_args=_address(group, want.first, want.last, want.measure),
        **_head(group),
    )
    return shown, 400 if want.errors else 200


@bp.get("/me/history")
@login_required
def mine() -> ResponseReturnValue:
    """Show a runner's own challenges, records, streaks and milestones, to nobody but themselves."""
    runner = signed_in_runner()
    today, days, parts = (
        _today_of(runner),
        my_history_queries.days_of(runner.id, clock().now()),
        my_history_queries.past_entries_of(runner.id),
    )
    years = sorted({day.date.year for day in days}, reverse=True)
    count = my_history_queries.finished_count(runner.id)
    page = page_wanted(count, my_history_queries.A_PAGE)
    year = _year_of(years, today)
    return render_template(
        "history/mine.html",
        challenges=my_history_queries.finished_page(runner.id, page),
        kept=my_history_queries.kept_results_of(runner.id),
        count=count,
        page=page,
        year=year,
        years=years,
        heatmap=rules.heatmap(days, year, today) if years else None,
        units=runner.units,
        week_streak=streak_over(runner.id, [day.date for day in days], today),
        **_achieved(days, parts, today, METRES[runner.units]),
    )


def _achieved(
    days: Sequence[rules.Day], parts: Sequence[my_history_queries.PastEntry], today: date, metres: float
) -> dict[str, Any]:
    dates, ends = [day.date for day in days], [part.ends_on for part in parts]
    return {
        "records": rules.records(days),
        "best_place": min((part.rank for part in parts if part.rank), default=None),
        "day_streak": rules.day_streak(dates, today),
        "month_streak": rules.month_streak(((day.year, day.month) for day in ends), today),
        "milestones": rules.milestones(days, metres, ends),
        "ahead": rules.ahead(days, metres),
    }


def _today_of(runner: Runner) -> date:
    """Return the runner's today: that of their first group, since we do not know where they live."""
    groups = groups_of(runner.id)
    return clock().today(groups[0].tz if groups else "UTC")


def _year_of(years: Sequence[int], today: date) -> int:
    """Return the year that was asked for, if it has content; otherwise the latest one."""
    asked = request.args.get("year", type=int)
    return asked if asked in years and asked is not None else max(years, default=today.year)


def _head(group: Group) -> dict[str, Any]:
    tabs = [(key, words, url_for(f"history.{key}", slug=group.slug)) for key, words in TABS]
    return {"group": group, "tabs": tabs}


def _address(group: Group, first: date, last: date, measure: str) -> dict[str, Any]:
    return {"slug": group.slug, "from": first.isoformat(), "to": last.isoformat(), "measure": measure}


def _span_links(group: Group, want: WantedRange, today: date) -> list[tuple[str, str, bool]]:
    """Return (words, address, is it the one that is shown?) of the dates that groups ask for most."""
    return [
        (
            span.words,
            url_for("history.range", **_address(group, span.first, span.last, want.measure)),
            not want.errors and (span.first, span.last) == (want.first, want.last),
        )
        for span in spans(today, MEASURES[want.measure])
    ]
