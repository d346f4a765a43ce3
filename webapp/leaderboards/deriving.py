"""What the published board is derived from, and the rows that keep it: placements, tallies, gaps, parts of teams.

Everything here counts or reads anew; nothing is added to what stood before. The functions that take cells, totals or
parts re-derive only those, so that one run costs the same in a group of a hundred and of a hundred thousand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Select, Table, bindparam, delete, func, insert, literal, or_, select, update
from sqlalchemy.engine import Row

from webapp.challenges.models import Challenge, Entry
from webapp.extensions import db
from webapp.groups.models import Consent
from webapp.leaderboards import rules
from webapp.leaderboards.models import CellTally, Placement, TeamPart, TeamPlacement
from webapp.scoring.models import DayScore, Standing, TeamShare
from webapp.sync.models import Connection

T = TypeVar("T")
AnySelect = Select[*tuple[Any, ...]]

# Databases limit the number of values in one statement.
CHUNK = 500
# From so many changed totals on, one pass over the board is cheaper than looking up neighbours.
NEAR_LIMIT = 300

placements, tallies, team_parts, team_placements = (
    cast(Table, model.__table__) for model in (Placement, CellTally, TeamPart, TeamPlacement)
)


class Board(NamedTuple):
    """The challenge whose board is published, as its row was when the lock was taken."""

    id: int
    group_id: int
    starts_on: date
    version: int
    as_of: date | None
    overtakes_from: date | None


class Placed(NamedTuple):
    """A row of the board, in the columns of `Placement`."""

    entry_id: int
    challenge_id: int
    runner_id: int
    team_id: int | None
    total: int
    before: int
    days: int
    cell: int
    before_cell: int
    gap: int | None = None


def locked(challenge_id: int) -> Board | None:
    """Return the challenge and keep others from publishing it until the transaction ends (SQLite: it is ours already).

    The lock is the weaker one of PostgreSQL, so that runs can be taken in meanwhile.
    """
    columns = [getattr(Challenge, name) for name in Board._fields]
    row = db.session.execute(
        select(*columns).where(Challenge.id == challenge_id).with_for_update(key_share=True)
    ).one_or_none()
    return Board(*row) if row else None


def standing_of(challenge_id: int) -> list[Placed]:
    """Return the board as it stands published."""
    columns = [getattr(Placement, name) for name in Placed._fields]
    return [Placed(*row) for row in db.session.execute(select(*columns).where(Placement.challenge_id == challenge_id))]


def placed(entry_ids: Collection[int]) -> list[Placed]:
    """Return the published rows of some entries."""
    columns = [getattr(Placement, name) for name in Placed._fields]
    return [Placed._make(row) for row in _of(select(*columns), Placement.entry_id, entry_ids)]


def derived(board: Board, today: date, entry_ids: Collection[int] | None = None) -> list[Placed]:
    """Return how entries (None: all of the challenge) stand by standings and consents; without their gaps.

    An entry without a consent that holds, or whose runner took our access at Strava away, is not placed.
    """
    before = dict(_rows(_scores_before(board.id, today), DayScore.entry_id, entry_ids))
    return [
        _placed(board.id, entry_id, runner_id, team_id, total, before.get(entry_id, 0), days)
        for entry_id, runner_id, team_id, total, days in _rows(_shown(board), Standing.entry_id, entry_ids)
    ]


def _placed(
    challenge_id: int, entry_id: int, runner_id: int, team_id: int | None, total: int, before: int, days: int
) -> Placed:
    cell, before_cell = rules.cell_of(total, entry_id), rules.cell_of(before, entry_id)
    return Placed(entry_id, challenge_id, runner_id, team_id, total, before, days, cell, before_cell)


def _shown(board: Board) -> AnySelect:
    consent = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == board.group_id)
    return (
        select(Standing.entry_id, Entry.runner_id, Standing.team_id, Standing.total, Standing.days)
        .join(Entry, Entry.id == Standing.entry_id)
        .join(Consent, consent)
        .outerjoin(Connection, Connection.runner_id == Entry.runner_id)
        .where(Standing.challenge_id == board.id, Consent.withdrawn_at.is_(None))
        .where(or_(Connection.state.is_(None), Connection.state != "deauthorised"))
    )


def _scores_before(challenge_id: int, today: date) -> AnySelect:
    return (
        select(DayScore.entry_id, func.sum(DayScore.value))
        .where(DayScore.challenge_id == challenge_id, DayScore.local_date < today)
        .group_by(DayScore.entry_id)
    )


def write(rows: Sequence[Placed]) -> None:
    if rows:
        db.session.execute(insert(placements), [row._asdict() for row in rows])


def remove(entry_ids: Collection[int]) -> None:
    for chunk in chunks(entry_ids):
        db.session.execute(delete(placements).where(placements.c.entry_id.in_(chunk)))


def retally(challenge_id: int, order: str, cells: Collection[int] | None = None) -> None:
    """Count the entries of these cells (None: of all) in one order, "now" or "before"."""
    column = placements.c.cell if order == "now" else placements.c.before_cell
    count = (
        select(placements.c.challenge_id, literal(order), column, func.count())
        .where(placements.c.challenge_id == challenge_id)
        .group_by(placements.c.challenge_id, column)
    )
    clear = delete(tallies).where(tallies.c.challenge_id == challenge_id, tallies.c.ordering == order)
    into = ["challenge_id", "ordering", "cell", "entries"]
    for chunk in [None] if cells is None else chunks(cells):
        db.session.execute(clear if chunk is None else clear.where(tallies.c.cell.in_(chunk)))
        db.session.execute(
            insert(tallies).from_select(into, count if chunk is None else count.where(column.in_(chunk)))
        )


def regap(challenge_id: int, totals: Collection[int]) -> None:
    """Derive the gaps that change when entries arrive at these totals or leave them."""
    above_zero = {total for total in totals if total > 0}
    if len(above_zero) > NEAR_LIMIT:
        _regap_all(challenge_id)
        return
    behind = {_next_behind(challenge_id, total) for total in above_zero}
    for total in above_zero | (behind - {None}):
        _regap_at(challenge_id, cast(int, total))


def _regap_at(challenge_id: int, total: int) -> None:
    ahead = _next_ahead(challenge_id, total)
    db.session.execute(
        update(placements)
        .where(placements.c.challenge_id == challenge_id, placements.c.cell == rules.cell_of(total, 0))
        .where(placements.c.total == total)
        .values(gap=None if ahead is None else ahead - total)
    )


def _next_ahead(challenge_id: int, total: int) -> int | None:
    ahead = select(Placement.total).where(Placement.challenge_id == challenge_id, Placement.total > total)
    near = ahead.where(Placement.cell <= rules.cell_of(total, 0)).order_by(Placement.cell.desc(), Placement.total)
    return db.session.scalar(near.limit(1))


def _next_behind(challenge_id: int, total: int) -> int | None:
    behind = select(Placement.total).where(Placement.challenge_id == challenge_id, Placement.total < total)
    near = behind.where(Placement.cell >= rules.cell_of(total, 0), Placement.cell < 0)
    return db.session.scalar(near.order_by(Placement.cell, Placement.total.desc()).limit(1))


def _regap_all(challenge_id: int) -> None:
    rows = standing_of(challenge_id)
    gaps = rules.gaps(row.total for row in rows)
    changed = [{"b_entry": row.entry_id, "b_gap": gaps[row.total]} for row in rows if row.gap != gaps[row.total]]
    if changed:
        by_entry = update(placements).where(placements.c.entry_id == bindparam("b_entry"))
        db.session.execute(by_entry.values(gap=bindparam("b_gap")), changed)


def reteam(challenge_id: int, parts: Collection[int]) -> None:
    """Derive what these parts bring to teams, and the sums of the teams they touch."""
    touched: set[int] = set()
    for part in sorted(parts):
        here = (team_parts.c.challenge_id == challenge_id) & (team_parts.c.part == part)
        touched.update(db.session.scalars(select(team_parts.c.team_id).where(here)))
        db.session.execute(delete(team_parts).where(here))
        touched.update(_write_part(challenge_id, part))
    sum_teams(challenge_id, touched)


def _write_part(challenge_id: int, part: int) -> Iterable[int]:
    first, last = rules.stretch(part)
    here = (Placement.challenge_id == challenge_id) & Placement.entry_id.between(first, last)
    teams = dict(_pairs(select(Placement.entry_id, Placement.team_id).where(here)))
    brought = rules.parts(teams, _shares(select(Placement.entry_id).where(here)))
    write_parts(challenge_id, brought)
    return {team_id for team_id, _ in brought}


def write_parts(challenge_id: int, brought: dict[tuple[int, int], rules.Brought]) -> None:
    rows = [
        {"team_id": team_id, "part": part, "challenge_id": challenge_id, **what._asdict()}
        for (team_id, part), what in brought.items()
    ]
    if rows:
        db.session.execute(insert(team_parts), rows)


def _shares(entries: Select[int]) -> list[Any]:
    columns = (TeamShare.entry_id, TeamShare.team_id, TeamShare.total, TeamShare.days)
    return list(db.session.execute(select(*columns).where(TeamShare.entry_id.in_(entries))))


def shares_of(challenge_id: int) -> list[Any]:
    """Return (entry, team, total, days) of every share of a challenge."""
    return _shares(select(Entry.id).where(Entry.challenge_id == challenge_id))


def sum_teams(challenge_id: int, teams: Collection[int]) -> None:
    """Add the parts of these teams up."""
    columns = (team_parts.c.total, team_parts.c.members, team_parts.c.active)
    for chunk in chunks(teams):
        db.session.execute(delete(team_placements).where(team_placements.c.team_id.in_(chunk)))
        sums = (
            select(team_parts.c.team_id, team_parts.c.challenge_id, *(func.sum(column) for column in columns))
            .where(team_parts.c.team_id.in_(chunk), team_parts.c.challenge_id == challenge_id)
            .group_by(team_parts.c.team_id, team_parts.c.challenge_id)
        )
        into = ["team_id", "challenge_id", "total", "members", "active"]
        db.session.execute(insert(team_placements).from_select(into, sums))


def with_gaps(rows: Sequence[Placed]) -> list[Placed]:
    """Return a whole board with its gaps."""
    gaps = rules.gaps(row.total for row in rows)
    return [row._replace(gap=gaps[row.total]) for row in rows]


def counted(rows: Iterable[Placed]) -> dict[tuple[str, int], int]:
    """Return the tallies of a whole board: entries by (order, cell)."""
    cells = Counter[tuple[str, int]]()
    for row in rows:
        cells["now", row.cell] += 1
        cells["before", row.before_cell] += 1
    return dict(cells)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Return `values` in lists that fit into one statement."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _rows(statement: AnySelect, column: Any, entry_ids: Collection[int] | None) -> Iterator[Any]:
    return iter(db.session.execute(statement)) if entry_ids is None else _of(statement, column, entry_ids)


def _of(statement: AnySelect, column: Any, entry_ids: Collection[int]) -> Iterator[Row[Any]]:
    for chunk in chunks(entry_ids):
        yield from db.session.execute(statement.where(column.in_(chunk)))


def _pairs(statement: Select[int, int | None]) -> Iterator[tuple[int, int | None]]:
    return ((first, second) for first, second in db.session.execute(statement))
