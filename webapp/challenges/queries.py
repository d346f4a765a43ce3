"""Reading challenges, for the members of their group."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from webapp.entries.baseline_service import entries_to_fix
from webapp.errors import not_found
from webapp.extensions import db
from webapp.groups.queries import by_visible_name, group_for_member, group_for_organiser, locked_group, visible_name
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, Series, Team, TeamSpell
from webapp.models.groups import Consent, Group, Membership
from webapp.models.scoring import LedgerDay, Standing
from webapp.models.sync import Connection
from webapp.rulebook.lifecycle import (
    MILEAGE_DAYS,
    State,
    closes_at,
    days_end_at,
    days_left,
    ended_by,
    final_by,
    may_freeze,
    needs_successor,
    pick_current,
    runs_needed_from,
    state_of,
)
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Frame, Window, frame_of


@dataclass(frozen=True)
class ShownChallenge:
    """A challenge as pages show it: where it is in its life, and how many days can still be run.

    `frozen`: its totals are facts. `unread`: so many runners could not be read a last time before.
    """

    id: int
    name: str
    starts_on: date
    ends_on: date
    state: State
    days_left: int
    frozen: bool = False
    unread: int = 0
    # Those by which its board was derived.
    rules: RuleSet = field(default_factory=RuleSet)
    team_mode: str = "none"
    # In the group's zone: until when late runs count, and by when the board is final.
    late_until: datetime | None = None
    final_by: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Return whether every day of the challenge is over."""
        return self.state != "coming" and self.days_left == 0

    @property
    def frame(self) -> Frame | None:
        """Return "month" or "week" if the dates fill exactly one, so that the challenge can repeat."""
        return frame_of(Window(self.starts_on, self.ends_on))

    @property
    def unit(self) -> str:
        """Return the unit of its totals."""
        return self.rules.unit


@dataclass(frozen=True)
class TeamChoice:
    """An entry on the page where teams are fixed; `team_id` None for "no team"."""

    entry_id: int
    runner_id: int
    name: str
    team_id: int | None


def shown(challenge: Challenge, tz: str, now: datetime) -> ShownChallenge:
    """Return `challenge` as a page of its group (time zone `tz`) shows it now."""
    return ShownChallenge(
        challenge.id,
        challenge.name,
        challenge.starts_on,
        challenge.ends_on,
        state_of(challenge.starts_on, challenge.ends_on, challenge.grace_hours, tz, now),
        days_left(now.astimezone(ZoneInfo(tz)).date(), challenge.ends_on),
        frozen=challenge.frozen_at is not None,
        unread=challenge.unread or 0,
        rules=RuleSet.from_data(challenge.shown_rules or challenge.rules),
        team_mode=challenge.team_mode,
        late_until=closes_at(challenge.ends_on, challenge.grace_hours).astimezone(ZoneInfo(tz)),
        final_by=final_by(challenge.ends_on, challenge.grace_hours, challenge.created_at).astimezone(ZoneInfo(tz)),
    )


def challenge_for_member(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, Membership, Challenge]:
    """Return group, membership and challenge. Raises NotFound for a stranger as for a wrong address."""
    group, membership = group_for_member(slug, runner_id)
    return group, membership, _challenge_in(group, challenge_id)


def challenge_held_for_member(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, Membership, Challenge]:
    """Return the same, and let nobody else change the group or its challenges until the commit."""
    group, *_ = challenge_for_member(slug, challenge_id, runner_id)
    locked_group(Group.id == group.id)
    db.session.expire_all()
    return challenge_for_member(slug, challenge_id, runner_id)


def challenge_for_organiser(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, Challenge]:
    """Return group and challenge. Raises NotFound for everybody but the group's organisers."""
    group, _ = group_for_organiser(slug, runner_id)
    return group, _challenge_in(group, challenge_id)


def challenge_to_change(slug: str, challenge_id: int, runner_id: int) -> tuple[Group, Challenge]:
    """Return the same, and let nobody else change the group or its challenges until the commit.

    A challenge deleted or a team added in another tab at this moment would else not be seen.
    """
    group_for_organiser(slug, runner_id)
    locked_group(Group.slug == slug)
    return challenge_for_organiser(slug, challenge_id, runner_id)


def _challenge_in(group: Group, challenge_id: int) -> Challenge:
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or challenge.group_id != group.id:
        raise not_found()
    return challenge


def challenges_of(group_id: int) -> Sequence[Challenge]:
    """Return the challenges of a group, the one that began last first."""
    mine = select(Challenge).where(Challenge.group_id == group_id)
    return db.session.scalars(mine.order_by(Challenge.starts_on.desc(), Challenge.id.desc())).all()


def shown_challenges(group: Group, now: datetime) -> list[ShownChallenge]:
    """Return the group's challenges as pages show them, the one that began last first."""
    return [shown(challenge, group.tz, now) for challenge in challenges_of(group.id)]


