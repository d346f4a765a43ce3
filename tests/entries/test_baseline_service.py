"""Fixing what entries are measured against, on real databases: once, from the ledger, by whoever comes first."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import mean
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jobs import challenges as jobs
from tests.support.baselines import EIGHT, OPEN, START, ran, snapshot
from tests.support.builders import make_challenge, make_connection, make_entry, make_group, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.challenges import NOVEMBER, create
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.entries import baseline_service
from webapp.entries import service as entries_service
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay, Standing
from webapp.models.sync import InitialImport
from webapp.models.words import ImportState
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.runs import RUNNING

BETTER = RuleSet(shape="improvement")


def entered(challenge: Challenge, weekly: Iterable[int] = ()) -> Entry:
    runner = make_runner()
    ran(runner.id, weekly)
    return make_entry(challenge, runner)


def shared_by(entry: Entry, **consent: Any) -> None:
    """Let the runner of an entry be a member who consents to this."""
    group = db.session.get_one(Challenge, entry.challenge_id).group_id
    make_member(db.session.get_one(Group, group), db.session.get_one(Runner, entry.runner_id), **consent)


def facts(entry: Entry) -> tuple[int | None, int | None, bool | None, int | None]:
    db.session.refresh(entry)
    return entry.baseline, entry.baseline_weeks, entry.baseline_own, entry.usual_longest_m


def test_the_mean_of_eight_weeks_and_the_longest_run_of_twelve_are_snapshot(app: Flask) -> None:
    entry = entered(make_challenge(make_group()), EIGHT)
    snapshot(db.session.get_one(Challenge, entry.challenge_id))
    assert facts(entry) == (20_000, 8, True, 99_000)
    assert entry.baseline_snapshot_at == OPEN


@pytest.mark.parametrize(
    ("rules", "baseline"),
    [
        (RuleSet(measure="moving_time"), 6_666),
        (RuleSet(measure="climb"), 7),
        (RuleSet(measure="runs"), 1),
        (RuleSet(measure="active_days"), 1),
        (RuleSet(measure="points", shape="steps"), 20_000),
    ],
)
def test_a_baseline_is_in_the_unit_of_the_measure(app: Flask, rules: RuleSet, baseline: int) -> None:
    entry = entered(make_challenge(make_group(), rules=rules), [20_000] * 8)
    snapshot(db.session.get_one(Challenge, entry.challenge_id))
    assert facts(entry)[0] == baseline


def test_walks_count_in_a_baseline_where_they_count_in_the_challenge(app: Flask) -> None:
    group = make_group()
    walking = RuleSet(counts=Eligibility(sports=RUNNING | {"Walk"}))
    runner = make_runner()
    ran(runner.id, [10_000] * 8)
    ran(runner.id, [6_000] * 8, sport_class="foot")
    means = []
    for name, rules in (
        ("Runs", RuleSet()),
        ("Both", walking),
        ("Days", RuleSet("active_days", counts=walking.counts)),
    ):
        challenge = make_challenge(group, name=name, rules=rules)
        entry = make_entry(challenge, runner)
        snapshot(challenge)
        means.append(facts(entry)[0])
    assert means == [10_000, 16_000, 1]


def test_without_three_weeks_the_group_s_median_is_taken_and_said_so(app: Flask) -> None:
    challenge = make_challenge(make_group())
    for metres in (10_000, 30_000, 80_000):
        shared_by(entered(challenge, [metres] * 8))
    new, three = entered(challenge, [50_000, 50_000]), entered(challenge, [5_000] * 4)
    shared_by(three)
    snapshot(challenge)
    # The first run was on a Wednesday: of its week only half is history.
    assert facts(new) == (20_000, 1, False, None)
    assert facts(three) == (5_000, 3, True, 5_000)


def test_the_median_says_nothing_of_who_keeps_theirs_back(app: Flask) -> None:
    challenge = make_challenge(make_group())
    for metres, level in ((10_000, "totals"), (17_000, "points"), (30_000, "totals")):
        shared_by(entered(challenge, [metres] * 8), level=level)
    away = entered(challenge, [90_000] * 8)
    shared_by(away)
    make_connection(db.session.get_one(Runner, away.runner_id), state="deauthorised")
    new = entered(challenge)
    snapshot(challenge)
    assert facts(new) == (20_000, 0, False, None)


def test_where_nobody_shares_theirs_the_median_is_nothing(app: Flask) -> None:
    challenge = make_challenge(make_group())
    shared_by(entered(challenge, [17_000] * 8), level="points")
    new = entered(challenge)
    snapshot(challenge)
    assert facts(new) == (0, 0, False, None)


def test_the_median_of_longest_runs_is_of_those_who_agreed_to_show_theirs(app: Flask) -> None:
    challenge = make_challenge(make_group(), rules=RuleSet("longest_run"))
    for metres, longest_at in ((10_000, OPEN), (17_000, None), (30_000, OPEN)):
        shared_by(entered(challenge, [metres] * 8), longest_at=longest_at)
    new = entered(challenge)
    snapshot(challenge)
    assert facts(new) == (20_000, 0, False, None)


def test_where_nobody_has_history_everybody_starts_from_nothing(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = entered(challenge)
    snapshot(challenge)
    assert facts(entry) == (0, 0, False, None)


def test_a_snapshot_does_not_move_with_the_ledger(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = entered(challenge, EIGHT)
    snapshot(challenge)
    db.session.execute(update(LedgerDay).values(distance_m=1))
    db.session.commit()
    snapshot(challenge, OPEN + timedelta(days=1))
    assert facts(entry)[0] == 20_000
    assert entry.baseline_snapshot_at == OPEN


def test_someone_who_is_being_read_for_the_first_time_is_waited_for(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entered(challenge, [30_000] * 8)
    late = entered(challenge)
    sync = InitialImport(runner_id=late.runner_id, state="reading", asked_at=OPEN)
    db.session.add(sync)
    db.session.commit()
    snapshot(challenge)
    assert facts(late) == (None, None, None, None)
    ran(late.runner_id, [12_000] * 8)
    sync.state = ImportState.DONE
    db.session.commit()
    snapshot(challenge)
    assert facts(late) == (12_000, 7, True, 12_000)


def test_only_challenges_that_have_begun_and_are_not_frozen_have_a_snapshot(app: Flask) -> None:
    group, east = make_group(), make_group(tz="Pacific/Kiritimati")
    for home, name, values in (
        (group, "coming", {"starts_on": date(2026, 11, 3)}),
        (group, "today", {"starts_on": date(2026, 11, 2)}),
        (east, "there already", {"starts_on": date(2026, 11, 3)}),
        (group, "past", {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}),
        (group, "frozen", {"frozen_at": OPEN}),
    ):
        make_entry(make_challenge(home, name=name, **values), make_runner())
    begun = baseline_service.begun_challenges(OPEN)
    names = select(Challenge.name).where(Challenge.id.in_(begun)).order_by(Challenge.id)
    assert db.session.scalars(names).all() == ["today", "there already", "past"]
    frozen = db.session.scalars(select(Entry).join(Challenge).where(Challenge.name == "frozen")).one()
    assert baseline_service.snapshot_own_baselines(frozen.challenge_id, [frozen.id], OPEN) == set()


def test_the_score_follows_in_the_same_transaction(app: Flask) -> None:
    challenge = make_challenge(make_group(), rules=BETTER)
    entry = entered(challenge, [21_000] * 8)
    begin_write()
    ingest(entry.runner_id, [reported("1")])
    db.session.commit()
    snapshot(challenge, datetime(2026, 11, 12, 20, tzinfo=UTC))
    # 10 km of the 90 that four weeks and two days of 21 km come to.
    assert db.session.get_one(Standing, entry.id).total == 11_111


def test_a_runner_who_joins_late_has_a_snapshot_on_joining(app: Flask) -> None:
    group = make_group()
    challenge = create(group, replace(NOVEMBER, rules=BETTER))
    runner = make_member(group, make_runner()).runner_id
    ran(runner, EIGHT)
    begin_write()
    entry_id = entries_service.enter(challenge, runner, OPEN)
    db.session.commit()
    assert facts(db.session.get_one(Entry, entry_id))[:3] == (20_000, 8, True)


def test_a_runner_who_joins_before_the_start_has_a_snapshot_when_it_begins(app: Flask) -> None:
    group = make_group()
    challenge = create(group)
    runner = make_member(group, make_runner()).runner_id
    ran(runner, EIGHT)
    entry_id = entries_service.enter(challenge, runner, datetime(2026, 10, 20, tzinfo=UTC))
    db.session.commit()
    assert facts(db.session.get_one(Entry, entry_id)) == (None, None, None, None)


def test_baselines_stay_while_the_ledger_says_the_same_of_a_day() -> None:
    distance, points = RuleSet(), RuleSet(measure="points", shape="steps")
    assert not baseline_service.measures_differently(distance, points)
    assert all(
        baseline_service.measures_differently(distance, RuleSet(measure=measure))
        for measure in ("runs", "active_days", "longest_run")
    )


@pytest.mark.both_databases
def test_another_measure_makes_every_snapshot_again(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entry = entered(challenge, [20_000] * 8)
    snapshot(challenge)
    challenge.rules = RuleSet(measure="runs")
    baseline_service.reset_baselines(challenge.id)
    db.session.commit()
    snapshot(challenge)
    assert facts(entry)[0] == 1


def test_a_sweep_makes_snapshots_of_what_has_begun_and_publishes_them(app: Flask) -> None:
    group = make_group()
    challenge = make_challenge(group)
    entry = entered(challenge, EIGHT)
    make_member(group, db.session.get_one(Runner, entry.runner_id))
    jobs.begin_sweep()
    run_jobs(app)
    assert facts(entry)[0] == 20_000
    assert db.session.get_one(Challenge, challenge.id).version > 0


def test_a_sweep_cut_off_midway_ends_the_same(app: Flask) -> None:
    rng = random.Random(4)
    ends = []
    for cut in (None, 1, 3):
        challenge = make_challenge(make_group(), name=f"cut {cut}")
        rng.seed(4)
        entries = [entered(challenge, [rng.randrange(40_000)] * rng.choice([0, 1, 2, 5, 9])) for _ in range(8)]
        if cut:
            begin_write()
            baseline_service.snapshot_own_baselines(
                challenge.id, baseline_service.entries_without_baseline(challenge.id)[:cut], OPEN
            )
            db.session.commit()
        snapshot(challenge)
        ends.append([facts(entry) for entry in entries])
    assert ends[0] == ends[1] == ends[2]


def test_two_sweeps_at_once_make_one_snapshot_of_each_entry(app: Flask) -> None:
    challenge = make_challenge(make_group())
    entries = [entered(challenge, [20_000] * 8) for _ in range(5)]
    challenge_id, both = challenge.id, Barrier(2)
    fixed: list[int] = []

    def run(hours: int) -> None:
        with app.app_context():
            both.wait()
            begin_write()
            to_snapshot = baseline_service.entries_without_baseline(challenge_id)
            done = baseline_service.snapshot_own_baselines(challenge_id, to_snapshot, OPEN + timedelta(hours=hours))
            db.session.commit()
            fixed.extend(done)

    db.session.rollback()
    threads = [Thread(target=run, args=(hours,)) for hours in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fixed) == sorted(entry.id for entry in entries)
    assert db.session.scalar(select(func.count(Entry.baseline_snapshot_at.distinct()))) == 1


def test_the_ledger_is_read_as_a_plain_loop_over_its_days_reads_it(app: Flask) -> None:
    rng = random.Random(11)
    challenge = make_challenge(make_group())
    for _ in range(30):
        runner = make_runner()
        days = rng.sample(range(-5, 100), rng.randrange(40))
        for n in days:
            sums = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": 1, "distance_m": rng.randrange(1, 30_000)}
            day = START - timedelta(days=n)
            db.session.add(LedgerDay(runner_id=runner.id, sport_class="run", local_date=day, **sums))
        make_entry(challenge, runner)
    snapshot(challenge)
    for entry in db.session.scalars(select(Entry)).all():
        mine = db.session.execute(
            select(LedgerDay.local_date, LedgerDay.distance_m).where(
                LedgerDay.runner_id == entry.runner_id, LedgerDay.local_date < START
            )
        ).all()
        ago = [((START - day).days, metres) for day, metres in mine]
        weeks = min(8, max((days for days, _ in ago), default=0) // 7)
        if weeks >= 3:
            by_week = [sum(metres for days, metres in ago if (days - 1) // 7 == n) for n in range(weeks)]
            assert (entry.baseline, entry.baseline_own) == (round(mean(by_week)), True)
        else:
            assert entry.baseline_own is False
