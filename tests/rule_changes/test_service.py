"""Changing the rules of a challenge that runs: the board stands until everybody is derived, and what it did is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from integrations.strava.types import ActivityRow
from jobs import leaderboards, scoring
from tests.support.at_once import wait_until_it_waits
from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.derived import derive_from_nothing, everything, read_in
from tests.support.runs import reported
from tests.support.worker import queued
from webapp.activities.service import ingest
from webapp.challenge_admin import closing_service
from webapp.challenges.queries import ChallengeFinished
from webapp.db import begin_write, db
from webapp.entries import service as entries_service
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards.service import differences, publish
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, RuleChange, RuleEffect
from webapp.models.groups import AuditLine
from webapp.models.leaderboards import Placement
from webapp.models.scoring import DayScore
from webapp.rule_changes import service as rule_changes
from webapp.rule_changes.service import ChangeUnderWay, TooManyChanges
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive

CAPPED = RuleSet(shape="daily_cap", params={"cap": 10_000})
NAMES = ("Ana", "Ben", "Cleo")
# Ana runs far on one day, the others nearer on two.
RUNS = {"Ana": {3: 30_000}, "Ben": {3: 9_000, 4: 8_000}, "Cleo": {3: 10_000, 5: 9_000}}


@pytest.fixture
def challenge(app: Flask) -> Challenge:
    """A challenge of three runners, published, in the middle of its month."""
    clock().set(now=NOON)
    group = make_group()
    made = make_challenge(group)
    for name in NAMES:
        runner = make_runner(name)
        make_member(group, runner, role="organiser" if name == "Ana" else "member")
        make_entry(made, runner)
        rows = [a_run(f"{name} {day}", day, metres) for day, metres in RUNS[name].items()]
        read_in(runner.id)
        read_in(runner.id, rows)
    leaderboards.publish_board(made.id)
    run_jobs(app)
    return made


def a_run(source_id: str, day: int, metres: int) -> ActivityRow:
    when = date(2026, 11, day)
    start = NOON.replace(day=day, hour=7)
    return reported(source_id, local_date=when, start_utc=start, distance_m=metres, moving_s=metres // 2)


def runner_called(name: str) -> int:
    return db.session.scalars(select(Runner.id).where(Runner.name == name)).one()


def change(
    challenge: Challenge, rules: RuleSet, reason: str = "One long day decided it"
) -> rule_changes.PendingChange | None:
    begin_write()
    held = db.session.get_one(Challenge, challenge.id, populate_existing=True)
    made = rule_changes.change_rules(held, rules, reason, runner_called("Ana"), clock().now())
    db.session.commit()
    return made


def board(challenge: Challenge) -> dict[str, int]:
    db.session.rollback()
    placed = select(Runner.name, Placement.total).join(Placement, Placement.runner_id == Runner.id)
    return dict(db.session.execute(placed.where(Placement.challenge_id == challenge.id)).all())


def fresh(challenge: Challenge) -> Challenge:
    db.session.rollback()
    return db.session.get_one(Challenge, challenge.id, populate_existing=True)


def test_the_board_stands_by_the_old_rules_until_everybody_is_derived(app: Flask, challenge: Challenge) -> None:
    old = {"Ana": 30_000, "Ben": 17_000, "Cleo": 19_000}
    assert board(challenge) == old
    change(challenge, CAPPED)
    leaderboards.publish_board(challenge.id)
    now = fresh(challenge)
    assert board(challenge) == old and now.is_changing
    assert now.shown_rules == RuleSet() and now.rules == CAPPED
    scoring.change_rules(challenge.id)
    run_jobs(app)
    now = fresh(challenge)
    assert board(challenge) == {"Ana": 10_000, "Ben": 17_000, "Cleo": 19_000}
    assert (now.edition, now.is_changing, now.shown_rules) == (2, False, CAPPED)
    assert differences(challenge.id) == []
    assert everything() == derive_from_nothing()


def test_what_a_change_did_is_kept_for_each_runner(app: Flask, challenge: Challenge) -> None:
    change(challenge, CAPPED)
    scoring.change_rules(challenge.id)
    rows = select(Runner.name, RuleEffect).join(Placement, Placement.runner_id == Runner.id)
    found = db.session.execute(rows.join(RuleEffect, RuleEffect.entry_id == Placement.entry_id)).all()
    effects = {name: (row.rank_before, row.total_before, row.rank_after, row.total_after) for name, row in found}
    assert effects == {"Ana": (1, 30_000, 3, 10_000), "Ben": (3, 17_000, 2, 17_000), "Cleo": (2, 19_000, 1, 19_000)}
    kept = db.session.scalars(select(RuleChange)).one()
    assert (kept.edition, kept.entries, kept.derived) == (2, 3, 3)
    assert (kept.before, kept.after) == (RuleSet(), CAPPED)
    assert kept.done_at is not None and kept.reason == "One long day decided it"
    line = db.session.scalars(select(AuditLine)).one()
    assert (line.action, line.words, line.challenge_id) == ("rules_changed", kept.reason, challenge.id)


def test_the_rules_that_it_has_already_are_no_change(challenge: Challenge) -> None:
    assert change(challenge, RuleSet()) is None
    assert fresh(challenge).edition == 1
    assert db.session.scalar(select(func.count()).select_from(RuleChange)) == 0


def test_progress_is_told_batch_by_batch(challenge: Challenge) -> None:
    made = change(challenge, CAPPED)
    assert made
    derived = select(RuleChange.derived)
    told_of = [db.session.scalars(derived).one() for _ in scoring.derived_by_new_rules(made, batch=1)]
    assert told_of == [1, 2, 3]


@pytest.mark.both_databases
def test_a_second_change_waits_for_the_first_one(challenge: Challenge) -> None:
    change(challenge, CAPPED)
    with pytest.raises(ChangeUnderWay):
        change(challenge, RuleSet("moving_time"))
    db.session.rollback()
    scoring.change_rules(challenge.id)
    change(challenge, RuleSet("moving_time"))
    scoring.change_rules(challenge.id)
    assert fresh(challenge).edition == 3
    assert board(challenge)["Ana"] == 15_000


def test_rules_can_change_only_a_limited_number_of_times(challenge: Challenge) -> None:
    for number in range(rule_changes.MAX_CHANGES):
        change(challenge, RuleSet(shape="daily_cap", params={"cap": 10_000 + number}))
        scoring.change_rules(challenge.id)
    with pytest.raises(TooManyChanges):
        change(challenge, RuleSet())
    db.session.rollback()
    assert fresh(challenge).edition == rule_changes.MAX_CHANGES + 1


def test_a_finished_challenge_keeps_its_rules(challenge: Challenge) -> None:
    clock().set(now=NOON + timedelta(days=40))
    with pytest.raises(ChallengeFinished):
        change(challenge, CAPPED)
    db.session.rollback()
    assert fresh(challenge).edition == 1


def test_a_change_that_nobody_derives_is_enqueued_again_and_not_frozen_over(app: Flask, challenge: Challenge) -> None:
    change(challenge, CAPPED)
    clock().set(now=NOON + timedelta(days=40))
    begin_write()
    closing_service.freeze(challenge.id, clock().now())
    db.session.commit()
    assert (Job.CHANGE_RULES, challenge.id) in queued()
    leaderboards.roll_over_days()
    run_jobs(app)
    assert not fresh(challenge).is_changing
    assert board(challenge)["Ana"] == 10_000


def test_two_jobs_for_one_change_end_as_one(app: Flask, challenge: Challenge) -> None:
    made = change(challenge, CAPPED)
    assert made
    scoring.change_rules(challenge.id)
    version = fresh(challenge).version
    begin_write()
    assert not rule_changes.finish(made, NOON.date(), NOON).moved
    db.session.commit()
    scoring.change_rules(challenge.id)
    assert fresh(challenge).version == version


def test_a_run_ingested_between_two_batches_is_right_at_the_end(app: Flask, challenge: Challenge) -> None:
    runners = {name: runner_called(name) for name in NAMES}
    made = change(challenge, CAPPED)
    assert made
    for derived in scoring.derived_by_new_rules(made, batch=1):
        if derived == 2:  # of one who was derived, and of one who was not
            for name in ("Ana", "Cleo"):
                read_in(runners[name], [a_run(f"{name} late", 6, 12_000)])
            leaderboards.publish_board(challenge.id)
    scoring.finish_change(made)
    run_jobs(app)
    assert board(challenge) == {"Ana": 20_000, "Ben": 17_000, "Cleo": 29_000}
    assert differences(challenge.id) == []
    assert everything() == derive_from_nothing()


def test_a_run_being_ingested_by_the_old_rules_is_derived_behind(app: Flask, challenge: Challenge) -> None:
    """The other transaction read the old rules and has not committed when they change and everybody is derived."""
    ana, begun = runner_called("Ana"), Event()

    def change_and_derive() -> None:
        with app.app_context():
            begun.set()
            change(before, CAPPED)
            scoring.change_rules(before.id)
            db.session.remove()

    before = fresh(challenge)
    db.session.expunge(before)
    begin_write()
    rederive(ana, ingest(ana, [a_run("Ana late", 6, 12_000)]).dates, clock().now())
    with ThreadPoolExecutor(1) as pool:
        derived = pool.submit(change_and_derive)
        begun.wait()
        wait_until_it_waits()
        db.session.commit()
        derived.result()
    assert board(challenge)["Ana"] == 20_000
    assert differences(challenge.id) == []


def test_someone_who_goes_while_rules_change_leaves_the_board_as_it_was_for_the_others(challenge: Challenge) -> None:
    change(challenge, RuleSet("points", "steps"))
    begin_write()
    entries_service.withdraw(challenge.group_id, runner_called("Cleo"))
    db.session.commit()
    assert board(challenge) == {"Ana": 30_000, "Ben": 17_000}
    rows = db.session.scalars(select(Placement.gap).order_by(Placement.total)).all()
    assert rows == [13_000, None]
    scoring.change_rules(challenge.id)
    assert board(challenge) == {"Ana": 50_000, "Ben": 54_000}
    assert differences(challenge.id) == []


@pytest.mark.both_databases
def test_a_challenge_that_was_never_published_changes_as_well(app: Flask) -> None:
    clock().set(now=NOON)
    group, ana = make_group(), make_runner("Ana")
    make_member(group, ana, role="organiser")
    challenge = make_challenge(group)
    make_entry(challenge, ana)
    read_in(ana.id)
    read_in(ana.id, [a_run("1", 3, 12_000)])
    change(challenge, CAPPED)
    scoring.change_rules(challenge.id)
    run_jobs(app)
    assert board(challenge) == {"Ana": 10_000}
    assert db.session.scalar(select(func.sum(DayScore.value))) == 10_000
    begin_write()
    assert not publish(challenge.id, NOON.date()).moved
    db.session.commit()
