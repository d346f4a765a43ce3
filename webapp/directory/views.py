"""The directory of groups."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.session import current_runner
from webapp.directory import queries
from webapp.directory.rules import PACE_BANDS, Wanted
from webapp.extensions import limiter
from webapp.group_profiles.rules import WEEKDAYS
from webapp.paging import page_number
from webapp.request_fields import searched

bp = Blueprint("directory", __name__)

FIELDS = ("q", "area", "day", "pace")
MAX_PAGE = 1000


def _is_no_search() -> bool:
    return not any(request.args.get(field) for field in FIELDS)


@bp.get("/groups")
@limiter.limit("60 per minute", exempt_when=_is_no_search)
def groups() -> ResponseReturnValue:
    """Show the groups that want to be found, to runners who are signed in. Query: q, area, day, pace, page."""
    runner = current_runner()
    if runner is None:
        return render_template("directory/signed_out.html")
    wanted = Wanted.of({field: searched(field) for field in FIELDS})
    found, page = queries.listed_groups(wanted, page_number(MAX_PAGE))
    return render_template(
        "directory/groups.html",
        groups=found,
        page=page,
        wanted=wanted,
        weekdays=WEEKDAYS,
        pace_bands=PACE_BANDS,
        units=runner.units,
    )
