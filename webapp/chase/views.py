"""Pages of chase: my card and the challenge's tightest chases."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.chase import feed_queries, queries
from webapp.chase.news_queries import News, news_of
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.queries import Viewer, board_context_of
from webapp.paging import Page, page_number
from webapp.rulebook.lifecycle import COUNTING
from webapp.visits.queries import last_visits

bp = Blueprint("chase", __name__)

LAST_PAGE = 500
OVERTAKES_A_PAGE = 50


@bp.get("/g/<slug>/c/<int:challenge_id>/chase")
def chase(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show whom I chase, who chases me, and everybody's chases."""
    viewer, page, now = page_context.viewer_here(slug, challenge_id), page_number(LAST_PAGE), clock().now()
    chases = _chases(viewer, page, now)
    return render_template(
        "chase/chase.html",
        news=_news(viewer, chases["chase"], now),
        refresh_url=url_for("chase.part", slug=slug, challenge_id=challenge_id, page=page),
        etag=f'W/"{_tag(viewer, page, now)}"',
        **page_context.head(viewer, now),
        **chases,
    )


@bp.get("/g/<slug>/c/<int:challenge_id>/chase/part")
def part(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Answer with the live part of the chases; 304 if nothing has changed."""
    viewer, page, now = page_context.viewer_here(slug, challenge_id), page_number(LAST_PAGE), clock().now()
    tag = _tag(viewer, page, now)
    if page_context.is_known(tag):
        return page_context.unchanged(tag)
    return page_context.part("chase/_chase.html", {**page_context.head(viewer, now), **_chases(viewer, page, now)}, tag)


@bp.get("/g/<slug>/c/<int:challenge_id>/overtakes")
def overtakes(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show the overtakes, the latest first."""
    viewer, page, now = page_context.viewer_here(slug, challenge_id), page_number(LAST_PAGE), clock().now()
    feed = feed_queries.feed_of(viewer, OVERTAKES_A_PAGE, page)
    return render_template(
        "chase/overtakes.html",
        feed=feed,
        page=Page(page, OVERTAKES_A_PAGE, has_next=feed.more > 0),
        args={"slug": slug, "challenge_id": challenge_id},
        **page_context.head(viewer, now),
    )


def _tag(viewer: Viewer, page: int, now: datetime) -> str:
    # Odds change with the time that is left, so a page is at most an hour old.
    return page_context.tag_of(viewer, now, "chase", page, now.replace(minute=0, second=0, microsecond=0))


def _chases(viewer: Viewer, page: int, now: datetime) -> dict[str, Any]:
    context = board_context_of(viewer, now)
    pairs, more = queries.tightest(context, now, page)
    mine = queries.my_chase(context, now)
    return {
        "chase": mine,
        "why_missing": page_context.why_missing(viewer, context.rules) if mine is None else None,
        "pairs": pairs,
        "page": Page(page, queries.PAIRS, has_next=more),
        "chase_args": {"slug": viewer.slug, "challenge_id": viewer.challenge_id},
    }


def _news(viewer: Viewer, mine: queries.Chase | None, now: datetime) -> News | None:
    """Return what happened since the viewer was last here; None on a first visit, and where nothing can change."""
    if mine is None or viewer.frozen_at is not None or viewer.state(now) not in COUNTING:
        return None
    since = last_visits(viewer.runner_id, now).get(viewer.group_id)
    return news_of(board_context_of(viewer, now), mine, since) if since else None