def current_of(challenges: Sequence[ShownChallenge]) -> ShownChallenge | None:
    """Return the one that the group looks at now: open or in grace, else the next, else the last."""
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
    return [(group, challenge) for group, challenge in found if challenge.state in ("open", "grace")]


def to_go_on(group: Group, challenges: Sequence[ShownChallenge]) -> ShownChallenge | None:
    """Return the group's challenge that ends soon, or has just ended, and that nothing follows; None without one."""
    last = max(challenges, key=lambda one: (one.ends_on, one.starts_on), default=None)
    if last is None or not needs_successor(last.days_left, last.state, is_last=True, renews=False):
        return None
    frame = frame_of(Window(last.starts_on, last.ends_on))
    going_on = exists().where(Series.group_id == group.id, Series.ended_at.is_(None), Series.frame == frame)
    return None if db.session.scalar(select(going_on)) else last


def teams_of(challenge_id: int) -> Sequence[Team]:
    return db.session.scalars(select(Team).where(Team.challenge_id == challenge_id).order_by(Team.position)).all()


def team_sizes(challenge_id: int) -> list[tuple[int, int]]:
    """Return (team, how many are in it now) in team order."""
    now_in = (
        select(Team.id, func.count(TeamSpell.id))
        .outerjoin(TeamSpell, (TeamSpell.team_id == Team.id) & TeamSpell.to_date.is_(None))
        .where(Team.challenge_id == challenge_id)
        .group_by(Team.id, Team.position)
        .order_by(Team.position)
    )
    return [(team_id, size) for team_id, size in db.session.execute(now_in)]


def count_up_to(most: int, wanted: Select[*tuple[Any, ...]]) -> int:
    """Return how many rows there are, counted no further than `most`."""
    return db.session.scalar(select(func.count()).select_from(wanted.limit(most).subquery())) or 0


def entry_count(challenge_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Entry.challenge_id == challenge_id)) or 0


def runners_of(entry_ids: Collection[int]) -> Sequence[int]:
    """Return whose entries these are."""
    return db.session.scalars(select(Entry.runner_id).where(Entry.id.in_(entry_ids)).order_by(Entry.id)).all()


