"""Read the chase of teams: the viewer's own and the next one, with odds where scores are sums or averages."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Select, and_, bindparam, case, exists, func, select

from webapp.cache import cached
from webapp.chase.odds_queries import shared_forms_of
from webapp.leaderboards.queries import BoardContext
from webapp.leaderboards.statement_queries import CONSENT, PLACEMENT, read, table
from webapp.leaderboards.team_queries import BoardTeam, teams_of
from webapp.models.scoring import DayScore, TeamShare
from webapp.privacy.gate import is_capped
from webapp.privacy.queries import shares_totals
from webapp.rulebook.chase_outlook import TeamOutlook, team_outlook
from webapp.rulebook.measures import Unit
from webapp.rulebook.odds import time_left
from webapp.rulebook.odds_forms import ChaseSide, RunnerForm, matchup, shown_odds
from webapp.rulebook.odds_measures import has_odds
from webapp.rulebook.odds_words import NoOdds, ShownOdds, no_odds

DAY, SHARE = table(DayScore), table(TeamShare)
# Members are read one by one, so that a page costs no more where teams are larger.
MAX_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class TeamRival:
    """The team next ahead or behind, and how far; a `gap` of None is not shown."""

    id: int
    name: str
    gap: int | None


@dataclass(frozen=True, slots=True)
class Idle:
    """How many members of a team have not run yet this week, of those who show it."""

    count: int
    members: int


@dataclass(frozen=True, slots=True)
class TeamChase:
    """The chase of the viewer's team, as `macros/chase.html` draws it. `odds`: those of the one behind in its pair.

    `takes`: what it takes the one behind, of teams that are too large for odds.
    """

    mine: BoardTeam
    unit: Unit
    ahead: TeamRival | None
    behind: TeamRival | None
    odds: ShownOdds | None
    takes: TeamOutlook | None
    idle: Idle | None


def team_chase(context: BoardContext, now: datetime) -> TeamChase | None:
    """Return the chase of the viewer's team; None without one, and where it is the only one."""
    viewer = context.viewer
    if viewer.team_id is None:
        return None
    teams = teams_of(viewer, viewer.team_id)
    place = next((n for n, team in enumerate(teams) if team.is_mine), None)
    if place is None or len(teams) < 2:
        return None
    mine = teams[place]
    ahead = next((team for team in reversed(teams[:place]) if team.rank != mine.rank), None)
    behind = next((team for team in teams[place + 1 :] if team.rank not in (mine.rank, None)), None)
    is_live = viewer.days_left(now) > 0
    pair = _pair(mine, ahead, behind) if is_live else None
    unit: Unit = "percent" if context.rules.team_score == "met" else context.rules.unit
    return TeamChase(
        mine,
        unit,
        _rival(mine, ahead),
        _rival(mine, behind),
        _odds(context, *pair, now) if pair else None,
        _takes(context, *pair, viewer.days_left(now)) if pair else None,
        _idle(context, mine, now) if is_live else None,
    )


def _rival(mine: BoardTeam, other: BoardTeam | None) -> TeamRival | None:
    if other is None:
        return None
    gap = None if mine.score is None or other.score is None else int(abs(mine.score - other.score))
    return TeamRival(other.id, other.name, gap)


def _pair(mine: BoardTeam, ahead: BoardTeam | None, behind: BoardTeam | None) -> tuple[BoardTeam, BoardTeam] | None:
    """Return the viewer's team and the one ahead or, if none is ahead, the one behind and the viewer's."""
    if ahead is not None:
        return mine, ahead
    return (behind, mine) if behind is not None else None


def _takes(context: BoardContext, behind: BoardTeam, ahead: BoardTeam, days_left: int) -> TeamOutlook | None:
    if _why_none(context, (behind, ahead)) != "large_teams" or behind.score is None or ahead.score is None:
        return None
    is_average = context.rules.team_score == "average"
    return team_outlook(ahead.score - behind.score, days_left, behind.members_now, is_average=is_average)


