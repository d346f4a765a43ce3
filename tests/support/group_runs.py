"""Group runs, their pace groups and series, as rows."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.support.builders import NOON
from webapp.db import db
from webapp.group_runs.rules import starts_at
from webapp.models.group_runs import GroupRun, PaceGroup, RunSeries, RunSeriesPaceGroup
from webapp.models.groups import Group
from webapp.models.words import RunFrequency

TOMORROW = NOON.date() + timedelta(days=1)
HALF_PAST_SIX = 18 * 60 + 30


def group_run(group: Group, on_date: date = TOMORROW, **values: Any) -> GroupRun:
    """Return a run of a group, at half past six in the evening of `on_date`, by the group's clock."""
    usual = {"title": "Tuesday run", "purpose": "Easy miles", "meeting_place": "The fountain"}
    when: dict[str, Any] = {"local_minutes": HALF_PAST_SIX, "tz": group.tz, "on_date": on_date}
    made = {"uid": uuid4().hex, "created_at": NOON, "updated_at": NOON}
    told = usual | when | made | values
    moment = starts_at(told["on_date"], told["local_minutes"], told["tz"])
    run = GroupRun(group_id=group.id, **{"starts_at": moment, **told})
    db.session.add(run)
    db.session.flush()
    return run


def pace_group(run: GroupRun, name: str = "Steady", **values: Any) -> PaceGroup:
    """Return a pace group of a run, after those that it has."""
    position = db.session.query(PaceGroup).filter_by(run_id=run.id).count()
    made = PaceGroup(run_id=run.id, **{"name": name, "position": position, **values})
    db.session.add(made)
    db.session.flush()
    return made


def run_series(group: Group, **values: Any) -> RunSeries:
    """Return a run that repeats on Tuesdays, without the runs of it."""
    usual = {"title": "Tuesday run", "purpose": "Easy miles", "meeting_place": "The fountain"}
    when: dict[str, Any] = {"local_minutes": HALF_PAST_SIX, "tz": group.tz, "starts_on": NOON.date()}
    repeats = {"frequency": RunFrequency.WEEKLY, "weekday": 1}
    made = {"created_at": NOON, "updated_at": NOON}
    series = RunSeries(group_id=group.id, **(usual | when | repeats | made | values))
    db.session.add(series)
    db.session.flush()
    return series


def series_pace_group(series: RunSeries, name: str = "Steady", **values: Any) -> RunSeriesPaceGroup:
    """Return a pace group of a series, after those that it has."""
    position = db.session.query(RunSeriesPaceGroup).filter_by(series_id=series.id).count()
    made = RunSeriesPaceGroup(series_id=series.id, **{"name": name, "position": position, **values})
    db.session.add(made)
    db.session.flush()
    return made
