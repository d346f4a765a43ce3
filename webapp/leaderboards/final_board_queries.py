"""Reading a final board: results by place, ranks as they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select

from webapp.leaderboards.statement_queries import CONSENT, CONSENTED, ENTRY, RESULT, TEAM, read, table
from webapp.models.columns import columns_of
from webapp.models.results import TeamResult
from webapp.models.scoring import TeamShare
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.privacy.queries import consent_holds, is_shown, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook import ranking
from webapp.rulebook.results import Counted, Place, TeamPlace, counted
from webapp.rulebook.ruleset import RuleSet

CONNECTION, SHARE, TEAM_RESULT = (table(model) for model in (Connection, TeamShare, TeamResult))


@dataclass(frozen=True, slots=True)
class FinalBoardRef:
    """Which final board is read: the challenge, its group, whether it takes a consent to the longest run, and whether
    its totals are points."""

    challenge: int
    group: int
    longest: bool
    in_points: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A place; `consent` is what it says as one text, None for a former member and for a runner who is not shown now.

    `entry_id` is where its days are, None of a former member.
    """

    at: Place
    consent: str | None
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class TeamFound:
    """A team as stored; `at.former`: how many contributors have left for good."""

    name: str
    at: TeamPlace


_ended = (
    select(CONNECTION.c.runner_id)
    .where(CONNECTION.c.runner_id == RESULT.c.runner_id, CONNECTION.c.state == ConnectionState.DEAUTHORISED)
    .correlate(RESULT)
)
_CONSENTED = (
    CONSENT.c.group_id == bindparam("group"),
    consent_holds(CONSENT.c),
    or_(bindparam("longest", type_=Integer) == 0, shows(LONGEST, CONSENT.c)),
    ~_ended.exists(),
)
_consent = select(CONSENTED).where(CONSENT.c.runner_id == RESULT.c.runner_id, *_CONSENTED)
_entry = select(ENTRY.c.id).where(
    ENTRY.c.challenge_id == RESULT.c.challenge_id, ENTRY.c.runner_id == RESULT.c.runner_id
)
_HERE = (
    select(
        *columns_of(RESULT.c, Place),
        *(each.correlate(RESULT).scalar_subquery() for each in (_consent, _entry)),
    )
    .where(RESULT.c.challenge_id == bindparam("challenge"))
    .order_by(RESULT.c.place)
)
_between = RESULT.c.place.between(bindparam("first"), bindparam("last"))
PLACES = _HERE.where(or_(_between, RESULT.c.place == bindparam("own")))
_NAMED = (
    RESULT.c.challenge_id == bindparam("challenge"),
    CONSENT.c.runner_id == RESULT.c.runner_id,
    CONSENT.c.search_name.like(bindparam("name"), escape="/"),
    *_CONSENTED,
)
FOUND = _HERE.join(CONSENT, and_(*_NAMED[1:])).limit(ranking.PAGE).offset(bindparam("offset"))
HOW_MANY = select(func.count()).select_from(RESULT).join(CONSENT, and_(*_NAMED[1:])).where(_NAMED[0])
RANKS = select(RESULT.c.runner_id, RESULT.c.rank, RESULT.c.total).where(
    RESULT.c.challenge_id == bindparam("challenge"),
    RESULT.c.runner_id.in_(bindparam("runners", expanding=True)),
)
TEAMS = (
    select(TEAM.c.name, *columns_of(TEAM_RESULT.c, TeamPlace))
    .join(TEAM_RESULT, TEAM_RESULT.c.team_id == TEAM.c.id)
    .where(TEAM.c.challenge_id == bindparam("challenge"))
    .order_by(TEAM_RESULT.c.rank, TEAM.c.position)
)


def final_board_ref(challenge_id: int, group_id: int, rules: RuleSet) -> FinalBoardRef:
    """Return the reference of a final board. `rules`: those that it was derived by."""
    return FinalBoardRef(challenge_id, group_id, not rules.measured.adds_up, rules.is_in_points)


def places(board: FinalBoardRef, first: int, last: int, own: int | None = None) -> list[Found]:
    """Return the places from `first` to `last`, and also `own`, in their order."""
    values = {"first": first, "last": last, "own": own or 0}
    return [_found(row) for row in read(PLACES, {**_values(board), **values})]


def named(board: FinalBoardRef, name: str, offset: int) -> tuple[list[Found], int]:
    """Return a page of the places whose shown name is like `name`, and how many there are in all."""
    values = {**_values(board), "name": name}
    found = read(FOUND, {**values, "offset": offset})
    return [_found(row) for row in found], read(HOW_MANY, values).scalar_one()


def _found(row: Sequence[Any]) -> Found:
    *place, consent, entry_id = row
    return Found(Place(*place), consent, entry_id)


def ranks_of(board: FinalBoardRef, runner_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return ranks and totals as they are stored, of some runners, few in number."""
    found = read(RANKS, {"challenge": board.challenge, "runners": runner_ids}) if runner_ids else ()
    return {runner_id: (rank, total) for runner_id, rank, total in found}


def count(board: FinalBoardRef) -> Counted:
    """Count the whole board. The counts are the same for all viewers, so cache them by version."""
    here = RESULT.c.challenge_id == board.challenge
    sums = select(func.count(), func.min(RESULT.c.rank).filter(RESULT.c.total == 0), func.sum(RESULT.c.total))
    size, zero_rank, total = read(sums.where(here), {}).one()
    shown = _shows_total(RESULT.c.runner_id, board)
    unseen = [tuple(row) for row in read(select(RESULT.c.rank, RESULT.c.total).where(here, ~shown), {})]
    kept = RESULT.c.total.in_({kept for _, kept in unseen if kept})
    same = select(RESULT.c.total, func.count()).where(here, shown, kept).group_by(RESULT.c.total)
    return counted(size, zero_rank, int(total or 0), unseen, dict(read(same, {}).all()))


def teams(board: FinalBoardRef) -> list[TeamFound]:
    """Return the teams by rank; ties in team order."""
    return [TeamFound(name, TeamPlace(*stored)) for name, *stored in read(TEAMS, {"challenge": board.challenge})]


def teams_of_hidden(board: FinalBoardRef) -> set[int]:
    """Return the teams with a contribution of a runner who has a place and does not show their total now."""
    return set(read(_hidden(board), {}).scalars())


def _hidden(board: FinalBoardRef) -> Select[int]:
    has_place = and_(RESULT.c.runner_id == ENTRY.c.runner_id, RESULT.c.challenge_id == ENTRY.c.challenge_id)
    shown = _shows_total(ENTRY.c.runner_id, board)
    return (
        select(SHARE.c.team_id)
        .distinct()
        .join(ENTRY, ENTRY.c.id == SHARE.c.entry_id)
        .join(RESULT, has_place)
        .where(ENTRY.c.challenge_id == board.challenge, or_(SHARE.c.total != 0, SHARE.c.days > 0), ~shown)
    )


def _shows_total(runner_id: Any, board: FinalBoardRef) -> ColumnElement[bool]:
    return is_shown(runner_id, board.group, longest=board.longest, totals=not board.in_points)


def _values(board: FinalBoardRef) -> dict[str, Any]:
    return {"challenge": board.challenge, "group": board.group, "longest": int(board.longest)}
