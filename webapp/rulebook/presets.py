"""Ready challenges to begin from: what groups run most, each with a name, a line about it, and its rules."""

from enum import StrEnum
from typing import Literal, NamedTuple

from webapp.rulebook.ruleset import Eligibility, RuleSet

Frame = Literal["month", "week", "dates"]


class TeamMode(StrEnum):
    """How the teams of a challenge are made."""

    NONE = "none"
    NAMED = "named"
    PICKED = "picked"
    DRAWN = "drawn"


class Template(NamedTuple):
    """A challenge to begin from; everything of it can be changed. `renews`: is the next one made by itself?"""

    key: str
    name: str
    line: str
    rules: RuleSet
    frame: Frame = "month"
    renews: bool = True
    team_mode: TeamMode = TeamMode.NONE


# Where one run can decide a month, one that is far beyond its runner's habit waits for a look.
_LOOKED_AT = Eligibility(stops_unusual=True)

TEMPLATES: tuple[Template, ...] = (
    Template(
        "distance",
        "Run the month",
        "The classic: every run adds its distance, from the first day to the last.",
        RuleSet(counts=_LOOKED_AT),
    ),
    Template(
        "show_up",
        "Just show up",
        "A day with a run is a day, short or long. Whoever goes out most often leads.",
        RuleSet("active_days", counts=Eligibility(least_m=1000)),
    ),
    Template(
        "gentle_points",
        "Gentle points",
        "Ten points for going out, and the first stretch is worth more than the rest. Made for mixed groups.",
        RuleSet("points", "steps"),
    ),
    Template(
        "fair_month",
        "Your own measure",
        "Everybody against their own weeks before: 100 % is a month like those, whether that is 40 km or 400.",
        RuleSet("distance", "improvement", counts=_LOOKED_AT),
    ),
    Template(
        "own_target",
        "My own target",
        "Everyone sets a target of their own. A team counts how many of its members got there.",
        RuleSet("distance", "target_share", team_score="met"),
        team_mode=TeamMode.NAMED,
    ),
    Template(
        "group_goal",
        "All together",
        "One goal for the whole group. Every run brings it nearer, and nobody is last.",
        RuleSet("distance", "group_goal", {"goal": 1_000_000}),
    ),
    Template(
        "even_teams",
        "Even teams",
        "Teams drawn evenly, at most 15 km a day, and the average of those who run: no hero decides it alone.",
        RuleSet("distance", "daily_cap", {"cap": 15_000}, team_score="average"),
        team_mode=TeamMode.DRAWN,
    ),
    Template(
        "streak",
        "Keep it going",
        "The longest streak of days with a run. One day of rest in between is no harm; your legs ask for it.",
        RuleSet("distance", "streak", {"least": 1000, "rest": 1}),
    ),
    Template(
        "best_days",
        "Three good days a week",
        "Your three best days of each week count, so a day of rest costs nothing.",
        RuleSet("distance", "best_days", counts=_LOOKED_AT),
    ),
    Template(
        "journey",
        "A long way together",
        "Every run leads on along the West Highland Way, place by place, to Fort William; or along a way of your own.",
        RuleSet("distance", "journey", {"route": "west_highland"}),
        renews=False,
    ),
    Template(
        "time_on_feet",
        "Time on feet",
        "An hour is an hour, fast or slow, flat or steep, on the road or in the mud.",
        RuleSet("moving_time"),
    ),
    Template(
        "hills",
        "A week of hills",
        "Seven days, and only the climb counts. Stairs are hills too.",
        RuleSet("climb", counts=Eligibility(treadmill=False)),
        frame="week",
        renews=False,
    ),
    Template(
        "saddles",
        "Through the winter",
        "Points by the mile as in Freezing Saddles: the first mile of a day is worth most. Teams of the best five.",
        RuleSet("points", "saddles", team_score="best", best=5),
        frame="dates",
        renews=False,
        team_mode=TeamMode.DRAWN,
    ),
)
_BY_KEY = {template.key: template for template in TEMPLATES}


def template_of(key: str) -> Template | None:
    """Return the template of that key; None where there is none."""
    return _BY_KEY.get(key)
