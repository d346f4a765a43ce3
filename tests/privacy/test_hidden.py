"""A runner who took our access at Strava away is hidden at once: nothing of theirs stands on any page of the others."""

from datetime import date, timedelta

import pytest
from flask import Flask

from jobs.challenges import mileage_sweep
from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.browser import Browser, signed_in, words
from tests.support.builders import make_challenge, make_connection
from tests.support.cast import comes_back, run_jobs
from tests.support.disputes import Dispute
from tests.support.every_page import pages
from tests.support.looking_back import add_days, close_month
from webapp import queue
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.job_names import Job
from webapp.leaderboards import service as boards
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.reviews.service import Ruled
from webapp.rule_changes.service import change_rules
from webapp.rulebook.judging import Decision
from webapp.rulebook.ruleset import RuleSet

DECEMBER = {"starts_on": date(2026, 12, 1), "ends_on": date(2026, 12, 31), "name": "December", "team_mode": "picked"}


@pytest.fixture
def made(app: Flask) -> Made:
    """Make a group with two months behind it, one that runs by changed rules, and one that is still to be drafted."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"], teams=["Reds"], roles={0: "organiser"})
    for month in ("2026-09", "2026-10"):
        close_month(made.group, month, dict(zip(made.runners, ((5000, 3), (9000, 4), (7000, 4)), strict=True)))
    add_days([(runner, date(2026, 10, 1) + timedelta(days=n), 7000) for runner in made.runners for n in range(45)])
    set_total(made, dict(zip(made.entries, (5000, 9000, 7000), strict=True)))
    publish(made)
    begin_write()
    running = db.session.get_one(Challenge, made.challenge.id)
    change_rules(running, RuleSet("distance", "daily_cap", {"cap": 8000}), "Long days", made.runners[0], NOON)
    db.session.commit()
    queue.enqueue(Job.CHANGE_RULES, running.id)
    run_jobs(app)
    return made


@pytest.fixture
def drafted(made: Made) -> Challenge:
    challenge = make_challenge(made.group, teams=("Reds", "Blues"), **DECEMBER)
    for runner in made.runners:
        db.session.add(Entry(challenge_id=challenge.id, runner_id=runner, joined_at=NOON))
    db.session.commit()
    mileage_sweep()
    return challenge


def showing(app: Flask, made: Made, drafted: Challenge, name: str) -> set[str]:
    """Return the endings of the addresses on which Caro reads that name."""
    browser = signed_in(app, db.session.get_one(Runner, made.runners[2]))
    home = f"/g/{made.group.slug}"
    december = [f"{home}/c/{drafted.id}{tail}" for tail in ("", "/draft", "/baselines")]
    inside = [path for path in pages(app, made) if path.startswith(f"{home}/")]
    return {path.removeprefix(home) for path in (*inside, *december) if name in words(browser.get(path))}


def test_someone_who_took_our_access_away_is_on_no_page_until_they_come_back(
    app: Flask, made: Made, drafted: Challenge
) -> None:
    before = showing(app, made, drafted, "Ben Ode")
    changed, draft = f"/c/{made.challenge.id}/rules/changes", f"/c/{drafted.id}/draft"
    assert {"/seasons", "/hall-of-fame", "/range", changed, draft, f"/c/{drafted.id}/baselines"} <= before
    ben = make_connection(db.session.get_one(Runner, made.runners[1]), state="deauthorised")
    boards.hide_runner(ben.runner_id)
    db.session.commit()
    run_jobs(app)
    assert showing(app, made, drafted, "Ben Ode") == set()
    comes_back(app, ben)
    assert showing(app, made, drafted, "Ben Ode") == before


def test_lists_of_members_keep_the_row_of_a_hidden_runner_without_the_name(
    app: Flask, made: Made, drafted: Challenge
) -> None:
    organiser, ben = Browser(app), db.session.get_one(Runner, made.runners[1])
    organiser.sign_in_as(db.session.get_one(Runner, made.runners[0]))
    home = f"/g/{made.group.slug}"
    record_audit(
        made.group.id, "member_moved", made.runners[0], NOON, subject_id=ben.id, challenge_id=made.challenge.id
    )
    db.session.commit()
    lists = [home, f"{home}/c/{drafted.id}/fix-teams", f"{home}/members/{ben.id}", f"{home}/log"]
    assert all("Ben Ode" in words(organiser.get(path)) for path in lists)
    make_connection(ben, state="deauthorised")
    boards.hide_runner(ben.id)
    db.session.commit()
    run_jobs(app)
    for path in lists:
        page = words(organiser.get(path))
        assert "Ben Ode" not in page and "A hidden runner" in page, path
    himself = signed_in(app, ben)
    assert "Ben Ode" in words(himself.get(home))


def test_the_log_quotes_no_name_of_a_hidden_runner(app: Flask, made: Made) -> None:
    organiser, ben = Browser(app), db.session.get_one(Runner, made.runners[1])
    organiser.sign_in_as(db.session.get_one(Runner, made.runners[0]))
    record_audit(made.group.id, "member_renamed", ben.id, NOON, subject_id=ben.id, words="Benny is now Ben Ode")
    db.session.commit()
    log = f"/g/{made.group.slug}/log"
    assert "Benny" in words(organiser.get(log))
    make_connection(ben, state="deauthorised")
    assert "Benny" not in words(organiser.get(log))


@pytest.mark.both_databases
def test_a_hidden_organiser_is_not_named_as_the_one_who_decided(app: Flask) -> None:
    dispute = Dispute(app)
    review_id = dispute.ask()
    dispute.decide(review_id, Ruled(Decision.LEAVE_OUT, "Too fast."))
    otto = signed_in(app, dispute.otto)
    review = f"/g/{dispute.group.slug}/reviews/{review_id}"
    assert "Olga Orlova" in words(otto.get(review))
    make_connection(dispute.olga, state="deauthorised")
    assert "Olga Orlova" not in words(otto.get(review)) and "A hidden runner" in words(otto.get(review))
