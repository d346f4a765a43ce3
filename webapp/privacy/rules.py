"""What members may see of each other: the one check of every value of another runner before a page shows it.

A row is a mapping of named values; a value without a rule here is not shown. No value of a single run has a name here,
so no page can show one by accident.
"""

from collections.abc import Mapping
from typing import Any

from webapp.models.words import ConsentLevel

# The identity on the board, and what the viewer's own page adds to it. None of these come from a run.
WHO = frozenset({"entry_id", "runner_id", "name", "team_id", "team", "is_me"})
SCORE = frozenset({"rank", "total"})
# "daily": what each date brought, as the board could be looked back to. In challenges about the longest single run it
# would reveal more runs than the one that a member agreed to show, so it is never put into a row there.
TOTALS = frozenset({"days", "today", "daily", "gap", "movement", "mean", "closing", "overtakes"})
# Means and sums over weeks before a challenge.
WEEKS = frozenset({"baseline", "baseline_weeks", "mileage"})
# Looking back: first places, challenges and months taken part in, and an earlier total follow from places and scores on
# the boards of closed challenges, and say no more than those did.
BACK = frozenset({"first_places", "taken_part", "months", "earlier"})
# A sum over any dates is no score in a challenge. It consists of daily totals, of members who share them.
RANGE = frozenset({"range_total"})

ALLOWED: Mapping[ConsentLevel, frozenset[str]] = {
    # rules.md, "What others may see": totals, active days, today's and daily totals, movement, overtakes.
    ConsentLevel.TOTALS: WHO | SCORE | TOTALS | WEEKS | BACK | RANGE,
    # Score and rank only, and what those were in earlier challenges.
    ConsentLevel.POINTS: WHO | SCORE | BACK,
}


def may_see(level: ConsentLevel | None, field: str, *, is_self: bool = False) -> bool:
    """Return whether a member of the group may see `field` of a runner who consented to `level` (None: to nothing)."""
    return is_self or (level is not None and field in ALLOWED.get(level, frozenset()))


def shared(level: ConsentLevel | None, row: Mapping[str, Any], *, is_self: bool = False) -> dict[str, Any]:
    """Return the values of `row` that may be shown; the others become None, which a page shows as a dash.

    An unknown name raises KeyError: a new value first needs its place in the table above.
    """
    if not row.keys() <= ALLOWED[ConsentLevel.TOTALS]:
        raise KeyError(f"not in the table of what may be shared: {sorted(row.keys() - ALLOWED[ConsentLevel.TOTALS])}")
    if is_self or level == ConsentLevel.TOTALS:
        return dict(row)
    allowed = ALLOWED.get(level, frozenset()) if level else frozenset()
    return {field: value if field in allowed else None for field, value in row.items()}
