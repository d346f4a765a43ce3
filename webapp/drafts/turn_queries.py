"""The turn of a draft, and the challenges that have begun before all were picked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select

from webapp.clock import latest_date
from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Pick, Team, TeamStint
from webapp.models.groups import Group
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.team_lottery import team_on_turn

TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Turn:
    """The next pick: its number, from 1, the team that makes it, and the team that picks after that."""

    number: int
    team_id: int
    then_id: int


def turn_of(challenge: Challenge) -> Turn | None:
    """Return whose turn it is to pick, and who picks next; None without teams."""
    team_ids = [team.id for team in challenge.teams]
    last = db.session.scalar(select(func.max(Pick.number)).where(Pick.challenge_id == challenge.id)) or 0
    if not team_ids:
        return None
    return Turn(last + 1, team_on_turn(last + 1, team_ids), team_on_turn(last + 2, team_ids))


def is_turn_of(challenge_id: int, runner_id: int) -> bool:
    """Return whether a runner is the captain who picks next, from runners who still wait."""
    teams = select(Team.id, Team.captain_id).where(Team.challenge_id == challenge_id).order_by(Team.position)
    captains = {team_id: captain_id for team_id, captain_id in db.session.execute(teams)}  # noqa: C416  # a Result is no dict
    if runner_id not in captains.values():
        return False
    waits = exists().where(Entry.challenge_id == challenge_id, Entry.waiting_m.is_not(None))
    last = select(func.coalesce(func.max(Pick.number), 0)).where(Pick.challenge_id == challenge_id)
    number, is_waiting = db.session.execute(select(last.scalar_subquery(), waits)).one()
    return bool(is_waiting) and captains[team_on_turn(number + 1, list(captains))] == runner_id


def undrafted(now: datetime) -> list[int]:
    """Return the challenges that have begun with runners who were not picked."""
    left = exists().where(Entry.challenge_id == Challenge.id, ~in_a_team())
    wanted = select(Challenge.id, Challenge.starts_on, Group.tz).join(Group, Group.id == Challenge.group_id)
    wanted = wanted.where(Challenge.team_mode == TeamMode.PICKED, Challenge.frozen_at.is_(None), left)
    found = db.session.execute(wanted.where(Challenge.starts_on <= latest_date(now)))
    return [row.id for row in found if row.starts_on <= now.astimezone(ZoneInfo(row.tz)).date()]


def drafting(now: datetime) -> list[int]:
    """Return the challenges that have not begun and whose captains pick."""
    coming = select(Challenge.id, Challenge.starts_on, Group.tz).join(Group, Group.id == Challenge.group_id)
    coming = coming.where(Challenge.team_mode == TeamMode.PICKED, Challenge.starts_on >= latest_date(now) - TWO_DAYS)
    open_groups = coming.where(Group.archived_at.is_(None), Group.closed_at.is_(None)).order_by(Challenge.id)
    found = db.session.execute(open_groups)
    return [row.id for row in found if row.starts_on > now.astimezone(ZoneInfo(row.tz)).date()]


def in_a_team() -> ColumnElement[bool]:
    return exists().where(TeamStint.entry_id == Entry.id)
