"""Telling members which role they have. Nothing here commits."""

from datetime import datetime

from webapp.facts.service import record_fact
from webapp.models.words import FactKind, Role


def record_role(group_id: int, runner_id: int, role: Role, now: datetime) -> None:
    """Have a member told which role they have from now on."""
    key, data = f"{group_id}:{runner_id}:{now.timestamp():.6f}", {"role": str(role)}
    record_fact(FactKind.ROLE_GIVEN, key, now, group_id=group_id, runner_id=runner_id, data=data)
