"""Verdicts in words for the owner of a run: the rule, the reason, and what would make the run count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from webapp.formatting import at_least, distance, pace
from webapp.rulebook.judging import ChallengeRules, Verdict
from webapp.rulebook.plausibility import Quantity
from webapp.rulebook.runs import UNUSUAL_TIMES, sport_in_words
from webapp.text import listed


@dataclass(frozen=True, slots=True)
class Words:
    """A verdict: the reason, a sentence that explains it, and what would make the run count."""

    reason: str
    explanation: str
    remedy: str | None = None


_REVIEW = "Ask for a review. It counts if your organiser says so."
_WORDS: Mapping[Verdict, Words] = {
    Verdict.COUNTS: Words("counts", "This run counts."),
    Verdict.PRIVATE: Words(
        "only you can see it on Strava",
        "Runs that are set to “Only You” do not count in challenges.",
        "Set it to “Followers” or “Everyone” on Strava and it counts.",
    ),
    Verdict.OTHER_SPORT: Words(
        "another sport",
        "Only the kinds of run that the rules name count.",
        "If it was a run, change its sport on Strava and it counts.",
    ),
    Verdict.OUTSIDE_WINDOW: Words(
        "outside the dates",
        "It was run on a date outside this challenge; the local date where you ran decides.",
    ),
    Verdict.NOT_YET: Words(
        "dated ahead",
        "Its date has not begun anywhere yet; usually the clock of a watch was wrong.",
        "It is judged on its date. If the date is wrong, correct it on Strava.",
    ),
    Verdict.MANUAL: Words(
        "entered by hand",
        "Only recorded runs count.",
        "If you have the recording, upload the file to Strava instead.",
    ),
    Verdict.TREADMILL: Words(
        "on a treadmill",
        "This challenge counts outdoor runs only.",
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
        "If Strava lets you correct the distance, as it does for treadmill runs, it counts.",
    ),
    Verdict.IMPOSSIBLE_PACE: Words(
        "faster than the world record",
        "Nobody has yet run this far at that pace.",
        "If it was a ride, change its sport on Strava. If the watch was wrong, crop or correct the run there.",
    ),
    Verdict.TOO_SHORT: Words("too short for this challenge", "Its rules ask for longer runs."),
    Verdict.PACE: Words(
        "outside the pace limits",
        "Its mean pace is faster or slower than this challenge allows.",
    ),
    Verdict.UNUSUAL: Words(
        "far longer than your usual runs",
        "It is over three times your longest run of the twelve weeks before, so an organiser reviews it first.",
        _REVIEW,
    ),
    Verdict.CHANGED: Words(
        "changed since it came in",
        "Its distance is not what it was when we first saw or reviewed it.",
        _REVIEW,
    ),
    Verdict.LEFT_OUT: Words(
        "left out by your organiser",
        "They reviewed it and gave a reason.",
    ),
    Verdict.OVERLAP: Words(
        "same time as another run",
        "Another run of yours covers this time, and the longer one counts.",
        "If the other one is wrong, delete it on Strava and this one counts.",
    ),
}
# A run that would count if it had come in time.
TOO_LATE = Words("came after the results were final", "The results stand as they were, without this run.")
# Why a quantity of a counting run counts nothing, or only up to its bound; for the owner.
CUT_WORDS: Mapping[Quantity, str] = {
    Quantity.DISTANCE: "The distance cannot be right, so it does not count.",
    Quantity.TIME: "No run lasts longer than a day, so 24 h of it count.",
    Quantity.CLIMB: "The climb cannot be right, so it does not count.",
}
LOOK_ALIKE_WORDS = "This may be “{}” in another time zone. Both count; if they are the same run, delete one on Strava."
_PRIVATE_BUT_ALLOWED = "Or let your “Only You” runs count, on your account page, where a challenge allows it."


def words_for(verdict: Verdict, rules: ChallengeRules, units: str = "km", usual_longest_m: int | None = None) -> Words:
    """Return a verdict in words for the owner of the run, with the challenge's numbers in the owner's units.

    `usual_longest_m`: the longest run of the owner's weeks before, if it is known.
    """
    words = _WORDS[verdict]
    if verdict is Verdict.PRIVATE and rules.counts.private:
        return replace(words, remedy=f"{words.remedy} {_PRIVATE_BUT_ALLOWED}")
    if verdict is Verdict.UNUSUAL and usual_longest_m is not None:
        return replace(
            words,
            explanation=f"Your longest run of the twelve weeks before was {distance(usual_longest_m, units)}; this one "
            f"is over {_TIMES[UNUSUAL_TIMES]} times that, so an organiser reviews it first.",
        )
    numbered = _WITH_NUMBERS.get(verdict)
    return replace(words, **numbered(rules, units)) if numbered else words


def _in_dates(rules: ChallengeRules, _units: str) -> dict[str, str]:
    first, last = (f"{day.day} {day:%B}" for day in (rules.starts_on, rules.ends_on))
    return {"remedy": f"Runs from {first} to {last} count, by the local date where you ran."}


def _of_sports(rules: ChallengeRules, _units: str) -> dict[str, str]:
    return {
        "explanation": f"These count here: {listed([sport_in_words(each) for each in sorted(rules.counts.sports)])}."
    }


def _long_enough(rules: ChallengeRules, units: str) -> dict[str, str]:
    """Return the bounds that are set on distance and time."""
    counts = rules.counts
    bounds = [at_least(counts.min_distance_m, units)] if counts.min_distance_m else []
    bounds += [_minutes(counts.min_time_s)] if counts.min_time_s else []
    return {"remedy": f"A run of at least {listed(bounds)} counts."} if bounds else {}


def _within_paces(rules: ChallengeRules, units: str) -> dict[str, str]:
    counts = rules.counts
    bounds = [f"no faster than {pace(counts.quickest, units)}"] if counts.quickest else []
    bounds += [f"no slower than {pace(counts.slowest, units)}"] if counts.slowest else []
    return {"remedy": f"A run with a mean pace {listed(bounds)} counts."} if bounds else {}


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
