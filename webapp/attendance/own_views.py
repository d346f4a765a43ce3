"""What a runner says of themselves: by a leader's code, by their own word, or by a run of theirs."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.attendance import service
from webapp.attendance.code_rules import RunCode
from webapp.attendance.queries import own_attendance
from webapp.attendance.rules import can_say_so, source_of_code
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import NotUnderstood, Problem
from webapp.extensions import clock, limiter, settings
from webapp.group_runs.queries import run_by_id, run_for
from webapp.groups.queries import refuse_read_only
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.words import AttendanceSource

bp = Blueprint("own_attendance", __name__)
write_limit = limiter.shared_limit("120 per hour", scope="own attendance")


class NoSuchCode(Problem):
    """We did not make the code, or its run is in no group of the reader."""

    title = "This code does not work for you"
    message = (
        "It may be incomplete, or belong to a run of a group that you are not in. "
        "Scan it again, or ask the run leader to tap your name."
    )
    status = 404


@bp.get("/there")
@login_required
def there() -> ResponseReturnValue:
    """Ask a runner who scanned a code whether they are here. Field: code."""
    code = _code(request.args.get("code", ""))
    group, run = _run_of(code)
    now = clock().now()
    is_fresh = source_of_code(run, code.issued_at, now) == AttendanceSource.QR
    return render_template(
        "attendance/there.html",
        group=group,
        run=run,
        code=request.args["code"],
        is_fresh=is_fresh,
        why_not=None if can_say_so(run, now) else service.why_not(run, now, own=True),
        noted=own_attendance(signed_in_runner().id, run.id),
    )


@bp.post("/there")
@login_required
@write_limit
def use_code() -> ResponseReturnValue:
    """Note that a runner is here, by a leader's code. An old one counts as the runner's own word. Field: code."""
    code, now = _code(request.form.get("code", "")), clock().now()
    with write_transaction():
        group, run = _run_of(code)
        service.say_so(run.id, signed_in_runner().id, source_of_code(run, code.issued_at, now), now)
    return _thanks(group, run)


@bp.post("/g/<slug>/runs/<int:run_id>/there")
@login_required
@write_limit
def say_so(slug: str, run_id: int) -> ResponseReturnValue:
    """Note that I was there, by my own word."""
    with write_transaction():
        group, run = _run(slug, run_id)
        service.say_so(run.id, signed_in_runner().id, AttendanceSource.SELF, clock().now())
    return _thanks(group, run)


@bp.post("/g/<slug>/runs/<int:run_id>/match")
@login_required
@write_limit
def answer_match(slug: str, run_id: int) -> ResponseReturnValue:
    """Say whether a run of mine was this group run. Field: answer (yes or no)."""
    answer = request.form.get("answer")
    with write_transaction():
        group, run = _run(slug, run_id)
        if answer not in ("yes", "no"):
            raise NotUnderstood
        runner_id, now = signed_in_runner().id, clock().now()
        if answer == "no":
            service.dismiss_match(run.id, runner_id, now)
        else:
            service.confirm_match(run.id, runner_id, now)
    if answer == "yes":
        return _thanks(group, run)
    flash("Good to know. We will not ask again.", "good")
    return _to_run(group, run)


def _code(text: str) -> RunCode:
    code = RunCode.read(text, settings().secret_key)
    if code is None:
        raise NoSuchCode
    return code


def _run_of(code: RunCode) -> tuple[Group, GroupRun]:
    """Return the run of a code, for a member of its group. Raises NoSuchCode."""
    found = run_by_id(code.run_id, signed_in_runner().id)
    if found is None:
        raise NoSuchCode
    group, run = found
    _check_open(group)
    return group, run


def _run(slug: str, run_id: int) -> tuple[Group, GroupRun]:
    group, _, run = run_for(slug, run_id, signed_in_runner().id)
    _check_open(group)
    return group, run


def _check_open(group: Group) -> None:
    if group.is_read_only:
        refuse_read_only(group)


def _thanks(group: Group, run: GroupRun) -> Response:
    flash("Noted: you were there.", "good")
    return _to_run(group, run)


def _to_run(group: Group, run: GroupRun) -> Response:
    return redirect(url_for("group_runs.run", slug=group.slug, run_id=run.id), 303)
