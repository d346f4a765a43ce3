"""Reading the archive of a group: its closed challenges year by year, each with who won it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, extract, func, select

from webapp.db import db
from webapp.formatting import score
from webapp.leaderboards.final_board_queries import final_board_ref, teams_of_hidden
from webapp.models.challenges import Challenge, Team
from webapp.models.groups import Consent
from webapp.models.results import Result, TeamResult
from webapp.models.words import ConsentLevel
from webapp.privacy.gate import shared
from webapp.privacy.queries import consent_holds, is_hidden_runner, shares_totals, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.stand_ins import FORMER, PRIVATE_LONGEST_RUN

# The number of runners who share a first place and are named; the others are counted.
NAMES = 3


@dataclass(frozen=True, slots=True)
class Winners:
    """Those who share the first place: some names, how many more there are, and what they won with."""

    names: tuple[str, ...]
    more: int
    former: int
    text: str

    @property
    def called(self) -> tuple[str, ...]:
        """The names to write, with words for those that cannot be shown. Never empty."""
        return self.names + (FORMER,) * self.former or (PRIVATE_LONGEST_RUN,)


@dataclass(frozen=True, slots=True)
class ArchivedChallenge:
    """A closed challenge as the archive shows it; `winners` is None where nobody has run or no results are kept.

    `has_results`: were results stored? There may be none of anybody, where nobody agreed to be seen.
    """

    id: int
    name: str
    starts_on: date
    ends_on: date
    runners: int
    winners: Winners | None
    teams: tuple[str, ...]
    has_results: bool


@dataclass(frozen=True, slots=True)
class ArchivePlace:
    """One of those who share a first place; level and name are None for a former member.

    `shared_by` counts those who show as much of themselves as this one does: their total, or the rank alone.
    """

    rank_only: bool
    total: int | None
    shared_by: int
    level: ConsentLevel | None
    name: str | None
    longest: bool


def years_of(group_id: int) -> list[int]:
    """Return the years in which closed challenges of the group ended, the latest first."""
    year = extract("year", Challenge.ends_on)
    closed = select(year).where(Challenge.group_id == group_id, Challenge.frozen_at.is_not(None))
    return [int(found) for found in db.session.scalars(closed.distinct().order_by(year.desc()))]


def archived_challenges_of(group_id: int, year: int, units: str) -> list[ArchivedChallenge]:
    """Return the closed challenges that ended in `year`, the latest first, with three short reads for all of them."""
    closed = select(Challenge).where(
        Challenge.group_id == group_id,
        Challenge.frozen_at.is_not(None),
        Challenge.ends_on.between(date(year, 1, 1), date(year, 12, 31)),
    )
    challenges = db.session.scalars(closed.order_by(Challenge.ends_on.desc(), Challenge.id.desc())).all()
    ids = [challenge.id for challenge in challenges]
    runners, firsts, teams = _runners(ids), _firsts(group_id, ids), _first_teams(challenges)
    return [
        ArchivedChallenge(
            challenge.id, challenge.name, challenge.starts_on, challenge.ends_on, runners.get(challenge.id, 0),
            _winners(challenge, firsts[challenge.id], units), tuple(teams[challenge.id]),
            challenge.checksum is not None,
        )
        for challenge in challenges
    ]  # fmt: skip


def _runners(ids: Collection[int]) -> dict[int, int]:
    counted = select(Result.challenge_id, func.count()).where(Result.challenge_id.in_(ids))
    return dict(db.session.execute(counted.group_by(Result.challenge_id)).all())


def _firsts(group_id: int, ids: Collection[int]) -> defaultdict[int, list[ArchivePlace]]:
    """Return the first few of those on rank 1 by challenge, and how many share it, whether or not they may be named."""
    rank_only = and_(Consent.id.is_not(None), ~shares_totals())
    alike = (Result.challenge_id, rank_only)
    place = func.row_number().over(partition_by=alike, order_by=Result.place).label("nth")
    sharing = func.count().over(partition_by=alike).label("sharing")
    consent = and_(
        Consent.group_id == group_id,
        Consent.runner_id == Result.runner_id,
        consent_holds(),
        ~is_hidden_runner(Result.runner_id),
    )
    first = (
        select(Result.challenge_id, Result.place, rank_only.label("rank_only"), Result.total, sharing, place)
        .add_columns(Consent.level, Consent.shown_name, shows(LONGEST).label("longest"))
        .outerjoin(Consent, consent)
        .where(Result.challenge_id.in_(ids), Result.rank == 1)
        .subquery()
    )
    columns = (first.c[name] for name in ("rank_only", "total", "sharing", "level", "shown_name", "longest"))
    named = select(first.c.challenge_id, *columns).where(first.c.nth <= NAMES)
    named = named.order_by(first.c.challenge_id, first.c.rank_only, first.c.place)
    found = defaultdict(list)
    for challenge_id, *values in db.session.execute(named):
        found[challenge_id].append(ArchivePlace(*values))
    return found


def _winners(challenge: Challenge, places: Sequence[ArchivePlace], units: str) -> Winners | None:
    if not places or all(place.total == 0 for place in places):
        return None
    rules = challenge.shown_rules or challenge.rules
    if not rules.has_places:
        return None
    if not rules.is_in_points and not places[0].rank_only:
        # The others stand behind: their total would be that of those who show it.
        places = [place for place in places if not place.rank_only]
    shared_by = sum({place.rank_only: place.shared_by for place in places}.values())
    places = places[:NAMES]
    # The longest of several is a single run, which needs a consent of its own.
    single = not rules.measured.adds_up
    named = [place for place in places if place.name]
    values = [{"name": place.name, "total": place.total} for place in named]
    seen = [shared(place.level, row, in_points=rules.is_in_points) for place, row in zip(named, values, strict=True)]
    totals = [row["total"] for row in seen if row["total"] is not None]
    # Those who share a place have the same total: one who shows it would show the others' too.
    if single and not all(place.longest for place in named):
        totals = []
    text = score(totals[0], rules.unit, units) if totals else ""
    # The first place itself says whose run was the longest.
    names = tuple(row["name"] for row, place in zip(seen, named, strict=True) if place.longest or not single)
    return Winners(names, shared_by - len(places), len(places) - len(named), text)


def _first_teams(challenges: Sequence[Challenge]) -> dict[int, list[str]]:
    won = select(TeamResult.challenge_id, Team.id, Team.name).join(Team, Team.id == TeamResult.team_id)
    # The score of a team is hidden if somebody who ran for it has left; its place stays.
    scored = (TeamResult.score > 0) | (TeamResult.former > 0)
    ids = [challenge.id for challenge in challenges]
    won = won.where(TeamResult.challenge_id.in_(ids), TeamResult.rank == 1, scored)
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for challenge_id, team_id, name in db.session.execute(won.order_by(Team.position)):
        found[challenge_id][team_id] = name
    return {challenge.id: _firsts_apart(challenge, found[challenge.id]) for challenge in challenges}


def _firsts_apart(challenge: Challenge, teams: dict[int, str]) -> list[str]:
    """Return the names of first teams. Those whose figures are hidden stand behind those whose are not."""
    if len(teams) < 2:
        return list(teams.values())
    rules = challenge.shown_rules or challenge.rules
    hidden = teams_of_hidden(final_board_ref(challenge.id, challenge.group_id, rules))
    return [name for team_id, name in teams.items() if team_id not in hidden] or list(teams.values())
