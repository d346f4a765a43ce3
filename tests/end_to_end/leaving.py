"""One who leaves when months are final, and what their boards must be from then on."""

from typing import Any

from tests.end_to_end.world import Entrant, World
from tests.support.forms import form_with

FORMER = {"name": "A former member", "team": None, "total": None, "days": None}


def leave(world: World) -> None:
    """Let a member of the second group leave it: in its final months they are a former member, and the rest stays.

    From now on these boards are expected.
    """
    crew = world.crews[1]
    gone = crew.members.pop(1)
    path = f"/g/{crew.slug}/leave"
    # The first form of the page is the one that signs out; the token is the same in all of them.
    left = gone.walker.post(path, form_with(gone.walker.read(path)).filled)
    assert left.status_code == 302, left.text
    world.process_jobs()
    for contest in crew.contests:
        world.final[contest.id] = without(world.final[contest.id], gone)


def without(board: dict[str, Any], gone: Entrant) -> dict[str, Any]:
    """Return a final board without one of its runners."""
    rows, teams = [dict(row) for row in board["runners"]], [dict(team) for team in board["teams"]]
    theirs = next((row for row in rows if row["name"] == gone.name), None)
    if theirs is None:
        return board
    for team in teams:
        if team["name"] == theirs["team"] and theirs["days"] and team["rank"]:
            team["rank"] += sum(other["rank"] == team["rank"] for other in teams) - 1
            team["score"] = team["total"] = None
    teams.sort(key=lambda team: int(team["rank"] or len(teams) + 1))
    same = [place for place, row in enumerate(rows) if row["total"] == theirs["total"]]
    rows[rows.index(theirs)] = rows[same[-1]]
    rows[same[-1]] = {**FORMER, "rank": same[-1] + 1 if theirs["total"] else None}
    return {**board, "runners": rows, "teams": teams}
