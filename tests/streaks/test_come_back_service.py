"""A runner who is back after a pause is told so once, and not by what an import brings."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_runner
from tests.support.runs import reported_on
from webapp.db import db, write_transaction
from webapp.models.facts import Fact
from webapp.models.words import FactKind
from webapp.sync.service import read_in

pytestmark = pytest.mark.both_databases

TODAY = NOON.date()


def arrive(runner_id: int, *days_ago: int, gone: int | None = None) -> None:
    dates = [TODAY - timedelta(days=n) for n in days_ago]
    rows = [reported_on(f"{runner_id}-{day}", day) for day in dates]
    removed = [] if gone is None else [f"{runner_id}-{TODAY - timedelta(days=gone)}"]
    with write_transaction():
        read_in(runner_id, rows, removed, now=NOON)


def told(runner_id: int) -> list[str]:
    db.session.rollback()
    found = select(Fact.data).where(
        Fact.kind == FactKind.COME_BACK, Fact.runner_id == runner_id, Fact.withdrawn_since.is_(None)
    )
    return [data["date"] for data in db.session.scalars(found)]


def test_the_first_run_after_a_pause_is_told_once(app: Flask) -> None:
    runner_id = make_runner().id
    arrive(runner_id, 40, 20)
    assert told(runner_id) == []
    arrive(runner_id, 1)
    arrive(runner_id, 0)
    assert told(runner_id) == [(TODAY - timedelta(days=1)).isoformat()]


@pytest.mark.parametrize("before", [0, 5, 14])
def test_a_run_after_fewer_days_or_after_none_is_no_return(app: Flask, before: int) -> None:
    runner_id = make_runner().id
    if before:
        arrive(runner_id, before)
    arrive(runner_id, 0)
    assert told(runner_id) == []


def test_what_one_read_brings_together_is_no_return(app: Flask) -> None:
    runner_id = make_runner().id
    arrive(runner_id, 30, 0)
    assert told(runner_id) == []


def test_it_is_withdrawn_when_the_run_is_gone_or_another_arrives_late(app: Flask) -> None:
    ana, ben = make_runner("Ana").id, make_runner("Ben").id
    for runner_id in (ana, ben):
        arrive(runner_id, 30)
        arrive(runner_id, 0)
        assert told(runner_id) == [TODAY.isoformat()]
    arrive(ana, gone=0)
    arrive(ben, 8)
    assert told(ana) == told(ben) == []


def test_an_old_change_asks_nothing(app: Flask) -> None:
    runner_id = make_runner().id
    arrive(runner_id, 60)
    arrive(runner_id, 40)
    assert told(runner_id) == [] and date.min < TODAY
