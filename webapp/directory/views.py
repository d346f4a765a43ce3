"""The directory of groups."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import current_runner
from webapp.directory import queries
from webapp.directory.fit_queries import pattern_of_runner
from webapp.directory.fit_rules import RunningPattern
from webapp.directory.queries import ListedGroup
from webapp.directory.rules import PACE_BANDS, GroupSearch
from webapp.extensions import clock, limiter, settings
from webapp.group_profiles.rules import WEEKDAYS
from webapp.models.accounts import Runner
from webapp.paging import page_number
from webapp.request_fields import SEARCH_LIMIT, searched

bp = Blueprint("directory", __name__)

FIELDS = ("q", "area", "day", "pace")
MAX_PAGE = 1000
SUGGESTED = 4


def _is_no_search() -> bool:
    return not any(request.args.get(field) for field in FIELDS)


@bp.get("/groups")
@limiter.limit(SEARCH_LIMIT, exempt_when=_is_no_search)
def groups() -> ResponseReturnValue:
    """Show the groups that want to be found, to runners who are signed in.

    Query: q, area, day, pace, sort ("name"; otherwise those that suit the runner come first), page.
    """
    runner = current_runner()
    if runner is None:
        return render_template("directory/signed_out.html")
    wanted = GroupSearch.of({field: searched(field) for field in FIELDS})
    pattern = _pattern(runner)
    by_fit = pattern is not None and request.args.get("sort") != "name"
    found, page = queries.listed_groups(wanted, page_number(MAX_PAGE), pattern if by_fit else None)
    return render_template(
        "directory/groups.html",
        groups=found,
        page=page,
        wanted=wanted,
        weekdays=WEEKDAYS,
        pace_bands=PACE_BANDS,
        units=runner.units,
        has_pattern=pattern is not None,
        by_fit=by_fit,
        totals_are_shared=settings().sharing == "totals",
    )


def fitting_groups(runner: Runner) -> list[ListedGroup]:
    """Return a few groups that suit a runner, for the start page of one who is in none."""
    return queries.listed_groups(GroupSearch(), 1, _pattern(runner), size=SUGGESTED)[0]


def _pattern(runner: Runner) -> RunningPattern | None:
    """Return what the runner usually runs, None where groups are not sorted by that."""
    if settings().sharing != "totals":
        return None
    return pattern_of_runner(runner.id, clock().today("UTC"))
