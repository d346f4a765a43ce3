"""The draft order of runners without a team, and how even teams are."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from flask import Flask

from jobs import challenges as jobs
from tests.support.baselines import ran
from tests.support.browser import words
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.drafted import BEFORE, Draft, Large
from webapp.db import db
from webapp.drafts import queries
from webapp.entries import service as entries_service
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, TeamStint
from webapp.teams import balance_service

OUT = 302
THE_DAY_BEFORE = datetime(2026, 10, 31, 12, tzinfo=UTC)


def test_what_was_run_since_moves_who_waits_up_the_list(app: Flask) -> None:
    large = Large(app, 5)
    first, last = large.runners[2], large.runners[-1]
    assert queries.candidates(large.challenge, first)[0].runner_id == first
    ran(last, [1], local_date=clock().today("UTC") - timedelta(days=1), distance_m=21_097)
    jobs.mileage_sweep()
    db.session.rollback()
    found = queries.candidates(large.challenge, first)
    assert [(one.runner_id, one.mileage) for one in found][:2] == [(last, 21_097), (first, 0)]


@pytest.mark.both_databases
def test_rounds_find_who_waits_wherever_they_came_from(app: Flask) -> None:
    group = make_group()
    runner = make_member(group).runner_id
    today = clock().today("UTC")
    window = {"starts_on": today + timedelta(days=2), "ends_on": today + timedelta(days=9)}
    challenge = make_challenge(group, teams=("Red", "Blue"), team_mode="picked", **window)
    make_entry(challenge, db.session.get_one(Runner, runner))
    assert queries.candidates(challenge, runner) == []
    jobs.mileage_sweep()
    db.session.rollback()
    assert [one.runner_id for one in queries.candidates(challenge, runner)] == [runner]


def test_how_even_teams_are_is_said_beside_lots(app: Flask) -> None:
    draft = Draft(2)
    day = THE_DAY_BEFORE.date()
    for runner, metres in zip((*draft.captains, *draft.others), (40_000, 30_000, 30_000, 20_000), strict=True):
        ran(runner, [metres])
    assert balance_service.balance_of(draft.challenge, day) is not None
    draft.pick(draft.captains[0], draft.others[1])
    draft.pick(draft.captains[1], draft.others[0])
    balance_now = balance_service.balance_of(draft.challenge, day)
    assert balance_now
    assert balance_now.spread == 0
    assert balance_now.by_lot > 0


@pytest.mark.both_databases
@pytest.mark.parametrize("metres", [10_000, 400_000])
def test_how_even_teams_are_says_nothing_of_who_shares_scores_alone(app: Flask, metres: int) -> None:
    draft = Draft(2)
    shy = make_member(draft.group, make_runner("Shy"), level="points").runner_id
    entry_id = entries_service.enter(draft.challenge, shy, BEFORE)
    for runner, ran_metres in zip((*draft.captains, shy), (40_000, 30_000, metres), strict=True):
        ran(runner, [ran_metres])
    stint = {"team_id": draft.challenge.teams[0].id, "from_date": draft.challenge.starts_on}
    db.session.add(TeamStint(entry_id=entry_id, **stint))
    db.session.commit()
    balance_now = balance_service.balance_of(draft.challenge, THE_DAY_BEFORE.date())
    assert balance_now and balance_now.spread == Fraction(100 * 10_000, 35_000)


@pytest.mark.both_databases
def test_of_a_large_challenge_it_is_worked_out_after_each_change(app: Flask) -> None:
    large = Large(app, balance_service.COMPARED_AT_ONCE + 1)
    today = clock().today("UTC")
    for runner, metres in zip(large.runners[:3], (10_000, 30_000, 20_000), strict=True):
        ran(runner, [1], local_date=today - timedelta(days=1), distance_m=metres)
    assert balance_service.balance_of(large.challenge, today) is None
    red, blue = large.challenge.teams
    for team, spread in ((blue, "133 %"), (red, "0 %")):
        form = {f"team-{large.entries[2]}": str(team.id)}
        assert large.browser.post(f"{large.path}/fix-teams", form).status_code == OUT
        run_jobs(app)
        assert f'Strongest team <strong class="num">{spread} ahead' in words(
            large.browser.get(f"{large.path}/fix-teams")
        )
        kept = balance_service.balance_of(db.session.get_one(Challenge, large.challenge.id), today)
        worked_out = balance_service.compared(large.challenge, today)
        assert kept and worked_out
        assert kept.by_lot == pytest.approx(worked_out.by_lot, abs=0.001)
