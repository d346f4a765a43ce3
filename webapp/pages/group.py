"""The page of a group: the running challenge, what happened, who is in it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.announcements.queries import news_of_group
from webapp.auth.session import login_required, signed_in_runner
from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.chase.queries import my_chase
from webapp.extensions import clock
from webapp.groups import queries
from webapp.groups.navigation import Reader, read_by
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import Member, may_now
from webapp.groups.rules import NOTICES, since
from webapp.invitations.queries import shared_token
from webapp.invitations.views import address_of
from webapp.join_requests.queries import pending_count
from webapp.leaderboards import queries as boards
from webapp.leaderboards.lack_queries import unscored
from webapp.leaderboards.page_context import seen_by, tabs_of
from webapp.models.accounts import Runner
from webapp.models.groups import Group, Membership
from webapp.pages import board_rows, member_rows, overtake_rows
from webapp.pages.member_rows import MemberFrame, MemberRows
from webapp.pages.next_run import next_run_of_group
from webapp.pages.run_cards import RunReader
from webapp.paging import page_wanted
from webapp.privacy.gate import seen_as_another, viewpoint_of
from webapp.privacy.queries import level_of
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.reviews.queries import open_count
from webapp.rule_changes import queries as change_queries

bp = Blueprint("groups", __name__)
bp.add_app_template_filter(since)

MEMBERS_A_PAGE = 50
# How many rows of each board the group's page shows.
TOP = 5


@bp.get("/g/<slug>")
@login_required
def group(slug: str) -> ResponseReturnValue:
    """Show the group: the running challenge, what happened, who is in it."""
    runner = signed_in_runner()
    group, membership = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
    reader = RunReader(runner.id, viewpoint_of(runner.id), runner.units)
    members_count = queries.member_count(group.id)
    page = page_wanted(members_count, MEMBERS_A_PAGE)
    challenges = shown_challenges(group, clock().now())
    members = queries.members_page(group.id, viewpoint_of(runner.id), page)
    return render_template(
        "pages/group.html",
        group=group,
        me=membership,
        **_for_reader_alone(group, membership, runner),
        units=runner.units,
        challenges=challenges,
        to_go_on=to_go_on(group, challenges) if may(membership, Permission.MANAGE_SERIES) else None,
        **_running(group, current_of(challenges), runner),
        members=_member_rows(group, membership, members, current_of(challenges)),
        members_count=members_count,
        page=page,
        today=clock().today(group.tz),
        announcements=news_of_group(group.id, clock().today(group.tz), clock().now()),
        reviews=open_count(group, membership),
        requests=pending_count(group, membership),
        next_run=next_run_of_group(group, reader, clock().now()),
        invite_url=address_of(token) if not group.is_read_only and (token := shared_token(group.id)) else None,
    )


def _for_reader_alone(group: Group, membership: Membership, runner: Runner) -> dict[str, Any]:
    """Return what concerns the reader alone, which is no part of what others see."""
    consent = None if seen_as_another.get() else queries.consent_of(group.id, runner.id)
    if consent is None:
        return dict.fromkeys(("notice", "is_muted", "asks_name", "text_is_new", "text_hides_me"))
    return {
        "notice": NOTICES[membership.notice] if membership.notice else None,
        "is_muted": consent.muted_at is not None,
        "asks_name": queries.is_shown_without_a_name(consent, runner),
        "text_is_new": consent.text_version != GROUP_CONSENT_VERSION,
        "text_hides_me": level_of(consent) is None,
    }


def _member_rows(
    group: Group, membership: Membership, members: Sequence[Member], challenge: ShownChallenge | None
) -> MemberRows:
    """Return a page of the members as HTML. Names lead to the days of those who stand on the challenge's board."""
    runners = [member.runner_id for member in members]
    entries = boards.entries_on_board(challenge.id, runners) if challenge else {}
    board = tabs_of(group.slug, challenge.id)["board"] if challenge else None
    managed = url_for("members.members", slug=group.slug) if may_now(membership, Permission.MANAGE_MEMBERS) else None
    return member_rows.rendered(members, entries, MemberFrame(group.tz, clock().today(group.tz), board, managed))


def _running(group: Group, challenge: ShownChallenge | None, runner: Runner) -> dict[str, Any]:
    """Return what the page shows of the challenge that the group sees now: the top of its boards."""
    viewer = challenge and boards.viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    if not challenge or not viewer:
        return {"challenge": None}
    read_by(Reader(viewer.runner_id, viewer.runner_name, viewer.my_groups))
    viewer = seen_by(viewer)
    now = clock().now()
    context, tabs = boards.board_context_of(viewer, now), tabs_of(group.slug, challenge.id)
    mine, overtakes = boards.own_row(context), overtake_rows.latest(viewer, tabs["board"])
    top = board_rows.page_of(context, mine, 1, tabs["board"], live=not challenge.is_over)
    return {
        "challenge": challenge,
        "published": viewer.as_of is not None,
        "unscored": unscored(context, now),
        "figures": {"runners": context.size, "have_run": context.have_run},
        "shows_totals": not context.hides_figures,
        "rows_html": top.html[:TOP],
        "on_top": any(row.is_me for row in top.rows[:TOP]),
        "my_row": mine,
        "teams": board_rows.teams_of(viewer, context.rules.team_score)[:TOP],
        "chase": my_chase(context, now),
        "overtakes": overtakes,
        "tabs": tabs,
        "change": change_queries.news_of(viewer, now),
    }
