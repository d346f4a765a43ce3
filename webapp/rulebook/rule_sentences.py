"""The rules of a challenge in sentences, with every number in them, in the reader's units."""

from collections.abc import Callable, Mapping

from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import CHANGED_FROM_M, UNUSUAL_FROM_M, UNUSUAL_TIMES, sport_in_words
from webapp.rulebook.shapes.base import RuleText
from webapp.rulebook.units import amount_text, write_pace
from webapp.text import listed

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def shaped(rules: RuleSet, units: str) -> list[str]:
    """Return how days become a total, with every number that goes into it."""
    return rules.shaped.sentences(RuleText(rules.params, rules.measured, units))


def team_scored(rules: RuleSet) -> str:
    """Return how a team is scored."""
    return _TEAM_SCORED[rules.team_score](rules)


def counted(rules: RuleSet, units: str) -> list[str]:
    """Return which runs count and which do not."""
    counts = rules.counts
    sports = [sport_in_words(sport).lower() for sport in sorted(counts.sports)]
    return [
        f"These activities count: {listed(sports)}. A run counts on the local date where you ran.",
        *_bounds(rules, units),
        _too("Treadmill and virtual runs", counts.treadmill),
        _too("Runs entered by hand", counts.manual),
        _too("Runs that somebody flagged on Strava", counts.flagged),
        "“Only You” runs count for runners who allow it." if counts.private else "“Only You” runs do not count.",
        "Of two runs at the same time, the longer one counts. A run faster than the world record does not count.",
        *_reviewed(rules, units),
    ]


def _too(runs: str, count: bool) -> str:
    return f"{runs} count too." if count else f"{runs} do not count."


def _bounds(rules: RuleSet, units: str) -> list[str]:
    counts = rules.counts
    minimum = [amount_text(counts.min_distance_m, "distance", units)] * (counts.min_distance_m > 0)
    minimum += [amount_text(counts.min_time_s, "time", units)] * (counts.min_time_s > 0)
    paces = [f"no faster than {_pace(counts.quickest, units)}"] if counts.quickest else []
    paces += [f"no slower than {_pace(counts.slowest, units)}"] if counts.slowest else []
    said = [f"A run must have at least {listed(minimum)}."] if minimum else []
    return said + ([f"Its mean pace must be {listed(paces)}."] if paces else [])


def _pace(seconds_a_km: int, units: str) -> str:
    return f"{write_pace(seconds_a_km, units)} min/{units}"


def _reviewed(rules: RuleSet, units: str) -> list[str]:
    counts = rules.counts
    far, grown = (amount_text(metres, "distance", units) for metres in (UNUSUAL_FROM_M, CHANGED_FROM_M))
    unusual = (
        f"A run over {far} that is over {_SMALL[UNUSUAL_TIMES]} times your longest of the weeks before waits for an "
        "organiser’s review."
    )
    changed = f"A run that has grown by over a tenth and over {grown} since it came in waits for an organiser’s review."
    return [unusual] * counts.stops_unusual + [changed] * counts.stops_changed


def _best(rules: RuleSet) -> str:
    if rules.best == 1:
        return "A team’s score is that of its best member."
    number = _SMALL[rules.best] if rules.best < len(_SMALL) else str(rules.best)
    return f"A team’s score is the sum of its best {number} members."


def _met(rules: RuleSet) -> str:
    what = "100 %" if rules.unit == "percent" else "their own target"
    return f"A team’s score is the share of all its members, those without a run included, who have reached {what}."


_TEAM_SCORED: Mapping[str, Callable[[RuleSet], str]] = {
    "sum": lambda _: "A team’s score is the sum of its members.",
    "average": lambda _: "A team’s score is the average of its members who have run; the others do not lower it.",
    "best": _best,
    "median": lambda _: "A team’s score is the median of its members who have run: the one in the middle decides.",
    "met": _met,
}
