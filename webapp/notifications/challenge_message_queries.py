"""Reading what notifications say of challenges: that they begin, that they are final, and what organisers do then."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.db import db
from webapp.formatting import days_in_words, score
from webapp.groups.permissions import Permission
from webapp.models.challenges import Team
from webapp.models.results import Result
from webapp.notifications.message_rules import Details, Told, of_members


def begins_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say when a challenge begins and ends."""
    return {one.id: Details("board.board", _here(one), _window(one, now)) for one in of_members(told) if one.challenge}


def _window(one: Told, now: datetime) -> dict[str, object]:
    assert one.challenge
    dates = {"starts_on": one.challenge.starts_on, "ends_on": one.challenge.ends_on}
    return {**dates, "is_today": one.today(now) == one.challenge.starts_on}


def final_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read the reader's own result: what they ran, and never a place."""
    told = [one for one in of_members(told) if one.challenge]
    keys = {(one.challenge.id, one.runner_id) for one in told if one.challenge}
    challenges, runners = ({key[place] for key in keys} for place in (0, 1))
    mine = select(Result.challenge_id, Result.runner_id, Result.total, Result.days)
    rows = db.session.execute(mine.where(Result.challenge_id.in_(challenges), Result.runner_id.in_(runners)))
    results = {(challenge, runner): (total, days) for challenge, runner, total, days in rows if runner is not None}
    return {one.id: Details("board.board", _here(one), _result(one, results)) for one in told}


def _result(one: Told, results: Mapping[tuple[int, int], tuple[int | None, int | None]]) -> dict[str, object]:
    assert one.challenge
    total, days = results.get((one.challenge.id, one.runner_id), (None, None))
    if not total:
        return {"total": None, "days": None}
    return {"total": score(total, one.challenge.rules.unit, one.units), "days": days_in_words(days or 0)}


def no_successor_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say to those who can change it that nothing follows a challenge."""
    return {
        one.id: Details(
            "groups.group",
            {"slug": one.group.slug},
            {"ends_on": one.challenge.ends_on, "is_over": one.today(now) > one.challenge.ends_on},
        )
        for one in of_members(told)
        if one.challenge and one.group and one.group.lets(Permission.MANAGE_SERIES)
    }


def turn_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Read the team for which the reader picks next, until the challenge begins."""
    told = [one for one in of_members(told) if one.challenge and one.today(now) < one.challenge.starts_on]
    challenges, runners = ({one.challenge.id for one in told if one.challenge}, {one.runner_id for one in told})
    led = select(Team.challenge_id, Team.captain_id, Team.name)
    rows = db.session.execute(led.where(Team.challenge_id.in_(challenges), Team.captain_id.in_(runners)))
    teams = {(challenge, captain): name for challenge, captain, name in rows}
    return {
        one.id: Details("drafts.draft", _here(one), {"team": team, "starts_on": one.challenge.starts_on})
        for one in told
        if one.challenge and (team := teams.get((one.challenge.id, one.runner_id)))
    }


def _here(one: Told) -> dict[str, object]:
    assert one.group and one.challenge
    return {"slug": one.group.slug, "challenge_id": one.challenge.id}
