"""A run that was asked about, as rows."""

from tests.support.builders import NOON
from tests.support.runs import make_run
from webapp.db import db
from webapp.models.activities import Activity
from webapp.models.challenges import Entry
from webapp.models.reviews import Review


def asked_about(entry: Entry) -> dict[str, int]:
    """Make a run of the entry's runner that was faster than the record, and their asking; return the ids by name."""
    run = make_run(moving_s=1200)._asdict()
    kept = {name: value for name, value in run.items() if name not in ("id", "first_m")}
    activity = Activity(runner_id=entry.runner_id, utc_offset_s=0, **kept)
    seen = {name: run[name] for name in ("source", "source_id", "local_date", "distance_m", "moving_s")}
    ids = {"challenge_id": entry.challenge_id, "runner_id": entry.runner_id}
    review = Review(**ids, **seen, verdict="impossible_pace", asked_at=NOON)
    db.session.add_all([activity, review])
    db.session.commit()
    return {"run_id": activity.id, "review_id": review.id}
