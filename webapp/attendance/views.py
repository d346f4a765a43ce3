"""Counting a run: the tap list of its leaders, the code on their phone, heads, and closing."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from webapp.attendance import queries, service
from webapp.attendance.code_rules import RunCode, RunnerKeys
from webapp.attendance.forms import NOTHING, HeadsForm, SentTaps, tap_of, taps_of
from webapp.attendance.list_queries import found_members, tap_list
from webapp.attendance.page_context import OUTCOME_WORDS, SOURCE_WORDS
from webapp.attendance.rules import can_be_closed, can_be_counted
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.extensions import clock, limiter, settings
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.request_fields import SEARCH_LIMIT, is_no_search, searched

bp = Blueprint("attendance", __name__)
# Without the script each tap is a request.
tap_limit = limiter.shared_limit("1200 per hour", scope="taps")


@bp.get("/g/<slug>/runs/<int:run_id>/attendance")
@login_required
@limiter.limit(SEARCH_LIMIT, exempt_when=is_no_search)
def count(slug: str, run_id: int) -> ResponseReturnValue:
    """Show the tap list of a run, and find members to add by name (q)."""
    group, run = _run(slug, run_id)
    return _page(group, run, HeadsForm())


@bp.get("/g/<slug>/runs/<int:run_id>/attendance/part")
@login_required
def count_part(slug: str, run_id: int) -> ResponseReturnValue:
    """Show what changes on that page while it is open."""
    group, run = _run(slug, run_id)
    return _part(group, run)


@bp.post("/g/<slug>/runs/<int:run_id>/attendance")
@login_required
@tap_limit
def tap(slug: str, run_id: int) -> ResponseReturnValue:
    """Note who came. Field: tap ("key outcome", of a button), or taps (JSON, of a phone that kept them)."""
    now = clock().now()
    with write_transaction():
        group, run = _run(slug, run_id)
        is_kept = "taps" in request.form
        sent = _sent(run)
        refused = service.record_taps(run.id, sent.taps, signed_in_runner().id, now)
    if is_kept:
        return _part(group, run, refused=len(refused) + len(sent.unknown))
    if refused:
        flash("They are no longer in the group, so nothing was noted.", "warn")
    return _back(slug, run_id, "list")


@bp.post("/g/<slug>/runs/<int:run_id>/count")
@login_required
@tap_limit
def count_heads(slug: str, run_id: int) -> ResponseReturnValue:
    """Note how many people there are. Fields: those of HeadsForm."""
    group, run = _run(slug, run_id)
    form = HeadsForm()
    is_right = form.validate()
    if is_right:
        with write_transaction():
            group, run = _run(slug, run_id)
            service.count_heads(run.id, form.heads.data, clock().now(), at_end=form.when.data == "end")
    if "part" in request.form:
        return _part(group, run, form=None if is_right else form)
    return _back(slug, run_id, "heads") if is_right else _page(group, run, form)


@bp.post("/g/<slug>/runs/<int:run_id>/close")
@login_required
@tap_limit
def close(slug: str, run_id: int) -> ResponseReturnValue:
    """Close a run: those who are in, and of whom nothing is noted, were not seen."""
    with write_transaction():
        _, run = _run(slug, run_id)
        service.close_run(run.id, clock().now())
    flash("Closed. Thank you for leading!", "good")
    return _back(slug, run_id, "heads")


@bp.get("/g/<slug>/runs/<int:run_id>/qr")
@login_required
def code(slug: str, run_id: int) -> ResponseReturnValue:
    """Show the code by which runners say that they are here. It renews itself while the page is open."""
    group, run = _run(slug, run_id)
    return render_template("attendance/qr.html", group=group, run=run, code=_drawn(run))


@bp.get("/g/<slug>/runs/<int:run_id>/qr/part")
@login_required
def code_part(slug: str, run_id: int) -> ResponseReturnValue:
    """Show a fresh code."""
    _, run = _run(slug, run_id)
    return render_template("attendance/_code.html", code=_drawn(run))


def _run(slug: str, run_id: int) -> tuple[Group, GroupRun]:
    group, _, run = queries.run_to_count(slug, run_id, signed_in_runner().id)
    return group, run


def _sent(run: GroupRun) -> SentTaps:
    keys, now = _keys(run), clock().now()
    if "taps" in request.form:
        return taps_of(request.form["taps"], run, keys, now)
    return SentTaps([tap_of(request.form.get("tap", ""), keys, now)], [])


def _page(group: Group, run: GroupRun, form: HeadsForm) -> str:
    search = searched("q")
    return render_template(
        "attendance/count.html",
        **_listed(group, run),
        form=form,
        search=search,
        found=found_members(run, search, _keys(run)) if search else [],
        code=_drawn(run),
        me=_keys(run).key_of(signed_in_runner().id),
    )


def _part(group: Group, run: GroupRun, *, form: HeadsForm | None = None, refused: int = 0) -> str:
    listed = {**_listed(group, run), "refused": refused}
    return render_template("attendance/_list.html", **listed, form=form or HeadsForm(formdata=None))


def _listed(group: Group, run: GroupRun) -> dict[str, object]:
    now, counts = clock().now(), queries.attendance_of(run.id)
    is_open = can_be_counted(run, now)
    return {
        "group": group,
        "run": run,
        "rows": tap_list(run, _keys(run)),
        "counts": counts,
        "heads": counts.head_count(run),
        "is_open": is_open,
        "why_not": None if is_open else service.why_not(run, now),
        "can_be_closed": can_be_closed(run, now) and run.closed_at is None,
        "outcomes": OUTCOME_WORDS,
        "sources": SOURCE_WORDS,
        "nothing": NOTHING,
        "refused": 0,
    }


def _keys(run: GroupRun) -> RunnerKeys:
    return RunnerKeys(run.id, settings().secret_key)


def _drawn(run: GroupRun) -> Markup:
    """Return a fresh code as a drawing (SVG). It opens the page by which a runner says that they are here."""
    signed = RunCode(run.id, clock().now()).signed(settings().secret_key)
    address = settings().address + url_for("own_attendance.there", code=signed)
    drawing = segno.make_qr(address, error="m").svg_inline(omitsize=True, light="#fff", border=4)
    return Markup(drawing)  # noqa: S704  # the library's own drawing


def _back(slug: str, run_id: int, anchor: str) -> Response:
    return redirect(url_for("attendance.count", slug=slug, run_id=run_id, _anchor=anchor), 303)
