"""Two leaders, or a leader and a member who leaves, at the same moment."""

from collections.abc import Callable
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.at_once import elsewhere, wait_until_it_waits
from tests.support.attendance import MINUTE, STARTS, Evening, make_evening, noted
from webapp.attendance import service
from webapp.attendance.rules import Tap
from webapp.db import db, write_transaction
from webapp.memberships.service import leave
from webapp.models.attendance import Attendance
from webapp.models.words import AttendanceOutcome, AttendanceSource

pytestmark = pytest.mark.both_databases

CAME, NOT_SEEN = AttendanceOutcome.CAME, AttendanceOutcome.NOT_SEEN


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


def meanwhile(app: Flask, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    """Do `ours`, and before its transaction ends begin `theirs` in another one."""

    def work() -> None:
        with write_transaction():
            theirs()

    with write_transaction():
        ours()
        other = Thread(target=elsewhere(app, work))
        other.start()
        wait_until_it_waits()
    other.join()


def test_of_two_leaders_who_tap_at_once_the_later_tap_counts(app: Flask, evening: Evening) -> None:
    run, ben = evening.run.id, evening.id_of("Ben")
    ana, olga = evening.id_of("Ana"), evening.id_of("Olga")
    now = STARTS + 2 * MINUTE
    meanwhile(
        app,
        lambda: service.record_taps(run, [Tap(ben, CAME, STARTS + MINUTE)], ana, now),
        lambda: service.record_taps(run, [Tap(ben, NOT_SEEN, STARTS)], olga, now),
    )
    assert noted(evening) == {"Ben": ("came", "leader")}


def test_closing_and_a_code_at_once_leave_one_word(app: Flask, evening: Evening) -> None:
    run, ben, now = evening.run.id, evening.id_of("Ben"), STARTS + 60 * MINUTE
    meanwhile(
        app,
        lambda: service.close_run(run, now),
        lambda: service.say_so(run, ben, AttendanceSource.QR, now),
    )
    assert noted(evening)["Ben"] == ("came", "qr")


def test_a_tap_about_somebody_who_leaves_meanwhile_leaves_nothing(app: Flask, evening: Evening) -> None:
    group, run = evening.group.id, evening.run.id
    ben, ana = evening.id_of("Ben"), evening.id_of("Ana")
    refused: list[set[int]] = []
    meanwhile(
        app,
        lambda: leave(group, ben, STARTS),
        lambda: refused.append(service.record_taps(run, [Tap(ben, CAME, STARTS)], ana, STARTS)),
    )
    assert refused == [{ben}]
    assert db.session.scalar(select(func.count()).select_from(Attendance)) == 0
