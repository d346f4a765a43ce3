"""Pages of chase: my card and the challenge's tightest chases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webapp.cache import cached
from webapp.chase import feed_queries, pair_queries, queries
from webapp.chase.month_queries import month_of
from webapp.chase.news_queries import news_since
from webapp.chase.pair_queries import Pair
from webapp.chase.team_queries import team_chase
from webapp.extensions import clock
from webapp.leaderboards import page_context
from webapp.leaderboards.own_target_queries import own_target
from webapp.leaderboards.queries import BoardContext, Viewer, board_context_of
from webapp.paging import Page, page_number
from webapp.rulebook.lifecycle import State
from webapp.rulebook.odds_words import tried_run
from webapp.visits.queries import last_visits

bp = Blueprint("chase", __name__)

LAST_PAGE = 500
MAX_TYPED = 12
OVERTAKES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class WantedChases:
    """The wanted page of chases, and the run to try out, as it was typed."""

    page: int
    more: str

    def address(self, *, is_wrong: bool) -> dict[str, Any]:
        """Return the arguments of the address, without a run that cannot be tried."""
        return {"page": self.page, **({"more": self.more} if self.more and not is_wrong else {})}


@bp.get("/g/<slug>/c/<int:challenge_id>/chase")
def chase(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Show whom I chase, who chases me, and everybody's chases."""
    viewer, wanted, now = page_context.viewer_here(slug, challenge_id), _wanted(), clock().now()
    shown = _chases(viewer, wanted, now)
    is_wrong = shown["tried"] is not None and shown["tried"].is_wrong
    since = last_visits(viewer.runner_id, now).get(viewer.group_id)
    page = render_template(
        "chase/chase.html",
        news=news_since(board_context_of(viewer, now), shown["chase"], since, now),
        refresh_url=url_for("chase.part", slug=slug, challenge_id=challenge_id, **wanted.address(is_wrong=is_wrong)),
        etag=f'W/"{_tag(viewer, wanted, now)}"',
        **page_context.head(viewer, now),
        **shown,
    )
    return page, 400 if is_wrong else 200


@bp.get("/g/<slug>/c/<int:challenge_id>/chase/part")
def part(slug: str, challenge_id: int) -> ResponseReturnValue:
    """Answer with the live part of the chases; 304 if nothing has changed."""
    wanted = _wanted()
    return page_context.live_part(
        slug,
        challenge_id,
        "chase/_chase.html",
        lambda viewer, now: _tag(viewer, wanted, now),
        lambda viewer, now: {**page_context.head(viewer, now), **_chases(viewer, wanted, now)},
    )


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


def _wanted() -> WantedChases:
    return WantedChases(page_number(LAST_PAGE), request.args.get("more", "")[:MAX_TYPED])


def _tag(viewer: Viewer, wanted: WantedChases, now: datetime) -> str:
    # Odds change with the time that is left, so a page that may have any is at most an hour old.
    hour = now.replace(minute=0, second=0, microsecond=0) if viewer.state(now) is State.OPEN else None
    return page_context.tag_of(viewer, now, "chase", wanted, hour)


def _pairs_html(context: BoardContext, pairs: Sequence[Pair], page: int, now: datetime) -> list[Markup]:
    """Return the pairs as HTML. Those without the viewer look alike to all members, and are rendered once."""
    viewer = context.viewer
    address = page_context.tabs_of(viewer.slug, viewer.challenge_id)["board"]
    macros: Any = current_app.jinja_env.get_template("macros/chase.html").module
    shared: dict[int, Markup] = cached((*pair_queries.key_of(context, now, page), "HTML"), dict)
    for pair in pairs:
        if not pair.is_mine and pair.id not in shared:
            shared[pair.id] = macros.row(pair, context.rules.unit, viewer.units, address)
    return [
        macros.row(pair, context.rules.unit, viewer.units, address) if pair.is_mine else shared[pair.id]
        for pair in pairs
    ]


def _chases(viewer: Viewer, wanted: WantedChases, now: datetime) -> dict[str, Any]:
    context = board_context_of(viewer, now)
    mine = queries.my_chase(context, now)
    found = pair_queries.tightest(context, now, wanted.page, mine)
    return {
        "chase": mine,
        "why_missing": page_context.why_missing(viewer, context.rules) if mine is None else None,
        "tried": tried_run(mine.steps, wanted.more) if mine and mine.steps else None,
        "target": own_target(context, now).progress,
        "month": month_of(context, mine, now) if mine else None,
        "team_chase": team_chase(context, now),
        "pairs": found.pairs,
        "pairs_html": _pairs_html(context, found.pairs, wanted.page, now),
        "page": Page(wanted.page, pair_queries.PAIRS, has_next=found.more),
        "chase_args": {"slug": viewer.slug, "challenge_id": viewer.challenge_id},
    }
