"""What everybody of a challenge has together, where its rules make something of it: a shared goal."""

from datetime import datetime
from typing import NamedTuple

from webapp.formats import score, score_needed
from webapp.leaderboards import rules
from webapp.leaderboards.queries import Look


class Together(NamedTuple):
    """How far the group is on its way to a shared goal; texts in the viewer's units.

    `share`: whole per cent, cut, so that 100 is really there, None where the sum is hidden and reads "–"; `per_day`:
    what is needed a day, "" where it is reached or no day is left.
    """

    total_text: str
    goal_text: str
    share: int | None
    left_text: str
    per_day: str


def together_of(look: Look, now: datetime) -> Together | None:
    """Return the progress towards the shared goal; None where the rules have none."""
    if look.rules.shape != "group_goal":
        return None
    total, goal = look.together, look.rules.params["goal"]
    unit, units = look.rules.unit, look.viewer.units
    if total is None:
        return Together("–", score(goal, unit, units), None, "–", "")
    needed = rules.needed_a_day(total, goal, look.viewer.days_left(now))
    return Together(
        score(total, unit, units),
        score(goal, unit, units),
        rules.share_of(total, goal),
        score_needed(max(0, goal - total), unit, units),
        score_needed(needed, unit, units) if needed else "",
    )
