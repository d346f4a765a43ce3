"""Entering a challenge, leaving it, and coming back."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.challenges import NOVEMBER, create, members_of_teams, stints_of
from webapp.db import db
from webapp.entries import service as entries_service
from webapp.models.challenges import Challenge, Entry
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import Stint

pytestmark = pytest.mark.both_databases


def test_a_late_joiner_goes_to_the_smallest_team_from_that_day_on_and_is_scored_whole(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue", "Green"])
    runner = make_member(group).runner_id
    entry_id = entries_service.enter(challenge, runner, NOON)
    db.session.commit()
    assert members_of_teams(challenge)["Blue"] == [runner]
    entry = db.session.get_one(Entry, entry_id)
    assert stints_of(entry) == [Stint(challenge.teams[1].id, NOON.date(), None)]
    assert db.session.get_one(Standing, entry.id).total == 0
    assert entries_service.enter(challenge, runner, NOON) is None


def entered(challenge: Challenge, runner_id: int) -> date:
    """Enter a runner late, and return the date from which they run for a team."""
    entry_id = entries_service.enter(challenge, runner_id, NOON)
    db.session.commit()
    return stints_of(db.session.get_one(Entry, entry_id))[0].from_date


@pytest.mark.parametrize("leave", ["challenge", "group"])
def test_a_first_late_joining_may_bring_the_whole_window_to_a_team_and_coming_back_never(
    app: Flask, leave: str
) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, replace(NOVEMBER, late_counts_whole=True), mode="named", names=["Red", "Blue"])
    runner = make_member(group).runner_id
    assert entered(challenge, runner) == challenge.starts_on
    for _ in range(2):
        if leave == "challenge":
            entries_service.step_out(challenge, runner, NOON)
        else:
            entries_service.withdraw(group.id, runner)
        db.session.commit()
        assert entered(challenge, runner) == NOON.date()
    assert entered(challenge, make_member(group).runner_id) == challenge.starts_on


def test_withdrawing_reaches_one_group_or_all(app: Flask) -> None:
    runner, groups = make_runner(), [make_group(), make_group()]
    challenges = [make_challenge(group) for group in groups]
    for challenge in challenges:
        make_entry(challenge, runner)
    entries_service.withdraw(groups[0].id, runner.id)
    assert db.session.scalars(select(Entry.challenge_id)).all() == [challenges[1].id]
    for _ in range(2):
        entries_service.withdraw(None, runner.id)
        assert db.session.scalars(select(Entry.challenge_id)).all() == []
