"""Reading the results of frozen challenges: as stored, the facts behind them, and challenges without them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.columns import columns_of
from webapp.models.results import Result, TeamResult
from webapp.models.scoring import Standing, TeamShare
from webapp.rulebook import ranking as boards
from webapp.rulebook import results
from webapp.rulebook.results import Place, TeamPlace

PLACE, TEAM_PLACE = columns_of(Result, Place), columns_of(TeamResult, TeamPlace)


def places_of(challenge_id: int) -> list[Place]:
    """Return the places of a frozen challenge, from 1."""
    return some_places(challenge_id)


def some_places(challenge_id: int, *which: ColumnElement[bool]) -> list[Place]:
    """Return those places of a frozen challenge for which every one of these conditions holds, in order."""
    mine = select(*PLACE).where(Result.challenge_id == challenge_id, *which).order_by(Result.place)
    return [Place(*row) for row in db.session.execute(mine)]


def team_places_of(challenge_id: int) -> list[TeamPlace]:
    """Return the teams of a frozen challenge by id."""
    mine = select(*TEAM_PLACE).where(TeamResult.challenge_id == challenge_id).order_by(TeamResult.team_id)
    return [TeamPlace(*row) for row in db.session.execute(mine)]


def without_results() -> Sequence[int]:
    """Return the frozen challenges whose results are not stored yet, from before they were: none in the long run.

    Challenges whose board is still to be published wait for that.
    """
    waiting = exists().where(Standing.challenge_id == Challenge.id, Standing.dirty_from.is_not(None))
    lacking = select(Challenge.id).where(Challenge.frozen_at.is_not(None), Challenge.checksum.is_(None))
    return db.session.scalars(lacking.where(Challenge.as_of.is_not(None), ~waiting).order_by(Challenge.id)).all()


def final_challenges() -> Sequence[int]:
    """Return the challenges whose results are stored."""
    return db.session.scalars(select(Challenge.id).where(Challenge.checksum.is_not(None)).order_by(Challenge.id)).all()


# The facts behind them -----------------------------------------------------------------------------------------------


def differences(challenge_id: int) -> Iterator[str]:
    """Yield in words how the results of a frozen challenge differ from the totals, which are facts.

    A former member is no difference: nothing is left to compare.
    """
    places, teams = places_of(challenge_id), team_places_of(challenge_id)
    stored = db.session.scalar(select(Challenge.checksum).where(Challenge.id == challenge_id))
    if stored != results.checksum(places, teams):
        yield "the results do not fit their checksum"
    yield from results.faults(places)
    yield from results.team_faults(teams)
    yield from _unlike_standings(challenge_id, places)
    yield from _unlike_shares(challenge_id, teams)


def _unlike_standings(challenge_id: int, places: Sequence[Place]) -> Iterator[str]:
    found = (
        select(Entry.runner_id, Standing.team_id, Standing.total, Standing.days)
        .join(Standing, Standing.entry_id == Entry.id)
        .where(Entry.challenge_id == challenge_id)
    )
    behind = {runner_id: tuple(row) for runner_id, *row in db.session.execute(found)}
    for row in places:
        stands = (row.team_id, row.total, row.days)
        said = behind.get(row.runner_id) if row.runner_id is not None else stands
        if said != stands:
            yield f"place {row.place}: team, total and days are {stands}; the totals say {said}"


def _unlike_shares(challenge_id: int, teams: Sequence[TeamPlace]) -> Iterator[str]:
    shown, written = db.session.execute(
        select(Challenge.shown_rules, Challenge.rules).where(Challenge.id == challenge_id)
    ).one()
    rule_set = shown or written
    for team in (team for team in teams if not team.former):
        members = _members(challenge_id, team.team_id)
        shares = _shares(challenge_id, team.team_id)
        ran = [row.total for row in shares if row.days > 0]
        met = sum(row.met for row in shares if row.days > 0)
        # A member who never ran may have left since: the number of members is a fact of its day.
        contribution = boards.Contribution(sum(row.total for row in shares), max(team.members, members), len(ran), met)
        first, count = boards.wanted_shares(rule_set, contribution)
        figures = (contribution.total, contribution.members, contribution.active, contribution.met)
        said = (*boards.team_score(rule_set, contribution, ran[first : first + count]), *figures)
        stands = (team.score, team.score_of, team.total, team.members, team.active, team.met)
        if said != stands:
            yield f"team {team.team_id}: score, total, members, active and met are {stands}; the totals say {said}"


def _members(challenge_id: int, team_id: int) -> int:
    members = select(func.count()).where(Result.challenge_id == challenge_id, Result.team_id == team_id)
    return db.session.scalar(members) or 0


def _shares(challenge_id: int, team_id: int) -> Sequence[Any]:
    """Return the contributions to a team of runners with a place, the largest first."""
    has_place = (Result.runner_id == Entry.runner_id) & (Result.challenge_id == challenge_id)
    placed = select(Entry.id).join(Result, has_place).where(Entry.challenge_id == challenge_id)
    shares = select(TeamShare.total, TeamShare.days, TeamShare.met).where(TeamShare.team_id == team_id)
    return db.session.execute(shares.where(TeamShare.entry_id.in_(placed)).order_by(TeamShare.total.desc())).all()
