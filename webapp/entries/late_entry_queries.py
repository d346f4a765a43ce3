"""What counts for a runner who joins a challenge under way: for themselves and for a team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.challenges.queries import challenges_of, shown
from webapp.entries.service import brings_whole
from webapp.formatting import day
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.rulebook.lifecycle import COUNTING, State
from webapp.rulebook.presets import TeamMode


@dataclass(frozen=True, slots=True)
class LateJoining:
    """A challenge under way, and a sentence on what counts in it for a runner who joins now."""

    name: str
    words: str


def late_joinings(group: Group, runner_id: int, now: datetime) -> Sequence[LateJoining]:
    """Return the challenges of a group that a runner who joins it now enters late."""
    found = [(challenge, shown(challenge, group.tz, now).state) for challenge in challenges_of(group.id)]
    return [
        LateJoining(challenge.name, what_counts(challenge, runner_id, state))
        for challenge, state in found
        if state in COUNTING and challenge.frozen_at is None
    ]


def what_counts(challenge: Challenge, runner_id: int, state: State) -> str:
    """Say what counts for a runner who enters a challenge now."""
    since = day(challenge.starts_on)
    if challenge.team_mode == TeamMode.NONE or state is State.COMING:
        return f"Everything you run from {since} on counts."
    if brings_whole(challenge, runner_id):
        return f"Everything you have run since {since} counts, for you and for your team."
    own = f"Everything you have run since {since} counts for you"
    if state is State.GRACE:
        return f"{own}, and nothing counts for a team any more."
    return f"{own}, and what you run from today on counts for your team."