def _odds(context: BoardContext, behind: BoardTeam, ahead: BoardTeam, now: datetime) -> ShownOdds:
    if why := _why_none(context, (behind, ahead)):
        return no_odds(why)
    left = time_left(now, ZoneInfo(context.viewer.tz), context.viewer.ends_on)
    sides = _sides(context, (behind, ahead), now)
    return shown_odds(matchup(context.rules, *sides, left)) if sides else no_odds("team_withheld")


def _why_none(context: BoardContext, pair: Sequence[BoardTeam]) -> NoOdds | None:
    if not has_odds(context.rules):
        return "no_mean"
    if context.rules.team_score not in ("sum", "average"):
        return "team_score"
    if any(team.score is None for team in pair):
        return "team_withheld"
    return "large_teams" if any(team.size > MAX_MEMBERS for team in pair) else None


def _sides(context: BoardContext, pair: Sequence[BoardTeam], now: datetime) -> tuple[ChaseSide, ChaseSide] | None:
    """Return both teams as every viewer may know them; None if somebody brought something and does not show it."""
    ids = [team.id for team in pair]
    values = {"group": context.viewer.group_id, "teams": ids}
    if read(_withheld_share(is_capped()), values).first() is not None:
        return None
    members = read(_MEMBERS, values).all()
    by_team: defaultdict[int, list[int]] = defaultdict(list)
    for team_id, runner_id in members:
        by_team[team_id].append(runner_id)
    forms = shared_forms_of(context, [runner for _, runner in members], now).by_runner
    behind, ahead = (_side(context, team, [forms[each] for each in by_team[team.id] if each in forms]) for team in pair)
    return behind, ahead


def _side(context: BoardContext, team: BoardTeam, forms: Sequence[RunnerForm]) -> ChaseSide:
    divisor = max(1, team.active) if context.rules.team_score == "average" else 1
    return ChaseSide(tuple(forms), team.total or 0, divisor)


# Statements are built once, where the cap of the installation is part of them for each of its states.
_TEAMS: BindParameter[Any] = bindparam("teams", expanding=True)
_MEMBERS = select(PLACEMENT.c.team_id, PLACEMENT.c.runner_id).where(PLACEMENT.c.team_id.in_(_TEAMS))
_CONSENTED = and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group"))


@cache
def _withheld_share(_capped: bool) -> Select[int]:
    """Select an entry that brought something to one of the teams and does not show it."""
    return (
        select(SHARE.c.entry_id)
        .join(PLACEMENT, PLACEMENT.c.entry_id == SHARE.c.entry_id)
        .join(CONSENT, _CONSENTED)
        .where(SHARE.c.team_id.in_(_TEAMS), SHARE.c.total > 0, ~shares_totals(CONSENT.c))
        .limit(1)
    )


def _idle(context: BoardContext, team: BoardTeam, now: datetime) -> Idle | None:
    """Return how many have not run yet this week; None where days are not shown, or would be those of one member."""
    viewer = context.viewer
    if not context.rules.measured.adds_up or team.members_now > MAX_MEMBERS:
        return None
    today = now.astimezone(ZoneInfo(viewer.tz)).date()
    since = max(viewer.starts_on, today - timedelta(days=today.weekday()))
    found = cached((*viewer.edition, "idle", team.id, today), partial(_idle_since, context, team, since))
    return found if found.members > 1 else None


def _idle_since(context: BoardContext, team: BoardTeam, since: date) -> Idle:
    ran = select(DAY.c.entry_id).where(
        DAY.c.entry_id == PLACEMENT.c.entry_id, DAY.c.local_date >= since, DAY.c.runs > 0
    )
    members = (
        select(func.count(), func.coalesce(func.sum(case((exists(ran), 0), else_=1)), 0))
        .select_from(PLACEMENT)
        .join(CONSENT, _CONSENTED)
        .where(PLACEMENT.c.team_id == team.id, shares_totals(CONSENT.c))
        .where(PLACEMENT.c.runner_id.not_in(context.breaks.keys()))
    )
    count, idle = read(members, {"group": context.viewer.group_id}).one()
    return Idle(int(idle), int(count))
