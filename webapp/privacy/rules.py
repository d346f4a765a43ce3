"""What members may see of each other: the one check of every value of another runner before a page shows it.

A row is a mapping of named values; a value without a rule here is not shown. No value of a single run has a name here,
so no page can show one by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.models.words import ConsentLevel


@dataclass(frozen=True, slots=True)
class Level:
    """What a level of consent is called, and what it shows to whom."""

    label: str
    says: str


LEVELS: Mapping[ConsentLevel, Level] = {
    ConsentLevel.TOTALS: Level(
        "My totals",
        "Members see your totals by day, week, challenge and longer times, your active days, your place, and whom you "
        "chase and pass; in challenges that measure you against yourself, also your usual week before they began.",
    ),
    ConsentLevel.POINTS: Level(
        "My place only",
        "Members see your place. In challenges scored in points they see your points, too. In all others nobody sees "
        "your team’s sum or the distance to the runner behind you, since they would give your total away.",
    ),
    ConsentLevel.HIDDEN: Level(
        "Nothing",
        "You are on no board and in no sum, and lists of members say “A hidden runner”. You still see your own runs.",
    ),
}

# The identity on the board, and what the viewer's own page adds to it. None of these come from a run.
WHO = frozenset({"entry_id", "runner_id", "name", "team_id", "team", "is_me"})
# The picture that Strava has of a runner, for members who switched it on.
PHOTO = frozenset({"photo"})
RANK = frozenset({"rank"})
# That they are on a break, of members who want boards to say so.
BREAK = frozenset({"on_break"})
# A total, and one of an earlier challenge. Where totals are points, they say less of a runner.
SCORE = frozenset({"total", "earlier"})
# "daily": what each date brought, as the board could be looked back to. In challenges about the longest single run it
# would reveal more runs than the one that a member agreed to show, so it is never put into a row there.
TOTALS = frozenset({"days", "today", "daily", "gap", "movement", "mean", "closing", "odds", "overtakes"})
# Means and sums over weeks before a challenge.
WEEKS = frozenset({"baseline", "baseline_weeks", "mileage", "usual_week"})
# Looking back: first places, challenges and months taken part in follow from places on the boards of closed
# challenges, and say no more than those did.
BACK = frozenset({"first_places", "taken_part", "months"})
# A sum over any dates is no score in a challenge. It consists of daily totals, of members who share them.
RANGE = frozenset({"range_total"})
# What a member answers to a group run, and whether they came: they say it to the group by answering.
GROUP_RUNS = frozenset({"rsvp", "rsvp_note", "pace_group", "attendance"})
# What a member pledges, and how far they are, for those alone whom they chose: `pledges.queries` asks who they are.
PLEDGE, PLEDGE_PROGRESS = frozenset({"pledge"}), frozenset({"pledge_progress"})
# The sums of a week, for accepted buddies alone: `buddies.queries` asks who they are.
BUDDIES = frozenset({"buddy_week"})

ALLOWED: Mapping[ConsentLevel, frozenset[str]] = {
    # rules.md, "What others see": totals, active days, today's and daily totals, movement, overtakes.
    ConsentLevel.TOTALS: frozenset().union(
        *(WHO, PHOTO, RANK, BREAK, SCORE, TOTALS, WEEKS, BACK, RANGE, GROUP_RUNS, BUDDIES, PLEDGE, PLEDGE_PROGRESS)
    ),
    # The rank alone; in challenges scored in points, the points as well.
    ConsentLevel.POINTS: WHO | PHOTO | RANK | BREAK | BACK | GROUP_RUNS | PLEDGE,
    ConsentLevel.HIDDEN: frozenset(),
}


def shows_rank_only(level: ConsentLevel | None, *, in_points: bool) -> bool:
    """Return whether others see the rank of a runner and not the total. `in_points`: totals that are points."""
    return level == ConsentLevel.POINTS and not in_points


def may_see(level: ConsentLevel | None, field: str, *, is_self: bool = False, in_points: bool = False) -> bool:
    """Return whether a member of the group may see `field` of a runner who consented to `level` (None: to nothing)."""
    return is_self or field in _allowed(level, in_points)


def _allowed(level: ConsentLevel | None, in_points: bool) -> frozenset[str]:
    allowed = ALLOWED.get(level, frozenset()) if level else frozenset()
    return allowed | SCORE if in_points and level == ConsentLevel.POINTS else allowed


def shared(
    level: ConsentLevel | None, row: Mapping[str, Any], *, is_self: bool = False, in_points: bool = False
) -> dict[str, Any]:
    """Return the values of `row` that may be shown; the others become None, which a page shows as a dash.

    `in_points`: the totals in it are points. An unknown name raises KeyError: a new value first needs its place in the
    table above.
    """
    if not row.keys() <= ALLOWED[ConsentLevel.TOTALS]:
        raise KeyError(f"not in the table of what may be shared: {sorted(row.keys() - ALLOWED[ConsentLevel.TOTALS])}")
    if is_self or level == ConsentLevel.TOTALS:
        return dict(row)
    allowed = _allowed(level, in_points)
    return {field: value if field in allowed else None for field, value in row.items()}
