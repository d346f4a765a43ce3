"""Reading teams: their sizes, the team of each entry, and recent mileage."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select

from webapp.db import db
from webapp.groups.queries import by_visible_name, visible_name
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Consent, Membership
from webapp.models.scoring import LedgerDay
from webapp.paging import Page
from webapp.privacy.queries import consent_is_given
from webapp.rulebook.lifecycle import MILEAGE_DAYS

NO_TEAM = "no team"


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """An entry on the page where teams are fixed; `team_id` None for "no team"."""

    entry_id: int
    runner_id: int
    name: str
    team_id: int | None


def teams_of(challenge_id: int) -> Sequence[Team]:
    return db.session.scalars(select(Team).where(Team.challenge_id == challenge_id).order_by(Team.position)).all()


def team_sizes(challenge_id: int) -> list[tuple[int, int]]:
    """Return (team, how many are in it now) in team order."""
    now_in = (
        select(Team.id, func.count(TeamStint.id))
        .outerjoin(TeamStint, (TeamStint.team_id == Team.id) & TeamStint.to_date.is_(None))
        .where(Team.challenge_id == challenge_id)
        .group_by(Team.id, Team.position)
        .order_by(Team.position)
    )
    return [(team_id, size) for team_id, size in db.session.execute(now_in)]


def team_choices(challenge: Challenge, page: Page) -> list[TeamChoice]:
    """Return one page of the entries by shown name, each with the team it is in now."""
    named = (
        select(Entry.id, Entry.runner_id, visible_name(), TeamStint.team_id)
        .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
        .outerjoin(TeamStint, (TeamStint.entry_id == Entry.id) & TeamStint.to_date.is_(None))
        .where(Entry.challenge_id == challenge.id, consent_is_given())
        .order_by(*by_visible_name(), Entry.id)
        .limit(page.size)
        .offset(page.offset)
    )
    return [TeamChoice(*row) for row in db.session.execute(named)]


def team_names(entry_ids: Collection[int]) -> dict[int, str]:
    """Return {runner: name of the team they are in now, or "no team"} for some entries of one challenge."""
    now_in = (TeamStint.entry_id == Entry.id) & TeamStint.to_date.is_(None)
    named = (
        select(Entry.runner_id, func.coalesce(Team.name, NO_TEAM))
        .outerjoin(TeamStint, now_in)
        .outerjoin(Team, Team.id == TeamStint.team_id)
        .where(Entry.id.in_(entry_ids))
    )
    return dict(db.session.execute(named).all())


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
    """Return the same for some runners, few enough for one statement; runners without a run are left out."""
    metres = select(LedgerDay.runner_id, func.sum(LedgerDay.distance_m)).where(LedgerDay.runner_id.in_(runner_ids))
    found = db.session.execute(metres.where(_recent_days(until)).group_by(LedgerDay.runner_id))
    return {runner_id: int(total) for runner_id, total in found}


def _recent_days(until: date) -> ColumnElement[bool]:
    days = (LedgerDay.local_date >= until - timedelta(days=MILEAGE_DAYS)) & (LedgerDay.local_date < until)
    return (LedgerDay.sport_class == "run") & days


# A date ends in the last place on Earth this long after it ends in UTC.
FARTHEST_WEST = timedelta(hours=12)


def challenges_with_teams(now: datetime) -> Sequence[int]:
    """Return the challenges for which something is stored here: those with teams, and with days still to be run."""
    has_teams = exists().where(Team.challenge_id == Challenge.id)
    running = Challenge.ends_on >= (now - FARTHEST_WEST).date()
    return db.session.scalars(select(Challenge.id).where(Challenge.frozen_at.is_(None), has_teams, running)).all()
