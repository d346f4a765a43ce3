"""Muting members, and banning runners from a group. Nothing here commits."""

from datetime import datetime

from sqlalchemy import delete, exists, select, update

from webapp.db import db
from webapp.groups.audit_service import record_audit
from webapp.groups.moderation_queries import is_banned
from webapp.groups.queries import is_role_of_organisers, visible_name_of
from webapp.join_requests.service import record_pending
from webapp.memberships.service import OrganiserStays, hear_again, remove_member
from webapp.models.bans import GroupBan
from webapp.models.groups import Consent, Group, Membership
from webapp.stand_ins import HIDDEN_NAME


def mute(group: Group, runner_id: int, actor_id: int, now: datetime) -> bool:
    """Have a member's words reach nobody, also after they left and came back; return whether they were heard before.

    Raises OrganiserStays.
    """
    mine = (Membership.group_id == group.id, Membership.runner_id == runner_id)
    if db.session.scalar(select(exists().where(*mine, is_role_of_organisers()))):
        raise OrganiserStays(title="An organiser cannot be muted")
    theirs = (Consent.group_id == group.id, Consent.runner_id == runner_id, Consent.muted_at.is_(None))
    muted = update(Consent).where(*theirs).values(muted_at=now)
    if db.session.execute(muted.returning(Consent.id)).first() is None:
        return False
    record_audit(group.id, "member_muted", actor_id, now, subject_id=runner_id)
    return True


def unmute(group: Group, runner_id: int, actor_id: int, now: datetime) -> bool:
    """Unmute a member; return whether they were muted."""
    if not hear_again(group.id, runner_id, now):
        return False
    record_audit(group.id, "member_unmuted", actor_id, now, subject_id=runner_id)
    return True


def ban(group: Group, runner_id: int, reason: str, actor_id: int, now: datetime) -> None:
    """Remove a member and let them in no more. Raises OrganiserStays. Banning a runner twice is harmless.

    The log has no subject and no reason: the runner's own copy of it would tell them.
    """
    if is_banned(group.id, runner_id):
        return
    known_as = visible_name_of(group.id, runner_id) or HIDDEN_NAME
    remove_member(group, runner_id, now)
    ids = {"group_id": group.id, "runner_id": runner_id}
    db.session.add(GroupBan(**ids, known_as=known_as, reason=reason, banned_by=actor_id, banned_at=now))
    record_audit(group.id, "member_banned", actor_id, now)


def unban(group: Group, ban_id: int, actor_id: int, now: datetime) -> bool:
    """Let a banned runner ask and be invited again; return whether they were banned."""
    lifted = delete(GroupBan).where(GroupBan.id == ban_id, GroupBan.group_id == group.id)
    runner_id = db.session.scalar(lifted.returning(GroupBan.runner_id))
    if runner_id is None:
        return False
    record_audit(group.id, "member_unbanned", actor_id, now)
    record_pending(group.id, runner_id, now)
    return True
