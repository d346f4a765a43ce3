"""What boards and verdicts must be, by the second opinion on the rows of Strava's own list, and what they are."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.end_to_end.world import Contest, Crew, Entrant, World
from tests.oracle.judging import Opinion, Row, second_opinion
from tests.support.strava import listed
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.scoring.verdict_queries import verdicts_of


@dataclass
class Compared:
    """How much was found equal. `differences` says in words what was not."""

    boards: int = 0
    totals: int = 0
    teams: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    # Every row that was judged within a window, and the application's verdict on it.
    rows: dict[int, list[Row]] = field(default_factory=dict)
    judged: dict[int, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def athletes(self) -> int:
        return len(self.rows)

    def check(self, where: str, said: object, expected: object) -> None:
        if said != expected:
            self.differences.append(f"{where}: {said}, by the second opinion {expected}")


def compare(world: World, *, verdicts: bool = True) -> Compared:
    """Compare every page of every board and every verdict on every run with the second opinion.

    A board that is final is compared with itself, as it was when it became so. Without `verdicts`, which are most of
    the work, boards alone are compared: each of their totals is made of verdicts.
    """
    rows = {athlete_id: world.rows(entrant) for athlete_id, entrant in world.everybody.items()}
    compared = Compared(rows=rows)
    for crew, contest in world.contests:
        if contest.id in world.final:
            board = board_of(crew, contest)
            compared.check(f"{crew.slug} {contest.month:%Y-%m}, final", board, world.final[contest.id])
            compared.boards += 1
            continue
        opinions = {entrant.athlete_id: _opinion(entrant, contest, rows) for entrant in contest.entrants}
        _compare_board(crew, contest, opinions, compared)
        if verdicts:
            _compare_verdicts(world, contest, rows, opinions, compared)
    return compared


def board_of(crew: Crew, contest: Contest) -> dict[str, Any]:
    """Return every page of a board, as a member reads it."""
    return crew.members[-1].walker.board(crew.slug, contest.id)


def opinions_now(world: World) -> dict[tuple[int, int], Opinion]:
    """Return what the second opinion makes by now of final challenges, by challenge and athlete, of all on Strava."""
    rows = {athlete_id: listed(world.simulator, athlete_id) for athlete_id in world.everybody}
    return {
        (contest.id, entrant.athlete_id): _opinion(entrant, contest, rows)
        for _, contest in world.contests
        if contest.id in world.final
        for entrant in contest.entrants
    }


def _opinion(entrant: Entrant, contest: Contest, rows: dict[int, list[Row]]) -> Opinion:
    return second_opinion(
        _around(contest, rows[entrant.athlete_id]),
        *contest.window,
        count_private=entrant.count_private,
        allow_private=contest.allow_private,
        allow_manual=contest.allow_manual,
    )


def _around(contest: Contest, rows: list[Row]) -> list[Row]:
    """Return the rows of the window and of two days on each side, which must not matter."""
    first, last = (f"{day}" for day in (contest.window[0] - timedelta(days=2), contest.window[1] + timedelta(days=3)))
    return [row for row in rows if first <= row["start_date_local"] < last]


def _compare_board(crew: Crew, contest: Contest, opinions: dict[int, Opinion], compared: Compared) -> None:
    where = f"{crew.slug} {contest.month:%Y-%m}"
    board = board_of(crew, contest)
    runners = {row["name"]: row for row in board["runners"]}
    compared.check(f"{where} names", sorted(runners), sorted(entrant.name for entrant in contest.entrants))
    ranks = [row["rank"] or len(board["runners"]) + 1 for row in board["runners"]]
    compared.check(f"{where} order", ranks, sorted(ranks))
    totals = [opinion.total for opinion in opinions.values()]
    for entrant in contest.entrants:
        opinion = opinions[entrant.athlete_id]
        rank = 1 + sum(total > opinion.total for total in totals) if opinion.total else None
        said = {name: runners.get(entrant.name, {}).get(name) for name in ("rank", "total", "days")}
        expected = {"rank": rank, "total": opinion.total, "days": opinion.active_days}
        compared.check(f"{where} {entrant.name}", said, expected)
    _compare_teams(where, contest, opinions, board, compared)
    compared.boards += 1
    compared.totals += len(totals)


def _compare_teams(
    where: str, contest: Contest, opinions: dict[int, Opinion], board: dict[str, Any], compared: Compared
) -> None:
    told = {row["name"]: row["team"] for row in board["runners"]}
    teams = _teams(contest, told)
    if not contest.drawn:
        expected = {entrant.name: teams.get(entrant.athlete_id) for entrant in contest.entrants}
        compared.check(f"{where} who runs where", told, expected)
    sums = dict.fromkeys(contest.teams, 0)
    for athlete_id, opinion in opinions.items():
        for day, value in opinion.days.items():
            if contest.teams and day >= contest.joined_late.get(athlete_id, day):
                sums[_team_on(contest, athlete_id, day, teams)] += value
    said = {team["name"]: (team["rank"], team["total"], team["members"]) for team in board["teams"]}
    members = Counter(teams.values())
    expected_teams = {
        name: (1 + sum(other > total for other in sums.values()) if total else None, total, members[name])
        for name, total in sums.items()
    }
    compared.check(f"{where} teams", said, expected_teams)
    compared.teams += len(sums)


def _teams(contest: Contest, told: dict[str, str | None]) -> dict[int, str]:
    """Return the team of each athlete now. Which ones were drawn together, only the board can tell."""
    if contest.drawn:
        return {entrant.athlete_id: told[entrant.name] or "" for entrant in contest.entrants}
    teams: dict[int, str] = {}
    for entrant in contest.entrants if contest.teams else ():
        sizes = Counter(teams.values())
        teams[entrant.athlete_id] = min(contest.teams, key=lambda name: (sizes[name], contest.teams.index(name)))
    return teams | {athlete_id: move.after for athlete_id, move in contest.moves.items()}


def _team_on(contest: Contest, athlete_id: int, day: date, teams: dict[int, str]) -> str:
    move = contest.moves.get(athlete_id)
    return move.before if move and day < move.on else teams[athlete_id]


def _compare_verdicts(
    world: World, contest: Contest, rows: dict[int, list[Row]], opinions: dict[int, Opinion], compared: Compared
) -> None:
    """Compare what each runner reads of each of their activities in the window, and of near misses around it."""
    with world.app.app_context():
        challenge = db.session.get_one(Challenge, contest.id)
        for entrant in contest.entrants:
            found = [
                each
                for each in verdicts_of(entrant.runner_id, challenge, clock().now())
                if each.activity.local_date >= world.oldest
            ]
            said = {int(each.activity.source_id): each.verdict.value for each in found}
            near = [row for row in _around(contest, rows[entrant.athlete_id]) if _day(row) >= world.oldest]
            expected = _shown(contest, near, opinions[entrant.athlete_id])
            compared.check(f"{contest.month:%Y-%m} verdicts of {entrant.name}", *_unlike(said, expected))
            compared.verdicts.update(said.values())
            compared.judged.update((number, verdict) for number, verdict in said.items() if verdict != "outside_window")
        db.session.remove()


def _shown(contest: Contest, rows: list[Row], opinion: Opinion) -> dict[int, str]:
    first, last = contest.window
    shown = {}
    for row in rows:
        day, verdict = _day(row), opinion.verdicts[row["id"]]
        near = first - timedelta(days=1) <= day <= last + timedelta(days=1)
        if first <= day <= last or (near and verdict == "outside_window"):
            shown[row["id"]] = verdict
    return shown


def _day(row: Row) -> date:
    return date.fromisoformat(row["start_date_local"][:10])


def _unlike(said: dict[int, str], expected: dict[int, str]) -> tuple[dict[int, str], dict[int, str]]:
    """Return of both only what differs, so that a difference can be read."""
    ids = {number for number in said.keys() | expected.keys() if said.get(number) != expected.get(number)}
    return {n: said[n] for n in ids & said.keys()}, {n: expected[n] for n in ids & expected.keys()}
