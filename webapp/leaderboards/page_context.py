"""What the pages of one challenge have in common: the viewer, the head with its tabs, and "nothing new" in one read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, redirect, request, session, url_for

from webapp.addresses import address_of
from webapp.auth.session import current_runner
from webapp.challenges.queries import ShownChallenge
from webapp.db import begin_read, single_read
from webapp.errors import not_found
from webapp.extensions import clock
from webapp.groups.navigation import Reader, read_by
from webapp.groups.queries import consent_of
from webapp.leaderboards.queries import Viewer, rules_of, viewer_of_board
from webapp.models.words import ConsentLevel
from webapp.privacy.gate import NOBODY, seen_as_another
from webapp.privacy.queries import level_of, switched_on
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.lifecycle import final_by
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.entry_queries import takes_part

TABS = {
    "board": "board.board", "chase": "chase.chase", "road": "road.road",
    "runs": "my_runs.my_runs", "rules": "rule_changes.rules",
}  # fmt: skip


def viewer_here(slug: str, challenge_id: int) -> Viewer:
    """Return the viewer, a member. A visitor is redirected to the sign-in page; a stranger gets 404."""
    begin_read()
    return _viewer(slug, challenge_id)


def _viewer(slug: str, challenge_id: int) -> Viewer:
    runner_id = session.get("runner")
    viewer = viewer_of_board(slug, challenge_id, runner_id, session.get("epoch", 0)) if runner_id else None
    if viewer is None:
        if current_runner() is None:
            abort(redirect(url_for("accounts.consent", next=request.full_path.rstrip("?"))))
        raise not_found()
    read_by(Reader(viewer.runner_id, viewer.runner_name, viewer.my_groups))
    return seen_by(viewer)


def seen_by(viewer: Viewer) -> Viewer:
    """Return whom the page is rendered for: the viewer, or another member."""
    return as_another(viewer) if seen_as_another.get() else viewer


def as_another(viewer: Viewer) -> Viewer:
    """Return a member of the same group who is nobody in particular, and is on no board."""
    nowhere = replace(viewer, runner_id=NOBODY, entry_id=None, place=None, total=0, bucket=0, team_id=None)
    return replace(nowhere, circle_at=None, target=None, joined_at=None)


def shown_challenge(viewer: Viewer, now: datetime) -> ShownChallenge:
    return ShownChallenge(
        viewer.challenge_id,
        viewer.challenge_name,
        viewer.starts_on,
        viewer.ends_on,
        viewer.state(now),
        viewer.days_left(now),
        frozen=viewer.frozen_at is not None,
        unread=viewer.unread or 0,
        rules=rules_of(viewer),
        team_mode=viewer.team_mode,
        late_until=viewer.closes_at.astimezone(ZoneInfo(viewer.tz)),
        final_by=final_by(viewer.closes_at, viewer.created_at).astimezone(ZoneInfo(viewer.tz)),
    )


def head(viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Return what every page of a challenge shows at its top."""
    return {
        "group": {"slug": viewer.slug, "name": viewer.group_name, "tz": viewer.tz},
        "challenge": shown_challenge(viewer, now),
        "units": viewer.units,
        "tabs": tabs_of(viewer.slug, viewer.challenge_id),
    }


def tabs_of(slug: str, challenge_id: int) -> dict[str, str]:
    """Return the addresses of a challenge's pages, by the names that `challenge_head` knows."""
    return {name: address_of(endpoint, slug=slug, challenge_id=challenge_id) for name, endpoint in TABS.items()}


def why_missing(viewer: Viewer, rules: RuleSet) -> Literal["hidden", "longest"] | None:
    """Return why a viewer who takes part is not on the board: they are hidden, or it needs a consent of its own.

    None for another reason. No entry joins a board after it is frozen.
    """
    if not takes_part(viewer.runner_id, viewer.challenge_id):
        return None
    consent = consent_of(viewer.group_id, viewer.runner_id)
    if level_of(consent) == ConsentLevel.HIDDEN:
        return "hidden"
    asks = viewer.frozen_at is None and not rules.measured.adds_up
    return "longest" if asks and consent is not None and not switched_on(LONGEST, consent) else None


def tag_of(viewer: Viewer, now: datetime, *wanted: object) -> str:
    """Return the ETag of a part: a digest of everything that it is made of."""
    names = (viewer.group_name, viewer.challenge_name)
    words = (*names, viewer.runner_id, viewer.units, viewer.entry_id, viewer.circle_at, viewer.target)
    life = (viewer.starts_on, viewer.ends_on, viewer.state(now), viewer.days_left(now))
    return blake2b(repr((viewer.edition, words, life, wanted)).encode(), digest_size=9).hexdigest()


def is_known(tag: str) -> bool:
    """Return whether the browser has the version that `tag` names."""
    return request.if_none_match.contains_weak(tag)


def unchanged(tag: str) -> Response:
    return _marked(Response(status=304), tag)


def live_part(
    slug: str,
    challenge_id: int,
    template: str,
    tag_of_part: Callable[[Viewer, datetime], str],
    context: Callable[[Viewer, datetime], Mapping[str, Any]],
) -> Response:
    """Answer with a live part of a challenge's page; 304 if the browser has it, which takes a single read.

    `tag_of_part` reads nothing.
    """
    now = clock().now()
    if request.if_none_match:
        with single_read():
            viewer = _viewer(slug, challenge_id)
        if is_known(tag := tag_of_part(viewer, now)):
            return unchanged(tag)
    viewer = viewer_here(slug, challenge_id)
    return part(template, context(viewer, now), tag_of_part(viewer, now))


def part(template: str, context: Mapping[str, Any], tag: str) -> Response:
    """Render a live part. It is not a page and has no head with the viewer's name, so nothing more is read for it."""
    html = current_app.jinja_env.get_template(template).render(context)
    return _marked(Response(html, mimetype="text/html"), tag)


def _marked(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    return response
