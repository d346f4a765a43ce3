"""The team of each runner, and how far each ran before."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.support.builders import make_group, make_member, make_runner
from tests.support.challenges import create, ran
from webapp.paging import Page
from webapp.teams.queries import recent_mileage, team_choices

pytestmark = pytest.mark.both_databases


def test_recent_mileage_is_running_in_the_eight_weeks_before_and_none_is_zero(app: Flask) -> None:
    group = make_group()
    runner, idle = make_member(group).runner_id, make_member(group).runner_id
    start = date(2026, 11, 1)
    for day, metres in ((start, 1), (start - timedelta(days=1), 10), (start - timedelta(days=56), 100)):
        ran(runner, day, metres)
    ran(runner, start - timedelta(days=57), 1000)
    ran(runner, start - timedelta(days=2), 10_000, sport="foot")
    assert recent_mileage(group.id, start) == {runner: 110, idle: 0}


def test_the_page_of_teams_shows_who_is_where_now(app: Flask) -> None:
    group = make_group()
    for name in ("Zoe", "Adam"):
        make_member(group, make_runner(name))
    challenge = create(group, mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    assert [(choice.name, choice.team_id) for choice in team_choices(challenge, Page(1, 50))] == [
        ("Adam", blue),
        ("Zoe", red),
    ]
