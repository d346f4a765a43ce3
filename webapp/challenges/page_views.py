"""What pages of one challenge have in common: finding it for a signed-in runner, its head, and the audit log."""

from webapp.auth.session import signed_in_runner
from webapp.challenges import queries
from webapp.extensions import clock
from webapp.groups.audit_service import record_audit
from webapp.groups.permissions import Permission
from webapp.groups.rules import NO_CHANGE, Action, Change
from webapp.models.challenges import Challenge
from webapp.models.groups import Group


def frame(group: Group, challenge: Challenge) -> dict[str, object]:
    """Return the variables for the head of a challenge's page."""
    return {"group": group, "challenge": queries.shown(challenge, group.tz, clock().now())}


def challenge_here(slug: str, challenge_id: int, permission: Permission) -> tuple[Group, Challenge]:
    """Return group and challenge. Raises NotFound if the signed-in runner has not this permission."""
    group, _, challenge = queries.challenge_for(slug, challenge_id, signed_in_runner().id, permission)
    return group, challenge


def locked_challenge_here(slug: str, challenge_id: int, permission: Permission) -> tuple[Group, Challenge]:
    """Return the same. Locks the group until the transaction ends."""
    group, _, challenge = queries.locked_challenge_for(slug, challenge_id, signed_in_runner().id, permission)
    return group, challenge


def record_here(
    challenge: Challenge, action: Action, subject_id: int | None = None, change: Change = NO_CHANGE
) -> None:
    """Record in the group's audit log what the signed-in runner did to a challenge, to whom, and what changed."""
    actor_id, now = signed_in_runner().id, clock().now()
    record_audit(
        challenge.group_id, action, actor_id, now, subject_id=subject_id, challenge_id=challenge.id, change=change
    )
