"""Deriving the published board, and the rows that store it: placements, tallies, gaps, parts of teams.

Everything here is counted or read again; nothing is added to an earlier value. The functions that take buckets, totals
or parts re-derive only those, so that one run costs the same in a group of a hundred and of a hundred thousand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Select, Table, bindparam, case, delete, func, insert, literal, or_, select, update
from sqlalchemy.engine import Row

from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.columns import columns_of
from webapp.models.groups import Consent
from webapp.models.leaderboards import BucketTally, Placement, TeamPart, TeamPlacement
from webapp.models.results import Result
from webapp.models.scoring import DayScore, Standing, TeamShare
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.privacy.queries import chose_totals, consent_holds, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook import ranking
from webapp.rulebook.ruleset import RuleSet

T = TypeVar("T")
AnySelect = Select[*tuple[Any, ...]]

# Databases limit the number of values in one statement.
CHUNK = 500
# From this many changed totals on, one pass over the board is cheaper than looking up neighbours.
NEAR_LIMIT = 300

placements, tallies, team_parts, team_placements = (
    cast(Table, model.__table__) for model in (Placement, BucketTally, TeamPart, TeamPlacement)
)


@dataclass(frozen=True, slots=True)
class Board:
    """The challenge whose board is published, as its row was when the lock was taken."""

    id: int
    group_id: int
    starts_on: date
    version: int
    as_of: date | None
    overtakes_from: date | None
    is_changing: bool
    checksum: str | None
    rules: RuleSet
    shown_rules: RuleSet | None

    @property
    def rule_set(self) -> RuleSet:
        """Return the rules that the board follows: until a change of them is derived, the former ones."""
        return self.shown_rules if self.is_changing and self.shown_rules else self.rules

    @property
    def bucket_width(self) -> int:
        return ranking.BUCKET_WIDTHS[self.rule_set.unit]


class PlacedRow(NamedTuple):
    """A row of the board, in the columns of `Placement`."""

    entry_id: int
    challenge_id: int
    runner_id: int
    team_id: int | None
    total: int
    before: int
    days: int
    bucket: int
    before_bucket: int
    rank_only: bool = False
    gap: int | None = None


def locked(challenge_id: int) -> Board | None:
    """Return the challenge and keep others from publishing it until the transaction ends (SQLite: it is ours already).

    It is PostgreSQL's weaker lock, so that runs can be ingested meanwhile.
    """
    columns = columns_of(Challenge, Board)
    row = db.session.execute(
        select(*columns).where(Challenge.id == challenge_id).with_for_update(key_share=True)
    ).one_or_none()
    return Board(*row) if row else None


def standing_of(challenge_id: int) -> list[PlacedRow]:
    """Return the present published board."""
    columns = [getattr(Placement, name) for name in PlacedRow._fields]
    return [
        PlacedRow(*row) for row in db.session.execute(select(*columns).where(Placement.challenge_id == challenge_id))
    ]


def placed(entry_ids: Collection[int]) -> list[PlacedRow]:
    """Return the published rows of some entries."""
    columns = [getattr(Placement, name) for name in PlacedRow._fields]
    return [PlacedRow._make(row) for row in _of(select(*columns), Placement.entry_id, entry_ids)]


def derived(board: Board, today: date, entry_ids: Collection[int] | None = None) -> list[PlacedRow]:
    """Return how entries (None: all of the challenge) stand by standings and consents; without their gaps.

    An entry is not placed without a valid consent, or if its runner ended our access at Strava.
    """
    before = dict(_rows(_scores_before(board.id, today, of_all=entry_ids is None), DayScore.entry_id, entry_ids))
    width = board.bucket_width
    return [
        _placed(width, board.id, entry_id, runner_id, team_id, total, before.get(entry_id, 0), days, rank_only)
        for entry_id, runner_id, team_id, total, days, rank_only in _rows(_shown(board), Standing.entry_id, entry_ids)
    ]


def _placed(
    width: int,
    challenge_id: int,
    entry_id: int,
    runner_id: int,
    team_id: int | None,
    total: int,
    before: int,
    days: int,
    rank_only: bool,
) -> PlacedRow:
    bucket, before_bucket = ranking.bucket_of(total, entry_id, width), ranking.bucket_of(before, entry_id, width)
    return PlacedRow(entry_id, challenge_id, runner_id, team_id, total, before, days, bucket, before_bucket, rank_only)


def _shown(board: Board) -> AnySelect:
    consent = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == board.group_id)
    if not board.rule_set.measured.adds_up:
        # The greatest day is, or reveals, a single run, which needs a consent of its own.
        consent &= shows(LONGEST)
    # Stored without the cap of the installation, so that nothing has to be published again when that changes.
    rank_only = ~(consent_holds() if board.rule_set.is_in_points else chose_totals())
    entries = select(Standing.entry_id, Entry.runner_id, Standing.team_id, Standing.total, Standing.days, rank_only)
    entries = entries.join(Entry, Entry.id == Standing.entry_id)
    if board.checksum is not None:
        # Final: a runner who was hidden at the freeze has no place, and never gets one.
        has_place = (Result.challenge_id == board.id) & (Result.runner_id == Entry.runner_id)
        entries = entries.join(Result, has_place)
    return (
        entries.join(Consent, consent)
        .outerjoin(Connection, Connection.runner_id == Entry.runner_id)
        .where(Standing.challenge_id == board.id, consent_holds())
        .where(or_(Connection.state.is_(None), Connection.state != ConnectionState.DEAUTHORISED))
    )


def _scores_before(challenge_id: int, today: date, *, of_all: bool) -> AnySelect:
    sums = select(DayScore.entry_id, func.sum(DayScore.value)).group_by(DayScore.entry_id)
    before = sums.where(DayScore.local_date < today)
    # For a few entries the challenge is no condition, because SQLite would read the days of all its entries.
    return before.where(DayScore.challenge_id == challenge_id) if of_all else before


def write(rows: Sequence[PlacedRow]) -> None:
    if rows:
        db.session.execute(insert(placements), [row._asdict() for row in rows])


def remove(entry_ids: Collection[int]) -> None:
    for chunk in chunks(entry_ids):
        db.session.execute(delete(placements).where(placements.c.entry_id.in_(chunk)))


def recompute_tallies(challenge_id: int, order: str, buckets: Collection[int] | None = None) -> None:
    """Count the entries of these buckets (None: of all) in one order, "now" or "before"."""
    now = order == "now"
    column, total = (
        (placements.c.bucket, placements.c.total) if now else (placements.c.before_bucket, placements.c.before)
    )
    hidden = case((placements.c.rank_only & (total > 0), 1), else_=0)
    count = (
        select(placements.c.challenge_id, literal(order), column, func.count(), func.sum(total), func.sum(hidden))
        .where(placements.c.challenge_id == challenge_id)
        .group_by(placements.c.challenge_id, column)
    )
    clear = delete(tallies).where(tallies.c.challenge_id == challenge_id, tallies.c.ordering == order)
    into = ["challenge_id", "ordering", "bucket", "entries", "total", "rank_only"]
    for chunk in [None] if buckets is None else chunks(buckets):
        db.session.execute(clear if chunk is None else clear.where(tallies.c.bucket.in_(chunk)))
        db.session.execute(
            insert(tallies).from_select(into, count if chunk is None else count.where(column.in_(chunk)))
        )


def recompute_gaps(board: Board, totals: Collection[int]) -> None:
    """Derive the gaps that change when entries arrive at these totals or leave them."""
    above_zero = {total for total in totals if total > 0}
    if len(above_zero) > NEAR_LIMIT:
        _recompute_all_gaps(board.id)
        return
    width = board.bucket_width
    behind = {_next_behind(board.id, total, width) for total in above_zero}
    for total in above_zero | (behind - {None}):
        _recompute_gaps_at(board.id, cast(int, total), width)


def _recompute_gaps_at(challenge_id: int, total: int, width: int) -> None:
    ahead = _next_ahead(challenge_id, total, width)
    if ahead is not None and not _is_shown_by_any(challenge_id, ahead, width):
        ahead = None
    db.session.execute(
        update(placements)
        .where(placements.c.challenge_id == challenge_id, placements.c.bucket == ranking.bucket_of(total, 0, width))
        .where(placements.c.total == total)
        .values(gap=None if ahead is None else ahead - total)
    )


def _is_shown_by_any(challenge_id: int, total: int, width: int) -> bool:
    """Return whether an entry with this total shows it."""
    at = (Placement.bucket == ranking.bucket_of(total, 0, width), Placement.total == total, ~Placement.rank_only)
    here = select(Placement.entry_id).where(Placement.challenge_id == challenge_id, *at).limit(1)
    return db.session.scalar(here) is not None


def _next_ahead(challenge_id: int, total: int, width: int) -> int | None:
    ahead = select(Placement.total).where(Placement.challenge_id == challenge_id, Placement.total > total)
    near = ahead.where(Placement.bucket <= ranking.bucket_of(total, 0, width)).order_by(Placement.bucket.desc())
    return db.session.scalar(near.order_by(Placement.total).limit(1))


def _next_behind(challenge_id: int, total: int, width: int) -> int | None:
    behind = select(Placement.total).where(Placement.challenge_id == challenge_id, Placement.total < total)
    near = behind.where(Placement.bucket >= ranking.bucket_of(total, 0, width), Placement.bucket < 0)
    return db.session.scalar(near.order_by(Placement.bucket, Placement.total.desc()).limit(1))


def _recompute_all_gaps(challenge_id: int) -> None:
    rows = standing_of(challenge_id)
    gaps = _gaps(rows)
    changed = [{"b_entry": row.entry_id, "b_gap": gaps[row.total]} for row in rows if row.gap != gaps[row.total]]
    if changed:
        by_entry = update(placements).where(placements.c.entry_id == bindparam("b_entry"))
        db.session.execute(by_entry.values(gap=bindparam("b_gap")), changed)


def recompute_teams(board: Board, parts: Collection[int]) -> None:
    """Derive what these parts bring to teams, and the sums of the teams they touch."""
    touched: set[int] = set()
    for part in sorted(parts):
        here = (team_parts.c.challenge_id == board.id) & (team_parts.c.part == part)
        touched.update(db.session.scalars(select(team_parts.c.team_id).where(here)))
        db.session.execute(delete(team_parts).where(here))
        touched.update(_write_part(board.id, part))
    sum_teams(board, touched)


def _write_part(challenge_id: int, part: int) -> Iterable[int]:
    first, last = ranking.stretch(part)
    here = (Placement.challenge_id == challenge_id) & Placement.entry_id.between(first, last)
    teams = dict(_pairs(select(Placement.entry_id, Placement.team_id).where(here)))
    rank_only = db.session.scalars(select(Placement.entry_id).where(here, Placement.rank_only)).all()
    contributions = ranking.parts(teams, _shares(select(Placement.entry_id).where(here)), set(rank_only))
    write_parts(challenge_id, contributions)
    return {team_id for team_id, _ in contributions}


def write_parts(challenge_id: int, contributions: dict[tuple[int, int], ranking.Contribution]) -> None:
    rows = [
        {"team_id": team_id, "part": part, "challenge_id": challenge_id, **asdict(what)}
        for (team_id, part), what in contributions.items()
    ]
    if rows:
        db.session.execute(insert(team_parts), rows)


def _shares(entries: Select[int]) -> list[Any]:
    columns = (TeamShare.entry_id, TeamShare.team_id, TeamShare.total, TeamShare.days, TeamShare.met)
    return list(db.session.execute(select(*columns).where(TeamShare.entry_id.in_(entries))))


def shares_of(challenge_id: int) -> list[Any]:
    """Return (entry, team, total, days, met) of every share of a challenge."""
    return _shares(select(Entry.id).where(Entry.challenge_id == challenge_id))


def sum_teams(board: Board, teams: Collection[int]) -> None:
    """Add up the parts of these teams, and score them."""
    columns = [func.sum(column) for column in columns_of(team_parts.c, ranking.Contribution)]
    rule_set = board.rule_set
    for chunk in chunks(teams):
        db.session.execute(delete(team_placements).where(team_placements.c.team_id.in_(chunk)))
        sums = select(team_parts.c.team_id, *columns).where(
            team_parts.c.team_id.in_(chunk), team_parts.c.challenge_id == board.id
        )
        rows = [
            _team_row(board.id, team_id, ranking.Contribution(*map(int, contribution)), rule_set)
            for team_id, *contribution in db.session.execute(sums.group_by(team_parts.c.team_id)).all()
        ]
        if rows:
            db.session.execute(insert(team_placements), rows)


def _team_row(challenge_id: int, team_id: int, contribution: ranking.Contribution, rule_set: RuleSet) -> dict[str, Any]:
    score, score_of = score_of_team(team_id, contribution, rule_set)
    ids = {"team_id": team_id, "challenge_id": challenge_id}
    return {**ids, **asdict(contribution), "score": score, "score_of": score_of}


def score_of_team(team_id: int, contribution: ranking.Contribution, rule_set: RuleSet) -> tuple[int, int]:
    """Return the score of a team; read the single shares that it consists of."""
    first, count = ranking.wanted_shares(rule_set, contribution)
    shares: Sequence[int] = ()
    if count:
        placed = select(TeamShare.total).join(Placement, Placement.entry_id == TeamShare.entry_id)
        ran = placed.where(TeamShare.team_id == team_id, TeamShare.days > 0).order_by(TeamShare.total.desc())
        shares = db.session.scalars(ran.offset(first).limit(count)).all()
    return ranking.team_score(rule_set, contribution, shares)


def with_gaps(rows: Sequence[PlacedRow]) -> list[PlacedRow]:
    """Return a whole board with its gaps."""
    gaps = _gaps(rows)
    return [row._replace(gap=gaps[row.total]) for row in rows]


def _gaps(rows: Sequence[PlacedRow]) -> dict[int, int | None]:
    hidden = ranking.hidden_totals((row.total, row.rank_only) for row in rows)
    return ranking.gaps((row.total for row in rows), hidden)


def counted(rows: Iterable[PlacedRow]) -> dict[tuple[str, int], tuple[int, int, int]]:
    """Return the tallies of a whole board by (order, bucket): entries, their sum, how many of the totals are hidden."""
    entries, totals, hidden = (Counter[tuple[str, int]]() for _ in range(3))
    for row in rows:
        for key, total in ((("now", row.bucket), row.total), (("before", row.before_bucket), row.before)):
            entries[key] += 1
            totals[key] += total
            hidden[key] += row.rank_only and total > 0
    return {key: (count, totals[key], hidden[key]) for key, count in entries.items()}


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
