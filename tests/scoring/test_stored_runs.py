"""Which runs are stored, what is frozen, and what stays although its runs are gone."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from tests.support.builders import (
    freeze,
    make_challenge,
    make_connection,
    make_entry,
    make_group,
    make_member,
    make_runner,
)
from tests.support.derived import everything, read_in
from tests.support.runs import reported_on
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.scoring import LedgerDay, Standing
from webapp.models.sync import Connection
from webapp.scoring.service import rederive, rederive_challenge, rederive_entry

SECOND, THIRD, TWELFTH = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 12)


@dataclass(frozen=True, slots=True)
class Stored:
    runner_id: int
    challenge: Challenge
    entry: Entry


@pytest.fixture
def stored(app: Flask) -> Stored:
    """A runner in November's challenge, who ran on three days; runs are stored from October on."""
    group, ana = make_group(), make_runner()
    make_member(group, ana)
    make_connection(ana, read_from=date(2026, 10, 31))
    challenge = make_challenge(group)
    entry = make_entry(challenge, ana)
    read_in(ana.id, [reported_on("1", SECOND), reported_on("2", THIRD), reported_on("3", TWELFTH)])
    return Stored(ana.id, challenge, entry)


def purge(runner_id: int, until: date) -> None:
    """Remove the runs before a date, as the purge does."""
    db.session.execute(delete(Activity).where(Activity.runner_id == runner_id, Activity.local_date < until))
    db.session.get_one(Connection, runner_id).read_from = until
    db.session.commit()


def rederived(runner_id: int) -> set[int]:
    begin_write()
    changed = rederive(runner_id, None, clock().now())
    db.session.commit()
    return changed


def ledger_of(runner_id: int) -> dict[date, int]:
    days = select(LedgerDay.local_date, LedgerDay.distance_m).where(LedgerDay.runner_id == runner_id)
    return dict(db.session.execute(days).all())


def total_of(stored: Stored) -> int:
    return db.session.scalars(select(Standing.total).where(Standing.entry_id == stored.entry.id)).one()


def test_days_before_runs_are_stored_stay_in_the_ledger(stored: Stored) -> None:
    freeze(stored.challenge)
    purge(stored.runner_id, TWELFTH)
    before = everything()
    assert rederived(stored.runner_id) == set()
    assert everything() == before
    read_in(stored.runner_id, [reported_on("3", TWELFTH, distance_m=12_000)])
    assert ledger_of(stored.runner_id) == {SECOND: 10_000, THIRD: 10_000, TWELFTH: 12_000}


def test_a_run_that_is_read_again_of_a_day_long_gone_changes_nothing(stored: Stored) -> None:
    freeze(stored.challenge)
    purge(stored.runner_id, TWELFTH)
    before = everything()
    assert read_in(stored.runner_id, [reported_on("1", SECOND, distance_m=1_000), reported_on("9", SECOND)]) == set()
    assert everything() == before


def test_a_deeper_full_resync_derives_the_days_it_covers_from_the_runs_again(stored: Stored) -> None:
    freeze(stored.challenge)
    purge(stored.runner_id, TWELFTH)
    db.session.get_one(Connection, stored.runner_id).read_from = THIRD
    db.session.commit()
    read_in(stored.runner_id, [reported_on("2", THIRD, distance_m=8_000)])
    assert ledger_of(stored.runner_id) == {SECOND: 10_000, THIRD: 8_000, TWELFTH: 10_000}
    assert total_of(stored) == 30_000


def test_a_frozen_challenge_is_not_derived_again(stored: Stored) -> None:
    freeze(stored.challenge)
    rows = [reported_on("1", SECOND, distance_m=11_000), reported_on("4", THIRD, sport_type="Ride")]
    assert read_in(stored.runner_id, rows) == set()
    assert read_in(stored.runner_id, gone=("2",)) == set()
    begin_write()
    assert (
        rederive_entry(stored.entry.id, clock().now())
        == rederive_challenge(stored.challenge.id, clock().now())
        == set()
    )
    db.session.commit()
    assert rederived(stored.runner_id) == set()
    assert total_of(stored) == 30_000
    assert ledger_of(stored.runner_id) == {SECOND: 11_000, TWELFTH: 10_000}


def test_only_the_frozen_ones_stand_still(stored: Stored) -> None:
    other = make_challenge(make_group())
    entry = make_entry(other, db.session.get_one(Runner, stored.runner_id))
    freeze(stored.challenge)
    assert read_in(stored.runner_id, [reported_on("4", TWELFTH + timedelta(days=1))]) == {other.id}
    assert db.session.scalars(select(Standing.total).where(Standing.entry_id == entry.id)).one() == 40_000
    assert total_of(stored) == 30_000
