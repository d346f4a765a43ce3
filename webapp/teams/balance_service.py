"""Stored recent mileage for pages: the order of the draft pool, and the balance of teams. Nothing here commits.

Ordering a list by it, or comparing teams, reads everybody's weeks, which takes too long for a page of a large group. So
it is stored: at once when the draft pool changes, and every few minutes for new runs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import ColumnElement, bindparam, exists, select, update

from webapp.db import batches, db
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Consent
from webapp.paging import count_up_to
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.team_lottery import draws_for, random_spread, spread_of_teams
from webapp.scoring.service import BATCH
from webapp.teams.queries import mileage_of

# Behind all others: otherwise the order would reveal mileage that they share with nobody.
HIDDEN = -1
# Teams with up to this many members in all are compared on the page itself.
COMPARED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Balance:
    """The spread of a challenge's teams, in per cent of the mean: as they are, and of random teams."""

    spread: Fraction
    by_lot: Fraction


def refresh_draft_order(challenge: Challenge, entry_ids: Collection[int], today: date) -> None:
    """Store which of these entries wait to be picked, and their order. Hold the group's lock."""
    if challenge.team_mode == TeamMode.PICKED:
        for some in batches(sorted(entry_ids), BATCH):
            _refresh(challenge, some, today)


def leave_draft_pool(entry_ids: Collection[int]) -> None:
    """Record that these entries were picked, or placed."""
    db.session.execute(update(Entry).where(Entry.id.in_(entry_ids)).values(waiting_m=None))


def _refresh(challenge: Challenge, entry_ids: Sequence[int], today: date) -> None:
    waits = ~exists().where(TeamStint.entry_id == Entry.id)
    found = db.session.execute(
        select(Entry.id, Entry.runner_id, Entry.waiting_m, Consent.level, waits)
        .outerjoin(Consent, _consent_here(challenge))
        .where(Entry.id.in_(entry_ids))
    ).all()
    mileage = mileage_of([row.runner_id for row in found], min(challenge.starts_on, today))
    changed = []
    for entry_id, runner_id, kept, level, is_waiting in found:
        shown = mileage.get(runner_id, 0) if may_see(level, "mileage") else HIDDEN
        fresh = shown if is_waiting else None
        if fresh != kept:
            changed.append({"entry": entry_id, "metres": fresh})
    if changed:
        # Without the ORM, which would raise an error for an entry that was erased meanwhile.
        mine = update(Entry).where(Entry.id == bindparam("entry")).values(waiting_m=bindparam("metres"))
        db.session.connection().execute(mine, changed)


def balance_of(challenge: Challenge, today: date) -> Balance | None:
    """Return the spread of the teams by recent mileage, and of random teams; None if there is nothing to compare.

    Only runners who share it are included: the sums would reveal the mileage of anybody else who is alone in a team.
    For a large challenge it is the last stored value.
    """
    if not is_large(challenge.id):
        return compared(challenge, today)
    if challenge.spread is None or challenge.lot_spread is None:
        return None
    return Balance(Fraction(challenge.spread, 1000), Fraction(challenge.lot_spread, 1000))


def compared(challenge: Challenge, today: date) -> Balance | None:
    """Return the same, computed from everybody's weeks."""
    teams = _teams_of_sharing(challenge)
    if len(teams) < 2:
        return None
    runners = [runner_id for team in teams for runner_id in team]
    mileage: dict[int, int] = {}
    for some in batches(runners, BATCH):
        mileage |= mileage_of(some, min(challenge.starts_on, today))
    placed = {runner_id: mileage.get(runner_id, 0) for runner_id in runners}
    spread = spread_of_teams(placed, teams)
    by_lot = random_spread(placed, len(teams), str(challenge.id), draws_for(len(placed)))
    return Balance(spread, by_lot) if spread is not None and by_lot is not None else None


def keep_balance(challenge_id: int, found: Balance | None) -> None:
    """Store the balance of the teams of a large challenge for the page."""
    spread, by_lot = (round(1000 * found.spread), round(1000 * found.by_lot)) if found else (None, None)
    mine = update(Challenge).where(Challenge.id == challenge_id)
    db.session.execute(mine.values(spread=spread, lot_spread=by_lot))


def is_large(challenge_id: int) -> bool:
    """Return whether a challenge has more entries than a page may sum up the weeks of."""
    mine = select(Entry.id).where(Entry.challenge_id == challenge_id)
    return count_up_to(COMPARED_AT_ONCE + 1, mine) > COMPARED_AT_ONCE


def _teams_of_sharing(challenge: Challenge) -> list[list[int]]:
    """Return the runners of each team as it is now, those who share sums."""
    mine = select(Team.id).where(Team.challenge_id == challenge.id).order_by(Team.position)
    members: dict[int, list[int]] = {team_id: [] for team_id in db.session.scalars(mine)}
    rows = select(TeamStint.team_id, Entry.runner_id, Consent.level).join(Entry, Entry.id == TeamStint.entry_id)
    now_in = rows.where(Entry.challenge_id == challenge.id, TeamStint.to_date.is_(None))
    consented = now_in.join(Consent, _consent_here(challenge)).where(consent_holds())
    for team_id, runner_id, level in db.session.execute(consented):
        if may_see(level, "mileage"):
            members[team_id].append(runner_id)
    return list(members.values())


def _consent_here(challenge: Challenge) -> ColumnElement[bool]:
    return (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id)
