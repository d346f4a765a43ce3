"""Publishing a board: changed standings are put on it, one transaction and one version at a time.

Call these inside a `write_transaction()`; none of them commits.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, select, update

from webapp.db import db
from webapp.job_names import Job
from webapp.leaderboards import projection
from webapp.leaderboards.projection import Board, PlacedRow
from webapp.models.challenges import Challenge, Entry
from webapp.models.chase import Overtake, Passed
from webapp.models.columns import columns_of
from webapp.models.leaderboards import BucketTally, Placement, TeamPart, TeamPlacement
from webapp.models.road import RoadTally
from webapp.models.scoring import DayScore, Standing
from webapp.queue import after_commit
from webapp.rulebook import ranking
from webapp.rulebook.chase import settling_delay
from webapp.rulebook.ruleset import RuleSet

# How many standings are published in one transaction; the job continues with the rest.
BATCH = 5000


# What a team has, and its score.
TeamFigures = tuple[ranking.Contribution, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Published:
    """What a call of `publish` did: is there a new version, does more wait, and how many entries has the board?"""

    moved: bool
    more: bool
    entries: int


def publish(challenge_id: int, today: date, batch: int = BATCH) -> Published:
    """Publish the standings that changed, `batch` at most; `today` is the date in the group's time zone.

    The cost follows the number of changed standings, not the size of the group. A board that was never published
    is rebuilt. If the challenge no longer exists, nothing happens. Enqueues Job.DERIVE_OVERTAKES for a new version, and
    Job.PUBLISH_BOARD if more waits.
    """
    board = projection.locked(challenge_id)
    if board is None:
        return Published(False, False, 0)
    if board.is_changing:
        return Published(False, False, 0)  # the job that derives all entries by the new rules rebuilds it
    if board.as_of is None:
        return _rebuild(board, today)
    dirty, more = _claim_dirty(board.id, batch)
    turned = board.as_of != today
    if not dirty and not turned:
        return Published(False, False, 0)
    changed = set(dirty) | (_roll_over_day(board, board.as_of, today) if turned else set())
    _place_again(board, today, changed)
    since = [*dirty.values(), *([min(board.as_of, today)] if turned else [])]
    _next_version(board, today, min(since))
    if more:
        after_commit(Job.PUBLISH_BOARD, board.id)
    return _published(board, _size(board.id), more=more)


def rebuild(challenge_id: int, today: date) -> Published:
    """Publish the whole board again from the standings. Enqueues as `publish`."""
    board = projection.locked(challenge_id)
    return _rebuild(board, today) if board else Published(False, False, 0)


def remove_entries(entry_ids: Collection[int]) -> None:
    """Take entries off their boards at once: rows, sums of teams, gaps, overtakes.

    Call it before the entries are deleted. Enqueues Job.DERIVE_OVERTAKES for each board.
    """
    rows = sorted(projection.placed(entry_ids), key=lambda row: row.challenge_id)
    for challenge_id, group in groupby(rows, key=lambda row: row.challenge_id):
        board = projection.locked(challenge_id)
        if board is not None:
            _remove_entries(board, [row.entry_id for row in group])


def hide_runner(runner_id: int) -> None:
    """Take a runner off every board at once, because their consent or connection has ended. As `remove_entries`."""
    remove_entries(db.session.scalars(select(Entry.id).where(Entry.runner_id == runner_id)).all())


def show_runner(runner_id: int) -> None:
    """Have a runner's entries placed again, after a change of consent, connection or shown name.

    Enqueues Job.PUBLISH_BOARD for each board.
    """
    show_entries(db.session.scalars(select(Entry.id).where(Entry.runner_id == runner_id)).all())


def place_again(group_id: int, runner_id: int) -> None:
    """Place a runner's entries again at once, because they show more or less of them now.

    Boards whose rules are being changed take the entries off instead, until all are derived by the new rules.
    Enqueues Job.DERIVE_OVERTAKES for each board.
    """
    mine = select(Entry.id, Entry.challenge_id).join(Challenge)
    mine = mine.where(Entry.runner_id == runner_id, Challenge.group_id == group_id).order_by(Entry.challenge_id)
    for entry_id, challenge_id in db.session.execute(mine).all():
        board = projection.locked(challenge_id)
        if board is None or board.as_of is None:
            continue
        if board.is_changing:
            _remove_entries(board, [entry_id])
            continue
        _place_again(board, board.as_of, [entry_id])
        _forget_tallies_of_days(board.id)
        _next_version(board, board.as_of, board.starts_on)
        after_commit(Job.DERIVE_OVERTAKES, board.id)


def show_entries(entry_ids: Collection[int]) -> None:
    """Have some entries placed again, because consent allows it now. Enqueues as `show_runner`."""
    entries = select(Entry.id, Entry.challenge_id, Challenge.starts_on).join(Challenge)
    found = db.session.execute(entries.where(Entry.id.in_(entry_ids))).all()
    for entry_id, _, starts_on in found:
        db.session.execute(update(Standing).where(Standing.entry_id == entry_id).values(dirty_from=starts_on))
    for challenge_id in sorted({challenge_id for _, challenge_id, _ in found}):
        after_commit(Job.PUBLISH_BOARD, challenge_id)


def bump_version(challenge_ids: Collection[int]) -> None:
    """Move the version of challenges whose words changed (a team's name, say), so that cached parts are made again."""
    for challenge_id in sorted(challenge_ids):
        db.session.execute(update(Challenge).where(Challenge.id == challenge_id).values(version=Challenge.version + 1))


def differences(challenge_id: int) -> list[str]:
    """Compare a published board with one derived from the standings; return each difference in words.

    The board is compared as of the date it was published for. It also differs while standings wait to be published.
    """
    board = projection.locked(challenge_id)
    if board is None or board.as_of is None:
        return []
    stored, fresh = projection.standing_of(board.id), _all_rows(board, board.as_of)
    found = _compared("placement", {row.entry_id: row for row in stored}, {row.entry_id: row for row in fresh})
    found += _compared("tally", _stored_tallies(board.id), projection.counted(fresh))
    parts = _parts(board.id, fresh)
    found += _compared("team part", _stored_parts(board.id), parts)
    return found + _compared("team", _stored_teams(board.id), _teams(parts, board.rule_set))


def _rebuild(board: Board, today: date) -> Published:
    waiting = select(Standing.entry_id).where(Standing.challenge_id == board.id, Standing.dirty_from.is_not(None))
    taken = db.session.scalars(waiting.with_for_update(key_share=True)).all()
    rows = _all_rows(board, today)
    for model in (Placement, TeamPart, TeamPlacement):
        db.session.execute(delete(model).where(model.challenge_id == board.id))
    projection.write(rows)
    for order in ("now", "before"):
        projection.recompute_tallies(board.id, order)
    parts = _parts(board.id, rows)
    projection.write_parts(board.id, parts)
    projection.sum_teams(board, {team_id for team_id, _ in parts})
    _clear_dirty(taken)
    db.session.execute(update(Challenge).where(Challenge.id == board.id).values(shown_rules=board.rules))
    _next_version(board, today, board.starts_on)
    return _published(board, len(rows))


def _published(board: Board, entries: int, *, more: bool = False) -> Published:
    after_commit(Job.DERIVE_OVERTAKES, board.id, delay=settling_delay(entries))
    return Published(True, more, entries)


def _all_rows(board: Board, today: date) -> list[PlacedRow]:
    return projection.with_gaps(projection.derived(board, today))


def _parts(challenge_id: int, rows: Iterable[PlacedRow]) -> dict[tuple[int, int], ranking.Contribution]:
    listed = list(rows)
    teams, rank_only = {row.entry_id: row.team_id for row in listed}, {row.entry_id for row in listed if row.rank_only}
    return ranking.parts(teams, projection.shares_of(challenge_id), rank_only)


def _teams(parts: dict[tuple[int, int], ranking.Contribution], rule_set: RuleSet) -> dict[int, TeamFigures]:
    teams: dict[int, ranking.Contribution] = {}
    for (team_id, _), contribution in parts.items():
        teams[team_id] = teams.get(team_id, ranking.Contribution()) + contribution
    return {
        team_id: (contribution, projection.score_of_team(team_id, contribution, rule_set))
        for team_id, contribution in teams.items()
    }


def _compared(kind: str, stored: Mapping[Any, Any], fresh: Mapping[Any, Any]) -> list[str]:
    keys = sorted(stored.keys() | fresh.keys())
    return [
        f"{kind} {key}: published {stored.get(key)}, derived {fresh.get(key)}"
        for key in keys
        if stored.get(key) != fresh.get(key)
    ]


def _stored_tallies(challenge_id: int) -> dict[tuple[str, int], tuple[int, int, int]]:
    rows = db.session.scalars(select(BucketTally).where(BucketTally.challenge_id == challenge_id))
    return {(row.order, row.bucket): (row.entries, row.total, row.rank_only) for row in rows}


def _stored_parts(challenge_id: int) -> dict[tuple[int, int], ranking.Contribution]:
    rows = db.session.scalars(select(TeamPart).where(TeamPart.challenge_id == challenge_id))
    return {(row.team_id, row.part): _contribution(row) for row in rows}


def _stored_teams(challenge_id: int) -> dict[int, TeamFigures]:
    rows = db.session.scalars(select(TeamPlacement).where(TeamPlacement.challenge_id == challenge_id))
    return {row.team_id: (_contribution(row), (row.score, row.score_of)) for row in rows}


def _contribution(row: TeamPart | TeamPlacement) -> ranking.Contribution:
    return ranking.Contribution(*columns_of(row, ranking.Contribution))


def _claim_dirty(challenge_id: int, batch: int) -> tuple[dict[int, date], bool]:
    # The rows stay locked until the commit, so a run ingested meanwhile marks its standing after we cleared the mark
    # and not before. Rows locked by another transaction are left to the publishing that it enqueues.
    waiting = (
        select(Standing.entry_id, Standing.dirty_from)
        .where(Standing.challenge_id == challenge_id, Standing.dirty_from.is_not(None))
        .limit(batch)
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = {entry_id: since for entry_id, since in db.session.execute(waiting) if since is not None}
    _clear_dirty(found)
    return found, len(found) == batch


def _clear_dirty(entry_ids: Collection[int]) -> None:
    for chunk in projection.chunks(entry_ids):
        db.session.execute(update(Standing).where(Standing.entry_id.in_(chunk)).values(dirty_from=None))


def _place_again(board: Board, today: date, entry_ids: Collection[int]) -> None:
    old = {row.entry_id: row for row in projection.placed(entry_ids)}
    new = {row.entry_id: row for row in projection.derived(board, today, entry_ids)}
    for entry_id in old.keys() & new.keys():
        if old[entry_id].total == new[entry_id].total:
            new[entry_id] = new[entry_id]._replace(gap=old[entry_id].gap)
    projection.remove(old)
    projection.write(list(new.values()))
    _recompute_dependants(board, list(old.values()), list(new.values()))


def _remove_entries(board: Board, entry_ids: Sequence[int]) -> None:
    old = projection.placed(entry_ids)
    projection.remove(entry_ids)
    _recompute_dependants(board, old, [])
    for chunk in projection.chunks(entry_ids):
        db.session.execute(delete(Passed).where(Passed.passer_id.in_(chunk) | Passed.passed_id.in_(chunk)))
        db.session.execute(delete(Overtake).where(Overtake.passer_id.in_(chunk)))
    _forget_tallies_of_days(board.id)
    _next_version(board, board.as_of, board.starts_on)
    after_commit(Job.DERIVE_OVERTAKES, board.id)


def _forget_tallies_of_days(challenge_id: int) -> None:
    """Delete how many stood where on each date: somebody in these numbers shows less now. Overtakes bring them back."""
    db.session.execute(delete(RoadTally).where(RoadTally.challenge_id == challenge_id))


def _recompute_dependants(board: Board, old: Sequence[PlacedRow], new: Sequence[PlacedRow]) -> None:
    """Derive what depends on the rows that were removed or added."""
    rows = [*old, *new]
    projection.recompute_tallies(board.id, "now", {row.bucket for row in rows})
    projection.recompute_tallies(board.id, "before", {row.before_bucket for row in rows})
    unmoved = {_stand(row) for row in old} & {_stand(row) for row in new}
    projection.recompute_gaps(board, {row.total for row in rows if _stand(row) not in unmoved})
    projection.recompute_teams(board, {ranking.part_of(row.entry_id) for row in rows})


def _stand(row: PlacedRow) -> tuple[int, int, bool]:
    """Return what the gaps of others depend on."""
    return row.entry_id, row.total, row.rank_only


def _roll_over_day(board: Board, was: date, today: date) -> set[int]:
    """Return the entries whose total up to yesterday differs between the two dates: they ran in between."""
    first, last = min(was, today), max(was, today)
    ran = select(DayScore.entry_id).where(DayScore.challenge_id == board.id, DayScore.local_date >= first)
    return set(db.session.scalars(ran.where(DayScore.local_date < last, DayScore.value != 0).distinct()))


def _next_version(board: Board, as_of: date | None, changed_from: date) -> None:
    since = max(board.starts_on, changed_from)
    if board.overtakes_from is not None:
        since = min(since, board.overtakes_from)
    db.session.execute(
        update(Challenge)
        .where(Challenge.id == board.id)
        .values(version=Challenge.version + 1, as_of=as_of, overtakes_from=since)
    )


def _size(challenge_id: int) -> int:
    tally = select(func.sum(BucketTally.entries)).where(
        BucketTally.challenge_id == challenge_id, BucketTally.order == "now"
    )
    return int(db.session.scalar(tally) or 0)
