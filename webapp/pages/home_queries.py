"""What the start page shows: each of a runner's groups in a line."""

from dataclasses import dataclass
from datetime import datetime

from webapp.challenges.queries import ShownChallenge, current_of, shown_challenges, to_go_on
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import groups_of
from webapp.leaderboards.queries import BoardRow, board_context_of, own_row, viewer_of_board
from webapp.models.accounts import Runner
from webapp.models.groups import Group


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group, its current challenge, and the runner's row on the board; None for what does not exist."""

    group: Group
    challenge: ShownChallenge | None
    mine: BoardRow | None
    # For organisers: the challenge without a successor.
    to_go_on: ShownChallenge | None = None


def group_lines(runner: Runner, now: datetime) -> list[GroupLine]:
    """Return the runner's groups by name, with a few short reads each."""
    return [_line(group, runner, now) for group in groups_of(runner.id)]


def _line(group: Group, runner: Runner, now: datetime) -> GroupLine:
    challenges = shown_challenges(group, now)
    challenge = current_of(challenges)
    viewer = challenge and viewer_of_board(group.slug, challenge.id, runner.id, runner.session_epoch)
    if not viewer:
        return GroupLine(group, challenge, None)
    asked = to_go_on(group, challenges) if may(viewer, Permission.MANAGE_SERIES) else None
    return GroupLine(group, challenge, own_row(board_context_of(viewer, now)), asked)
