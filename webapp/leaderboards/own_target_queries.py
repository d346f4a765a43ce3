"""Read what is left of the viewer's own target, which nobody else sees."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.leaderboards.queries import BoardContext
from webapp.rulebook.lifecycle import State, days_left
from webapp.rulebook.targets import TargetProgress, asks_target, may_set_target, target_progress


@dataclass(frozen=True, slots=True)
class OwnTarget:
    """The progress to the viewer's target, if any. `is_missing`: the rules ask for one, which may still be set."""

    progress: TargetProgress | None = None
    is_missing: bool = False


def own_target(context: BoardContext, now: datetime) -> OwnTarget:
    """Return the viewer's target until the challenge is closed."""
    viewer = context.viewer
    if viewer.entry_id is None or viewer.joined_at is None or viewer.state(now) is State.CLOSED:
        return OwnTarget()
    today = now.astimezone(ZoneInfo(viewer.tz)).date()
    if viewer.target is not None:
        left = days_left(max(today, viewer.starts_on), viewer.ends_on)
        return OwnTarget(target_progress(viewer.target, viewer.total, context.rules, left))
    joined_on = viewer.joined_at.astimezone(ZoneInfo(viewer.tz)).date()
    may_set = may_set_target(viewer.starts_on, viewer.ends_on, joined_on, today)
    return OwnTarget(is_missing=may_set and asks_target(context.rules))
