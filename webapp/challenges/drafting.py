"""Captains pick their teams before a challenge begins, in turn. Nothing here commits.

Whose turn it is follows from the picks that are there. All writing is done under the group's lock, and each pick has
its number and its entry for itself, so of two at once one comes first and the other is told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, insert, select

from webapp.challenges.draws import draws_for, random_spread, spread_of_teams, team_on_turn
from webapp.challenges.models import Challenge, Entry, Pick, Team, TeamSpell
from webapp.challenges.queries import recent_mileage, team_sizes
from webapp.challenges.rules import smallest_team
from webapp.challenges.service import assign_teams
from webapp.errors import Problem
from webapp.extensions import db
from webapp.groups.models import Consent, Group
from webapp.groups.queries import locked_group
from webapp.leaderboards.service import touch
from webapp.privacy.rules import may_see, shared
from webapp.scoring.service import BATCH, rederive_entries, rederive_entry
from webapp.sync.queries import took_access_away

FARTHEST_EAST = timedelta(hours=14)


class Turn(NamedTuple):
    """The next pick: its number, from 1, and the team that makes it."""

    number: int
    team_id: int


def turn_of(challenge: Challenge) -> Turn | None:
    """Return whose turn it is to pick; None without teams."""
    team_ids = [team.id for team in challenge.teams]
    last = db.session.scalar(select(func.max(Pick.number)).where(Pick.challenge_id == challenge.id)) or 0
    return Turn(last + 1, team_on_turn(last + 1, team_ids)) if team_ids else None


def pick(challenge: Challenge, number: int, entry_id: int, picker_id: int, *, is_organiser: bool, today: date) -> None:
    """Let the captain on turn, or an organiser for them, take an entry into the team as the pick of that number.

    Hold the group's lock. After the commit ask for "jobs.leaderboards.publish". Raises Problem when the challenge has
    begun, another was faster, it is not their turn, or the entry is in a team.
    """
    _refuse_begun(challenge, today)
    turn = turn_of(challenge)
    if turn is None or turn.number != number:
        raise Problem("Somebody was faster", "Another pick was made meanwhile. Please look again.", status=409)
    captain_id = db.session.scalar(select(Team.captain_id).where(Team.id == turn.team_id))
    if picker_id != captain_id and not is_organiser:
        raise Problem("It is not your turn", "Another captain picks next. Please look again in a while.", status=409)
    if db.session.scalar(select(Entry.id).where(Entry.id == entry_id, *_left(challenge.id))) is None:
        raise Problem("They are in a team already", "Please choose somebody who is still on the list.", status=409)
    db.session.add(Pick(challenge_id=challenge.id, number=number, team_id=turn.team_id, entry_id=entry_id))
    db.session.add(TeamSpell(entry_id=entry_id, team_id=turn.team_id, from_date=challenge.starts_on))
    db.session.flush()
    rederive_entry(entry_id)


def name_captains(challenge: Challenge, captains: Mapping[int, int | None], today: date, now: datetime) -> None:
    """Name who picks for each team, {team: runner or None}; a captain runs in their own team.

    Hold the group's lock. After the commit ask for "jobs.leaderboards.publish". Raises Problem when the challenge has
    begun, or one is to lead two teams, is in none of its entries, or was picked by another team.
    """
    _refuse_begun(challenge, today)
    wanted = {team.id: captains.get(team.id, team.captain_id) for team in challenge.teams}
    named = {runner_id: team_id for team_id, runner_id in wanted.items() if runner_id is not None}
    if len(named) < len([runner_id for runner_id in wanted.values() if runner_id is not None]):
        raise Problem("One team each", "Nobody can be the captain of two teams.", status=409)
    mine = select(Entry.runner_id, Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id.in_(named))
    entries = dict(db.session.execute(mine).all())
    if named.keys() - entries.keys():
        raise Problem("They are not in it", "A captain has to be in the challenge.", status=409)
    picked = select(Pick.entry_id, Pick.team_id).where(Pick.entry_id.in_(entries.values()))
    taken = dict(db.session.execute(picked).all())
    if any(taken.get(entries[runner_id], team_id) != team_id for runner_id, team_id in named.items()):
        raise Problem("They were picked already", "Somebody picked by one team cannot lead another.", status=409)
    for team in challenge.teams:
        team.captain_id = wanted[team.id]
    touch([challenge.id])
    assign_teams(challenge, {entries[runner_id]: team_id for runner_id, team_id in named.items()}, today, now)


def undrafted(now: datetime) -> list[int]:
    """Return the challenges that have begun while some were not picked."""
    left = exists().where(Entry.challenge_id == Challenge.id, ~_in_a_team())
    wanted = select(Challenge.id, Challenge.starts_on, Group.tz).join(Group, Group.id == Challenge.group_id)
    wanted = wanted.where(Challenge.team_mode == "picked", Challenge.frozen_at.is_(None), left)
    found = db.session.execute(wanted.where(Challenge.starts_on <= (now + FARTHEST_EAST).date()))
    return [row.id for row in found if row.starts_on <= now.astimezone(ZoneInfo(row.tz)).date()]


def place_left(challenge_id: int, now: datetime) -> set[int]:
    """Put those whom nobody picked into the smallest teams, from the first date on, `BATCH` at once; return them.

    After the commit ask for "jobs.leaderboards.publish".
    """
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or locked_group(Group.id == challenge.group_id) is None or challenge_id not in undrafted(now):
        return set()
    left = db.session.scalars(select(Entry.id).where(*_left(challenge_id)).order_by(Entry.id).limit(BATCH)).all()
    sizes = dict(team_sizes(challenge_id))
    spells = []
    for entry_id in left:
        team_id = smallest_team(list(sizes.items()))
        if team_id is not None:
            sizes[team_id] += 1
            spells.append({"entry_id": entry_id, "team_id": team_id, "from_date": challenge.starts_on, "to_date": None})
    if spells:
        db.session.execute(insert(TeamSpell), spells)
        rederive_entries(left)
    return set(left) if spells else set()


class Candidate(NamedTuple):
    """One who can be picked, as their consent lets the group see them; `mileage` in metres, None for a dash."""

    entry_id: int
    runner_id: int
    name: str
    mileage: int | None
    is_me: bool


class DraftTeam(NamedTuple):
    """A team in the making. `picked`: names in the order of the picks, the captain aside."""

    id: int
    name: str
    captain: str | None
    captain_id: int | None
    picked: Sequence[str]


def candidates(challenge: Challenge, viewer_id: int, today: date) -> list[Candidate]:
    """Return those whom nobody has picked yet: by recent mileage, then those who keep it to themselves, by name."""
    mileage = recent_mileage(challenge.group_id, min(challenge.starts_on, today))
    wanted = (
        select(Entry.id, Entry.runner_id, Consent.shown_name, Consent.level)
        .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
        .where(*_left(challenge.id), Consent.withdrawn_at.is_(None), ~took_access_away(Entry.runner_id))
        .order_by(Consent.search_name, Entry.id)
    )
    found = []
    for entry_id, runner_id, name, level in db.session.execute(wanted):
        # No dash for oneself, but the order is the same for everybody, or it would tell.
        seen = shared(level, {"name": name, "mileage": mileage.get(runner_id, 0)})
        found.append(Candidate(entry_id, runner_id, name, seen["mileage"], runner_id == viewer_id))
    return sorted(found, key=lambda one: -1 if one.mileage is None else one.mileage, reverse=True)


def draft_teams(challenge: Challenge) -> list[DraftTeam]:
    """Return the teams of a challenge with those who were picked."""
    names = _shown_names(challenge)
    picks = select(Pick.team_id, Entry.runner_id).join(Entry, Entry.id == Pick.entry_id)
    found = db.session.execute(picks.where(Pick.challenge_id == challenge.id).order_by(Pick.number)).all()
    return [
        DraftTeam(
            team.id,
            team.name,
            names.get(team.captain_id or 0),
            team.captain_id,
            [names[runner_id] for team_id, runner_id in found if team_id == team.id and runner_id in names],
        )
        for team in challenge.teams
    ]


def possible_captains(challenge: Challenge) -> list[tuple[int, str]]:
    """Return (runner, shown name) of everybody in the challenge, by name."""
    return sorted(_shown_names(challenge).items(), key=lambda one: (one[1].casefold(), one[0]))


class Evenness(NamedTuple):
    """How even the teams of a challenge are, in per cent of the mean: as they are, and by lot alone."""

    spread: Fraction
    by_lot: Fraction


def evenness_of(challenge: Challenge, today: date) -> Evenness | None:
    """Return how far apart the teams are by recent mileage, beside lots; None where there is nothing to compare.

    Of those who share it: put alone into a team, anybody else could be read off the sums.
    """
    if len(challenge.teams) < 2:
        return None
    mileage = recent_mileage(challenge.group_id, min(challenge.starts_on, today))
    consented = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id)
    rows = select(TeamSpell.team_id, Entry.runner_id, Consent.level).join(Entry, Entry.id == TeamSpell.entry_id)
    here = rows.join(Consent, consented).where(Entry.challenge_id == challenge.id, TeamSpell.to_date.is_(None))
    members: dict[int, list[int]] = {team.id: [] for team in challenge.teams}
    for team_id, runner_id, level in db.session.execute(here.where(Consent.withdrawn_at.is_(None))):
        if may_see(level, "mileage"):
            members[team_id].append(runner_id)
    placed = {runner: mileage.get(runner, 0) for team in members.values() for runner in team}
    spread = spread_of_teams(placed, list(members.values()))
    by_lot = random_spread(placed, len(members), str(challenge.id), draws_for(len(placed)))
    return Evenness(spread, by_lot) if spread is not None and by_lot is not None else None


def _shown_names(challenge: Challenge) -> dict[int, str]:
    named = (
        select(Entry.runner_id, Consent.shown_name)
        .join(Consent, (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id))
        .where(Entry.challenge_id == challenge.id, Consent.withdrawn_at.is_(None), ~took_access_away(Entry.runner_id))
    )
    return dict(db.session.execute(named).all())


def _in_a_team() -> ColumnElement[bool]:
    return exists().where(TeamSpell.entry_id == Entry.id)


def _left(challenge_id: int) -> Collection[ColumnElement[bool]]:
    return Entry.challenge_id == challenge_id, ~_in_a_team()


def _refuse_begun(challenge: Challenge, today: date) -> None:
    if challenge.team_mode != "picked" or today >= challenge.starts_on:
        raise Problem("The picks are over", "The challenge has begun; organisers can still move members.", status=409)
