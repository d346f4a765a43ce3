"""Ready challenges to begin from: those that groups run most, each with a name, a line about it, and its rules."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from webapp.rulebook.ruleset import Eligibility, RuleSet

WindowChoice = Literal["month", "week", "dates"]


class TeamMode(StrEnum):
    """How the teams of a challenge are made."""

    NONE = "none"
    NAMED = "named"
    PICKED = "picked"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Preset:
    """A challenge to begin from; all of it can be changed. `renews`: whether the next one is made automatically."""

    key: str
    name: str
    line: str
    rules: RuleSet
    frame: WindowChoice = "month"
    renews: bool = True
    team_mode: TeamMode = TeamMode.NONE


# Where one run can decide a month, a run far longer than its runner's usual ones waits for a review.
_REVIEWED = Eligibility(stops_unusual=True)

PRESETS: tuple[Preset, ...] = (
    Preset(
        "distance",
        "Run the month",
        "The classic: every run adds its distance, from the first day to the last.",
        RuleSet(counts=_REVIEWED),
    ),
    Preset(
        "show_up",
        "Just show up",
        "A day with a run is a day, short or long. Whoever goes out most often leads.",
        RuleSet("active_days", counts=Eligibility(min_distance_m=1000)),
    ),
    Preset(
        "gentle_points",
        "Gentle points",
        "Ten points for going out, and the first stretch is worth more than the rest. Made for mixed groups.",
        RuleSet("points", "steps"),
    ),
    Preset(
        "fair_month",
        "Your own measure",
        "Everyone runs against their own weeks before: 100 % is a month like those, be it 40 km or 400.",
        RuleSet("distance", "improvement", counts=_REVIEWED),
    ),
    Preset(
        "own_target",
        "My own target",
        "Everyone sets a target of their own. A team counts how many of its members got there.",
        RuleSet("distance", "target_share", team_score="met"),
        team_mode=TeamMode.NAMED,
    ),
    Preset(
        "group_goal",
        "All together",
        "One goal for the whole group. Every run brings it nearer, and nobody is last.",
        RuleSet("distance", "group_goal", {"goal": 1_000_000}),
    ),
    Preset(
        "even_teams",
        "Even teams",
        "Teams drawn evenly, a cap on each day, and the average of those who run: no hero decides it alone.",
        RuleSet("distance", "daily_cap", {"cap": 15_000}, team_score="average"),
        team_mode=TeamMode.DRAWN,
    ),
    Preset(
        "streak",
        "Keep it going",
        "The longest streak of days with a run. A day of rest in between is fine; your legs ask for it.",
        RuleSet("distance", "streak", {"min_amount": 1000, "rest": 1}),
    ),
    Preset(
        "best_days",
        "Three good days a week",
        "Your three best days of each week count, so a day of rest costs nothing.",
        RuleSet("distance", "best_days", counts=_REVIEWED),
    ),
    Preset(
        "journey",
        "A long way together",
        "Every run leads along the West Highland Way, place by place, to Fort William, or along your own route.",
        RuleSet("distance", "journey", {"route": "west_highland"}),
        renews=False,
    ),
    Preset(
        "time_on_feet",
        "Time on feet",
        "An hour is an hour, fast or slow, flat or steep, on the road or in the mud.",
        RuleSet("moving_time"),
    ),
    Preset(
        "hills",
        "A week of hills",
        "Seven days, and only the climb counts. Stairs are hills too.",
        RuleSet("climb", counts=Eligibility(treadmill=False)),
        frame="week",
        renews=False,
    ),
    Preset(
        "saddles",
        "Through the winter",
        "Points by the mile as in Freezing Saddles: the first mile of a day is worth most. Teams of the best five.",
        RuleSet("points", "saddles", team_score="best", best=5),
        frame="dates",
        renews=False,
        team_mode=TeamMode.DRAWN,
    ),
)
_BY_KEY = {preset.key: preset for preset in PRESETS}


def preset_of(key: str) -> Preset | None:
    """Return the preset with that key; None if there is none."""
    return _BY_KEY.get(key)
