"""The next runs and the past ones, in order and no more than wanted."""

from datetime import timedelta

from flask import Flask

from tests.support.builders import NOON, make_group
from tests.support.group_runs import group_run
from webapp.group_runs.week_queries import next_runs, past_runs
from webapp.models.words import RunStatus


def test_next_runs_come_in_order_and_past_ones_latest_first(app: Flask) -> None:
    group, today = make_group(), NOON.date()
    runs = [group_run(group, today + timedelta(days=days)) for days in (3, 1, -2, -1)]
    called_off = [group_run(group, today + timedelta(days=days), status=RunStatus.CANCELLED) for days in (2, -3)]
    group_run(make_group(), today + timedelta(days=1))
    assert list(next_runs(group.id, NOON, 10)) == [runs[1], called_off[0], runs[0]]
    assert list(next_runs(group.id, NOON, 1)) == [runs[1]]
    assert list(past_runs(group.id, NOON, 10)) == [runs[3], runs[2]]
