"""What a captain starts from their page. Nothing here commits."""

from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.db import db
from webapp.facts.service import record_fact
from webapp.group_runs.leader_service import AlreadyLed, NothingToLead
from webapp.group_runs.queries import locked_run, pace_group_of
from webapp.group_runs.rules import is_open_for_answers, needs_leader
from webapp.models.words import FactKind


def ask_for_leader(run_id: int, pace_group_id: int, actor_id: int, now: datetime) -> None:
    """Tell those who plan runs that a pace group needs a leader, at most once a day.

    Locks the run. Raises AlreadyLed or NothingToLead.
    """
    run, pace_group = locked_run(run_id), pace_group_of(run_id, pace_group_id)
    if run is None or pace_group is None or not is_open_for_answers(run, now):
        raise NothingToLead
    db.session.refresh(pace_group)
    if not needs_leader(pace_group):
        raise AlreadyLed
    key = f"{run.uid}:{pace_group_id}:{now.astimezone(ZoneInfo(run.tz)).date().isoformat()}"
    ids = {"group_id": run.group_id, "group_run_id": run.id, "by_id": actor_id}
    record_fact(FactKind.LEADER_NEEDED, key, now, **ids, data={"pace_group_id": pace_group_id})
