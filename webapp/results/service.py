"""Storing results, and removing those of former members. Nothing here commits; call it in a write transaction."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import Table, delete, func, insert, select, update

from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Team
from webapp.models.leaderboards import Placement, TeamPlacement
from webapp.models.results import Result, TeamResult
from webapp.models.scoring import TeamShare
from webapp.results import queries
from webapp.rulebook import results as rules
from webapp.rulebook.ranking import gaps
from webapp.rulebook.results import Place

results, team_results = (cast(Table, model.__table__) for model in (Result, TeamResult))
# The columns that a final board takes from the published one and a former member loses: all but place and rank.
EMPTY: dict[str, None] = dict.fromkeys(field.name for field in fields(Place)[2:])


def store_results(challenge_id: int) -> bool:
    """Store the board of a frozen challenge as it is published, places and teams, with a checksum over them.

    Returns False, with nothing changed, if it is not frozen or they are stored already.
    """
    open_yet = select(Challenge.id).where(Challenge.id == challenge_id, Challenge.frozen_at.is_not(None))
    if db.session.scalar(open_yet.where(Challenge.checksum.is_(None)).with_for_update()) is None:
        return False
    for model in (Result, TeamResult):
        db.session.execute(delete(model).where(model.challenge_id == challenge_id))
    _store_places(challenge_id)
    _store_teams(challenge_id)
    _seal(challenge_id)
    return True


def _store_places(challenge_id: int) -> None:
    """Write the places in the order of the board, in one statement, however many there are."""
    falling = Placement.total.desc()
    rows = select(
        Placement.challenge_id,
        func.row_number().over(order_by=(falling, Placement.rank_only, Placement.entry_id)),
        func.rank().over(order_by=falling),
        *(getattr(Placement, name) for name in EMPTY),
    ).where(Placement.challenge_id == challenge_id)
    db.session.execute(insert(results).from_select(["challenge_id", "place", "rank", *EMPTY], rows))


def _store_teams(challenge_id: int) -> None:
    names = ("score", "score_of", "total", "members", "active", "met")
    found = (
        select(Team.id, *(getattr(TeamPlacement, name) for name in names))
        .outerjoin(TeamPlacement, TeamPlacement.team_id == Team.id)
        .where(Team.challenge_id == challenge_id)
        .order_by(Team.position)
    )
    nothing = (0, 1, 0, 0, 0, 0)
    teams = [(team_id, nothing if row[0] is None else row) for team_id, *row in db.session.execute(found)]
    ranks = rules.team_ranks([(row[0], row[1]) for _, row in teams])
    rows = [
        {
            "team_id": team_id,
            "challenge_id": challenge_id,
            "rank": rank,
            "former": 0,
            **dict(zip(names, row, strict=True)),
        }
        for (team_id, row), rank in zip(teams, ranks, strict=True)
    ]
    if rows:
        db.session.execute(insert(team_results), rows)


def _seal(challenge_id: int) -> None:
    """Store the checksum over the present results, and move the version so that pages are rendered again."""
    stands = rules.checksum(queries.places_of(challenge_id), queries.team_places_of(challenge_id))
    mine = update(Challenge).where(Challenge.id == challenge_id)
    db.session.execute(mine.values(checksum=stands, version=Challenge.version + 1))


def stand_behind_equals(group_id: int, runner_id: int) -> None:
    """Move a runner's places in the frozen challenges of a group behind those of the same total.

    Call it when the runner no longer shows totals: standing between two equal totals would give theirs away. Ranks
    and all figures stay. Harmless if there are none.
    """
    mine = select(Result.challenge_id).join(Challenge, Challenge.id == Result.challenge_id)
    mine = mine.where(Result.runner_id == runner_id, Challenge.group_id == group_id).order_by(Result.challenge_id)
    for challenge_id in db.session.scalars(mine).all():
        db.session.execute(select(Challenge.id).where(Challenge.id == challenge_id).with_for_update(key_share=True))
        own = next(iter(queries.some_places(challenge_id, Result.runner_id == runner_id)), None)
        if own is not None:
            _stand_last(challenge_id, own, _sharing(challenge_id, own.total))


def _sharing(challenge_id: int, total: int | None) -> list[Place]:
    """Return the places of runners with this total, in order. A former member who was at zero shares none."""
    return queries.some_places(challenge_id, Result.total == total, Result.runner_id.is_not(None))


def _stand_last(challenge_id: int, own: Place, equal: Sequence[Place]) -> None:
    behind = [row for row in equal if row.place > own.place]
    if not behind:
        return
    moved = [*behind, own]
    # A runner has one place, so all are taken off before they are set again.
    for row in moved:
        _empty(challenge_id, row.place)
    for place, row in zip(sorted(row.place for row in moved), moved, strict=True):
        kept = {name: getattr(row, name) for name in EMPTY}
        db.session.execute(_place(challenge_id, place).values(**kept))
    _seal(challenge_id)


# A former member ----------------------------------------------------------------------------------------------------


def redact_results(group_id: int | None, runner_id: int) -> set[int]:
    """Make a runner a former member in the frozen challenges of one group, or of all (None).

    It removes everything of theirs and everything that would reveal it by a difference: their values, the figures of
    teams they contributed to, and the gaps of runners behind them. Call it before their entries are deleted. Harmless
    if the runner has no place. Returns the challenges changed.
    """
    mine = select(Result.challenge_id).where(Result.runner_id == runner_id)
    if group_id is not None:
        mine = mine.join(Challenge, Challenge.id == Result.challenge_id).where(Challenge.group_id == group_id)
    challenge_ids = db.session.scalars(mine.order_by(Result.challenge_id)).all()
    for challenge_id in challenge_ids:
        # One at a time: two runners who leave at once change the same gaps, and the same checksum.
        db.session.execute(select(Challenge.id).where(Challenge.id == challenge_id).with_for_update(key_share=True))
        _redact_in(challenge_id, runner_id)
    return set(challenge_ids)


def _redact_in(challenge_id: int, runner_id: int) -> None:
    gone = next(iter(queries.some_places(challenge_id, Result.runner_id == runner_id)), None)
    if gone is None:  # by another request at the same time
        return
    _hide_figures(challenge_id, _teams_they_ran_for(challenge_id, runner_id))
    shared = _sharing(challenge_id, gone.total)
    _empty(challenge_id, gone.place)
    _stand_behind(challenge_id, gone, shared)
    if shared == [gone] and gone.total is not None:
        _recompute_gap(challenge_id, gone.total)
    _seal(challenge_id)


def _teams_they_ran_for(challenge_id: int, runner_id: int) -> Sequence[int]:
    contributed = (TeamShare.total != 0) | (TeamShare.days > 0)
    theirs = select(TeamShare.team_id).join(Entry, Entry.id == TeamShare.entry_id)
    return db.session.scalars(
        theirs.where(Entry.challenge_id == challenge_id, Entry.runner_id == runner_id, contributed)
    ).all()


def _hide_figures(challenge_id: int, team_ids: Collection[int]) -> None:
    """Remove the figures of teams that lost somebody who brought something; their place stays.

    A team that shared its rank moves behind the teams it shared it with.
    """
    for team_id in sorted(team_ids):
        teams = {row.team_id: row for row in queries.team_places_of(challenge_id)}
        if team_id not in teams:
            continue
        rank = teams[team_id].rank
        sharing = [row for row in teams.values() if row.rank == rank and not row.former]
        if not teams[team_id].former:
            rank = rules.last_of(rank, len(sharing))
        none = {"score": 0, "score_of": 1, "total": 0, "met": 0}
        mine = update(team_results).where(team_results.c.team_id == team_id)
        db.session.execute(mine.values(rank=rank, former=team_results.c.former + 1, **none))


def _empty(challenge_id: int, place: int) -> None:
    db.session.execute(_place(challenge_id, place).values(**EMPTY))


def _place(challenge_id: int, place: int) -> Any:
    return update(results).where(results.c.challenge_id == challenge_id, results.c.place == place)


def _stand_behind(challenge_id: int, gone: Place, shared: Sequence[Place]) -> None:
    """Swap a former member with the last of those who had the same total and keep their rank.

    A total of zero stays: without it, nothing would say that the place has no rank to show.
    """
    last = shared[-1]
    if last.place != gone.place:
        _empty(challenge_id, last.place)
        kept = {name: getattr(last, name) for name in EMPTY}
        db.session.execute(_place(challenge_id, gone.place).values(**kept))
    rank = rules.last_of(gone.rank, len(shared))
    db.session.execute(_place(challenge_id, last.place).values(rank=rank, total=None if gone.total else gone.total))


def _recompute_gap(challenge_id: int, gone: int) -> None:
    """Derive the gap of those whose next total ahead is gone; everybody sees the runner who is ahead now."""
    shown, total = results.c.challenge_id == challenge_id, results.c.total
    behind = db.session.scalar(select(func.max(total)).where(shown, total < gone))
    ahead = db.session.scalar(select(func.min(total)).where(shown, total > gone))
    beside = gaps(each for each in (ahead, behind) if each is not None)
    if behind is not None:
        db.session.execute(update(results).where(shown, total == behind).values(gap=beside[behind]))
