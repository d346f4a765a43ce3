"""How a challenge is closed: everybody is read a last time, its board is published, and then its totals are facts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.support.at_once import elsewhere
from tests.support.builders import NOON, make_challenge, make_connection, make_entry, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.closing import A_DAY, CLOSED, ENDED, Closing
from tests.support.derived import read_in
from tests.support.runs import reported
from tests.support.worker import process_jobs, queued
from webapp import queue
from webapp.challenge_admin.closing_queries import job_awaited, to_freeze
from webapp.challenge_admin.closing_service import DaysNotOver, close, freeze
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.models.challenges import Challenge, Entry
from webapp.models.facts import Fact
from webapp.models.scoring import LedgerDay, Standing
from webapp.models.words import FactKind
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive_challenge
from webapp.sync import due_queries, last_read_queries


def test_a_challenge_is_frozen_once_everybody_was_read_and_its_board_is_published(closing: Closing) -> None:
    closing.both_read()
    challenge = closing.round()
    assert challenge.frozen_at and challenge.unread == 0
    assert challenge.as_of == date(2026, 12, 2) and challenge.overtakes_from is None
    assert "Final" in closing.board() and "could not be read" not in closing.board()
    assert '"final":true' in closing.board("/board.json")


@pytest.mark.parametrize(("made_after", "facts"), [(-A_DAY, 1), (timedelta(), 0)])
def test_it_is_told_that_it_is_final_unless_it_was_made_after_its_days(
    closing: Closing, made_after: timedelta, facts: int
) -> None:
    closing.fresh().created_at = ENDED + made_after
    db.session.commit()
    closing.both_read()
    assert closing.round().frozen_at
    assert db.session.scalar(select(func.count()).where(Fact.kind == FactKind.CHALLENGE_FINAL)) == facts


def test_closed_by_an_organiser_it_is_frozen_after_the_last_reads_and_does_not_open_again(closing: Closing) -> None:
    early = ENDED + timedelta(hours=1)
    closing.read(closing.ana, ENDED)
    clock().set(now=ENDED - timedelta(seconds=1))
    with pytest.raises(DaysNotOver):
        close(closing.fresh(), clock().now())
    for at, is_new in ((early, True), (early + timedelta(hours=1), False)):
        assert close(closing.fresh(), at) is is_new
        db.session.commit()
    challenge = closing.round(early + timedelta(hours=2))
    assert (challenge.closed_at, challenge.closes_at, challenge.frozen_at) == (early, early, None)
    assert "Being closed" in closing.board() and "final by Wed 2 Dec" in closing.board()
    # The final sync that is owed is due at once, wherever in the grace time its turn was.
    [owed] = [one for one in due_queries.due(clock().now()) if one.final_sync]
    assert owed.runner_id == closing.ben.id and owed.final_sync and owed.final_sync.due_at <= early
    closing.read(closing.ben, early)
    assert closing.round(early + timedelta(hours=3)).unread == 0
    assert not close(closing.fresh(), early + timedelta(hours=4))


def test_it_waits_for_whoever_was_not_read(closing: Closing) -> None:
    closing.read(closing.ana, ENDED)
    assert closing.round().frozen_at is None
    assert "Being closed" in closing.board()
    closing.read(closing.ben, ENDED)
    assert closing.round(CLOSED + timedelta(hours=1)).unread == 0


def test_it_waits_a_day_at_most_and_says_who_could_not_be_read(closing: Closing) -> None:
    closing.read(closing.ana, ENDED)
    assert closing.round(CLOSED + A_DAY - timedelta(minutes=1)).frozen_at is None
    assert closing.round(CLOSED + A_DAY).unread == 1
    assert "1 runner could not be read a last time" in closing.board()


@pytest.mark.parametrize(
    "values",
    [
        {"last_full_resync_at": ENDED - timedelta(seconds=1)},
        {"last_full_resync_at": None},
        {"read_from": date(2026, 11, 2)},
        {"read_from": None},
        {"state": "needs_reconnect", "last_full_resync_at": NOON},
    ],
    ids=str,
)
def test_what_is_no_read_of_all_its_days_does_not_answer(closing: Closing, values: dict[str, Any]) -> None:
    closing.both_read()
    closing.read(
        closing.ben, **{"at": ENDED, **{key.replace("last_full_resync_at", "at"): v for key, v in values.items()}}
    )
    assert closing.round().frozen_at is None
    assert closing.round(CLOSED + A_DAY).unread == 1


def test_a_member_who_joined_late_is_read_once_more(closing: Closing) -> None:
    closing.both_read()
    db.session.execute(update(Entry).values(joined_at=ENDED + timedelta(hours=1)))
    db.session.commit()
    assert closing.round().frozen_at is None
    closing.both_read()
    for runner in (closing.ana, closing.ben):
        closing.read(runner, ENDED + timedelta(hours=2))
    assert closing.round().unread == 0


def test_nobody_waits_for_a_runner_who_ended_the_connection(closing: Closing) -> None:
    closing.both_read()
    closing.read(closing.ben, NOON, state="deauthorised")
    assert closing.round().unread == 0


def test_a_challenge_of_past_days_waits_for_a_read_after_it_was_made(closing: Closing) -> None:
    closing.both_read()
    made = CLOSED + timedelta(days=40)
    db.session.execute(update(Challenge).values(created_at=made))
    db.session.commit()
    assert closing.round(made + timedelta(hours=1)).frozen_at is None
    for runner in (closing.ana, closing.ben):
        closing.read(runner, made)
    assert closing.round(made + timedelta(hours=1)).unread == 0


def test_it_is_not_frozen_before_it_is_closed(closing: Closing) -> None:
    closing.both_read()
    assert closing.round(CLOSED - timedelta(seconds=1)).frozen_at is None


def test_what_a_lost_job_left_undone_is_done_first(closing: Closing) -> None:
    closing.both_read()
    cy = make_runner("Cy Sol")
    make_member(closing.group, cy)
    make_connection(cy, last_full_resync_at=ENDED, read_from=date(2026, 10, 1))
    make_entry(closing.challenge, cy)  # never scored
    assert job_awaited(closing.fresh()) == Job.REDERIVE_CHALLENGE
    assert closing.round().unread == 0
    assert closing.total(cy) == 0


@pytest.mark.parametrize("column", ["dirty_from", "overtakes_from", "as_of"])
def test_a_board_on_which_something_is_on_its_way_is_not_frozen(closing: Closing, column: str) -> None:
    closing.both_read()
    queue.enqueue(Job.PUBLISH_BOARD, closing.challenge.id)
    run_jobs(closing.app)
    model = Standing if column == "dirty_from" else Challenge
    db.session.execute(update(model).values({column: date(2026, 11, 30)}))
    db.session.commit()
    begin_write()
    freeze(closing.challenge.id, CLOSED)
    db.session.commit()
    assert closing.fresh().frozen_at is None
    expected = Job.DERIVE_OVERTAKES if column == "overtakes_from" else Job.PUBLISH_BOARD
    assert queued() == [(expected, closing.challenge.id)]
    assert closing.round().frozen_at


def test_baselines_are_snapshot_before_a_challenge_of_past_days_is_frozen(closing: Closing) -> None:
    better = RuleSet(shape="improvement")
    db.session.execute(update(Challenge).values(rules=better, shown_rules=better))
    for week in range(1, 9):
        day = date(2026, 11, 1) - timedelta(days=7 * week - 2)
        sums = {"distance_m": 5_000, "moving_s": 1_800, "climb_m": 0, "runs": 1, "longest_m": 5_000}
        db.session.add(LedgerDay(runner_id=closing.ana.id, sport_class="run", local_date=day, **sums))
    db.session.commit()
    closing.both_read()
    queue.enqueue(Job.REDERIVE_CHALLENGE, closing.challenge.id)
    assert closing.round().frozen_at
    entries = db.session.scalars(select(Entry).where(Entry.challenge_id == closing.challenge.id)).all()
    assert all(entry.baseline_snapshot_at for entry in entries)
    assert closing.total(closing.ana) > 0, "nobody is left at nothing for good"


def test_a_run_that_comes_in_later_changes_nothing(closing: Closing) -> None:
    closing.both_read()
    closing.round()
    before = closing.board()
    assert (
        read_in(closing.ana.id, [reported("1", distance_m=20_000), reported("2", local_date=date(2026, 11, 14))])
        == set()
    )
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(closing.app)
    assert closing.total(closing.ana) == 10_000
    assert closing.board() == before


def test_frozen_is_frozen_once(closing: Closing) -> None:
    closing.both_read()
    first = closing.round()
    before = (first.frozen_at, first.version)
    challenge = closing.round(CLOSED + 3 * A_DAY)
    assert (challenge.frozen_at, challenge.version) == before
    assert to_freeze(CLOSED + 3 * A_DAY) == []


def test_one_that_fails_stops_no_other(closing: Closing) -> None:
    october: dict[str, Any] = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 10, 31)}
    # Its end is beyond the calendar, so that whoever works it out fails.
    broken = make_challenge(closing.group, name="October", grace_hours=10**9, **october)
    broken_id = broken.id
    closing.both_read()
    for _ in range(3):
        queue.enqueue(Job.CLOSE_SWEEP)
        assert all("OverflowError" in failed for failed in process_jobs(closing.app))
    assert closing.fresh().frozen_at
    assert db.session.get_one(Challenge, broken_id).frozen_at is None


def test_dates_that_are_over_are_those_of_challenges_not_frozen(closing: Closing) -> None:
    assert last_read_queries.unfrozen_ends(ENDED) == [date(2026, 11, 30)]
    assert last_read_queries.unfrozen_ends(ENDED - timedelta(seconds=1)) == []
    closing.both_read()
    closing.round()
    assert last_read_queries.unfrozen_ends(CLOSED) == []


# At the same time -------------------------------------------------------------------------------------------------


@pytest.mark.only_postgresql  # SQLite has one writer at a time; the others wait their turn
def test_a_challenge_into_which_a_run_is_being_ingested_is_left_to_the_next_sweep(closing: Closing) -> None:
    closing.both_read()
    queue.enqueue(Job.PUBLISH_BOARD, closing.challenge.id)
    run_jobs(closing.app)
    challenge_id = closing.challenge.id
    begin_write()
    rederive_challenge(challenge_id, clock().now())

    def freeze_now() -> None:
        begin_write()
        freeze(challenge_id, CLOSED)
        db.session.commit()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(elsewhere(closing.app, freeze_now)).result()
    db.session.commit()
    assert closing.fresh().frozen_at is None
    assert closing.round().frozen_at
