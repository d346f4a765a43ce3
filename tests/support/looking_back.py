"""A group with a past, for tests: members, closed challenges with their results, and days of the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import insert

from tests.support.boards import NOON, make_board
from tests.support.builders import make_challenge
from webapp.db import db
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.results import Result, TeamResult
from webapp.models.scoring import LedgerDay
from webapp.rulebook.lifecycle import month_window
from webapp.rulebook.ranking import ranks
from webapp.rulebook.ruleset import RuleSet

Ran = tuple[int, int]  # total, days


def make_crowd(names: Sequence[str]) -> tuple[Group, list[int]]:
    """Make a group and members by these names who share totals, in a November that runs; return it with their ids."""
    made = make_board(names, roles={0: "organiser"})
    return made.group, made.runners


def close_month(
    group: Group, month: str, ran: Mapping[int, Ran], *, rules: RuleSet | None = None, teams: tuple[str, ...] = ()
) -> Challenge:
    """Make the closed challenge of a month ("2026-10") with these results; teams stand in the order given."""
    first, last = month_window(int(month[:4]), int(month[5:]))
    values = {"name": f"{first:%B %Y}", "starts_on": first, "ends_on": last, "frozen_at": NOON, "unread": 0}
    challenge = make_challenge(group, teams=teams, rules=rules or RuleSet(), **values)
    order = sorted(ran, key=lambda runner: (-ran[runner][0], runner))
    places = ranks([ran[runner][0] for runner in order])
    rows = [
        {
            "challenge_id": challenge.id, "place": place, "rank": rank, "runner_id": runner,
            "total": ran[runner][0], "days": ran[runner][1],
            "team_id": challenge.teams[place % len(teams)].id if teams else None,
        }
        for place, (runner, rank) in enumerate(zip(order, places, strict=True), start=1)
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(Result), rows)
    for rank, team in enumerate(challenge.teams, start=1):
        sums = {"score": 1000 - rank, "score_of": 1, "total": 1000 - rank, "members": 2, "active": 2, "met": 0}
        db.session.add(TeamResult(team_id=team.id, challenge_id=challenge.id, rank=rank, **sums))
    db.session.commit()
    return challenge


def add_days(days: Iterable[tuple[int, date, int]]) -> None:
    """Add days to the ledger: (runner, date, metres), with time, climb, runs and the longest run in step."""
    rows = [
        {
            "runner_id": runner, "sport_class": "run", "local_date": day, "distance_m": metres,
            "moving_s": metres // 3, "climb_m": metres // 100, "runs": 2, "longest_m": metres * 3 // 4,
        }
        for runner, day, metres in days
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(LedgerDay), rows)
    db.session.commit()
