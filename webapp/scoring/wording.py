"""Verdicts in words, to the owner of the run: the rule, why, and what would make it count."""

from collections.abc import Mapping
from typing import NamedTuple

from webapp.scoring.rules import ChallengeRules, Verdict


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
_PRIVATE_BUT_ALLOWED = "Or let your “Only You” runs count, on your account page, where a challenge allows it."


def words_for(verdict: Verdict, rules: ChallengeRules) -> Words:
    """Say a verdict in words to the owner of the run."""
    words = _WORDS[verdict]
    if verdict is Verdict.PRIVATE and rules.counts.private:
        return words._replace(remedy=f"{words.remedy} {_PRIVATE_BUT_ALLOWED}")
    return words
