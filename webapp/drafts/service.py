"""Captains pick their teams before a challenge begins, in turn. Nothing here commits.

The next turn follows from the picks made so far. All writing is done under the group's lock, and the number and the
entry of each pick are unique, so of two picks at once one succeeds and the other gets an error.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, insert, select

from webapp.db import db
from webapp.drafts.turn_queries import in_a_team, turn_of, undrafted
from webapp.drafts.turn_service import record_turn
from webapp.errors import Problem
from webapp.facts.service import withdraw_facts_of
from webapp.groups.queries import locked_group
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Challenge, Entry, Pick, Team, TeamStint
from webapp.models.groups import Group
from webapp.models.words import FactKind
from webapp.queue import after_commit
from webapp.rulebook.lifecycle import smallest_team
from webapp.rulebook.presets import TeamMode
from webapp.scoring.service import BATCH, rederive_entries, rederive_entry
from webapp.teams.balance_service import leave_draft_pool
from webapp.teams.queries import team_sizes
from webapp.teams.service import assign_teams


class PickedMeanwhile(Problem):
    """Another pick was made first."""

    title = "Somebody was faster"
    message = "Another pick was made in the meantime. Please check the list and pick again."
    status = 409


class NotYourTurn(Problem):
    """Another captain picks next."""

    title = "It is not your turn"
    message = "Another captain picks next. Please come back later."
    status = 409


class PickStands(Problem):
    """The pick was followed by another one, was taken back already, or was made by another captain."""

    title = "That pick cannot be taken back"
    message = "Only the latest pick can be, by its captain or an organiser. Please look at the list again."
    status = 409


class InATeam(Problem):
    """The entry has been picked."""

    title = "They are in a team already"
    message = "Please choose somebody who is still on the list."
    status = 409


class OneTeamEach(Problem):
    """Nobody leads two teams."""

    title = "One team each"
    message = "Nobody can be the captain of two teams."
    status = 409


class CaptainNotEntered(Problem):
    """A captain takes part in the challenge."""

    title = "They are not in this challenge"
    message = "A captain has to be in the challenge."
    status = 409


class CaptainPicked(Problem):
    """A captain is in no other team."""

    title = "They were picked already"
    message = "Somebody picked by one team cannot lead another."
    status = 409


class DraftOver(Problem):
    """The challenge has begun, or its teams are not picked."""

    title = "The picks are over"
    message = "The challenge has begun; organisers can still move members."
    status = 409


def pick(
    challenge: Challenge, number: int, entry_id: int, picker_id: int, *, is_organiser: bool, today: date, now: datetime
) -> None:
    """Let the captain on turn, or an organiser for them, take an entry into the team as the pick of that number.

    Hold the group's lock. Raises DraftOver, PickedMeanwhile, NotYourTurn, and InATeam. Enqueues
    Job.PUBLISH_BOARD and Job.MEASURE_TEAM_SPREAD.
    """
    _refuse_begun(challenge, today)
    turn = turn_of(challenge)
    if turn is None or turn.number != number:
        raise PickedMeanwhile()
    captain_id = db.session.scalar(select(Team.captain_id).where(Team.id == turn.team_id))
    if picker_id != captain_id and not is_organiser:
        raise NotYourTurn()
    if db.session.scalar(select(Entry.id).where(Entry.id == entry_id, *_left(challenge.id))) is None:
        raise InATeam()
    db.session.add(Pick(challenge_id=challenge.id, number=number, team_id=turn.team_id, entry_id=entry_id))
    db.session.add(TeamStint(entry_id=entry_id, team_id=turn.team_id, from_date=challenge.starts_on))
    db.session.flush()
    leave_draft_pool([entry_id])
    rederive_entry(entry_id, now)
    after_commit(Job.MEASURE_TEAM_SPREAD, challenge.id)
    record_turn(challenge, now)


def undo_pick(
    challenge: Challenge, number: int, entry_id: int, runner_id: int, *, is_organiser: bool, today: date, now: datetime
) -> None:
    """Take back the latest pick, for its captain or an organiser; its team picks again.

    Hold the group's lock. Raises DraftOver; PickStands if the latest pick is not that of this number and entry, since
    numbers are given again, or if it is another captain's. Enqueues as `assign_teams`.
    """
    _refuse_begun(challenge, today)
    latest = db.session.scalar(
        select(Pick).where(Pick.challenge_id == challenge.id).order_by(Pick.number.desc()).limit(1)
    )
    if latest is None or (latest.number, latest.entry_id) != (number, entry_id):
        raise PickStands()
    captain_id = db.session.scalar(select(Team.captain_id).where(Team.id == latest.team_id))
    if runner_id != captain_id and not is_organiser:
        raise PickStands()
    assign_teams(challenge, {entry_id: None}, today, now)
    record_turn(challenge, now)


def name_captains(challenge: Challenge, captains: Mapping[int, int | None], today: date, now: datetime) -> None:
    """Name who picks for each team, {team: runner or None}; a captain runs in their own team.

    Hold the group's lock. Raises DraftOver, OneTeamEach, CaptainNotEntered, and CaptainPicked. Enqueues as
    `assign_teams`.
    """
    _refuse_begun(challenge, today)
    wanted = {team.id: captains.get(team.id, team.captain_id) for team in challenge.teams}
    named = {runner_id: team_id for team_id, runner_id in wanted.items() if runner_id is not None}
    if len(named) < len([runner_id for runner_id in wanted.values() if runner_id is not None]):
        raise OneTeamEach()
    mine = select(Entry.runner_id, Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id.in_(named))
    entries = dict(db.session.execute(mine).all())
    if named.keys() - entries.keys():
        raise CaptainNotEntered()
    picked = select(Pick.entry_id, Pick.team_id).where(Pick.entry_id.in_(entries.values()))
    taken = dict(db.session.execute(picked).all())
    if any(taken.get(entries[runner_id], team_id) != team_id for runner_id, team_id in named.items()):
        raise CaptainPicked()
    for team in challenge.teams:
        team.captain_id = wanted[team.id]
    bump_version([challenge.id])
    assign_teams(challenge, {entries[runner_id]: team_id for runner_id, team_id in named.items()}, today, now)
    record_turn(challenge, now)


def place_undrafted(challenge_id: int, now: datetime) -> set[int]:
    """Put runners whom nobody picked into the smallest teams, from the first date on, `BATCH` at once; return them.

    Enqueues Job.PUBLISH_BOARD, and Job.PLACE_UNDRAFTED again, since there may be more of them.
    """
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or locked_group(Group.id == challenge.group_id) is None or challenge_id not in undrafted(now):
        return set()
    withdraw_facts_of(FactKind.TURN_TO_PICK, challenge_id, now)
    left = db.session.scalars(select(Entry.id).where(*_left(challenge_id)).order_by(Entry.id).limit(BATCH)).all()
    sizes = dict(team_sizes(challenge_id))
    stints = []
    for entry_id in left:
        team_id = smallest_team(list(sizes.items()))
        if team_id is not None:
            sizes[team_id] += 1
            stints.append({"entry_id": entry_id, "team_id": team_id, "from_date": challenge.starts_on, "to_date": None})
    if stints:
        db.session.execute(insert(TeamStint), stints)
        leave_draft_pool(left)
        rederive_entries(left, now)
        after_commit(Job.PUBLISH_BOARD, challenge_id)
        after_commit(Job.PLACE_UNDRAFTED, challenge_id)
    return set(left) if stints else set()


def _left(challenge_id: int) -> Collection[ColumnElement[bool]]:
    return Entry.challenge_id == challenge_id, ~in_a_team()


def _refuse_begun(challenge: Challenge, today: date) -> None:
    if challenge.team_mode != TeamMode.PICKED or today >= challenge.starts_on:
        raise DraftOver()
