"""The gate of `privacy.rules`: under the setting SHARING, which caps what any member shares, and by who is looking.

Pages and services ask here, so that no one of them can forget the cap. A view that shows a member to others, and more
of it to themselves, asks here who is looking.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from flask import Flask

from webapp.extensions import settings
from webapp.models.words import ConsentLevel
from webapp.privacy import rules

# The runner of no viewer.
NOBODY = -1
# True during a request of a runner who sees pages as another member does (`memberships.seen_as_another_views`).
seen_as_another: ContextVar[bool] = ContextVar("seen_as_another", default=False)


def init_app(app: Flask) -> None:
    """Let templates ask whether there are places and points only."""
    app.jinja_env.globals["places_only"] = is_capped


def is_capped() -> bool:
    """Return whether this installation shows places and points only, whatever members chose."""
    return settings().sharing == "points"


def capped(level: ConsentLevel | None) -> ConsentLevel | None:
    """Return what is left of a level under the cap."""
    return ConsentLevel.POINTS if level == ConsentLevel.TOTALS and is_capped() else level


def may_see(level: ConsentLevel | None, field: str, *, is_self: bool = False, in_points: bool = False) -> bool:
    """Return the same as `privacy.rules.may_see`, under the cap."""
    if field in rules.PHOTO and is_capped():
        return False
    return rules.may_see(capped(level), field, is_self=is_self, in_points=in_points)


def shared(
    level: ConsentLevel | None, row: Mapping[str, Any], *, is_self: bool = False, in_points: bool = False
) -> dict[str, Any]:
    """Return the same as `privacy.rules.shared`, under the cap."""
    if row.get("photo") and is_capped():
        row = {**row, "photo": None}
    return rules.shared(capped(level), row, is_self=is_self, in_points=in_points)


def shows_rank_only(level: ConsentLevel | None, *, in_points: bool) -> bool:
    """Return the same as `privacy.rules.shows_rank_only`, under the cap."""
    return rules.shows_rank_only(capped(level), in_points=in_points)


def viewpoint_of(runner_id: int) -> int:
    """Return whom a page takes its reader for: the runner, or nobody while they see it as another member does."""
    return NOBODY if seen_as_another.get() else runner_id
