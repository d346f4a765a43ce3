"""Reading challenges, for the members of their group."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, func, select

from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for, locked_group
from webapp.models.challenges import Challenge, Entry, Series
from webapp.models.groups import Group, Membership
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import (
    COUNTING,
    State,
    days_left,
    final_by,
    needs_successor,
    pick_current,
    state_of,
)
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Frame, Window, frame_of


class ChallengeFinished(Problem):
    """The challenge is closed."""

    title = "This challenge is finished"
    message = "Late runs no longer count, and nothing can be changed."
    status = 409


@dataclass(frozen=True, slots=True)
class ShownChallenge:
    """A challenge as pages show it: where it is in its life, and how many days can still be run.

    `frozen`: its totals are facts. `unread`: how many runners had no final sync before.
    """

    id: int
    name: str
    starts_on: date
    ends_on: date
    state: State
    days_left: int
    frozen: bool = False
    unread: int = 0
    # The rules by which its board was derived.
    rules: RuleSet = field(default_factory=RuleSet)
    team_mode: TeamMode = TeamMode.NONE
    # In the group's zone: until when late runs count, and by when the board is final.
    late_until: datetime | None = None
    final_by: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Return whether every day of the challenge is over."""
        return self.state is not State.COMING and self.days_left == 0

    @property
    def frame(self) -> Frame | None:
        """Return "month" or "week" if the dates fill exactly one, so that the challenge can repeat."""
        return frame_of(Window(self.starts_on, self.ends_on))

    @property
    def unit(self) -> str:
        """Return the unit of its totals."""
        return self.rules.unit


def shown(challenge: Challenge, tz: str, now: datetime) -> ShownChallenge:
    """Return `challenge` as a page of its group (time zone `tz`) shows it now."""
    return ShownChallenge(
        challenge.id,
        challenge.name,
        challenge.starts_on,
        challenge.ends_on,
        state_of(challenge.starts_on, challenge.ends_on, challenge.grace_hours, tz, now, challenge.closed_at),
        days_left(now.astimezone(ZoneInfo(tz)).date(), challenge.ends_on),
        frozen=challenge.frozen_at is not None,
        unread=challenge.unread or 0,
        rules=challenge.shown_rules or challenge.rules,
        team_mode=challenge.team_mode,
        late_until=challenge.closes_at.astimezone(ZoneInfo(tz)),
        final_by=final_by(challenge.closes_at, challenge.created_at).astimezone(ZoneInfo(tz)),
    )


def challenge_for(
    slug: str, challenge_id: int, runner_id: int, permission: Permission
) -> tuple[Group, Membership, Challenge]:
    """Return group, membership and challenge to a runner with a permission there. Raises NotFound as `group_for`."""
    group, membership = group_for(slug, runner_id, permission)
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or challenge.group_id != group.id:
        raise not_found()
    return group, membership, challenge


def locked_challenge_for(
    slug: str, challenge_id: int, runner_id: int, permission: Permission
) -> tuple[Group, Membership, Challenge]:
    """Return the same, and lock the group and its challenges against other changes until the commit.

    Otherwise this transaction would miss a challenge deleted, or a team added, in another tab at this moment.
    """
    group, *_ = challenge_for(slug, challenge_id, runner_id, permission)
    locked_group(Group.id == group.id)
    db.session.expire_all()
    return challenge_for(slug, challenge_id, runner_id, permission)


def challenges_of(group_id: int) -> Sequence[Challenge]:
    """Return the challenges of a group, the one that began last first."""
    return db.session.scalars(_CHALLENGES, {"group": group_id}).all()


# Built once, as start pages and pages of groups make it.
_CHALLENGES = (
    select(Challenge)
    .where(Challenge.group_id == bindparam("group"))
    .order_by(Challenge.starts_on.desc(), Challenge.id.desc())
)


def shown_challenges(group: Group, now: datetime) -> list[ShownChallenge]:
    """Return the group's challenges as pages show them, the one that began last first."""
    return [shown(challenge, group.tz, now) for challenge in challenges_of(group.id)]


def current_of(challenges: Sequence[ShownChallenge]) -> ShownChallenge | None:
    """Return the group's current challenge: the open one or one in grace, otherwise the next, otherwise the last."""
    return pick_current((challenge, challenge.state, challenge.starts_on) for challenge in challenges)


def under_way_for(runner_id: int, now: datetime) -> list[tuple[Group, ShownChallenge]]:
    """Return the challenges that a runner is in and that are open or in their grace time, the oldest first."""
    mine = (
        select(Group, Challenge)
        .join(Challenge, Challenge.group_id == Group.id)
        .join(Entry, Entry.challenge_id == Challenge.id)
        .where(Entry.runner_id == runner_id, Challenge.frozen_at.is_(None))
        .order_by(Challenge.starts_on, Challenge.id)
    )
    found = [(group, shown(challenge, group.tz, now)) for group, challenge in db.session.execute(mine)]
    return [(group, challenge) for group, challenge in found if challenge.state in COUNTING]


def to_go_on(group: Group, challenges: Sequence[ShownChallenge]) -> ShownChallenge | None:
    """Return the group's challenge that ends soon, or has just ended, without a successor; None if there is none.

    An archived or closed group has none: nothing new begins in it.
    """
    last = max(challenges, key=lambda one: (one.ends_on, one.starts_on), default=None)
    if group.is_read_only or last is None:
        return None
    if not needs_successor(last.days_left, last.state, is_last=True, renews=False):
        return None
    values = {"group": group.id, "frame": frame_of(Window(last.starts_on, last.ends_on))}
    return None if db.session.scalar(_GOES_ON, values) else last


_GOES_ON = select(
    exists().where(Series.group_id == bindparam("group"), Series.ended_at.is_(None), Series.frame == bindparam("frame"))
)


def entry_count(challenge_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Entry.challenge_id == challenge_id)) or 0


def runners_of(entry_ids: Collection[int]) -> Sequence[int]:
    """Return the runners of these entries."""
    return db.session.scalars(select(Entry.runner_id).where(Entry.id.in_(entry_ids)).order_by(Entry.id)).all()


def unscored(since: datetime) -> Sequence[int]:
    """Return the challenges made since then that have entries nobody has scored yet."""
    scored = exists().where(Standing.entry_id == Entry.id)
    waits = exists().where(Entry.challenge_id == Challenge.id, ~scored)
    return db.session.scalars(select(Challenge.id).where(Challenge.created_at >= since, waits)).all()


def changing() -> Sequence[int]:
    """Return the challenges whose rules changed and whose entries are not all derived by the new ones."""
    return db.session.scalars(select(Challenge.id).where(Challenge.is_changing).order_by(Challenge.id)).all()


def is_closed(challenge: Challenge, now: datetime) -> bool:
    """Return whether nobody can join or change it any more."""
    return challenge.frozen_at is not None or now >= challenge.closes_at


def refuse_closed(challenge: Challenge, now: datetime) -> None:
    if is_closed(challenge, now):
        raise ChallengeFinished()
