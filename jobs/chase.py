"""Jobs of chase."""

from webapp.chase import service
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.leaderboards.due_queries import zone_of


def derive_overtakes(challenge_id: int) -> None:
    """Derive the overtakes of a challenge from the first date on which they are not up to date."""
    tz = zone_of(challenge_id)
    if tz is None:
        return
    today = clock().today(tz)
    findings = service.work_out(challenge_id, today)
    while findings is not None:
        with write_transaction():
            findings = service.store_overtakes(challenge_id, today, findings, clock().now())
