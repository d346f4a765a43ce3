"""Reading the teams of a published board."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select

from webapp.cache import cached
from webapp.formatting import score
from webapp.leaderboards import final_board_queries
from webapp.leaderboards.queries import Viewer, final_board_ref_of, hides_figures, rules_of
from webapp.leaderboards.statement_queries import CONSENT, CONSENTED, ENTRY, PLACEMENT, read, table
from webapp.models.challenges import Team
from webapp.models.leaderboards import TeamPlacement
from webapp.models.scoring import TeamShare
from webapp.models.words import ConsentLevel
from webapp.paging import Page
from webapp.privacy.gate import shared
from webapp.privacy.photo_queries import photo_link
from webapp.privacy.queries import consent_holds
from webapp.rulebook import ranking
from webapp.rulebook.measures import Unit
from webapp.rulebook.results import TeamPlace, figures_stay, last_of
from webapp.rulebook.ruleset import RuleSet

TEAM, TEAM_PLACEMENT, SHARE = (table(model) for model in (Team, TeamPlacement, TeamShare))

FOLDED = 10
# If a challenge has more teams than this, the members of the others are shown only on the teams' own pages.
UNFOLDED_TEAMS = 30


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member of a team with what they brought to it, as the group may see it."""

    runner_id: int
    name: str
    total: int | None
    active_days: int | None
    is_me: bool
    total_text: str
    # The address of their photo, None for initials.
    photo: str | None


@dataclass(frozen=True, slots=True)
class _TeamRow:
    team_id: int
    name: str
    total: int
    members: int
    active: int
    met: int
    score: int
    score_of: int
    rank_only: int


@dataclass(frozen=True, slots=True)
class BoardTeam:
    """A team on the board, ranked by its score; `total` is what its members brought together.

    `rank` is None for a team at zero. Score and total are None, and their texts "–", if they would reveal the part of
    somebody who has left or does not show their total. `size` counts its members now and those who ran for it earlier.
    """

    id: int
    name: str
    rank: int | None
    score: Fraction | None
    total: int | None
    active: int
    members_now: int
    met: int
    score_text: str
    total_text: str
    average_text: str
    is_mine: bool = False
    members: tuple[TeamMember, ...] = ()

    @property
    def size(self) -> int:
        return max(self.members_now, self.active)

    @property
    def more(self) -> int:
        return max(0, self.size - len(self.members))


