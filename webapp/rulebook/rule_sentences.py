"""The rules of a challenge in words, with every number that goes into them, in the units of who reads them."""

from collections.abc import Callable, Mapping

from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import CHANGED_FROM_M, UNUSUAL_FROM_M, UNUSUAL_TIMES, sport_in_words
from webapp.rulebook.shapes.base import RuleText
from webapp.rulebook.units import amount_text, write_pace
from webapp.text import listed

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def shaped(rules: RuleSet, units: str) -> list[str]:
    """Say how days become a total, with every number that goes into it."""
    return rules.shaped.sentences(RuleText(rules.params, rules.measured, units))


def team_scored(rules: RuleSet) -> str:
    """Say how a team is scored."""
    return _TEAM_SCORED[rules.team_score](rules)


def counted(rules: RuleSet, units: str) -> list[str]:
    """Say which runs count and which do not."""
    counts = rules.counts
    sports = [sport_in_words(sport).lower() for sport in sorted(counts.sports)]
    return [
        f"What counts as a run: {listed(sports)}. It counts on the local date where you ran.",
        *_bounds(rules, units),
        _do("Runs on a treadmill, virtual ones among them,", counts.treadmill),
        _do("Runs typed in by hand", counts.manual),
        _do("Runs that somebody flagged on Strava", counts.flagged),
        "“Only You” runs count for those who wish it." if counts.private else "“Only You” runs do not count.",
        "Of two runs at the same time the longer one counts. A run faster than the world record does not.",
        *_looked_at(rules, units),
    ]


def _do(what: str, counts: bool) -> str:
    return f"{what} count too." if counts else f"{what} do not count."


def _bounds(rules: RuleSet, units: str) -> list[str]:
    counts = rules.counts
    least = [amount_text(counts.least_m, "distance", units)] * (counts.least_m > 0)
    least += [amount_text(counts.least_s, "time", units)] * (counts.least_s > 0)
    paces = [f"no quicker than {_pace(counts.quickest, units)}"] if counts.quickest else []
    paces += [f"no slower than {_pace(counts.slowest, units)}"] if counts.slowest else []
    said = [f"A run must have at least {listed(least)}."] if least else []
    return said + ([f"Its mean pace must be {listed(paces)}."] if paces else [])


def _pace(seconds_a_km: int, units: str) -> str:
    return f"{write_pace(seconds_a_km, units)} min/{units}"


def _looked_at(rules: RuleSet, units: str) -> list[str]:
    far, grown = (amount_text(metres, "distance", units) for metres in (UNUSUAL_FROM_M, CHANGED_FROM_M))
    unusual = (
        f"A run over {far} and over {_SMALL[UNUSUAL_TIMES]} times your longest of the weeks before waits until an "
        "organiser has looked at it."
    )
    changed = f"So does one that has grown by over a tenth, and over {grown}, since it came in."
    if not rules.counts.stops_unusual:
        changed = changed.replace("So does one", "A run").replace("came in.", "came in waits for an organiser's look.")
    return [unusual] * rules.counts.stops_unusual + [changed] * rules.counts.stops_changed


def _best(rules: RuleSet) -> str:
    if rules.best == 1:
        return "A team's score is that of its best member."
    number = _SMALL[rules.best] if rules.best < len(_SMALL) else str(rules.best)
    return f"A team's score is what its best {number} members bring together."


def _met(rules: RuleSet) -> str:
    what = "reached 100 %" if rules.unit == "percent" else "reached their own target"
    return f"A team's score is the share of all its members who have {what}; who has not run is one of them."


_TEAM_SCORED: Mapping[str, Callable[[RuleSet], str]] = {
    "sum": lambda _: "A team's score is all that its members bring.",
    "average": lambda _: "A team's score is the average of its members who have run; who has not yet lowers nothing.",
    "best": _best,
    "median": lambda _: "A team's score is the median of its members who have run: the one in the middle decides.",
    "met": _met,
}
