"""The job that makes the runs of series for the weeks ahead."""

from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.group_runs import RunSeries
from webapp.run_series.queries import active_series, dates_to_make
from webapp.run_series.service import make_runs as make_runs_of


def make_runs() -> None:
    """Make what is missing of each series for eight weeks ahead, in a transaction of its own."""
    for series_id in active_series(clock().now()):
        series = db.session.get(RunSeries, series_id)
        if series is None or not dates_to_make(series, clock().now()):
            continue
        with write_transaction():
            make_runs_of(series, clock().now())
