"""Pages of groups: the group itself, and what its organisers change. `joining_views` adds the rest."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.chase.queries import feed_of, my_chase
from webapp.extensions import begin_write, clock, db, settings
from webapp.groups import queries
from webapp.groups.audit import note
from webapp.groups.rules import CONSENT_VERSION, NOTICES, Action, since
from webapp.leaderboards import queries as boards
from webapp.leaderboards.page_context import tabs_of
from webapp.leaderboards.teams import teams_of
from webapp.memberships import service
from webapp.memberships.forms import AboutForm, RemoveMemberForm
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.queue import ask
from webapp.reviews.queries import open_count
from webapp.rule_changes import queries as change_queries

bp = Blueprint("groups", __name__)
bp.add_app_template_filter(since)

MEMBERS_A_PAGE = 50
# So many rows of each board stand on the group's page.
TOP = 5


@bp.get("/g/<slug>")
@login_required
def group(slug: str) -> ResponseReturnValue:
    """Show the group: the running challenge, what happened, who is in it."""
    runner = signed_in_runner()
    group, membership = queries.group_for_member(slug, runner.id)
    members_count = queries.member_count(group.id)
    page, page_count = _page_of(members_count)
    challenges = shown_challenges(group, clock().now())
    members = queries.members_page(group.id, runner.id, page, MEMBERS_A_PAGE)
    return render_template(
        "groups/group.html",
        group=group,
        role=membership.role,
        notice=NOTICES.get(membership.notice or ""),
        asks_name=queries.is_shown_without_a_name(group.id, runner),
        text_is_new=not queries.has_read_consent(group.id, runner.id, CONSENT_VERSION),
        units=runner.units,
        challenges=challenges,
        to_go_on=to_go_on(group, challenges) if membership.role == "organiser" else None,
        **_running(group, current_of(challenges), runner, [member.runner_id for member in members]),
        members=members,
        members_count=members_count,
        page=page,
        page_count=page_count,
        today=clock().today(group.tz),
        reviews=open_count(group, membership),
        invite_url=_invite_url(group),
    )


def _running(group: Group, challenge: ShownChallenge | None, runner: Runner, members: Sequence[int]) -> dict[str, Any]:
    """Return what the page shows of the challenge that the group looks at: the top of its boards."""
    viewer = challenge and boards.viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    if not challenge or not viewer:
        return {"challenge": None, "member_entries": {}}
    now = clock().now()
    look, feed = boards.look_of(viewer, now), feed_of(viewer)
    return {
        "challenge": challenge,
        "member_entries": boards.entries_on_board(viewer, members),
        "published": viewer.as_of is not None,
        "unscored": boards.unscored(look, now),
        "figures": {"runners": look.size, "have_run": look.have_run},
        "rows": boards.board_page(look, 1)[:TOP],
        "my_row": boards.own_row(look),
        "teams": teams_of(viewer, viewer.team_id)[:TOP],
        "chase": my_chase(look, now),
        "overtakes": feed.items,
        "overtakes_more": feed.more,
        "tabs": tabs_of(group.slug, challenge.id),
        "change": change_queries.news_of(viewer, now),
    }


def _page_of(count: int) -> tuple[int, int]:
    """Return which page of so many members was asked for, and how many there are."""
    pages = max(1, -(-count // MEMBERS_A_PAGE))
    return min(max(1, request.args.get("page", 1, type=int)), pages), pages


@bp.post("/g/<slug>/notice")
@login_required
def dismiss_notice(slug: str) -> ResponseReturnValue:
    """Put away what I was told."""
    begin_write()
    _, membership = queries.group_for_member(slug, signed_in_runner().id)
    membership.notice = None
    db.session.commit()
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/settings", endpoint="settings")
@login_required
def show_settings(slug: str) -> ResponseReturnValue:
    """Show an organiser what the group says about itself, and its invite link."""
    group = _as_organiser(slug)
    return _settings_page(group, AboutForm(group))


@bp.post("/g/<slug>/settings")
@login_required
def change(slug: str) -> ResponseReturnValue:
    """Change what the group says about itself. Fields: those of AboutForm."""
    group = _as_organiser(slug)
    form = AboutForm(group)
    if not form.validate():
        return _settings_page(group, form)
    begin_write()
    group = _as_organiser(slug)
    is_changed = service.change_group(group, form.about())
    if is_changed:
        _note(group, "group_changed")
    db.session.commit()
    if is_changed:
        # Another time zone may have another today.
        ask("jobs.leaderboards.turn_days")
    flash("Saved." if is_changed else "Nothing to change.", "good")
    return redirect(url_for("groups.settings", slug=slug))


def _settings_page(group: Group, form: AboutForm) -> str:
    only_organiser = queries.organiser_count(group.id) < 2
    return render_template(
        "groups/settings.html", group=group, form=form, invite_url=_invite_url(group), only_organiser=only_organiser
    )


@bp.post("/g/<slug>/invite/renew")
@login_required
def renew_invite(slug: str) -> ResponseReturnValue:
    """Give the group a new invite link."""
    begin_write()
    _renew_invite(_as_organiser(slug))
    db.session.commit()
    flash("Here is the new link. The old one opens nothing any more.", "good")
    return redirect(url_for("groups.settings", slug=slug, _anchor="invite"))


@bp.post("/g/<slug>/invite/revoke")
@login_required
def revoke_invite(slug: str) -> ResponseReturnValue:
    """Turn the invite link off."""
    begin_write()
    group = _as_organiser(slug)
    if group.invite:
        service.revoke_invite(group)
        _note(group, "invite_revoked")
    db.session.commit()
    flash("The link is turned off. Nobody can join until you make a new one.", "good")
    return redirect(url_for("groups.settings", slug=slug, _anchor="invite"))


@bp.get("/g/<slug>/members/<int:runner_id>")
@login_required
def member(slug: str, runner_id: int) -> ResponseReturnValue:
    """Let an organiser look after one member."""
    group = _as_organiser(slug)
    someone = queries.member(group.id, runner_id)
    return render_template("groups/member.html", group=group, member=someone, form=RemoveMemberForm())


@bp.post("/g/<slug>/members/<int:runner_id>/organiser")
@login_required
def name_organiser(slug: str, runner_id: int) -> ResponseReturnValue:
    """Make a member an organiser."""
    begin_write()
    group = _as_organiser(slug)
    someone = queries.member(group.id, runner_id)
    if service.name_organiser(group, runner_id):
        _note(group, "organiser_named", runner_id)
    db.session.commit()
    flash(f"{someone.name} is an organiser now, too.", "good")
    return redirect(url_for("groups.group", slug=slug, _anchor="members"))


@bp.post("/g/<slug>/step-down")
@login_required
def step_down(slug: str) -> ResponseReturnValue:
    """Become a plain member again."""
    begin_write()
    group = _as_organiser(slug)
    service.step_down(group, signed_in_runner().id)
    _note(group, "organiser_left")
    db.session.commit()
    flash("You are a member like the others now. Thank you for organising!", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.post("/g/<slug>/members/<int:runner_id>/remove")
@login_required
def remove_member(slug: str, runner_id: int) -> ResponseReturnValue:
    """Take a member out of the group."""
    form = RemoveMemberForm()
    begin_write()
    group = _as_organiser(slug)
    someone = queries.member(group.id, runner_id)
    touched = service.remove_member(group, runner_id, clock().now())
    _note(group, "member_removed")
    if form.renew_invite.data and group.invite:
        _renew_invite(group)
    db.session.commit()
    ask_for_each("jobs.chase.derive_overtakes", touched)
    flash(f"{someone.name} is no longer in the group.", "good")
    return redirect(url_for("groups.group", slug=slug, _anchor="members"))


def _as_organiser(slug: str) -> Group:
    return queries.group_for_organiser(slug, signed_in_runner().id)[0]


def _note(group: Group, action: Action, subject_id: int | None = None) -> None:
    note(group.id, action, signed_in_runner().id, subject_id, None, "", clock().now())


def _renew_invite(group: Group) -> None:
    service.renew_invite(group)
    _note(group, "invite_renewed")


def _invite_url(group: Group) -> str | None:
    return settings().address + url_for("groups.join", invite=group.invite) if group.invite else None


def ask_for_each(job: str, challenge_ids: Iterable[int]) -> None:
    """Enqueue a job for each challenge."""
    for challenge_id in challenge_ids:
        ask(job, challenge_id)
