"""Verdicts in words, to the owner of the run: the rule, why, and what would make it count."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from webapp.formatting import at_least, distance, pace
from webapp.rulebook.judging import ChallengeRules, Verdict
from webapp.rulebook.plausibility import Quantity
from webapp.rulebook.runs import UNUSUAL_TIMES, sport_in_words
from webapp.text import listed


class Words(NamedTuple):
    """A verdict in words: the reason, a sentence about it, and what would make the run count."""

    reason: str
    explanation: str
    remedy: str | None = None


_WORDS: Mapping[Verdict, Words] = {
    Verdict.COUNTS: Words("counts", "This run counts."),
    Verdict.PRIVATE: Words(
        "only you can see it on Strava",
        "Runs that are set to “Only You” stay out of challenges.",
        "Set it to “Followers” or “Everyone” on Strava and it counts.",
    ),
    Verdict.OTHER_SPORT: Words(
        "another sport",
        "Only the kinds of run that the rules name count.",
        "If it was a run, change its sport on Strava and it counts.",
    ),
    Verdict.OUTSIDE_WINDOW: Words(
        "outside the dates",
        "It was run on a day that does not belong to this challenge; the date where you were decides.",
    ),
    Verdict.NOT_YET: Words(
        "dated ahead",
        "Its date has not begun anywhere yet; usually the clock of a watch was wrong.",
        "It is judged when its date comes. If the date is wrong, correct it on Strava.",
    ),
    Verdict.MANUAL: Words(
        "entered by hand",
        "Only recorded runs count.",
        "If you have the recording, upload the file to Strava in its place.",
    ),
    Verdict.TREADMILL: Words(
        "on a treadmill",
        "This challenge counts runs outdoors only.",
        "If it was outdoors, untick “Treadmill” on Strava and it counts.",
    ),
    Verdict.FLAGGED: Words(
        "flagged on Strava",
        "Somebody flagged this run there.",
        "Once the flag is lifted on Strava, it counts.",
    ),
    Verdict.NOTHING_MEASURED: Words(
        "no distance or no time",
        "There is nothing to add up.",
        "Correct the distance on Strava, where a treadmill run allows it, and it counts.",
    ),
    Verdict.IMPOSSIBLE_PACE: Words(
        "faster than the world record",
        "Nobody has yet run this far at that pace.",
        "If it was a ride, change its sport on Strava; if the watch was wrong, crop or correct the run there.",
    ),
    Verdict.TOO_SHORT: Words(
        "shorter than a run must be here",
        "The challenge asks for a little more of a single run.",
    ),
    Verdict.PACE: Words(
        "outside the paces of this challenge",
        "Its mean pace is quicker or slower than the challenge takes.",
    ),
    Verdict.UNUSUAL: Words(
        "far longer than your runs before",
        "It is over three times your longest run of the twelve weeks before, so somebody has a look first.",
        "Ask for a look, and it counts when your organiser says so.",
    ),
    Verdict.CHANGED: Words(
        "changed since it came in",
        "Its distance is not what it was when it was first seen or looked at.",
        "Ask for a look, and it counts when your organiser says so.",
    ),
    Verdict.LEFT_OUT: Words(
        "left out by your organiser",
        "They looked at it and gave a reason.",
    ),
    Verdict.OVERLAP: Words(
        "same time as another run",
        "Another run of yours covers this time, and the longer one counts.",
        "If the other one is wrong, delete it on Strava and this one counts.",
    ),
}
# Of a run that would count if it had come in time.
TOO_LATE = Words("came after the results were final", "The results stand as they were, without this run.")
# Of a run that counts, to its owner: why a quantity of it counts nothing, or only its bound.
CUT_WORDS: Mapping[Quantity, str] = {
    Quantity.DISTANCE: "The distance cannot be right, so it does not count.",
    Quantity.TIME: "No run lasts longer than a day, so 24 h of it count.",
    Quantity.CLIMB: "The climb cannot be right, so it does not count.",
}
TWIN_WORDS = "This may be “{}” in another time zone. Both count; if they are the same run, delete one on Strava."
_PRIVATE_BUT_ALLOWED = "Or let your “Only You” runs count, on your account page, where a challenge allows it."


def words_for(verdict: Verdict, rules: ChallengeRules, units: str = "km", usual_longest_m: int | None = None) -> Words:
    """Say a verdict in words to the owner of the run, with the challenge's own numbers in the owner's units.

    `usual_longest_m`: the longest run of the owner's weeks before, where it is known.
    """
    words = _WORDS[verdict]
    if verdict is Verdict.PRIVATE and rules.counts.private:
        return words._replace(remedy=f"{words.remedy} {_PRIVATE_BUT_ALLOWED}")
    if verdict is Verdict.UNUSUAL and usual_longest_m is not None:
        before = f"Your longest run of the twelve weeks before was {distance(usual_longest_m, units)}"
        explanation = f"{before}; this one is over {_TIMES[UNUSUAL_TIMES]} times that, so somebody has a look first."
        return words._replace(explanation=explanation)
    numbered = _WITH_NUMBERS.get(verdict)
    return words._replace(**numbered(rules, units)) if numbered else words


def _in_dates(rules: ChallengeRules, _units: str) -> dict[str, str]:
    first, last = (f"{day.day} {day:%B}" for day in (rules.starts_on, rules.ends_on))
    return {"remedy": f"Runs from {first} to {last} count, by the date where you were."}


def _of_sports(rules: ChallengeRules, _units: str) -> dict[str, str]:
    return {
        "explanation": f"What counts here: {listed([sport_in_words(each) for each in sorted(rules.counts.sports)])}."
    }


def _long_enough(rules: ChallengeRules, units: str) -> dict[str, str]:
    """Return the least distance and time, the bounds that are set; a verdict of it means that one of them is."""
    counts = rules.counts
    least = [at_least(counts.least_m, units)] if counts.least_m else []
    least += [_minutes(counts.least_s)] if counts.least_s else []
    return {"remedy": f"A run of at least {listed(least)} counts."} if least else {}


def _within_paces(rules: ChallengeRules, units: str) -> dict[str, str]:
    counts = rules.counts
    bounds = [f"no quicker than {pace(counts.quickest, units)}"] if counts.quickest else []
    bounds += [f"no slower than {pace(counts.slowest, units)}"] if counts.slowest else []
    return {"remedy": f"A run counts with a mean pace {listed(bounds)}."} if bounds else {}


_TIMES = {2: "two", 3: "three", 4: "four"}
_WITH_NUMBERS: Mapping[Verdict, Callable[[ChallengeRules, str], dict[str, str]]] = {
    Verdict.OUTSIDE_WINDOW: _in_dates,
    Verdict.OTHER_SPORT: _of_sports,
    Verdict.TOO_SHORT: _long_enough,
    Verdict.PACE: _within_paces,
}


def _minutes(seconds: int) -> str:
    whole, rest = divmod(seconds, 60)
    return f"{whole}:{rest:02d} minutes" if rest else f"{whole} {'minute' if whole == 1 else 'minutes'}"
