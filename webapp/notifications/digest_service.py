"""Recording the weekly digests that are due. Nothing here commits."""

from collections.abc import Collection
from datetime import date, datetime

from webapp.facts.service import NewFact, record_facts
from webapp.models.words import FactKind
from webapp.notifications.choice_queries import timing_of
from webapp.notifications.digest_rules import is_told


def record_digests(runner_ids: Collection[int], monday: date, now: datetime) -> None:
    """Record the digests of those of some runners for whom it is Monday morning, each once."""
    timing = timing_of(runner_ids)
    due = [runner_id for runner_id, one in sorted(timing.items()) if is_told(now, one.zone)]
    data = {"monday": monday.isoformat()}
    record_facts(
        [
            NewFact(FactKind.WEEKLY_DIGEST, f"{runner_id}:{monday.isoformat()}", runner_id=runner_id, data=data)
            for runner_id in due
        ],
        now,
    )
