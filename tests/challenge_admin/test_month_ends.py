"""Ends of months: what comes late, what is edited meanwhile, who cannot be read, and who is erased afterwards."""

from datetime import date, timedelta

from sqlalchemy import select, update

from tests.support.builders import NOON
from tests.support.cast import run_jobs
from tests.support.closing import A_DAY, CLOSED, ENDED, Closing
from tests.support.derived import read_in
from tests.support.runs import reported
from webapp import queue
from webapp.accounts.service import erase_runner
from webapp.challenge_admin.closing_service import freeze
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.challenges import Challenge
from webapp.models.scoring import LedgerDay
from webapp.results.queries import differences


def test_a_run_uploaded_ten_days_late_is_the_runners_and_not_the_tables(closing: Closing) -> None:
    closing.both_read()
    closing.round()
    clock().set(now=ENDED + 10 * A_DAY)
    late = reported("late", local_date=date(2026, 11, 30), start_utc=ENDED - A_DAY, distance_m=21_100, moving_s=7000)
    assert read_in(closing.ben.id, [late]) == set()
    closing.round(ENDED + 10 * A_DAY)
    assert [row[:2] for row in closing.table()] == [(1, closing.ana.id), (2, closing.ben.id)]
    day = select(LedgerDay.distance_m).where(LedgerDay.runner_id == closing.ben.id)
    assert db.session.scalars(day.where(LedgerDay.local_date == date(2026, 11, 30))).all() == [21_100]


def test_a_run_uploaded_ten_days_late_counts_while_the_grace_time_lasts(closing: Closing) -> None:
    db.session.execute(update(Challenge).values(grace_hours=14 * 24))
    db.session.commit()
    late = reported("late", local_date=date(2026, 11, 20), distance_m=21_100, moving_s=7000)
    assert read_in(closing.ben.id, [late]) == {closing.challenge.id}
    closing.both_read()
    assert closing.round(ENDED + 10 * A_DAY).frozen_at is None
    closing.round(ENDED + 14 * A_DAY)
    assert closing.table()[0] == (1, closing.ben.id, 21_100)


def test_an_edit_during_the_grace_time_counts_and_one_after_it_does_not(closing: Closing) -> None:
    read_in(closing.ana.id, [reported("1", distance_m=12_000, moving_s=4000)])
    closing.both_read()
    closing.round()
    assert closing.table()[0] == (1, closing.ana.id, 12_000)
    read_in(closing.ana.id, [reported("1", distance_m=42_000, moving_s=20_000)])
    closing.round(CLOSED + A_DAY)
    assert closing.table()[0] == (1, closing.ana.id, 12_000)


def test_a_deletion_during_the_grace_time_counts_and_one_after_it_does_not(closing: Closing) -> None:
    read_in(closing.ben.id, [reported("b", distance_m=5000, moving_s=2000)])
    read_in(closing.ana.id, gone=("1",))
    closing.both_read()
    closing.round()
    read_in(closing.ben.id, gone=("b",))
    closing.round(CLOSED + A_DAY)
    assert closing.table() == [(1, closing.ben.id, 5000), (2, closing.ana.id, 0)]


def test_an_unreadable_runner_has_a_place_by_what_was_there(closing: Closing) -> None:
    closing.read(closing.ana, ENDED)
    read_in(closing.ben.id, [reported("b", distance_m=5000, moving_s=2000)])
    closing.read(closing.ben, NOON, state="needs_reconnect")
    assert closing.round(CLOSED + A_DAY - timedelta(minutes=1)).frozen_at is None
    assert closing.table() == []
    assert closing.round(CLOSED + A_DAY).unread == 1
    assert closing.table() == [(1, closing.ana.id, 10_000), (2, closing.ben.id, 5000)]
    assert "1 runner could not be read a last time" in closing.board()


def test_an_erased_runner_of_a_closed_table_is_a_former_member(closing: Closing) -> None:
    read_in(closing.ben.id, [reported("b", distance_m=25_000, moving_s=9000)])
    closing.both_read()
    closing.round()
    sealed = closing.fresh().checksum
    begin_write()
    erase_runner(closing.ben.id, CLOSED)
    db.session.commit()
    closing.round(CLOSED + A_DAY)
    assert closing.table() == [(1, None, None), (2, closing.ana.id, 10_000)]
    assert "A former member" in closing.board() and "25.0" not in closing.board() and "15.0" not in closing.board()
    assert closing.fresh().checksum != sealed
    assert list(differences(closing.challenge.id)) == []


def test_freezing_stores_the_results_in_the_same_transaction(closing: Closing) -> None:
    closing.both_read()
    clock().set(now=CLOSED)
    for job in (Job.SNAPSHOT_BASELINES, Job.PUBLISH_BOARD):
        queue.enqueue(job, closing.challenge.id)
    run_jobs(closing.app)
    begin_write()
    freeze(closing.challenge.id, CLOSED)
    db.session.rollback()
    assert closing.fresh().frozen_at is None and closing.table() == []
    begin_write()
    freeze(closing.challenge.id, CLOSED)
    db.session.commit()
    assert closing.fresh().checksum and len(closing.table()) == 2
