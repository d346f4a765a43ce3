"""Pages of challenges that renew: the overview, a member's choice, and an organiser's settings."""

from dataclasses import asdict
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.page_views import locked_challenge_here
from webapp.challenges.queries import challenges_of
from webapp.db import db, write_transaction
from webapp.errors import NotUnderstood, not_found
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, locked_group
from webapp.groups.rules import NO_CHANGE, Action, Change, change_of
from webapp.models.challenges import Challenge, Series
from webapp.models.groups import Group
from webapp.rulebook.lifecycle import FIRST_YEAR, LAST_YEAR
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Frame, coming_windows, window_name
from webapp.series import queries
from webapp.series import service as renewals
from webapp.series.forms import SeriesForm

bp = Blueprint("series", __name__)

# How many coming months or weeks can be skipped.
AHEAD = 6
# The number of challenges whose rules can be adopted.
LATEST = 20


@bp.get("/g/<slug>/series")
@login_required
def overview(slug: str) -> ResponseReturnValue:
    """Show the series of this group, and whether I am entered each time."""
    runner = signed_in_runner()
    group, membership = group_for(slug, runner.id, Permission.SEE_GROUP)
    shown = queries.shown_series(group, runner.id, clock().today(group.tz))
    return render_template("series/series.html", group=group, me=membership, series=shown)


@bp.post("/g/<slug>/series/<int:series_id>/choose")
@login_required
def choose(slug: str, series_id: int) -> ResponseReturnValue:
    """Choose whether I am entered each time. Field: enters ("yes" or "no")."""
    enters = {"yes": True, "no": False}.get(request.form.get("enters", ""))
    with write_transaction():
        group, _ = group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        series = _series_in(group, series_id)
        if enters is None:
            raise NotUnderstood()
        renewals.choose(series, signed_in_runner().id, enters)
    flash("You are entered every time from now on." if enters else "You are skipped from now on.", "good")
    return redirect(url_for("series.overview", slug=slug))