_TEAMS = (
    select(
        TEAM.c.id,
        TEAM.c.name,
        *(func.coalesce(TEAM_PLACEMENT.c[name], 0) for name in ("total", "members", "active", "met", "score")),
        func.coalesce(TEAM_PLACEMENT.c.score_of, 1),
        func.coalesce(TEAM_PLACEMENT.c.rank_only, 0),
    )
    .select_from(TEAM)
    .outerjoin(TEAM_PLACEMENT, TEAM_PLACEMENT.c.team_id == TEAM.c.id)
    .where(TEAM.c.challenge_id == bindparam("challenge"))
    .order_by(TEAM.c.position)
)
_SHARES = (
    select(ENTRY.c.runner_id, CONSENTED, SHARE.c.total, SHARE.c.days)
    .select_from(SHARE)
    .join(PLACEMENT, PLACEMENT.c.entry_id == SHARE.c.entry_id)
    .join(ENTRY, ENTRY.c.id == SHARE.c.entry_id)
    .join(CONSENT, and_(CONSENT.c.runner_id == ENTRY.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .where(SHARE.c.team_id == bindparam("team"), consent_holds(CONSENT.c), ~PLACEMENT.c.rank_only)
    .order_by(SHARE.c.total.desc(), SHARE.c.entry_id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


# Present members without a figure: they have not brought anything yet, or show their rank alone.
_WITHOUT_FIGURE = (
    select(PLACEMENT.c.runner_id, CONSENTED)
    .select_from(PLACEMENT)
    .join(CONSENT, and_(CONSENT.c.runner_id == PLACEMENT.c.runner_id, CONSENT.c.group_id == bindparam("group")))
    .outerjoin(SHARE, and_(SHARE.c.entry_id == PLACEMENT.c.entry_id, SHARE.c.team_id == PLACEMENT.c.team_id))
    .where(PLACEMENT.c.team_id == bindparam("team"), consent_holds(CONSENT.c))
    .where(or_(SHARE.c.entry_id.is_(None), PLACEMENT.c.rank_only))
    .order_by(CONSENT.c.search_name, PLACEMENT.c.entry_id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def teams_of(viewer: Viewer, my_team: int | None = None) -> list[BoardTeam]:
    """Return the teams by score, ties in team order, each with who brought most; the viewer's own marked."""
    teams = cached((*viewer.edition, viewer.units, "teams"), lambda: _teams(viewer))
    return [_as_seen(team, viewer, my_team) for team in teams]


def team_of(viewer: Viewer, team_id: int, my_team: int | None = None) -> BoardTeam | None:
    """Return one team as `teams_of` does; None when there is no such team in the challenge."""
    return next((team for team in teams_of(viewer, my_team) if team.id == team_id), None)


def members_page(viewer: Viewer, team_id: int, wanted: int) -> tuple[list[TeamMember], Page]:
    """Return a page of a team's members, the wanted one or the last.

    The member who brought most comes first. Members who have not brought anything yet, or show their rank alone, are
    below, by name.
    """
    values = {"group": viewer.group_id, "team": team_id}
    sharing, idle = _count(_SHARES, values), _count(_WITHOUT_FIGURE, values)
    page = Page.of(sharing + idle, ranking.PAGE, wanted)
    found = _members(viewer, rules_of(viewer).unit, team_id, page.size, page.offset)
    if room := page.size - len(found):
        rest = read(_WITHOUT_FIGURE, values | {"limit": room, "offset": max(0, page.offset - sharing)})
        found += [_without_figure(viewer, *row) for row in rest]
    return [replace(member, is_me=member.runner_id == viewer.runner_id) for member in found], page


def _count(members: Select[*tuple[Any, ...]], values: dict[str, int]) -> int:
    everybody = members.order_by(None).limit(None).offset(None).subquery()
    return int(read(select(func.count()).select_from(everybody), values).scalar_one())


def _without_figure(viewer: Viewer, runner_id: int, consent: str) -> TeamMember:
    level, photo, name = consent.split("/", 2)
    seen = shared(ConsentLevel(level), {"name": name, "photo": photo, "days": 0})
    link = photo_link(viewer.slug, runner_id, seen["photo"])
    return TeamMember(runner_id, seen["name"], 0, seen["days"], False, "–", link)


def _teams(viewer: Viewer) -> Sequence[BoardTeam]:
    unit, rule_set = rules_of(viewer).unit, rules_of(viewer)
    teams = _final_teams(viewer, rule_set) if viewer.is_final else _ranked(viewer, rule_set)
    return [
        replace(team, members=tuple(_members(viewer, unit, team.id, FOLDED, 0))) if place < UNFOLDED_TEAMS else team
        for place, team in enumerate(teams)
    ]


def _ranked(viewer: Viewer, rule_set: RuleSet) -> list[BoardTeam]:
    rows = [(Fraction(row.score, row.score_of), row) for row in _read_teams(viewer)]
    rows.sort(key=lambda scored: (-scored[0], scored[1].rank_only > 0))
    places = ranking.ranks([score for score, _ in rows], [row.rank_only > 0 for _, row in rows])
    return [
        _team(viewer.units, rule_set, ranking.place_of(rank, score), score, row)
        for rank, (score, row) in zip(places, rows, strict=True)
    ]


def _final_teams(viewer: Viewer, rule_set: RuleSet) -> list[BoardTeam]:
    """Return the teams as they were when the challenge was frozen."""
    board = final_board_ref_of(viewer)
    found, hidden = final_board_queries.teams(board), final_board_queries.teams_of_hidden(board)
    rows = [team.at for team in found if not team.at.former]
    sharing = Counter(row.rank for row in rows)
    at_zero = [row.rank for row in rows if row.score == 0]
    ranked = []
    for name, row in ((team.name, team.at) for team in found):
        if figures_stay(row.former, row.team_id in hidden):
            rank, team = row.rank, _team_of_row(viewer.units, rule_set, name, row)
        else:
            rank = row.rank if row.former else last_of(row.rank, sharing[row.rank])
            team = _without_figures(row.team_id, name, None, row.active, row.members)
        # A team that is ranked with or behind teams at zero has no score either.
        has_place = rank < min(at_zero, default=rank + 1)
        ranked.append((rank, replace(team, rank=rank if has_place else None)))
    return [team for _, team in sorted(ranked, key=lambda place: place[0])]


def _team_of_row(units: str, rule_set: RuleSet, name: str, row: TeamPlace) -> BoardTeam:
    figures = (row.total, row.members, row.active, row.met, row.score, row.score_of)
    result = _TeamRow(row.team_id, name, *figures, 0)
    return _team(units, rule_set, None, Fraction(row.score, row.score_of), result)


def _read_teams(viewer: Viewer) -> list[_TeamRow]:
    return [_TeamRow(*row) for row in read(_TEAMS, {"challenge": viewer.challenge_id})]


def _without_figures(team_id: int, name: str, rank: int | None, active: int, members: int) -> BoardTeam:
    return BoardTeam(team_id, name, rank, None, None, active, members, 0, "–", "–", "")


def _team(units: str, rule_set: RuleSet, rank: int | None, points: Fraction, row: _TeamRow) -> BoardTeam:
    if row.rank_only or (hides_figures(rule_set) and row.active):
        return _without_figures(row.team_id, row.name, rank, row.active, row.members)
    unit = rule_set.unit
    score_unit = "percent" if rule_set.team_score == "met" else unit
    words = (
        score(int(points), score_unit, units),
        score(row.total, unit, units),
        score(row.total // row.active, unit, units) if row.active else "",
    )
    return BoardTeam(row.team_id, row.name, rank, points, row.total, row.active, row.members, row.met, *words)


def _members(viewer: Viewer, unit: Unit, team_id: int, limit: int, offset: int) -> list[TeamMember]:
    values = {"group": viewer.group_id, "team": team_id, "limit": limit, "offset": offset}
    return [_member(viewer, unit, *row) for row in read(_SHARES, values)]


def _member(viewer: Viewer, unit: Unit, runner_id: int, consent: str, total: int, days: int) -> TeamMember:
    level, photo, name = consent.split("/", 2)
    row = {"name": name, "photo": photo, "total": total, "days": days}
    seen = shared(ConsentLevel(level), row, in_points=unit == "points")
    text = "–" if seen["total"] is None else score(seen["total"], unit, viewer.units)
    link = photo_link(viewer.slug, runner_id, seen["photo"])
    return TeamMember(runner_id, seen["name"], seen["total"], seen["days"], False, text, link)


def _as_seen(team: BoardTeam, viewer: Viewer, my_team: int | None) -> BoardTeam:
    if team.id != my_team:
        return team
    members = tuple(replace(member, is_me=member.runner_id == viewer.runner_id) for member in team.members)
    return replace(team, is_mine=True, members=members)
