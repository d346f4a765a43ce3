"""Several at work at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask

from tests.support.at_once import elsewhere
from tests.support.builders import make_challenge, make_entry, make_group, make_runner
from tests.support.derived import derive_from_nothing, everything, read_in
from tests.support.runs import reported
from tests.support.serving import PATIENCE_S
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.scoring.service import rederive, rederive_challenge

pytestmark = pytest.mark.both_databases

FIRST = datetime(2026, 11, 1, 7, tzinfo=UTC)


@pytest.mark.only_postgresql  # SQLite has one writer at a time; the others wait their turn
def test_a_runner_is_ingested_while_another_of_the_challenge_is_not_committed_yet(app: Flask) -> None:
    challenge = make_challenge(make_group(), teams=("Herons",))
    ana, ben = make_runner(), make_runner("Ben Okoro")
    for runner in (ana, ben):
        make_entry(challenge, runner)
    ana_id, ben_id = ana.id, ben.id
    begin_write()
    rederive(ana_id, ingest(ana_id, [reported("1")]).dates, clock().now())

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(elsewhere(app, lambda: read_in(ben_id, [reported("2")])))
        try:
            # Where it had to wait for Ana's transaction, which is not over before this, it would wait in vain.
            done.result(PATIENCE_S)
        finally:
            db.session.commit()
    assert len(everything()["day_score"]) == 2


def test_whoever_comes_last_leaves_what_all_the_runs_say(app: Flask) -> None:
    # All of the days have begun, so that every run counts.
    clock().set(now=FIRST + timedelta(days=24))
    challenge = make_challenge(make_group())
    runner_ids = [make_entry(challenge, make_runner(f"Runner {number}")).runner_id for number in range(3)]
    challenge_id = challenge.id
    start = Barrier(5)

    def uploads(runner_id: int, half: int) -> Callable[[], None]:
        def work() -> None:
            start.wait()
            for day in range(half, 24, 2):
                at = FIRST + timedelta(days=day)
                read_in(runner_id, [reported(f"{runner_id}-{day}", start_utc=at, local_date=at.date())])

        return work

    def everybody() -> None:
        start.wait()
        for _ in range(8):
            begin_write()
            rederive_challenge(challenge_id, clock().now())
            db.session.commit()

    works = [uploads(runner_ids[0], 0), uploads(runner_ids[0], 1), uploads(runner_ids[1], 0), uploads(runner_ids[2], 1)]
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(elsewhere(app, work)) for work in (*works, everybody)]
        for future in done:
            future.result()
    stored = everything()
    assert len(stored["day_score"]) == 24 + 12 + 12
    assert stored == derive_from_nothing()
