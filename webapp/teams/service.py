"""Changing the teams of a challenge: names, another team, who runs in which. Nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select

from webapp.challenges.queries import refuse_closed
from webapp.db import db
from webapp.errors import Problem
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Challenge, Entry, Pick, Team, TeamStint
from webapp.queue import after_commit
from webapp.rulebook.lifecycle import Stint, moved
from webapp.rulebook.presets import TeamMode
from webapp.scoring.service import rederive_entries
from webapp.teams.balance_service import refresh_draft_order


class ChallengeOver(Problem):
    """The last day of a challenge is over, so its teams stay as they are."""

    title = "The challenge is over"
    message = "The teams of this challenge stay as they are now."
    status = 409


@dataclass(frozen=True, slots=True)
class TeamSetup:
    """Its teams at the start: none, by name, drawn evenly from recent mileage, or picked by their captains."""

    mode: TeamMode
    names: Sequence[str]
    # Runners, in the order of the names; None for a team without one.
    captains: Sequence[int | None] = ()


def rename_teams(challenge: Challenge, names: Mapping[int, str], now: datetime) -> bool:
    """Give teams new names, {team: name}, all different; return whether any changed. Raises ChallengeFinished."""
    refuse_closed(challenge, now)
    changed = [team for team in challenge.teams if names.get(team.id, team.name) != team.name]
    for team in changed:
        team.name = f"({team.id})"  # temporary names first: two teams may have swapped their names
    db.session.flush()
    for team in changed:
        team.name = names[team.id]
    if changed:
        bump_version([challenge.id])
    return bool(changed)


def add_team(challenge: Challenge, name: str, now: datetime) -> int:
    """Add one more team, without members. Raises ChallengeFinished.

    Enqueues Job.MEASURE_TEAM_SPREAD.
    """
    refuse_closed(challenge, now)
    after_commit(Job.MEASURE_TEAM_SPREAD, challenge.id)
    positions = [team.position for team in challenge.teams]
    bump_version([challenge.id])
    return append_team(challenge, name, max(positions, default=-1) + 1)


def assign_teams(challenge: Challenge, choices: Mapping[int, int | None], today: date, now: datetime) -> set[int]:
    """Put entries of this challenge into teams of it, {entry: team or None}, as `lifecycle.moved` says, and score them.

    Entries and teams of other challenges are ignored. Returns the entries that changed, for which it enqueues
    Job.PUBLISH_BOARD and Job.MEASURE_TEAM_SPREAD. Raises ChallengeFinished, and ChallengeOver after the last day: past
    days stay with the teams they were run for.
    """
    refuse_closed(challenge, now)
    if today > challenge.ends_on:
        raise ChallengeOver()
    known = {team.id for team in challenge.teams} | {None}
    mine = select(Entry).where(Entry.challenge_id == challenge.id, Entry.id.in_(choices))
    changed = {
        entry.id
        for entry in db.session.scalars(mine).all()
        if choices[entry.id] in known and _move(entry, choices[entry.id], challenge.starts_on, today)
    }
    # All at once: runners are locked in one order, so no transaction waits for us while we wait for it.
    rederive_entries(changed, now)
    if today < challenge.starts_on:
        # A pick that no longer holds would prevent another pick of them; if it was the last one, its team picks again.
        db.session.execute(delete(Pick).where(Pick.entry_id.in_(changed)))
    refresh_draft_order(challenge, changed, today)
    if changed:
        after_commit(Job.PUBLISH_BOARD, challenge.id)
        after_commit(Job.MEASURE_TEAM_SPREAD, challenge.id)
    return changed


def append_team(challenge: Challenge, name: str, position: int, captain_id: int | None = None) -> int:
    team = Team(challenge_id=challenge.id, name=name, position=position, captain_id=captain_id)
    db.session.add(team)
    db.session.flush()
    return team.id


def _move(entry: Entry, team_id: int | None, starts_on: date, today: date) -> bool:
    before = [Stint(stint.team_id, stint.from_date, stint.to_date) for stint in entry.stints]
    now_in = before[-1].team_id if before and before[-1].to_date is None else None
    if team_id == now_in:
        return False
    after = moved(before, team_id, starts_on, today)
    db.session.execute(delete(TeamStint).where(TeamStint.entry_id == entry.id))
    if after:
        db.session.execute(insert(TeamStint), [{"entry_id": entry.id, **asdict(stint)} for stint in after])
    db.session.expire(entry, ["stints"])
    return True
