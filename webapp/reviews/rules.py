"""Rules of reviews: who may decide about a run, what its runner can still do, and the words for a decision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from webapp.groups.permissions import ROLES, Permission
from webapp.models.words import Role
from webapp.rulebook.judging import Decision, Verdict
from webapp.rulebook.plausibility import MAX_RUN_M, MAX_RUN_S, Quantity
from webapp.rulebook.runs import Run, is_impossible

# What a runner can do about a run, or what they wait for.
Step = Literal["ask", "wait", "answer", "read", "none"]

# The roles that decide: the first one that anybody but the run's owner has.
DECIDING_ROLES = (*ROLES[Permission.DECIDE_ABOUT_RUNS], *ROLES[Permission.STAND_IN_FOR_ORGANISERS])
PLURAL: Mapping[Role, str] = {Role.ORGANISER: "organisers", Role.CAPTAIN: "captains", Role.COACH: "coaches"}
# Verdicts that stop a run because it looks wrong, and not because the challenge does not take its kind.
IMPLAUSIBLE = (Verdict.IMPOSSIBLE_PACE, Verdict.UNUSUAL, Verdict.CHANGED, Verdict.OVERLAP)
MAX_ADJUSTED_M, MAX_ADJUSTED_S, MAX_ADJUSTED_CLIMB_M = 500_000, 172_800, 50_000

# The verdict on a run in a few words, for organisers.
STOPPED_BY: Mapping[Verdict, str] = {
    Verdict.MANUAL: "entered by hand",
    Verdict.TREADMILL: "on a treadmill",
    Verdict.FLAGGED: "flagged on Strava",
    Verdict.NOTHING_MEASURED: "no distance or no time",
    Verdict.TOO_SHORT: "shorter than a run must be here",
    Verdict.IMPOSSIBLE_PACE: "faster than the world record",
    Verdict.PACE: "outside the paces of this challenge",
    Verdict.UNUSUAL: "far longer than their runs before",
    Verdict.CHANGED: "changed since it came in",
    Verdict.LEFT_OUT: "left out before",
    Verdict.OVERLAP: "same time as another run of theirs",
    Verdict.COUNTS: "nothing; it looks like another run of theirs in another time zone",
}
# Why a counting run does not count with all its figures.
CUT_BY: Mapping[Quantity, str] = {
    Quantity.DISTANCE: "the distance cannot be right, so it does not count",
    Quantity.TIME: "the time is longer than a day, so 24 h count",
    Quantity.CLIMB: "the climb cannot be right, so it does not count",
}
DECIDED: Mapping[Decision, str] = {
    Decision.COUNT: "It counts",
    Decision.LEAVE_OUT: "It does not count",
    Decision.ADJUST: "It counts, adjusted",
}


def stopped_by(verdict: Verdict, distance_m: int, moving_s: int, climb_m: int | None) -> str:
    """Return in words what an organiser is asked about. `climb_m`: None if the climb is possible."""
    found = {
        Quantity.DISTANCE: distance_m > MAX_RUN_M,
        Quantity.TIME: moving_s > MAX_RUN_S,
        Quantity.CLIMB: climb_m is not None,
    }
    cut = [CUT_BY[quantity] for quantity, is_outside in found.items() if is_outside]
    return " and ".join(cut) if cut and verdict is Verdict.COUNTS else STOPPED_BY[verdict]


@dataclass(frozen=True, slots=True)
class Staff:
    """A member with a role in the group."""

    runner_id: int
    role: Role


def deciders(staff: Iterable[Staff], concerned: int) -> frozenset[int]:
    """Return who may decide about a run of `concerned`, never themselves.

    The other organisers; where there is none the captains, then the coaches. Empty if there is no one else.
    """
    others = [each for each in staff if each.runner_id != concerned]
    for role in DECIDING_ROLES:
        found = frozenset(each.runner_id for each in others if each.role == role)
        if found:
            return found
    return frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """The part of a review that decides the next step. Metres and seconds are those of the run at the request."""

    distance_m: int
    moving_s: int
    is_decided: bool
    is_answered: bool
    # Its climb then, if the review is about the climb.
    climb_m: int | None = None

    def is_about(self, run: Run) -> bool:
        same_climb = self.climb_m in (None, run.climb_m)
        return same_climb and (self.distance_m, self.moving_s) == (run.distance_m, run.moving_s)


def is_over(frozen: bool, closes: datetime, now: datetime) -> bool:
    """Return whether nothing can be asked or answered any more: the grace time has ended, or the table is final."""
    return frozen or now >= closes


def next_step(run: Run, asked: Asked | None, *, is_disputable: bool, over: bool) -> Step:
    """Return what the runner can do about a run. `is_disputable`: whether there is anything to overrule.

    A run that has changed since it was asked about is another one: it can be asked about again.
    """
    if asked is None or not asked.is_about(run):
        return "ask" if is_disputable and not over else "none"
    if not asked.is_decided:
        return "wait"
    return "read" if over or asked.is_answered else "answer"


def problem_of_adjusted(distance_m: int | None, moving_s: int | None, run: tuple[int, int] | None) -> str | None:
    """Return what is wrong with an adjusted distance and time, None if they are possible.

    `run`: its present distance and time, if adjusting has to change them.
    """
    if distance_m is None or not 0 < distance_m <= MAX_ADJUSTED_M:
        return "A distance above 0 that somebody can run, please."
    if moving_s is None or not 0 < moving_s <= MAX_ADJUSTED_S:
        return f"A time above 0 and up to {MAX_ADJUSTED_S // 3600} hours, please."
    if (distance_m, moving_s) == run:
        return "The run has these figures already. Choose “Count it” to let it count as it is."
    if is_impossible(distance_m, moving_s):
        return "Nobody has yet run this far in that time."
    return None


def problem_of_climb(climb_m: int | None) -> str | None:
    """Return what is wrong with an adjusted climb, None if it is possible."""
    if climb_m is None or not 0 <= climb_m <= MAX_ADJUSTED_CLIMB_M:
        return "The climb that counts, please; 0 for none."
    return None


def seconds_from(text: str) -> int | None:
    """Return "1:02:03", "62:03" or "62" (minutes) as seconds; None if the text is no time."""
    parts = text.strip().split(":")
    if not (1 <= len(parts) <= 3 and all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts)):
        return None
    numbers = [int(part) for part in (["0", *parts, "0"] if len(parts) == 1 else ["0", *parts][-3:])]
    hours, minutes, seconds = numbers
    # The first figure may be any number: 90 minutes are 1:30 h.
    if seconds > 59 or (len(parts) == 3 and minutes > 59):
        return None
    return hours * 3600 + minutes * 60 + seconds
