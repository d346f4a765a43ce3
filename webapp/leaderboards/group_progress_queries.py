"""The progress of all runners together, where the rules are about it: a shared goal, a journey."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from webapp.formatting import score, score_needed
from webapp.leaderboards.queries import BoardContext
from webapp.rulebook import ranking
from webapp.rulebook.journeys import place_on


@dataclass(frozen=True, slots=True)
class GroupProgress:
    """How far the group is on its way to a shared goal; texts in the viewer's units.

    `share`: in per cent, exact, None where the sum is hidden and reads "–"; `per_day`: what is needed
    a day, "" where it is reached or no day is left.
    """

    total_text: str
    goal_text: str
    share: Fraction | None
    left_text: str
    per_day: str


def group_progress_of(context: BoardContext, now: datetime) -> GroupProgress | None:
    """Return the progress towards the shared goal; None where the rules have none."""
    total, goal = context.total_of_all, context.rules.group_goal
    if goal is None:
        return None
    unit, units = context.rules.unit, context.viewer.units
    if total is None:
        return GroupProgress("–", score(goal, unit, units), None, "–", "")
    needed = ranking.needed_a_day(total, goal, context.viewer.days_left(now))
    return GroupProgress(
        score(total, unit, units),
        score(goal, unit, units),
        ranking.share_of(total, goal),
        score_needed(max(0, goal - total), unit, units),
        score_needed(needed, unit, units) if needed and ranking.is_possible(needed, unit, context.size) else "",
    )


@dataclass(frozen=True, slots=True)
class RouteProgress:
    """How far a total has come along a route; texts in the viewer's units. `last`, `next`: places, "" beyond the ends.

    `share`: per cent of the way, exact; `left_text`: how far the next place is, at least.
    """

    total_text: str
    last: str
    next: str
    left_text: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class JourneyProgress:
    """How far the whole group and the viewer have come on a challenge's route; None for a hidden or missing total."""

    first: str
    end: str
    length_text: str
    all: RouteProgress | None
    mine: RouteProgress | None


def journey_progress_of(context: BoardContext) -> JourneyProgress | None:
    """Return the progress along the route; None if the rules have none."""
    places = context.rules.route
    if not places:
        return None
    mine = None if context.viewer.entry_id is None else context.viewer.total
    return JourneyProgress(
        places[0].name,
        places[-1].name,
        score(places[-1].metres, "distance", context.viewer.units),
        _route_progress(context, context.total_of_all),
        _route_progress(context, mine),
    )


def _route_progress(context: BoardContext, total: int | None) -> RouteProgress | None:
    if total is None:
        return None
    places, units = context.rules.route, context.viewer.units
    here = place_on(places, total)
    return RouteProgress(
        score(total, "distance", units),
        here.last.name if here.last else "",
        here.next.name if here.next else "",
        score_needed(here.metres_to_next, "distance", units),
        ranking.share_of(total, places[-1].metres),
    )
