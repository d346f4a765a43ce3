"""Pages of leaderboards: the board, its live part, the same as JSON, and the teams."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.entries.participation_queries import asks_me
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.leaderboards import page_context, queries, team_queries
from webapp.leaderboards.group_progress_queries import group_progress_of, journey_progress_of
from webapp.leaderboards.lack_queries import unscored
from webapp.leaderboards.queries import Viewer
from webapp.pages import board_rows
from webapp.paging import NoSuchPage, Page, page_number, strict_page_number
from webapp.request_fields import SEARCH_LIMIT, searched
from webapp.rule_changes import queries as change_queries
from webapp.rulebook import ranking
from webapp.rulebook.windows import Window
from webapp.sync.status_queries import share_wait_of

bp = Blueprint("board", __name__)


@dataclass(frozen=True, slots=True)
class WantedPage:
    """The wanted page of the board, and the search."""

    page: int
    search: str


@bp.get("/g/<slug>/c/<int:challenge_id>")
def board(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the board, with my row always in sight."""
    wanted, viewer, now = _wanted(), page_context.viewer_here(slug, challenge_id), clock().now()
    return render_template(
        "leaderboards/board.html",
        refresh_url=url_for("board.part", **_address(viewer, wanted)),
        etag=f'W/"{_tag(viewer, wanted, now)}"',
        asks_me=_asks_me(viewer),
        change=change_queries.news_of(viewer, now),
        share_wait=share_wait_of(viewer.runner_id, now),
        **_board(viewer, wanted, page_context.head(viewer, now), now),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/part")
def part(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Answer with the live part of the board; 304 if nothing has changed."""
    wanted = _wanted()
    return page_context.live_part(
        slug,
        challenge_id,
        "leaderboards/_board.html",
        lambda viewer, now: _tag(viewer, wanted, now),
        lambda viewer, now: _board(viewer, wanted, page_context.head(viewer, now), now),
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/board.json")
def board_json(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Return a page of the board as JSON, for programs of members."""
    viewer, page, now = page_context.viewer_here(slug, challenge_id), strict_page_number(), clock().now()
    context = queries.board_context_of(viewer, now)
    pages = Page.of(context.size, ranking.PAGE).pages
    if page > (pages or 1):
        raise NoSuchPage(message=f"The board has {pages} pages.")
    challenge = page_context.shown_challenge(viewer, now)
    return jsonify(
        challenge={
            "id": challenge.id, "name": challenge.name, "state": challenge.state,
            "starts_on": challenge.starts_on.isoformat(), "ends_on": challenge.ends_on.isoformat(),
            "final": challenge.frozen, "unit": challenge.unit,
        },
        as_of=viewer.as_of.isoformat() if viewer.as_of else None,
        runners=[_runner_json(row) for row in queries.board_page(context, page)],
        teams=[_team_json(team) for team in team_queries.teams_of(viewer)],
        pages=pages,
    )  # fmt: skip


@bp.get("/g/<slug>/c/<int:challenge_id>/teams/<int:team_id>")
def team(slug: str, challenge_id: int, team_id: int) -> ResponseReturnValue:
    """Show the members of a team and what each of them brought to it."""
    viewer, now = page_context.viewer_here(slug, challenge_id), clock().now()
    found = team_queries.team_of(viewer, team_id, viewer.team_id)
    if found is None:
        raise not_found()
    members, page = team_queries.members_page(viewer, team_id, page_number())
    return render_template(
        "leaderboards/team.html",
        team=found,
        members=members,
        page=page,
        team_args={"slug": slug, "challenge_id": challenge_id, "team_id": team_id},
        **page_context.head(viewer, now),
    )


def _asks_me(viewer: Viewer) -> bool:
    """Return whether the viewer has no target yet, and may still set one."""
    window, today = Window(viewer.starts_on, viewer.ends_on), clock().today(viewer.tz)
    return asks_me(viewer.challenge_id, viewer.runner_id, queries.rules_of(viewer), window, viewer.tz, today)


def _wanted() -> WantedPage:
    if search := searched("q"):
        _limit_search()
    return WantedPage(page_number(), search)


@limiter.limit(SEARCH_LIMIT)
def _limit_search() -> None:
    """Count a search. Most boards are read without one, and finding out that no limit applies takes long."""


def _tag(viewer: Viewer, wanted: WantedPage, now: datetime) -> str:
    return page_context.tag_of(viewer, now, "board", wanted.page, wanted.search)


def _address(viewer: Viewer, wanted: WantedPage) -> dict[str, Any]:
    address: dict[str, Any] = {"slug": viewer.slug, "challenge_id": viewer.challenge_id}
    if wanted.search:
        address["q"] = wanted.search
    return address if wanted.page == 1 else {**address, "page": wanted.page}


def _board(viewer: Viewer, wanted: WantedPage, head: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    context = queries.board_context_of(viewer, now)
    page, live = Page.of(context.size, ranking.PAGE, wanted.page).number, not head["challenge"].is_over
    mine, count, address = queries.own_row(context), context.size, head["tabs"]["board"]
    if wanted.search:
        found, count = queries.search_page(context, wanted.search, page)
        shown = board_rows.rendered(context, found, address, live=live)
    else:
        shown = board_rows.page_of(context, mine, page, address, live=live)
    has_teams = page == 1 and not wanted.search
    return {
        **head,
        "unscored": unscored(context, now),
        "group_progress": group_progress_of(context, now),
        "journey": journey_progress_of(context),
        "teams": board_rows.teams_of(viewer, context.rules.team_score) if has_teams else [],
        "shows_totals": not context.hides_figures,
        "rows": shown.rows,
        "rows_html": shown.html,
        "why_missing": page_context.why_missing(viewer, context.rules) if mine is None else None,
        "my_row": mine,
        "on_page": any(row.is_me for row in shown.rows),
        "page": Page.of(count, ranking.PAGE, page),
        "total_runners": context.size,
        "found": count,
        "search": wanted.search,
        "board_args": _address(viewer, replace(wanted, page=1)),
    }


def _runner_json(row: queries.BoardRow) -> dict[str, object]:
    return {
        "rank": row.rank,
        "name": row.name,
        "team": row.team_name,
        "total": None if row.is_former else row.total,
        "days": row.active_days,
    }


def _team_json(team: team_queries.BoardTeam) -> dict[str, object]:
    return {
        "rank": team.rank,
        "name": team.name,
        "score": None if team.score is None else [team.score.numerator, team.score.denominator],
        "total": team.total,
        "members": team.members_now,
    }
