"""The turn of a draft, and the challenges that have begun before all were picked."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, select

from webapp.clock import latest_date
from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Pick, TeamStint
from webapp.models.groups import Group
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.team_lottery import team_on_turn


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


def undrafted(now: datetime) -> list[int]:
    """Return the challenges that have begun with runners who were not picked."""
    left = exists().where(Entry.challenge_id == Challenge.id, ~in_a_team())
    wanted = select(Challenge.id, Challenge.starts_on, Group.tz).join(Group, Group.id == Challenge.group_id)
    wanted = wanted.where(Challenge.team_mode == TeamMode.PICKED, Challenge.frozen_at.is_(None), left)
    found = db.session.execute(wanted.where(Challenge.starts_on <= latest_date(now)))
    return [row.id for row in found if row.starts_on <= now.astimezone(ZoneInfo(row.tz)).date()]


def in_a_team() -> ColumnElement[bool]:
    return exists().where(TeamStint.entry_id == Entry.id)