@bp.post("/g/<slug>/c/<int:challenge_id>/go-on")
@login_required
def go_on(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Make a challenge repeat, and create the next one at once if it is time."""
    with write_transaction():
        runner_id, now = signed_in_runner().id, clock().now()
        _, challenge = locked_challenge_here(slug, challenge_id, Permission.MANAGE_SERIES)
        series = renewals.go_on(challenge, now)
        if series is not None:
            record_audit(challenge.group_id, "series_made", runner_id, now, challenge_id=challenge.id)
            renewals.renew(series.id, now)
    flash("It repeats from now on. You can change that under “Repeating challenges”.", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/series/<int:series_id>")
@login_required
def settings(slug: str, series_id: int) -> ResponseReturnValue:
    """Show the settings of a series, and the months or weeks ahead."""
    group, series = _as_organiser(slug, series_id)
    return _settings_page(group, series, SeriesForm(series, challenges_of(group.id)[:LATEST]))


@bp.post("/g/<slug>/series/<int:series_id>")
@login_required
def change(slug: str, series_id: int) -> ResponseReturnValue:
    """Change a series for the challenges to come. Fields: those of SeriesForm."""
    group, series = _as_organiser(slug, series_id)
    form = SeriesForm(series, challenges_of(group.id)[:LATEST])
    if not form.validate():
        return _settings_page(group, series, form)
    return _change(slug, series_id, form)


def _settings_page(group: Group, series: Series, form: SeriesForm) -> str:
    today = clock().today(group.tz)
    return render_template(
        "series/settings.html",
        group=group,
        form=form,
        series=series,
        title=queries.title_of(series),
        windows=_windows(series, today),
    )


def _change(slug: str, series_id: int, form: SeriesForm) -> ResponseReturnValue:
    with write_transaction():
        group, series = _to_change(slug, series_id)
        rules = _rules_of(group, form.rules_of.data)
        before = renewals.settings_of(series)
        if renewals.change_series(series, form.series_settings(), rules):
            _record(series, "series_changed", change=_difference(before, renewals.settings_of(series)))
    flash("Saved. It applies to the challenges still to come.", "good")
    return redirect(url_for("series.settings", slug=slug, series_id=series_id))


def _rules_of(group: Group, challenge_id: str) -> RuleSet | None:
    challenge = db.session.get(Challenge, int(challenge_id)) if challenge_id else None
    return challenge.rules if challenge and challenge.group_id == group.id else None


@bp.post("/g/<slug>/series/<int:series_id>/skip")
@login_required
def skip(slug: str, series_id: int) -> ResponseReturnValue:
    """Skip a month or week, or undo that. Fields: starts_on ("2026-12-01"), again (any: take it back)."""
    with write_transaction():
        group, series = _to_change(slug, series_id)
        starts_on, today = _date(request.form.get("starts_on", "")), clock().today(group.tz)
        name, takes_back = window_name(_frame(series), starts_on), "again" in request.form
        if (renewals.take_back_skip if takes_back else renewals.skip)(series, starts_on, today):
            _record(series, "series_unskipped" if takes_back else "series_skipped", name)
    flash(f"{name} is no longer skipped." if takes_back else f"{name} is skipped.", "good")
    return redirect(url_for("series.settings", slug=slug, series_id=series_id, _anchor="coming"))


@bp.post("/g/<slug>/series/<int:series_id>/end")
@login_required
def end(slug: str, series_id: int) -> ResponseReturnValue:
    """End a series."""
    with write_transaction():
        _, series = _to_change(slug, series_id)
        renewals.end_series(series, clock().now())
        _record(series, "series_ended", queries.title_of(series))
    flash("It no longer repeats. Its challenges stay.", "good")
    return redirect(url_for("series.overview", slug=slug))


def _windows(series: Series, today: date) -> list[tuple[date, str, str]]:
    """Return (first date, name, "made", "skipped" or "coming") of the months or weeks ahead."""
    left_out, there = queries.skips_of(series), queries.made_windows(series)
    states = {True: "skipped", False: "coming"}
    return [
        (
            window.starts_on,
            window_name(_frame(series), window.starts_on),
            "made" if window.starts_on in there else states[window.starts_on in left_out],
        )
        for window in coming_windows(_frame(series), today, AHEAD)
    ]


def _difference(before: renewals.SeriesSettings, after: renewals.SeriesSettings) -> Change:
    was, now = ({name.replace("_", " "): str(value) for name, value in asdict(one).items()} for one in (before, after))
    return change_of(was, now)


def _record(series: Series, action: Action, words: str = "", change: Change = NO_CHANGE) -> None:
    latest = queries.challenge_before(series, date.max)
    challenge_id = latest.id if latest else None
    actor_id, now = signed_in_runner().id, clock().now()
    record_audit(series.group_id, action, actor_id, now, challenge_id=challenge_id, words=words, change=change)


def _frame(series: Series) -> Frame:
    return series.frame


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
        # The week of a date at the end of all calendars would end beyond it.
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError
        return found
    except ValueError:
        raise NotUnderstood() from None


def _series_in(group: Group, series_id: int) -> Series:
    series = db.session.get(Series, series_id)
    if series is None or series.group_id != group.id:
        raise not_found()
    return series


def _as_organiser(slug: str, series_id: int) -> tuple[Group, Series]:
    group, _ = group_for(slug, signed_in_runner().id, Permission.MANAGE_SERIES)
    return group, _series_in(group, series_id)


def _to_change(slug: str, series_id: int) -> tuple[Group, Series]:
    """Return the same, and lock the group and its challenges against other changes until the commit."""
    group, series = _as_organiser(slug, series_id)
    if locked_group(Group.id == group.id) is None:
        raise not_found()
    db.session.refresh(series)
    return group, series
