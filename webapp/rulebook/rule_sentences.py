"""The rules of a challenge in words, with every number that goes into them, in the units of who reads them."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from webapp.formatting import days_in_words, score
from webapp.rulebook.journeys import OWN, ROUTES, places_of
from webapp.rulebook.measures import Unit
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import CHANGED_FROM_M, UNUSUAL_FROM_M, UNUSUAL_TIMES, sport_in_words
from webapp.rulebook.shapes import LOWEST_BASELINES, METRES_PER
from webapp.rulebook.units import write_amount, write_pace

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def measured(rules: RuleSet) -> str:
    """Say what is measured."""
    return _MEASURED[rules.measure]


def shaped(rules: RuleSet, units: str) -> list[str]:
    """Say how days become a total, with every number that goes into it."""
    return _SHAPED[rules.shape](rules, units)


def team_scored(rules: RuleSet) -> str:
    """Say how a team is scored."""
    return _TEAM_SCORED[rules.team_score](rules)


def counted(rules: RuleSet, units: str) -> list[str]:
    """Say which runs count and which do not."""
    counts = rules.counts
    sports = [sport_in_words(sport).lower() for sport in sorted(counts.sports)]
    return [
        f"What counts as a run: {_listed(sports)}. It counts on the local date where you ran.",
        *_bounds(rules, units),
        _do("Runs on a treadmill, virtual ones among them,", counts.treadmill),
        _do("Runs typed in by hand", counts.manual),
        _do("Runs that somebody flagged on Strava", counts.flagged),
        "“Only You” runs count for those who wish it." if counts.private else "“Only You” runs do not count.",
        "Of two runs at the same time the longer one counts. A run faster than the world record does not.",
        *_looked_at(rules, units),
    ]


def amount(value: int, unit: Unit, units: str) -> str:
    """Return an amount of the rules with the decimals it needs: "10 km", "0.62 mi", "1 h 30 min"."""
    if unit == "distance":
        return f"{number(Fraction(value) / metres_in(units), 2 if units == 'mi' else 3)} {units}"
    if unit == "time":
        hours, minutes, rest = value // 3600, value % 3600 // 60, value % 60
        written = [f"{hours:,} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0)
        return " ".join(written) or "0 min"
    if unit in ("points", "percent"):
        return f"{number(Fraction(value, 1000), 3)} {'%' if unit == 'percent' else 'pts'}"
    return score(value, unit, units)


def _measure_amount(rules: RuleSet, name: str, units: str) -> str:
    value, unit = rules.params[name], rules.measured.unit
    if unit == "climb" and units == "mi":
        # As it was typed: a foot is finer than the metres that are kept.
        return f"{int(write_amount(value, unit, units)):,} ft"
    return amount(value, unit, units)


def number(value: Fraction, decimals: int) -> str:
    """Return a number with at most so many decimals, and none that says nothing."""
    written = f"{float(value):,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def metres_in(units: str) -> Fraction:
    return METRES_PER[units]


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _do(what: str, counts: bool) -> str:
    return f"{what} count too." if counts else f"{what} do not count."


def _bounds(rules: RuleSet, units: str) -> list[str]:
    counts = rules.counts
    least = [amount(counts.least_m, "distance", units)] * (counts.least_m > 0)
    least += [amount(counts.least_s, "time", units)] * (counts.least_s > 0)
    paces = [f"no quicker than {_pace(counts.quickest, units)}"] if counts.quickest else []
    paces += [f"no slower than {_pace(counts.slowest, units)}"] if counts.slowest else []
    said = [f"A run must have at least {_listed(least)}."] if least else []
    return said + ([f"Its mean pace must be {_listed(paces)}."] if paces else [])


def _pace(seconds_a_km: int, units: str) -> str:
    return f"{write_pace(seconds_a_km, units)} min/{units}"


def _looked_at(rules: RuleSet, units: str) -> list[str]:
    unusual = (
        f"A run over {amount(UNUSUAL_FROM_M, 'distance', units)} and over {_SMALL[UNUSUAL_TIMES]} times your longest "
        "of the weeks before waits until an organiser has looked at it."
    )
    changed = (
        f"So does one that has grown by over a tenth, and over {amount(CHANGED_FROM_M, 'distance', units)}, since it "
        "came in."
    )
    if not rules.counts.stops_unusual:
        changed = changed.replace("So does one", "A run").replace("came in.", "came in waits for an organiser's look.")
    return [unusual] * rules.counts.stops_unusual + [changed] * rules.counts.stops_changed


_MEASURED: Mapping[str, str] = {
    "distance": "Distance counts.",
    "moving_time": "Moving time counts: an hour is an hour, fast or slow.",
    "climb": "Climb counts: all that goes uphill.",
    "runs": "The number of runs counts.",
    "active_days": "Each day with a run counts, short or long.",
    "longest_run": "Your longest single run counts; a longer one takes its place.",
    "points": "Each day gives points by its distance; several runs of a day are taken together.",
}


def _plain(rules: RuleSet, _units: str) -> list[str]:
    return ["Every day counts in full, and days are added up."] if rules.measured.adds_up else []


def _daily_cap(rules: RuleSet, units: str) -> list[str]:
    return [f"At most {_measure_amount(rules, 'cap', units)} a day count."]


def _weekly_cap(rules: RuleSet, units: str) -> list[str]:
    cap = _measure_amount(rules, "cap", units)
    return [f"Of one week, Monday to Sunday, at most {cap} count; what comes first counts first."]


def _steps(rules: RuleSet, units: str) -> list[str]:
    params = rules.params
    least, knee = amount(params["least"], "distance", units), amount(params["knee"], "distance", units)
    near, beyond = (number(rate_in(params, name, units), 3) for name in ("rate", "rate_beyond"))
    return [
        *([f"A day under {least} gives no points."] if params["least"] else []),
        f"A day out gives {params['out']} points for going out, {near} for each {units} up to {knee}, and {beyond} for "
        f"each {units} beyond.",
    ]


def rate_in(params: Mapping[str, Any], name: str, units: str) -> Fraction:
    """Return the points of a km, or of a mile, whichever of them the rules give points for."""
    return Fraction(params[name] * metres_in(units) / METRES_PER[params["per"]])


def _saddles(_rules: RuleSet, _units: str) -> list[str]:
    return [
        "A day under one mile gives no points. From 1 to 10 miles a day of d miles gives 10 + ½ × (21 d − d²); beyond, "
        "65 and one more for each mile over 10.",
        "These are the points of Freezing Saddles: 20 for one mile, 50 for five, 65 for ten.",
    ]


def _streak(rules: RuleSet, units: str) -> list[str]:
    rest = rules.params["rest"]
    breaks = f"up to {days_in_words(rest)} of rest between two such days {'does' if rest == 1 else 'do'} not break it"
    return [
        f"A day belongs to a streak with at least {_measure_amount(rules, 'least', units)}; "
        f"{breaks if rest else 'a day without one ends it'}.",
        "Your longest streak counts, in days run.",
    ]


def _target_share(rules: RuleSet, _units: str) -> list[str]:
    return [
        f"Your total is how much of your own target you have done, up to {rules.params['most']} %.",
        "Who has set no target yet stands at 0 %.",
    ]


def _improvement(rules: RuleSet, units: str) -> list[str]:
    unit = rules.measured.unit
    return [
        "Everybody is measured against themselves: 100 % is what your own weeks before would come to over these dates, "
        f"and it goes up to {rules.params['most']} %.",
        f"No baseline is taken lower than {amount(LOWEST_BASELINES[unit], unit, units)} a week.",
        "With less than three weeks of history, the group's median stands in for yours.",
    ]


def _group_goal(rules: RuleSet, units: str) -> list[str]:
    return [f"All of it goes towards one goal of the whole group: {_measure_amount(rules, 'goal', units)}."]


def _journey(rules: RuleSet, units: str) -> list[str]:
    places = places_of(rules.params)
    along = "" if rules.params["route"] == OWN else f" along the {ROUTES[rules.params['route']].name}"
    far = amount(places[-1].metres, "distance", units)
    past = [place.name for place in places[1:-1]]
    return [
        f"Your total takes you{along} from {places[0].name} to {places[-1].name}, {far}"
        + (f", past {_listed(past)}." if past else "."),
        "Distances along the way are approximate; days are added up and count in full.",
    ]


_SHAPED: Mapping[str, Callable[[RuleSet, str], list[str]]] = {
    "plain": _plain,
    "daily_cap": _daily_cap,
    "weekly_cap": _weekly_cap,
    "steps": _steps,
    "saddles": _saddles,
    "streak": _streak,
    "target_share": _target_share,
    "improvement": _improvement,
    "journey": _journey,
    "group_goal": _group_goal,
}


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
