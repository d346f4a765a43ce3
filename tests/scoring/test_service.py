"""Deriving: however the runs came to be what they are, the same rows are stored."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from integrations.strava.types import ActivityRow
from tests.support.builders import make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.derived import derive_from_nothing, everything, read_in
from tests.support.runs import reported
from tests.support.worker import queued
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.groups import Group
from webapp.models.scoring import Standing
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.scoring.service import rederive, rederive_challenge, rederive_entry

pytestmark = pytest.mark.both_databases

SEVEN = datetime(2026, 11, 12, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _december(app: Flask) -> None:
    """All days of November have begun."""
    clock().set(now=datetime(2026, 12, 1, 12, tzinfo=UTC))


def standing_of(entry: Entry) -> tuple[int, int]:
    row = db.session.execute(select(Standing.total, Standing.days).where(Standing.entry_id == entry.id)).one()
    db.session.rollback()
    return row[0], row[1]


def marks() -> dict[int, date | None]:
    found = dict(db.session.execute(select(Standing.entry_id, Standing.dirty_from)).all())
    db.session.rollback()
    return found


def clear_marks() -> None:
    db.session.execute(update(Standing).values(dirty_from=None))
    db.session.commit()


def test_a_run_becomes_a_day_a_total_a_share_and_a_line_in_the_ledger(november: Challenge, ana: Entry) -> None:
    assert read_in(ana.runner_id, [reported("1")]) == {november.id}
    team_id = ana.stints[0].team_id
    day = date(2026, 11, 12)
    assert everything() == {
        "ledger_day": {(ana.runner_id, "run", day, 10_000, 3_000, 40, 1, 10_000)},
        "day_score": {(ana.id, day, november.id, team_id, 10_000, 1, 10_000)},
        "standing": {(ana.id, november.id, team_id, 10_000, 1)},
        "team_share": {(ana.id, team_id, 10_000, 1, False)},
    }


def test_an_entry_without_runs_has_a_standing_of_nothing(november: Challenge, ana: Entry) -> None:
    begin_write()
    assert rederive_entry(ana.id, clock().now()) == {november.id}
    db.session.commit()
    assert standing_of(ana) == (0, 0)
    assert marks() == {ana.id: november.ends_on}


def test_deriving_again_changes_nothing_and_marks_nothing(ana: Entry) -> None:
    read_in(
        ana.runner_id,
        [reported("1"), reported("2", local_date=date(2026, 11, 14), start_utc=SEVEN + timedelta(days=2))],
    )
    clear_marks()
    begin_write()
    assert rederive(ana.runner_id, None, clock().now()) == set()
    assert rederive(ana.runner_id, {date(2026, 11, 12)}, clock().now()) == set()
    assert rederive_entry(ana.id, clock().now()) == set()
    db.session.commit()
    assert marks() == {ana.id: None}


def test_the_mark_is_the_earliest_date_that_changed(ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1")])
    clear_marks()
    later = reported("2", local_date=date(2026, 11, 20), start_utc=SEVEN + timedelta(days=8))
    read_in(ana.runner_id, [later])
    assert marks() == {ana.id: date(2026, 11, 20)}
    read_in(ana.runner_id, gone=("1",))
    assert marks() == {ana.id: date(2026, 11, 12)}
    read_in(ana.runner_id, [replace(later, distance_m=11_000)])
    assert marks() == {ana.id: date(2026, 11, 12)}


def test_a_day_that_changes_under_the_same_total_is_marked(ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1")])
    clear_marks()
    read_in(ana.runner_id, [reported("1", local_date=date(2026, 11, 13))])
    assert marks() == {ana.id: date(2026, 11, 12)}
    assert standing_of(ana) == (10_000, 1)


@pytest.mark.parametrize(
    ("change", "total"),
    [
        ({"distance_m": 12_345}, 12_345),
        ({"sport_type": "Ride"}, 0),
        ({"private": True}, 0),
        ({"manual": True}, 0),
        ({"flagged": True}, 0),
        ({"local_date": date(2026, 12, 1)}, 0),
        ({"moving_s": 0}, 0),
        ({"moving_s": 900}, 0),
    ],
)
def test_an_edit_and_its_undoing_both_tell(ana: Entry, change: dict[str, Any], total: int) -> None:
    read_in(ana.runner_id, [reported("1")])
    before = everything()
    read_in(ana.runner_id, [reported("1", **change)])
    assert standing_of(ana)[0] == total
    assert everything() == derive_from_nothing()
    read_in(ana.runner_id, [reported("1")])
    assert everything() == before


def test_removing_the_longer_of_two_watches_lets_the_other_count(ana: Entry) -> None:
    read_in(ana.runner_id, [reported("1"), reported("2", distance_m=10_300)])
    assert standing_of(ana) == (10_300, 1)
    read_in(ana.runner_id, gone=("2",))
    assert standing_of(ana) == (10_000, 1)


def test_a_change_reaches_through_a_chain_of_overlaps_into_other_days_and_months(
    november: Challenge, ana: Entry
) -> None:
    group, runner = db.session.get_one(Group, november.group_id), db.session.get_one(Runner, ana.runner_id)
    make_entry(make_challenge(group, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31)), runner)
    night = datetime(2026, 10, 31, 23, tzinfo=UTC)
    chain = [
        reported("1", start_utc=night, local_date=date(2026, 10, 31), elapsed_s=3600, distance_m=9_000),
        reported(
            "2",
            start_utc=night + timedelta(minutes=50),
            local_date=date(2026, 10, 31),
            elapsed_s=3600,
            distance_m=8_000,
        ),
        reported(
            "3",
            start_utc=night + timedelta(minutes=100),
            local_date=date(2026, 11, 1),
            elapsed_s=3600,
            distance_m=7_000,
        ),
    ]
    for row in reversed(chain):
        read_in(ana.runner_id, [row])
    assert everything() == derive_from_nothing()
    read_in(ana.runner_id, gone=("1",))
    ledger = {row[2:4] for row in everything()["ledger_day"]}
    # 2 now stands and 3 gives way: in the ledger, and in November, of whose dates 2 is not.
    assert ledger == {(date(2026, 10, 31), 8_000)}
    assert standing_of(ana) == (0, 0)
    assert everything() == derive_from_nothing()


def test_changing_teams_moves_the_days_of_the_new_stint(november: Challenge, ana: Entry) -> None:
    herons, otters = db.session.scalars(select(Team.id).order_by(Team.position)).all()
    days = [
        reported(str(day), local_date=date(2026, 11, day), start_utc=SEVEN + timedelta(days=day)) for day in (2, 9, 20)
    ]
    read_in(ana.runner_id, days)
    clear_marks()
    begin_write()
    db.session.execute(update(TeamStint).values(to_date=date(2026, 11, 8)))
    db.session.add(TeamStint(entry_id=ana.id, team_id=otters, from_date=date(2026, 11, 9)))
    db.session.flush()
    assert rederive_entry(ana.id, clock().now()) == {november.id}
    db.session.commit()
    assert everything()["team_share"] == {(ana.id, herons, 10_000, 1, False), (ana.id, otters, 20_000, 2, False)}
    assert marks() == {ana.id: date(2026, 11, 9)}
    assert everything() == derive_from_nothing()


def test_a_change_of_teams_is_marked_even_without_a_run(november: Challenge, ana: Entry) -> None:
    begin_write()
    rederive_entry(ana.id, clock().now())
    db.session.commit()
    clear_marks()
    begin_write()
    db.session.execute(update(TeamStint).values(team_id=ana.stints[0].team_id + 1))
    assert rederive_challenge(november.id, clock().now()) == {november.id}
    db.session.commit()
    assert marks() == {ana.id: november.ends_on}


def test_only_you_runs_follow_the_wish_of_their_owner(app: Flask) -> None:
    group, runner = make_group(), make_runner()
    make_member(group, runner)
    challenge = make_challenge(group, rules=RuleSet(counts=Eligibility(private=True)))
    entry = make_entry(challenge, runner)
    read_in(runner.id, [reported("1", private=True)])
    assert standing_of(entry) == (0, 0)
    choose(group.id, runner.id, count_private=True)
    assert (Job.PUBLISH_BOARD, challenge.id) in queued()
    assert standing_of(entry) == (10_000, 1)
    choose(group.id, runner.id, count_private=False)
    assert standing_of(entry) == (0, 0)


def test_dates_outside_every_window_change_no_challenge(ana: Entry) -> None:
    assert read_in(ana.runner_id, [reported("1", local_date=date(2026, 10, 24))]) == set()
    assert len(everything()["ledger_day"]) == 1


def test_a_runner_who_is_gone_is_no_error(app: Flask) -> None:
    begin_write()
    assert rederive(4711, None, clock().now()) == set()
    assert rederive_entry(4711, clock().now()) == set()
    assert rederive_challenge(4711, clock().now()) == set()


def test_a_challenge_is_derived_for_everybody(november: Challenge) -> None:
    entries = [make_entry(november, make_runner(f"Runner {number}")) for number in range(20)]
    begin_write()
    for number, entry in enumerate(entries):
        rows = [reported(f"{entry.id}-{day}", start_utc=SEVEN + timedelta(days=day)) for day in range(number)]
        ingest(entry.runner_id, rows)
    assert rederive_challenge(november.id, clock().now()) == {november.id}
    db.session.commit()
    assert [standing_of(entry)[0] for entry in entries] == [10_000 * number for number in range(20)]
    begin_write()
    assert rederive_challenge(november.id, clock().now()) == set()
    db.session.commit()


def test_a_total_holds_the_points_of_seventy_days_at_the_bounds(app: Flask) -> None:
    a_lot = {"out": 1000, "rate": 100, "rate_beyond": 100, "per": "km"}
    rules = RuleSet(measure="points", shape="steps", params=a_lot)
    teams = make_challenge(make_group(), starts_on=date(2026, 9, 1), rules=rules, teams=("Herons",))
    entry = make_entry(teams, make_runner(), db.session.scalars(select(Team)).one())
    days = [SEVEN - timedelta(days=number) for number in range(70)]
    far = {"distance_m": 319_614, "moving_s": 86_400, "elapsed_s": 86_400}
    read_in(entry.runner_id, [reported(f"{day:%j}", start_utc=day, local_date=day.date(), **far) for day in days])
    total, active = standing_of(entry)
    assert total > 2**31 and active == 70
    assert everything() == derive_from_nothing()


SPORTS = ("Run", "Run", "Run", "TrailRun", "Walk", "Ride")


def drawn(dice: random.Random, source_id: str) -> ActivityRow:
    start = datetime(2026, 10, 30, tzinfo=UTC) + timedelta(minutes=dice.randrange(4 * 24 * 60))
    offset = timedelta(hours=dice.choice((-12, 0, 8, 14)))
    return reported(
        source_id,
        start_utc=start,
        local_date=(start + offset).date(),
        start_hidden=dice.random() < 0.1,
        sport_type=dice.choice(SPORTS),
        distance_m=dice.choice((0, 5_000, 10_000, dice.randrange(20_000))),
        elapsed_s=dice.choice((None, 3_000, 90_000)),
        private=dice.random() < 0.1,
        manual=dice.random() < 0.1,
    )


@pytest.mark.parametrize("seed", [0])
def test_any_history_of_uploads_edits_and_deletions_ends_in_the_same_rows(ana: Entry, seed: int) -> None:
    assert_any_history_ends_in_the_same_rows(ana, seed)


# Chance picks other histories; each of them runs on one database.
@pytest.mark.only_sqlite
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_more_histories_end_in_the_same_rows(ana: Entry, seed: int) -> None:
    assert_any_history_ends_in_the_same_rows(ana, seed)


def assert_any_history_ends_in_the_same_rows(ana: Entry, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(60):
        ids = [str(dice.randrange(1, 25)) for _ in range(dice.randrange(4))]
        gone = tuple(str(dice.randrange(1, 25)) for _ in range(dice.randrange(2)))
        read_in(ana.runner_id, [drawn(dice, source_id) for source_id in ids], gone)
    assert everything() == derive_from_nothing()