def team_choices(challenge: Challenge, page: int, per_page: int) -> list[TeamChoice]:
    """Return one page of the entries by shown name, each with the team it is in now. Pages count from 1."""
    named = (
        select(Entry.id, Entry.runner_id, visible_name(), TeamSpell.team_id)
        .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
        .outerjoin(TeamSpell, (TeamSpell.entry_id == Entry.id) & TeamSpell.to_date.is_(None))
        .where(Entry.challenge_id == challenge.id, Consent.withdrawn_at.is_(None))
        .order_by(*by_visible_name(), Entry.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [TeamChoice(*row) for row in db.session.execute(named)]


def recent_mileage(group_id: int, until: date) -> dict[int, int]:
    """Return {runner: metres run in the eight weeks before `until`} for every member of the group."""
    metres = (
        select(Membership.runner_id, func.coalesce(func.sum(LedgerDay.distance_m), 0))
        .outerjoin(LedgerDay, (LedgerDay.runner_id == Membership.runner_id) & _recent_days(until))
        .where(Membership.group_id == group_id)
        .group_by(Membership.runner_id)
    )
    return {runner_id: int(total) for runner_id, total in db.session.execute(metres)}


def mileage_of(runner_ids: Collection[int], until: date) -> dict[int, int]:
    """Return the same for some runners, few enough for one question to the database; who has not run is left out."""
    metres = select(LedgerDay.runner_id, func.sum(LedgerDay.distance_m)).where(LedgerDay.runner_id.in_(runner_ids))
    found = db.session.execute(metres.where(_recent_days(until)).group_by(LedgerDay.runner_id))
    return {runner_id: int(total) for runner_id, total in found}


def _recent_days(until: date) -> ColumnElement[bool]:
    days = (LedgerDay.local_date >= until - timedelta(days=MILEAGE_DAYS)) & (LedgerDay.local_date < until)
    return (LedgerDay.sport_class == "run") & days


def runners_with_old_runs(today: date, raw_days: int) -> list[int]:
    """Return the runners of whom runs are held that nobody needs any more, by id."""
    needed = (
        select(Entry.runner_id, func.min(Challenge.starts_on).label("first"))
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Challenge.frozen_at.is_(None))
        .group_by(Entry.runner_id)
        .subquery()
    )
    held = (
        select(Connection.runner_id, Connection.read_from, needed.c.first)
        .outerjoin(needed, needed.c.runner_id == Connection.runner_id)
        .where(Connection.read_from < runs_needed_from(None, today, raw_days))
        .order_by(Connection.runner_id)
    )
    found = db.session.execute(held)
    return [runner_id for runner_id, since, first in found if since < runs_needed_from(first, today, raw_days)]


def unfrozen_ends(now: datetime) -> Sequence[date]:
    """Return the last dates, over everywhere, of challenges that are not frozen: few, since most end with a month."""
    ended = select(Challenge.ends_on).where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    return db.session.scalars(ended.distinct().order_by(Challenge.ends_on)).all()


def owes_read(ends_on: date) -> ColumnElement[bool]:
    """Return the condition on Entry, Challenge (of these days) and Connection under which a last read is owed.

    That is a read of everything, from the first date of the challenge on, begun after the days had ended, the entry was
    made, and the challenge was made. One whose runner has ended the connection owes nothing any more; one that a backup
    brought owes it until Strava has confirmed or refused it.
    """
    looked, read_from = Connection.looked_at, Connection.read_from
    since = or_(looked < days_end_at(ends_on), looked < Entry.joined_at, looked < Challenge.created_at)
    unread = or_(looked.is_(None), since, read_from.is_(None), read_from > Challenge.starts_on)
    unconfirmed = Connection.restored_at.is_not(None) & Connection.ended_at.is_(None)
    owes = or_(unconfirmed, (Connection.state != "deauthorised") & unread)
    return and_(Challenge.ends_on == ends_on, owes)


def unread_count(challenge: Challenge) -> int:
    """Return how many runners a challenge still waits for before it is frozen."""
    theirs = (Entry.challenge_id == Challenge.id) & (Connection.runner_id == Entry.runner_id)
    owed = select(func.count()).where(Challenge.id == challenge.id, theirs, owes_read(challenge.ends_on))
    return db.session.scalar(owed) or 0


def to_freeze(now: datetime) -> Sequence[int]:
    """Return the challenges whose days are over and that are not frozen, the oldest first."""
    ended = select(Challenge.id).where(Challenge.frozen_at.is_(None), Challenge.ends_on <= ended_by(now))
    return db.session.scalars(ended.order_by(Challenge.ends_on, Challenge.id)).all()


def is_ripe(challenge: Challenge, now: datetime) -> bool:
    """Tell whether a challenge is closed and everybody was read a last time, or waited for."""
    window = (challenge.ends_on, challenge.grace_hours, challenge.created_at)
    return may_freeze(*window, 0, now) and may_freeze(*window, unread_count(challenge), now)


def unscored(since: datetime) -> Sequence[int]:
    """Return the challenges made since then that have entries nobody has scored yet."""
    scored = exists().where(Standing.entry_id == Entry.id)
    waits = exists().where(Entry.challenge_id == Challenge.id, ~scored)
    return db.session.scalars(select(Challenge.id).where(Challenge.created_at >= since, waits)).all()


def changing() -> Sequence[int]:
    """Return the challenges whose rules changed and whose entries are not all derived by the new ones."""
    return db.session.scalars(select(Challenge.id).where(Challenge.is_changing).order_by(Challenge.id)).all()


def unsettled(challenge: Challenge) -> str | None:
    """Return the job that what stands on the board of a finished challenge still waits for, None when all is done."""
    if challenge.is_changing:
        return "jobs.scoring.change_rules"
    due = select(Entry.id).join(Runner, Runner.id == Entry.runner_id).where(Runner.rederive_on <= challenge.ends_on)
    if db.session.scalar(due.where(Entry.challenge_id == challenge.id).limit(1)):
        return "jobs.scoring.rederive_due"
    mine = Standing.challenge_id == challenge.id
    scored = exists().where(Standing.entry_id == Entry.id)
    if db.session.scalar(select(Entry.id).where(Entry.challenge_id == challenge.id, ~scored).limit(1)):
        return "jobs.scoring.rederive_challenge"
    waits = db.session.scalar(select(Standing.entry_id).where(mine, Standing.dirty_from.is_not(None)).limit(1))
    if waits or challenge.as_of is None or challenge.as_of <= challenge.ends_on:
        return "jobs.leaderboards.publish"
    if challenge.overtakes_from is not None:
        return "jobs.chase.derive_overtakes"
    # One of past days may be over before the round has come by that fixes what its entries are measured against.
    return "jobs.challenges.fix" if entries_to_fix(challenge.id) else None


def held_from(runner_id: int, today: date, raw_days: int) -> date:
    """Return the first date from which a runner's runs are needed: the held window, which looks read and purges leave.

    `today` in UTC. It is that of the earliest challenge they are in and that is not frozen, less a day, and never later
    than `raw_days` ago.
    """
    return held_from_of([runner_id], today, raw_days)[runner_id]


def held_from_of(runner_ids: Collection[int], today: date, raw_days: int) -> dict[int, date]:
    """Return the same for several runners, few enough for one question to the database."""
    earliest = (
        select(Entry.runner_id, func.min(Challenge.starts_on))
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .where(Entry.runner_id.in_(runner_ids), Challenge.frozen_at.is_(None))
        .group_by(Entry.runner_id)
    )
    starts = dict(db.session.execute(earliest).all())
    return {runner_id: runs_needed_from(starts.get(runner_id), today, raw_days) for runner_id in runner_ids}
